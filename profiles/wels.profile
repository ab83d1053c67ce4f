# As kaernten without the two strings at the end.
profile wels
about Wels Strom: Siemens IM350
elements 10
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
test 0f005778ed0c07ea03020107000000ffc400020a09060006190900ff09083138393030303135090407000000090507ea03020106017fd063060000000006000aeed306003e0c9506000003530600000000
gives 0-0:96.1.0  18900015
gives 1-0:0.9.1  07000000
gives 1-0:0.9.2  07ea030201
gives 1-0:1.8.0  25153635 Wh
gives 1-0:2.8.0  0 Wh
gives 1-0:3.8.0  716499 varh
gives 1-0:4.8.0  4066453 varh
gives 1-0:1.7.0  851 W
gives 1-0:2.7.0  0 W
