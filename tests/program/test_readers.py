"""Every group of an archive and of an analysis, as the readers that the README names show it."""
import importlib.util
import resource
import subprocess
import sys
import unittest

import h5py

import readers
from readers import text
from test_archive import SWEEP
from thetasweep import BINARY, MPIRUN, ROOT, Case, environment

# Of its two candidates the second finds no memory.
FAILING = """
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {tau: 50 ms, dt: 20 ms}
learning: {trials: 6, warmup: 2}
meta: {iterations: 1, seeds: 2, held_out_seeds: 0, gradient: tangent}
sweep: {parameters: {network.units: {values: [10, 2000]}}}
"""


class Readers(Case):
    @classmethod
    def setUpClass(cls):
        case = Case()
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.run_program("run", case.write("sweep.yaml", SWEEP), "-o", "run.h5", "--set",
                         "record.checkpoint=10 min", ranks=3)
        subprocess.run([ROOT / "build" / "thetasweep-analyze", "run.h5", "-o", "run.analysis.h5"],
                       cwd=case.folder, check=True, capture_output=True)
        limit = 1500 << 20
        subprocess.run([MPIRUN, "-n", "2", BINARY, "run", case.write("failing.yaml", FAILING), "-o",
                        "failing.h5"], cwd=case.folder, env=environment(case.mpi_folder),
                       check=True, stdin=subprocess.DEVNULL, capture_output=True,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        cls.place = case.folder

    def read(self, reader):
        if readers.missing(reader):
            self.skipTest(f"{', '.join(readers.missing(reader))}: not installed")
        for name in ("run.h5", "failing.h5", "run.analysis.h5"):
            done = subprocess.run([sys.executable, readers.__file__, reader, self.place / name],
                                  capture_output=True, text=True)
            # The last group that was opened comes first.
            said = "\n".join(done.stdout.splitlines()[-1:]) + "\n" + done.stderr
            self.assertEqual((done.returncode, done.stderr), (0, ""), f"{name}: {said}")
            self.assertGreater(len(done.stdout.splitlines()), 8)

    def test_xarray_with_its_default_engine(self):
        self.read("xarray")

    def test_xarray_with_h5netcdf(self):
        self.read("xarray with h5netcdf")

    def test_netcdf(self):
        self.read("netCDF4")

    def follow(self, file):
        """The NXdata that a viewer shows first."""
        group, classes = file, []
        while "default" in group.attrs:
            classes.append(text(group.attrs["NX_class"]))
            group = group[text(group.attrs["default"])]
        self.assertEqual(classes, ["NXroot", "NXentry"])
        return group

    def check_curve(self, data):
        """The rules of NeXus for an NXdata, and that it is drawn as curves."""
        self.assertEqual(text(data.attrs["NX_class"]), "NXdata", data.name)
        signal, axes = data[text(data.attrs["signal"])], [text(a) for a in data.attrs["axes"]]
        self.assertEqual(signal.dtype.kind, "f", data.name)
        self.assertEqual(text(signal.attrs["interpretation"]), "spectrum", data.name)
        self.assertIn("long_name", signal.attrs)
        for axis, scale in zip(axes, (dim[0] for dim in signal.dims), strict=True):
            if scale.dtype.kind == "O":  # H5Web refuses names as an axis
                self.assertEqual(axis, ".")
            else:
                self.assertEqual(data[axis], scale)

    def test_viewers_of_nexus_find_the_curves(self):
        with h5py.File(self.place / "run.h5") as file:
            self.assertEqual(self.follow(file).name, "/views/held_out_loss")
            self.assertEqual(file["views/held_out_loss/held_out_loss"], file["held_out_loss"])
            names = sorted(file["views"])
            self.assertEqual(names, ["held_out_accuracy", "held_out_loss", "held_out_reward",
                                     "test_reward", "training_loss", "training_reward"])
            for name in names:
                self.check_curve(file["views"][name])
            seen = []
            file.visit(seen.append)
            self.assertIn("evaluations/reward", seen)  # under its own name
        with h5py.File(self.place / "failing.h5") as file:  # it has no held-out seeds
            self.assertEqual(self.follow(file).name, "/views/training_loss")
            self.assertEqual(sorted(file["views"]), ["training_loss", "training_reward"])

    @unittest.skipIf(importlib.util.find_spec("silx") is None, "no silx here")
    def test_silx_finds_them_too(self):
        from silx.io.nxdata import NXdata, get_default
        with h5py.File(self.place / "run.h5") as file:
            self.assertEqual(get_default(file).group.name, "/views/held_out_loss")
            for data in map(NXdata, file["views"].values()):
                self.assertTrue(data.is_valid, data.issues)
                self.assertEqual(data.interpretation, "spectrum")

    def test_texts_in_h5py_are_texts(self):
        with h5py.File(self.place / "failing.h5") as file:
            failure = file["log/failure"].asstr()
            self.assertRegex(failure[0], r"^candidate 1, \w+ 0, seed \d, rank 1: out of memory: ")
            self.assertRegex(failure[1], r"^candidate 1, ")
            self.assertEqual(set(failure[2:]), {""})
            self.assertRegex(file["provenance/time"].asstr()[0], r"^\d{4}-\d\d-\d\dT")
            self.assertEqual(set(file["provenance/time"].asstr()[1:]), {""})
        with h5py.File(self.place / "run.h5") as file:
            self.assertEqual(list(file["candidates/rule.terms"].asstr()[:2]), ["[all]", "[r1 d1]"])


if __name__ == "__main__":
    unittest.main()
