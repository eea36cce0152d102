"""Early stopping: the same decisions on any number of ranks and after any interruption, and they are
those that an independent reader makes of the held-out losses."""
import csv
import os
import re
import signal
import unittest

import h5py
import numpy

from test_ranks import datasets
from test_resume import committed, ranks_of, wait_for
from tellers import in_a_line
from thetasweep import Case

SWEEP = """\
name: stopping
seed: 2
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 10, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 40, warmup: 2, reward: square}
sweep: {parameters: {learning.rate: {min: 0.001, max: 50, count: 12, distribution: log_uniform}}}
"""
SEEDS = SWEEP + "meta: {iterations: 0, held_out_seeds: 9, test_seeds: 2, stopping: %s}\n"
EVALUATIONS = SWEEP + """\
meta: {iterations: 5, evaluate_every: 1, seeds: 2, held_out_seeds: 3, test_seeds: 2, stopping: %s}
"""
SWEEPS = {"halving": SEEDS % "halving", "hyperband": SEEDS % "hyperband",
          "median": EVALUATIONS % "median",
          "later": EVALUATIONS % "{name: halving, factor: 2}",
          "repeated": SEEDS.replace("sweep: {", "sweep: {repeats: 2, ").replace("12", "6")
          % "{name: halving, factor: 2}",
          "repeated median": EVALUATIONS.replace("sweep: {", "sweep: {repeats: 2, ").replace("12", "6")
          % "median"}


POPULATION = SWEEP[:SWEEP.index("sweep:")] + """\
meta: {iterations: 5, evaluate_every: 1, seeds: 2, held_out_seeds: 3, test_seeds: 2,
       stopping: {name: population, first: 2}}
sweep:
  method: latin
  samples: 12
  parameters:
    learning.rate: {min: 0.001, max: 50, distribution: log_uniform}
    learning.warmup: {min: 1, max: 5}
    meta.optimizer.schedule: {values: [constant, cosine]}
"""
AXES = ("learning.rate", "learning.warmup", "meta.optimizer.schedule")


def better(one, other):
    """As scores (finite, loss)."""
    return one[0] > other[0] or (one[0] == other[0] and one[1] < other[1])


def score(state, loss):
    finite = loss[numpy.isin(state, (1, 3))]
    return len(finite), finite.mean() if len(finite) else numpy.nan


def joined(scores):
    """Of the repeats of a candidate: the mean of those in which a seed stayed finite."""
    return sum(n for n, _ in scores), numpy.mean([x for n, x in scores if n] or [numpy.nan])


def expected(run, rule, factor=3):
    """(candidate, rung) of all that are stopped, from the held-out lifetimes alone."""
    group = {name: run[f"stopping/{name}"][()] for name in ("bracket", "budget")}
    state, loss = run["evaluations/state"][()], run["evaluations/loss"][()]
    by_seeds = run["candidates/iterations"][0] == 0
    stopped, repeats = set(), len(set(run["candidates/repeat"][()])) if "repeat" in run["candidates"] \
        else 1
    for bracket in set(group["bracket"]):
        live = [c for c, own in enumerate(group["bracket"][::repeats]) if own == bracket]
        for rung, budget in enumerate(group["budget"][live[0] * repeats]):
            if budget < 0:
                break
            best, mean = {}, {}
            for c in live:
                shown = [[score(state[k, 0, :budget], loss[k, 0, :budget])] if by_seeds else
                         [score(state[k, e], loss[k, e]) for e in range(budget + 1)]
                         for k in range(c * repeats, (c + 1) * repeats)]
                best[c] = joined([min(own, key=lambda one: (-one[0], one[1])) for own in shown])
                mean[c] = joined([(min(n for n, _ in own), numpy.mean([x for _, x in own]))
                                  for own in shown])
            order = sorted(live, key=lambda c: (-best[c][0], best[c][1], c))
            out = order[max(len(live) // factor, 1):]
            if rule.endswith("median"):
                out = [c for c in live if len(live) > 1 and better(sorted(
                    (mean[k] for k in live if k != c),
                    key=lambda one: (-one[0], one[1]))[(len(live) - 1) // 2], best[c])]
            stopped |= {(c * repeats + r, rung) for c in out for r in range(repeats)}
            live = [c for c in live if c not in out]
    return stopped


class Stopping(Case):
    def run_sweep(self, name, ranks, *options):
        self.run_program("run", "sweep.yaml", "-o", name, *options, ranks=ranks)
        return datasets(self.folder / name)

    def test_decisions_are_the_same_on_1_2_4_ranks(self):
        for rule, text in SWEEPS.items():
            with self.subTest(rule):
                self.write("sweep.yaml", text)
                alone = self.run_sweep(f"{rule}.h5", None)
                for ranks in (2, 4):
                    other = self.run_sweep(f"{rule}-{ranks}.h5", ranks)
                    self.assertEqual(alone.keys(), other.keys())
                    self.assertEqual([name for name in alone if alone[name] != other[name]], [])
                with h5py.File(self.folder / f"{rule}.h5") as run:
                    self.check_archive(run, rule)

    def check_archive(self, run, rule):
        stopped_at, verdict = run["stopping/stopped_at"][()], run["stopping/verdict"][()]
        stopped = {(c, r) for c, r in enumerate(stopped_at) if r >= 0}
        self.assertEqual(stopped, expected(run, rule, 3 if rule in ("halving", "hyperband") else 2))
        self.assertTrue(0 < len(stopped) < 12)
        self.assertEqual(stopped, set(zip(*map(list, numpy.nonzero(verdict == 2)))))
        evaluated, tested = run["evaluations/state"][()] > 0, run["tests/state"][()] > 0
        for c, rung in enumerate(stopped_at):
            every = evaluated[c].all() and tested[c].all()
            self.assertEqual(every, rung < 0)
            self.assertEqual(tested[c].any(), rung < 0)
            budget = run["stopping/budget"][c, rung]
            if rung >= 0 and run["candidates/iterations"][c] == 0:
                self.assertEqual(evaluated[c].sum(), budget)
            elif rung >= 0:
                self.assertTrue(evaluated[c, :budget + 1].all())
                self.assertFalse(evaluated[c, budget + 1:].any())
                self.assertFalse((run["lifetimes/state"][c, budget:] > 0).any())

    def test_a_population_is_the_same_on_1_2_4_ranks(self):
        self.write("sweep.yaml", POPULATION)
        alone = self.run_sweep("population.h5", None)
        for ranks in (2, 4):
            other = self.run_sweep(f"population-{ranks}.h5", ranks)
            self.assertEqual(alone.keys(), other.keys())
            self.assertEqual([name for name in alone if alone[name] != other[name]], [])
        with h5py.File(self.folder / "population.h5") as run:
            self.check_population(run)
            self.check_lineage(run)

    def check_population(self, run):
        """Of 12 the two worst by the evaluation of the rung go on from one of the two best."""
        state, loss = run["evaluations/state"][()], run["evaluations/loss"][()]
        self.assertTrue((state > 0).all() and (run["tests/state"][()] > 0).all())
        self.assertTrue((run["chosen_iteration"][()] == 5).all())
        self.assertEqual(list(run["stopping/budget"][0]), [2, 3, 4])
        for rung, budget in enumerate(run["stopping/budget"][0]):
            scores = [score(state[c, budget], loss[c, budget]) for c in range(12)]
            order = sorted(range(12), key=lambda c: (-scores[c][0], scores[c][1], c))
            donor = run["stopping/donor"][:, rung]
            self.assertEqual(sorted(order[-2:]), list(numpy.flatnonzero(donor >= 0)))
            self.assertTrue(set(donor[donor >= 0]) <= set(order[:2]))
            self.assertEqual(list(run["stopping/verdict"][:, rung]),
                             [3 if d >= 0 else 1 for d in donor])
            self.assertEqual(list(run["stopping/place"][:, rung][order]), list(range(12)))

    def check_lineage(self, run):
        """Values change where a candidate goes on from another one only, to near those of that one; so
        does theta, which is the other's then."""
        ends = numpy.stack([run["candidates"][name][()] for name in AXES[:2]], axis=1)
        value, theta = run["stopping/value"][:, :, :2], run["theta"][()]
        value = numpy.concatenate([value, ends[:, None]], axis=1)
        point = numpy.concatenate([run["stopping/point"][()], run["point"][()][:, None]], axis=1)
        for c, donors in enumerate(run["stopping/donor"][()]):
            for rung, donor in enumerate(donors):
                before, after = point[c, rung], point[c, rung + 1]
                if donor < 0:
                    self.assertTrue((before == after).all())
                    continue
                iteration = run["stopping/budget"][c, rung]
                self.assertTrue((theta[c, iteration] == theta[donor, iteration]).all())
                self.assertFalse((theta[c, iteration - 1] == theta[donor, iteration - 1]).all())
                ratio = value[c, rung + 1] / value[donor, rung]
                self.assertTrue(min(abs(ratio[0] - 1.2), abs(ratio[0] - .8)) < 1e-9
                                or value[c, rung + 1, 0] in (0.001, 50), ratio)
                self.assertLessEqual(abs(value[c, rung + 1, 1] - value[donor, rung, 1]), 1)

    def test_who_tells_of_a_population(self):
        self.write("sweep.yaml", POPULATION)
        self.assertIn("population at each of evaluations 2 to 4, until the last, 5: 2 of 12 candidates go "
                      "on from one of the best 2",
                      self.run_program("check", "sweep.yaml", "--no-timing").stdout)
        self.run_program("run", "sweep.yaml", "-o", "run.h5")
        with h5py.File(self.folder / "run.h5") as run:
            value, donors = run["stopping/value"][..., 0], run["stopping/donor"][()]
            ends, chosen = run["candidates/learning.rate"][()], run["stopping/donor"][:, 2]
        child = int(numpy.flatnonzero(chosen >= 0)[0])
        said = self.run_program("show", "run.h5", "--candidate", child).stdout
        self.assertIn(f"goes on from candidate {chosen[child]}\n", said)
        self.assertIn(f"lineage: {child}, until rung 2 that of candidate {chosen[child]}", said)
        self.assertIn(f"until rung 2    learning.rate {value[child, 2]:.12g}", said)
        self.assertIn(f"in the end      learning.rate {ends[child]:.12g}", said)
        self.run_program("export", "run.h5", "--lifetimes", "lifetimes.csv")
        with open(self.folder / "lifetimes.csv", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                c, iteration = int(row["candidate"]), int(row["iteration"])
                rung = {"training": iteration - 1, "validation": iteration - 2, "test": 3}[row["kind"]]
                ran = [*value[c], ends[c]][min(max(rung, 0), 3)]
                self.assertEqual(float(row["learning.rate"]), ran)
        self.assertTrue((donors >= 0).any())

    def test_what_a_population_cannot_change_is_refused(self):
        for axis in ("network.units: {min: 8, max: 12}", "meta.seeds: {min: 1, max: 3}",
                     "meta.optimizer.name: {values: [adam, sgd]}", "rule.terms: {values: [[all], [r3 d3]]}"):
            with self.subTest(axis):
                self.write("sweep.yaml", re.sub("learning.warmup: .*", axis, POPULATION))
                said = self.run_program("check", "sweep.yaml", status=2).stderr
                self.assertIn(axis.split(":")[0], said)
                self.assertRegex(said, "found in a population, but it changes|with different meta-iter")
        self.write("sweep.yaml", POPULATION)
        said = self.run_program("run", "sweep.yaml", "-o", "run.h5", "--shard", "1/2", status=2)
        self.assertIn("all its candidates are compared", said.stderr)

    def test_killed_runs_end_with_the_same_decisions(self):
        for rule in ("halving", "later", "population"):
            with self.subTest(rule):
                bred = rule == "population"
                text = POPULATION if bred else SWEEPS[rule]
                self.write("sweep.yaml", text.replace("trials: 40", f"trials: {300 if bred else 1500}"))
                whole = self.run_sweep(f"{rule}.h5", 2)
                with h5py.File(self.folder / f"{rule}.h5") as run:
                    done = run["stopping/verdict"][()] > 1
                    self.assertGreater(done.sum(), 5)
                # Of a population in between its rungs, which are far apart.
                for ranks, more in (((None, 90), (3, 80), (2, 60), (None, 50)) if bred else
                                    ((None, 7), (3, 8), (2, 3))):
                    archive = self.folder / f"{rule}-killed.h5"
                    before = committed(archive) if archive.exists() else 0
                    process = self.start("run", "sweep.yaml", "-o", archive.name, "--resume",
                                         ranks=ranks)
                    wait_for(lambda: process.poll() is not None or committed(archive) > before + more)
                    if process.poll() is None:
                        killed = process.pid if ranks is None else ranks_of(process.pid)[-1]
                        os.kill(killed, signal.SIGKILL)
                    process.communicate(timeout=60)
                resumed = self.run_sweep(f"{rule}-killed.h5", 4, "--resume")
                self.assertEqual([name for name in whole if whole[name] != resumed[name]], [])
                said = self.run_program("run", "sweep.yaml", "-o", f"{rule}-killed.h5", "--resume")
                self.assertIn("complete", said.stdout)

    def test_all_who_count_tell_the_same_lifetimes(self):
        self.write("sweep.yaml", SWEEPS["halving"])
        count = 12 * 1 + 4 * 2 + 1 * 6
        words = f"{count + 2} (0 training, {count} validation, 2 test)"
        said = self.run_program("check", "sweep.yaml", "--no-timing").stdout
        self.assertIn(f"lifetimes           {words}\n", said)
        self.assertIn("halving at 1, 3 of 9 held-out seeds: 12, 4, 1 candidates", said)
        said = self.run_program("run", "sweep.yaml", "-o", "run.h5").stdout
        self.assertIn(f"lifetimes: {words}, 1 worker", in_a_line(said))
        self.assertIn(f"{count + 2} of {count + 2} lifetimes (100 %)", said)
        self.assertIn("of 1 finished (11 are not, 11 of them stopped early)", said)
        said = self.run_program("status", "run.h5").stdout
        self.assertIn(f"lifetimes: {count + 2} of {words} done (100.0 %)", in_a_line(said))
        self.assertIn("\ncomplete\n", said)
        self.assertIn(f"{count + 2} committed lifetimes", self.run_program("verify", "run.h5").stdout)
        with h5py.File(self.folder / "run.h5") as run:
            stopped = run["stopping/stopped_at"][()]
        said = self.run_program("show", "run.h5", "--candidate", numpy.argmax(stopped)).stdout
        self.assertRegex(said, r"stopped early, at rung 1, evaluated .* on 3 of 3 validation seeds\n")
        self.assertRegex(said, r"\n1 +3 .* stopped\n")
        self.run_program("merge", "run.h5", "-o", "merged.h5")
        one, other = datasets(self.folder / "run.h5"), datasets(self.folder / "merged.h5")
        self.assertEqual([name for name in one if one[name] != other[name]], [])

    def test_bounds_of_the_median_hold(self):
        self.write("sweep.yaml", SWEEPS["median"])
        said = self.run_program("check", "sweep.yaml", "--no-timing").stdout
        most, least = map(int, re.search(
            r"lifetimes +at most (\d+) .*, at least (\d+)\n", said).groups())
        self.run_program("run", "sweep.yaml", "-o", "run.h5")
        done = committed(self.folder / "run.h5") - 12  # the scales
        self.assertTrue(least < done < most, (least, done, most))

    def test_without_it_an_archive_has_nothing_of_it(self):
        self.write("sweep.yaml", SWEEPS["halving"])
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--set", "meta.stopping=none")
        with h5py.File(self.folder / "run.h5") as run:
            self.assertFalse({"stopping", "rung"}.intersection(run))
            self.assertNotIn(b"stopping:", run["config_resolved"][()])
        said = self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", status=2).stderr
        self.assertIn("meta.stopping.name: found a value, allowed: nothing", said)

    def test_shards_are_refused(self):
        self.write("sweep.yaml", SWEEPS["halving"])
        said = self.run_program("run", "sweep.yaml", "-o", "run.h5", "--shard", "1/2", status=2)
        self.assertIn("all its candidates are compared", said.stderr)


if __name__ == "__main__":
    unittest.main()
