"""A run without its lifetimes: what `simulate` tells and refuses."""
import json
import subprocess
import unittest

from thetasweep import MPIRUN, ROOT, Case, environment

ALONE = "seconds are compared"
SWEEP = """\
rule: {degree: 3}
network: {units: 8}
learning: {trials: 3, warmup: 0}
meta: {iterations: 2, seeds: 4, held_out_seeds: 2}
sweep: {parameters: {learning.rate: {min: 1e-4, max: 1e-2, count: 10}}}
"""
LIFETIMES = 10 * (2 * 4 + 2 * 2)


class Simulate(Case):
    def rows(self, *arguments):
        """{ranks: (efficiency in per cent, what it takes)}"""
        output = self.run_program("simulate", *arguments).stdout
        self.assertIn(f"lifetimes  {LIFETIMES} ", output)
        rows = [line.split() for line in output.splitlines() if line.count(" % ") == 5]
        return {int(row[0]): (float(row[1]), " ".join(row[3:5])) for row in rows}

    def test_one_worker_has_half_of_two_ranks(self):
        sweep = self.write("sweep.yaml", SWEEP)
        rows = self.rows(sweep, "--seconds", 10, "--ranks", "2,3,5")
        self.assertEqual(list(rows), [2, 3, 5])
        self.assertEqual(rows[2][1], "20 min")  # 120 lifetimes of 10 s
        for ranks, (efficiency, _) in rows.items():
            self.assertAlmostEqual(efficiency, 100 * (ranks - 1) / ranks, delta=2)

    def test_archive_tells_what_its_lifetimes_took(self):
        sweep = self.write("sweep.yaml", SWEEP)
        self.run_program("run", sweep, "-o", "run.h5")
        rows = self.rows("run.h5", "--ranks", "2,9")
        self.assertGreater(rows[2][0], 20)
        self.assertLess(rows[9][0], 100)
        self.assertIn("--set", self.run_program("simulate", "run.h5", "--set", "name=x",
                                                status=2).stderr)

    def test_costs_and_failures_and_the_time_limit(self):
        sweep = self.write("sweep.yaml", SWEEP)
        self.assertGreater(self.rows(sweep, "--ranks", 2)[2][0], 0)
        words = (sweep, "--seconds", 60, "--spread", 10, "--ranks", 9, "--node", 1)
        whole = self.run_program("simulate", *words).stdout
        self.assertEqual(whole, self.run_program("simulate", *words).stdout)
        self.assertNotEqual(whole, self.run_program("simulate", *words, "--seed", 2).stdout)
        self.assertIn("all workers have died",
                      self.run_program("simulate", *words, "--failures", "1/s").stdout)
        self.assertIn("the time is up",
                      self.run_program("simulate", *words, "--time-limit", "5 min").stdout)

    def test_real_ranks_with_sleeping_workers_take_what_was_simulated(self):
        # A busy machine wakes them late; but for that both agree within 2 %.
        for ranks in (2, 4):
            with self.subTest(ranks=ranks):
                done = subprocess.run([MPIRUN, "-n", str(ranks),
                                       ROOT / "build" / "bench" / "sleeping_jobs", "3", "0.05", "10",
                                       "2e-6"], cwd=self.folder, env=environment(self.mpi_folder),
                                      stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                      timeout=120, check=True)
                run = json.loads(done.stdout)
                self.assertEqual(run["jobs"], 3 * (1 + 3 * 4 + 2 * 4))
                self.assertGreater(run["real"], 0.95 * run["simulated"])
                self.assertLess(run["real"], 1.25 * run["simulated"])
                # Messages ring; without that rank 0 would sleep 7 to 15 times for each.
                self.assertLess(run["naps"], 5)

    def test_bad_words_are_refused_by_name(self):
        sweep = self.write("sweep.yaml", SWEEP)
        for words in (("--ranks", "1"), ("--ranks", "2,"), ("--ranks", "2;3"), ("--spread", "2"),
                      ("--seconds", "-1"), ("--failures", "1"), ("--failures", "1/year"),
                      ("--latency", "5"), ("--node", "0")):
            with self.subTest(words=words):
                refused = self.run_program("simulate", sweep, *words, status=2)
                self.assertIn(words[0], refused.stderr)
                self.assertEqual(refused.stdout, "")


if __name__ == "__main__":
    unittest.main()
