"""Sweeps whose candidates follow from how earlier ones came out (methods tpe and cmaes)."""
import os
import signal
import unittest

import h5py
import numpy

from test_ranks import datasets
from test_resume import committed, ranks_of, wait_for
from thetasweep import Case

ALONE = "runs of seconds are killed before their end"
SWEEP = """\
name: learned
seed: 3
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 10, tau: 50 ms, dt: 20 ms}
learning: {trials: 60, warmup: 4}
meta: {iterations: 1, seeds: 2, held_out_seeds: 3, test_seeds: 2}
sweep:
  method: tpe
  samples: 26
  generation: 6
  parameters:
    learning.rate: {min: 1e-4, max: 1, distribution: log_uniform}
    network.phi: {values: [tanh, relu]}
    exploration.amplitude: {min: 0.1, max: 30, distribution: log_uniform}
"""
FIRST, SAMPLES = 10, 26


class Learned(Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)
        self.archive = self.folder / "run.h5"

    def run_sweep(self, name, *options, **how):
        self.run_program("run", "sweep.yaml", "-o", name, *options, **how)
        return datasets(self.folder / name)

    def kill_soon(self, ranks, beyond):
        """Runs on with what there is until so many more records are committed, then kills all."""
        before = committed(self.archive)
        process = self.start("run", "sweep.yaml", "-o", "run.h5", "--resume", ranks=ranks)
        wait_for(lambda: committed(self.archive) > before + beyond or process.poll() is not None)
        self.assertIsNone(process.poll(), "it ended before it was killed")
        for rank in ranks_of(process.pid) if ranks else [process.pid]:
            os.kill(rank, signal.SIGKILL)
        process.wait(60)

    def test_candidates_are_the_same_on_any_ranks_and_after_kills(self):
        alone = self.run_sweep("alone.h5")
        with h5py.File(self.folder / "alone.h5", "r") as file:
            point, rate = file["point"][:], file["candidates/learning.rate"][:]
            phi = file["candidates/network.phi"].asstr()[:]
            self.assertTrue((file["tests/state"][()] > 0).all())
        self.assertTrue(numpy.isfinite(point).all())
        numpy.testing.assert_allclose(rate, 1e-4 ** (1 - point[:, 0]), rtol=1e-9)
        self.assertEqual(list(phi), ["tanh" if p < 0.5 else "relu" for p in point[:, 1]])
        for ranks in (2, 4):
            other = self.run_sweep(f"{ranks}.h5", ranks=ranks)
            self.assertEqual(one_differs(alone, other), [])
        for ranks, beyond in ((3, 40), (None, 60), (2, 50)):
            self.kill_soon(ranks, beyond)
            self.look_at_a_part()
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", ranks=3)
        self.assertEqual(one_differs(alone, datasets(self.archive)), [])

    def test_cmaes_with_repeats_moves_alike_on_any_ranks_and_after_a_kill(self):
        self.write("sweep.yaml", SWEEP.replace("tpe", "cmaes").replace("  generation: 6\n", "")
                   .replace("samples: 26", "samples: 13\n  repeats: 2")
                   .replace("    network.phi: {values: [tanh, relu]}\n", ""))
        alone = self.run_sweep("alone.h5")
        with h5py.File(self.folder / "alone.h5", "r") as file:
            point, rate = file["point"][:], file["candidates/learning.rate"][:]
            self.assertEqual(len(numpy.unique(file["evaluations/loss"][:, 0, 0])), SAMPLES)
        self.assertTrue(((point >= 0) & (point < 1)).all())
        self.assertEqual(len(numpy.unique(point[:, 0])), SAMPLES / 2)
        for column in (point, rate):
            numpy.testing.assert_array_equal(column[::2], column[1::2])
        self.kill_soon(3, 50)
        with h5py.File(self.archive, "r") as file:
            self.assertTrue(numpy.isfinite(file["point"][:6]).all())
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", ranks=2)
        self.assertEqual(one_differs(alone, datasets(self.archive)), [])

    def look_at_a_part(self):
        """All who read values live with those that are not known yet."""
        with h5py.File(self.archive, "r") as file:
            known = numpy.isfinite(file["point"][:, 0])
            self.assertTrue(known[:FIRST].all())
            rate, phi = file["candidates/learning.rate"][:], file["candidates/network.phi"].asstr()[:]
        numpy.testing.assert_array_equal(numpy.isfinite(rate), known)
        self.assertEqual([text != "" for text in phi], list(known))
        self.run_program("status", "run.h5")
        self.run_program("verify", "run.h5")
        table = f"{known.sum()}-{committed(self.archive)}.csv"
        self.run_program("export", "run.h5", "--csv", table)
        self.assertEqual(len((self.folder / table).read_text().splitlines()), 1 + known.sum())
        if not known.all():
            shown = self.run_program("show", "run.h5", "--candidate", SAMPLES - 1).stdout
            self.assertIn("learning.rate: not known yet", shown)

    def test_a_broken_record_of_the_first_generation_is_healed(self):
        whole = self.run_sweep("run.h5")
        with h5py.File(self.archive, "r+") as file:
            file["evaluations/loss"][4, 1, 2] = 0.5
        self.run_program("verify", "run.h5", status=1)
        self.assertEqual(one_differs(whole, self.run_sweep("run.h5", "--resume", ranks=2)), [])

    def test_what_cannot_be_is_refused(self):
        out = self.run_program("run", "sweep.yaml", "-o", "run.h5", "--shard", "1/2", status=2)
        self.assertIn("--shard: found with sweep.method tpe", out.stderr)
        self.assertFalse(self.archive.exists())
        for line, key in (("    network.units: {values: [10, 12]}\n", "network.units"),
                          ("    learning.trials: {min: 60, max: 80}\n", "learning.trials")):
            self.write("other.yaml", SWEEP + line)
            out = self.run_program("check", "other.yaml", status=2)
            self.assertIn("other.yaml:15:5", out.stderr)
            self.assertIn(key, out.stderr)
        self.write("other.yaml", SWEEP.replace("held_out_seeds: 3, test_seeds: 2", "held_out_seeds: 0"))
        self.assertIn("meta.held_out_seeds",
                      self.run_program("check", "other.yaml", status=2).stderr)

    def test_check_says_how_many_run_side_by_side(self):
        out = self.run_program("check", "sweep.yaml", "--no-timing", "--ranks", 100)
        self.assertIn("4 of 6 candidates, the first of 10; in each at most 18 lifetimes", out.stdout)
        self.assertIn("warning: 100 ranks", out.stderr)
        self.assertEqual(self.run_program("check", "sweep.yaml", "--no-timing").stderr, "")
        # No more than there are: of 4 candidates in a generation of up to 6, each with 2 repeats.
        self.write("sweep.yaml", SWEEP.replace("samples: 26", "samples: 4\n  repeats: 2"))
        out = self.run_program("check", "sweep.yaml", "--no-timing").stdout
        self.assertIn("1 of 6 candidates, the first of 4; in each at most 24 lifetimes", out)


def one_differs(one, other):
    return [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]


if __name__ == "__main__":
    unittest.main()
