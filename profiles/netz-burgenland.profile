profile netz-burgenland
about Netz Burgenland: Landis+Gyr E450
elements 14
0   unsigned|long-unsigned|double-long-unsigned  1-0:32.7.0  0 V
1   unsigned|long-unsigned|double-long-unsigned  1-0:52.7.0  0 V
2   unsigned|long-unsigned|double-long-unsigned  1-0:72.7.0  0 V
3   number                                       1-0:31.7.0  -2 A
4   number                                       1-0:51.7.0  -2 A
5   number                                       1-0:71.7.0  -2 A
6   unsigned|long-unsigned|double-long-unsigned  1-0:1.7.0   0 W
7   unsigned|long-unsigned|double-long-unsigned  1-0:2.7.0   0 W
8   unsigned|long-unsigned|double-long-unsigned  1-0:1.8.0   0 Wh
9   unsigned|long-unsigned|double-long-unsigned  1-0:2.8.0   0 Wh
10  number                                       1-0:33.7.0  -3
11  number                                       1-0:53.7.0  -3
12  number                                       1-0:73.7.0  -3
13  text="????????*"                             0-0:96.1.0
