profile kaifa-9
about Kaifa MA105 (Norway, Sweden): list KFM_001 of 9, one phase
elements 9
0   text="KFM_001"    1-1:0.2.129
1   text              0-0:96.1.0
2   text              0-0:96.1.7
3   number            1-0:1.7.0    0 W
4   number            1-0:2.7.0    0 W
5   number            1-0:3.7.0    0 var
6   number            1-0:4.7.0    0 var
7   number|null-data  1-0:31.7.0   -3 A
8   number|null-data  1-0:32.7.0   -1 V
test 0f40000000090c07ea030201070000ff800000020909074b464d5f30303109103639373036333134393930303030303209084d4131303548324506000003530600000000060000000006000000e90600000ed80600000913
gives 1-1:0.2.129  KFM_001
gives 0-0:96.1.0  6970631499000002
gives 0-0:96.1.7  MA105H2E
gives 1-0:1.7.0  851 W
gives 1-0:2.7.0  0 W
gives 1-0:3.7.0  0 var
gives 1-0:4.7.0  233 var
gives 1-0:31.7.0  3.800 A
gives 1-0:32.7.0  232.3 V
