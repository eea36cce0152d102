"""How far a run is: the line of progress, tables that fit, status by itself, for programs and watching."""
import fcntl
import json
import re
import shutil
import signal
import subprocess
import time
import unittest

import h5py

from tellers import in_a_line
from test_pack import LOCKED_AT
from thetasweep import Case, command, environment

ALONE = "rates and times left are told of runs that are stopped on the way"
BASE = """\
name: told
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 8, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 12, warmup: 5, reward: square, clip: inf}
"""
META = "meta: {iterations: 2, seeds: 2, held_out_seeds: 3, evaluate_every: 1%s}\n"
RATES = "sweep: {%sparameters: {learning.rate: {%s}}}\n"
GRID = RATES % ("", "values: [0.02, 0.05, 0.01]")
DRAWN = "min: 0.01, max: 0.1"
# Of every kind there is that has a way of counting by itself.
KINDS = {
    "grid": META % "" + GRID,
    "tested": META % ", test_seeds: 2" + GRID,
    "nothing held out": "meta: {iterations: 2, seeds: 2, held_out_seeds: 0}\n" + GRID,
    "start rules": "meta: {iterations: 0, held_out_seeds: 3}\n" + GRID,
    "losses compared": "meta: {iterations: 2, seeds: 2, held_out_seeds: 3, estimator: es}\n" + GRID,
    "normalised": (META % "" + GRID).replace("meta:", "rule: {start_in: normalised}\nmeta:"),
    "repeats": META % "" + RATES % ("repeats: 2, ", "values: [0.02, 0.05]"),
    "conditions": META % "" + "sweep: {parameters: {meta.estimator: {values: [pathwise, discounted]}, "
    "meta.discount: {values: [0.8, 0.9], when: {meta.estimator: discounted}}}}\n",
    "tpe": META % "" + RATES % ("method: tpe, samples: 6, generation: 3, ", DRAWN),
    "cmaes": META % "" + RATES % ("method: cmaes, samples: 4, generation: 4, repeats: 2, ", DRAWN),
    "halving": META.replace("iterations: 2", "iterations: 4") % ", stopping: {name: halving, factor: 2}"
    + RATES % ("method: random, samples: 6, ", DRAWN),
    "hyperband": "meta: {iterations: 0, held_out_seeds: 9, test_seeds: 2, stopping: hyperband}\n"
    + RATES % ("method: random, samples: 9, ", DRAWN),
    "median": META.replace("iterations: 2", "iterations: 4") % ", stopping: median"
    + RATES % ("method: random, samples: 3, repeats: 2, ", DRAWN),
    "population": META.replace("iterations: 2", "iterations: 3") % ", stopping: population"
    + RATES % ("method: random, samples: 5, ", DRAWN),
}
WIDE = BASE + META % ", test_seeds: 2" + """sweep:
  repeats: 2
  parameters:
    meta.optimizer.longest: {values: [0.1, 0.2]}
    learning.baseline_rate: {values: [0.123456789, 0.2]}
    exploration.probability: {values: [0.05]}
    rule.start: {values: [{r1 d1: -1.23456789e-9, r3 d3: -123456.789}]}
    learning.clip: {values: [0.00123456789]}
"""
LONG = BASE + "meta: {iterations: 9000, seeds: 2, held_out_seeds: 2}\n" + GRID


class Counts(Case):
    def test_check_run_and_status_count_alike_in_sweeps_of_all_kinds(self):
        for kind, sweep in KINDS.items():
            with self.subTest(kind):
                base = BASE.replace("rule: {start: {r3 d3: -0.02}}\n", "") if kind == "normalised" else BASE
                self.write("sweep.yaml", base + sweep)
                archive = f"{kind.replace(' ', '-')}.h5"
                checked = self.run_program("check", "sweep.yaml", "--no-timing").stdout
                words = re.search(r"(?m)^lifetimes +(.*?\))", checked)[1]
                ran = self.run_program("run", "sweep.yaml", "-o", archive).stdout
                self.check(archive, words, re.search(r"(?m)^candidates +(\d+)", checked)[1], ran)

    def check(self, archive, words, candidates, ran):
        self.assertIn(f": {candidates} candidates, lifetimes: {words},", in_a_line(ran))
        status = in_a_line(self.run_program("status", archive).stdout)
        found = self.json(archive)
        counts = found["lifetimes"]
        self.assertEqual(found["candidates"], int(candidates))
        kinds = dict(zip(("all", "training", "held_out", "test"), map(int, re.findall(r"\d+", words))))
        told = re.search(r"lifetimes: (\d+) of (\d+ \(.*?\)) done \(100.0 %\)", status)
        self.assertRegex(ran, rf"(?m)^{told[1]} of {told[1]} .*\(100 %\)")
        self.assertEqual((counts["done"], counts["at_most"]), (int(told[1]), False))
        if "at most" in words:  # now it is known
            self.assertLessEqual(counts["all"], kinds["all"])
        else:
            self.assertEqual(told[2], words)
            self.assertEqual({name: counts[name] for name in kinds}, kinds)
        with h5py.File(self.folder / archive) as run:
            states = [run[f"{group}/state"][()] for group in ("lifetimes", "evaluations", "tests")
                      if group in run]
        self.assertEqual(counts["done"], sum(int((state > 0).sum()) for state in states))

    def json(self, archive):
        return json.loads(self.run_program("status", archive, "--json").stdout)


class Fits(Case):
    def assert_fits(self, output, columns):
        for line in re.split(r"[\r\n]+|\033\[[KHJ]", output):
            if not line.startswith("goes on with: "):
                self.assertLessEqual(len(line), columns, line)

    def test_all_that_run_and_status_tell_fits(self):
        self.write("sweep.yaml", WIDE)
        self.assert_fits(self.run_program("run", "sweep.yaml", "-o", "run.h5").stdout, 80)
        piped = self.run_program("status", "run.h5").stdout
        self.assert_fits(piped, 80)
        self.assertRegex(in_a_line(piped), "Without .*start loss.* for want of width: --wide tells all")
        for columns in (80, 60, 200):
            with self.subTest(columns):
                drawn = self.on_terminal("run", "sweep.yaml", "-o", f"{columns}.h5",
                                         columns=columns)
                self.assert_fits(drawn, columns)
                told = self.on_terminal("status", f"{columns}.h5", columns=columns)
                self.assert_fits(told, columns)
                self.assertEqual("want of width" in told, columns < 200)
        wide = self.run_program("status", "run.h5", "--wide").stdout
        self.assertRegex(piped, r"(?m)^ +\d+ +0\.\d +0\.1235 ")
        for word in ("0.123456789", "meta.optimizer.longest", "start loss", "spread", "repeats", "difference"):
            self.assertIn(word, wide)
        self.assertNotIn("want of width", wide)

    def test_progress_on_a_terminal_is_one_line_that_is_drawn_again(self):
        self.write("sweep.yaml", LONG)
        drawn = self.on_terminal("run", "sweep.yaml", "-o", "run.h5", "--set",
                                 "meta.iterations=300", columns=80)
        lines = re.findall(r"\r\033\[K([^\r\n]*)", drawn)
        self.assertGreater(len(lines), 1)
        for line in lines[:-1]:
            self.assertRegex(line, r"^\d+ of 1812(?: lifetimes)? \(\d+ %\), [\d.]+(?:/s| a second), left \S+ s"
                             r"(?:, (?:best|so far) \d\.\d{3} \+- \S+)?, \d+ diverged$")
            self.assertLess(len(line), 80)


class State(Case):
    def look(self, *options, status=0):
        """The objects of JSON that status prints."""
        lines = self.run_program("status", "run.h5", "--json", *options, status=status).stdout
        return [json.loads(line) for line in lines.splitlines()]

    def run_long(self, *options):
        """Starts a run; waits until it has run something."""
        self.write("sweep.yaml", LONG)
        run = self.start("run", "sweep.yaml", "-o", "run.h5", *options)
        limit = time.monotonic() + 60
        while not (self.folder / "run.h5").exists() or not self.look()[0]["lifetimes"]["done"]:
            self.assertTrue(run.poll() is None and time.monotonic() < limit)
        return run

    def test_json_of_a_run_that_is_stopped_killed_failed_and_completed(self):
        run = self.run_long("--set", "seed=3", "--set", "rule.start={r3 d3: -0.03}")
        going, = self.look()
        self.assertEqual((going["state"], going["stopped"], going["resume"], going["exit_status"]),
                         ("running", None, None, None))
        self.assertGreater(going["rate"], 0)
        self.assertGreater(going["seconds_left"], 0)
        run.send_signal(signal.SIGUSR1)
        said = run.communicate(timeout=60)[0]
        resume = ("thetasweep run sweep.yaml --set seed=3 --set 'rule.start={r3 d3: -0.03}' --resume "
                  "-o run.h5")
        self.assertIn(f"stopped by SIGUSR1\ngoes on with: {resume}\n", said)
        self.assertRegex(said, r"(?m)^\d+ of 54012.*, stopped$")
        found, = self.look()
        self.assertEqual((found["state"], found["stopped"], found["resume"], found["exit_status"],
                          found["rate"], found["best"]),
                         ("stopped", "by SIGUSR1", resume, 75, None, None))
        self.assertEqual(found["states"]["unfinished"], 3)
        with h5py.File(self.folder / "run.h5") as archive:
            self.assertEqual(archive["provenance/end"].asstr()[0], "SIGUSR1")
        self.assertRegex(self.limited(resume.split("thetasweep ")[1]), "(?m)^stopped by its time limit$")
        self.check_edited()

    def limited(self, arguments):
        """Runs the command that goes on, as a shell does, for a moment."""
        done = subprocess.run(f"{command(arguments)[0]} {arguments} --time-limit '0.5 s'", shell=True,
                              cwd=self.folder, capture_output=True, text=True,
                              env=environment(self.mpi_folder))
        self.assertEqual((done.returncode, done.stderr), (75, ""))
        return done.stdout

    def check_edited(self):
        """Ends that are written into the archive here."""
        for ended, state, words in ((1, "failed", "by a failure, exit status 1: its time limit"),
                                    (-1, "stopped", "before its end: killed, or its machine failed")):
            with h5py.File(self.folder / "run.h5", "r+") as archive:
                archive["provenance/status"][1] = ended
            found, = self.look()
            self.assertEqual((found["state"], found["stopped"]), (state, words))
            self.look("--watch", "0.1", status=1)
        shutil.copy(self.folder / "run.h5", self.folder / "moved it.h5")
        said = self.run_program("status", "moved it.h5").stdout
        self.assertRegex(said, "(?m)^goes on with: .* --resume -o 'moved it.h5'$")

    def test_watching_ends_with_the_run_and_its_status(self):
        run = self.run_long()
        watch = self.start("status", "run.h5", "--watch", "0.2", "--json")
        drawn = self.start("status", "--watch=0.2", "run.h5")
        time.sleep(1)
        self.assertEqual((watch.poll(), drawn.poll()), (None, None))
        run.terminate()
        run.communicate(timeout=60)
        lines = [json.loads(line) for line in watch.communicate(timeout=60)[0].splitlines()]
        self.assertEqual((watch.returncode, lines[-1]["state"], lines[0]["state"]), (75, "stopped", "running"))
        said = drawn.communicate(timeout=60)[0]
        self.assertEqual(drawn.returncode, 75)
        self.assertIn("running: 1 worker", said)
        self.assertIn("stopped by SIGTERM", said.split("run.h5: told")[-1])
        self.assertIn("allowed: seconds",
                      self.run_program("status", "run.h5", "--watch", "0", status=2).stderr)

    def test_relays_are_no_workers(self):
        """Of 7 ranks, ranks 1 and 4 are relays; earlier archives know of ranks alone."""
        self.write("sweep.yaml", BASE + KINDS["start rules"])
        said = self.run_program("run", "sweep.yaml", "-o", "run.h5", "--group", "2", ranks=7).stdout
        self.assertIn("4 workers behind 2 relays, to run.h5", in_a_line(said))
        with h5py.File(self.folder / "run.h5", "r+") as archive:
            self.assertEqual(archive["provenance/workers"][:2].tolist(), [4, -1])
            archive["provenance/status"][0] = -1  # as while it runs
        self.check_team((7, 4, 2), "4 workers behind 2 relays, ")
        with h5py.File(self.folder / "run.h5", "r+") as archive:
            del archive["provenance/workers"]
        self.check_team((7, 6, 0), "6 workers, ")

    def check_team(self, team, words):
        """What is told of ranks, workers and relays while something holds the archive, as a run does."""
        with open(self.folder / "run.h5", "r+b") as held:
            fcntl.lockf(held, fcntl.LOCK_EX, 1, LOCKED_AT)
            found, = self.look()
            said = self.run_program("status", "run.h5").stdout
        self.assertEqual(tuple(found[name] for name in ("ranks", "workers", "relays")), team)
        self.assertIn(f"running: {words}", said)

    def test_a_complete_run_has_a_best_candidate(self):
        self.write("sweep.yaml", BASE + KINDS["grid"])
        self.run_program("run", "sweep.yaml", "-o", "run.h5")
        found, = self.look("--watch")
        self.assertEqual((found["state"], found["exit_status"], found["resume"]), ("complete", 0, None))
        with h5py.File(self.folder / "run.h5") as run:
            losses = run["held_out_loss"][:, -1]
        self.assertEqual(found["best"]["loss"], losses.min())
        self.assertEqual(found["best"]["parameters"],
                         {"learning.rate": ["0.02", "0.05", "0.01"][losses.argmin()]})


if __name__ == "__main__":
    unittest.main()
