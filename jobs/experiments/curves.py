#!/usr/bin/env python3
"""How many lifetimes does each way of searching need? Held-out loss against lifetimes spent, from a
rule that was not tuned, as a table; ten minutes of computing:

    jobs/experiments/curves.py --keep curves >>analysis/results/estimators.md

Association, N = 40, 200 trials, from a third of the start rule, all terms of degree 3. Every run may
spend the same: a lifetime that carries derivatives counts as so many plain ones as it takes time
(--dear). Each method is tried with a few settings on the run seeds of --choose, and the one whose
losses are least on average over its evaluations is run on those of --seeds, on which nothing is
chosen. The networks that rules are evaluated on are the same for all methods of a run seed, so that
methods are compared in pairs. Runs that --keep has are not run again.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import h5py
import numpy
from scipy import stats

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BASE = """\
precision: single
task: association
network: {units: 40, dt: 10 ms}
rule: {start: {r3 d3: -0.333}, start_in: normalised}
learning: {trials: 200}
meta: {held_out_seeds: 24, fresh_seeds: true, relative_steps: true, gradient: adjoint,
       optimizer: {schedule: constant, longest: 0.5}}
record: {representations: [], weights: []}
"""
PAIRS, SEEDS = 8, 2  # of estimators that compare losses


def steps(estimator):
    """Adam along a gradient from losses: what to choose from."""
    return [{"meta.estimator": estimator, "meta.es_pairs": PAIRS, "meta.optimizer": "adam",
             "meta.optimizer.rate": rate, "meta.es_sigma": sigma, "meta.seeds": SEEDS}
            for rate, sigma in ((0.05, 0.3), (0.15, 0.3), (0.15, 0.8))]


# Of each method: settings to choose from; plain and dear lifetimes of an iteration.
METHODS = {
    "guided": (steps("guided"), 2 * PAIRS * SEEDS, SEEDS),
    "es": (steps("es"), (2 * PAIRS + 1) * SEEDS, 0),
    "cmaes": ([{"meta.optimizer": "cmaes", "meta.optimizer.population": 8, "meta.seeds": 4,
                "meta.optimizer.sigma": sigma} for sigma in (0.3, 0.6, 1.2)], 9 * 4, 0),
    "discounted": ([{"meta.estimator": "discounted", "meta.optimizer": "adam", "meta.seeds": 8,
                     "meta.optimizer.rate": rate, "meta.discount": discount}
                    for rate, discount in ((0.05, 0.9), (0.15, 0.9), (0.15, 0.99))], 0, 8),
    "race": ([{"meta.optimizer": "race", "meta.seeds": 8, "meta.optimizer.step": step}
              for step in (0.2, 0.4, 0.8)], 7 * 8, 0),
}


def run(arguments, method, settings, seed):
    """[lifetimes spent, held-out loss] of the evaluations of one run."""
    _, plain, dear = METHODS[method]
    cost = plain + dear * arguments.dear
    every = max(1, round(arguments.budget / cost / arguments.points))
    iterations = int(arguments.budget / cost / every) * every
    options = {"seed": seed, "meta.iterations": iterations, "meta.evaluate_every": every, **settings}
    with tempfile.TemporaryDirectory() as folder:
        sweep = pathlib.Path(folder, "sweep.yaml")
        sweep.write_text(BASE)
        subprocess.run([arguments.program, "run", sweep, "-o", f"{folder}/run.h5", "--quiet"] +
                       [word for name, value in options.items()
                        for word in ("--set", f"{name}={value}")],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with h5py.File(f"{folder}/run.h5") as archive:
            loss = archive["evaluations/loss"][0]
    # A network whose learning diverged has no loss: it counts as one that learns nothing.
    loss = numpy.where(numpy.isfinite(loss), loss, 1).mean(axis=1)
    return [[i * every * cost, float(x)] for i, x in enumerate(loss)]


class Runs:
    """Those that were run, by method, settings and seed."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.path = pathlib.Path(arguments.keep, "runs.json") if arguments.keep else None
        self.known = json.loads(self.path.read_text()) if self.path and self.path.exists() else {}

    def get(self, method, settings, seed):
        key = json.dumps([method, settings, seed, BASE, self.arguments.budget])
        if key not in self.known:
            self.known[key] = run(self.arguments, method, settings, seed)
            if self.path:
                self.path.parent.mkdir(exist_ok=True)
                self.path.write_text(json.dumps(self.known))
        return numpy.array(self.known[key])


def at(curve, spent):
    """Loss after so many lifetimes, between evaluations along a line."""
    return numpy.interp(spent, curve[:, 0], curve[:, 1])


def choose(runs, method, seeds):
    """The settings whose curve lies lowest."""
    return min(METHODS[method][0], key=lambda settings: statistics.mean(
        runs.get(method, settings, seed)[1:, 1].mean() for seed in seeds))


def interval(values):
    """Mean and half of its 95 % interval, by Student's distribution."""
    t = stats.t.ppf(0.975, len(values) - 1)
    return statistics.mean(values), t * statistics.stdev(values) / len(values) ** 0.5


def reached(curve, loss):
    """Lifetimes until the curve is first as low as `loss`; infinite if it never is."""
    below = numpy.nonzero(curve[:, 1] <= loss)[0]
    if len(below) == 0:
        return numpy.inf
    last = below[0]
    if last == 0:
        return 0
    (x, high), (y, low) = curve[last - 1], curve[last]
    return x + (y - x) * (high - loss) / (high - low)


def report(arguments, curves):
    """The table of the curves of all methods."""
    spent = [0] + [arguments.budget * part // 4 for part in range(1, 5)]
    losses = {method: numpy.array([at(curve, spent) for curve in curves[method]])
              for method in curves}
    first = arguments.methods[0]
    gain = max((loss[:, 0] - loss[:, -1]).mean() for loss in losses.values())
    print(f"Loss at the start: {losses[first][:, 0].mean():.3f}. After so many lifetimes, less that:\n\n"
          "| method |" + "".join(f" {x} |" for x in spent[1:]) + f" mean of these, less {first}'s | "
          f"lifetimes to half of the best gain, each run |\n| --- |" + " ---: |" * (len(spent) + 1))
    for method, loss in losses.items():
        cells = ["{:+.3f} ± {:.3f}".format(*interval((column - loss[:, 0]).tolist()))
                 for column in loss.T[1:]]
        area = (loss - losses[first])[:, 1:].mean(axis=1).tolist()
        cells.append("" if method == first else "{:+.3f} ± {:.3f}".format(*interval(area)))
        needed = sorted(reached(curve, curve[0, 1] - gain / 2) for curve in curves[method])
        cells.append(", ".join(f"{x:.0f}" if numpy.isfinite(x) else "never" for x in needed))
        print(f"| {method} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build" / "thetasweep")
    parser.add_argument("--keep", help="folder of runs")
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--choose", type=int, nargs="+", default=[101])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--budget", type=int, default=720, help="lifetimes of a run")
    parser.add_argument("--points", type=int, default=6, help="evaluations after the first")
    parser.add_argument("--dear", type=float, default=3, help="cost of a lifetime with derivatives")
    arguments = parser.parse_args()
    runs = Runs(arguments)
    chosen = {method: choose(runs, method, arguments.choose) for method in arguments.methods}
    curves = {method: [] for method in arguments.methods}
    for seed in arguments.seeds:  # so that what is there of an interrupted comparison is fair
        for method in arguments.methods:
            curves[method].append(runs.get(method, chosen[method], seed))
    report(arguments, curves)
    print()
    for method in arguments.methods:
        print(f"- {method}: " + ", ".join(f"`{name}: {value}`" for name, value in
                                          chosen[method].items()))


if __name__ == "__main__":
    main()
