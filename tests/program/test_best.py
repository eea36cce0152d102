"""Which candidate is the best, and whether there is one: all who tell of it tell the same, and what
the records say."""
import re
import unittest

from tellers import STATES, Tellers
from thetasweep import Case

BASE = """\
name: best
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 12, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 30, warmup: 5, reward: square, clip: inf}
"""
META = "meta: {iterations: 3, seeds: 3, held_out_seeds: 4}\n"

# (what is peculiar, sweep, options of the run)
SWEEPS = [
    ("all finish", META + "sweep: {parameters: {learning.rate: {values: [0.02, 0.05, 0.01]}}}", ()),
    ("two diverge", META + "sweep: {parameters: {learning.rate: {values: [1e140, 0.05, 1e150]}}}",
     ()),
    ("all diverge", META + "sweep: {parameters: {learning.rate: {values: [1e140, 1e150]}}}", ()),
    ("the last update diverges", "meta: {iterations: 1, seeds: 1, held_out_seeds: 2}\n"
     "sweep: {parameters: {learning.rate: {values: [0.05, 1e300]}, "
     "learning.warmup: {values: [5, 29]}, rule.start: {values: [{r1 d1: -1}, {r1 d1: -1e8}]}}}",
     ()),
    ("some seeds diverge", "meta: {iterations: 1, seeds: 2, held_out_seeds: 8}\n"
     "sweep: {parameters: {rule.start: {values: [{r3 d3: -0.0001}, {r3 d3: -0.003}, "
     "{r3 d3: -0.01}, {r3 d3: -0.006}]}, meta.optimizer.rate: {values: [1e-4, 0.05]}}}",
     ("learning.rate=5", "network.phi=relu", "network.gain=0.8")),
    ("the learned rule diverges", META + "sweep: {parameters: {meta.optimizer.rate: "
     "{values: [0.05, 1e6, 1e12, 1e30]}}}", ("learning.rate=0.05",)),
    ("no held-out seeds", "meta: {iterations: 3, seeds: 3, held_out_seeds: 0}\n"
     "sweep: {parameters: {learning.rate: {values: [0.02, 0.05, 1e150]}}}", ()),
    ("losses are compared", "meta: {iterations: 2, seeds: 2, held_out_seeds: 0, estimator: es}\n"
     "sweep: {parameters: {learning.rate: {values: [0.02, 0.05]}}}", ()),
    ("held-out seeds are swept", "meta: {iterations: 2, seeds: 2}\n"
     "sweep: {parameters: {meta.held_out_seeds: {values: [0, 1, 3]}}}", ()),
    ("one seed", "meta: {iterations: 1, seeds: 1, held_out_seeds: 1}\n"
     "sweep: {parameters: {learning.rate: {values: [0.02, 0.05]}}}", ()),
    ("nothing is learned", "meta: {held_out_seeds: 3}\n"
     "sweep: {parameters: {rule.family: {values: [bptt, force]}}}", ()),
    ("nothing is run", "meta: {iterations: 0, held_out_seeds: 0}", ()),
    ("evaluated under way", "meta: {iterations: 9000, seeds: 2, held_out_seeds: 2, "
     "evaluate_every: 2}\nsweep: {parameters: {learning.rate: {values: [0.02, 0.05]}}}",
     ("--time-limit", "1 s")),
    ("interrupted", "meta: {iterations: 9000, seeds: 2, held_out_seeds: 2}\n"
     "sweep: {parameters: {learning.rate: {values: [0.02, 1e150]}}}", ("--time-limit", "1 s")),
    ("tested", "meta: {iterations: 5, seeds: 3, held_out_seeds: 4, test_seeds: 6, "
     "evaluate_every: 1}\nsweep: {parameters: {learning.rate: {values: [0.02, 0.05, 0.01]}}}", ()),
    ("some tested seeds diverge", "meta: {iterations: 3, seeds: 2, held_out_seeds: 4, "
     "test_seeds: 9, evaluate_every: 1}\n"
     "sweep: {parameters: {rule.start: {values: [{r3 d3: -0.0001}, {r3 d3: -0.003}, "
     "{r3 d3: -0.01}, {r3 d3: -0.006}]}, meta.optimizer.rate: {values: [1e-4, 0.05]}}}",
     ("learning.rate=5", "network.phi=relu", "network.gain=0.8")),
    ("test seeds are swept", "meta: {iterations: 2, seeds: 2}\nsweep: {parameters: "
     "{meta.test_seeds: {values: [0, 1, 3]}, meta.held_out_seeds: {values: [1, 3]}}}", ()),
    ("tested without learning", "meta: {held_out_seeds: 3, test_seeds: 4}\n"
     "sweep: {parameters: {rule.family: {values: [bptt, force]}}}", ()),
    ("tested and diverged", "meta: {iterations: 2, seeds: 2, held_out_seeds: 2, test_seeds: 2}\n"
     "sweep: {parameters: {learning.rate: {values: [1e140, 1e150]}}}", ()),
    ("interrupted before the tests", "meta: {iterations: 9000, seeds: 2, held_out_seeds: 2, "
     "evaluate_every: 2, test_seeds: 2}\n"
     "sweep: {parameters: {learning.rate: {values: [0.02, 0.05]}}}", ("--time-limit", "1 s")),
    ("a shard", META + "sweep: {parameters: {learning.rate: {values: [0.02, 0.05, 0.01]}}}",
     ("--shard", "2/2")),
    ("rules are tested", "meta: {iterations: 4, seeds: 2, held_out_seeds: 3, test_seeds: 3, "
     "evaluate_every: 1, optimizer: {rate: 0.5}}\nsweep: {parameters: {learning.rate: {values: "
     "[0.02, 0.05, 1e150]}}}", ()),
    ("rules are to be tested", "meta: {iterations: 400, seeds: 2, held_out_seeds: 2, "
     "test_seeds: 2, evaluate_every: 2}\nsweep: {parameters: {learning.rate: {values: "
     "[0.02, 0.05]}}}", ("--time-limit", "0.3 s")),
]


class Best(Tellers):
    def test_all_tell_the_same_of_the_best(self):
        seen = set()
        for name, sweep, options in SWEEPS:
            with self.subTest(name):
                seen.update(self.check_sweep(sweep, options))
        self.assertEqual(seen, set(range(len(STATES))))  # or the test is blind

    def check_sweep(self, sweep, options):
        for path in self.folder.glob("run*"):
            path.unlink()
        sets = [word for option in options if "=" in option for word in ("--set", option)]
        others = [option for option in options if "=" not in option]
        self.write("sweep.yaml", BASE + sweep)
        ran = self.run_program("run", "sweep.yaml", "-o", "run.h5", "--wide", *sets, *others,
                               status=None)
        self.assertEqual(ran.returncode, 75 if "--time-limit" in options else 0, ran.stderr)
        checked = self.run_program("check", "sweep.yaml", *sets).stdout
        return [row["state"] for row in self.check_tellers(checked, ran.stdout)]

    def test_a_run_in_which_all_diverged_says_so_and_is_done(self):
        self.write("sweep.yaml", BASE + SWEEPS[2][1])
        output = self.run_program("run", "sweep.yaml", "-o", "run.h5").stdout
        self.assertIn("No best candidate: every lifetime diverged.", output)
        self.assertNotIn("Rule after", output)


class Stopped(Case):
    def test_status_tells_why_a_run_stopped_and_how_it_goes_on(self):
        self.write("sweep.yaml", BASE + SWEEPS[13][1])
        run = self.start("run", "sweep.yaml", "-o", "run.h5", ranks=2)
        while not (self.folder / "run.h5").exists() or " 0 of " in self.status():
            self.assertIsNone(run.poll())
        going = self.status()
        self.assertRegex(going, "running: 1 worker, .* time left: about ")
        self.assertNotIn("stopped", going)
        run.terminate()
        run.communicate(timeout=60)
        self.assertIn("stopped by SIGTERM\n", self.status())
        self.check_stopped("mpirun -n 2 ")

    def test_status_knows_a_killed_run(self):
        self.write("sweep.yaml", BASE + SWEEPS[13][1])
        run = self.start("run", "sweep.yaml", "-o", "run.h5")
        while not (self.folder / "run.h5").exists() or " 0 of " in self.status():
            self.assertIsNone(run.poll())
        run.kill()
        run.communicate(timeout=60)
        self.assertIn("stopped before its end: killed, or its machine failed\n", self.status())
        self.check_stopped("")

    def status(self):
        return self.run_program("status", "run.h5").stdout

    def check_stopped(self, launcher):
        output = self.status()
        self.assertIn(f"goes on with: {launcher}thetasweep run sweep.yaml --resume -o run.h5\n", output)
        self.assertNotIn("time left", output)
        self.assertNotIn("lifetimes a second", output)


if __name__ == "__main__":
    unittest.main()
