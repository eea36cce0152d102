#!/usr/bin/env python3
"""Does efficiency (30) tell how fast a rule learns? Some twenty rules on three tasks, as a table and a
figure; a quarter of an hour of one core, and what is there already is not computed again:

    jobs/experiments/prediction.py >analysis/results/prediction.md

Predicted, from c and G (28) at networks that are held still: the drift of the loss for the size of
the changes, and its square, the efficiency. Measured, on other networks: how much more reward than
without plasticity a rule brings in its first trials, (a) all rules at the same small size of their
changes, without a clip, (b) each at the best of its four sizes, which were chosen on a third set of
networks. At small steps the reward should follow the drift, in units of that of the cubic rule -1 r3
d3; at the best of all sizes a rule that is limited by nothing but the size of its changes should
follow its efficiency, in units of the mean over the rules that are predicted to learn, since a single
rule's gain is noisy there. Rules that are fitted, and units of mixtures, come from networks of their own.
"""
import argparse
import pathlib
import re
import subprocess
import sys

import h5py
import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "analysis"))

TASKS = {  # trials in which the rules are compared, rate of -1 r3 d3 at the size 1, with decays or not
    "dnms": (500, 0.005, True), "association": (300, 0.01, False), "xor": (300, 0.005, False)}
WARMUP, SMALL, SMALL_TRIALS, STAGE, TAU_E = 50, 0.00025, 400, 250, 200
FACTORS = (0.5, 1, 2, 4)         # of the size of the changes
FIT_NETWORKS, JUDGE_NETWORKS, CHOOSING, REPORTED = 6, 10, 6, 24
TRIALS = 300                     # of each pass of `efficiency`
GOOD = 0.7                       # efficiency, over that of the cubic rule
SAMPLES = 2000                   # of the bootstrap
CUBIC = "-1 r3 d3"
NOISE = "node perturbation"
SWEEP = """\
seed: {seed}
precision: {precision}
task: {{name: {task}}}
network: {{units: 100, gain: 1.5, tau: 30 ms, dt: 5 ms}}
exploration: {{kind: kicks, probability: 0.015, amplitude: 3.2, start: 5 ms}}   # 3 kicks a second
{rule}
learning: {{trials: {trials}, warmup: {warmup}, clip: {clip}, rate: {rate}}}
"""
RULE = "degree: 5, start: {r3 d3: -1}, carry_trace: true, eligibility_start: 5 ms}"
LIST = """\
meta: {{iterations: 0, held_out_seeds: {seeds}}}
record: {{representations: [], weights: []}}
sweep:
  method: list
  parameters:
"""


# ---- what the program measures ----

class Bench:
    """A folder of sweep files and archives; each is made once."""

    def __init__(self, arguments):
        self.program, self.folder = arguments.program, pathlib.Path(arguments.folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def call(self, *words):
        subprocess.run([self.program, *map(str, words)], check=True, stdout=subprocess.DEVNULL)

    def efficiency(self, task, name, networks, offset, stages, *options):
        sweep, archive = (self.folder / f"{task}-{name}.{end}" for end in ("yaml", "h5"))
        sweep.write_text(SWEEP.format(seed=1, task=task, precision="single", warmup=WARMUP,
                                      clip="auto", trials=STAGE, rate=TASKS[task][1],
                                      rule="rule: {" + RULE))
        if not archive.exists():
            part = archive.with_suffix(".part")
            part.unlink(missing_ok=True)
            self.call("efficiency", sweep, "--networks", networks, "--seed-offset", offset,
                      "--stages", stages, "--trials", TRIALS, *options, "-o", part)
            part.rename(archive)
        return Measured(archive)

    def lifetimes(self, task, name, rules, rates, **options):
        """Mean reward of every (rule, rate) above that without plasticity [rule, seed]. Those of
        node perturbation, which is computed in double precision, are the last ones."""
        split = [rule[0] for rule in rules].index(NOISE)
        return numpy.concatenate([
            self.run(f"{task}-{name}", task, rules[:split], rates[:split], "single", **options),
            self.run(f"{task}-{name}-noise", task, rules[split:], rates[split:], "double",
                     **options)])

    def run(self, name, task, rules, rates, precision, seed, seeds, trials, clip):
        sweep, archive = (self.folder / f"{name}.{end}" for end in ("yaml", "h5"))
        columns = {"learning.rate": [0, *(f"{rate:.6g}" for rate in rates)]}
        if precision == "single":
            columns["rule.start"] = [
                "{" + ", ".join(f"{term}: {theta:.6g}" for term, theta in rule[1].items()) + "}"
                for rule in [rules[0], *rules]]
            columns["rule.tau_e"] = [f"{rule[2]:g} ms" if numpy.isfinite(rule[2]) else "inf"
                                     for rule in [rules[0], *rules]]
        sweep.write_text(
            SWEEP.format(seed=seed, task=task, precision=precision, warmup=WARMUP, clip=clip,
                         trials=trials, rate="auto", rule="rule: {learn: [], " + RULE
                         if precision == "single" else "rule: {family: node_perturbation}")
            + LIST.format(seeds=seeds)
            + "".join(f"    {key}: {{values: [{', '.join(map(str, values))}]}}\n"
                      for key, values in columns.items()))
        self.call("run", sweep, "-o", archive, "--resume", "--quiet")
        with h5py.File(archive) as file:
            reward = file["evaluations/reward"][:, 0, :, WARMUP:].astype(float)
            finite = (file["evaluations/state"][:, 0] == 1)[:, :, None]
        reward = numpy.where(finite, reward, numpy.nan)    # a rule that diverged has no speed
        return (reward[1:] - reward[0]).mean(axis=2)


class Measured:
    """A file of `efficiency`: c, G, and the units in which every network counts the same."""

    def __init__(self, path):
        with h5py.File(path) as file:
            self.columns = [name.decode() for name in file["column"]]
            self.rules = [name.decode() for name in file["rule"]]
            self.theta = numpy.nan_to_num(file["rules/theta"][:])
            signal, gram = file["measured/signal"][:], file["measured/gram"][:]
            error = file["measured/covariance"][:]
            noise = file["measured/gradient_noise"][:] / TRIALS
            square = numpy.maximum(file["measured/gradient"][:], noise)
        cubic = self.place("r3 d3")
        size = gram[:, :, cubic, cubic]
        self.drift = signal / numpy.sqrt(square * size)[..., None]
        self.error = error / (square * size)[..., None, None]
        self.gram = gram / size[..., None, None]

    def place(self, term, tau_e=numpy.inf):
        return self.columns.index(term if term == NOISE else f"{term}, tau_e {tau_e:g}"
                                  + (" ms" if numpy.isfinite(tau_e) else ""))

    def vector(self, rule):
        theta = numpy.zeros(len(self.columns))
        for term, value in rule[1].items():
            theta[self.place(term, rule[2])] = value
        return theta

    def size(self, theta):
        """Of changes at networks that have learned nothing, relative to the cubic rule's."""
        return numpy.sqrt(theta @ self.gram[:, 0].mean(axis=0) @ theta)

    def fitted(self, row):
        """The best rule of a set of terms."""
        theta = self.theta[self.rules.index(row)]
        return {self.columns[k].split(", ")[0]: theta[k] for k in numpy.flatnonzero(theta)}

    def parts(self, vectors):
        """Drift, variance of its error and size of every vector, each [network, stage, vector]."""
        def form(matrix):
            return numpy.einsum("vk,nskl,vl->nsv", vectors, matrix, vectors, optimize=True)
        return self.drift @ vectors.T, form(self.error), form(self.gram)


def predict(parts, networks, stages):
    """Drift for the size of the changes, and efficiency (30), of every vector."""
    drift, error, size = (part[networks][:, stages].mean(axis=(0, 1)) for part in parts)
    error = error / len(networks) / len(stages)
    return drift / numpy.sqrt(size), numpy.sign(drift) * (drift ** 2 - error) / size


# ---- the rules: (name, {term: coefficient}, tau_e in ms) ----

def read_rule(name):
    """The start rule of a file of jobs/rules."""
    start = re.search(r"start: \{([^}]*)\}", (ROOT / "jobs" / "rules" / name).read_text())[1]
    return {key.strip(): float(value) for key, value in (part.split(":")
                                                         for part in start.split(","))}


def make_rules(fit, decays):
    def mix(terms):        # in units in which each term alone is as large as the cubic rule
        return {term: value / fit.size(fit.vector(("", {term: 1}, numpy.inf)))
                for term, value in terms.items()}
    rules = [(CUBIC, {"r3 d3": -1}), ("-1 r1 d1", {"r1 d1": -1}), ("-1 r3 d1", {"r3 d1": -1}),
             ("-1 r1 d3", {"r1 d3": -1}), ("-1 r1 d5", {"r1 d5": -1}), ("r1 p1", {"r1 p1": 1}),
             ("gated: -r1 d3 (1 - p2)", read_rule("dnms-gated.yaml")),
             ("gated: -r3 d3 (1 - p2)", {"r3 d3": -1, "r3 d3 p2": 1}),
             ("found: jobs/rules/dnms.yaml", read_rule("dnms.yaml")),
             ("mixture: -r3 d3 - r1 d1 / 2", mix({"r3 d3": -1, "r1 d1": -0.5})),
             ("mixture: -r1 d3 + r1 d1 / 3", mix({"r1 d3": -1, "r1 d1": 1 / 3})),
             ("mixture: -r1 d3 + r1 d5 / 2", mix({"r1 d3": -1, "r1 d5": 0.5}))]
    odd = [f"r{k} d{l}" for k in (1, 3, 5) for l in (1, 3, 5)]
    cubic = [f"r{k} d{l}" for k in range(4) for l in range(4)]
    for seed, terms in enumerate((odd, cubic, odd + [term + " p2" for term in odd])):
        values = numpy.random.default_rng(seed).normal(size=len(terms))
        rules.append((f"random, {len(terms)} terms", mix(dict(zip(terms, values)))))
    rules += [("fitted: " + row, fit.fitted(row))
              for row in ("odd, degree 5", "odd, degree 5, with p2")]
    slow = [(f"{name}, tau_e {TAU_E} ms", rule, TAU_E)
            for name, rule in (rules[0], rules[6]) if decays]
    return [(*rule, numpy.inf) for rule in rules] + slow + [(NOISE, {NOISE: 1}, numpy.inf)]


# ---- the numbers ----

class Task:
    """Both sides of one task: predicted() and measured(), each (small steps, best size) of all rules,
    for samples of the networks."""

    def __init__(self, bench, name):
        trials, usual, decays = TASKS[name]
        fit = bench.efficiency(name, "fit", FIT_NETWORKS, 1000, "0")
        judge = bench.efficiency(name, "judge", JUDGE_NETWORKS, 0, f"0,{STAGE}",
                                 *(("--tau-e", f"{TAU_E} ms") if decays else ()))
        self.name, self.rules = name, make_rules(fit, decays)
        vectors = numpy.array([judge.vector(rule) for rule in self.rules])
        unit = [1 / judge.size(vector) for vector in vectors]
        self.small = bench.lifetimes(name, "small", self.rules, [SMALL * u for u in unit], seed=2,
                                     seeds=REPORTED, trials=SMALL_TRIALS, clip="inf")
        rates = [usual * factor * u for u in unit for factor in FACTORS]
        choosing = bench.lifetimes(name, "choosing",
                                   [rule for rule in self.rules for _ in FACTORS], rates, seed=1,
                                   seeds=CHOOSING, trials=trials, clip="auto")
        mean = choosing.mean(axis=1).reshape(len(unit), len(FACTORS))
        self.best = numpy.nan_to_num(mean, nan=-numpy.inf).argmax(axis=1)
        self.large = bench.lifetimes(
            name, "best", self.rules,
            [usual * FACTORS[best] * u for best, u in zip(self.best, unit)], seed=2,
            seeds=REPORTED, trials=trials, clip="auto")

        self.parts = judge.parts(vectors)
        self.up = predict(self.parts, numpy.arange(JUDGE_NETWORKS), [0, 1])[1] > 0

    def predicted(self, sample):
        drift = predict(self.parts, sample, [0])[0]
        share = predict(self.parts, sample, [0, 1])[1]
        return drift / drift[0], share / share[self.up].mean()

    def measured(self, sample):
        small, large = self.small[:, sample].mean(axis=1), self.large[:, sample].mean(axis=1)
        return small / small[0], large / large[self.up].mean()


def rank(values):
    """Equal ones share their places."""
    return ((values[:, None] > values) + (values[:, None] == values) / 2).sum(axis=1)


def spearman(a, b):
    good = numpy.isfinite(a) & numpy.isfinite(b)
    return numpy.corrcoef(rank(a[good]), rank(b[good]))[0, 1]


def interval(samples):
    return numpy.nanpercentile(samples, [2.5, 97.5], axis=0)


def draw(task, random):
    """Networks of both sides drawn anew."""
    return (task.predicted(random.integers(JUDGE_NETWORKS, size=JUDGE_NETWORKS)),
            task.measured(random.integers(REPORTED, size=REPORTED)))


def evaluate(task):
    """What is, what samples of the networks give: predicted and measured [2 panels, rules]."""
    random = numpy.random.default_rng(1)
    samples = [draw(task, random) for _ in range(SAMPLES)]
    whole = (task.predicted(numpy.arange(JUDGE_NETWORKS)),
             task.measured(numpy.arange(REPORTED)))
    return numpy.array(whole), numpy.array(samples)


def correlations(whole, samples):
    """Rank correlation in both panels, and in the second one of the rules that are predicted to be
    about as good as the cubic one or better; with intervals: networks and rules drawn anew."""
    random, rows = numpy.random.default_rng(2), []
    share = whole[0, 1] / whole[0, 1, 0]
    for panel, among in ((0, share > -numpy.inf), (1, share > -numpy.inf), (1, share > GOOD)):
        drawn = []
        for predicted, measured in samples[:, :, panel, among]:
            pick = random.integers(among.sum(), size=among.sum())
            drawn.append(spearman(predicted[pick], measured[pick]))
        rows.append((spearman(*whole[:, panel, among]), *interval(drawn)))
    return rows


# ---- what is told ----

def number(value, limits):
    return f"{value:.2f} ({limits[0]:.2f} to {limits[1]:.2f})"


def print_table(task, whole, samples):
    low, high = interval(samples)
    print(f"\n## {task.name}\n\n| rule | drift, predicted | at small steps | efficiency, predicted | "
          "at its best size | size |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for r, rule in enumerate(task.rules):
        cells = [number(whole[side, panel, r], (low[side, panel, r], high[side, panel, r]))
                 for panel in (0, 1) for side in (0, 1)]
        print(f"| {rule[0]} | {' | '.join(cells)} | {FACTORS[task.best[r]]:g} |")


def draw_figure(path, results):
    from figures import style
    style.apply()
    figure, axes = style.grid(1, 2, 3)
    figure.set_figwidth(style.WIDTH)
    labels = (("predicted: drift for the size of the changes,\nover that of −r³Δ³",
               "measured: gain at equal, small size,\nover that of −r³Δ³"),
              ("predicted: efficiency,\nover the mean of rules that should learn",
               "measured: gain at each rule's best size,\nover the mean of the same rules"))
    for panel, (axis, label) in enumerate(zip(axes[0], labels)):
        axis.axline((0, 0), slope=1, color="0.8", linewidth=0.7)
        axis.axhline(0, color="0.9", linewidth=0.7)
        for t, (_, whole, samples) in enumerate(results):
            low, high = interval(samples)
            (x, y), shade = whole[:, panel], style.colour(t)
            bars = [numpy.maximum(0, [whole[side, panel] - low[side, panel],
                                      high[side, panel] - whole[side, panel]]) for side in (0, 1)]
            axis.errorbar(x, y, bars[1], bars[0], "o", color=shade, markersize=2.5, elinewidth=0.5)
        axis.set_xlabel(label[0])
        axis.set_ylabel(label[1])
    style.key(figure, [task.name for task, *_ in results])
    figure.savefig(path, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build" / "thetasweep")
    parser.add_argument("--folder", default=ROOT / "build" / "prediction",
                        help="of sweep files and archives")
    parser.add_argument("--figure", default=ROOT / "analysis" / "results" / "prediction.png")
    arguments = parser.parse_args()
    bench = Bench(arguments)
    results = [(task, *evaluate(task)) for task in [Task(bench, name) for name in TASKS]]
    print("Rank correlations of what was predicted with what was measured:\n\n| task | at small steps | "
          f"at the best size | the same, rules of predicted efficiency above {GOOD} of {CUBIC} |\n"
          "| --- | ---: | ---: | ---: |")
    for task, whole, samples in results:
        print(f"| {task.name} | " + " | ".join(number(value, limits) for value, *limits
                                               in correlations(whole, samples)) + " |")
    for result in results:
        print_table(*result)
    draw_figure(arguments.figure, results)


if __name__ == "__main__":
    main()
