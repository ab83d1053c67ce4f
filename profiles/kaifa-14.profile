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
test 0f40000000090c07ea030201070000ff800000020e09074b464d5f30303109103639373036333134393930303030303209084d4131303548324506000003530600000000060000000006000000e90600000ed80600000913090c07ea030201070000ff8000000601c5ab270600000000060004f6e406005ceb08
gives 1-1:0.2.129  KFM_001
gives 0-0:96.1.0  6970631499000002
gives 0-0:96.1.7  MA105H2E
gives 1-0:1.7.0  851 W
gives 1-0:2.7.0  0 W
gives 1-0:3.7.0  0 var
gives 1-0:4.7.0  233 var
gives 1-0:31.7.0  3.800 A
gives 1-0:32.7.0  232.3 V
gives 0-0:1.0.0  2026-03-02T07:00:00
gives 1-0:1.8.0  29731623 Wh
gives 1-0:2.8.0  0 Wh
gives 1-0:3.8.0  325348 varh
gives 1-0:4.8.0  6089480 varh
