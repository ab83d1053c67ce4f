profile iskra-si-9
about Iskra AM550 (Slovenia), one phase: powers, voltage; the last two are not known
elements 9
0   text="ISK*"       0-0:42.0.0
1   text              -
2   number            1-0:1.7.0   0 W
3   number            1-0:2.7.0   0 W
4   number            1-0:3.7.0   0 var
5   number            1-0:4.7.0   0 var
6   number|null-data  1-0:32.7.0  -1 V
7   any               -
8   any               -
test 0f005248190c07ea03020107000000ffc4000209091049534b31303330373839303030303036090b49534b3238393930303039060000024106000000000600000000060000009e1209131201021203c4
gives 0-0:42.0.0  ISK1030789000006
gives 1  ISK28990009
gives 1-0:1.7.0  577 W
gives 1-0:2.7.0  0 W
gives 1-0:3.7.0  0 var
gives 1-0:4.7.0  158 var
gives 1-0:32.7.0  232.3 V
gives 7  258
gives 8  964
