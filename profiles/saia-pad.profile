profile saia-pad
about Saia-Burgess ALE3 and others with its board: behind FF 00 is the sum, 01 to 03 are L1 to L3
mbus SBC 18 electricity
record 02fdc9ff01    1-0:32.7.0
record 02fdc9ff02    1-0:52.7.0
record 02fdc9ff03    1-0:72.7.0
record 02fddbff01    1-0:31.7.0
record 02fddbff02    1-0:51.7.0
record 02fddbff03    1-0:71.7.0
record 02acff00      -            "Power, all phases"
record 02acff01      -            "Power L1"
record 02acff02      -            "Power L2"
record 02acff03      -            "Power L3"
record 8240acff00    -            "Power, all phases, subunit 1"
record 8240acff01    -            "Power L1, subunit 1"
record 8240acff02    -            "Power L2, subunit 1"
record 8240acff03    -            "Power L3, subunit 1"
