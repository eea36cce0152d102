"""A few kills at random moments; long_chaos.py has many."""
import os
import signal
import time
import unittest
import unittest.mock

import chaos
from test_ranks import datasets
from thetasweep import Case

ALONE = "dead and stopped ranks are told by their silence"


class Kills(Case):
    def assert_all_end(self, process, everybody, seconds):
        """mpirun and all that it has started end by themselves."""
        end = time.monotonic() + seconds
        while process.poll() is None or any(chaos.is_alive(one) for one in everybody):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

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
        self.assert_all_end(process, everybody, 4)

    def test_rank_0_that_is_stopped_in_its_own_end_is_noticed(self):
        self.write("sweep.yaml", chaos.SWEEP)
        for attempt in range(9):  # until the others end well without it
            process = self.start("run", "sweep.yaml", "-o", f"{attempt}.h5", "--sign-of-life", "1 s",
                                 "--set", "meta.iterations=3", ranks=3)
            while not (self.folder / f"{attempt}.h5.status").exists() and process.poll() is None:
                time.sleep(0.002)
            ranks, _, everybody = chaos.look_up(process.pid)
            while ranks and all(chaos.is_alive(one) for one in ranks.values()):
                pass
            if 0 in ranks and chaos.is_alive(ranks[0]):
                os.kill(ranks[0], signal.SIGSTOP)
                time.sleep(0.01)
            if 0 in ranks and chaos.state(ranks[0]) == "T":
                break
        self.assert_all_end(process, everybody, 15)
        self.assertEqual((self.folder / f"{attempt}.h5.status").read_text(), "0\n")

    @unittest.mock.patch.dict(os.environ, OMPI_MCA_orte_enable_recovery="1")
    def test_work_goes_on_without_a_relay(self):
        """Both workers stand behind it: nothing goes on before they have left it."""
        self.write("sweep.yaml", chaos.SWEEP)
        self.run_program("run", "sweep.yaml", "-o", "whole.h5")
        for number in (signal.SIGKILL, signal.SIGSTOP):
            path = self.folder / f"{int(number)}.h5"
            process = self.start("run", "sweep.yaml", "-o", path.name, "--group", "2",
                                 "--sign-of-life", "0.5 s", ranks=4)
            while not (path.exists() and chaos.committed(path)) and process.poll() is None:
                time.sleep(0.01)
            ranks, _, _ = chaos.look_up(process.pid)
            os.kill(ranks[1], number)
            process.wait(timeout=60)
            self.assertEqual(path.with_name(path.name + ".status").read_text(), "0\n")
            self.assertEqual(datasets(path), datasets(self.folder / "whole.h5"))


if __name__ == "__main__":
    unittest.main()
