"""Damages archives at random and looks at how the commands that read them end.

usage: damage.py [--tries N] [--seed S] [--kind KIND ...] [--command COMMAND ...] [--archives FOLDER]

Every try takes an archive of one kind, changes 1 to 8 of its bytes or cuts it short, and gives it to
one command. It fails if the command crashes, takes 10 seconds of computing or 1 GiB more than with the
whole archive, waits for a minute, ends without a word, or says that all is well and something else than of
the whole one.

Try N of seed S is the same damage each time: `--seed S --only N` runs it again, and with `--keep FILE`
leaves what was damaged behind. With `--mend` the checksums of HDF5's metadata are right again, so that it
believes what they say. With `--archives` they are those of the folder, which is filled by the first
call: two runs have not the same bytes, since lifetimes take their time.
"""
import argparse
import collections
import ctypes
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading

import thetasweep

COMMON = """\
seed: 3
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 8, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
learning: {trials: 20, warmup: 2, reward: square}
"""
RATE = "sweep: {parameters: {learning.rate: {min: 0.001, max: 50, count: 6, distribution: log_uniform}}}\n"
# Sweeps, by the kind of archive that they make.
SWEEPS = {
    "plain": COMMON + """\
rule: {start: {r3 d3: -0.02}}
meta: {iterations: 2, seeds: 2, held_out_seeds: 2, test_seeds: 2, evaluate_every: 1}
sweep:
  parameters:
    rule.terms: {values: [[r1 d1, r3 d3], [r3 d3]]}
    network.tau: {values: [50 ms, 80 ms]}
record: {representations: [before, first, last], weights: [initial, first, last],
         replay: [[0, 1, 1]]}
""",
    "efficiency": COMMON + """\
rule: {degree: 2, start: {from: efficiency}, terms: [r1 d1, r2 p1, r1 d2]}
efficiency: {networks: 3, trials: 30, stages: [0, 20]}
meta: {iterations: 1, seeds: 2, held_out_seeds: 2, test_seeds: 2}
""",
    "stopping": COMMON + """\
rule: {start: {r3 d3: -0.02}}
meta: {iterations: 0, held_out_seeds: 4, test_seeds: 2, stopping: halving}
""" + RATE,
    "population": COMMON + """\
rule: {start: {r3 d3: -0.02}}
meta: {iterations: 4, seeds: 2, held_out_seeds: 2, test_seeds: 2, evaluate_every: 1, stopping: population}
sweep:
  method: random
  samples: 6
  parameters: {learning.rate: {min: 0.001, max: 50, distribution: log_uniform}}
""",
    "race": COMMON + """\
rule: {degree: 2, start: {r1 d1: -0.02}, terms: [r1 d1, r2 d1]}
meta: {iterations: 2, seeds: 2, held_out_seeds: 2, test_seeds: 2, optimizer: {name: race}}
""",
    "tpe": COMMON + """\
meta: {iterations: 1, seeds: 2, held_out_seeds: 2, test_seeds: 2}
sweep:
  method: tpe
  samples: 12
  generation: 4
  parameters:
    learning.rate: {min: 1e-4, max: 1, distribution: log_uniform}
    network.phi: {values: [tanh, relu]}
""",
    "half": COMMON + """\
rule: {start: {r3 d3: -0.02}}
meta: {iterations: 1, seeds: 2, held_out_seeds: 2, test_seeds: 2}
""" + RATE,
}
MADE_OF = {"packed": "plain", "analysis": "plain"}  # archives of other archives
KINDS = [*SWEEPS, *MADE_OF]
ANALYSIS = ["--only", "task", "--only", "rules", "--only", "similarity", "--only", "change"]
# What is run: SWEEP, WHOLE and ARCHIVE are files, OUT does not exist yet.
COMMANDS = {
    "status": ["thetasweep", "status", "ARCHIVE"],
    "show": ["thetasweep", "show", "ARCHIVE"],
    "verify": ["thetasweep", "verify", "ARCHIVE"],
    "compare": ["thetasweep", "compare", "WHOLE", "ARCHIVE"],
    "export": ["thetasweep", "export", "ARCHIVE", "--csv", "OUT", "--lifetimes", "OUT.lifetimes",
               "--optuna", "OUT.optuna"],
    "pack": ["thetasweep", "pack", "ARCHIVE", "-o", "OUT"],
    "merge": ["thetasweep", "merge", "ARCHIVE", "-o", "OUT"],
    "extend": ["thetasweep", "extend", "SWEEP", "ARCHIVE", "-o", "OUT"],
    "diff": ["thetasweep", "diff", "WHOLE", "ARCHIVE"],
    "simulate": ["thetasweep", "simulate", "ARCHIVE", "--ranks", "8"],
    "resume": ["thetasweep", "run", "SWEEP", "-o", "ARCHIVE", "--resume", "--quiet"],
    "analyze": ["thetasweep-analyze", "ARCHIVE", "-o", "OUT", *ANALYSIS],
    "again": ["thetasweep-analyze", "WHOLE", "-o", "ARCHIVE", "--only", "task"],  # over an analysis
}
SECONDS, WAIT, MEBIBYTES = 10, 60, 1024
SIGNATURES = re.compile(rb"OHDR|OCHK|TREE|HEAP|SNOD|GCOL|BTHD|BTLF|FRHP|FHDB|FSHD|FAHD|FADB|\x89HDF")
UNSUMMED = (b"TREE", b"HEAP", b"SNOD", b"GCOL")
BLOCK = 1024  # bytes of the longest block of metadata whose checksum is found


class Ending(collections.namedtuple("Ending", "status seconds mebibytes output errors")):
    """How a command ended: its exit status, what it took (seconds of computing) and said."""


def run(words, folder, limit=300):
    """Runs a program; killed after `limit` seconds."""
    with open(folder / "output", "wb") as output, open(folder / "errors", "wb") as errors:
        process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=errors, env=thetasweep.environment(folder))
        timer = threading.Timer(limit, process.kill)
        timer.start()
        _, status, used = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    return Ending(process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024,
                  (folder / "output").read_bytes(), (folder / "errors").read_bytes())


def sums():
    """HDF5's own checksum of bytes."""
    import h5py  # noqa: F401, which loads the library
    loaded = pathlib.Path("/proc/self/maps").read_text()
    library = re.search(r"/\S*/libhdf5(?![^/\s]*hl)\S*", loaded).group()
    function = ctypes.CDLL(library).H5_checksum_metadata
    function.argtypes, function.restype = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint32), ctypes.c_uint32
    return lambda data: function(data, len(data), 0)


def blocks(data):
    """[(start, end)] of the metadata with a checksum, which stands at the end."""
    found, checksum = [], sums()
    starts = [match.start() for match in SIGNATURES.finditer(data)]
    for start, following in zip(starts, [*starts[1:], len(data)]):
        if data[start:start + 4] in UNSUMMED:
            continue
        for end in range(min(following, start + BLOCK) - 4, start, -1):
            if checksum(data[start:end]).to_bytes(4, "little") == data[end:end + 4]:
                found.append((start, end))
                break
    return found


def mend(data, found):
    """The checksums of these blocks are right again."""
    checksum = sums()
    for start, end in found:
        if end + 4 <= len(data):
            data[end:end + 4] = checksum(bytes(data[start:end])).to_bytes(4, "little")


def damage(data, dice):
    """1 to 8 bytes changed, or all behind one of them gone."""
    data = bytearray(data)
    metadata = [match.start() for match in SIGNATURES.finditer(data)]
    for _ in range(dice.choice([1, 1, 1, 2, 3, 5, 8])):
        near = dice.random() < 0.4
        place = dice.choice(metadata) + dice.randrange(64) if near else \
            dice.randrange(min(len(data), dice.choice([2000, 20000, len(data)])))
        if dice.random() < 0.05:
            del data[place:]
            break
        if place < len(data):
            data[place] = dice.choice([dice.randrange(256), 0, 1, 255, data[place] ^ 1])
    return data


class Damage:
    """Archives of each kind, and what every command says of the whole ones."""

    def __init__(self, folder, programs=thetasweep.BINARY.parent):
        self.folder, self.programs = (pathlib.Path(path).resolve() for path in (folder, programs))
        self.whole, self.blocks = {}, {}
        for kind, sweep in SWEEPS.items():
            (self.folder / f"{kind}.yaml").write_text(sweep)
            self._make(f"{kind}.h5", "thetasweep", "run", f"{kind}.yaml", "--quiet",
                       *(["--shard", "1/2"] if kind == "half" else []))
        self._make("packed.h5", "thetasweep", "pack", "plain.h5")
        self._make("analysis.h5", "thetasweep-analyze", "plain.h5", "--only", "task")

    def _make(self, name, program, *words):
        if (self.folder / name).exists():
            return
        done = run([self.programs / program, *words, "-o", name], self.folder)
        if done.status:
            raise RuntimeError(f"{name}: {done.errors.decode()}")

    def end(self, command, kind, data, limit=300):
        """How the command ends with these data for an archive; what it writes is said, too."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = pathlib.Path(name)
            archive = folder / "archive.h5"
            archive.write_bytes(data)
            of = MADE_OF.get(kind, kind)
            places = {"SWEEP": self.folder / f"{of}.yaml", "ARCHIVE": "archive.h5",
                      "WHOLE": self.folder / f"{of}.h5"}
            words = [places.get(word, word) for word in COMMANDS[command]]
            ending = run([self.programs / words[0], *words[1:]], folder, limit)
            left = b"".join((folder / file).read_bytes() for file in
                            ("OUT", "OUT.lifetimes", "OUT.optuna") if (folder / file).exists()
                            and command == "export")
            said = re.sub(rb" +[0-9.]+ (s\n|MB)", b"\n", ending.output)
            return ending._replace(output=said + left)

    def normal(self, command, kind):
        """The same of the whole archive."""
        if (command, kind) not in self.whole:
            data = (self.folder / f"{kind}.h5").read_bytes()
            self.whole[command, kind] = self.end(command, kind, data)
        return self.whole[command, kind]

    def judge(self, command, kind, ending):
        """What is wrong with how it ended, or None."""
        normal = self.normal(command, kind)
        if ending.seconds > normal.seconds + SECONDS:
            return f"took {ending.seconds:.0f} s"
        if ending.status == -signal.SIGKILL:
            return f"took more than {WAIT} s"
        if ending.status not in (0, 1, 2, 75):
            return f"crashed with status {ending.status}"
        if ending.mebibytes > normal.mebibytes + MEBIBYTES:
            return f"took {ending.mebibytes:.0f} MiB"
        if ending.status and not ending.errors and b"broken" not in ending.output:
            return "failed without a word"
        if ending.status == 0 and command != "resume" and ending.output != normal.output and \
                ending.errors == normal.errors:
            return "told something else without a word"
        return None

    def attempt(self, seed, number, kinds=tuple(KINDS), commands=tuple(COMMANDS), keep=None,
                mended=False):
        """(command, kind, what is wrong or None, how it ended) of one try."""
        dice = random.Random(f"{seed} {number}")
        kind = kinds[number % len(kinds)]
        fitting = [c for c in commands if (c == "again") == (kind == "analysis")] or ["status"]
        command = fitting[number // len(kinds) % len(fitting)]
        whole = (self.folder / f"{kind}.h5").read_bytes()
        data = damage(whole, dice)
        if mended:
            if kind not in self.blocks:
                self.blocks[kind] = blocks(whole)
            mend(data, self.blocks[kind])
        if keep:
            pathlib.Path(keep).write_bytes(data)
        ending = self.end(command, kind, data, WAIT)
        return command, kind, self.judge(command, kind, ending), ending


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tries", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first try")
    parser.add_argument("--only", type=int, help="this try only, with all that it says")
    parser.add_argument("--keep", help="where to leave the damaged file of --only")
    parser.add_argument("--mend", action="store_true", help="the checksums of metadata are right again")
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--command", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--archives", help="folder of the whole archives")
    parser.add_argument("--program", default=thetasweep.BINARY.parent, help="folder of the programs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ts-") as folder:
        if given.archives:
            pathlib.Path(given.archives).mkdir(exist_ok=True)
        tries = Damage(given.archives or folder, given.program)
        one = given.only is not None
        numbers = [given.only] if one else range(given.first, given.first + given.tries)
        ends, wrong, guarded = collections.Counter(), collections.Counter(), 0
        for number in numbers:
            command, kind, what, ending = tries.attempt(given.seed, number, given.kind,
                                                        given.command, given.keep, given.mend)
            ends[command, ending.status] += 1
            guarded += b": HDF5 " in ending.errors
            if what:
                wrong[what.split(" without")[0] if "word" in what else what.split()[0]] += 1
                print(f"seed {given.seed} try {number}: {command} of {kind} {what}", flush=True)
            if one:
                print(command, kind, ending.status, f"{ending.seconds:.2f} s",
                      f"{ending.mebibytes:.0f} MiB", ending.output.decode(errors="replace"),
                      ending.errors.decode(errors="replace"), sep="\n")
    print(f"{len(numbers)} tries, {sum(wrong.values())} failed:", dict(wrong),
          f"; {guarded} times HDF5 itself failed, and it was said")
    for command in given.command:
        print(f"  {command}:", {status: count for (name, status), count in sorted(ends.items())
                                if name == command})
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
