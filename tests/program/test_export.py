"""export: what other programs are given of an archive, against what load.py and h5py read of it."""
import csv
import hashlib
import importlib.util
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import unittest

import h5py
import numpy

from thetasweep import ROOT, Case

sys.path.insert(0, str(ROOT / "analysis"))
import load  # noqa: E402

SWEEP = """\
name: export
task: {name: association, delay: 100 ms, response: 100 ms}
network: {tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
learning: {trials: 30, warmup: 5, reward: square}
meta: {iterations: 3, seeds: 2, held_out_seeds: 3, test_seeds: 4, evaluate_every: 1}
sweep:
  method: list
  parameters:
    learning.rate: {values: [0.02, 0.05, 0.5, 0.01, 0.02]}
    network.units: {values: [8, 12, 10, 16, 12]}
    network.gain: {values: [1, 1.5, 1.2, 1.1, 1.4]}
    task.cue: {values: [100 ms, 0.2 s, 100 ms, 120 ms, 100 ms]}
    rule.start: {values: ["{r3 d3: -0.02}", "{r1 d1: -0.03, r3 d3: -0.02}", "{r3 d3: -0.02}",
                          "{r1 d1: -0.03}", "{r3 d3: -0.03}"]}
"""
VALUES = {"learning.rate": [0.02, 0.05, 0.5, 0.01, 0.02], "network.units": [8, 12, 10, 16, 12],
          "network.gain": [1, 1.5, 1.2, 1.1, 1.4], "task.cue [ms]": [100, 200, 100, 120, 100],
          "rule.start": ["{r3 d3: -0.02}", "{r1 d1: -0.03, r3 d3: -0.02}", "{r3 d3: -0.02}",
                         "{r1 d1: -0.03}", "{r3 d3: -0.03}"]}
FLOAT, INT, WORDS = "FloatDistribution", "IntDistribution", "CategoricalDistribution"
DISTRIBUTIONS = {
    "learning.rate": (FLOAT, {"low": 0.01, "high": 0.5, "log": True, "step": None}),
    "network.units": (INT, {"low": 8, "high": 16, "log": False, "step": 2}),
    "network.gain": (FLOAT, {"low": 1, "high": 1.5, "log": False, "step": None}),
    "task.cue [ms]": (FLOAT, {"low": 100, "high": 200, "log": False, "step": None}),
    "rule.start": (WORDS, {"choices": list(dict.fromkeys(VALUES["rule.start"]))}),
}
RUNNING, COMPLETE, FAIL, WAITING = 0, 1, 3, 4  # optuna.trial.TrialState; 2 is PRUNED


def read_journal(path):
    """The study and its trials, as optuna/storages/journal/_storage.py makes them of its lines."""
    study, trials = None, []
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    for line in text.splitlines():
        log = json.loads(line)
        assert isinstance(log["worker_id"], str)
        if log["op_code"] == 0:
            assert study is None
            study = {"name": log["study_name"], "directions": log["directions"], "attrs": {}}
            continue
        assert log["study_id"] == 0
        if log["op_code"] == 2:
            assert len(log["user_attr"]) == 1
            study["attrs"].update(log["user_attr"])
        elif log["op_code"] == 4:
            distributions = {name: json.loads(text) for name, text in log["distributions"].items()}
            log["distributions"] = {name: (of["name"], of["attributes"])
                                    for name, of in distributions.items()}
            log["params"] = {name: external(log["distributions"][name], value)
                             for name, value in log["params"].items()}
            trials.append(log)
        else:
            raise AssertionError(log["op_code"])
    return study, trials


def external(distribution, value):
    """A value as the user has it, which must lie in its distribution."""
    kind, of = distribution
    if kind == WORDS:
        return of["choices"][value]
    assert of["low"] <= value <= of["high"] and not (of["log"] and of["low"] <= 0)
    assert kind == FLOAT or (value - of["low"]) % of["step"] == 0
    return value


class Export(Case):
    @classmethod
    def setUpClass(cls):
        case = Case()
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.run_program("run", case.write("sweep.yaml", SWEEP), "-o", "whole.h5", "--quiet")
        cls.whole = case.folder / "whole.h5"

    def setUp(self):
        """Candidate 1 lost a seed, 2 is under way, 3 has not begun, and 4 reached the criterion."""
        super().setUp()
        shutil.copy(self.whole, self.folder / "run.h5")
        with h5py.File(self.folder / "run.h5", "r+") as run:
            for last in range(4):
                run["evaluations/state"][1, last, 2] = 2
            run["evaluations/state"][2, 3] = 0
            run["tests/state"][2] = 0
            run["chosen_iteration"][2:4] = -1
            for group in ("lifetimes", "evaluations", "tests"):
                run[f"{group}/state"][3] = 0
            run["evaluations/trials_to_criterion"][4] = [120, -1, 140]
            run["tests/trials_to_criterion"][4] = [100, 110, 130, -1]
            run["held_out_loss"][2, 3] = numpy.nan
            run["held_out_loss"][3] = run["loss"][3] = numpy.nan
            for name in ("theta", "held_out_accuracy"):
                run[name][3] = numpy.nan

    def export(self, *options):
        return self.run_program("export", "run.h5", *options)

    def table(self, option):
        self.export(option, "table.csv")
        with open(self.folder / "table.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def assert_numbers(self, found, expected):
        for name, value in expected.items():
            if value is None or math.isnan(value):
                self.assertEqual(found[name], "", name)
            else:
                self.assertAlmostEqual(float(found[name]), value, 12, name)

    def test_table_has_the_candidates_as_load_has_them(self):
        rows = self.table("--csv")
        self.assertEqual([row["candidate"] for row in rows], list("01234"))
        self.assertEqual([row["rule.start"] for row in rows], VALUES["rule.start"])
        with h5py.File(self.folder / "run.h5") as run:
            for c, state, finite, seeds, loss, error in load.ranking(run):
                self.assertEqual(rows[c]["state"], state)
                self.assert_numbers(rows[c], {name: of[c] for name, of in VALUES.items()
                                              if name != "rule.start"})
                self.assert_numbers(rows[c], {"loss": loss, "seeds": seeds,
                                              "loss_error": error if state in load.STATES[:2]
                                              else None})
                test = load.tests(run, c)
                names = ("test_loss", "test_start_loss", "test_difference")
                for name, (_, value, spread) in zip(names, test or [(0, None, None)] * 3):
                    self.assert_numbers(rows[c], {name: value, f"{name}_error": spread})
                self.assert_numbers(rows[c], {"seconds": sum(
                    (run[f"log/{group}/seconds"][c] * (run[f"{group}/state"][c] > 0)).sum(dtype=float)
                    for group in ("lifetimes", "evaluations", "tests"))})
        self.assertEqual([row["state"] for row in rows],
                         ["finished", "partly diverged", "unfinished", "unfinished", "finished"])
        self.assert_numbers(rows[4], {"trials_to_criterion": 140, "test_trials_to_criterion": 120})
        self.assert_numbers(rows[0], {"trials_to_criterion": math.inf})
        self.assert_numbers(rows[2], {"trials_to_criterion": None, "loss": None})

    def test_every_committed_lifetime_is_a_row(self):
        rows = self.table("--lifetimes")
        kinds = {"training": ("lifetimes", 2), "validation": ("evaluations", 3), "test": ("tests", 4)}
        with h5py.File(self.folder / "run.h5") as run:
            for kind, (group, seeds) in kinds.items():
                own = [row for row in rows if row["kind"] == kind]
                state = run[f"{group}/state"][()]
                self.assertEqual(len(own), (state > 0).sum())
                for row, place in zip(own, numpy.argwhere(state > 0)):
                    c, i, s = place
                    lost = state[c, i, s] == 2
                    self.assertEqual(row["state"], "diverged" if lost else "done")
                    self.assertEqual([int(row[name]) for name in ("candidate", "seed", "point")],
                                     [c, s % seeds, s // seeds])
                    self.assertEqual(row["rule.start"], VALUES["rule.start"][c])
                    self.assert_numbers(row, {
                        "loss": math.nan if lost else run[f"{group}/loss"][c, i, s],
                        "iteration": run["chosen_iteration"][c] * i if kind == "test" else i})
            self.assertEqual([row["trials_to_criterion"] for row in rows
                              if (row["candidate"], row["kind"], row["iteration"]) ==
                              ("4", "validation", "2")], ["120", "inf", "140"])

    def check_journal(self, study, trials):
        self.assertEqual((study["name"], study["directions"]), ("export", [1]))
        self.assertEqual(study["attrs"], {"archive": "run.h5",
                                          "value": "mean loss over validation seeds"})
        self.assertEqual([trial["state"] for trial in trials],
                         [COMPLETE, FAIL, RUNNING, WAITING, COMPLETE])
        with h5py.File(self.folder / "run.h5") as run:
            losses = run["held_out_loss"][()]
            for c, trial in enumerate(trials):
                self.assertEqual(trial["params"], {name: of[c] for name, of in VALUES.items()})
                self.assertEqual(trial["distributions"], DISTRIBUTIONS)
                self.assertEqual(trial["intermediate_values"],
                                 {str(i): loss for i, loss in enumerate(losses[c])
                                  if math.isfinite(loss)})
                self.assertEqual(trial["value"] is None, trial["state"] != COMPLETE)
                self.assertEqual(trial["datetime_start"] is None, trial["state"] == WAITING)
                self.assertEqual("datetime_complete" in trial, trial["state"] in (COMPLETE, FAIL))
            for c in (0, 4):
                self.assertEqual(trials[c]["value"], losses[c].min())
                self.assertAlmostEqual(trials[c]["user_attrs"]["test_loss"],
                                       load.tests(run, c)[0][1], 12)
            self.assertEqual(trials[0]["datetime_start"],
                             run["provenance/time"].asstr()[0].replace("Z", ".000000+00:00"))
        self.assertEqual(trials[1]["user_attrs"]["state"], "partly diverged")
        self.assertNotIn("trials_to_criterion", trials[0]["user_attrs"])

    def test_journal_is_as_optuna_reads_it(self):
        self.export("--optuna", "journal.log")
        self.check_journal(*read_journal(self.folder / "journal.log"))

    @unittest.skipIf(importlib.util.find_spec("optuna") is None, "no Optuna here")
    def test_optuna_opens_the_journal(self):
        import optuna
        from optuna.storages.journal import JournalFileBackend
        self.export("--optuna", "journal.log")
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(self.folder / "journal.log")))
        study = optuna.load_study(study_name="export", storage=storage)
        self.assertEqual(study.direction, optuna.study.StudyDirection.MINIMIZE)
        self.assertEqual([trial.state for trial in study.trials],
                         [COMPLETE, FAIL, RUNNING, WAITING, COMPLETE])
        for c, trial in enumerate(study.trials):
            trial._validate()
            self.assertEqual(trial.params, {name: of[c] for name, of in VALUES.items()})
        with h5py.File(self.folder / "run.h5") as run:
            best = next(c for c, *_ in load.ranking(run))
        self.assertEqual(study.best_trial.number, best)

    def test_ranges_are_distributions(self):
        self.write("drawn.yaml", SWEEP[:SWEEP.index("sweep:")].replace("iterations: 3", "iterations: 0")
                   + """\
sweep:
  method: random
  samples: 3
  parameters:
    network.units: {min: 8, max: 16, distribution: log_uniform}
    learning.rate: {min: 0.001, max: 0.002, distribution: log_uniform}
    network.gain: {min: 1, max: 100}
    learning.clip: {values: [auto, 0.1]}
""")
        self.run_program("run", "drawn.yaml", "-o", "drawn.h5", "--quiet")
        self.run_program("export", "drawn.h5", "--optuna", "drawn.log")
        _, trials = read_journal(self.folder / "drawn.log")
        self.assertEqual(trials[0]["distributions"], {
            "network.units": (INT, {"low": 8, "high": 16, "log": True, "step": 1}),
            "learning.rate": (FLOAT, {"low": 0.001, "high": 0.002, "log": True, "step": None}),
            "network.gain": (FLOAT, {"low": 1, "high": 100, "log": False, "step": None}),
            "learning.clip": (WORDS, {"choices": ["auto", "0.1"]})})

    def crate(self, folder, license, archive="run.h5"):
        """The entities of an RO-Crate by their identifier, after what 1.1 of its rules wants of all."""
        self.run_program("export", folder / archive, "--ro-crate", folder / "ro-crate-metadata.json",
                         "--license", license)
        crate = json.loads((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))
        self.assertEqual(crate["@context"], ["https://w3id.org/ro/crate/1.1/context",
                                             {"sha256": "http://schema.org/sha256"}])
        entity = {one["@id"]: one for one in crate["@graph"]}
        self.assertEqual(len(entity), len(crate["@graph"]))
        self.assertEqual(entity["ro-crate-metadata.json"], {
            "@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}})
        root = entity["./"]
        self.assertEqual((root["@type"], root["name"]), ("Dataset", "export"))
        self.assertGreater(len(root["description"]), 20)
        self.assertRegex(root["datePublished"], r"^\d{4}-\d\d-\d\d$")
        for one in entity.values():  # flat: what is named is described, and nothing stands in another
            self.assertIn("@type", one)
            for value in one.values():
                if isinstance(value, dict) and one["@id"] != "ro-crate-metadata.json":
                    self.assertEqual(list(value), ["@id"])
                    self.assertIn(value["@id"], entity)
        return entity

    def test_crate_describes_the_archive(self):
        folder = self.folder / "a crate"
        folder.mkdir()
        shutil.copy(self.whole, folder / "run 1.h5")
        entity = self.crate(folder, "CC-BY-4.0", "run 1.h5")
        data = (folder / "run 1.h5").read_bytes()
        archive = entity["run%201.h5"]
        self.assertEqual(archive["@type"], "File")
        self.assertEqual(archive["contentSize"], str(len(data)))
        self.assertEqual(archive["sha256"], hashlib.sha256(data).hexdigest())
        self.assertEqual(entity["./"]["hasPart"], {"@id": "run%201.h5"})
        self.assertEqual(entity["./"]["license"], {"@id": "https://spdx.org/licenses/CC-BY-4.0"})
        self.assertEqual(entity["#sweep"]["text"], SWEEP)
        with h5py.File(self.whole) as run:
            self.assertEqual((entity["#thetasweep"]["version"], entity["#run"]["startTime"]),
                             tuple(run[f"provenance/{name}"].asstr()[0]
                                   for name in ("version", "time")))
        self.assertEqual({name: entity["#run"][name] for name in ("object", "instrument", "result")},
                         {"object": {"@id": "#sweep"}, "instrument": {"@id": "#thetasweep"},
                          "result": {"@id": "run%201.h5"}})

    def test_crate_has_the_licence_that_was_named(self):
        for license, told in (("https://example.org/mine", {"@id": "https://example.org/mine"}),
                              ("BSD-3-Clause", {"@id": "https://spdx.org/licenses/BSD-3-Clause"}),
                              ("Ask \"me\" first.", "Ask \"me\" first.")):
            entity = self.crate(self.folder, license)
            self.assertEqual(entity["./"]["license"], told)
            (self.folder / "ro-crate-metadata.json").unlink()

    def test_crate_is_a_folder_with_its_archive_and_a_licence(self):
        (self.folder / "other").mkdir()
        before = sorted(self.folder.rglob("*"))
        for options in (["ro-crate-metadata.json"], ["crate.json", "--license", "CC-BY-4.0"],
                        ["other/ro-crate-metadata.json", "--license", "CC-BY-4.0"]):
            self.run_program("export", "run.h5", "--ro-crate", *options, status=2)
        self.run_program("export", "run.h5", "--license", "CC-BY-4.0", status=2)
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def test_nothing_is_written_over_and_nothing_left_behind(self):
        self.write("there", "precious")
        before = sorted(path.name for path in self.folder.iterdir())
        for options in (["--csv", "there"], ["--csv", "new", "--optuna", "there"],
                        ["--csv", "new", "--wandb", "new"], ["--csv", "none/new"], []):
            self.run_program("export", "run.h5", *options, status=2)
            self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)
        self.run_program("export", "there", "--csv", "new", status=2)
        self.assertFalse((self.folder / "new").exists())
        self.assertEqual((self.folder / "there").read_text(), "precious")
        said = self.run_program("export", "run.h5", "--csv", "/dev/full", status=2).stderr
        self.assertIn("/dev/full", said)


WANDB = """\
import json
class Run:
    def __init__(self, **options):
        self.summary, self.said = {}, {"options": options, "rows": [], "metrics": []}
    def define_metric(self, name, step_metric=None):
        self.said["metrics"].append((name, step_metric))
    def log(self, row):
        self.said["rows"].append(row)
    def finish(self, exit_code):
        print(json.dumps({**self.said, "summary": self.summary, "code": exit_code}))
def init(**options):
    return Run(**options)
"""


class Wandb(Case):
    """log_wandb.py with a package that tells what it is called with."""

    def log(self, *options, modules=""):
        return subprocess.run([sys.executable, ROOT / "analysis" / "log_wandb.py", "runs.jsonl",
                               "--project", "p", *options], cwd=self.folder, text=True, timeout=60,
                              capture_output=True,
                              env={**os.environ, "PYTHONPATH": str(self.folder / modules)})

    def test_runs_are_logged_with_what_the_archive_has(self):
        self.run_program("run", self.write("sweep.yaml", SWEEP), "-o", "run.h5", "--quiet",
                         "--set", "meta.evaluate_every=2", "--set", "meta.test_seeds=0")
        self.run_program("export", "run.h5", "--wandb", "runs.jsonl")
        (self.folder / "modules").mkdir()
        self.write("modules/wandb.py", WANDB)
        done = self.log("--offline", modules="modules")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        runs = [json.loads(line) for line in done.stdout.splitlines()]
        with h5py.File(self.folder / "run.h5") as run:
            for c, (own, loss) in enumerate(zip(runs, run["loss"][()])):
                held_out = dict(zip([0, 2, 3], run["held_out_loss"][c]))
                self.assertEqual(own["options"], {
                    "project": "p", "entity": None, "name": f"export-{c}", "group": "export",
                    "mode": "offline",
                    "config": {"candidate": c, **{name: of[c] for name, of in VALUES.items()}}})
                self.assertEqual([row["iteration"] for row in own["rows"]], [0, 1, 2, 3])
                self.assertEqual([row.get("training_loss") for row in own["rows"]], [*loss, None])
                self.assertEqual([row.get("held_out_loss") for row in own["rows"]],
                                 [held_out.get(i) for i in range(4)])
                self.assertAlmostEqual(own["summary"]["loss"], held_out[3], 12)
                self.assertAlmostEqual(own["summary"]["trials_to_criterion"] if
                                       "trials_to_criterion" in own["summary"] else math.inf,
                                       statistics.median(
                                           end if end >= 0 else math.inf for end in
                                           run["evaluations/trials_to_criterion"][c, 2]), 12)
                self.assertEqual((own["summary"]["state"], own["code"]), ("finished", 0))
        self.assertEqual(len(runs), 5)

    @unittest.skipIf(importlib.util.find_spec("wandb"), "W&B is here")
    def test_a_missing_package_is_told_in_a_line(self):
        done = self.log()
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("pip install wandb", done.stderr)


if __name__ == "__main__":
    unittest.main()
