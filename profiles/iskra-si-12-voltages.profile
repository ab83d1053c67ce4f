profile iskra-si-12-voltages
about Iskra AM550 (Slovenia): voltages, currents, powers
elements 12
0   text="ISK*"       0-0:42.0.0
1   text              -
2   number|null-data  1-0:32.7.0  -1 V
3   number|null-data  1-0:52.7.0  -1 V
4   number|null-data  1-0:72.7.0  -1 V
5   number|null-data  1-0:31.7.0  -2 A
6   number|null-data  1-0:51.7.0  -2 A
7   number|null-data  1-0:71.7.0  -2 A
8   number            1-0:1.7.0   0 W
9   number            1-0:2.7.0   0 W
10  number            1-0:3.7.0   0 var
11  number            1-0:4.7.0   0 var
test 0f0052117d0c07ea03020107000000ffc400020c091049534b31303330373839303030303033090555505f336612091312091012090312005012004d120065060000024106000000000600000000060000009e
gives 0-0:42.0.0  ISK1030789000003
gives 1  UP_3f
gives 1-0:32.7.0  232.3 V
gives 1-0:52.7.0  232.0 V
gives 1-0:72.7.0  230.7 V
gives 1-0:31.7.0  0.80 A
gives 1-0:51.7.0  0.77 A
gives 1-0:71.7.0  1.01 A
gives 1-0:1.7.0  577 W
gives 1-0:2.7.0  0 W
gives 1-0:3.7.0  0 var
gives 1-0:4.7.0  158 var
