"""Another compiler and another MPI: all of it builds without a warning, passes the C tests and gives the same
bits, also when a rank is killed."""
import os
import shutil
import signal
import subprocess
import time
import unittest

import test_ranks
from chaos import look_up
from test_resume import wait_for
from thetasweep import BINARY, Case, ROOT, environment

FOLDER = ROOT / "build" / "clang"
PROGRAM = FOLDER / "thetasweep"
MPICH = shutil.which("mpicc.mpich") is not None
MPI = ["MPI=mpich", "CC=mpicc.mpich"] if MPICH else ["CC=mpicc"]
SWEEP = """\
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 33, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 30, warmup: 5, reward: square}
meta: {iterations: 16, seeds: 2, held_out_seeds: 2}
sweep:
  parameters:
    precision: {values: [double, single]}
    meta.gradient: {values: [tangent, adjoint]}
"""


@unittest.skipUnless(shutil.which("clang"), "no clang here")
class Clang(Case):
    @classmethod
    def setUpClass(cls):
        make = subprocess.run(["make", "-j2", "BUILD=build/clang", *MPI, "built"], cwd=ROOT,
                              env={**os.environ, "OMPI_CC": "clang", "MPICH_CC": "clang"},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if make.returncode:
            raise AssertionError(make.stdout)

    def test_the_c_tests_pass(self):
        tests = subprocess.run([FOLDER / "tests"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.assertEqual(tests.returncode, 0, tests.stdout)

    def start(self, name, *options, program=PROGRAM, launcher=()):
        sweep = self.write("sweep.yaml", SWEEP)
        return subprocess.Popen([*launcher, program, "run", sweep, "-o", self.folder / name, *options],
                                cwd=self.folder, env=environment(self.mpi_folder),
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def compare(self, *names):
        first, second = (test_ranks.datasets(self.folder / name) for name in names)
        self.assertGreater(len(first), 20)
        self.assertEqual(first, second)

    def test_an_archive_has_the_same_bits(self):
        self.assertEqual(self.start("gcc.h5", program=BINARY).wait(), 0)
        self.assertEqual(self.start("clang.h5").wait(), 0)
        self.compare("gcc.h5", "clang.h5")

    @unittest.skipUnless(MPICH, "no MPICH here")
    def test_a_rank_is_killed_under_mpich(self):
        self.assertEqual(self.start("whole.h5").wait(), 0)
        launcher = ("mpirun.mpich", "-n", "3")
        run = self.start("killed.h5", launcher=launcher)
        self.addCleanup(run.kill)
        wait_for((self.folder / "killed.h5").exists)
        time.sleep(0.3)
        os.kill(look_up(run.pid)[0][1], signal.SIGKILL)
        self.assertNotEqual(run.wait(30), 0)
        self.assertEqual(self.start("killed.h5", "--resume", launcher=launcher).wait(), 0)
        self.compare("whole.h5", "killed.h5")
