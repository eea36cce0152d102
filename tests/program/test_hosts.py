"""A sweep on several hosts with TCP between them, of which one crashes and one is cut off."""
import time
import unittest

from hosts import Hosts
from test_ranks import datasets
from test_resume import SWEEP, committed, wait_for
from thetasweep import Case

ALONE = "hosts are told by their silence, and networks are cut"
RUN = ("run", "sweep.yaml", "-o", "run.h5", "--resume", "--sign-of-life", "1 s")


class Network(Case):
    def setUp(self):
        super().setUp()
        self.hosts = Hosts(self, 3)
        self.archive = self.folder / "run.h5"
        self.write("sweep.yaml", SWEEP)

    def start_run(self, hosts):
        """Starts a run and waits until it has committed something."""
        before = committed(self.archive)
        process = self.hosts.start(hosts, *RUN)
        wait_for(lambda: committed(self.archive) > before + 5 or process.poll() is not None)
        return process

    def end(self, process, seconds):
        """Its exit status and output, once it has ended by itself."""
        start = time.monotonic()
        status = process.wait(timeout=seconds)
        print(f"ended within {time.monotonic() - start:.1f} s ...", end=" ", flush=True)
        return status, (self.folder / "output").read_text()

    def test_crashed_and_cut_off_hosts_hold_nothing_up(self):
        self.run_program("run", "sweep.yaml", "-o", "whole.h5")
        process = self.start_run(("h1", "h2", "h3"))
        self.hosts.crash("h2")
        status, output = self.end(process, 30)
        self.assertNotEqual(status, 0, output)

        process = self.start_run(("h1", "h3"))
        self.hosts.cut("h3")
        status, output = self.end(process, 60)
        # The run goes on without it, but mpirun waits for its daemon there.
        self.assertRegex(output, "2 (workers )?lost")
        self.assertEqual((self.folder / "run.h5.status").read_text(), "0\n", output)
        self.run_program(*RUN, ranks=2)
        one, other = datasets(self.folder / "whole.h5"), datasets(self.archive)
        self.assertEqual(one.keys(), other.keys())
        self.assertEqual([name for name in one if one[name] != other[name]], [])


if __name__ == "__main__":
    unittest.main()
