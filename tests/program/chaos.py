"""Kills runs at random moments and looks at what is left after each kill.

A run is started or resumed, killed, looked at, resumed, ... until it is complete; then the next
archive begins. After every kill the archive, if there is one, opens in h5py and h5dump, all its
records fit their checksums, and whatever was committed before is still there with the same bytes.
A complete archive equals, bit for bit, that of an uninterrupted run.
"""
import collections
import os
import pathlib
import random
import signal
import subprocess
import time

import h5py
import numpy

import thetasweep
from test_ranks import datasets

SWEEP = """\
name: chaos
seed: 5
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 24, density: 0.7, tau: 50 ms, dt: 10 ms}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 40, warmup: 4, reward: square, weight_noise: 1e-4}
meta: {iterations: 8, seeds: 4, held_out_seeds: 4, evaluate_every: 1, test_seeds: 6}
record: {weights: [initial, first, last], representations: [before, first, last], replay: [1, 2, 1]}
sweep:
  parameters:
    learning.rate: {values: [0.02, 0.05]}
    network.units: {values: [20, 24]}
"""
JOBS = 4 * (8 * 4 + 9 * 4 + 2 * 6)
SLOTS = ("lifetimes", "evaluations", "tests")
VICTIMS = ("one rank", "mpirun", "all at once")
PATIENCE = 90  # seconds in which the rest of a killed run has to end


def processes(launcher):
    """mpirun's ranks: {rank: process}."""
    found = {}
    try:
        children = pathlib.Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()
        for child in children:
            for variable in pathlib.Path(f"/proc/{child}/environ").read_bytes().split(b"\0"):
                if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                    found[int(variable.split(b"=")[1])] = int(child)
    except OSError:  # somebody has just ended
        pass
    return found


def committed(path):
    """The bytes of every slot that counts: {(group, index): record}."""
    found = {}
    with h5py.File(path, "r") as file:
        for group in SLOTS:
            columns = [file[f"{group}/{name}"][()] for name in ("loss", "reward", "checksum")]
            if group == "lifetimes":
                columns.append(file["lifetimes/gradient"][()])
            for index in zip(*numpy.nonzero(file[f"{group}/state"][()])):
                found[group, index] = b"".join(column[index].tobytes() for column in columns)
    return found


class Chaos:
    """Kills in the folder of `case`, a thetasweep.Case; `counts` says how many of each kind."""

    def __init__(self, case, seed):
        self.case = case
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        self.path = case.folder / "run.h5"
        case.write("sweep.yaml", SWEEP)
        before = time.monotonic()
        case.run_program("run", "sweep.yaml", "-o", "whole.h5", ranks=3)
        self.length = time.monotonic() - before
        self.whole = datasets(case.folder / "whole.h5")

    def start(self, ranks, recovery):
        options = ["--enable-recovery"] if recovery else []
        command = [thetasweep.MPIRUN, *options, "-n", str(ranks), str(thetasweep.BINARY), "run",
                   "sweep.yaml", "-o", "run.h5", "--resume", "--quiet", "--sign-of-life", "0.3 s"]
        return subprocess.Popen(command, cwd=self.case.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=thetasweep.environment(self.case.mpi_folder))

    def moment(self, process):
        """Waits for a random moment; returns what the run was doing."""
        resumed = self.path.exists()
        phase = self.random.choice(["start", "creation", "work", "work", "work", "end"])
        end = time.monotonic() + 20
        if phase == "creation" and not resumed:
            fresh = self.case.folder / "run.h5.new"
            while not fresh.exists() and not self.path.exists() and process.poll() is None and \
                    time.monotonic() < end:
                time.sleep(0.0005)
            time.sleep(self.random.uniform(0, 0.05))
        elif phase == "start":
            time.sleep(self.random.uniform(0, 0.8))
        elif phase == "end":
            time.sleep(self.length * self.random.uniform(0.9, 1.2))
        else:
            time.sleep(0.5 + self.length * self.random.uniform(0, 0.8))
        if process.poll() is not None:
            return "too late"
        if not self.path.exists():
            return "creation" if (self.case.folder / "run.h5.new").exists() else "start"
        return "resume" if resumed and phase in ("start", "creation") else "work"

    def kill(self, process, victim):
        """Kills; returns whether there was somebody to kill."""
        ranks = processes(process.pid)
        if victim == "mpirun":
            targets = [process.pid]
        elif victim == "one rank":
            targets = [self.random.choice(list(ranks.values()))] if ranks else []
        else:
            targets = [process.pid, *ranks.values()]
        for target in targets:
            try:
                os.kill(target, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return bool(targets)

    def wait(self, process, ranks):
        """The rest must end by itself."""
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            for target in [process.pid, *ranks]:
                try:
                    os.kill(target, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            process.wait()
            self.counts["did not end by itself"] += 1
        end = time.monotonic() + 20
        while any(is_alive(rank) for rank in ranks) and time.monotonic() < end:
            time.sleep(0.02)

    def look(self, before):
        """Looks at what is left; returns the committed records."""
        case = self.case
        if not self.path.exists():
            case.assertEqual(before, {})
            return before
        now = committed(self.path)
        lost = [slot for slot in before if before[slot] != now.get(slot)]
        case.assertEqual(lost, [])
        subprocess.run(["h5dump", str(self.path)], check=True, stdout=subprocess.DEVNULL)
        case.run_program("verify", "run.h5")
        return now

    def compare(self):
        found = datasets(self.path)
        self.case.assertEqual(found.keys(), self.whole.keys())
        different = [name for name in found if found[name] != self.whole[name]]
        self.case.assertEqual(different, [])

    def finish(self):
        """The archive is completed, compared and removed."""
        self.case.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", "--quiet", ranks=2)
        self.compare()
        self.counts["archives completed and equal"] += 1
        self.path.unlink()

    def run(self, kills):
        before = {}
        done = 0
        while done < kills:
            recovery = self.random.random() < 0.5
            victim = self.random.choice(VICTIMS)
            process = self.start(self.random.choice([2, 3, 4]), recovery)
            phase = self.moment(process)
            ranks = list(processes(process.pid).values())
            if phase != "too late" and self.kill(process, victim):
                done += 1
                self.counts[f"killed {victim}"] += 1
                self.counts[f"killed at {phase}"] += 1
                self.counts["with --enable-recovery" if recovery else "with plain mpirun"] += 1
            self.wait(process, ranks)
            before = self.look(before)
            if len(before) == JOBS or self.random.random() < 0.05:
                self.finish()
                before = {}
        self.finish()
        self.counts["kills"] = done
        return self.counts


def is_alive(process):
    try:
        state = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def look_at(case, kills):
    """Kills so often, prints what was counted, and fails if any run did not end by itself."""
    seed = random.randrange(1 << 32)
    print(f"[seed {seed}]", flush=True)
    counts = Chaos(case, seed).run(kills)
    print("\n".join(f"    {number:4d} {what}" for what, number in sorted(counts.items())), flush=True)
    case.assertEqual(counts["did not end by itself"], 0)
