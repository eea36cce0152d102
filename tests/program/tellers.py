"""What an archive holds, told by all who tell of it: run, status, show, the page and analysis/load.py
must tell the same, and what the records say, read here by h5py alone."""
import contextlib
import importlib.util
import io
import re
import subprocess
import sys

import h5py
import numpy as np

from thetasweep import Case, ROOT

sys.path.insert(0, str(ROOT / "analysis"))
XARRAY = importlib.util.find_spec("xarray") is not None
MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None

STATES = ("finished", "partly diverged", "unfinished", "diverged", "not evaluated")
QUICK = ("--only", "task", "--only", "rules")  # measures of the analysis, for the page's table


def mean(values):
    """Over those that are finite, and its standard error."""
    known = values[np.isfinite(values)]
    error = known.std(ddof=1) / np.sqrt(len(known)) if len(known) > 1 else np.nan
    return (known.mean() if len(known) else np.nan), error


def groups(run, c, training_seeds):
    """Of each theta of candidate c that is run on a seed each: the states and the numbers."""
    size = {name: int(run[f"candidates/{name}"][c]) for name in
            ("iterations", "evaluations", "held_out_seeds")}
    group = "evaluations" if run["evaluations/state"].shape[2] else "lifetimes"
    rounds, seeds = ((size["evaluations"], size["held_out_seeds"]) if group == "evaluations" else
                     (size["iterations"], training_seeds))
    for i in range(rounds if seeds else 0):
        state = run[f"{group}/state"][c, i, :seeds]
        good = np.isin(state, (1, 3))
        loss, error = mean(np.where(good, run[f"{group}/loss"][c, i, :seeds], np.nan))
        accuracy, _ = mean(np.where(good, run[f"{group}/accuracy"][c, i, :seeds], np.nan))
        iteration = int(run["evaluations/iteration"][c, i]) if group == "evaluations" else i
        yield {"round": i, "iteration": iteration, "seeds": seeds, "complete": state.all(),
               "finite": int(good.sum()),
               "loss": loss, "error": error, "accuracy": accuracy}


def tests(run, c):
    """What the test seeds say of the start rule, the chosen one and their difference: finite seeds,
    mean, standard error; None without tests, "seeds" alone while some are not run."""
    seeds = int(run["candidates/test_seeds"][c]) if "tests" in run else 0
    if seeds == 0:
        return None
    rules = int(run["candidates/tested"][c])
    state = run["tests/state"][c, :rules, :seeds]
    loss = np.where(np.isin(state, (1, 3)), run["tests/loss"][c, :rules, :seeds], np.nan)
    return {"seeds": seeds, "rules": rules, **({} if not state.all() else {
        name: (int(np.isfinite(values).sum()), *mean(values)) for name, values in
        (("start", loss[0]), ("chosen", loss[-1]), ("difference", loss[-1] - loss[0]))})}


def standing(run, c, training_seeds):
    """How candidate c stands, by the rule that the README tells, from the records alone."""
    row = {"candidate": c, "state": 4, "finite": 0, "start": np.nan, "loss": np.nan,
           "error": np.nan, "accuracy": np.nan, "round": -1, "seeds": training_seeds,
           "test": tests(run, c)}
    all_groups = list(groups(run, c, training_seeds))
    complete = [group for group in all_groups if group["complete"]]
    if not all_groups:
        return row
    ended = all_groups[-1]["complete"]
    if complete and complete[0]["round"] == 0:
        row["start"] = complete[0]["loss"]
    chosen = complete[-1] if complete else {"seeds": all_groups[0]["seeds"]}
    if "candidates/test_seeds" in run and run["candidates/test_seeds"][c] > 0:
        ended = len(complete) == len(all_groups)
        if ended:
            chosen = min(complete, key=lambda group: (-group["finite"], np.nan_to_num(
                group["loss"], nan=np.inf)))
            assert run["chosen_iteration"][c] == chosen["iteration"], chosen
    row.update(chosen)
    row["state"] = 2 if not ended else 0 if row["finite"] == row["seeds"] else \
        1 if row["finite"] else 3
    return row


def ranking(path, training_seeds):
    """How all candidates stand, the best first, and how many lifetimes are done and diverged.
    `training_seeds`: meta.seeds of each candidate."""
    with h5py.File(path, "r") as run:
        rows = [standing(run, c, training_seeds[c]) for c in range(len(run["candidates/units"]))]
        states = np.concatenate([run[f"{group}/state"][()].ravel() for group in
                                 ("lifetimes", "evaluations", "tests") if group in run])
    counts = {"done": int((states > 0).sum()), "diverged": int(np.isin(states, (2, 3)).sum()),
              "failed": int((states == 5).sum())}
    rows.sort(key=lambda row: (row["state"], -row["finite"] if row["state"] == 1 else 0,
                               np.nan_to_num(row["loss"], nan=np.inf), row["candidate"]))
    return rows, counts


def in_a_line(output):
    """Without the breaks of lines that make it fit the terminal."""
    return " ".join(output.split())


def best_sentence(output):
    """All that is said of the best candidate, or that there is none."""
    return in_a_line(re.search(r"(?ms)^(Best: |No best candidate).*?\.$", output)[0])


def table_of(output):
    return re.search(r"(?m)^candidate .*\n(?: +\d+ .*\n)+", output)[0]


class Tellers(Case):
    """Checks of what is told of self.folder / "run.h5"."""

    def check_tellers(self, checked, ran, page=QUICK):
        """All of it: `checked` is what `check` printed, `ran` what `run --wide` printed of the whole run.
        Returns the rows of the ranking."""
        status = self.run_program("status", "run.h5", "--wide").stdout
        rows, counts = ranking(self.folder / "run.h5", self.training_seeds(status))
        show = self.run_program("show", "run.h5").stdout
        self.check_table(status, rows)
        self.check_choice(status, rows)
        self.assertEqual(table_of(ran), table_of(status))
        self.assertEqual(best_sentence(ran), best_sentence(status))
        self.assertEqual(best_sentence(show), best_sentence(status))
        self.check_counts(checked, ran, status, counts)
        self.check_rule(ran, show, rows)
        for row in rows:
            self.check_show(row, status)
        self.check_load(rows)
        self.check_page(rows, page)
        verified = self.run_program("verify", "run.h5").stdout
        self.assertIn(f": {counts['done']} committed lifetimes and ", verified)
        return rows

    def training_seeds(self, status):
        """meta.seeds of every candidate, as the archive tells it, and show where it is swept."""
        with h5py.File(self.folder / "run.h5") as run:
            candidates = len(run["candidates/units"])
            resolved = run["config_resolved"][()].decode()
        base = int(re.search(r"(?m)^meta:\n(?:  .*\n)*?  seeds: (\d+)$", resolved)[1])
        if "    meta.seeds: {" not in resolved:
            return [base] * candidates
        shown = [self.run_program("show", "run.h5", "--candidate", c, status=None).stdout
                 for c in range(candidates)]
        return [int(re.search(r"(?m)^  meta.seeds: (\d+)$", text)[1]) for text in shown]

    def check_table(self, output, rows):
        """The table's rows in their order, with their numbers."""
        table = table_of(output).splitlines()[1:]
        self.assertEqual([int(line.split()[0]) for line in table],
                         [row["candidate"] for row in rows])
        for line, row in zip(table, rows):
            word = STATES[row["state"]]
            if row["state"]:
                self.assertIn(f"  {word}", line)
            else:
                self.assertNotRegex(line, "unfinished|partly|not evaluated|  diverged")
            if row["state"] < 2 or (row["state"] == 2 and row["round"] > 0):
                found = re.search(r"(\S+) +(\S+) +(\S+) +(\S+) +(\d+)/(\d+)(?:  .*)?$", line)
                found = found or re.search(r"(\S+) +(\S+) +(\S+) +(\S+) +(\d+)/(\d+) ", line)
                self.check_numbers(found.groups()[1:], row)
                self.check_number(found[1], row["start"], 1e-3)
            if row["test"] and "start" in row["test"]:
                columns = re.search(r"/\d+ +(\S+) +(\S+) +(\S+) +(\S+) +(\S+)", line).groups()
                self.check_columns(columns, row["test"])

    def check_columns(self, columns, test):
        """(start, chosen, its error, difference, its error) as texts."""
        values = [test["start"][1], *test["chosen"][1:], *test["difference"][1:]]
        if test["rules"] == 1:  # no difference to itself
            values[3:] = np.nan, np.nan
        for text, value in zip(columns, values):
            self.check_number(text, value, 0.06)

    def check_test(self, said, row, error):
        """The sentence on the test seeds."""
        test = row["test"]
        if "start" not in test:
            self.assertRegex(said, "on test seeds are run")
            return
        self.assertIn(f"on {test['seeds']} test seeds: ", said)
        said = said[said.index(f"on {test['seeds']} test seeds: "):]
        wanted = [("loss", "chosen")]
        if row["iteration"] > 0:
            wanted += [("start rule", "start"), ("paired difference", "difference")]
        for words, name in wanted:
            finite, value, spread = test[name]
            found = re.search(rf"{words} (-?[\d.e+-]*\d)(?:{error}([\d.e-]+\d))?", said)
            self.check_number(found[1], value, 1e-3)
            self.check_number(found[2] or "-", spread, 0.06)
        self.assertEqual("of the start rule itself" in said, row["iteration"] == 0)

    def check_number(self, text, value, tolerance):
        if np.isnan(value):
            self.assertEqual(text, "-")
        else:
            self.assertAlmostEqual(float(text), value, delta=1e-4 + tolerance * abs(value))

    def check_numbers(self, found, row):
        """(loss, error, accuracy, finite, seeds) as texts."""
        self.assertEqual((int(found[3]), int(found[4])), (row["finite"], row["seeds"]))
        for text, name, tolerance in zip(found, ("loss", "error", "accuracy"), (1e-3, 0.06, 1e-3)):
            self.check_number(text, row[name], tolerance)

    def check_choice(self, output, rows):
        """The best one with its loss, or none."""
        if rows[0]["state"]:
            self.assertNotIn("Best:", output)
            self.assertIn("No best candidate", output)
            return
        finished = sum(row["state"] == 0 for row in rows)
        found = re.search(r"Best: candidate (\d+), of (\d+) finished.*loss (\S+?),?(?: \+- (\S+))? "
                          r"on (\d+) ", best_sentence(output))
        self.assertEqual((int(found[1]), int(found[2]), int(found[5])),
                         (rows[0]["candidate"], finished, rows[0]["seeds"]))
        self.check_number(found[3], rows[0]["loss"], 1e-3)
        self.check_number(found[4] or "-", rows[0]["error"], 0.06)
        self.assertEqual("chosen on these" in best_sentence(output),
                         finished > 1 and not rows[0]["test"])
        self.assertEqual("on which it was chosen" in best_sentence(output), bool(rows[0]["test"]))
        if rows[0]["test"]:
            self.assertIn(f"after {rows[0]['iteration']} of ", in_a_line(output))
            self.check_test(best_sentence(output), rows[0], r" \+- ")

    def check_counts(self, checked, ran, status, counts):
        """As many candidates and lifetimes of each kind in check, run and status; as many done,
        diverged and not run."""
        lifetimes = re.search(r"(?m)^lifetimes +(\d+ \(.*\))$", checked)[1]
        candidates = re.search(r"(?m)^candidates +(\d+)$", checked)[1]
        self.assertIn(f": {candidates} candidates, lifetimes: {lifetimes},", in_a_line(ran))
        self.assertIn(f"of {lifetimes} done", in_a_line(status))
        for pattern, output in ((r"(?m)^(\d+) of \d+(?: lifetimes)?(?: \(|,).*? (\d+) diverged"
                                 r"(?:, (\d+) (?:could|failed))?", ran),
                                (r"lifetimes: (\d+) of .*? (\d+) diverged(?:, (\d+) could)?",
                                 in_a_line(status))):
            found = re.findall(pattern, output)[-1]
            self.assertEqual([int(number or 0) for number in found],
                             [counts["done"], counts["diverged"], counts["failed"]])
        self.check_progress(ran)

    def check_progress(self, ran):
        """The last line of progress tells the best loss that is told at the end, and fits."""
        line = re.findall(r"(?m)^\d+ of .* diverged.*$", ran)[-1]
        told = re.search(r"Best: .*?loss (-?[\d.]+(?: \+- [\d.e-]+\d)?)", best_sentence(ran))
        found = re.search(r", best (\S+(?: \+- [^\s,]+)?),", line)
        self.assertEqual(found and found[1].rstrip("."), told and told[1].rstrip("."), line)
        self.assertLessEqual(len(line), 80)

    def check_rule(self, ran, show, rows):
        """The candidate that show takes by itself, and the same rule of it in run."""
        first = re.search(r"(?m)^.*, candidate (\d+) of \d+\n(?:  \S.*: .*\n)*  "
                          rf"({'|'.join(STATES)})\b", show)
        self.assertEqual(int(first[1]), rows[0]["candidate"])
        self.assertEqual(first[2], STATES[rows[0]["state"]])
        best = re.search(r"Rule after \d+ of \d+ .*\n(?:  .*\n)+", ran)
        self.assertEqual(best is not None, rows[0]["state"] == 0)
        if best:
            equation = best[0].split("\n", 1)[1].rstrip()
            self.assertIn(best[0].split(" meta-iterations")[0], show)
            self.assertIn(equation, show)

    def check_show(self, row, status):
        """What show tells of one candidate."""
        show = self.run_program("show", "run.h5", "--candidate", row["candidate"]).stdout
        head, rule, *_ = show.split("\n\n")
        if rule.startswith("No rule yet"):
            self.assertEqual((row["state"], row["round"]), (2, -1))
            return
        line = re.search(rf"(?m)^ +{row['candidate']} .*$", status)[0]
        *values, standing_line = head.replace(";\n  ", "; ").splitlines()[1:]
        for value in values:
            self.assertIn(value.split(": ", 1)[1][:24], line)
        self.assertTrue(standing_line.startswith(f"  {STATES[row['state']]}"), standing_line)
        if row["finite"] > 0:
            found = re.search(r"loss (\S+?)(?: \+- (\S+?))?(?:, correct (\S+))?, on (\d+) of (\d+) ",
                              standing_line)
            self.check_numbers((found[1], found[2] or "-", found[3] or "-", found[4], found[5]), row)
        if row["finite"] > 0 and row["test"] and row["state"] != 2:
            self.check_test(standing_line, row, r" \+- ")
        c, after = row["candidate"], int(re.search(r"^Rule after (\d+) of", rule)[1])
        with h5py.File(self.folder / "run.h5") as run:
            loss = run["loss"][c]
            theta = run["theta"][c, after, run["candidates/free"][c] == 1]
            known = {int(i): (run["held_out_loss"][c, e], run["held_out_accuracy"][c, e])
                     for e, i in enumerate(run["evaluations/iteration"][c]) if i >= 0} \
                if "held_out_loss" in run else {}
        for shown in re.search(r"(?m)^iteration .*\n((?:\d+ .*\n)+)", show)[1].splitlines():
            number, *texts = shown.split()
            number = int(number)
            here = loss[number] if number < len(loss) else np.nan
            for text, value in zip(texts, (here, *known.get(number, (np.nan, np.nan)))):
                self.check_number(text, value, 1e-4)
        parameters = re.search(r"(?m)^parameter .*\n((?:.+\n)*)", show)[1].splitlines()
        for shown, value in zip(parameters, theta):
            self.check_number(shown.split()[-2], value, 1e-5)

    def check_load(self, rows):
        """analysis/load.py, which anybody copies from."""
        if not XARRAY:
            return
        import load
        with h5py.File(self.folder / "run.h5") as run:
            found = load.ranking(run)
        self.assertEqual([(c, state) for c, state, *_ in found],
                         [(row["candidate"], STATES[row["state"]]) for row in rows])
        for (_, _, finite, seeds, *numbers), row in zip(found, rows):
            if row["state"] < 2:
                self.assertEqual((finite, seeds), (row["finite"], row["seeds"]))
                np.testing.assert_allclose(numbers, [row["loss"], row["error"]], rtol=1e-12)
        with h5py.File(self.folder / "run.h5") as run:
            for row in rows:
                found, test = load.tests(run, row["candidate"]), row["test"]
                self.assertEqual(found is None, not test or "start" not in test)
                if found:
                    np.testing.assert_allclose(found, [test[name] for name in
                                                       ("chosen", "start", "difference")], rtol=1e-12)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            load.main(self.folder / "run.h5")
        for row, line in zip(rows, re.findall("(?m)^candidate .*", printed.getvalue())):
            self.assertIn(f"candidate {row['candidate']}: {STATES[row['state']]}", line)

    def check_page(self, rows, only=QUICK):
        """The page's text, without its figures if the measures are only these."""
        if not MATPLOTLIB:
            return
        (self.folder / "run.analysis.h5").unlink(missing_ok=True)
        done = subprocess.run([ROOT / "build" / "thetasweep-analyze", "run.h5", "-o",
                               "run.analysis.h5", *only], cwd=self.folder, capture_output=True,
                              text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        import report
        study = report.open_study(self.folder / "run.analysis.h5")
        self.assertEqual(list(study.order), [row["candidate"] for row in rows])
        said, cells = (text.replace("−", "-")
                       for text in (report.choice(study), report.candidates(study)))
        study.file.close()
        best = re.search(r"Best candidate: (\d+)<.*? loss (\S+?)(?: ± (\S+?))?,.*? on (\d+) ", said)
        self.assertEqual(best is not None, rows[0]["state"] == 0, said)
        if best:
            self.assertEqual((int(best[1]), int(best[4])),
                             (rows[0]["candidate"], rows[0]["finite"]))
            self.check_number(best[2], rows[0]["loss"], 1e-3)
            self.check_number(best[3] or "-", rows[0]["error"], 0.06)
            self.assertEqual("on which it was chosen" in said, bool(rows[0]["test"]))
            if rows[0]["test"]:
                self.check_test(said, rows[0], " ± ")
        for line, row in zip(re.findall(r"<tr>(<td>\d+<.*?)</tr>", cells), rows):
            cell = re.findall(r"<td.*?>(.*?)</td>", line)
            place = cell.index(STATES[row["state"]])
            self.assertEqual(int(cell[0]), row["candidate"])
            if row["state"] < 2:
                seeds = re.fullmatch(r"(\d+)/(\d+)", cell[place + 3])
                self.check_numbers([*(cell[place + i].replace("–", "-") for i in (1, 2, 4)),
                                    *seeds.groups()], row)
            if row["test"] and "start" in row["test"]:
                self.check_columns([text.replace("–", "-") for text in cell[place + 5:place + 10]],
                                   row["test"])
        if not only:
            self.draw_page()

    def draw_page(self):
        """The whole page with all figures."""
        done = subprocess.run([sys.executable, ROOT / "analysis" / "report.py", "run.analysis.h5",
                               "-o", "report"], cwd=self.folder, capture_output=True, text=True,
                              timeout=300)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
