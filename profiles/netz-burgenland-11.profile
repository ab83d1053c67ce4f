profile netz-burgenland-11
about Netz Burgenland: Landis+Gyr E450, a list without power factors
elements 11
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
10  text="????????*"                             0-0:96.1.0
test 0f00570bb50c07ea030201070000ff800000020b1200e81200e81200e712004912004612005b060000020a06000000000601873bfc0601b771ae09104c475a31303330363939303030303039
gives 1-0:32.7.0  232 V
gives 1-0:52.7.0  232 V
gives 1-0:72.7.0  231 V
gives 1-0:31.7.0  0.73 A
gives 1-0:51.7.0  0.70 A
gives 1-0:71.7.0  0.91 A
gives 1-0:1.7.0  522 W
gives 1-0:2.7.0  0 W
gives 1-0:1.8.0  25639932 Wh
gives 1-0:2.8.0  28799406 Wh
gives 0-0:96.1.0  LGZ1030699000009
