"""README.md: its commands, sweeps and examples work as they stand there.

Every command of its code blocks is run, in their order, by the shell, on a small sweep, or stands
below with the reason why not. Its commands have 4 spaces before them, other languages fences.
"""
import contextlib
import importlib
import io
import os
import re
import subprocess
import sys
import unittest
import warnings

import h5py

import readers
from thetasweep import ROOT, Case, environment

README = (ROOT / "README.md").read_text()
PROGRAMS = ("git", "make", "thetasweep", "thetasweep-analyze", "mpirun", "sbatch",
            "optuna-dashboard")

# In the place of a sweep of hours.
SMALL = """\
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 8, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {terms: [r3 d3, r1 d3], start: {r3 d3: -0.02}}
learning: {trials: 20, warmup: 2, reward: square}
meta: {iterations: 1, seeds: 2, held_out_seeds: 2}
efficiency: {networks: 3, trials: 30, stages: [0, 20]}
sweep: {parameters: {learning.rate: {values: [0.02, 0.05]}}}
"""

# Commands that are not run here: why, and the test that runs them.
NOT_HERE = {
    "git clone <this repository> && cd thetasweep": "this is a clone",
    "make demo": "builds all, which came before the tests; its run and report: test_report",
    "make test": "runs this test",
    "make CC=mpicc HDF5_DIR=/opt/hdf5-parallel OPENBLAS_DIR=$OPENBLAS_ROOT SLEEF_DIR=$HOME/sleef":
        "these folders are an example",
    "make install PREFIX=/opt/thetasweep": "test_install",
    "thetasweep report run.h5": "takes long, test_report",
    "thetasweep report RUN.h5": "takes long, test_report",
    "thetasweep report BOTH.analysis.h5": "takes long, test_report",
    "sbatch --ntasks=257 --time=12:00:00 jobs/sweep.sbatch SWEEP.yaml RUN.h5": "test_slurm",
    "optuna-dashboard RUN.log": "Debian has no Optuna; what it reads of the file: test_export",
}
# What is run with other words than there: fewer ranks.
OTHERWISE = {"mpirun -n 65": "mpirun -n 3", "mpirun -n 5": "mpirun -n 3"}
# Before a command: what others would have done.
BEFORE = {
    "thetasweep check sweep.yaml": "cp small.yaml sweep.yaml",
    "thetasweep run sweep.yaml -o run.h5": "rm run.h5*",
    "thetasweep-analyze RUN.h5 MORE.h5 -o BOTH.analysis.h5":
        "cp run.h5 RUN.h5 && thetasweep run small.yaml -o MORE.h5 --quiet --set seed=2",
}

# Lines of sweep files, by their first word: what stands above them, and their candidates.
ANY = "task: {name: association}\nnetwork: {units: 8}\nlearning: {trials: 20, warmup: 2}\n"
SWEEPS = {
    "name": ("", 12),
    "meta.estimator": (ANY + "sweep:\n  parameters:\n", 3),
    "sweep": (ANY, 192),
}


def blocks():
    """The code blocks with 4 spaces, as (lines) each."""
    text = re.sub(r"(?ms)^```.*?^```$", "", README)
    return [re.sub("(?m)^    ", "", block).strip("\n")
            for block in re.findall(r"(?m)(?:\n\n|\A)((?:    .*\n|\n(?=    ))+)", text)]


def is_command(line):
    return line.split()[0] in PROGRAMS or line.startswith(("analysis/", "jobs/"))


def commands():
    found = []
    for block in blocks():
        lines = [re.sub(r" +# .*", "", line) for line in block.splitlines()]
        if is_command(lines[0]):
            found += lines
    return found


def fenced(language):
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", README)


class Readme(Case):
    @classmethod
    def setUpClass(cls):
        """A run of the small sweep, for the examples."""
        case = Case()
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.run_program("run", case.write("small.yaml", SMALL), "-o", "RUN.h5", "--set",
                         "meta.iterations=2")
        cls.place = case.folder

    def shell(self, command):
        tools = self.folder / "bin"
        if not tools.exists():
            tools.mkdir()
            (tools / "python3").symlink_to(sys.executable)  # this one has what the scripts need
            for name in ("analysis", "jobs"):
                (self.folder / name).symlink_to(ROOT / name)
        path = os.pathsep.join((str(ROOT / "build"), str(tools), os.environ["PATH"]))
        return subprocess.run(command, shell=True, cwd=self.folder, stdin=subprocess.DEVNULL,
                              text=True, capture_output=True,
                              env={**environment(self.mpi_folder), "PATH": path})

    def test_every_command_runs_or_says_why_not(self):
        found = commands()
        self.assertGreater(len(found), 20)
        self.assertEqual([c for c in [*NOT_HERE, *BEFORE] if c not in found], [], "not there")
        for name in ("small.yaml", "SWEEP.yaml"):
            self.write(name, SMALL)
        for command in found:
            if command in NOT_HERE:
                continue
            words = command
            for old, new in OTHERWISE.items():
                words = words.replace(old, new)
            if command in BEFORE:
                words = f"{BEFORE[command]} && {words}"
            done = self.shell(words)
            self.assertEqual(done.returncode, 0, f"{words}\n{done.stdout}\n{done.stderr}")

    def test_tests_that_it_names_are_there(self):
        names = {name for text in (README, *NOT_HERE.values())
                 for name in re.findall(r"\b(?:test|long)_\w+", text)} - {"test_NAME", "test_seeds"}
        self.assertGreater(len(names), 15)
        self.assertEqual([name for name in sorted(names)
                          if not (ROOT / "tests/program" / f"{name}.py").exists()], [])
        paths = re.findall(r"`((?:tests|jobs|analysis|src|include)/[\w./-]+)`", README)
        self.assertEqual([path for path in paths if not (ROOT / path).exists() and
                          "FLOOR" not in path], [])

    def test_sweeps_are_right(self):
        found = {block.split(":")[0]: block for block in blocks()
                 if ":" in block and not is_command(block)}
        self.assertEqual(found.keys(), SWEEPS.keys(), "what is new belongs to SWEEPS")
        for first, (frame, candidates) in SWEEPS.items():
            inside = " " * 4 * frame.endswith("parameters:\n")
            self.write("sweep.yaml", frame + re.sub("(?m)^", inside, found[first]) + "\n")
            said = self.run_program("check", "sweep.yaml", "--no-timing").stdout
            self.assertRegex(said, rf"candidates +{candidates}\b")

    def test_floors_are_those_of_the_makefile(self):
        floors = [block for block in blocks() if ":" not in block and not is_command(block)]
        self.assertEqual(len(floors), 1)
        makefile = (ROOT / "Makefile").read_text()
        for line in floors[0].splitlines():
            floor, *modules = line.split()
            self.assertEqual(re.findall(rf"(?m)^{floor} *= (.*)$", makefile), [" ".join(modules)])

    def test_every_sweep_of_jobs_is_told_of(self):
        told = (ROOT / "jobs/README.md").read_text()
        files = {path.name for folder in ("jobs", "jobs/experiments")
                 for path in (ROOT / folder).glob("*.*") if path.name != "README.md"}
        self.assertEqual([name for name in sorted(files) if f"`{name}`" not in told], [])
        for name in re.findall(r"`([\w/-]+\.(?:yaml|py|sbatch|sh))`", told):
            self.assertTrue(list((ROOT / "jobs").glob(f"**/{name}")), name)

    @unittest.skipIf(readers.missing("xarray"), "no xarray here")
    def test_python_examples_run(self):
        examples = fenced("python")
        self.assertEqual(len(examples), 2)
        said = io.StringIO()
        for name in readers.MODULES["xarray"]:
            importlib.import_module(name)  # the netCDF package warns when it is imported
        with contextlib.chdir(self.place), contextlib.redirect_stdout(said), \
                warnings.catch_warnings():
            warnings.simplefilter("error")
            for example in examples:
                exec(compile(example, "README.md", "exec"), {})  # pylint: disable=exec-used
        self.assertIn("Mean loss over the held-out seeds that count", said.getvalue())
        self.assertIn("trial", said.getvalue())

    def test_examples_in_other_languages_name_what_is_there(self):
        (julia,), (matlab,) = fenced("julia"), fenced("matlab")
        with h5py.File(self.place / "RUN.h5") as run:
            for name in [*re.findall(r'run\["(.*?)"\]', julia), *re.findall(r"'(/.*?)'", matlab)]:
                self.assertIn("description", run[name].attrs)


if __name__ == "__main__":
    unittest.main()
