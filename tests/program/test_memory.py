"""The memory that `check` tells is what a rank takes."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build" / "thetasweep"
SWEEP = """
task: {name: dnms}
network: {units: 200}
rule: {degree: 5}
learning: {trials: 3, warmup: 1}
meta: {iterations: 1, seeds: 1, held_out_seeds: 0}
"""
# A process counts what its parent held when it was started: so a small one starts the program.
MEASURE = """
import os, sys
child = os.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
BYTES = {"kB": 1e3, "MB": 1e6, "GB": 1e9}


class Memory(unittest.TestCase):
    def compare(self, *settings):
        options = [word for setting in settings for word in ("--set", setting)]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "sweep.yaml")
            path.write_text(SWEEP)
            told = subprocess.run([PROGRAM, "check", path, *options], check=True, text=True,
                                  stdout=subprocess.PIPE).stdout
            number, unit = re.search(r"memory a rank +([0-9.]+) (.B)", told).groups()
            peak = subprocess.run([sys.executable, "-c", MEASURE, PROGRAM, "run", "--quiet", path,
                                   "-o", pathlib.Path(folder, "run.h5"), *options], check=True,
                                  text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL).stdout.split()[-1]
        self.assertAlmostEqual(int(peak) * 1024 / (float(number) * BYTES[unit]), 1, delta=0.1)

    def test_check_tells_the_memory_of_a_small_lifetime(self):
        self.compare("network.units=50")

    def test_check_tells_the_memory_of_tangents(self):
        self.compare("meta.gradient=tangent")

    def test_check_tells_the_memory_of_an_adjoint(self):
        self.compare("meta.gradient=adjoint")

    def test_check_tells_the_memory_of_single_precision(self):
        self.compare("precision=single")


if __name__ == "__main__":
    unittest.main()
