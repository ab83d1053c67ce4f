profile kaifa-18
about Kaifa MA304 (Norway, Sweden): list KFM_001 of 18, three phases, with energies
elements 18
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
13  clock             0-0:1.0.0
14  number            1-0:1.8.0    0 Wh
15  number            1-0:2.8.0    0 Wh
16  number            1-0:3.8.0    0 varh
17  number            1-0:4.8.0    0 varh
test 0f40000000090c07ea030201070000ff800000021209074b464d5f30303109103639373036333134393930303030303109084d4133303448334506000003530600000000060000000006000000e906000004a6060000047406000005d2060000091306000009100600000903090c07ea030201070000ff800000060288aa980600000000060004fb2206008c29f4
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
gives 0-0:1.0.0  2026-03-02T07:00:00
gives 1-0:1.8.0  42511000 Wh
gives 1-0:2.8.0  0 Wh
gives 1-0:3.8.0  326434 varh
gives 1-0:4.8.0  9185780 varh
