"""A larger sweep that takes over what an archive has of it."""
import unittest

import h5py

from test_ranks import SWEEP, datasets
from thetasweep import Case

SMALL = SWEEP.replace("record: {weights: [initial, first, last], replay: [1, 2, 1]}",
                      "record: {weights: [initial, first, last]}")
# Other numbers of the same candidates, a new value in front, another name.
LARGE = (SMALL.replace("name: ranks", "name: larger").replace("[0.02, 0.05]", "[0.03, 0.02, 0.05]")
         .replace("[10, 14]", "[14, 12, 10]"))


class Extend(Case):
    def extend(self, text, *options, status=0):
        self.write("larger.yaml", text)
        return self.run_program("extend", "larger.yaml", "run.h5", "-o", "larger.h5", *options,
                                status=status)

    def start_from(self, text, *options):
        self.run_program("run", self.write("sweep.yaml", text), "-o", "run.h5", *options)

    def test_a_grown_archive_is_that_of_the_larger_sweep(self):
        self.start_from(SMALL, "--set", "name=smaller", "--shard", "1/2")  # two of the four have records
        said = self.extend(LARGE).stdout
        self.assertIn("larger.h5: 4 of 9 candidates are those of run.h5", said)
        with h5py.File(self.folder / "larger.h5") as file:
            self.assertEqual((file["lifetimes/state"][()] > 0).all(axis=(1, 2)).sum(), 2)
        self.run_program("run", "larger.yaml", "-o", "larger.h5", "--resume", ranks=3)
        self.run_program("run", "larger.yaml", "-o", "whole.h5")
        self.assertEqual(datasets(self.folder / "larger.h5"), datasets(self.folder / "whole.h5"))
        with h5py.File(self.folder / "larger.h5") as file:  # who computed what is told, too
            self.assertEqual(len(set(file["log/lifetimes/rank"][()].flat)), 3)

    def test_what_cannot_grow_is_told_and_nothing_is_left(self):
        self.start_from(SMALL, "--shard", "1/4")
        for text, words in (
                (LARGE.replace("seed: 3", "seed: 4"), "found none of the candidates of run.h5"),
                (LARGE.replace("[14, 12, 10]", "[14, 20]"), "in other sizes than the other archive"),
                (LARGE.replace("learn: [theta, tau_e, tau_w]", "learn: [theta]"),
                 "found other free parameters"),
                (LARGE.replace("l1: 1e-4", "l1: 1e-4, stopping: {name: halving, factor: 2}"), "stopped by them")):
            with self.subTest(words):
                self.assertIn(words, self.extend(text, status=2).stderr)
                self.assertEqual([path.name for path in self.folder.glob("larger.h5*")], [])
        self.extend(LARGE)
        self.assertIn("found a file of this name", self.extend(LARGE, status=2).stderr)


if __name__ == "__main__":
    unittest.main()
