"""pack: a smaller copy of an archive, of which every reader finds the same."""
import fcntl
import json
import shutil
import subprocess
import sys
import unittest

import h5py
import numpy

import readers
from test_archive import SWEEP
from test_ranks import SWEEP as SHARDED
from test_ranks import datasets
from thetasweep import ROOT, Case

OF_SCALES = ("CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST")  # they hold places in the file
LOCKED_AT = 1 << 62  # as src/archive/lock.c has it


def links(group):
    """All paths below a group, each with its object; an object may have several."""
    for name, item in group.items():
        yield f"{group.name.rstrip('/')}/{name}", item
        if isinstance(item, h5py.Group):
            yield from links(item)


def attributes(item):
    return {name: (item.attrs.get_id(name).dtype, numpy.asarray(value).tolist())
            for name, value in item.attrs.items() if name not in OF_SCALES}


class Pack(Case):
    @classmethod
    def setUpClass(cls):
        case = Case()
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.run_program("run", case.write("sweep.yaml", SWEEP), "-o", "run.h5", "--set",
                         "learning.trials=100")
        done = case.run_program("pack", "run.h5", "-o", "small.h5")
        assert done.stdout.startswith("small.h5: "), done.stdout
        cls.place = case.folder

    def setUp(self):
        super().setUp()
        self.run, self.small = self.place / "run.h5", self.place / "small.h5"

    def test_every_object_is_there_with_the_same_values_and_attributes(self):
        with h5py.File(self.run) as run, h5py.File(self.small) as small:
            whole, found = dict(links(run)), dict(links(small))
            self.assertEqual(found.keys(), whole.keys())
            self.assertEqual(attributes(small), attributes(run) | {
                "packed": (numpy.dtype("int32"), 1)})
            for name, item in whole.items():
                self.assertEqual(attributes(found[name]), attributes(item), name)
                if isinstance(item, h5py.Dataset):
                    self.compare(name, found[name], item)
            for name in ("loss", "evaluations/reward", "trial", "replay/0-1-1/unit"):
                same = [{path for path, item in links(file) if item == file[name]}
                        for file in (run, small)]
                self.assertEqual(*same)

    def compare(self, name, found, whole):
        self.assertEqual((found.shape, found.dtype), (whole.shape, whole.dtype), name)
        if whole.size:
            numpy.testing.assert_array_equal(found[()], whole[()], name)
        self.assertEqual(found.attrs.get("CLASS"), whole.attrs.get("CLASS"), name)
        for mine, theirs in zip(found.dims, whole.dims, strict=True):
            self.assertEqual(mine.values(), [found.file[scale.name] for scale in theirs.values()])

    def test_numbers_are_compressed_under_checksums(self):
        with h5py.File(self.small) as small:
            pieces = 0
            for name, item in links(small):
                if isinstance(item, h5py.Dataset) and item.ndim and item.size and \
                        item.dtype.kind != "O":
                    self.assertEqual((item.compression, item.shuffle, item.fletcher32),
                                     ("gzip", True, True), name)
                    self.assertLessEqual(numpy.prod(item.chunks) * item.dtype.itemsize, 1 << 18)
                    pieces = max(pieces, item.id.get_num_chunks())
            self.assertGreater(pieces, 2)
        self.assertLess(self.small.stat().st_size, 0.7 * self.run.stat().st_size)

    def test_commands_tell_the_same_of_it(self):
        for words in (["show"], ["status"], ["verify"], ["export", "--csv", "/dev/stdout"],
                      ["compare"]):
            said = []
            for name in ("run.h5", "small.h5"):
                path = self.folder / "it.h5"
                shutil.copy(self.place / name, path)
                if words[0] == "export":
                    self.run_program("export", path, "--csv", f"{name}.csv")
                    said.append((self.folder / f"{name}.csv").read_text())
                else:
                    done = self.run_program(*words, path, status=None)
                    said.append((done.returncode, done.stdout, done.stderr))
            self.assertEqual(*said)
        self.assertEqual(self.run_program("diff", self.run, self.small).stdout, "")

    def test_analysis_is_the_same(self):
        for name in ("run.h5", "small.h5"):
            subprocess.run([ROOT / "build" / "thetasweep-analyze", self.place / name, "-o", name,
                            "--only", "task", "--only", "rules"], cwd=self.folder, check=True,
                           capture_output=True)
        one, other = datasets(self.folder / "run.h5"), datasets(self.folder / "small.h5")
        self.assertEqual(one.keys(), other.keys())
        self.assertEqual([name for name in one if one[name] != other[name]], ["study/file"])

    def test_other_readers_open_every_group(self):
        for reader in ("xarray", "xarray with h5netcdf"):
            if readers.missing(reader):
                continue
            done = subprocess.run([sys.executable, readers.__file__, reader, self.small],
                                  capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), f"{reader}: {done.stdout}")

    def test_packed_shards_are_merged(self):
        sweep = self.write("sharded.yaml", SHARDED)
        self.run_program("run", sweep, "-o", "whole.h5")
        for shard in (1, 2):
            self.run_program("run", sweep, "-o", f"{shard}.h5", "--shard", f"{shard}/2")
            self.run_program("pack", f"{shard}.h5", "-o", f"{shard}.small.h5")
        self.run_program("merge", "1.small.h5", "2.small.h5", "-o", "merged.h5")
        whole, merged = datasets(self.folder / "whole.h5"), datasets(self.folder / "merged.h5")
        self.assertEqual([name for name in whole if whole[name] != merged.get(name)], [])

    def test_it_is_only_read(self):
        shutil.copy(self.run, self.folder / "run.h5")
        with h5py.File(self.folder / "run.h5", "r+") as file:
            file["lifetimes/state"][1:] = 0
        self.run_program("pack", "run.h5", "-o", "small.h5")
        said = self.run_program("status", "small.h5").stdout
        self.assertIn("\npacked: what goes on is the archive of which it is a copy\n", said)
        self.assertNotIn("goes on with", said)
        self.assertIsNone(json.loads(self.run_program("status", "small.h5", "--json").stdout)["resume"])
        before = (self.folder / "small.h5").read_bytes()
        done = self.run_program("run", self.place / "sweep.yaml", "-o", "small.h5", "--resume",
                                "--set", "learning.trials=100", ranks=2, status=2)
        self.assertIn("small.h5: found an archive that `thetasweep pack` made", done.stderr)
        done = self.run_program("pack", "small.h5", "-o", "smaller.h5", status=2)
        self.assertIn("is packed already", done.stderr)
        self.assertEqual((self.folder / "small.h5").read_bytes(), before)

    def test_nothing_is_overwritten_or_left_behind(self):
        self.write("there.h5", "mine")
        done = self.run_program("pack", self.run, "-o", "there.h5", status=2)
        self.assertIn("there.h5: found a file of this name, allowed: a new name", done.stderr)
        self.run_program("pack", self.place / "sweep.yaml", "-o", "new.h5", status=2)
        self.run_program("pack", self.run, "-o", "no/folder.h5", status=2)
        self.assertEqual((self.folder / "there.h5").read_text(), "mine")
        self.assertEqual({path.name for path in self.folder.iterdir()}, {".mpi", "there.h5"})

    def test_an_archive_that_a_run_holds_is_refused(self):
        path = self.folder / "run.h5"
        shutil.copy(self.run, path)
        with h5py.File(path, "r+") as file:
            file["provenance/status"][0] = -1  # as while it runs
        self.run_program("pack", "run.h5", "-o", "killed.h5")
        with open(path, "r+b") as held:
            fcntl.lockf(held, fcntl.LOCK_EX, 1, LOCKED_AT)
            done = self.run_program("pack", "run.h5", "-o", "new.h5", status=2)
        self.assertIn("run.h5: a run writes to it", done.stderr)

    def test_damaged_numbers_are_told_of(self):
        path = self.folder / "small.h5"
        shutil.copy(self.small, path)
        with h5py.File(path) as file:
            chunk = file["evaluations/reward"].id.get_chunk_info(0)
        image = bytearray(path.read_bytes())
        image[chunk.byte_offset + chunk.size // 2] ^= 1
        path.write_bytes(image)
        done = self.run_program("verify", "small.h5", status=1)
        self.assertRegex(done.stderr, r"small.h5: /evaluations/reward: cannot read: .*Fletcher32")


if __name__ == "__main__":
    unittest.main()
