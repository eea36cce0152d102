"""Test seeds: the rule that is chosen on validation seeds runs on them, and so does the start rule."""
import shutil
import unittest

import h5py
import numpy

from test_ranks import datasets
from thetasweep import Case

SWEEP = """\
name: tested
seed: 2
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 12, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 30, warmup: 5, reward: square}
meta: {iterations: 4, seeds: 2, held_out_seeds: 3, test_seeds: 5, evaluate_every: 1}
sweep: {parameters: {learning.rate: {values: [0.02, 0.05, 0.01]}}}
"""
TESTS = 3 * 2 * 5


class Tested(Case):
    @classmethod
    def setUpClass(cls):
        case = Case()
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.run_program("run", case.write("sweep.yaml", SWEEP), "-o", "whole.h5")
        cls.whole = case.folder / "whole.h5"

    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)
        self.archive = shutil.copy(self.whole, self.folder / "run.h5")

    def assert_whole(self):
        one, other = datasets(self.whole), datasets(self.archive)
        self.assertEqual(one.keys(), other.keys())
        self.assertEqual([name for name in one if one[name] != other[name]], [])

    def test_the_first_best_evaluation_is_chosen(self):
        with h5py.File(self.whole) as run:
            best = numpy.argmin(run["held_out_loss"][()], axis=1)
            self.assertGreater(len(set(best)), 1)  # or the test is blind
            numpy.testing.assert_array_equal(run["chosen_iteration"],
                                             run["evaluations/iteration"][()][range(3), best])

    def test_start_and_chosen_rule_run_on_the_same_seeds_and_others_than_before(self):
        with h5py.File(self.whole) as run:
            tested, chosen = run["tests/reward"][()], run["chosen_iteration"][()]
            for c in range(3):  # the same rule on the same seeds is the same lifetime
                self.assertEqual((tested[c, 0] == tested[c, 1]).all(), chosen[c] == 0)
            lifetimes = [run[f"{group}/reward"][:, 0].reshape(-1, 30) for group in
                         ("lifetimes", "evaluations", "tests")]  # all of the start rule
            rewards = numpy.concatenate(lifetimes)
            self.assertEqual(len(numpy.unique(rewards, axis=0)), len(rewards))

    def test_what_is_missing_is_run_again_to_the_same_bits(self):
        cases = {"some tests": lambda run: run["tests/state"].write_direct(
                     run["tests/state"][()] * (numpy.arange(TESTS) % 3 > 0).reshape(3, 2, 5).astype("u1")),
                 "all tests": lambda run: run["tests/state"].__setitem__(..., 0),
                 "evaluations": lambda run: run["evaluations/state"].__setitem__((1, slice(2, 4), 1), 0),
                 "training": lambda run: run["lifetimes/state"].__setitem__((..., 1), 0)}
        for name, spoil in cases.items():
            with self.subTest(name):
                shutil.copy(self.whole, self.archive)
                with h5py.File(self.archive, "r+") as run:
                    spoil(run)
                    run["chosen_iteration"][...] = -1
                    run["provenance/status"][0] = -1
                self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", ranks=3)
                self.assert_whole()

    def test_a_broken_record_is_found_and_run_again(self):
        with h5py.File(self.archive, "r+") as run:
            run["tests/loss"][2, 1, 3] += 1e-9
        self.assertIn("1 broken", self.run_program("verify", "run.h5", status=1).stdout)
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume")
        self.run_program("verify", "run.h5")
        self.assert_whole()

    def test_shards_are_merged_with_their_tests(self):
        for shard in (1, 2):
            self.run_program("run", "sweep.yaml", "-o", f"{shard}.h5", "--shard", f"{shard}/2")
        self.archive.unlink()
        self.run_program("merge", "1.h5", "2.h5", "-o", "run.h5")
        self.assert_whole()

    def test_an_archive_of_a_sweep_without_them_has_none_and_goes_on(self):
        """As those made before there were test seeds."""
        self.write("bare.yaml", SWEEP.replace("test_seeds: 5, ", ""))
        self.run_program("run", "bare.yaml", "-o", "bare.h5", "--shard", "1/2")
        with h5py.File(self.folder / "bare.h5") as run:
            self.assertFalse({"tests", "tested", "test_seed", "chosen_iteration"}.intersection(run))
            self.assertNotIn(b"test_seeds", run["config_resolved"][()])
            self.assertNotIn("test_seeds", run["candidates"])
        said = self.run_program("run", "sweep.yaml", "-o", "bare.h5", "--resume", status=2).stderr
        self.assertIn("meta.test_seeds: found a value, allowed: nothing", said)
        self.run_program("run", "bare.yaml", "-o", "bare.h5", "--resume")
        bare, whole = datasets(self.folder / "bare.h5"), datasets(self.whole)
        for name in ("theta", "held_out_loss", "lifetimes/gradient", "evaluations/reward"):
            self.assertEqual(bare[name], whole[name], name)

    def test_without_validation_seeds_they_have_no_effect(self):
        said = self.run_program("check", "sweep.yaml", "--set", "meta.held_out_seeds=0").stderr
        self.assertIn("meta.test_seeds has no effect with meta.held_out_seeds = 0", said)


if __name__ == "__main__":
    unittest.main()
