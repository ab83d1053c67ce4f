profile kaifa-14
about Kaifa MA105 (Norway, Sweden): list KFM_001 of 14, one phase, with energies
elements 14
0   text="KFM_001"    1-1:0.2.129
1   text              0-0:96.1.0
2   text              0-0:96.1.7
3   number            1-0:1.7.0    0 W
4   number            1-0:2.7.0    0 W
5   number            1-0:3.7.0    0 var
6   number            1-0:4.7.0    0 var
7   number|null-data  1-0:31.7.0   -3 A
8   number|null-data  1-0:32.7.0   -1 V
9   clock             0-0:1.0.0
10  number            1-0:1.8.0    0 Wh
11  number            1-0:2.8.0    0 Wh
12  number            1-0:3.8.0    0 varh
13  number            1-0:4.8.0    0 varh
