#!/bin/bash
# Submits a sweep and its analysis, which SLURM starts when the sweep is complete:
#
#     jobs/pipeline.sh SWEEP.yaml RUN.h5 [SBATCH OPTIONS FOR THE SWEEP ...]
#     SHARDS=20 jobs/pipeline.sh SWEEP.yaml RUN.h5 --ntasks=9
#
# Should the sweep fail, what waits for it is cancelled. Calling it again goes on where it ended.
set -eu

# Settings from the environment:
SHARDS=${SHARDS:-1}                        # more than 1: an array of so many jobs, then merged
THETASWEEP=${THETASWEEP:-thetasweep}       # the program, with its path if it is not in PATH
ANALYSE=${ANALYSE:-thetasweep-analyze}     # run as: ANALYSE RUN.h5 -o RUN.analysis.h5
ANALYSE_OPTIONS=${ANALYSE_OPTIONS:---time=1:00:00} # sbatch options of the jobs after the sweep
export SHARDS THETASWEEP

if [ $# -lt 2 ]; then
    echo "usage: jobs/pipeline.sh SWEEP.yaml RUN.h5 [SBATCH OPTIONS ...]" >&2
    exit 2
fi
sweep=$1 run=$2
shift 2

# Where array.sbatch finds sweep.sbatch.
JOBS=$(cd "$(dirname "$0")" && pwd)
export JOBS

# after JOB NAME COMMAND ...: submits COMMAND as one process that waits for JOB; prints its number.
# afterok: only if all of JOB ended with status 0. A job that goes back to the queue has not ended.
# kill-on-invalid-dep: without it SLURM would keep a job waiting for ever for one that failed.
after() {
    local job=$1 name=$2
    shift 2
    # shellcheck disable=SC2086 # a list of options
    sbatch --parsable --dependency="afterok:$job" --kill-on-invalid-dep=yes --job-name="$name" \
        --ntasks=1 $ANALYSE_OPTIONS --wrap "$(printf '%q ' exec "$@")"
}

if [ "$SHARDS" -gt 1 ]; then
    job=$(sbatch --parsable --array="1-$SHARDS" "$@" "$JOBS/array.sbatch" "$sweep" "$run")
    echo "sweep     job $job, $SHARDS shares"
    shares=()
    for ((i = 1; i <= SHARDS; i++)); do
        shares+=("${run%.h5}.$i-of-$SHARDS.h5")
    done
    job=$(after "$job" merge "$THETASWEEP" merge "${shares[@]}" -o "$run")
    echo "merge     job $job"
else
    job=$(sbatch --parsable "$@" "$JOBS/sweep.sbatch" "$sweep" "$run")
    echo "sweep     job $job"
fi
job=$(after "$job" analysis "$ANALYSE" "$run" -o "${run%.h5}.analysis.h5")
echo "analysis  job $job"
