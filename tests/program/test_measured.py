"""Searches that start from a rule, or step in a metric, that is measured before them."""
import os
import re
import signal
import subprocess
import time
import unittest

import h5py
import numpy

from test_ranks import datasets
from test_resume import ranks_of, wait_for
from thetasweep import BINARY, MPIRUN, Case, environment

ALONE = "dead ranks are told by a silence of 0.6 s"
SWEEP = """\
seed: 3
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 12, density: 0.8, tau: 50 ms, dt: 20 ms}
rule: {degree: 2, start: {from: efficiency}, terms: [r1 d1, r2 p1, r1 d2]}
learning: {trials: 30, warmup: 4}
efficiency: {networks: 3, trials: 40, stages: [0, 20]}
meta: {iterations: 2, seeds: 2, held_out_seeds: 2, evaluate_every: 1, test_seeds: 2}
"""
# Four candidates of two measurements: how it learns means nothing to networks that have not.
FOUR = SWEEP.replace("[0, 20]", "[0]") + """\
sweep:
  parameters:
    network.gain: {values: [1.2, 1.5]}
    learning.rate: {values: [0.01, 0.02]}
"""


class Measured(Case):
    def run_sweep(self, text, name, *options, **more):
        self.write("sweep.yaml", text)
        return self.run_program("run", "sweep.yaml", "-o", name, *options, **more)

    def compare(self, one, other):
        one, other = (datasets(self.folder / name) for name in (one, other))
        self.assertEqual(one.keys(), other.keys())
        self.assertEqual([name for name in one if one[name] != other[name]], [])

    def test_archive_is_the_same_on_1_2_4_ranks(self):
        text = FOUR + "    rule.terms: {values: [[r1 d1, r1 d2], [r2 p1, r1 d1, p2 w1]]}\n"
        for ranks in (None, 2, 4):
            self.run_sweep(text, f"{ranks}.h5", ranks=ranks)
        for ranks in (2, 4):
            self.compare("None.h5", f"{ranks}.h5")
        with h5py.File(self.folder / "None.h5") as file:
            self.assertEqual(file["efficiency/measurement_of"][()].tolist(), [0, 1, 0, 1, 2, 3, 2, 3])
            self.assertTrue((file["efficiency/state"][()] == 1).all())
            names = [name.decode() for name in file["parameter"]]
            gram = file["efficiency/gram"][1, 0, 0]
            has = [names.index(name) for name in ("r1 d1", "r2 p1", "p2 w1")]
            self.assertTrue(numpy.isfinite(gram[numpy.ix_(has, has)]).all())
            self.assertEqual(numpy.isfinite(gram).sum(), 9)
            for candidate, of in enumerate(file["efficiency/measurement_of"]):
                numpy.testing.assert_array_equal(file["theta"][candidate, 0],
                                                 file["efficiency/theta"][of])

    def test_rule_is_that_of_the_command_efficiency(self):
        for start in ("{from: efficiency}", "{from: efficiency, r1 d1: -0.01, r1 p1: 0.002}"):
            with self.subTest(start):
                text = SWEEP.replace("{from: efficiency}", start)
                name = f"{len(start)}"
                told = self.run_sweep(text, name + ".h5").stdout
                table = self.run_program("efficiency", "sweep.yaml", "--rule", name + ".yaml",
                                         "--set-name", "rule.terms").stdout
                found = dict(re.findall(r"(r\d [dp]\d): (\S+?)[,}]",
                                        (self.folder / (name + ".yaml")).read_text()))
                with h5py.File(self.folder / (name + ".h5")) as file:
                    names = [text.decode() for text in file["parameter"]]
                    theta = file["theta"][0, 0]
                    ratio = file["efficiency/ratio"][0]
                numpy.testing.assert_allclose(theta, [float(found[n]) for n in names], rtol=1e-3)
                self.assertRegex(table, rf"rule.terms +3 +inf +{re.escape(f'{ratio:.3g}')}")
                self.assertIn(f"{ratio:.3g} times", told)
                self.assertIn(f"{ratio:.3g} times", self.run_program("show", name + ".h5").stdout)

    def test_start_is_as_large_as_the_rule_beside_it(self):
        """theta' G theta of both, by what the archive holds; the rule beside has free terms only."""
        text = SWEEP.replace("{from: efficiency}", "{from: efficiency, r1 d1: -0.01, r1 d2: 0.02}")
        self.run_sweep(text, "run.h5")
        with h5py.File(self.folder / "run.h5") as file:
            names = [name.decode() for name in file["parameter"]]
            metric, theta = file["efficiency/metric"][0], file["theta"][0, 0]
            start = numpy.array([{"r1 d1": -0.01, "r1 d2": 0.02}.get(name, 0) for name in names])
            self.assertAlmostEqual(start @ metric @ start, 1, 10)
            self.assertAlmostEqual(theta @ metric @ theta, 1, 10)
            self.assertFalse(numpy.allclose(theta, start))

    def test_a_resumed_run_takes_what_the_archive_holds(self):
        self.run_sweep(FOUR, "whole.h5")
        process = self.start("run", "sweep.yaml", "-o", "run.h5", ranks=2)
        wait_for(lambda: (self.folder / "run.h5").exists() or process.poll() is not None)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        again = self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", ranks=3)
        self.assertNotIn("measurements, ", again.stderr)
        self.compare("whole.h5", "run.h5")

    def start_long(self, ranks=2):
        """A run whose measurement takes minutes."""
        self.write("sweep.yaml", SWEEP.replace("trials: 40,", "trials: 400000,"))
        (self.folder / "run.h5.lock").unlink(missing_ok=True)
        process = self.start("run", "sweep.yaml", "-o", "run.h5", "--resume", ranks=ranks,
                             start_new_session=True)
        wait_for(lambda: (self.folder / "run.h5.lock").exists() or process.poll() is not None)
        time.sleep(0.3)
        self.assertIsNone(process.poll())
        self.assertFalse((self.folder / "run.h5").exists())
        return process

    def test_killed_and_stopped_while_it_measures(self):
        process = self.start_long()
        subprocess.run(["kill", "-KILL", "--", f"-{process.pid}"], check=True)
        process.communicate(timeout=60)
        self.assertFalse((self.folder / "run.h5").exists())
        for ranks in (None, 3):
            process = self.start_long(ranks)
            process.send_signal(signal.SIGTERM if ranks is None else signal.SIGUSR1)
            process.communicate(timeout=60)
            self.assertEqual((self.folder / "run.h5.status").read_text(), "75\n")
            self.assertFalse((self.folder / "run.h5").exists())
        self.write("sweep.yaml", SWEEP)
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", ranks=2)
        self.run_program("run", "sweep.yaml", "-o", "whole.h5")
        self.compare("whole.h5", "run.h5")

    def test_a_dead_rank_ends_it_and_all_is_measured_again(self):
        self.write("sweep.yaml", SWEEP.replace("trials: 40,", "trials: 400000,"))
        for rank in (2, 0):
            process = subprocess.Popen(
                [MPIRUN, "--enable-recovery", "-n", "3", str(BINARY), "run", "sweep.yaml", "-o",
                 "run.h5", "--sign-of-life", "0.2 s"], cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env=environment(self.mpi_folder))
            self.addCleanup(self._end, process)
            wait_for(lambda: len(ranks_of(process.pid)) == 3 or process.poll() is not None)
            time.sleep(1.5)
            self.assertIsNone(process.poll())
            os.kill(ranks_of(process.pid)[rank], signal.SIGKILL)
            errors = process.communicate(timeout=60)[1]  # mpirun's own status tells nothing
            self.assertFalse((self.folder / "run.h5").exists())
            self.assertEqual("rank 2 gives no sign of life" in errors, rank == 2)

    def test_time_limit_ends_it_softly(self):
        self.write("sweep.yaml", SWEEP.replace("trials: 40,", "trials: 400000,"))
        for ranks in (None, 2):
            self.run_program("run", "sweep.yaml", "-o", "run.h5", "--time-limit", "2 s",
                             ranks=ranks, status=75)

    def test_shards_start_from_the_same(self):
        self.run_sweep(FOUR, "whole.h5")
        for shard in (1, 2):
            self.run_sweep(FOUR, f"{shard}.h5", "--shard", f"{shard}/2")
        self.run_program("merge", "1.h5", "2.h5", "-o", "merged.h5")
        self.compare("whole.h5", "merged.h5")
        with h5py.File(self.folder / "2.h5", "r+") as file:
            file["efficiency/theta"][0, 0] += 1e-12
        refused = self.run_program("merge", "1.h5", "2.h5", "-o", "other.h5", status=2)
        self.assertIn("2.h5: /efficiency/theta: found other numbers than in 1.h5", refused.stderr)

    def test_pilot_and_check_know_of_it(self):
        self.run_sweep(FOUR, "run.h5")
        told = [self.run_program("pilot", "sweep.yaml", "--seeds", 2, "--candidate", 2,
                                 ranks=ranks).stdout for ranks in (None, 3)]
        with h5py.File(self.folder / "run.h5") as file:
            ratio, theta = file["efficiency/ratio"][1], file["theta"][2, 0, 0]
        for text in told:
            self.assertIn(f"The start rule was measured (efficiency): {ratio:.3g} times", text)
            self.assertIn(f"{abs(theta):.4g} r D", text)
        self.assertRegex(self.run_program("check", "sweep.yaml").stdout,
                         r"measured +2 start rules or metrics before the search, at 6 networks")
        refused = self.run_program("gradcheck", "sweep.yaml", status=2)
        self.assertIn("rule.start: found {from: efficiency}", refused.stderr)

    def test_networks_that_diverge_leave_a_start_of_0(self):
        told = self.run_sweep(SWEEP, "run.h5", "--set", "learning.rate=1e6", "--set",
                              "learning.clip=inf", "--set", "network.phi=relu", "--set",
                              "network.gain=3").stdout
        self.assertIn("The start rule is 0, since only 0 of 3 networks did not diverge", told)
        with h5py.File(self.folder / "run.h5") as file:
            self.assertEqual(file["theta"][0, 0].tolist(), [0, 0, 0])

    def test_mistakes_are_refused(self):
        self.write("sweep.yaml", SWEEP)
        for option, message in (
                ("rule.start={from: nowhere}", "found 'nowhere', allowed: one of efficiency"),
                ("rule.start={from: efficiency, r7 d1: 1}", "found 'r7 d1', allowed: powers"),
                ("rule.learn=[]", "rule.learn: found no theta"),
                ("efficiency.stages=[20, 0]", "efficiency.stages: found 2 numbers that do not rise"),
                ("efficiency.networks=1", "efficiency.networks=1: found '1'"),
                ("learning.reward=binary", "meta.objective: found reward, allowed: absolute"),
                ("network.clamped={from: efficiency}", "found 'from', allowed: a map")):
            with self.subTest(option):
                self.assertIn(message, self.run_program("check", "sweep.yaml", "--set", option,
                                                        status=2).stderr)
        warned = self.run_program("check", "sweep.yaml", "--set", "rule.start={r1 d1: -1}").stderr
        self.assertIn("efficiency.networks has no effect with rule.start = {r1 d1: -1}", warned)

    def test_steps_in_the_metric_are_as_long_as_rate_says(self):
        """(40), by what the archive holds; of Adam they are no longer."""
        text = SWEEP.replace("meta: {", "meta: {optimizer: {name: sgd, metric: changes, rate: 0.1, "
                             "schedule: constant}, ").replace("iterations: 2", "iterations: 4")
        for start in ("{from: efficiency}", "{r1 d1: -0.02}"):
            for method in ("sgd", "adam"):
                with self.subTest(start=start, method=method):
                    name = f"{method}-{len(start)}.h5"
                    changed = text.replace("{from: efficiency}", start).replace("name: sgd",
                                                                              f"name: {method}")
                    self.run_sweep(changed, name)
                    self.run_sweep(changed, "3-" + name, ranks=3)
                    self.compare(name, "3-" + name)
                    with h5py.File(self.folder / name) as file:
                        scale, theta = file["theta_scale"][0], file["theta"][0]
                        metric = file["efficiency/metric"][0]
                    metric = metric + 1e-3 * numpy.diag(numpy.diag(metric))
                    self.assertTrue((scale > 0).all())
                    for before, after in zip(theta, theta[1:]):
                        step = after - before
                        share = numpy.sqrt(step @ metric @ step / (before @ metric @ before))
                        if method == "sgd":
                            self.assertAlmostEqual(share, 0.1, 9)
                        else:
                            self.assertLess(share, 0.1 + 1e-9)
                            self.assertGreater(share, 0.01)

    def test_cmaes_draws_its_first_rules_in_the_metric(self):
        text = SWEEP.replace("meta: {", "meta: {optimizer: {name: cmaes, metric: changes, sigma: "
                             "0.2, population: 8}, ")
        self.run_sweep(text, "1.h5")
        self.run_sweep(text, "3.h5", ranks=3)
        self.compare("1.h5", "3.h5")
        refused = self.run_program("check", "sweep.yaml", "--set", "meta.optimizer.name=sgd",
                                   "--set", "meta.l1=0.1", status=2).stderr
        self.assertIn("meta.l1: found 0.1, allowed: 0 with meta.optimizer.metric: changes", refused)


if __name__ == "__main__":
    unittest.main()
