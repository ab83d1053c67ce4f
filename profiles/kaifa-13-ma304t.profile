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
test 0f40000000090c07ea030201070000ff800000020d09074b464d5f30303109103639373036333134393930303030303109084d4133303454334506000003530600000000060000000006000000e906000004a6060000047406000005d2060000091306000009100600000903
gives 1-1:0.2.129  KFM_001
gives 0-0:96.1.0  6970631499000001
gives 0-0:96.1.7  MA304T3E
gives 1-0:1.7.0  851
gives 1-0:2.7.0  0
gives 1-0:3.7.0  0
gives 1-0:4.7.0  233
gives 1-0:31.7.0  1190
gives 1-0:51.7.0  1140
gives 1-0:71.7.0  1490
gives 1-0:32.7.0  2323
gives 1-0:52.7.0  2320
gives 1-0:72.7.0  2307
