"""`thetasweep diff`: the settings in which two sweeps differ, and no others."""
import unittest

import thetasweep

SWEEP = """\
task: {name: dnms, delay: 40 ms}
network: {units: 8, dt: 10 ms}
learning: {trials: 12, warmup: 2}
meta: {iterations: 1, seeds: 1, held_out_seeds: 1}
sweep: {parameters: {network.gain: {values: [1.2, 1.5]}}}
"""


class Diff(thetasweep.Case):
    def setUp(self):
        super().setUp()
        self.write("a.yaml", SWEEP)

    def differ(self, *changes, a="a.yaml"):
        """The lines that tell of a.yaml against itself with (old, new) texts replaced."""
        text = SWEEP
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.write("b.yaml", text)
        status = self.run_program("diff", a, "b.yaml", status=None)
        lines = status.stdout.splitlines()
        self.assertEqual(status.returncode, 1 if lines else 0, status.stderr)
        if lines:
            self.assertEqual(lines[:2], [f"--- {a}", "+++ b.yaml"])
        return lines[2:]

    def test_the_same_said_in_other_words_is_no_difference(self):
        self.assertEqual(self.differ(), [])
        self.assertEqual(self.differ(("40 ms", "0.04 s"), ("units: 8", "units: 8, tau: 30 ms")), [])
        self.assertEqual(self.differ(
            ("learning:", "rule: {start: {r3 d3: -1}, start_in: normalised}\nlearning:")), [])

    def test_differences_are_told_by_their_dotted_names(self):
        self.assertEqual(self.differ(("delay: 40 ms", "cue: 0.1 s")), [
            "-task.cue: 200 ms", "+task.cue: 100 ms", "-task.delay: 40 ms", "+task.delay: 200 ms"])
        self.assertEqual(self.differ(("units: 8", "units: 9"),
                                     ("seeds: 1, h", "seeds: 1, optimizer: sgd, h")),
                         ["-network.units: 8", "+network.units: 9", "-meta.optimizer.name: adam",
                          "+meta.optimizer.name: sgd"])
        lines = self.differ(("name: dnms, delay: 40 ms", "name: xor"))
        self.assertEqual(lines[:2], ["-task.name: dnms", "+task.name: xor"])
        self.assertIn("-task.delay: 40 ms", lines)
        self.assertIn("+task.cues: 2", lines)
        self.assertNotIn("task.response", " ".join(lines))

    def test_sweeps_are_compared_value_by_value(self):
        self.assertEqual(self.differ(("[1.2, 1.5]", "[1.2, 1.6]")), [
            "-network.gain: swept: [1.2, 1.5]", "+network.gain: swept: [1.2, 1.6]"])
        self.assertEqual(self.differ(("{network.gain: {values: [1.2, 1.5]}}",
                                      "{rule.start.r1 d1: {values: [1, 2]}}, method: list")), [
            "-network.gain: swept: [1.2, 1.5]", "+network.gain: 1.5",
            "+rule.start.r1 d1: swept: [1, 2]", "-sweep.method: grid", "+sweep.method: list"])
        lines = self.differ(("{values: [1.2, 1.5]}}", "{min: 1, max: 2}}, method: random, "
                                                      "samples: 3"))
        self.assertIn("+network.gain: swept: {min: 1, max: 2, distribution: uniform}", lines)
        self.assertIn("+sweep.samples: 3", lines)

    def test_an_archive_has_the_settings_of_its_file(self):
        self.run_program("run", "--quiet", "a.yaml", "-o", "a.h5")
        self.assertEqual(self.differ(a="a.h5"), [])
        self.run_program("diff", "a.yaml", "a.h5")
        self.assertEqual(self.differ(("seeds: 1, h", "seeds: 2, h"), a="a.h5"),
                         ["-meta.seeds: 1", "+meta.seeds: 2"])

    def test_what_cannot_be_read_is_told(self):
        self.write("bad.yaml", "network: {unts: 3}\n")
        for name in ("bad.yaml", "none.yaml"):
            self.assertIn(name, self.run_program("diff", "a.yaml", name, status=2).stderr)
        self.run_program("diff", "a.yaml", status=2)


if __name__ == "__main__":
    unittest.main()
