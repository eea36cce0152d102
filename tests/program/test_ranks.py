"""The same numbers on any number of ranks: archives compared bit for bit."""
import os
import unittest

import h5py
import numpy

from thetasweep import Case

SWEEP = """\
name: ranks
seed: 3
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 14, density: 0.7, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}, learn: [theta, tau_e, tau_w], tau_e: 400 ms, tau_w: 200}
learning: {trials: 24, warmup: 4, clip: inf, reward: square, weight_noise: 1e-4}
meta: {iterations: 4, seeds: 3, held_out_seeds: 2, evaluate_every: 2, test_seeds: 2, l1: 1e-4}
record: {weights: [initial, first, last], replay: [1, 2, 1]}
sweep:
  parameters:
    learning.rate: {values: [0.02, 0.05]}
    network.units: {values: [10, 14]}
"""

RACE = """\
name: clip
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 12, tau: 50 ms, dt: 20 ms}
rule: {terms: [r3 d3], start: {r3 d3: -1}, start_in: normalised, learn: [theta, clip, baseline_rate]}
learning: {trials: 200, warmup: 4, reward: square, clip: 1e-3}
meta: {iterations: 20, seeds: 6, held_out_seeds: 6, evaluate_every: 20,
       optimizer: {name: race, alpha: 0.5, blocks: 3, step: 1}}
"""

# Seconds, hosts and ranks differ from run to run by their nature.
OUTSIDE = ("provenance", "log")


def datasets(path):
    """The bytes of every dataset that the promise covers, by name; texts as such, of whatever length
    they are in the file."""
    found = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset) and name.split("/")[0] not in OUTSIDE:
            value = numpy.asarray(item[()])
            found[name] = (("texts", item.shape, value.tolist()) if value.dtype.kind in "SO" else
                           (item.dtype, item.shape, value.tobytes()))

    with h5py.File(path, "r") as file:
        file.visititems(take)
    return found


def check_ranks_and_shards(case):
    """Whether sweep.yaml gives the same archive on one rank, on three that go on with a shard, and in
    two shards."""
    case.run_program("run", "sweep.yaml", "-o", "one.h5")
    case.run_program("run", "sweep.yaml", "-o", "ranks.h5", "--shard", "1/3")
    case.run_program("run", "sweep.yaml", "-o", "ranks.h5", "--resume", ranks=3)
    for shard in (1, 2):
        case.run_program("run", "sweep.yaml", "-o", f"{shard}.h5", "--shard", f"{shard}/2")
    case.run_program("merge", "2.h5", "1.h5", "-o", "merged.h5")
    one = datasets(case.folder / "one.h5")
    for path in ("ranks.h5", "merged.h5"):
        other = datasets(case.folder / path)
        case.assertEqual([name for name in one | other if one.get(name) != other.get(name)], [])


class Ranks(Case):
    def archive(self, name, ranks, *options):
        self.run_program("run", "sweep.yaml", "-o", name, *options, ranks=ranks)
        return datasets(self.folder / name)

    def compare(self, one, other):
        self.assertEqual(one.keys(), other.keys())
        different = [name for name in one if one[name] != other[name]]
        self.assertEqual(different, [])

    def test_archive_is_the_same_on_1_2_4_16_ranks_and_with_relays(self):
        self.write("sweep.yaml", SWEEP)
        alone = self.archive("alone.h5", None)
        self.assertGreater(len(alone), 40)
        with h5py.File(self.folder / "alone.h5", "r") as file:
            self.assertTrue((file["lifetimes/state"][()] > 0).all())
            self.assertTrue((file["evaluations/state"][()] > 0).all())
            self.assertTrue((file["tests/state"][()] > 0).all())
            self.assertTrue(numpy.isfinite(file["theta"][()]).all())
            self.assertTrue(any(name.startswith("replay/1-2-1/") for name in alone))
        for ranks in (1, 2, 4, 16):
            self.compare(alone, self.archive(f"{ranks}.h5", ranks))
        self.compare(alone, self.archive("relays.h5", 7, "--group", "2"))
        with h5py.File(self.folder / "relays.h5", "r") as file:  # relays are ranks 1 and 4
            self.assertEqual(set(file["log/lifetimes/rank"][()].flat), {2, 3, 5, 6})

    def test_ranks_bound_to_one_core_are_told(self):
        self.write("sweep.yaml", SWEEP)
        core, cores = {min(os.sched_getaffinity(0))}, os.sched_getaffinity(0)
        self.addCleanup(os.sched_setaffinity, 0, cores)
        os.sched_setaffinity(0, core)
        output = self.run_program("run", "sweep.yaml", "-o", "bound.h5", ranks=3).stdout
        with h5py.File(self.folder / "bound.h5", "r") as file:
            hosts = file["provenance/hosts"].asstr()[0]
        self.assertRegex(hosts, r"^\S+ x 3 on 1 core$")
        self.assertIn(f"more ranks than cores, which they share: {hosts}\n", output)

    def test_adjoint_is_the_same_on_1_and_3_ranks(self):
        self.write("sweep.yaml", SWEEP.replace("replay: [1, 2, 1]", "interval: 20 ms"))
        option = ("--set", "meta.gradient=adjoint")
        self.compare(self.archive("1.h5", None, *option), self.archive("3.h5", 3, *option))

    def test_every_estimator_and_optimizer_is_the_same_on_1_and_3_ranks(self):
        self.write("sweep.yaml", SWEEP)
        for option in ("meta.estimator=score", "meta.estimator=score-local", "meta.estimator=es",
                       "meta.estimator=fd", "meta.estimator=guided", "meta.optimizer=cmaes"):
            with self.subTest(option):
                name = option.split("=")[1]
                options = ("--set", option, "--set", "meta.es_pairs=2")
                one = self.archive(f"{name}-1.h5", None, *options)
                self.compare(one, self.archive(f"{name}-3.h5", 3, *options))
                with h5py.File(self.folder / f"{name}-1.h5", "r") as file:
                    theta = file["theta"][()]
                    self.assertTrue(numpy.isfinite(theta).all())
                    self.assertFalse((theta[:, 0] == theta[:, -1]).all())

    def test_a_race_decides_the_same_on_1_2_4_ranks(self):
        self.write("sweep.yaml", SWEEP.replace("seeds: 3", "seeds: 6, optimizer: {name: race, "
                                               "alpha: 0.5, blocks: 4, population: 4}", 1)
                   .replace("iterations: 4", "iterations: 8").replace("-0.02", "-3"))
        alone = self.archive("alone.h5", None)
        with h5py.File(self.folder / "alone.h5", "r") as file:
            verdict, theta = file["decisions/verdict"][()], file["theta"][()]
            kept = verdict == 2
            self.assertTrue((verdict > 0).all() and kept.any() and (kept.sum(axis=2) < 2).all())
            # Theta is the rule that was kept, or stays.
            for candidate, iteration in numpy.ndindex(kept.shape[:2]):
                row = kept[candidate, iteration]
                rule = file["decisions/theta"][candidate, iteration][row][0] if row.any() \
                    else theta[candidate, iteration]
                numpy.testing.assert_array_equal(theta[candidate, iteration + 1], rule)
            self.check_first_block(file)
        for ranks in (2, 4):
            self.compare(alone, self.archive(f"{ranks}.h5", ranks))

    def test_a_race_moves_a_clip_that_is_too_small(self):
        """Nothing can be learned with it; the changes of its own are archived by their kinds."""
        self.write("sweep.yaml", RACE)
        alone = self.archive("alone.h5", None)
        with h5py.File(self.folder / "alone.h5", "r") as file:
            names = [name.decode() for name in file["parameter"][()]]
            self.assertEqual(names, ["r3 d3", "log_clip", "log_beta"])
            clip, beta = numpy.exp(file["theta"][0, :, 1:]).T
            self.assertAlmostEqual(clip[0], 1e-3, delta=1e-12)
            self.assertAlmostEqual(beta[0], 0.25, delta=1e-12)
            self.assertGreater(clip[-1], 3 * clip[0])
            self.assertLessEqual(beta.max(), 1)
            kind, held_out = file["decisions/kind"][()], file["held_out_loss"][0]
            self.assertTrue({8, 9, 10, 11} <= set(kind.flat), kind)
            self.assertFalse({6, 7} & set(kind.flat), kind)  # no time constant is free
            self.assertLess(held_out[-1], held_out[0])
        told = self.run_program("show", "alone.h5").stdout
        self.assertRegex(told, rf"\n *clip = {clip[-1]:.6g}\n *baseline_rate = {beta[-1]:.6g}\n")
        for ranks in (2, 4):
            self.compare(alone, self.archive(f"{ranks}.h5", ranks))

    def check_first_block(self, file):
        """Differences of the first block, in pairs; seeds count on through the rules."""
        loss = file["lifetimes/loss"][:, 0].reshape(4, 5, 6)
        state = file["lifetimes/state"][:, 0].reshape(4, 5, 6)
        size = abs(file["theta"][:, :1] / file["theta_scale"][()][:, None])
        sizes = abs(file["decisions/theta"][:, 0] / file["theta_scale"][()][:, None])
        penalty = 1e-4 * (sizes - size)[..., :-2].sum(axis=2)
        for c, rule in numpy.ndindex(4, 4):
            both = (state[c, 0] == 1) & (state[c, 1 + rule] == 1)
            pairs = (loss[c, 1 + rule] - loss[c, 0])[both] + penalty[c, rule]
            self.assertEqual(file["decisions/pairs"][c, 0, rule], len(pairs))
            if len(pairs) > 1:
                numpy.testing.assert_allclose(file["decisions/difference"][c, 0, rule],
                                              pairs.mean(), rtol=1e-9)
                numpy.testing.assert_allclose(file["decisions/difference_error"][c, 0, rule],
                                              pairs.std(ddof=1) / len(pairs) ** 0.5, rtol=1e-9)

    def test_another_seed_gives_other_numbers(self):
        self.write("sweep.yaml", SWEEP)
        one = self.archive("one.h5", None)
        other = self.archive("other.h5", None, "--set", "seed=4")
        self.assertNotEqual(one["lifetimes/loss"], other["lifetimes/loss"])
        self.assertNotEqual(one["theta"], other["theta"])


if __name__ == "__main__":
    unittest.main()
