"""The scoreboard can be run: its settings are ones that the program takes, and its intervals are right."""
import contextlib
import importlib.machinery
import importlib.util
import io
import itertools
import json
import os
import sys
from unittest import mock

import h5py

from thetasweep import Case, ROOT

LOADER = importlib.machinery.SourceFileLoader("bench_run", str(ROOT / "tests" / "bench" / "run"))
bench = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_run", LOADER))
LOADER.exec_module(bench)

TINY = ("network.units=16", "learning.trials=2")
SWEEP = "network: {units: 4}\nlearning: {trials: 2, warmup: 0}\nmeta: {iterations: 1, seeds: 1, held_out_seeds: 0}\n"


class Sample(dict):
    """Any number of a sample."""

    def __missing__(self, name):
        return 2.0 if name == "gradient_trial" else 1.0


class Board(bench.Board):
    """Runs all that the scoreboard does, but tiny, and measures nothing."""

    def kernels(self, repetitions, what, *settings):
        bench.run([bench.PROGRAMS / "kernels", 1, "only", *settings, *TINY])
        return [Sample()] * repetitions

    def roofline(self, repetitions, *settings):
        return super().roofline(1, *settings, *TINY) * repetitions


class Settings(Case):
    def go(self, *groups):
        board = Board()
        with contextlib.redirect_stdout(io.StringIO()):
            for group in groups:
                bench.GROUPS[group](board, quick=False)
        self.assertGreater(len(board.figures), 3)

    def test_lifetimes_of_all_groups_run(self):
        self.go("tangents", "adjoint", "learning")

    def test_lifetimes_of_whole_runs_run(self):
        def run(command, **_):
            if command[0] == sys.executable:
                return json.dumps({"jax": "none", "seconds": [1, 2, 3], "deviation": 0})
            tiny = (*TINY, "learning.warmup=0")
            sets = [f"--set={setting}" for setting in tiny] if command[0] == bench.thetasweep.BINARY else []
            return plain([*command, *sets])

        plain = bench.run
        with mock.patch.object(bench.importlib.util, "find_spec"), mock.patch.object(bench, "run", run):
            self.go("jax", "together")

    def test_sweeps_are_right(self):
        seen, seconds = set(), itertools.count(1)

        def sweep(_, path, workers):
            if path.read_text() not in seen:
                seen.add(path.read_text())
                small = (f"--set={setting}" for setting in TINY)
                self.run_program("check", path, *small, "--set=meta.seeds=1")
            return mock.Mock(seconds=next(seconds), work=workers, workers=workers, coordinator=0, launch=1,
                             longest=1)

        with mock.patch.object(bench, "Sweep", sweep), mock.patch.object(bench, "ceiling"):
            self.go("sweeps")

    def test_interval_is_as_narrow_as_95_percent_allow(self):
        for count, outside in ((3, 0), (6, 0), (8, 0), (9, 1), (12, 2), (20, 5)):
            values = list(range(count))
            self.assertEqual(bench.interval(values[::-1]), (outside, count - 1 - outside))


class HeldBack(Case):
    """OPENBLAS_CORETYPE names kernels that are older than the processor."""

    def run_held(self, core):
        with mock.patch.dict(os.environ, {"OPENBLAS_CORETYPE": core}):
            if f"core type  {core}\n" not in self.run_program("version").stdout:
                self.skipTest(f"this BLAS has no core type {core}")
            sweep = self.write("sweep.yaml", SWEEP)
            said = self.run_program("check", sweep).stdout
            self.run_program("run", sweep, "-o", f"{core}.h5")
        with h5py.File(self.folder / f"{core}.h5") as file:
            return said, file["provenance/blas_rate"][0].decode()

    def test_it_is_said(self):
        with open("/proc/cpuinfo") as file:
            flags = file.read().split()
        if "avx2" not in flags:
            self.skipTest("no processor that could be held back")
        said, rate = self.run_held("Nehalem")
        self.assertRegex(said, r"core type Nehalem, \S+ GF/s, held back by OPENBLAS_CORETYPE\n")
        self.assertRegex(rate, r"^\S+ Gflop/s, held back$")
        said, rate = self.run_held("SkylakeX" if "avx512f" in flags else "Haswell")
        self.assertNotIn("held back", said + rate)
