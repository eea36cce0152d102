"""A long lifetime goes on from its checkpoint, not from its start, and ends in the same bits."""
import signal
import time
import unittest

import h5py

from test_ranks import datasets
from test_resume import wait_for
from thetasweep import Case

ALONE = "a lifetime of seconds is killed before its end"
# One lifetime with tangents of a few seconds, saved every 0.3 s.
SWEEP = """\
seed: 3
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 40, tau: 50 ms, dt: 5 ms}
rule: {degree: 3, start: {r3 d3: -0.001}, carry_trace: true}
learning: {trials: 2000, warmup: 20, rate: 0.001, reward: square}
meta: {iterations: 1, seeds: 1, held_out_seeds: 0, gradient: tangent}
record: {checkpoint: 0.3 s}
"""


class Checkpoint(Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)
        self.checkpoints = self.folder / "run.h5.checkpoints"

    def saved(self):
        return sorted(self.checkpoints.glob("*-[0-9]")) if self.checkpoints.exists() else []

    def interrupt(self, number):
        """Starts the run and ends it by a signal once its lifetime has been saved anew."""
        before = [path.stat().st_mtime_ns for path in self.saved()]
        process = self.start("run", "sweep.yaml", "-o", "run.h5", "--resume")
        wait_for(lambda: [path.stat().st_mtime_ns for path in self.saved()] > before)
        process.send_signal(number)
        process.communicate(timeout=60)
        return process.returncode

    def test_lifetime_goes_on_where_it_was_saved(self):
        start = time.monotonic()
        self.run_program("run", "sweep.yaml", "-o", "whole.h5", "--set", "record.checkpoint=0")
        whole = time.monotonic() - start
        self.assertEqual(self.interrupt(signal.SIGKILL), -signal.SIGKILL)
        self.assertEqual(self.interrupt(signal.SIGTERM), 75)
        self.assertEqual(len(self.saved()), 1)
        start = time.monotonic()
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", ranks=2)
        print(f"[{whole:.1f} s in one go, {time.monotonic() - start:.1f} s for the rest]", end=" ")
        self.assertFalse(self.checkpoints.exists())
        one, other = datasets(self.folder / "whole.h5"), datasets(self.folder / "run.h5")
        different = [name for name in one if one[name] != other.get(name)]
        self.assertEqual([name for name in different if not name.startswith("config")], [])

    def test_checkpoint_of_another_kind_is_passed_over(self):
        self.interrupt(signal.SIGKILL)
        path, = self.saved()
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume")
        self.run_program("run", "sweep.yaml", "-o", "whole.h5")
        with h5py.File(self.folder / "run.h5") as one, h5py.File(self.folder / "whole.h5") as other:
            self.assertEqual(one["lifetimes/loss"][0, 0, 0], other["lifetimes/loss"][0, 0, 0])


if __name__ == "__main__":
    unittest.main()
