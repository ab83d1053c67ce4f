# Reactive energies in the order of their quadrants, as seen. What the three arrays are is not known;
# of the limiter's threshold (28) the unit is not.
profile iskra-hr-ie5
about Iskra IE.5 (Croatia)
elements 33
0   text              0-0:96.1.0
1   time              1-0:0.9.1
2   date              1-0:0.9.2
3   number            1-0:1.8.0    0 Wh
4   number            1-0:1.8.1    0 Wh
5   number            1-0:1.8.2    0 Wh
6   number            1-0:2.8.0    0 Wh
7   number            1-0:2.8.1    0 Wh
8   number            1-0:2.8.2    0 Wh
9   number            1-0:5.8.0    0 varh
10  number            1-0:6.8.0    0 varh
11  number            1-0:7.8.0    0 varh
12  number            1-0:8.8.0    0 varh
13  number            1-0:1.7.0    0 W
14  number            1-0:2.7.0    0 W
15  number            1-0:13.7.0   -3
16  number|null-data  1-0:21.7.0   0 W
17  number|null-data  1-0:41.7.0   0 W
18  number|null-data  1-0:61.7.0   0 W
19  number|null-data  1-0:22.7.0   0 W
20  number|null-data  1-0:42.7.0   0 W
21  number|null-data  1-0:62.7.0   0 W
22  number|null-data  1-0:32.7.0   -1 V
23  number|null-data  1-0:52.7.0   -1 V
24  number|null-data  1-0:72.7.0   -1 V
25  number|null-data  1-0:31.7.0   -2 A
26  number|null-data  1-0:51.7.0   -2 A
27  number|null-data  1-0:71.7.0   -2 A
28  number            0-0:17.0.0
29  array             -
30  array             -
31  array             -
32  boolean           0-0:96.3.10
sum 1-0:1.8.0 = 1-0:1.8.1 + 1-0:1.8.2
sum 1-0:2.8.0 = 1-0:2.8.1 + 1-0:2.8.2
sum 1-0:1.7.0 - 1-0:2.7.0 = 1-0:21.7.0 - 1-0:22.7.0 + 1-0:41.7.0 - 1-0:42.7.0 + 1-0:61.7.0 - 1-0:62.7.0
test 0f00527eb50c07ea03020107000000ffc400022109083338393930303039090407000000090507ea03020106017989760600e285ad06009703c90601640c840600d5a11c06008e6b68060004be2d06000194b906001304aa0600390dff060000024106000000001203c406000000b406000000ac06000000e106000000000600000000060000000012091312091012090312005012004d12006506000043620101060000000001010600000000010106000000000301
gives 0-0:96.1.0  38990009
gives 1-0:0.9.1  07000000
gives 1-0:0.9.2  07ea030201
gives 1-0:1.8.0  24742262 Wh
gives 1-0:1.8.1  14845357 Wh
gives 1-0:1.8.2  9896905 Wh
gives 1-0:2.8.0  23334020 Wh
gives 1-0:2.8.1  14000412 Wh
gives 1-0:2.8.2  9333608 Wh
gives 1-0:5.8.0  310829 varh
gives 1-0:6.8.0  103609 varh
gives 1-0:7.8.0  1246378 varh
gives 1-0:8.8.0  3739135 varh
gives 1-0:1.7.0  577 W
gives 1-0:2.7.0  0 W
gives 1-0:13.7.0  0.964
gives 1-0:21.7.0  180 W
gives 1-0:41.7.0  172 W
gives 1-0:61.7.0  225 W
gives 1-0:22.7.0  0 W
gives 1-0:42.7.0  0 W
gives 1-0:62.7.0  0 W
gives 1-0:32.7.0  232.3 V
gives 1-0:52.7.0  232.0 V
gives 1-0:72.7.0  230.7 V
gives 1-0:31.7.0  0.80 A
gives 1-0:51.7.0  0.77 A
gives 1-0:71.7.0  1.01 A
gives 0-0:17.0.0  17250
