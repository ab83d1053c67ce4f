# The code in front (0-6:25.9.0) names the list and not the serial behind it.
profile kaernten
about Kärnten Netz: Iskra AM550; Siemens IM350
elements 12
list 0-6:25.9.0
1   text                  0-0:96.1.0
2   time                  1-0:0.9.1
3   date                  1-0:0.9.2
4   double-long-unsigned  1-0:1.8.0   0 Wh
5   double-long-unsigned  1-0:2.8.0   0 Wh
6   double-long-unsigned  1-0:3.8.0   0 varh
7   double-long-unsigned  1-0:4.8.0   0 varh
8   double-long-unsigned  1-0:1.7.0   0 W
9   double-long-unsigned  1-0:2.7.0   0 W
10  string                -
11  string                -
test 0f005754850c07ea03020107000000ffc400020c09060006190900ff090d31313231323930303030303133090407000000090507ea0302010601db66b206020d54dc0600100927060060d1a106000001d3060000000009000900
gives 0-0:96.1.0  1121290000013
gives 1-0:0.9.1  07000000
gives 1-0:0.9.2  07ea030201
gives 1-0:1.8.0  31155890 Wh
gives 1-0:2.8.0  34428124 Wh
gives 1-0:3.8.0  1050919 varh
gives 1-0:4.8.0  6345121 varh
gives 1-0:1.7.0  467 W
gives 1-0:2.7.0  0 W
gives 10  ""
gives 11  ""
