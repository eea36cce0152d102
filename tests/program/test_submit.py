"""`thetasweep submit`: the script for a sweep's own numbers, and what a real Slurm makes of it."""
import re
import subprocess
import time
import unittest

import thetasweep
from test_slurm import OVER, SWEEP, Cluster, committed

ALONE = "jobs of seconds are cut before their end, and Slurm has its own patience"


class Script(thetasweep.Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)

    def settings(self, name):
        """What the script tells Slurm, by option."""
        text = (self.folder / name).read_text()
        return dict(re.findall(r"(?m)^#SBATCH --([\w-]+)=(\S+)$", text))

    def test_script_has_the_numbers_of_check(self):
        said = self.run_program("submit", "sweep.yaml").stdout
        self.assertIn("'sbatch sweep.sbatch' submits it", said)
        told = self.settings("sweep.sbatch")
        self.assertEqual((told["ntasks"], told["time"]), ("2", "0-00:30:00"))
        self.assertEqual(told["signal"], "B:USR1@120")
        memory = re.search(r"memory a rank +([\d.]+) MB",
                           self.run_program("check", "sweep.yaml", "--no-timing").stdout)[1]
        self.assertGreater(int(told["mem-per-cpu"].removesuffix("M")), float(memory) + 100)
        self.assertLess(int(told["mem-per-cpu"].removesuffix("M")), 2 * float(memory) + 200)
        self.assertNotIn("partition", told)

    def test_workers_and_time_follow_from_the_work(self):
        for trials, ranks in ((1000, 3), (1000000, 17)):  # 4 candidates of 4 seeds at a time
            name = f"{trials}.h5"
            self.run_program("submit", "sweep.yaml", "-o", name, "--set", "network.units=400",
                             "--set", f"learning.trials={trials}", *(() if ranks > 3 else
                                                                    ("--ranks", ranks)))
            self.assertEqual(self.settings(f"{trials}.sbatch")["ntasks"], str(ranks))
        self.assertEqual(self.settings("1000000.sbatch")["time"], "0-12:00:00")
        self.assertIn("in several stays", (self.folder / "1000000.sbatch").read_text())

    def test_options_stand_in_the_script(self):
        self.run_program("submit", "sweep.yaml", "-o", "it's new.h5", "--ranks", 9, "--time",
                         "90 min", "--partition", "long", "--account", "lab", "--set", "name=it's")
        told = self.settings("it's new.sbatch")
        self.assertEqual([told[name] for name in ("job-name", "ntasks", "time", "partition",
                                                     "account")],
                         ["it-s", "9", "0-01:30:00", "long", "lab"])
        bash = subprocess.run(["bash", "-c", """eval "$(grep -E '^(RUN|SWEEP|options)=' "$1")"
                               printf '%s\\n' "$SWEEP" "$RUN" "${options[@]}" """, "bash",
                               self.folder / "it's new.sbatch"],
                              stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(bash.stdout.splitlines(), [
            f"{self.folder}/sweep.yaml", f"{self.folder}/it's new.h5", "--resume", "--set",
            "name=it's"])

    def test_mistakes_are_refused_and_nothing_is_made(self):
        self.write("mine.sbatch", "mine")
        for options, word in ((("--ranks", 1), "--ranks"), (("--time", "3"), "--time"),
                              (("--set", "network.unts=3"), "network.units"),
                              (("-o", "mine.h5"), "mine.sbatch: found a file")):
            said = self.run_program("submit", "sweep.yaml", *options, status=2).stderr
            self.assertIn(word, said)
        without = subprocess.run(thetasweep.command("submit", "sweep.yaml", "--now"),
                                 cwd=self.folder, capture_output=True, text=True,
                                 env={**thetasweep.environment(self.mpi_folder), "PATH": "/none"})
        self.assertEqual((without.returncode, without.stderr.count("\n")), (1, 1), without.stderr)
        self.assertIn("found no sbatch in PATH", without.stderr)
        self.assertEqual(sorted(path.name for path in self.folder.glob("[!.]*")),
                         ["mine.sbatch", "sweep.yaml"])
        self.assertEqual((self.folder / "mine.sbatch").read_text(), "mine")


class Submitted(Cluster):
    def test_submitted_sweep_is_cut_goes_on_and_completes(self):
        said = self.call(thetasweep.BINARY, "submit", "sweep.yaml", "-o", "run.h5", "--ranks", "3",
                         "--now")
        job = re.search(r"Submitted batch job (\d+)", said)[1]
        self.addCleanup(self.cluster.run, "scancel", "--quiet", job)
        end = time.monotonic() + 60
        while committed(self.run_file) < 10:
            self.assertNotIn(self.cluster.job(job)["JobState"], OVER, self.log())
            self.assertLess(time.monotonic(), end, self.log())
            time.sleep(0.05)
        self.call("scancel", "--batch", "--signal=USR1", job)
        self.cluster.wait(job, "PENDING", *OVER, restarts=1)
        self.cluster.start_at_once(job)
        state = self.cluster.wait(job, *OVER)
        self.assertEqual((state["JobState"], state["Restarts"]), ("COMPLETED", "1"), self.log())
        self.assert_same_as_plain_run()


if __name__ == "__main__":
    unittest.main()
