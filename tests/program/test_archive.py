"""The archive of a run as its readers see it: h5py, h5dump and zlib."""
import math
import resource
import subprocess
import time
import unittest
import zlib

import h5py
import numpy as np

import thetasweep

SWEEP = """
name: archive
seed: 3
task: {name: association}
network: {gain: 1.2, tau: 30 ms, dt: 10 ms}
learning: {trials: 12, warmup: 2, weight_noise: 0.001, clip: 0.01}
rule: {degree: 2, start: {r1 d1: -1}, tau_e: 500 ms}
meta: {iterations: 3, seeds: 2, held_out_seeds: 2, test_seeds: 3, evaluate_every: 1,
       gradient: tangent}
sweep:
  parameters:
    network.units: {values: [14, 20]}
    rule.tau_e: {values: [inf, 500 ms]}
    rule.terms: {values: [[all], [r1 d1]]}
record:
  representations: [before, first, last]
  weights: [initial, first, last]
  interval: 50 ms
  replay: [[0, 1, 1], [3, 0, 0]]
"""
CANDIDATES, M, S, E, V, T, H, P = 8, 3, 2, 4, 2, 3, 12, 9
NULL = subprocess.DEVNULL


def datasets(group):
    """All datasets below `group`."""
    for item in group.values():
        if isinstance(item, h5py.Group):
            yield from datasets(item)
        else:
            yield item


# At least these are under the checksum of a lifetime.
SUMMED = ["loss", "accuracy", "trials_to_criterion", "frozen_loss", "frozen_accuracy", "gradient",
          "reward"]


def checksum(*arrays):
    """As the attribute `order` of the checksums says."""
    crc = 0
    for array in arrays:
        crc = zlib.crc32(np.ascontiguousarray(array).tobytes(), crc)
    return crc


def summed(slots):
    """Parts of the slots that are under the checksum, in its order."""
    order = slots["checksum"].attrs["order"].decode()
    return order.split(";")[0].split(", ")


class Archive(thetasweep.Case):
    """One run, looked at from all sides."""

    @classmethod
    def setUpClass(cls):
        case = thetasweep.Case()
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        cls.sweep = case.write("sweep.yaml", SWEEP)
        cls.path = case.folder / "run.h5"
        case.run_program("run", cls.sweep, "-o", cls.path, ranks=2)
        cls.file = h5py.File(cls.path, "r")
        cls.addClassCleanup(cls.file.close)

    def test_root_says_what_it_is(self):
        root = self.file.attrs
        self.assertEqual(root["format"], b"thetasweep")
        self.assertEqual(root["format_version"], 2)
        self.assertEqual(root["name"], b"archive")
        self.assertEqual(self.file["config"][()].decode(), SWEEP)
        resolved = self.file["config_resolved"][()]
        self.assertEqual(root["config_hash"].decode(), f"{zlib.crc32(resolved):08x}")
        self.assertIn(b"probability:", resolved)

    def test_extents_are_those_of_the_sweep(self):
        wanted = {
            "theta": (CANDIDATES, M + 1, P),
            "gradient": (CANDIDATES, M, P),
            "theta_scale": (CANDIDATES, P),
            "loss": (CANDIDATES, M),
            "held_out_loss": (CANDIDATES, E),
            "held_out_accuracy": (CANDIDATES, E),
            "lifetimes/gradient": (CANDIDATES, M, S, P),
            "lifetimes/reward": (CANDIDATES, M, S, H),
            "evaluations/loss": (CANDIDATES, E, V),
            "tests/reward": (CANDIDATES, 2, T, H),
            "chosen_iteration": (CANDIDATES,),
            "representations/last/rates": (CANDIDATES, V, 2, 20, 20),
            "weights/initial/recurrent": (CANDIDATES, V, 20, 20),
        }
        for name, shape in wanted.items():
            self.assertEqual(self.file[name].shape, shape, name)

    def test_every_dataset_has_scales_units_and_a_description(self):
        names = [dataset.name for dataset in datasets(self.file)]
        self.assertGreater(len(names), 100)
        for name in names:
            dataset = self.file[name]
            self.assertTrue(dataset.attrs["description"], name)
            self.assertIn("units", dataset.attrs, name)
            self.assertIsNone(dataset.chunks, name)
            if dataset.attrs.get("CLASS") != b"DIMENSION_SCALE":
                for axis, size in enumerate(dataset.shape):
                    self.assertEqual(dataset.dims[axis][0].shape, (size,), name)

    def test_scales_name_what_they_count(self):
        self.assertEqual(list(self.file["parameter"][:3]), [b"r0 d0", b"r1 d0", b"r2 d0"])
        self.assertEqual(list(self.file["step"][:2]), [50, 100])
        self.assertEqual(self.file["step"].attrs["units"], b"ms")
        self.assertEqual(list(self.file["condition"][:]), [b"A", b"B"])
        self.assertEqual(list(self.file["tested"][:]), [b"start", b"chosen"])

    def test_candidates_hold_swept_values_and_own_sizes(self):
        columns = self.file["candidates"]
        self.assertEqual(list(columns["network.units"]), [14] * 4 + [20] * 4)
        self.assertEqual(columns["network.units"].dtype, np.int64)
        self.assertEqual(list(columns["rule.tau_e"][:4]), [math.inf, math.inf, 500, 500])
        self.assertEqual(list(columns["rule.terms"][:2]), [b"[all]", b"[r1 d1]"])
        self.assertEqual(list(columns["units"]), [14] * 4 + [20] * 4)
        self.assertEqual(list(columns["parameters"][:2]), [P, 1])
        self.assertEqual(list(columns["free"][:2].sum(axis=1)), [P, 1])

    def test_every_slot_is_committed_and_its_checksum_fits(self):
        slots = self.file["lifetimes"]
        self.assertTrue((slots["state"][:] == 1).all())
        self.assertTrue((self.file["log/lifetimes/attempt"][:] == 1).all())
        order = summed(slots)
        self.assertEqual([name for name in order if name in SUMMED], SUMMED)
        for slot in np.ndindex(CANDIDATES, M, S):
            self.assertEqual(checksum(*(slots[name][slot] for name in order)),
                             slots["checksum"][slot], slot)
        for candidate in range(CANDIDATES):
            self.assertEqual(checksum(self.file["theta_scale"][candidate]),
                             self.file["scale/checksum"][candidate])

    def bulk(self, candidate, evaluation, seed):
        """What belongs to an evaluation, cut to the candidate's own sizes."""
        units = self.file["candidates/units"][candidate]
        rates = [self.file[f"representations/{when}/rates"][candidate, seed, :, :, :units]
                 for when in ("before", "first", "last")]
        weights = {when: [self.file[f"weights/{when}/recurrent"][candidate, seed, :units, :units],
                          self.file[f"weights/{when}/input"][candidate, seed, :units],
                          self.file[f"weights/{when}/readout"][candidate, seed, :, :units]]
                   for when in ("initial", "first", "last")}
        if evaluation == 0:
            bias = self.file["weights/initial/bias"][candidate, seed, :units]
            return [*rates[:2], *weights["initial"], bias, *weights["first"]]
        return [rates[2], *weights["last"]] if evaluation == E - 1 else []

    def test_checksums_of_evaluations_cover_rates_and_weights(self):
        slots = self.file["evaluations"]
        order = summed(slots)
        self.assertEqual([name for name in order if name in SUMMED],
                         [name for name in SUMMED if name != "gradient"])
        for slot in np.ndindex(CANDIDATES, E, V):
            self.assertEqual(checksum(*(slots[name][slot] for name in order), *self.bulk(*slot)),
                             slots["checksum"][slot], slot)

    def test_checksums_of_tests_fit(self):
        slots = self.file["tests"]
        order = summed(slots)
        self.assertEqual([name for name in order if name in SUMMED],
                         [name for name in SUMMED if name != "gradient"])
        for slot in np.ndindex(CANDIDATES, 2, T):
            self.assertEqual(checksum(*(slots[name][slot] for name in order)),
                             slots["checksum"][slot], slot)

    def test_means_are_those_of_the_slots(self):
        np.testing.assert_allclose(self.file["loss"], self.file["lifetimes/loss"][:].mean(axis=2),
                                   rtol=1e-14)
        np.testing.assert_allclose(self.file["held_out_loss"],
                                   self.file["evaluations/loss"][:].mean(axis=2), rtol=1e-14)
        self.assertTrue((self.file["seeds_used"][:] == S).all())
        self.assertEqual(list(self.file["evaluations/iteration"][0]), [0, 1, 2, 3])

    def test_parameters_that_a_candidate_lacks_are_nan(self):
        free = self.file["candidates/free"][:].astype(bool)
        for name in ("theta", "gradient"):
            known = ~np.isnan(self.file[name][:])
            self.assertTrue((known == free[:, None, :]).all(), name)

    def test_representations_are_rates_and_learning_changed_them(self):
        before, first = (self.file[f"representations/{when}/rates"][4, 0]
                         for when in ("before", "first"))
        self.assertTrue((abs(before) <= 1).all() and abs(before).max() > 0.01)
        self.assertGreater(abs(before - first).max(), 1e-4)

    def test_provenance_tells_the_start(self):
        start = self.file["provenance"]
        self.assertEqual(list(start["ranks"][:2]), [2, -1])
        for name in ("time", "version", "compiler", "mpi", "hdf5", "blas", "blas_core", "hosts"):
            self.assertTrue(start[name][0], name)
        self.assertRegex(start["blas_core"][0].decode(), r"^\w+, vectors (avx512f|avx2|scalar)$")

    def test_replay_record_is_whole(self):
        record = self.file["replay/0-1-1"]
        self.assertEqual(record["update_dot"].shape, (H, 14, P, 14))
        self.assertEqual(record["parameters/N"][()], 14)
        self.assertEqual(record["parameters/phi"][()], b"tanh")
        self.assertEqual(record["loss"][()], self.file["lifetimes/loss"][0, 1, 1])
        np.testing.assert_array_equal(record["gradient"], self.file["lifetimes/gradient"][0, 1, 1])
        np.testing.assert_array_equal(record["theta"], self.file["theta"][0, 1])
        np.testing.assert_array_equal(record["reward"][:].astype(np.float32),
                                      self.file["lifetimes/reward"][0, 1, 1])
        for dataset in datasets(record):
            if dataset.dtype.kind == "f":
                self.assertFalse(np.isnan(dataset[()]).any(), dataset.name)
        self.assertIn("3-0-0", self.file["replay"])

    def test_h5dump_reads_all_of_it(self):
        subprocess.run(["h5dump", str(self.path)], check=True, stdout=NULL)

    def test_existing_archive_is_left_alone(self):
        before = self.path.read_bytes()
        done = self.run_program("run", self.sweep, "-o", self.path, status=2)
        self.assertIn(str(self.path), done.stderr)
        self.assertEqual(self.path.read_bytes(), before)


class Refusals(thetasweep.Case):
    """Places that cannot take an archive."""

    def refused(self, archive, *words, settings=()):
        sweep = self.write("sweep.yaml", SWEEP)
        sets = [word for setting in settings for word in ("--set", setting)]
        files = sorted(self.folder.iterdir())
        done = self.run_program("run", sweep, "-o", archive, *sets, status=2)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(sorted(self.folder.iterdir()), files)

    def test_missing_folder_is_named(self):
        self.refused("nowhere/run.h5", "nowhere/run.h5", "no such folder")

    def test_folder_that_is_a_file_is_named(self):
        self.write("file", "")
        self.refused("file/run.h5", "file/run.h5", "Not a directory")

    def test_archive_that_does_not_fit_on_the_disk_is_refused(self):
        self.refused("run.h5", "run.h5", "GB",
                     settings=["meta.seeds=1000000", "learning.trials=1000000"])

    def test_archive_beyond_a_limit_is_refused(self):
        """A quota, or a limit of a file's size, is told by no file system beforehand."""
        sweep = self.write("sweep.yaml", SWEEP)
        self.run_program("run", sweep, "-o", "whole.h5")
        size = (self.folder / "whole.h5").stat().st_size
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        for limit in (1024, size // 2, size - 1):
            run = subprocess.run(
                thetasweep.command("run", sweep, "-o", "run.h5"), cwd=self.folder, text=True,
                env=thetasweep.environment(self.mpi_folder), capture_output=True,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard)))
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn("run.h5: the archive needs", run.stderr)
            self.assertEqual(list(self.folder.glob("run.h5*")), [])


class Live(thetasweep.Case):
    """A run that goes on."""

    def test_readers_see_whole_slots_while_it_is_written(self):
        sweep = self.write("sweep.yaml", SWEEP)
        path = self.folder / "run.h5"
        run = self.start("run", sweep, "-o", path, "--set", "meta.iterations=30",
                         "--set", "meta.evaluate_every=0", "--set", "record.replay=[]", ranks=2)
        while run.poll() is None and not path.exists():
            time.sleep(0.01)
        seen = []
        while run.poll() is None:
            with h5py.File(path, "r") as file:
                slots = file["lifetimes"]
                done = slots["state"][:] != 0
                seen.append(done.sum())
                for slot in np.argwhere(done)[-20:]:
                    slot = tuple(slot)
                    self.assertEqual(
                        checksum(*(slots[name][slot] for name in summed(slots))),
                        slots["checksum"][slot])
        run.communicate()
        self.assertEqual(run.returncode, 0)
        self.assertTrue(any(0 < count < CANDIDATES * 30 * S for count in seen), seen)
        self.assertEqual(seen, sorted(seen))


if __name__ == "__main__":
    unittest.main()
