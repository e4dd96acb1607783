#!/usr/bin/env bash
# Print what became of a job: running, success or failed: status.sh NUMBER
# YOURS: for another scheduler, the lines about qstat.
set -uo pipefail
id=$1
marker=$(cat ".snakemake/cluster/$id")

tell_exit() {
    [ -s "$marker.exit" ] || return 1
    if [ "$(cat "$marker.exit")" = 0 ]; then
        echo success
        rm -f "$marker" "$marker.exit" "$marker.log" ".snakemake/cluster/$id"
    else
        echo failed # the log stays
    fi
    exit
}

tell_exit
answer=$(qstat "$id" 2>/dev/null)
code=$?
# 0: known, in the last column but one its state; 35 and 153: finished, unknown. Any other answer is the server's own
# trouble: ask again later.
if [ $code != 0 ] && [ $code != 35 ] && [ $code != 153 ]; then
    echo running
    exit
fi
state=$(awk -v id="${id%%.*}" 'index($1, id) == 1 { print $(NF - 1) }' <<< "$answer")
case $state in
    "" | C | F | X) ;;
    *)
        echo running
        exit
        ;;
esac
# It is over, and without a status only if it was killed; but a shared file system may show the file late.
for _ in 1 2 3 4 5; do
    sleep 2
    tell_exit
done
echo failed
