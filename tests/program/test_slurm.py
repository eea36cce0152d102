"""The job scripts under a real Slurm: jobs that are cut, requeued, cut in shares and chained.

Whatever happens to a job, its archive must be that of a run that nothing happened to.
"""
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

import h5py

import slurm
import thetasweep
from test_ranks import datasets

ALONE = "jobs of seconds are cut before their end, and Slurm has its own patience"
SWEEP = """\
name: slurm
seed: 5
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 40, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 100, warmup: 10, reward: square, clip: 0.01}
meta: {iterations: 12, seeds: 4, held_out_seeds: 2, gradient: tangent}
sweep: {parameters: {learning.rate: {values: [0.01, 0.02, 0.05, 0.1]}}}
"""
JOBS = thetasweep.ROOT / "jobs"
OVER = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")
REASON = slurm.why_not()


def committed(path):
    """How many training lifetimes are in an archive, which a job may be writing."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            return int((file["lifetimes/state"][()] > 0).sum())
    except FileNotFoundError:
        return 0


@unittest.skipIf(REASON, REASON)
class Cluster(thetasweep.Case):
    """Tests with a Slurm of their own and what SWEEP gives without one."""

    SWEEP = SWEEP

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="ts-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.cluster = slurm.Slurm(folder)
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start()
        (pathlib.Path(folder) / "sweep.yaml").write_text(cls.SWEEP)
        subprocess.run(thetasweep.command("run", "--quiet", "sweep.yaml", "-o", "run.h5"),
                       cwd=folder, check=True)
        cls.plain = datasets(f"{folder}/run.h5")

    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", self.SWEEP)
        self.run_file = self.folder / "run.h5"

    def call(self, *command, **environment):
        """Runs a command of Slurm or a script in the test's folder."""
        return self.cluster.run(*command, cwd=self.folder,
                                **{**thetasweep.environment(self.mpi_folder),
                                   "THETASWEEP": str(thetasweep.BINARY),
                                   "MPIRUN": thetasweep.MPIRUN, **environment})

    def submit(self, *options, **environment):
        """sbatch jobs/sweep.sbatch on 3 ranks; returns the job's number, which ends with the test."""
        job = self.call("sbatch", "--parsable", "--ntasks=3", *options, JOBS / "sweep.sbatch",
                        "sweep.yaml", "run.h5", **environment)
        self.addCleanup(self.cluster.run, "scancel", "--quiet", job)
        return job

    def log(self):
        """All that jobs printed, for the message of a failure."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.out")))

    def assert_same_as_plain_run(self):
        """What the jobs left in run.h5 is what the program alone computes, bit for bit."""
        ours = datasets(self.run_file)
        self.assertEqual(self.plain.keys(), ours.keys())
        different = [name for name in ours if ours[name] != self.plain[name]]
        self.assertEqual(different, [], self.log())


class Jobs(Cluster):
    def wait_until_committed(self, job, count):
        """Waits until so many lifetimes are in the archive, but not all."""
        end = time.monotonic() + 60
        while committed(self.run_file) < count:
            state = self.cluster.job(job)["JobState"]
            self.assertNotIn(state, OVER, self.log())
            self.assertLess(time.monotonic(), end, self.log())
            time.sleep(0.05)

    def assert_goes_on(self, job, restarts=1):
        """The job is back in the queue; starts it at once."""
        self.cluster.wait(job, "PENDING", *OVER, restarts=restarts)
        self.assertEqual(self.cluster.job(job)["JobState"], "PENDING", self.log())
        self.assertLess(committed(self.run_file), 4 * 12 * 4, "it was over before it was cut")
        self.cluster.start_at_once(job)

    def assert_completes(self, job, restarts=0):
        state = self.cluster.wait(job, *OVER)
        self.assertEqual((state["JobState"], state["Restarts"]), ("COMPLETED", str(restarts)),
                         self.log())

    def test_job_on_two_nodes_runs_to_its_end(self):
        self.assert_completes(self.submit("--nodes=2"))
        self.assert_same_as_plain_run()

    def test_job_cut_by_its_signal_goes_on_by_itself(self):
        job = self.submit("--nodes=2")
        for restarts, lifetimes in enumerate((10, 60), start=1):
            self.wait_until_committed(job, lifetimes)
            self.call("scancel", "--batch", "--signal=USR1", job)
            self.assert_goes_on(job, restarts)
        self.assert_completes(job, restarts=2)
        self.assert_same_as_plain_run()

    def test_job_sent_back_to_the_queue_goes_on(self):
        job = self.submit()
        self.wait_until_committed(job, 20)
        self.call("scontrol", "requeue", job)
        self.assert_goes_on(job)
        self.assert_completes(job, restarts=1)
        self.assert_same_as_plain_run()

    def test_job_whose_node_was_lost_goes_on_on_another(self):
        job = self.submit("--nodes=1")
        self.wait_until_committed(job, 20)
        node = self.cluster.job(job)["NodeList"]
        self.call("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")
        self.addCleanup(self.cluster.resume, node)
        self.assert_goes_on(job)
        self.assert_completes(job, restarts=1)
        self.assertNotEqual(self.cluster.job(job)["NodeList"], node)
        self.assert_same_as_plain_run()

    def kill_launcher(self, job):
        """SIGKILL to the job's mpirun: its ranks end without a word."""
        script = self.call("pgrep", "--full", f"job{int(job):05d}/slurm_script")
        self.call("pkill", "-KILL", "--parent", script, "--exact", "mpirun")

    def test_job_whose_ranks_all_died_goes_on_if_it_had_run_for_a_while(self):
        job = self.submit(RETRY_AFTER="0")
        self.wait_until_committed(job, 20)
        self.kill_launcher(job)
        self.assert_goes_on(job)
        self.assert_completes(job, restarts=1)
        self.assert_same_as_plain_run()

    def test_job_whose_ranks_died_at_once_fails(self):
        job = self.submit(RETRY_AFTER="60")
        self.wait_until_committed(job, 1)
        self.kill_launcher(job)
        self.assertEqual(self.cluster.wait(job, *OVER)["JobState"], "FAILED", self.log())

    def pipeline(self, *options, **environment):
        """Runs jobs/pipeline.sh; returns job numbers by name."""
        analysis = self.write("analyse", "#!/bin/sh\nexec cp \"$1\" \"$3\"\n")
        analysis.chmod(0o755)
        text = self.call("bash", JOBS / "pipeline.sh", "sweep.yaml", "run.h5", *options,
                         ANALYSE=str(analysis), **environment)
        jobs = {line.split()[0]: line.split()[2].rstrip(",") for line in text.splitlines()}
        for job in jobs.values():
            self.addCleanup(self.cluster.run, "scancel", "--quiet", job)
        return jobs

    def test_pipeline_analyses_the_complete_sweep(self):
        jobs = self.pipeline("--ntasks=3")
        self.assert_completes(jobs["analysis"])
        self.assertEqual(datasets(self.folder / "run.analysis.h5"), datasets(self.run_file))
        self.assert_same_as_plain_run()

    def test_array_of_shares_is_merged_into_the_undivided_archive(self):
        jobs = self.pipeline("--ntasks=2", SHARDS="2")
        self.assert_completes(jobs["analysis"])
        self.assertTrue((self.folder / "run.1-of-2.h5").exists())
        self.assert_same_as_plain_run()

    def test_nothing_follows_a_sweep_that_failed(self):
        self.write("sweep.yaml", SWEEP.replace("units:", "unitz:"))
        jobs = self.pipeline("--ntasks=2")
        state = self.cluster.wait(jobs["sweep"], *OVER)
        self.assertEqual(state["JobState"], "FAILED", self.log())
        self.assertIn("unitz", self.log())
        self.assertEqual(self.cluster.wait(jobs["analysis"], *OVER)["JobState"], "CANCELLED")
        self.assertFalse(self.run_file.exists())


if __name__ == "__main__":
    unittest.main()
