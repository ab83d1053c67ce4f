# The add-on's options as a meterpipe.conf. $mqtt: what Home Assistant says of its MQTT service, or {}.
# Keys and passwords are not in it: they are files beside it.
def given: . != null and . != "" and . != false;
def setting($key): if given then "\($key) = \(tojson)" else empty end;
def broker:
  if .broker | given then .broker
  elif $mqtt.host then
    "mqtt\(if $mqtt.ssl then "s" else "" end)://"
    + (if $mqtt.username | given then "\($mqtt.username | @uri)@" else "" end)
    + "\($mqtt.host):\($mqtt.port // 1883)"
  else "mqtt://localhost" end;
def has_password:
  if .broker | given then .broker_password | given else $mqtt.password | given end;
"# Made of the add-on's options at each start.",
(.operator | setting("operator")),
((if .network_port | given then .network_port else .port end) | setting("port")),
(.line | setting("line")),
(if .key | given then "keys = \"/data/meter.keys\"" else empty end),
(broker | setting("broker")),
(if has_password then "password-file = \"/data/broker.password\"" else empty end),
(.discovery | setting("discovery")),
(if .language == "de" then "language = \"de\"" else empty end),
(.min_interval | setting("min-interval")),
(.on_change | setting("on-change")),
(.topic_base | setting("topic-base")),
"spool = \"/data/spool\"",
"counter-state = \"/data/counters\"",
(if .keep_line | given then "log = \"/data/line.jsonl\"" else empty end),
(.more // [] | .[] | select(given))
