#!/usr/bin/env python3
"""Do the defaults learn? Every built-in task at three sizes, with nothing but task, N, dt and the
number of trials said, as a table; half an hour of computing:

    jobs/experiments/defaults.py >analysis/results/defaults.md

Each line is one `thetasweep pilot --span 0`: the start rule at the default rate beside the same
networks without plasticity, on the same seeds. The run's seed is 1; the defaults were chosen on
those of 0. With --init the sweep file is what `thetasweep init TASK` writes (its candidate with the
default gain), with its own number of trials.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TASKS = ("association", "reversal", "xor", "context", "dnms", "gonogo", "perceptual", "mante",
         "romo", "dms", "paired", "readysetgo", "flipflop")
HEAD = """\
| task | N | dt | loss without | loss | difference | p | accuracy without | accuracy | reached | diverged |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


def pilot(arguments, task, units, dt):
    """What `thetasweep pilot --json` says of one task, size and step."""
    with tempfile.TemporaryDirectory() as folder:
        sweep = pathlib.Path(folder) / "sweep.yaml"
        own = [f"network.units={units}", f"network.dt={dt} ms", "seed=1", "precision=single"]
        if arguments.init:
            subprocess.run([arguments.program, "init", task, "-o", sweep], check=True,
                           stdout=subprocess.DEVNULL)
        else:
            sweep.write_text(f"task: {task}\nlearning: {{trials: {arguments.trials}}}\n")
        done = subprocess.run([arguments.program, "pilot", sweep, "--json", "--span", "0",
                               "--seeds", str(arguments.seeds),
                               "--candidate", "1" if arguments.init else "0"] +
                              [word for text in own for word in ("--set", text)],
                              check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def finite(numbers):
    return [number for number in numbers if number is not None]


def mean(numbers):
    return statistics.mean(finite(numbers)) if finite(numbers) else float("nan")


def line(out, task, units, dt):
    without, loss = out["loss"]
    both = [b - a for a, b in zip(without, loss) if a is not None and b is not None]
    error = statistics.stdev(both) / len(both) ** 0.5 if len(both) > 1 else float("nan")
    return (f"| {task} | {units} | {dt} | {mean(without):.3f} | {mean(loss):.3f} | "
            f"{mean(both):+.3f} ± {error:.3f} | {out['p']:.4f} | "
            f"{100 * mean(out['accuracy'][0]):.0f} % | {100 * mean(out['accuracy'][1]):.0f} % | "
            f"{len(finite(out['reached'][1]))} of {len(loss)} | {loss.count(None)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build" / "thetasweep")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--init", action="store_true", help="the files of `thetasweep init`")
    parser.add_argument("--tasks", nargs="+", default=TASKS)
    parser.add_argument("--units", nargs="+", type=int, default=(40, 100, 200))
    parser.add_argument("--dt", nargs="+", type=float, default=(10,), help="in ms")
    arguments = parser.parse_args()
    print(HEAD)
    for units in arguments.units:
        for dt in arguments.dt:
            for task in arguments.tasks:
                print(line(pilot(arguments, task, units, f"{dt:g}"), task, units, f"{dt:g}"))
                sys.stdout.flush()


if __name__ == "__main__":
    main()
