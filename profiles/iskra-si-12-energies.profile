profile iskra-si-12-energies
about Iskra AM550 (Slovenia): energies by tariff
elements 12
0   text="ISK*"  0-0:42.0.0
1   text         -
2   enum         -
3   string       -
4   number       1-0:1.8.0   0 Wh
5   number       1-0:1.8.1   0 Wh
6   number       1-0:1.8.2   0 Wh
7   number       1-0:2.8.0   0 Wh
8   number       1-0:2.8.1   0 Wh
9   number       1-0:2.8.2   0 Wh
10  number       1-0:3.8.0   0 varh
11  number       1-0:4.8.0   0 varh
sum 1-0:1.8.0 = 1-0:1.8.1 + 1-0:1.8.2
sum 1-0:2.8.0 = 1-0:2.8.1 + 1-0:2.8.2
test 0f005223b10c07ea03020107000000ffc400020c091049534b3130333037383930303030303409083238393930303132160109043030303106014dea870600c859840600859103060158a3dc0600cec8b7060089db2506000521fb06003b04e9
gives 0-0:42.0.0  ISK1030789000004
gives 1  28990012
gives 2  1
gives 3  0001
gives 1-0:1.8.0  21883527 Wh
gives 1-0:1.8.1  13130116 Wh
gives 1-0:1.8.2  8753411 Wh
gives 1-0:2.8.0  22586332 Wh
gives 1-0:2.8.1  13551799 Wh
gives 1-0:2.8.2  9034533 Wh
gives 1-0:3.8.0  336379 varh
gives 1-0:4.8.0  3867881 varh
