profile kamstrup-heat
about Kamstrup Multical 601: volume times temperature, of flow and return (m³·°C)
mbus KAM 8 heat
record 04ff07        -            "Volume times flow temperature"
record 04ff08        -            "Volume times return temperature"
