profile kaifa-18
about Kaifa MA304 (Norway, Sweden): list KFM_001 of 18, three phases, with energies
elements 18
0   text="KFM_001"    1-1:0.2.129
1   text              0-0:96.1.0
2   text              0-0:96.1.7
3   number            1-0:1.7.0    0 W
4   number            1-0:2.7.0    0 W
5   number            1-0:3.7.0    0 var
6   number            1-0:4.7.0    0 var
7   number|null-data  1-0:31.7.0   -3 A
8   number|null-data  1-0:51.7.0   -3 A
9   number|null-data  1-0:71.7.0   -3 A
10  number|null-data  1-0:32.7.0   -1 V
11  number|null-data  1-0:52.7.0   -1 V
12  number|null-data  1-0:72.7.0   -1 V
13  clock             0-0:1.0.0
14  number            1-0:1.8.0    0 Wh
15  number            1-0:2.8.0    0 Wh
16  number            1-0:3.8.0    0 varh
17  number            1-0:4.8.0    0 varh
