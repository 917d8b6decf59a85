# shellcheck shell=bash
# Wrong use is told apart from failures.

check "an unknown command is wrong use" exits 2 lab fly
check "an unknown option is wrong use" exits 2 lab up --speed 3
check "no number of nodes is wrong use" exits 2 lab up "$NAME" --nodes many
check "an unknown service is wrong use" exits 2 lab svc stop n1 nonsense "$NAME"
check "a cluster that does not run" exits 4 lab status nosuch
check "a node that does not exist" exits 4 lab node cut n9 "$NAME"
check "setup, when all is there, is quick" timeout 2 "$LAB/lab" setup
