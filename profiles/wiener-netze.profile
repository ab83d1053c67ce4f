profile wiener-netze
about Wiener Netze: Iskra AM550, Landis+Gyr E450 (infrared)
elements 9
0   clock                 0-0:1.0.0
1   double-long-unsigned  1-0:1.8.0  0 Wh
2   double-long-unsigned  1-0:2.8.0  0 Wh
3   double-long-unsigned  1-0:3.8.0  0 varh
4   double-long-unsigned  1-0:4.8.0  0 varh
5   double-long-unsigned  1-0:1.7.0  0 W
6   double-long-unsigned  1-0:2.7.0  0 W
7   double-long-unsigned  1-0:3.7.0  0 var
8   double-long-unsigned  1-0:4.7.0  0 var
test 0f00571de90c07ea03020107000000ffc4000209090c07ea03020107000000ffc4000601efcb83060000000006000669ff060039c12406000003530600000000060000000006000000e9
gives 0-0:1.0.0  2026-03-02T07:00:00+01:00
gives 1-0:1.8.0  32492419 Wh
gives 1-0:2.8.0  0 Wh
gives 1-0:3.8.0  420351 varh
gives 1-0:4.8.0  3784996 varh
gives 1-0:1.7.0  851 W
gives 1-0:2.7.0  0 W
gives 1-0:3.7.0  0 var
gives 1-0:4.7.0  233 var
