"""Job scripts at a real time limit of a minute, the shortest that Slurm knows."""
import unittest

import slurm
import test_slurm

ALONE = "jobs meet real time limits"
# Some 2 minutes on one core.
SWEEP = test_slurm.SWEEP.replace("trials: 100", "trials: 600").replace("seeds: 4", "seeds: 20")


class Limit(test_slurm.Cluster):
    SWEEP = SWEEP

    def run_into_limit(self, *options):
        """Runs a job that needs several stays."""
        job = self.submit("--time=1", *options)
        while True:
            self.cluster.wait(job, "RUNNING", *test_slurm.OVER)
            state = self.cluster.wait(job, "PENDING", *test_slurm.OVER, seconds=150)
            if state["JobState"] != "PENDING":
                break
            self.cluster.start_at_once(job)
        self.assertEqual(state["JobState"], "COMPLETED", self.log())
        self.assertGreater(int(state["Restarts"]), 0)
        self.assert_same_as_plain_run()

    def test_job_told_in_advance_goes_on_after_its_limit(self):
        self.run_into_limit("--signal=B:USR1@10")

    def test_job_ended_by_its_limit_goes_on(self):
        self.run_into_limit("--signal=B:URG@1")  # a signal that nobody heeds


if __name__ == "__main__":
    unittest.main()
