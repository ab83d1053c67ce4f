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
