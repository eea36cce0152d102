"""`tests/run` counts all that passes, fails, is skipped or crashes, and leaves nothing running."""
import os
import re
import shutil
import signal
import subprocess
import sys
import unittest

from test_resume import wait_for
from thetasweep import Case, ROOT

C_TESTS = "#!/bin/sh\necho '5 passed, 0 failed'\n"
FILES = {
    "test_good": """
        def test_one(self): pass
        def test_two(self): pass
        @unittest.skip("not here")
        def test_three(self): pass""",
    "test_skipped": """
        @unittest.skip("not here")
        def test_one(self): pass""",
    "test_bad": """
        def test_one(self): pass
        def test_parts(self):
            for part in range(3):
                with self.subTest(part): self.assertEqual(part, 1)
    class Broken(unittest.TestCase):
        @classmethod
        def setUpClass(cls): raise OSError("no class")
        def test_none(self): pass""",
    "test_crash": """
        def test_one(self): pass
        def test_two(self): os.kill(os.getpid(), 11)""",
    "test_leaves": """
        def test_one(self): os._exit(0)""",
}
# Says that it runs, for a while, and which others do.
TELLS = """
        def test_it(self):
            open(__name__ + ".runs", "w").close()
            for _ in range(5):
                time.sleep(0.1)
                with open("seen", "a") as file: print(*sorted(glob.glob("*.runs")), file=file)
            os.remove(__name__ + ".runs")"""
MEETS = """
        def test_it(self):
            open(__name__ + ".here", "w").close()
            end = time.monotonic() + 30
            while len(glob.glob("*.here")) < 2:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)"""
SLEEPS = """
        def test_it(self): subprocess.run(["sh", "-c", "echo $$ >child; exec sleep 100"])"""


def hear_interrupts():
    """Also where we run in the background of a shell, which makes its jobs deaf to SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Run(Case):
    def setUp(self):
        super().setUp()
        (self.folder / "tests/program").mkdir(parents=True)
        (self.folder / "tests/base").mkdir()
        (self.folder / "build").mkdir()
        shutil.copy(ROOT / "tests/run", self.folder / "tests")
        self.write("tests/base/error.c", "")
        self.write("build/tests", C_TESTS).chmod(0o755)

    def add(self, name, body, head=""):
        self.write(f"tests/program/{name}.py", f"import glob, os, subprocess, time, unittest\n{head}\n" + re.sub(
            "(?m)^    ", "", f"    class Test(unittest.TestCase):{body}\n"))

    def go(self, *names):
        done = subprocess.run([sys.executable, "tests/run", *names], cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def test_all_is_counted(self):
        for name, body in FILES.items():
            self.add(name, body)
        status, said = self.go()
        self.assertEqual((status, said.splitlines()[-1]), (1, "8 passed, 5 failed, 2 skipped"), said)
        for words in ("test_good: 2 passed, 0 failed, 1 skipped, ", "test_bad: 1 passed, 3 failed, ",
                      "C tests: 5 passed, 0 failed, ", "test_crash ended with status -11", "no class",
                      "test_leaves ended with status 0", "skipped 'not here'"):
            self.assertIn(words, said)
        for name in ("test_crash", "test_bad", "test_leaves"):
            (self.folder / f"tests/program/{name}.py").unlink()
        status, said = self.go()
        self.assertEqual((status, said.splitlines()[-1]), (0, "7 passed, 0 failed, 2 skipped"), said)
        self.assertEqual(self.go("test_good.Test.test_one")[1].splitlines()[-1], "1 passed, 0 failed")

    def test_nothing_runs_beside_what_wants_to_be_alone(self):
        for name in ("test_a", "test_b", "test_c"):
            self.add(name, TELLS, "" if name == "test_b" else 'ALONE = "it counts"')
        status, said = self.go()
        self.assertEqual(status, 0, said)
        self.assertEqual((self.folder / "seen").read_text().split(),
                         [f"{name}.runs" for name in ("test_b", "test_a", "test_c") for _ in range(5)])

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "one core")
    def test_others_run_side_by_side(self):
        for name in ("test_a", "test_b"):
            self.add(name, MEETS)
        status, said = self.go()
        self.assertEqual(status, 0, said)

    def test_an_end_from_outside_ends_all(self):
        self.add("test_long", SLEEPS)
        child = self.folder / "child"
        for number in (signal.SIGINT, signal.SIGTERM):
            run = subprocess.Popen([sys.executable, "tests/run"], cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   preexec_fn=hear_interrupts)
            self.addCleanup(run.kill)
            wait_for(lambda: child.exists() and child.read_text())
            run.send_signal(number)
            self.assertNotEqual(run.wait(20), 0)
            with self.assertRaises(ProcessLookupError):
                os.kill(int(child.read_text()), 0)
            child.unlink()


if __name__ == "__main__":
    unittest.main()
