# As kaernten without the reactive pair.
profile wels-strings
about Wels Strom: Siemens IM350, without reactive energies
elements 10
list 0-6:25.9.0
1   text                  0-0:96.1.0
2   time                  1-0:0.9.1
3   date                  1-0:0.9.2
4   double-long-unsigned  1-0:1.8.0   0 Wh
5   double-long-unsigned  1-0:2.8.0   0 Wh
6   double-long-unsigned  1-0:1.7.0   0 W
7   double-long-unsigned  1-0:2.7.0   0 W
8   string                -
9   string                -
test 0f005754850c07ea03020107000000ffc400020a09060006190900ff090d31313231323930303030303133090407000000090507ea0302010601db66b206020d54dc06000001d3060000000009000900
gives 0-0:96.1.0  1121290000013
gives 1-0:0.9.1  07000000
gives 1-0:0.9.2  07ea030201
gives 1-0:1.8.0  31155890 Wh
gives 1-0:2.8.0  34428124 Wh
gives 1-0:1.7.0  467 W
gives 1-0:2.7.0  0 W
gives 8  ""
gives 9  ""
