"""The memory that `check` tells is what a rank takes."""
import os
import pathlib
import re
import subprocess
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
            run = subprocess.Popen([PROGRAM, "run", path, "-o", pathlib.Path(folder, "run.h5"),
                                    *options], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(run.pid, 0)
            run.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(run.returncode, 0)
        self.assertAlmostEqual(usage.ru_maxrss * 1024 / (float(number) * BYTES[unit]), 1, delta=0.1)

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
