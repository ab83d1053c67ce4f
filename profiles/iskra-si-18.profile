profile iskra-si-18
about Iskra AM550 (Slovenia): powers, voltages, currents, powers of the phases
elements 18
0   text="ISK*"       0-0:42.0.0
1   text              -
2   number            1-0:1.7.0   0 W
3   number            1-0:2.7.0   0 W
4   number            1-0:3.7.0   0 var
5   number            1-0:4.7.0   0 var
6   number|null-data  1-0:32.7.0  -1 V
7   number|null-data  1-0:52.7.0  -1 V
8   number|null-data  1-0:72.7.0  -1 V
9   number|null-data  1-0:31.7.0  -2 A
10  number|null-data  1-0:51.7.0  -2 A
11  number|null-data  1-0:71.7.0  -2 A
12  number|null-data  1-0:21.7.0  0 W
13  number|null-data  1-0:41.7.0  0 W
14  number|null-data  1-0:61.7.0  0 W
15  number|null-data  1-0:22.7.0  0 W
16  number|null-data  1-0:42.7.0  0 W
17  number|null-data  1-0:62.7.0  0 W
sum 1-0:1.7.0 - 1-0:2.7.0 = 1-0:21.7.0 - 1-0:22.7.0 + 1-0:41.7.0 - 1-0:42.7.0 + 1-0:61.7.0 - 1-0:62.7.0
test 0f0051ff490c07ea03020107000000ffc4000212091049534b3130333037383930303030303209083238393930303138060000024106000000000600000000060000009e12091312091012090312005012004d12006506000000b406000000ac06000000e1060000000006000000000600000000
gives 0-0:42.0.0  ISK1030789000002
gives 1  28990018
gives 1-0:1.7.0  577 W
gives 1-0:2.7.0  0 W
gives 1-0:3.7.0  0 var
gives 1-0:4.7.0  158 var
gives 1-0:32.7.0  232.3 V
gives 1-0:52.7.0  232.0 V
gives 1-0:72.7.0  230.7 V
gives 1-0:31.7.0  0.80 A
gives 1-0:51.7.0  0.77 A
gives 1-0:71.7.0  1.01 A
gives 1-0:21.7.0  180 W
gives 1-0:41.7.0  172 W
gives 1-0:61.7.0  225 W
gives 1-0:22.7.0  0 W
gives 1-0:42.7.0  0 W
gives 1-0:62.7.0  0 W
