#!/usr/bin/env bash
# Hand one job to PBS and print its number: submit.sh NAME THREADS MEM_MB MINUTES GPUS JOBSCRIPT
# YOURS: the command `qsub`, for another scheduler, and a queue (-q) or project (-A) if there must be one.
set -euo pipefail
name=$1 threads=$2 mem_mb=$3 minutes=$4 gpus=$5 jobscript=$6

mkdir -p .snakemake/cluster
marker=$(mktemp .snakemake/cluster/XXXXXXXX)
# The job's exit status goes to a file that status.sh reads: no scheduler keeps it as reliably. A job that is killed
# writes none.
{
    echo '#!/bin/bash'
    echo '('
    cat "$jobscript"
    echo
    echo ')'
    printf 'echo $? > %q\n' "$PWD/$marker.exit"
} > "$marker.sh"

request=select=1:ncpus=$threads:mem=${mem_mb}mb
[ "$gpus" -eq 0 ] || request+=:ngpus=$gpus
request+=,walltime=$minutes:00
id=$(qsub -V -S /bin/bash -N "${name:0:15}" -j oe -o "$marker.log" -l "$request" "$marker.sh")
echo "$marker" > ".snakemake/cluster/$id"
rm "$marker.sh" # the scheduler has a copy
echo "$id"
