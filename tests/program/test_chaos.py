"""A few kills at random moments; long_chaos.py has many."""
import os
import signal
import time
import unittest

import chaos
from thetasweep import Case


class Kills(Case):
    def test_nothing_is_lost_in_a_few_kills(self):
        chaos.look_at(self, 10, seconds=45)

    def test_launcher_that_hangs_is_ended_after_rank_0(self):
        self.write("sweep.yaml", chaos.SWEEP)
        process = self.start("run", "sweep.yaml", "-o", "run.h5", "--sign-of-life", "1 s", "--set",
                             "meta.iterations=1000", ranks=3)
        while not (self.folder / "run.h5").exists() and process.poll() is None:
            time.sleep(0.05)
        ranks, _, everybody = chaos.look_up(process.pid)
        process.send_signal(signal.SIGSTOP)
        os.kill(ranks[0], signal.SIGKILL)
        self.assertEqual(process.wait(timeout=20), -signal.SIGKILL)
        time.sleep(4)
        self.assertFalse([one for one in everybody if chaos.is_alive(one)])


if __name__ == "__main__":
    unittest.main()
