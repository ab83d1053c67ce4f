profile wiener-netze-im350
about Wiener Netze: Siemens IM350 (infrared), the device name first
elements 10
0   text                  0-0:42.0.0
1   clock                 0-0:1.0.0
2   double-long-unsigned  1-0:1.8.0   0 Wh
3   double-long-unsigned  1-0:2.8.0   0 Wh
4   double-long-unsigned  1-0:3.8.0   0 varh
5   double-long-unsigned  1-0:4.8.0   0 varh
6   double-long-unsigned  1-0:1.7.0   0 W
7   double-long-unsigned  1-0:2.7.0   0 W
8   double-long-unsigned  1-0:3.7.0   0 var
9   double-long-unsigned  1-0:4.7.0   0 var
test 0f005742510c07ea03020107000000ffc400020a0910534d5331303330373839303030303132090c07ea03020107000000ffc4000601aa86a7060000000006000608a006004649d406000003530600000000060000000006000000e9
gives 0-0:42.0.0  SMS1030789000012
gives 0-0:1.0.0  2026-03-02T07:00:00+01:00
gives 1-0:1.8.0  27952807 Wh
gives 1-0:2.8.0  0 Wh
gives 1-0:3.8.0  395424 varh
gives 1-0:4.8.0  4606420 varh
gives 1-0:1.7.0  851 W
gives 1-0:2.7.0  0 W
gives 1-0:3.7.0  0 var
gives 1-0:4.7.0  233 var
