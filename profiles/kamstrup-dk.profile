profile kamstrup-dk
about Kamstrup Omnipower in Denmark: energies in 10 Wh; volts or hundredths, the bytes do not tell
0 text="Kamstrup_V*" -
1.7.0   0 W
2.7.0   0 W
3.7.0   0 var
4.7.0   0 var
21.7.0  0 W
22.7.0  0 W
41.7.0  0 W
42.7.0  0 W
61.7.0  0 W
62.7.0  0 W
1.8.0   1 Wh
2.8.0   1 Wh
3.8.0   1 varh
4.8.0   1 varh
21.8.0  1 Wh
22.8.0  1 Wh
41.8.0  1 Wh
42.8.0  1 Wh
61.8.0  1 Wh
62.8.0  1 Wh
31.7.0  -2 A
51.7.0  -2 A
71.7.0  -2 A
13.7.0  -2
33.7.0  -2
53.7.0  -2
73.7.0  -2
