"""`make install`: all of it works from its place, without the source tree, and goes away again."""
import os
import shutil
import subprocess
import sys
import unittest

import thetasweep
from test_page import SWEEP, why_not

ALONE = "`make install` links anew what others run, if the tree has changed meanwhile"
ROOT = thetasweep.ROOT
HIDE = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', ROOT]


def make(*words, folder=ROOT, **variables):
    """What make prints, by none of the variables of a make that runs these tests."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", "--no-print-directory", "-C", folder, *words], check=True,
                          text=True, stdout=subprocess.PIPE, env={**clean, **variables}).stdout


class Install(thetasweep.Case):
    def setUp(self):
        super().setUp()
        self.stage = self.folder / "a stage"
        self.place = [f"DESTDIR={self.stage}", "PREFIX=/opt/ts"]
        make("install", *self.place)
        self.prefix = self.stage / "opt/ts"

    def files(self):
        return sorted(str(path.relative_to(self.prefix)) for path in self.stage.rglob("*")
                      if not path.is_dir())

    def call(self, *words):
        """Runs an installed program with nothing in the place of the source tree, if root may do that."""
        hidden = subprocess.run([*HIDE, "true"], stderr=subprocess.DEVNULL).returncode == 0
        command = [*(HIDE if hidden else []), self.prefix / "bin" / words[0], *words[1:]]
        done = subprocess.run([*map(str, command)], cwd=self.folder, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL,
                              env={**thetasweep.environment(self.mpi_folder),
                                   "THETASWEEP_PYTHON": sys.executable})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    @unittest.skipIf(why_not(), why_not())
    def test_installed_programs_need_no_source_tree(self):
        before = self.files()
        self.write("sweep.yaml", SWEEP)
        self.call("thetasweep", "init", "xor")
        self.call("thetasweep", "run", "--quiet", "sweep.yaml", "-o", "run.h5")
        self.assertIn("sweep.sbatch", self.call("thetasweep", "submit", "sweep.yaml"))
        self.assertIn("--resume", (self.folder / "sweep.sbatch").read_text())
        self.assertEqual(self.call("thetasweep", "report", "run.h5"), "run.html\n")
        self.assertEqual(self.files(), before)

    def test_what_belongs_to_it_is_there_and_goes_away(self):
        files = self.files()
        for name in ("bin/thetasweep-analyze", "share/man/man1/thetasweep.1",
                     "share/bash-completion/completions/thetasweep",
                     "share/zsh/site-functions/_thetasweep", "share/thetasweep/jobs/sweep.sbatch",
                     "share/thetasweep/jobs/rules/dnms.yaml", "share/doc/thetasweep/README.md",
                     "share/doc/thetasweep/MODEL.md", "share/doc/thetasweep/LICENSE",
                     "share/doc/thetasweep/CITATION.cff", "share/doc/thetasweep/CHANGELOG.md"):
            self.assertIn(name, files)
            self.assertGreater((self.prefix / name).stat().st_size, 100, name)
        other = self.prefix / "share/man/man1/other.1"
        other.write_text("theirs")
        make("uninstall", *self.place)
        self.assertEqual(self.files(), ["share/man/man1/other.1"])
        for folder in ("share/thetasweep", "share/doc/thetasweep"):
            self.assertFalse((self.prefix / folder).exists())
        make("uninstall", *self.place)  # again does no harm


class Build(thetasweep.Case):
    def test_libraries_given_by_hand_get_the_one_of_dimension_scales(self):
        for given, times in (("-L/opt/lib -lhdf5", 1), ("-lhdf5_hl -lhdf5", 1)):
            libraries = make("print-ALL_LIBS", f"HDF5_LIBS={given}").split()
            self.assertEqual(libraries.count("-lhdf5_hl"), times, libraries)
            self.assertIn("-lhdf5", libraries)

    @unittest.skipUnless(shutil.which("git"), "no git here")
    def test_revision_is_not_that_of_a_tree_around_it(self):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x", "-c",
                        "init.defaultBranch=x", "init", "-q"], cwd=self.folder, check=True)
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x", "commit", "-q",
                        "--allow-empty", "-m", "x"], cwd=self.folder, check=True)
        inner = self.folder / "inner"
        for name in (".ci", "src", "include", "analysis", "jobs"):
            (inner / name).mkdir(parents=True)
        for name in ("Makefile", "CITATION.cff"):
            shutil.copy(ROOT / name, inner)
        revision = make("print-GIT_REVISION", folder=inner,
                        GIT_DIR=str(self.folder / ".git")).strip()
        self.assertEqual(revision, "unknown")
        shutil.move(self.folder / ".git", inner / ".git")
        revision = make("print-GIT_REVISION", folder=inner).strip()
        self.assertRegex(revision, r"^[0-9a-f]{12}$|^[0-9a-f]{12}-dirty$")


if __name__ == "__main__":
    unittest.main()
