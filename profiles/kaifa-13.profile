profile kaifa-13
about Kaifa MA304 (Norway, Sweden): list KFM_001 of 13, three phases
elements 13
0   text="KFM_001"    1-1:0.2.129
1   text              0-0:96.1.0
2   text              0-0:96.1.7
3   number            1-0:1.7.0    0 W
4   number            1-0:2.7.0    0 W
5   number            1-0:3.7.0    0 var
6   number            1-0:4.7.0    0 var
7   number|null-data  1-0:31.7.0   -3 A
8   number|null-data  1-0:51.7.0   -3 A
9   number|null-data  1-0:71.7.0   -3 A
10  number|null-data  1-0:32.7.0   -1 V
11  number|null-data  1-0:52.7.0   -1 V
12  number|null-data  1-0:72.7.0   -1 V
test 0f40000000090c07ea030201070000ff800000020d09074b464d5f30303109103639373036333134393930303030303109084d4133303448334506000003530600000000060000000006000000e906000004a6060000047406000005d2060000091306000009100600000903
gives 1-1:0.2.129  KFM_001
gives 0-0:96.1.0  6970631499000001
gives 0-0:96.1.7  MA304H3E
gives 1-0:1.7.0  851 W
gives 1-0:2.7.0  0 W
gives 1-0:3.7.0  0 var
gives 1-0:4.7.0  233 var
gives 1-0:31.7.0  1.190 A
gives 1-0:51.7.0  1.140 A
gives 1-0:71.7.0  1.490 A
gives 1-0:32.7.0  232.3 V
gives 1-0:52.7.0  232.0 V
gives 1-0:72.7.0  230.7 V
