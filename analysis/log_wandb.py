#!/usr/bin/env python3
"""Logs what `thetasweep export RUN.h5 --wandb RUNS.jsonl` wrote as runs of W&B, a run a candidate.

    analysis/log_wandb.py RUNS.jsonl --project PROJECT [--entity ENTITY] [--offline]

W&B's files are made by its own package alone (pip install wandb), so that this runs where that is. With
--offline they are left in ./wandb for `wandb sync`.
"""
import argparse
import json
import sys

try:
    import wandb
except ImportError:
    sys.exit("log_wandb.py: found no package wandb here, allowed: after pip install wandb")


def log(record, arguments):
    """One run: configuration, a row a meta-iteration, and the summary."""
    run = wandb.init(project=arguments.project, entity=arguments.entity, name=record["name"],
                     group=record["group"], config=record["config"],
                     mode="offline" if arguments.offline else "online")
    run.define_metric("iteration")
    run.define_metric("*", step_metric="iteration")
    for row in record["history"]:
        run.log(row)
    run.summary.update(record["summary"])
    run.finish(exit_code=int(record["summary"]["state"] != "finished"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", help="what thetasweep export --wandb wrote")
    parser.add_argument("--project", required=True)
    parser.add_argument("--entity")
    parser.add_argument("--offline", action="store_true", help="for wandb sync later")
    arguments = parser.parse_args()
    with open(arguments.runs, encoding="utf-8") as file:
        for line in file:
            log(json.loads(line), arguments)


if __name__ == "__main__":
    main()
