"""Every group of an archive and of an analysis, as the readers that the README names show it."""
import resource
import subprocess
import sys
import unittest

import h5py

import readers
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
