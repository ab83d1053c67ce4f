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
