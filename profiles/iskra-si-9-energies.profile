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
