# man/mbus-read.1 and --help say the same.
load helper
setup() { serial_setup; }

@test "the page has the options of --help, and no others" {
  page=$BATS_TEST_DIRNAME/../../man/mbus-read.1
  mbus-read --help | sed -nE 's/^ +(-[^ ]+).*/\1/p' | tr ',' '\n' | sort -u >help
  sed -nE 's/^\.It Fl (.) , Fl -([a-z-]+).*/-\1\n--\2/p; s/^\.It Fl -([a-z-]+).*/--\1/p' "$page" |
    sort -u >options
  diff help options
  [ "$(wc -l <options)" -gt 15 ]
}

@test "the page is clean" {
  run mandoc -T lint -W warning "$BATS_TEST_DIRNAME/../../man/mbus-read.1"
  [ "$status" -eq 0 ]
  [ -z "$output" ]
}
