"""Another compiler: all of it builds without a warning, passes the C tests and gives the same bits."""
import os
import shutil
import subprocess
import unittest

import test_ranks
from thetasweep import BINARY, Case, ROOT, environment

FOLDER = ROOT / "build" / "clang"
SWEEP = """\
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 33, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 30, warmup: 5, reward: square}
meta: {iterations: 2, seeds: 2, held_out_seeds: 2}
sweep:
  parameters:
    precision: {values: [double, single]}
    meta.gradient: {values: [tangent, adjoint]}
"""


@unittest.skipUnless(shutil.which("clang"), "no clang here")
class Clang(Case):
    @classmethod
    def setUpClass(cls):
        make = subprocess.run(["make", "-j2", "BUILD=build/clang", "CC=mpicc", "built"], cwd=ROOT,
                              env={**os.environ, "OMPI_CC": "clang", "MPICH_CC": "clang"},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if make.returncode:
            raise AssertionError(make.stdout)

    def test_the_c_tests_pass(self):
        tests = subprocess.run([FOLDER / "tests"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.assertEqual(tests.returncode, 0, tests.stdout)

    def test_an_archive_has_the_same_bits(self):
        sweep, archives = self.write("sweep.yaml", SWEEP), []
        for program in (BINARY, FOLDER / "thetasweep"):
            archives.append(self.folder / f"{len(archives)}.h5")
            subprocess.run([program, "run", sweep, "-o", archives[-1]], cwd=self.folder, check=True,
                           env=environment(self.mpi_folder), stdout=subprocess.DEVNULL)
        first, second = map(test_ranks.datasets, archives)
        self.assertGreater(len(first), 20)
        self.assertEqual(first, second)
