"""`thetasweep init`: a sweep file for every task, which is right, told in comments, and new."""
import re
import runpy
import unittest

import thetasweep

ROOT = thetasweep.ROOT
TASKS = re.findall(r"(?m)^TASK\((\w+)\)", (ROOT / "src/model/tasks/list.h").read_text())


class Init(thetasweep.Case):
    def test_every_task_gets_a_file_without_mistake(self):
        make_trials = runpy.run_path(str(ROOT / "analysis" / "make_trials.py"))
        make_trials["write"](self.folder / "trials.h5", *make_trials["make"](40), make_trials["DT"])
        for task in TASKS:
            said = self.run_program("init", task)
            self.assertEqual(said.stdout.split(":")[0], f"{task}.yaml")
            check = self.run_program("check", f"{task}.yaml", "--no-timing")
            self.assertIn("no mistake found", check.stdout)
            self.assertEqual(check.stderr, "", task)
            text = (self.folder / f"{task}.yaml").read_text()
            self.assertLessEqual(max(map(len, text.splitlines())), 100, task)
            for name, sentence in re.findall(r"(?m)^  task\.(\w+) = .*\n(?:      \(?[a-z].*\n)*"
                                             r"      ([A-Z1][^;(.]{,40})",
                                             self.run_program("tasks", task).stdout):
                self.assertRegex(text, rf"(?m)^  {name}: \S", task)
                self.assertIn(sentence, re.sub(r"\n +#", "", text), task)

    def test_what_a_user_changes_first_is_told(self):
        self.run_program("init", "xor", "-o", "mine.yaml")
        text = (self.folder / "mine.yaml").read_text()
        for word in ("check mine.yaml", "units: 100", "gain: 1.5", "start: {r3 d3: -1}",
                     "iterations: 20", "seeds: 8", "network.gain: {values:"):
            self.assertIn(word, text)
        self.assertIn("tau_e: inf ", text)

    def test_what_suits_a_task_is_said(self):
        self.run_program("init", "perceptual")
        text = (self.folder / "perceptual.yaml").read_text()
        self.assertIn("tau_e: 500 ms ", text)
        self.assertIn("trials: 5000 ", text)
        self.assertIn("learned with rule.tau_e: 500 ms, learning.trials: 5000",
                      self.run_program("tasks", "perceptual").stdout)

    def test_what_cannot_be_done_is_refused(self):
        self.write("xor.yaml", "mine")
        said = self.run_program("init", "xor", status=2).stderr
        self.assertIn("xor.yaml: found a file", said)
        self.assertEqual((self.folder / "xor.yaml").read_text(), "mine")
        self.assertIn("'dnms'", self.run_program("init", "dnsm", status=2).stderr)
        self.assertIn("no/x.yaml",
                      self.run_program("init", "xor", "-o", "no/x.yaml", status=2).stderr)


if __name__ == "__main__":
    unittest.main()
