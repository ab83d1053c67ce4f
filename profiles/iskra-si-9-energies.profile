profile iskra-si-9-energies
about Iskra AM550 (Slovenia): powers, energies by tariff
elements 9
0   text="ISK*"  0-0:42.0.0
1   number       1-0:1.7.0   0 W
2   number       1-0:2.7.0   0 W
3   number       1-0:1.8.0   0 Wh
4   number       1-0:1.8.1   0 Wh
5   number       1-0:1.8.2   0 Wh
6   number       1-0:2.8.0   0 Wh
7   number       1-0:2.8.1   0 Wh
8   number       1-0:2.8.2   0 Wh
sum 1-0:1.8.0 = 1-0:1.8.1 + 1-0:1.8.2
sum 1-0:2.8.0 = 1-0:2.8.1 + 1-0:2.8.2
test 0f00525a4d0c07ea03020107000000ffc4000209091049534b313033303738393030303030370600000241060000000006014dea870600c859840600859103060158a3dc0600cec8b7060089db25
gives 0-0:42.0.0  ISK1030789000007
gives 1-0:1.7.0  577 W
gives 1-0:2.7.0  0 W
gives 1-0:1.8.0  21883527 Wh
gives 1-0:1.8.1  13130116 Wh
gives 1-0:1.8.2  8753411 Wh
gives 1-0:2.8.0  22586332 Wh
gives 1-0:2.8.1  13551799 Wh
gives 1-0:2.8.2  9034533 Wh
