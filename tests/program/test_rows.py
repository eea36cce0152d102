"""Candidates from a table, sweep.file."""
import os
import unittest

from test_ranks import datasets
from thetasweep import Case

REST = """\
name: rows
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 8, tau: 50 ms, dt: 20 ms}
learning: {trials: 10, warmup: 2}
meta: {iterations: 1, seeds: 2, held_out_seeds: 2}
"""
TABLE = """\
task.delay [ms],rule.start,learning.rate
100,{r3 d3: -0.02},0.05
200,"{r3 d3: -1, r1 d1: 2}",auto
"""
LIST = REST + """\
sweep:
  method: list
  parameters:
    task.delay: {values: [100 ms, 200 ms]}
    rule.start: {values: [{r3 d3: -0.02}, {r3 d3: -1, r1 d1: 2}]}
    learning.rate: {values: [0.05, auto]}
"""


class Rows(Case):
    def setUp(self):
        super().setUp()
        (self.folder / "sweeps").mkdir()
        self.write("sweeps/rows.csv", TABLE)
        self.sweep = self.write("sweeps/rows.yaml", REST + "sweep: {method: list, file: rows.csv}\n")

    def test_a_table_runs_as_the_same_list_on_any_number_of_ranks(self):
        self.write("list.yaml", LIST)
        self.run_program("run", "list.yaml", "-o", "list.h5")
        whole = datasets(self.folder / "list.h5")
        for ranks in (None, 3):
            self.run_program("run", "sweeps/rows.yaml", "-o", f"{ranks}.h5", ranks=ranks)
            found = datasets(self.folder / f"{ranks}.h5")
            self.assertEqual(found.keys(), whole.keys())
            self.assertEqual([name for name in whole if whole[name] != found[name]], ["config"])

    def test_the_archive_needs_no_table_and_minds_another_one(self):
        self.run_program("run", "sweeps/rows.yaml", "-o", "run.h5", "--shard", "1/2")
        table = self.folder / "sweeps/rows.csv"
        self.write("sweeps/rows.csv", TABLE.replace("200", "300"))
        said = self.run_program("run", "sweeps/rows.yaml", "-o", "run.h5", "--resume", status=2).stderr
        self.assertIn("sweep.parameters.task.delay: found {values: [100 ms, 300 ms]}, allowed: {values: "
                      "[100 ms, 200 ms]}, as in the archive", said)
        table.unlink()
        self.assertIn("100 ms", self.run_program("status", "run.h5").stdout)
        said = self.run_program("run", "sweeps/rows.yaml", "-o", "run.h5", "--resume", status=2).stderr
        self.assertIn("sweeps/rows.yaml:6:29: sweep.file: sweeps/rows.csv: No such file", said)
        os.mkfifo(table)  # nobody writes: whoever opens it waits
        said = self.run_program("run", "sweeps/rows.yaml", "-o", "run.h5", "--resume", status=2).stderr
        self.assertIn("sweeps/rows.yaml:6:29: sweep.file: sweeps/rows.csv: is no regular file", said)
        table.unlink()
        self.write("list.yaml", LIST)  # the same sweep, whoever names it
        self.run_program("run", "list.yaml", "-o", "run.h5", "--resume")
        self.write("sweeps/rows.csv", TABLE.replace("\n", "\r\n"))
        self.run_program("run", "sweeps/rows.yaml", "-o", "run.h5", "--resume")


if __name__ == "__main__":
    unittest.main()
