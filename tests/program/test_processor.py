"""A machine that computes wrong numbers: the programs say so, and compute nothing."""
import os
import resource
import subprocess
from unittest import mock

from thetasweep import BINARY, Case, ROOT

ANALYZE = ROOT / "build" / "thetasweep-analyze"

# Stands in front of SLEEF's own: tanh(x) = x in the last lane.
LIARS = {
    "avx2": ("-mavx2", """
#include <immintrin.h>
extern double tanh(double);
__m256d Sleef_finz_tanhd4_u35avx2(__m256d x)
{
    for (int i = 0; i < 3; i++)
        x[i] = tanh(x[i]);
    return x;
}
"""),
    "scalar": ("-O0", """
double Sleef_finz_tanhd1_u35purecfma(double x)
{
    return x;
}
"""),
    "blas": ("-O0", "void cblas_dgemm(void) {}"),
}


class Room(Case):
    def test_too_little_address_space_is_said(self):
        """OpenBLAS would try for ever to get its workspace."""
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        for program, megabytes in ((BINARY, 120), (BINARY, 150), (BINARY, 200), (ANALYZE, 150)):
            run = subprocess.run(
                [program, "rules"], timeout=20, capture_output=True, text=True,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, hard)))
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertIn(f"found a limit of {megabytes} MB (ulimit -v)", run.stderr)


class Liars(Case):
    def setUp(self):
        super().setUp()
        linked = subprocess.run(["ldd", BINARY], stdout=subprocess.PIPE, text=True, check=True)
        if "libsleef" not in linked.stdout:
            self.skipTest("SLEEF is a part of the program here, nothing can stand in front of it")

    def lie(self, instructions, used=None):
        """From now on this set's tanh, or the BLAS, lies, and the programs use `used`."""
        flag, text = LIARS[instructions]
        library = self.folder / f"{instructions}.so"
        subprocess.run([os.environ.get("CC", "mpicc"), "-shared", "-fPIC", flag, "-x", "c", "-",
                        "-o", library], input=text, text=True, check=True)
        patch = mock.patch.dict(os.environ, {"LD_PRELOAD": str(library),
                                             "THETASWEEP_INSTRUCTIONS": used or instructions})
        patch.start()
        self.addCleanup(patch.stop)

    def avx2_or_skip(self):
        with open("/proc/cpuinfo") as file:
            if " avx2 " not in file.read():
                self.skipTest("no AVX2 here")

    def test_a_lying_vector_function_ends_the_program(self):
        self.avx2_or_skip()
        self.lie("avx2")
        sweep = ROOT / "jobs" / "demo.yaml"
        run = self.run_program("run", sweep, "-o", "run.h5", status=1)
        self.assertRegex(run.stderr, r"^this machine computes wrong numbers: tanh\(\S+\) with "
                                     r"instructions 'avx2' gives \S+, expected: \S+\n")
        self.assertIn("THETASWEEP_INSTRUCTIONS=scalar", run.stderr)
        self.assertEqual(run.stdout, "")
        self.assertFalse((self.folder / "run.h5").exists())

    def test_what_the_message_advises_helps(self):
        self.avx2_or_skip()
        self.lie("avx2", used="scalar")
        self.assertIn("vectors    scalar", self.run_program("version").stdout)

    def test_a_lie_of_the_plain_function_too_is_found(self):
        self.lie("scalar")
        message = self.run_program("version", status=1).stderr
        self.assertRegex(message, r"tanh\(0.5\) with instructions 'scalar' gives 0.5, expected: 0.46")
        self.assertNotIn("THETASWEEP_INSTRUCTIONS", message)

    def test_a_lying_blas_is_found(self):
        self.lie("blas", used="scalar")
        self.assertIn("BLAS computes wrong products", self.run_program("version", status=1).stderr)

    def test_the_analysis_looks_too(self):
        self.lie("scalar")
        run = subprocess.run([BINARY.with_name("thetasweep-analyze"), "run.h5", "-o", "out.h5"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             cwd=self.folder)
        self.assertEqual(run.returncode, 1)
        self.assertIn("tanh(0.5)", run.stderr)

    def test_instructions_that_are_not_here_are_refused(self):
        with mock.patch.dict(os.environ, {"THETASWEEP_INSTRUCTIONS": "abacus"}):
            message = self.run_program("version", status=2).stderr
        self.assertIn("found 'abacus', allowed: avx512f, avx2 or scalar", message)
