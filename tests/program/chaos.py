"""Kills runs at random moments and looks at what is left after each kill.

A run is started or resumed, something of it is killed or a rank is stopped, it has to end by itself,
is looked at, resumed, ... until it is complete; then the next archive begins. After every kill the
archive, if there is one, opens in h5py and h5dump, all its records fit their checksums, and whatever
was committed before is still there with the same bytes. A complete archive equals, bit for bit, that
of an uninterrupted run.
"""
import collections
import os
import pathlib
import random
import shutil
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
VICTIMS = ("a rank", "rank 0", "mpirun", "a daemon") * 2 + (
    "all at once", "a stopped rank", "a stopped rank 0")
BOUND = 30  # seconds in which a run has to end after a kill
# Stopped ranks, and with --enable-recovery dead ones, are found out by their silence: three signs of
# life at work, twelve of rank 0, 40 of anybody while MPI starts. The run may go on without them.
INTERVAL = "0.5 s"
# In place of ssh: daemons of two hosts, both this one.
AGENT = """\
#!/bin/sh
while [ "${1#-}" != "$1" ]; do shift; done
shift
exec sh -c "$*"
"""


def children(process):
    try:
        text = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text()
        return [int(child) for child in text.split()]
    except OSError:  # it has just ended
        return []


def rank_of(process):
    """The rank that the process is, or None; what looks after rank 0 beyond its end is none."""
    try:
        if pathlib.Path(f"/proc/{process}/comm").read_text() == "thetasweep-end\n":
            return None
        for variable in pathlib.Path(f"/proc/{process}/environ").read_bytes().split(b"\0"):
            if variable.startswith((b"OMPI_COMM_WORLD_RANK=", b"PMI_RANK=")):
                return int(variable.split(b"=")[1])
    except OSError:
        pass
    return None


def state(process):
    """Its letter in /proc: Z it has ended, T it is stopped."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


def is_alive(process):
    return state(process) != "Z"


def look_up(launcher):
    """What mpirun has started: ({rank: process}, daemons, all of them with what ranks have started)."""
    ranks, daemons, everybody = {}, [], []
    waiting = children(launcher)
    while waiting:
        process = waiting.pop()
        everybody.append(process)
        rank = rank_of(process)
        if rank is not None and rank not in ranks:
            ranks[rank] = process
            everybody += children(process)
            continue
        try:
            if pathlib.Path(f"/proc/{process}/comm").read_text() == "orted\n":
                daemons.append(process)
        except OSError:
            pass
        waiting += children(process)
    return ranks, daemons, everybody


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
    """Kills in the folder of `case`, a thetasweep.Case; `counts` says how many of each kind, `times`
    how long each took to end. With `every` the archive is completed, as a copy, after every kill, and
    nothing else may be under way on the machine: where ranks are stopped there is no time to spare."""

    def __init__(self, case, seed, every=False):
        self.case = case
        self.random = random.Random(seed)
        self.every = every
        self.counts = collections.Counter()
        self.times = collections.defaultdict(list)
        self.late, self.wrong = [], []
        self.path = case.folder / "run.h5"
        case.write("sweep.yaml", SWEEP)
        self.agent = case.write("agent", AGENT)
        self.agent.chmod(0o755)
        before = time.monotonic()
        case.run_program("run", "sweep.yaml", "-o", "whole.h5", ranks=3)
        self.length = time.monotonic() - before
        self.whole = datasets(case.folder / "whole.h5")

    def start(self, ranks, victim, recovery):
        options = ["-n", str(ranks)]
        if recovery:
            options.append("--enable-recovery")
        if victim == "a daemon":
            options += ["--host", "a:2,b:2"]
        interval = ["--sign-of-life", INTERVAL] if recovery or "stopped" in victim else []
        command = [thetasweep.MPIRUN, *options, str(thetasweep.BINARY), "run", "sweep.yaml", "-o",
                   "run.h5", "--resume", "--quiet", *interval]
        environment = thetasweep.environment(self.case.mpi_folder)
        if victim == "a daemon":  # two on one host must not share memory by one name
            environment.update(OMPI_MCA_plm="rsh", OMPI_MCA_plm_rsh_agent=str(self.agent),
                               OMPI_MCA_btl="tcp,self", OMPI_MCA_btl_tcp_if_include="lo",
                               OMPI_MCA_oob_tcp_if_include="lo")
        return subprocess.Popen(command, cwd=self.case.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=environment)

    def moment(self, process):
        """Waits for a random moment; returns what the run was doing."""
        resumed = self.path.exists()
        phase = self.random.choices(["start", "creation", "work", "end"], [1, 1.5, 5, 2.5])[0]
        end = time.monotonic() + 20
        if phase == "creation" and not resumed:
            fresh = self.case.folder / "run.h5.new"
            while not fresh.exists() and not self.path.exists() and process.poll() is None and \
                    time.monotonic() < end:
                time.sleep(0.0005)
            time.sleep(self.random.uniform(0, 0.05))
        elif phase == "start":
            time.sleep(self.random.uniform(0, 0.7))
        elif phase == "end":
            time.sleep(self.length * self.random.uniform(0.9, 1.2))
        else:
            time.sleep(0.5 + self.length * self.random.uniform(0, 0.8))
        if process.poll() is not None:
            return "too late"
        if phase == "start":
            return phase
        if not self.path.exists():
            return "creation" if (self.case.folder / "run.h5.new").exists() else "start"
        return "resume" if resumed and phase == "creation" else "work"

    def choose(self, process, victim):
        """The processes to be killed or stopped, once they are there."""
        end = time.monotonic() + 5
        while time.monotonic() < end and process.poll() is None:
            ranks, daemons, _ = look_up(process.pid)
            if victim == "a daemon" and daemons:
                return [self.random.choice(daemons)]
            if victim.endswith("rank 0") and 0 in ranks:
                return [ranks[0]]
            if victim in ("a rank", "a stopped rank") and set(ranks) - {0}:
                return [ranks[self.random.choice(sorted(set(ranks) - {0}))]]
            if victim == "mpirun":
                return [process.pid]
            if victim == "all at once":
                return [process.pid, *ranks.values()]
            time.sleep(0.001)
        return []

    def kill(self, process, victim):
        """Kills or stops; returns whether there was somebody."""
        targets = self.choose(process, victim)
        for target in targets:
            try:
                os.kill(target, signal.SIGSTOP if "stopped" in victim else signal.SIGKILL)
            except ProcessLookupError:
                pass
        return bool(targets)

    def wait(self, process, everybody, bound):
        """All must end by themselves; returns after how many seconds, or None."""
        start = time.monotonic()
        while process.poll() is None or any(is_alive(one) for one in everybody):
            if time.monotonic() - start > bound:
                for target in [process.pid, *everybody]:
                    try:
                        os.kill(target, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                process.wait()
                return None
            time.sleep(0.02)
        return time.monotonic() - start

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

    def complete(self, name):
        """Completes the archive, compares it with the whole one and removes it."""
        path = self.case.folder / name
        self.case.run_program("run", "sweep.yaml", "-o", name, "--resume", "--quiet", ranks=2)
        found = datasets(path)
        self.case.assertEqual(found.keys(), self.whole.keys())
        different = [each for each in found if found[each] != self.whole[each]]
        self.case.assertEqual(different, [])
        self.counts["archives completed and equal"] += 1
        path.unlink()

    def complete_copy(self):
        if self.path.exists():
            shutil.copy(self.path, self.case.folder / "copy.h5")
        self.complete("copy.h5")

    def strike(self):
        """One run; returns whether something of it was killed."""
        victim = self.random.choice(VICTIMS)
        recovery = victim != "a daemon" and self.random.random() < 0.3
        status = self.case.folder / "run.h5.status"
        status.unlink(missing_ok=True)
        fewest = 4 if victim == "a daemon" else 3 if recovery else 2  # two workers: one goes on
        process = self.start(self.random.randint(fewest, 4), victim, recovery)
        phase = self.moment(process)
        everybody = look_up(process.pid)[2]
        killed = phase != "too late" and self.kill(process, victim)
        everybody = {*everybody, *look_up(process.pid)[2]}
        longer = "stopped" in victim and not self.every
        seconds = self.wait(process, everybody, 2 * BOUND if longer else BOUND)
        if not killed:
            return False
        what = (victim, "start" if phase == "start" else "work", recovery)
        self.times[what].append(numpy.inf if seconds is None else seconds)
        self.counts[f"killed at {phase}"] += 1
        if self.every:
            print(f"    {victim}, {phase}: {self.times[what][-1]:.1f} s", flush=True)
        if seconds is None:
            self.late.append(what)
        # Without a worker a run may go on. Its own file says how it ended; so does mpirun, unless it
        # was to let the others live.
        told = int(status.read_text()) if status.exists() else None
        if process.returncode == 0 and (told is None or told != 0 and not recovery):
            self.wrong.append((what, phase, told))
        return True

    def run(self, kills, seconds=numpy.inf):
        before = {}
        done = 0
        end = time.monotonic() + seconds
        while done < kills and time.monotonic() < end:
            killed = self.strike()
            done += killed
            before = self.look(before)
            if killed and self.every:
                self.complete_copy()
            if len(before) == JOBS or self.random.random() < 0.05:
                self.complete("run.h5")
                before = {}
        self.complete("run.h5")
        self.counts["kills"] = done

    def tell(self):
        for (victim, phase, recovery), times in sorted(self.times.items()):
            print(f"    {len(times):4d} {victim}, {'while MPI starts' if phase == 'start' else 'later'}"
                  f"{', --enable-recovery' if recovery else ''}: ended within {max(times):.1f} s")
        print("\n".join(f"    {number:4d} {what}" for what, number in sorted(self.counts.items())),
              flush=True)


def look_at(case, kills, seconds=numpy.inf, every=False):
    """Kills so often, as long as `seconds` are not over, prints what was counted, and fails if any run
    did not end by itself."""
    seed = int(os.environ.get("CHAOS_SEED", random.randrange(1 << 32)))
    print(f"[seed {seed}]", flush=True)
    chaos = Chaos(case, seed, every)
    try:
        chaos.run(kills, seconds)
    finally:
        chaos.tell()
    case.assertEqual(chaos.late, [], "these did not end by themselves")
    case.assertEqual(chaos.wrong, [], "these ended with 0 without being complete")
