"""Runs sweep files made at random, right ones and broken ones, and looks at all that is told of them.

Each file is checked; if it is right it is run, on one rank or under mpirun, now and then interrupted
and resumed, or in shards; else it is refused. No command may end by a signal, take long, or tell
another number than another command.
"""
import collections
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import h5py
import numpy

import sweep_maker
import thetasweep
from tellers import MATPLOTLIB, QUICK, Tellers
from test_ranks import datasets

PATIENCE = 60  # seconds of one command
ROOM = 4 << 30  # bytes of address space of one process
SOFT = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
LONG = 3e-4  # core-hours of what is too much to be run here


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))


class Sweeps(Tellers):
    """Tests of files of a maker, with what is counted of them."""

    def start_maker(self, seed):
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        sys.path.insert(0, str(thetasweep.ROOT / "analysis"))
        import make_trials
        make_trials.write(self.folder / "trials.h5",
                          *(part[:, ::10] if part.ndim > 1 else part for part in
                            make_trials.make(trials=12)), dt=5)
        with h5py.File(self.folder / "weights.h5", "w") as file:
            file["recurrent"] = numpy.random.default_rng(seed).normal(0, 0.4, (8, 8))
        self.maker = sweep_maker.Maker(seed, {"trials": "trials.h5", "weights": "weights.h5"})
        self.inputs = {"trials.h5", "weights.h5", ".mpi", "sweep.yaml"}

    def command(self, *arguments, ranks=None):
        """Like run_program(), bounded in time and memory; any status that the README names."""
        done = subprocess.run(thetasweep.command(*arguments, ranks=ranks), cwd=self.folder,
                              env=thetasweep.environment(self.mpi_folder), preexec_fn=limit,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        done.stdout = done.stdout.decode(errors="replace")
        done.stderr = done.stderr.decode(errors="replace")
        self.assertIn(done.returncode, (0, 1, 2, 75), f"{arguments}\n{done.stderr}")
        return done

    def look_at(self, text, sets=()):
        """One file, from its check to all that is told of its archive."""
        shutil.rmtree(self.folder / "report", ignore_errors=True)
        for path in self.folder.iterdir():
            if path.is_file() and path.name not in self.inputs:
                path.unlink()
        (self.folder / "sweep.yaml").write_bytes(text.encode(errors="surrogatepass"))
        checked = self.command("check", "sweep.yaml", *sets)
        self.assertIn(checked.returncode, (0, 2), checked.stderr)
        if checked.returncode == 2:
            self.look_at_refused(checked, sets)
        elif self.is_long(checked.stdout):
            self.counts["right, but too long to be run here"] += 1
        else:
            self.look_at_run(checked.stdout, sets)

    def is_long(self, checked):
        hours = float(re.search(r"(?m)^core-hours +([^,]+),", checked)[1])
        size = re.search(r"(?m)^archive +\S+ (\w+)$", checked)[1]
        candidates = int(re.search(r"(?m)^candidates +(\d+)$", checked)[1])
        return hours > LONG or size not in ("B", "kB", "MB") or candidates > 10

    def look_at_refused(self, checked, sets):
        """The same is said by run, which leaves nothing behind."""
        self.counts["refused"] += 1
        lines = [line for line in checked.stderr.splitlines()
                 if line[:1] not in " \t" and " warning: " not in line]
        self.assertTrue(lines)
        self.assertRegex(lines[0], r"^(sweep.yaml:\d+:\d+: |--set )")
        self.assertEqual(checked.stdout, "")
        ran = self.command("run", "sweep.yaml", "-o", "run.h5", *sets,
                           ranks=2 if self.random.random() < 0.1 else None)
        self.assertEqual(ran.returncode, 2)
        self.assertEqual([line for line in ran.stderr.splitlines() if line in lines], lines)
        left = {path.name for path in self.folder.iterdir()} - self.inputs
        self.assertEqual(left, set())

    def look_at_run(self, checked, sets):
        self.counts["run"] += 1
        whole = MATPLOTLIB and self.random.random() < 0.1
        ranks = self.random.choice([None, None, None, None, 2, 3])
        kind = self.random.random()
        if kind < 0.12:
            self.interrupt(checked, ranks, sets)
        ran = self.command("run", "sweep.yaml", "-o", "run.h5", "--resume", "--wide", *sets,
                           ranks=ranks)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        if "is complete, nothing is left" not in ran.stdout and not self.stops(checked):
            rows = self.check_tellers(checked, ran.stdout, () if whole else QUICK)
            self.counts[f"best is {'none' if rows[0]['state'] else 'told'}"] += 1
        self.counts["run with the whole page"] += whole
        if kind < 0.12:
            self.compare(sets)
        elif kind < 0.2 and not re.search(r"(?m)^candidates +1$", checked):
            self.compare_shards(sets)

    def interrupt(self, checked, ranks, sets):
        """Stops it by a signal some time after its archive was made."""
        process = subprocess.Popen(
            thetasweep.command("run", "sweep.yaml", "-o", "run.h5", "--wide", *sets, ranks=ranks),
            cwd=self.folder, env=thetasweep.environment(self.mpi_folder), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + PATIENCE
        while not (self.folder / "run.h5").exists() and process.poll() is None and \
                time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(self.random.uniform(0, 0.1))
        if process.poll() is None:
            process.send_signal(signal.SIGTERM if ranks else self.random.choice(SOFT))
        ran, errors = process.communicate(timeout=PATIENCE)
        status = int((self.folder / "run.h5.status").read_text())
        self.assertIn(status, (0, 75), errors)
        if not ranks:
            self.assertEqual(process.returncode, status, errors)
        self.counts[f"interrupted, status {status}"] += 1
        if not self.stops(checked):
            self.check_tellers(checked, ran)

    @staticmethod
    def stops(checked):
        """Whether candidates are stopped early: of how these stand the readers here know nothing."""
        return "early stopping" in checked or "breeding" in checked

    def compare(self, sets):
        """An interrupted run has made the archive of one that was not."""
        self.command("run", "sweep.yaml", "-o", "whole.h5", "--quiet", *sets)
        self.compare_with("whole.h5")

    def compare_with(self, name):
        one, other = datasets(self.folder / "run.h5"), datasets(self.folder / name)
        self.assertEqual(one.keys(), other.keys())
        self.assertEqual([key for key in one if one[key] != other[key]], [])

    def compare_shards(self, sets):
        for shard in (1, 2):
            self.assertEqual(self.command("run", "sweep.yaml", "-o", f"shard{shard}.h5", *sets,
                                          "--shard", f"{shard}/2").returncode, 0)
        self.assertEqual(self.command("merge", "shard1.h5", "shard2.h5", "-o",
                                      "merged.h5").returncode, 0)
        self.compare_with("merged.h5")
        self.counts["run in two shards, too"] += 1

    def look_at_many(self, files, seed):
        """Half of them broken; failures are told with their file, and all are looked at."""
        print(f"[seed {seed}]", flush=True)
        self.start_maker(seed)
        for number in range(files):
            broken = number % 2 == 1
            text = self.maker.broken() if broken else self.maker.right()
            sets = self.maker.overrides(text)
            with self.subTest(seed=seed, number=number, sets=sets, text=text):
                self.look_at(text, sets)
        print("\n".join(f"    {number:4d} {what}" for what, number in sorted(self.counts.items())),
              flush=True)
