profile iskra-si-10
about Iskra AM550 (Slovenia), one phase: powers, voltage, current
elements 10
0   text="ISK*"       0-0:42.0.0
1   text              -
2   number            1-0:1.7.0   0 W
3   number            1-0:2.7.0   0 W
4   number            1-0:3.7.0   0 var
5   number            1-0:4.7.0   0 var
6   number|null-data  1-0:32.7.0  -1 V
7   number|null-data  1-0:31.7.0  -2 A
8   number            1-0:21.7.0  0 W
9   number            1-0:22.7.0  0 W
sum 1-0:1.7.0 - 1-0:2.7.0 = 1-0:21.7.0 - 1-0:22.7.0
test 0f005235e50c07ea03020107000000ffc400020a091049534b3130333037383930303030303509083238393930303130060000024106000000000600000000060000009e12091312010206000002410600000000
gives 0-0:42.0.0  ISK1030789000005
gives 1  28990010
gives 1-0:1.7.0  577 W
gives 1-0:2.7.0  0 W
gives 1-0:3.7.0  0 var
gives 1-0:4.7.0  158 var
gives 1-0:32.7.0  232.3 V
gives 1-0:31.7.0  2.58 A
gives 1-0:21.7.0  577 W
gives 1-0:22.7.0  0 W
