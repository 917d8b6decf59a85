# shellcheck shell=bash
# Partitions, cables, power.

FAULTY=$(node_of_pod "$A")
OTHER=$(node_of_pod "$X")

lab partition "$FAULTY" "$OTHER" "$NAME"
check "$FAULTY and $OTHER apart: packets are dropped" not fetch "$X" "$(address_of_pod "$A"):8080"
check "both stay Ready" is_ready "$FAULTY" True
lab heal "$NAME"
check "healed" eventually 5 fetch "$X" "$(address_of_pod "$A"):8080"

lab node cut "$FAULTY" "$NAME"
check "cable of $FAULTY cut: not Ready" eventually 20 is_ready "$FAULTY" Unknown
lab node mend "$FAULTY" "$NAME"
check "mended: Ready" eventually 30 is_ready "$FAULTY" True
check "6/6 after the cut" eventually 60 all_ready

lab node crash "$FAULTY" "$NAME"
check "$FAULTY crashed: not Ready" eventually 20 is_ready "$FAULTY" Unknown
sleep 5
lab node boot "$FAULTY" "$NAME"
check "booted: Ready" eventually 30 is_ready "$FAULTY" True
check "6/6 after the crash" eventually 60 all_ready
