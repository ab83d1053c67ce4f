# The numbers are those of the secondary side or the primary, as the transformer ratio was set:
# the bytes do not tell, so there is neither scaler nor unit here.
profile kaifa-13-ma304t
about Kaifa MA304T (Norway, Sweden): list KFM_001 of 13, behind current transformers
elements 13
0   text="KFM_001"    1-1:0.2.129
1   text              0-0:96.1.0
2   text="MA304T*"    0-0:96.1.7
3   number            1-0:1.7.0
4   number            1-0:2.7.0
5   number            1-0:3.7.0
6   number            1-0:4.7.0
7   number|null-data  1-0:31.7.0
8   number|null-data  1-0:51.7.0
9   number|null-data  1-0:71.7.0
10  number|null-data  1-0:32.7.0
11  number|null-data  1-0:52.7.0
12  number|null-data  1-0:72.7.0
