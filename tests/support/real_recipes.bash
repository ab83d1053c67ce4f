# The recipes of meterpipe(7) with the programs that they are for, as Debian has them, on the machine
# that scripts/booted has booted; sourced by it. What they made of it is asked of them, and compared.
recipe_packages=(curl influxdb jq parallel prometheus prometheus-node-exporter ser2net)

# recipe SECTION PATTERN: the command of the page's section that has it at its first line, as it is typed;
# what goes on is indented
recipe() {
  awk -v section="$1" -v pattern="$2" '
    /^\.Ss / { inside = $0 == ".Ss " section; next }
    !inside { next }
    /^\$ / { taken = $0 ~ pattern; if (taken) print substr($0, 3); next }
    !/^    / { taken = 0 }
    taken { print }' man/meterpipe.7 | sed "s/\\\\(aq/'/g; s/\\\\e/\\\\/g"
}
# in_examples COMMAND: in a folder with the page's log and keys
in_examples() { inside sh -c 'cd /root/examples && bash -c "$1"' - "$1" >"$work/output" 2>&1; }
curls() { inside curl --silent --show-error --max-time 5 "$@"; }

real_recipes() {
  local command url
  inside sh -c 'cp -r /usr/share/doc/meterpipe/examples /root/ && cd /root/examples && chmod 600 keys &&
    mbus-frame log | dlms-decrypt -k keys | cosem-decode >readings' 2>/dev/null

  echo "== recipes: InfluxDB"
  command=$(recipe "Into InfluxDB and Prometheus" '^\$ jq -r')
  url=$(sed -n 's/^\.Ql \(curl --data-binary @lines .*\)$/\1/p' man/meterpipe.7)
  [ -n "$command" ] && [ -n "$url" ] || { echo "booted: meterpipe(7) has no such recipe any more" >&2; exit 1; }
  see "influxdb is up" curls http://localhost:8086/ping
  curls --data-urlencode 'q=CREATE DATABASE meters' http://localhost:8086/query >/dev/null
  see "the page's jq makes lines" in_examples "$command"
  see "the page's curl sends them" in_examples "$url"
  # the energies of each meter, by influxdb and by jq
  in_influx() {
    curls -G http://localhost:8086/query --data-urlencode db=meters --data-urlencode epoch=ns \
      --data-urlencode 'q=SELECT "1-0:1.8.0" FROM reading GROUP BY meter' |
      jq -rS '.results[0].series[] | .tags.meter as $m | .values[] | [$m, (.[1] | tostring)] | @tsv' | sort
  }
  in_readings() {
    jq -rS '.meter as $m | .values[] | select(.obis == "1-0:1.8.0") | [$m, (.value | tostring)] | @tsv' \
      "$root/root/examples/readings" | sort
  }
  same_energies() { in_influx >"$work/output" && [ "$(wc -l <"$work/output")" -ge 8 ] && in_readings | diff - "$work/output"; }
  see "influxdb has the energies that were sent" same_energies
  curls --data-urlencode 'q=CREATE DATABASE live' http://localhost:8086/query >/dev/null
  see "obis-mqtt's own lines are taken, too" \
    in_examples 'obis-mqtt -q --dry-run --preset influx readings | cut -f2 | sort -u >live &&
      curl --fail --silent --show-error --data-binary @live http://localhost:8086/write?db=live'

  echo "== recipes: Prometheus"
  see "the page's command" in_examples "$(recipe "Into InfluxDB and Prometheus" '^\$ obis-mqtt')"
  inside install -m 644 /root/examples/house.prom /var/lib/prometheus/node-exporter/
  scraped() {
    curls -G http://localhost:9090/api/v1/query --data-urlencode query=meterpipe_readings_total |
      jq -r '.data.result[] | [.metric.client, .metric.meter, .value[1]] | @tsv' | sort >"$work/output"
    printf 'house\t%s\t4\n' 181220000042 1KFM0200000001 | cmp -s - "$work/output"
  }
  PATIENCE=90 see "prometheus has scraped it of the node exporter" scraped

  echo "== recipes: archives by GNU parallel"
  command=$(recipe Archives '^\$ printf')
  command=${command/'xargs -0 -P "$(nproc)" -I {} sh -c'/parallel -0}
  [[ $command == *"parallel -0"* ]] || { echo "booted: meterpipe(7) has no such recipe any more" >&2; exit 1; }
  see "a file for each day" in_examples "$(recipe Archives '^\$ mkdir'); $(recipe Archives '^\$ for')"
  see "parallel takes the page's command" in_examples "$command"
  archives_same() { in_examples "$(recipe Archives '^\$ cat')" && said '^same$'; }
  see "and the readings are the same" archives_same

  echo "== recipes: ser2net"
  awk '/^\.Ss / { inside = $0 == ".Ss A port of another machine" } inside && /^connection/ { taken = 1 }
    /^\.Ed/ { taken = 0 } taken { print }' man/meterpipe.7 | sed "s|/dev/ttyUSB0|$port|" >"$root/etc/ser2net.yaml"
  [ -s "$root/etc/ser2net.yaml" ] || { echo "booted: meterpipe(7) has no such recipe any more" >&2; exit 1; }
  # It knows no port by number where a machine has no address but its own, and then does not end either:
  # it is not started with the machine.
  nsenter --target "$leader" --net ip address add 192.0.2.1/32 dev lo
  inside systemctl start ser2net
  by_tcp() {
    inside sh -c 'timeout 20 mbus-read -q -p tcp://localhost:3333 | mbus-frame -q -n 1 |
      dlms-decrypt -q -k /etc/meterpipe/house.keys | cosem-decode -o text' >"$work/output" 2>&1
    said 'Active energy import'
  }
  see "a message comes by TCP" by_tcp
}
