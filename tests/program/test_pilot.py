"""The command `pilot`: what it says of a rule that learns and of one that does not."""
import json
import signal
import time
import unittest

import h5py
import numpy

from thetasweep import Case, ROOT

ALONE = "signals come so long after the start"
DEMO = ROOT / "jobs" / "demo.yaml"


class Pilot(Case):
    def json(self, *arguments, ranks=None):
        return json.loads(self.run_program("pilot", *arguments, "--json", ranks=ranks).stdout)

    def test_a_rule_that_learns_is_said_to_and_needs_fewer_seeds_in_pairs(self):
        text = self.run_program("pilot", DEMO, "--set", "learning.trials=300").stdout
        self.assertIn("\nIt learns: at its best rate", text)
        self.assertNotIn("DOES NOT LEARN", text)
        self.assertRegex(text, r"needs \d+ seeds for either rule")
        self.assertIn("no plasticity", text)
        self.assertEqual([path.name for path in self.folder.iterdir()], [".mpi"])

    def test_a_rule_that_does_not_is_said_not_to_before_the_table(self):
        sweep = self.write("sweep.yaml", DEMO.read_text().replace(
            "    rule.start: {values: [{r3 d3: -0.01}, {r1 d1: -0.005}]}\n", ""))
        for options, words in ((["rule.start={r3 d3: -1e-9}"], "as far as 8 seeds can tell"),
                               (["learning.rate=1e200", "learning.clip=inf"],
                                "every lifetime diverges")):
            options = [word for option in options for word in ("--set", option)]
            text = self.run_program("pilot", sweep, "--set", "learning.trials=60", *options).stdout
            self.assertIn("\nIT DOES NOT LEARN", text)
            self.assertIn(words, text)
            self.assertLess(text.index("LEARN"), text.index("no plasticity\n"))

    def test_numbers_are_the_same_on_any_number_of_ranks(self):
        options = (DEMO, "--candidate", 4, "--seeds", 3, "--span", 1, "--set", "learning.trials=40")
        alone = self.json(*options)
        for ranks in (1, 2, 4):
            other = self.json(*options, ranks=ranks)
            for name in alone:
                if name != "seconds":
                    self.assertEqual(alone[name], other[name], name)

    def test_statistics_are_numpys(self):
        out = self.json(DEMO, "--seeds", 4, "--span", 1, "--set", "learning.trials=60")
        loss = numpy.array(out["loss"])
        self.assertEqual(loss.shape, (4, 4))
        self.assertEqual(out["rates"], [0, 0.025, 0.05, 0.1])
        self.assertEqual(out["best"], 1 + loss[1:].mean(axis=1).argmin())
        text = self.run_program("pilot", DEMO, "--seeds", 4, "--span", 1,
                                "--set", "learning.trials=60").stdout
        row = [line for line in text.splitlines() if line.startswith("0.1 ")][0].split()
        less = loss[3] - loss[0]
        expected = [loss[3].mean(), loss[3].std(ddof=1) / 2, less.mean(), less.std(ddof=1) / 2]
        numpy.testing.assert_allclose([float(word) for word in row[1:5]], expected, atol=6e-4)

    def test_seeds_are_apart_from_the_sweeps(self):
        options = ("--set", "learning.trials=40", "--set", "meta.iterations=1")
        self.run_program("run", DEMO, "-o", "run.h5", *options)
        out = self.json(DEMO, "--seeds", 3, "--span", 0, *options)
        with h5py.File(self.folder / "run.h5") as file:
            sweep = [*file["lifetimes/loss"][0].ravel(), *file["evaluations/loss"][0].ravel()]
        self.assertFalse(set(out["loss"][1]) & set(sweep))

    def test_families_without_a_rate_are_refused(self):
        sweep = self.write("sweep.yaml", "rule: {family: force}\n")
        self.assertIn("has no learning.rate", self.run_program("pilot", sweep, status=2).stderr)
        for ranks in (None, 2):
            message = self.run_program("pilot", DEMO, "--candidate", 6, ranks=ranks, status=2).stderr
            self.assertEqual(message.count("--candidate"), 1)

    def test_a_signal_ends_it_softly(self):
        for ranks, number in ((None, signal.SIGTERM), (3, signal.SIGUSR1)):
            process = self.start("pilot", DEMO, "--seeds", 5000, ranks=ranks)
            time.sleep(3)
            process.send_signal(number)
            self.assertEqual(process.wait(20), 75)


if __name__ == "__main__":
    unittest.main()
