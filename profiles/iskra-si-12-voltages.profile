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
