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
