"""Trials and weights from HDF5 files: what they do in a run, and what is refused."""
import os
import runpy
import unittest

import h5py
import numpy as np
import thetasweep

make_trials = runpy.run_path(str(thetasweep.ROOT / "analysis" / "make_trials.py"))

SWEEP = """
task: {task}
network: {{units: 12, dt: 5 ms{network}}}
learning: {{trials: 20, warmup: 5, rate: 1.0e-4}}
meta: {{iterations: 1, seeds: 2, held_out_seeds: 1}}
record: {{weights: [initial], representations: [before], interval: 50 ms, replay: [0, 0, 0]}}
"""


class Trials(thetasweep.Case):
    def make(self, **change):
        """A file of 40 good trials in a folder beside the sweep, but for what `change` says."""
        inputs, targets, mask, kind = make_trials["make"](40)
        arrays = {"inputs": inputs, "targets": targets, "mask": mask, "type": kind, "dt": 5.0}
        arrays.update(change)
        (self.folder / "data").mkdir(exist_ok=True)
        with h5py.File(self.folder / "data" / "trials.h5", "w") as file:
            for name, array in arrays.items():
                if array is None:
                    continue
                if name == "dt":
                    file.attrs["dt"] = array
                else:
                    file[name] = array
        (self.folder / "jobs").mkdir(exist_ok=True)
        return self.write("jobs/sweep.yaml", SWEEP.format(
            task="{name: file, path: ../data/trials.h5}", network=""))

    def refused(self, sweep, *words):
        errors = self.run_program("run", sweep, "-o", "run.h5", status=2).stderr
        for word in words:
            self.assertIn(word, errors)
        self.assertFalse((self.folder / "run.h5").exists())

    def test_run_learns_from_the_file_on_any_ranks(self):
        sweep = self.make()
        self.run_program("run", sweep, "-o", "one.h5")
        self.run_program("run", sweep, "-o", "three.h5", ranks=3)
        with h5py.File(self.folder / "one.h5") as one, h5py.File(self.folder / "three.h5") as three:
            for name in ("lifetimes/reward", "lifetimes/gradient", "theta", "held_out_loss"):
                np.testing.assert_array_equal(one[name], three[name])
            self.assertTrue(np.isfinite(one["lifetimes/reward"][:]).all())
            self.assertEqual(one["representations/before/rates"].shape[2], 2)
            replay = one["replay/0-0-0"]
            inputs = make_trials["make"](40)[0]
            for trial in np.asarray(replay["input"]):
                self.assertTrue((np.abs(inputs - trial).max(axis=(1, 2)) == 0).any())

    def test_resuming_with_other_numbers_in_a_file_is_refused(self):
        inputs = make_trials["make"](40)[0]
        archive = self.folder / "run.h5"

        def run(bias, scale, *options, **how):
            sweep = self.make(inputs=scale * inputs)
            sweep.write_text(sweep.read_text().replace("dt: 5 ms", "dt: 5 ms, weights: ../w.h5"))
            with h5py.File(self.folder / "w.h5", "w") as file:
                file["bias"] = np.full(12, bias)
            return self.run_program("run", sweep, "-o", archive, *options, **how).stderr

        run(0.25, 1)
        run(0.25, 1, "--resume")  # written anew, with the same numbers
        before = archive.read_bytes()
        errors = run(0.5, 1, "--resume", status=2)
        self.assertRegex(errors, r"file \d: found ../w.h5, CRC-32 \w{8}, allowed: ../w.h5, CRC-32")
        self.assertNotIn("trials.h5", errors)
        errors = run(0.25, 1.01, "--resume", status=2, ranks=2)
        self.assertRegex(errors, "file \\d: found ../data/trials.h5, CRC-32")
        self.assertNotIn("w.h5", errors)
        self.assertEqual(archive.read_bytes(), before)

    def test_archive_is_read_without_the_file(self):
        sweep = self.make()
        self.run_program("run", sweep, "-o", "run.h5")
        (self.folder / "data" / "trials.h5").unlink()
        self.run_program("show", "run.h5")
        self.run_program("status", "run.h5")

    def test_booleans_and_whole_numbers_are_numbers(self):
        _, _, mask, kind = make_trials["make"](40)
        self.run_program("check", self.make(mask=mask > 0, type=kind.astype("u1")))

    def test_wrong_files_are_refused(self):
        inputs, targets, mask, kind = make_trials["make"](40)
        broken = inputs.copy()
        broken[3, 10, 1] = np.nan
        empty = mask.copy()
        empty[7] = 0
        for change, words in [
                ({"inputs": None}, ["inputs", "no such dataset", "[trial, step, input]"]),
                ({"targets": None}, ["targets", "no such dataset"]),
                ({"mask": None}, ["mask", "no such dataset"]),
                ({"type": None}, ["type", "no such dataset"]),
                ({"inputs": inputs[:, :, 0]}, ["inputs", "2 dimensions", "3"]),
                ({"targets": targets[:, :99]}, ["targets", "99", "100"]),
                ({"mask": mask[:39]}, ["mask", "39", "40"]),
                ({"type": kind[:39]}, ["type", "39", "40"]),
                ({"inputs": broken}, ["inputs", "nan at [3, 10, 1]"]),
                ({"inputs": np.zeros((40, 100, 0))}, ["inputs", "found 0 numbers"]),
                ({"mask": -mask}, ["mask", "-1 in trial 0"]),
                ({"mask": empty}, ["mask", "trial 7"]),
                ({"type": kind + 0.5}, ["type", "whole numbers"]),
                ({"type": 2 * kind}, ["type", "found 2 but no 1"]),
                ({"type": np.array([b"go"] * 40)}, ["type", "numbers"]),
                ({"dt": 2.0}, ["network.dt", "found 5 ms, allowed: 2 ms"]),
                ({"dt": "fast"}, ["attribute dt"])]:
            with self.subTest(change=list(change), words=words):
                sweep = self.make(**change)
                self.refused(sweep, "sweep.yaml:", *words)

    def test_missing_and_foreign_files_are_refused(self):
        sweep = self.make()
        (self.folder / "data" / "trials.h5").write_text("no HDF5")
        self.refused(sweep, "sweep.yaml:2:", "trials.h5", "not HDF5")
        (self.folder / "data" / "trials.h5").unlink()
        self.refused(sweep, "sweep.yaml:2:", "trials.h5", "no such file")
        os.mkfifo(self.folder / "data" / "trials.h5")  # nobody writes: whoever opens it waits
        self.refused(sweep, "sweep.yaml:2:", "trials.h5", "found no regular file, allowed: an HDF5")
        self.refused(self.write("bare.yaml", "task: file"), "bare.yaml", "no path")
        self.refused(self.write("other.yaml", "task: {name: dnms, path: x.h5}"), "x.h5", "dnms")

    def test_script_writes_what_the_program_reads(self):
        make_trials["write"](self.folder / "trials.h5", *make_trials["make"](), dt=5)
        sweep = self.write("sweep.yaml", SWEEP.format(task="{name: file, path: trials.h5}",
                                                      network=""))
        self.run_program("check", sweep)
        table = self.run_program("tasks", "file", "--csv", "--set", "task.path=trials.h5", "--set",
                                 "network.dt=5 ms").stdout.splitlines()
        self.assertEqual(len(table), 1 + 2 * 100)


class Sweeps(thetasweep.Case):
    def test_tasks_and_files_can_be_swept(self):
        for name in ("a, 1.h5", 'b "2".h5'):
            make_trials["write"](self.folder / name, *make_trials["make"](), dt=5)
        sweep = self.write("sweep.yaml", SWEEP.format(task="dnms", network="").replace(
            "task: dnms", """
sweep:
  method: list
  parameters:
    task.name: {values: [file, xor, flipflop, file]}
    task.path: {values: ["a, 1.h5", none, none, 'b "2".h5']}
""").replace(", replay: [0, 0, 0]", ""))
        self.run_program("run", sweep, "-o", "run.h5")
        shown = self.run_program("show", "run.h5", "--candidate", 3).stdout
        self.assertIn('b "2".h5', shown)


class Weights(thetasweep.Case):
    def make(self, **arrays):
        with h5py.File(self.folder / "weights.h5", "w") as file:
            for name, array in arrays.items():
                file[name] = array
        return self.write("sweep.yaml", SWEEP.format(task="association",
                                                     network=", weights: weights.h5"))

    def test_run_starts_from_the_weights(self):
        rng = np.random.default_rng(1)
        given = {"recurrent": rng.normal(size=(12, 12)) / 4, "input": rng.normal(size=(12, 2)),
                 "readout": rng.normal(size=(1, 12)), "bias": rng.normal(size=12),
                 "mask": rng.random((12, 12)) < 0.5}
        sweep = self.make(**given)
        self.run_program("run", sweep, "-o", "run.h5")
        with h5py.File(self.folder / "run.h5") as file:
            initial = file["weights/initial"]
            for name in ("input", "readout", "bias"):
                np.testing.assert_array_equal(initial[name][0, 0], given[name])
            masked = given["recurrent"] * given["mask"]
            np.testing.assert_array_equal(initial["recurrent"][0, 0], masked)
            last = np.asarray(file["replay/0-0-0/weights_after"])[-1]
            self.assertTrue((last[~given["mask"]] == 0).all())
            self.assertTrue((last != masked).any())

    def test_what_the_file_lacks_is_drawn(self):
        self.run_program("run", self.make(bias=np.ones(12)), "-o", "some.h5")
        plain = self.write("plain.yaml", SWEEP.format(task="association", network=""))
        self.run_program("run", plain, "-o", "none.h5")
        with h5py.File(self.folder / "some.h5") as some, h5py.File(self.folder / "none.h5") as none:
            a, b = some["weights/initial"], none["weights/initial"]
            np.testing.assert_array_equal(a["recurrent"], b["recurrent"])
            np.testing.assert_array_equal(a["input"], b["input"])
            self.assertTrue((a["bias"][0, 0] == 1).all())

    def test_wrong_files_are_refused(self):
        square = np.eye(12)
        for arrays, words in [
                ({"recurrent": np.eye(13)}, ["13 units", "12"]),
                ({"recurrent": square[:, :11]}, ["recurrent", "11", "12"]),
                ({"recurrent": square, "bias": np.ones(11)}, ["bias", "11", "12"]),
                ({"input": np.ones((12, 3))}, ["3 inputs", "2"]),
                ({"readout": np.ones((2, 12))}, ["2 outputs", "1"]),
                ({"readout": np.ones(12)}, ["readout", "1 dimensions", "2"]),
                ({"mask": 2 * square}, ["mask", "found 2", "0 or 1"]),
                ({"bias": np.full(12, np.inf)}, ["bias", "inf at [0]"]),
                ({"J": square}, ["none of the datasets"])]:
            with self.subTest(arrays=list(arrays), words=words):
                sweep = self.make(**arrays)
                errors = self.run_program("check", sweep, status=2).stderr
                for word in ["sweep.yaml:3:", "weights.h5", *words]:
                    self.assertIn(word, errors)


if __name__ == "__main__":
    unittest.main()
