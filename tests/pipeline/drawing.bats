#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# cosem-decode draws APDUs that carry no reading as well: -o tree, -o xml and its dialects.

setup() {
  build=${METERPIPE_BUILD:-$BATS_TEST_DIRNAME/../../build}
  work=$(mktemp -d)
  cd "$work"
  cat >apdus <<'APDUS'
6036a1090607608574050801018a0207808b0760857405080201ac0a80083132333435363738be10040e01000000065f1f0400007e1f04b0
6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000501f01f40007
c001c100030100010800ff0200
c401c1000600143b20
c401c10104
d80101
c7 01 c1 00 01 00 1105
c8062000000001aa
APDUS
}

teardown() { rm -rf "$work"; }

@test "the tree is a JSON object a line, whatever the service" {
  "$build/cosem-decode" -o tree apdus >trees
  [ "$(wc -l <trees)" -eq 8 ]
  [ "$(jq -r 'keys_unsorted[0]' trees | paste -sd' ')" = \
    "aarq aare get-request get-response get-response exception-response action-response glo-get-request" ]
  jq -e -s '.[0].aarq["user-information"]["initiate-request"]["proposed-conformance"] | index("selective-access")' trees
  jq -e -s '.[1].aare.result == "accepted"' trees
  [ "$(jq -c '.["get-response"]["get-response-normal"].result // empty' trees | paste -sd' ')" = \
    '{"data":{"double-long-unsigned":1325856}} {"data-access-result":"object-undefined"}' ]
}

@test "--xml: the predecessor's dialect unless Gurux's is asked for" {
  "$build/cosem-decode" -o xml -n 3 apdus >plain
  "$build/cosem-decode" -o xml --xml predecessor -n 3 apdus >same
  cmp plain same
  grep -q '^<Aarq>$' plain
  grep -q $'^\t\t\t<ClassId Value="0003"/> <!-- 3 -->$' plain
  "$build/cosem-decode" -o xml --xml gurux -n 3 apdus >gurux
  grep -q '^<AssociationRequest>$' gurux
  grep -q '^      <ClassId Value="0003" />$' gurux
  run "$build/cosem-decode" --xml other apdus
  [ "$status" -eq 64 ]
}

@test "what is no whole APDU is an error and draws nothing" {
  for apdu in c401c10006001 c401c100060014 c401c1000600143b2000 c409c100 6005a100; do
    run --separate-stderr bash -c "echo $apdu | $build/cosem-decode -o tree"
    [ -z "$output" ]
    [[ $stderr == *"cosem-decode: error"* ]]
  done
}
