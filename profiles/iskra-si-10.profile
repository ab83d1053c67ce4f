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
