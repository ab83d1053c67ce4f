profile siemens-td351x
about Siemens TD-351x (AMIS), Netz Oberösterreich: specification of the customer interface, 2.4.2
mbus SAM 1 bus-system
record 066d          0-0:1.0.0
record 0403          1-0:1.8.0    unsigned
record 04833c        1-0:2.8.0    unsigned
record 8410fb8273    1-0:3.8.1    unsigned
record 8410fb82f33c  1-0:4.8.1    unsigned
record 042b          1-0:1.7.0    unsigned
record 04ab3c        1-0:2.7.0    unsigned
record 04fb14        1-0:3.7.0    unsigned
record 04fb943c      1-0:4.7.0    unsigned
record 0483ff04      1-0:1.128.0
