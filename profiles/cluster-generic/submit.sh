#!/usr/bin/env bash
# Hand one job to PBS and print its number: submit.sh NAME THREADS MEM_MB MINUTES GPUS JOBSCRIPT
# YOURS: the command `qsub`, for another scheduler, and a queue (-q) or project (-A) if there must be one.
set -euo pipefail
name=$1 threads=$2 mem_mb=$3 minutes=$4 gpus=$5 jobscript=$6

mkdir -p .snakemake/cluster
marker=$(mktemp .snakemake/cluster/XXXXXXXX)
# Whatever ends the job, its last words are its exit status, in a file that status.sh reads: no scheduler keeps it as
# reliably.
{
    echo '#!/bin/bash'
    printf 'trap "echo \\$? > %q" EXIT\n' "$PWD/$marker.exit"
    cat "$jobscript"
} > "$marker.sh"

chunk=select=1:ncpus=$threads:mem=${mem_mb}mb
[ "$gpus" -eq 0 ] || chunk+=:ngpus=$gpus
id=$(qsub -V -S /bin/bash -N "${name:0:15}" -j oe -o "$marker.log" -l "$chunk" -l "walltime=$minutes:00" "$marker.sh")
echo "$marker" > ".snakemake/cluster/$id"
rm "$marker.sh" # the scheduler has a copy
echo "$id"
