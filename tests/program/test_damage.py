"""Damaged archives are told of, with a status that is not 0, by every command that reads them."""
import shutil
import struct
import tempfile
import unittest

import h5py
import numpy

from damage import COMMANDS, KINDS, MADE_OF, SWEEPS, Damage, blocks, mend
from thetasweep import Case

SEED, TRIES = 15, 117
# Numbers that are indices or sizes: kind of archive, dataset, place, what is put there, who reads it.
VALUES = [
    ("plain", "candidates/seeds", 1, 1, "status"),
    ("plain", "candidates/seeds", 1, 9999, "status"),
    ("plain", "candidates/test_seeds", 0, -1, "compare"),
    ("plain", "candidates/units", 0, 4, "show"),
    ("plain", "candidates/free", (0, 0), 3, "show"),
    ("plain", "lifetimes/state", (0, 0, 0), 200, "status"),
    ("efficiency", "efficiency/measurement_of", 0, 5, "show"),
    ("stopping", "stopping/stopped_at", 0, 60, "status"),
    ("stopping", "stopping/budget", (slice(None), slice(None)), 1000, "status"),
    ("population", "stopping/donor", (0, 0), 60, "show"),
    ("population", "stopping/point", (0, 0, 0), 1e300, "export"),
    ("race", "decisions/kind", (0, 0, 0), 99, "show"),
    ("tpe", "point", (11, 1), 1e300, "status"),
    ("tpe", "point", (11, 1), float("nan"), "show"),
]
# What follows from the records of archives of each kind.
DERIVED = {
    "plain": ("theta", "gradient", "loss", "seeds_used", "held_out_loss", "held_out_accuracy",
              "held_out_seeds_used", "chosen_iteration", "candidates/network.tau", "candidates/rule.terms"),
    "stopping": [f"stopping/{name}" for name in
                 ("bracket", "budget", "stopped_at", "verdict", "place", "loss", "finite", "threshold",
                  "threshold_finite")],
    "population": ("point", "candidates/learning.rate", "stopping/donor", "stopping/point", "stopping/value"),
    "race": [f"decisions/{name}" for name in
             ("verdict", "kind", "pairs", "difference", "difference_error", "theta")],
    "tpe": ("point", "theta", "candidates/learning.rate", "candidates/network.phi"),
}


def other_number(dataset):
    """Changes the last one that is known, by little, or a text."""
    if h5py.check_string_dtype(dataset.dtype):
        dataset[0] = dataset[-1]
        return
    place = tuple(numpy.argwhere(numpy.isfinite(dataset[()]))[-1])
    value = dataset[place]
    dataset[place] = value ^ 1 if value.dtype.kind in "iu" else value * 1.001 if value else 1e-3


class Damaged(Case):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="ts-")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.damage = Damage(folder)

    def test_no_command_crashes_hangs_or_is_silent(self):
        for number in range(TRIES):
            command, kind, wrong, ending = self.damage.attempt(SEED, number)
            self.assertIsNone(wrong, f"{command} of {kind}, damage.py --seed {SEED} --only {number}: "
                                     f"{ending.errors.decode(errors='replace')}")

    def test_a_number_out_of_place_is_named(self):
        for kind, name, place, value, command in VALUES:
            path = self.folder / "run.h5"
            shutil.copy(self.damage.folder / f"{kind}.h5", path)
            with h5py.File(path, "r+") as file:
                file[name][place] = value
            ending = self.damage.end(command, kind, path.read_bytes())
            self.assertEqual(ending.status, 1, f"{name} = {value}: {ending.errors}")
            self.assertIn(f"{name.split('/', 1)[0]}", ending.errors.decode(), name)
            self.assertIn("the file is damaged", ending.errors.decode(), name)

    def test_a_choice_out_of_place_is_left_out_of_an_analysis(self):
        path = self.folder / "run.h5"
        shutil.copy(self.damage.folder / "stopping.h5", path)
        with h5py.File(path, "r+") as file:
            file["chosen_iteration"][0] = 1 << 24
        ending = self.damage.end("analyze", "stopping", path.read_bytes())
        self.assertEqual(ending.status, 0, ending.errors)
        self.assertIn(b"rules: left out: archive.h5: /chosen_iteration: found 16777216", ending.errors)

    def test_what_does_not_follow_from_the_records_is_found(self):
        path = self.folder / "run.h5"
        for kind, names in DERIVED.items():
            data = (self.damage.folder / f"{kind}.h5").read_bytes()
            ending = self.damage.end("verify", kind, data)
            self.assertEqual(ending.status, 0, ending.errors)
            self.assertIn(b"swept values are what follows from them", ending.output)
            for name in names:
                path.write_bytes(data)
                with h5py.File(path, "r+") as file:
                    other_number(file[name])
                ending = self.damage.end("verify", kind, path.read_bytes())
                self.assertEqual(ending.status, 1, name)
                self.assertIn(name.encode(), ending.output + ending.errors)

    def test_another_configuration_does_not_fit_its_checksum(self):
        path = self.damage.folder / "plain.h5"
        with h5py.File(path, "r") as file:
            text = file["config_resolved"][()]
        other = text.replace(b"held_out_seeds: 2", b"held_out_seeds: 9")
        data = path.read_bytes().replace(text, other)
        for command in ("status", "verify", "merge", "resume", "analyze"):
            ending = self.damage.end(command, "plain", data)
            self.assertEqual(ending.status, 1, ending.errors)
            self.assertIn(b"/config_resolved: found CRC-32", ending.errors)

    def test_metadata_have_checksums(self):
        """A byte of an object's header is changed: HDF5 itself finds it."""
        data = bytearray((self.damage.folder / "plain.h5").read_bytes())
        headers = [place for place in range(len(data)) if data[place:place + 4] == b"OHDR"]
        self.assertGreater(len(headers), 100)
        data[headers[60] + 20] ^= 1
        ending = self.damage.end("verify", "plain", data)
        self.assertEqual(ending.status, 1, ending.errors)

    def test_a_command_ends_well_where_hdf5_cannot_close_the_file(self):
        """The heap of a dataset's attributes has another place than none: HDF5 wants to mend it."""
        data = bytearray((self.damage.folder / "packed.h5").read_bytes())
        heaps = [block for block in blocks(bytes(data)) if data[block[0]:block[0] + 4] == b"FRHP"]
        data[heaps[0][0] + 27] = 0
        mend(data, heaps)
        for command in ("status", "merge", "extend", "analyze"):
            ending = self.damage.end(command, "packed", data)
            self.assertEqual(ending.status, 1, ending.errors)
            self.assertIn(b": cannot open: ", ending.errors)

    def test_trials_that_are_more_than_their_file_are_refused(self):
        path = self.folder / "trials.h5"
        with h5py.File(path, "w") as file:
            file["inputs"], file["targets"] = numpy.ones((4, 5, 2)), numpy.ones((4, 5, 1))
            file["mask"], file["type"] = numpy.ones((4, 5)), numpy.arange(4) % 2
        self.write("sweep.yaml", "task: {name: file, path: trials.h5}\n")
        extents = [struct.pack("<3Q", count, 5, 2) for count in (4, 20_000_000)]
        path.write_bytes(path.read_bytes().replace(*extents))
        done = self.run_program("check", "sweep.yaml", status=2)
        self.assertIn("inputs: found more numbers than the file can hold", done.stderr)

    def test_what_is_wrong_with_weights_is_said_by_us_alone(self):
        path = self.folder / "weights.h5"
        with h5py.File(path, "w") as file:
            file["bias"] = numpy.zeros(8)
        self.write("sweep.yaml", "network: {weights: weights.h5}\n")
        path.write_bytes(path.read_bytes().replace(b"TREE", b"tree"))
        done = self.run_program("check", "sweep.yaml", status=2)
        self.assertIn("network.weights", done.stderr)
        self.assertNotIn("HDF5-DIAG", done.stderr)

    def test_every_kind_and_command_is_tried(self):
        self.assertEqual(set(KINDS) - set(SWEEPS), set(MADE_OF))
        self.assertGreaterEqual(TRIES, len(KINDS) * len(COMMANDS))


if __name__ == "__main__":
    unittest.main()
