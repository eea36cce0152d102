"""Parameters that are swept under a condition."""
import csv
import json
import unittest

import h5py
import numpy as np

from test_ranks import check_ranks_and_shards, datasets
from thetasweep import Case

SWEEP = """\
name: when
network: {units: 8, tau: 50 ms, dt: 20 ms}
learning: {trials: 10, warmup: 2}
meta: {iterations: 1, seeds: 2, held_out_seeds: 2, estimator: discounted, discount: 0.25}
sweep:
  parameters:
    task: {values: [association, dnms]}
    meta.estimator: {values: [pathwise, discounted]}
    meta.discount: {values: [0.5, 0.9], when: {meta.estimator: discounted}}
    task.delay: {values: [100 ms, 200 ms], when: {task: dnms}}
    network.phi: {values: [tanh, relu], when: {task: association, meta.discount: 0.9}}
"""
NAN = np.nan
ROWS = [("association", "pathwise", NAN, NAN, ""), ("association", "discounted", 0.5, NAN, ""),
        ("association", "discounted", 0.9, NAN, "tanh"), ("association", "discounted", 0.9, NAN, "relu"),
        *(("dnms", estimator, discount, delay, "") for estimator, discount in
          (("pathwise", NAN), ("discounted", 0.5), ("discounted", 0.9)) for delay in (100, 200))]


class When(Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)

    def test_what_has_no_effect_is_neither_swept_nor_counted(self):
        self.assertRegex(self.run_program("check", "sweep.yaml", "--no-timing").stdout,
                         r"(?m)^candidates +10$")
        said = self.run_program("run", "sweep.yaml", "-o", "run.h5").stdout
        self.assertIn("10 candidates", said)
        with h5py.File(self.folder / "run.h5") as run:
            for name, column in zip(("task.name", "meta.estimator", "meta.discount", "task.delay",
                                     "network.phi"), zip(*ROWS)):
                found = run[f"candidates/{name}"]
                if isinstance(column[0], str):
                    self.assertEqual(found.asstr()[()].tolist(), list(column))
                else:
                    np.testing.assert_array_equal(found[()], column)
            self.assertEqual(run["candidates/task.delay"].attrs["units"], b"ms")
        self.assertIn("network.phi: none", self.run_program("show", "run.h5", "--candidate", "1").stdout)
        self.run_program("export", "run.h5", "--csv", "run.csv", "--optuna", "run.log", "--wandb",
                         "run.json")
        table = list(csv.DictReader((self.folder / "run.csv").read_text().splitlines()))
        self.assertEqual([line["task.delay [ms]"] for line in table],
                         ["" if np.isnan(row[3]) else f"{row[3]:g}" for row in ROWS])
        self.assertEqual([line["network.phi"] for line in table], [row[4] for row in ROWS])
        trials = [line for line in map(json.loads, (self.folder / "run.log").read_text().splitlines())
                  if line["op_code"] == 4]
        for trial, row in zip(trials, ROWS):
            self.assertEqual(trial["params"].keys(), trial["distributions"].keys())
            self.assertEqual(len(trial["params"]), sum(value not in ("", NAN) for value in row))
        runs = list(map(json.loads, (self.folder / "run.json").read_text().splitlines()))
        self.assertIsNone(runs[0]["config"]["meta.discount"])
        self.assertEqual(runs[2]["config"]["network.phi"], "tanh")

    def test_a_list_says_null_and_a_table_nothing_where_there_is_no_value(self):
        names = ("task", "meta.estimator", "meta.discount", "task.delay", "network.phi")
        cells = [[cell if isinstance(cell, str) else "" if np.isnan(cell) else f"{cell:g}"
                  for cell in row] for row in ROWS]
        cells = [[*row[:3], row[3] and row[3] + " ms", row[4]] for row in cells]
        self.write("rows.csv", "\n".join(",".join(row) for row in [names, *cells]))
        head = SWEEP[:SWEEP.index("  parameters:")] + "  method: list\n"
        self.write("table.yaml", head + "  file: rows.csv\n")
        self.write("list.yaml", head + "  parameters:\n" + "".join(
            f"    {name}: {{values: [{', '.join(cell or 'null' for cell in column)}]}}\n"
            for name, column in zip(names, zip(*cells))))
        for name in "sweep", "list", "table":
            self.run_program("run", f"{name}.yaml", "-o", f"{name}.h5")
        whole = datasets(self.folder / "sweep.h5")
        for name in "list", "table":
            found = datasets(self.folder / f"{name}.h5")
            self.assertEqual(found.keys(), whole.keys())
            self.assertEqual([each for each in whole if found[each] != whole[each]],
                             ["config", "config_resolved"])
            self.run_program("run", f"{name}.yaml", "-o", f"{name}.h5", "--resume")

    def test_the_archive_is_the_same_on_ranks_and_in_shards(self):
        check_ranks_and_shards(self)

    def test_a_condition_that_leaves_no_effect_is_refused(self):
        self.write("sweep.yaml", SWEEP.replace("when: {meta.estimator: discounted}",
                                               "when: {meta.estimator: pathwise}").replace(
                                                   ", meta.discount: 0.9", ""))
        self.assertIn("meta.discount: found in the sweep, but it has no effect",
                      self.run_program("check", "sweep.yaml", "--no-timing", status=2).stderr)
        self.write("sweep.yaml", SWEEP.replace(", when: {meta.estimator: discounted}", ""))
        self.assertIn("allowed: when at the parameter",
                      self.run_program("check", "sweep.yaml", "--no-timing", status=2).stderr)


if __name__ == "__main__":
    unittest.main()
