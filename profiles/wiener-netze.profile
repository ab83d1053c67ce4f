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
