# A single number says nothing of its sender; the tag in front of the date-time, which does not
# belong there and which Kaifa sends, does.
profile kaifa-1
about Kaifa (Norway, Sweden): list of 1, active power alone
elements 1
time tagged
0   double-long-unsigned  1-0:1.7.0  0 W
test 0f40000000090c07ea030201070000ff80000002010600000353
gives 1-0:1.7.0  851 W
