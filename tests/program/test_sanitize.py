"""What `make sanitize` runs, the C tests and a sweep with gcc's ASan and UBSan, finds nothing."""
import os
import subprocess
import unittest

from thetasweep import Case, ROOT


class Sanitize(Case):
    def setUp(self):
        super().setUp()
        compiler = os.environ.get("CC", "mpicc")
        linked = subprocess.run([compiler, "-fsanitize=address,undefined", "-x", "c", "-", "-o",
                                 self.folder / "program"], input="int main(void) { return 0; }", text=True,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if linked.returncode:
            self.skipTest(f"{compiler} has no ASan and UBSan here")

    def test_sanitizers_find_nothing(self):
        make = subprocess.run(["make", "sanitize"], cwd=ROOT, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(make.returncode, 0, make.stdout[-20000:])


if __name__ == "__main__":
    unittest.main()
