"""How a run starts and is told to end: paths, launchers, signals."""
import os
import pathlib
import signal
import subprocess
import time
import unittest
import unittest.mock

from thetasweep import BINARY, Case, environment

ALONE = "signals come so long after the start"
SWEEP = """\
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 12, tau: 50 ms, dt: 20 ms}
rule: {start: {r1 d1: -0.001}}
learning: {trials: 60, warmup: 5}
meta: {iterations: 2, seeds: 1, held_out_seeds: 1}
"""
LONG = ("--set", "meta.iterations=100000")


class Start(Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)

    def test_archive_may_have_a_long_path(self):
        folder = pathlib.Path("d" * 150) / ("e" * 120)
        (self.folder / folder).mkdir(parents=True)
        for ranks in (None, 2):
            path = folder / f"{ranks}.h5"
            self.run_program("run", "sweep.yaml", "-o", path, ranks=ranks)
            self.run_program("verify", path)
        longest = "n" * 243  # with .checkpoints as long as a name can be
        self.run_program("run", "sweep.yaml", "-o", longest)

    def test_name_that_is_too_long_is_refused_before_anything_is_made(self):
        before = set(self.folder.iterdir())
        for name in ("n" * 244, "n" * 260, "/".join(["d" * 200] * 25)):
            run = self.run_program("run", "sweep.yaml", "-o", name, status=2)
            self.assertIn("name is too long", run.stderr)
        self.assertEqual(set(self.folder.iterdir()), before)

    def test_one_process_needs_no_launcher(self):
        """Open MPI would start a daemon by ssh, which not every machine or container has."""
        tools = self.folder / "bin"
        tools.mkdir()
        for name in ("sh", "env"):
            (tools / name).symlink_to(f"/bin/{name}")
        run = subprocess.run([BINARY, "run", "sweep.yaml", "-o", "run.h5"], cwd=self.folder,
                             env={"PATH": str(tools)}, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_on_one_host_no_network_is_looked_for(self):
        """The libraries of some measure the processor's clock first, for a tenth of a second."""
        with unittest.mock.patch.dict("os.environ", OMPI_MCA_mtl_base_verbose="10"):
            for ranks in (None, 2):
                run = self.run_program("run", "sweep.yaml", "-o", f"{ranks}.h5", ranks=ranks)
                self.assertEqual(run.stderr, "")
            with unittest.mock.patch.dict("os.environ", OMPI_MCA_pml="^ucx"):
                run = self.run_program("run", "sweep.yaml", "-o", "asked.h5", ranks=2)
                self.assertIn("mtl", run.stderr)

    def test_launcher_of_another_mpi_is_told_once_and_nothing_is_made(self):
        before = set(self.folder.iterdir())
        for command in (["run", "sweep.yaml", "-o", "run.h5"], ["pilot", "sweep.yaml"]):
            for rank, said in (("0", 1), ("1", 0)):
                run = subprocess.run([BINARY, *command], cwd=self.folder, text=True,
                                     env={**environment(self.mpi_folder), "PMI_RANK": rank,
                                          "PMI_SIZE": "4"}, capture_output=True)
                self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
                self.assertEqual(run.stderr.count("found 4 processes that the launcher of another "
                                                  "MPI has started"), said, run.stderr)
                self.assertEqual(run.stderr.count("\n"), said)
        self.assertEqual(set(self.folder.iterdir()), before)
        with unittest.mock.patch.dict("os.environ", PMI_SIZE="1", PMI_RANK="0"):
            self.run_program("run", "sweep.yaml", "-o", "alone.h5")
        with unittest.mock.patch.dict("os.environ", PMI_SIZE="4", PMI_RANK="0"):
            self.run_program("run", "sweep.yaml", "-o", "ours.h5", ranks=2)

    def run_until_told(self, number, prefix=()):
        """The exit status of a run that gets the signal `number` while it is at work."""
        archive = self.folder / f"{number}.h5"
        process = subprocess.Popen([*prefix, BINARY, "run", "sweep.yaml", "-o", archive, *LONG],
                                   cwd=self.folder, env=environment(self.mpi_folder),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 30
        while not archive.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(number)
        return process

    def test_warnings_of_batch_systems_end_a_run_softly(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1,
                       signal.SIGUSR2):
            process = self.run_until_told(number)
            self.assertEqual(process.wait(30), 75, number)
            self.assertEqual((self.folder / f"{number}.h5.status").read_text(), "75\n")
            self.assertFalse((self.folder / f"{number}.h5.lock").exists())

    def test_nohup_keeps_a_run_alive(self):
        process = self.run_until_told(signal.SIGHUP, prefix=("nohup",))
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(1)
        os.kill(process.pid, signal.SIGTERM)
        self.assertEqual(process.wait(30), 75)


if __name__ == "__main__":
    unittest.main()
