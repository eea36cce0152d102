"""`thetasweep report`: from an archive to a page, with whatever Python comes first."""
import os
import subprocess
import sys
import unittest

import h5py
import numpy

import thetasweep

SWEEP = """\
seed: 3
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 8, tau: 50 ms, dt: 20 ms}
learning: {trials: 12, warmup: 2}
meta: {iterations: 1, seeds: 1, held_out_seeds: 2}
record: {representations: [], weights: []}
"""
BARE = "#!/bin/sh\nexec '{}' -I -S \"$@\"\n"  # a Python without what is installed beside it


def why_not():
    missing = subprocess.run([sys.executable, thetasweep.ROOT / "analysis" / "report.py",
                              "--modules"], stdout=subprocess.PIPE, text=True).stdout
    return missing.strip()


@unittest.skipIf(why_not(), why_not())
class Report(thetasweep.Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)
        self.run_program("run", "--quiet", "sweep.yaml", "-o", "run.h5")
        bare = self.write("python3", BARE.format(os.path.realpath(sys.executable)))
        bare.chmod(0o755)

    def report(self, *words, status=0, **variables):
        """Runs the command; returns what it printed and what it said beside that."""
        done = subprocess.run(thetasweep.command("report", *words), cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              env={**thetasweep.environment(self.mpi_folder), "PYTHON": "",
                                   "THETASWEEP_PYTHON": sys.executable, **variables})
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done.stdout, done.stderr

    def names(self):
        return sorted(path.name for path in self.folder.glob("[!.]*"))

    def analyse(self, *archives):
        """A small analysis, run.analysis.h5, of which little is drawn."""
        subprocess.run([thetasweep.BINARY.with_name("thetasweep-analyze"), *archives, "-o",
                        "run.analysis.h5", "--only", "rules"], cwd=self.folder, check=True,
                       stdout=subprocess.PIPE)

    def test_an_archive_is_measured_and_drawn_also_packed(self):
        self.run_program("pack", "run.h5", "-o", "packed.h5")
        for name in ("run", "packed"):
            printed, said = self.report(f"{name}.h5", "-o", "page/of.html")
            self.assertEqual(printed, "page/of.html\n")
            self.assertIn("candidates 1,", said)
            page = (self.folder / "page/of.html").read_text()
            self.assertIn("Best candidate", page)
            self.assertIn(f"Configuration of {name}.h5", page)
        self.assertTrue(list((self.folder / "page/of.figures").glob("*.pdf")))

    def test_an_archive_is_measured_anew_if_it_is_newer(self):
        self.write("run.html", "mine")  # where it ends: nothing has to be drawn here
        analysis, archive = self.folder / "run.analysis.h5", self.folder / "run.h5"
        self.assertIn("run.html: found", self.report("run.h5", status=2)[1])
        made = analysis.stat().st_ino
        self.report("run.h5", status=2)
        self.assertEqual(analysis.stat().st_ino, made)
        os.utime(archive, ns=(0, archive.stat().st_mtime_ns + 1))
        self.report("run.h5", status=2)
        self.assertNotEqual(analysis.stat().st_ino, made)
        self.assertEqual((self.folder / "run.html").read_text(), "mine")
        made = analysis.stat().st_ino
        with h5py.File(analysis, "r+") as file:
            file.attrs["git"] = numpy.bytes_("another")
        self.report("run.h5", status=2)  # what another version measured may lack something
        self.assertNotEqual(analysis.stat().st_ino, made)

    def test_an_analysis_of_several_archives_is_drawn_and_not_written_over(self):
        self.run_program("run", "--quiet", "sweep.yaml", "-o", "more.h5")
        self.analyse("run.h5", "more.h5")
        before = (self.folder / "run.analysis.h5").read_bytes()
        self.assertIn("2 archives", self.report("run.h5", status=2)[1])
        self.assertEqual((self.folder / "run.analysis.h5").read_bytes(), before)
        self.assertEqual(self.report("run.analysis.h5", "-o", "both")[0], "both/index.html\n")

    def test_other_files_are_refused(self):
        for name in ("sweep.yaml", "none.h5"):
            self.assertIn(name, self.report(name, status=2)[1])

    def test_a_python_without_the_modules_is_told_in_a_line_or_passed_by(self):
        before = self.names()
        for variables in ({"THETASWEEP_PYTHON": "./python3"},
                          {"THETASWEEP_PYTHON": "", "PYTHON": "./python3"}):
            said = self.report("run.h5", status=2, **variables)[1]
            self.assertIn("has no numpy, h5py, matplotlib;", said)
            self.assertIn("apt-get install python3-h5py python3-matplotlib", said)
            self.assertEqual(said.count("\n"), 1)
        self.assertIn("no-python cannot be run",
                      self.report("run.h5", status=2, THETASWEEP_PYTHON="no-python")[1])
        self.assertEqual(self.names(), before)
        path = f"{self.folder}:{os.environ['PATH']}"
        if subprocess.run([thetasweep.ROOT / ".ci" / "deps", "python"], stdout=subprocess.PIPE,
                          text=True, env={**os.environ, "PATH": path}).stdout.strip():
            self.analyse("run.h5")
            self.report("run.analysis.h5", THETASWEEP_PYTHON="", PATH=path)


if __name__ == "__main__":
    unittest.main()
