#!/usr/bin/env python3
"""How do estimators of the meta-gradient agree, and what does each cost? At a rule that learns and is
held still, every estimator on the same networks, as a table a task; minutes of computing:

    jobs/experiments/estimators.py --keep estimators >>analysis/results/estimators.md

N = 40, 200 trials, the start rule at a third of its default size, where size still counts, among all
terms of degree 3. The truth is the
gradient of the smoothed loss: the mean of `es`. Halves of the networks, the first ones and the last
ones, give cosines between means without the noise that both share: a product of two estimators takes
one of them from one half and the other from the other half, and so does a norm. What --keep has is not
run again.
"""
import argparse
import pathlib
import resource
import subprocess
import tempfile

import h5py
import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SWEEP = """\
seed: 11
precision: single
task: {task}
network: {{units: {units}, dt: 10 ms}}
rule: {{start: {{r3 d3: -{size}}}, start_in: normalised}}
learning: {{trials: {trials}}}
meta: {{held_out_seeds: 0, fresh_seeds: true, relative_steps: true, es_sigma: {sigma}, es_pairs: 8,
       gradient_clip: inf, optimizer: {{name: sgd, rate: 0}}}}
"""
LOSSES = {"meta.seeds": 1}  # an iteration is one network at 17 rules

# What is run: settings. Those with derivatives run all networks in one iteration; score, whose tangents
# are the dearest, a quarter of them.
ESTIMATORS = {
    "es": LOSSES | {"meta.estimator": "es"},
    "pathwise": {"meta.estimator": "pathwise", "meta.gradient": "adjoint"},
    **{f"discounted {discount}": {"meta.estimator": "discounted", "meta.gradient": "adjoint",
                                  "meta.discount": discount} for discount in (0.99, 0.9, 0.5)},
    "guided": LOSSES | {"meta.estimator": "guided", "meta.gradient": "adjoint"},
    "score": {"meta.estimator": "score", "learning.weight_noise": 0.001},
}


def start(arguments, task, folder, path, settings):
    """Runs a sweep, or what is left of it; returns its CPU seconds."""
    sweep = folder / "sweep.yaml"
    sweep.write_text(SWEEP.format(task=task, **{name: getattr(arguments, name) for name in
                                                ("sigma", "units", "trials", "size")}))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([arguments.program, "run", sweep, "-o", path, "--resume", "--quiet"] +
                   [word for key, value in settings.items() for word in ("--set", f"{key}={value}")],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def cost(arguments, task, settings):
    """CPU seconds of a lifetime at theta, of a few more less those of few."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        few, more = (start(arguments, task, folder, folder / f"{count}.h5",
                           settings | {"meta.iterations": 1, "meta.seeds": count, "meta.es_pairs": 1})
                     for count in (2, 12))
    return (more - few) / 10


def run(arguments, task, name, folder):
    """Gradients of networks [n, P], normalised."""
    settings = dict(ESTIMATORS[name])
    networks = arguments.networks // 4 if name == "score" else arguments.networks
    settings |= ({"meta.iterations": networks} if "meta.seeds" in settings else
                 {"meta.iterations": 1, "meta.seeds": networks})
    path = folder / f"{task}-{name.replace(' ', '-')}.h5"
    start(arguments, task, folder, path, settings)
    with h5py.File(path) as archive:
        if len(archive["gradient"][0]) > 1:
            return archive["gradient"][0]
        return archive["lifetimes/gradient"][0, 0] * archive["theta_scale"][0]


class Sample:
    """The gradients of one estimator in two halves, and what one of them costs in lifetimes."""

    def __init__(self, gradient, cost, clip=numpy.inf):
        norm = numpy.sqrt((gradient ** 2).sum(axis=1, keepdims=True))
        with numpy.errstate(invalid="ignore"):
            self.all = gradient * numpy.minimum(1, clip / norm)
        self.cost = cost

    def halves(self, draw=None):
        """Means over the finite ones of each half; of a bootstrap of them, with `draw`."""
        middle = len(self.all) // 2
        out = []
        for half in (self.all[:middle], self.all[middle:]):
            half = half[numpy.isfinite(half).all(axis=1)]
            if draw is not None:
                half = half[draw.integers(0, len(half), len(half))]
            out.append(half.mean(axis=0))
        return out


def product(a, b):
    """Of two estimators' means, each from other networks."""
    return (a[0] @ b[1] + a[1] @ b[0]) / 2


def cosine(a, b):
    """Of the means without noise; NAN where one of them is not seen in its noise."""
    own, other = product(a, a), product(b, b)
    return product(a, b) / (own * other) ** 0.5 if own > 0 and other > 0 else numpy.nan


def describe(name, sample, truth, budget, draws=200):
    """The row of one estimator."""
    finite = sample.all[numpy.isfinite(sample.all).all(axis=1)]
    draw = numpy.random.default_rng(1)
    means, variance = sample.halves(), finite.var(axis=0, ddof=1).sum()
    square = max(product(means, means), 0)
    agrees = cosine(means, truth.halves())
    spread = [cosine(sample.halves(draw), truth.halves(draw)) for _ in range(draws)]
    cells = [name, f"{len(finite)}", f"{sample.cost:.1f}"]
    if not square or numpy.isnan(agrees):
        return "| " + " | ".join(cells + ["not seen in the noise", "", "", "", ""]) + " |"
    worth = min(agrees, 1) * (square / (square + variance * sample.cost / budget)) ** 0.5
    low, high = numpy.nanquantile(spread, (0.16, 0.84))
    cells += [f"{square ** 0.5:.4f}", f"{agrees:.2f}", f"{low:.2f} to {high:.2f}",
              f"{variance * sample.cost / square:.0f}", f"{worth:.2f}"]
    return "| " + " | ".join(cells) + " |"


def report(arguments, task, folder):
    samples = {}
    plain = cost(arguments, task, ESTIMATORS["es"]) / 3  # theta and a pair
    for name in arguments.estimators:
        gradient = run(arguments, task, name, folder)
        if ESTIMATORS[name].get("meta.seeds"):
            dear = cost(arguments, task, ESTIMATORS["pathwise"]) / plain if name == "guided" else 1
            samples[name] = Sample(gradient, 16 + dear)
            continue
        samples[name] = Sample(gradient, cost(arguments, task, ESTIMATORS[name]) / plain)
        if name == "pathwise":
            samples["pathwise, clipped at 0.3"] = Sample(gradient, samples[name].cost, 0.3)
    truth = samples["es"]
    print(f"\n### {task}\n\n| estimator | networks | lifetimes each | norm | cosine with es | 68 % | "
          f"lifetimes to signal = noise | cosine of {arguments.budget} lifetimes |\n"
          "| --- |" + " ---: |" * 7)
    for name, sample in samples.items():
        print(describe(name, sample, truth, arguments.budget))
    if arguments.cosines:
        cross(samples)


def cross(samples):
    """The table of cosines."""
    means = {name: sample.halves() for name, sample in samples.items()}
    print("\nCosines of the means with each other:\n\n| |" +
          "".join(f" {name} |" for name in list(means)[1:]) + "\n| --- |" + " ---: |" * (len(means) - 1))
    for row, (name, mean) in enumerate(list(means.items())[:-1]):
        print(f"| {name} |" + "".join(
            f" {cosine(mean, other):.2f} |" if column >= row else " |"
            for column, other in enumerate(list(means.values())[1:])))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build" / "thetasweep")
    parser.add_argument("--keep", help="folder of archives")
    parser.add_argument("--tasks", nargs="+", default=["association", "dnms", "xor"])
    parser.add_argument("--estimators", nargs="+", default=list(ESTIMATORS))
    parser.add_argument("--networks", type=int, default=128)
    parser.add_argument("--units", type=int, default=40)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--size", type=float, default=0.333, help="of the rule; 1: the default's")
    parser.add_argument("--sigma", type=float, default=0.5, help="steps, relative to the rule")
    parser.add_argument("--cosines", action="store_true", help="those of all with each other, too")
    parser.add_argument("--budget", type=int, default=200, help="lifetimes of the last column")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(arguments.keep or folder)
        folder.mkdir(exist_ok=True)
        for task in arguments.tasks:
            report(arguments, task, folder)


if __name__ == "__main__":
    main()
