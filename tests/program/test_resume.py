"""Runs that are interrupted, resumed, refused and robbed of ranks end with the same archive."""
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time
import unittest

import h5py
import numpy

from test_ranks import datasets
from thetasweep import BINARY, MPIRUN, Case, environment

ALONE = "runs end in time, dead ranks are told by a silence of 0.3 s"
SWEEP = """\
name: resume
seed: 3
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 14, density: 0.7, tau: 50 ms, dt: 20 ms}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 150, warmup: 4, reward: square, weight_noise: 1e-4}
meta: {iterations: 8, seeds: 4, held_out_seeds: 3, evaluate_every: 2, test_seeds: 3}
record: {weights: [initial, first, last], representations: [last], replay: [1, 2, 1]}
sweep:
  parameters:
    learning.rate: {values: [0.02, 0.05]}
    network.units: {values: [10, 14]}
"""
JOBS = 4 * (1 + 8 * 4 + 5 * 3 + 2 * 3)


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"nothing came in {seconds} s")
        time.sleep(0.01)


def committed(path):
    """How many slots count."""
    try:
        with h5py.File(path, "r") as file:
            return sum(int((file[name][()] > 0).sum())
                       for name in ("scale/state", "lifetimes/state", "evaluations/state",
                                    "tests/state"))
    except OSError:
        return 0


def ranks_of(launcher):
    """The processes of mpirun's ranks, in the order of their ranks."""
    found = {}
    for child in pathlib.Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split():
        try:
            variables = pathlib.Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        for variable in variables:
            if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                found[int(variable.split(b"=")[1])] = int(child)
    return [found[rank] for rank in sorted(found)]


class Resume(Case):
    @classmethod
    def setUpClass(cls):
        case = Case()
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        sweep = case.write("sweep.yaml", SWEEP)
        case.run_program("run", sweep, "-o", "whole.h5")
        cls.whole = case.folder / "whole.h5"

    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)
        self.archive = self.folder / "run.h5"

    def status(self):
        return int((self.folder / "run.h5.status").read_text())

    def start_run(self, *options, ranks=3, launcher=()):
        """Starts a run and waits until it has committed something."""
        before = committed(self.archive)
        arguments = [BINARY, "run", "sweep.yaml", "-o", "run.h5", *options]
        if ranks:
            arguments = [MPIRUN, *launcher, "-n", str(ranks), *arguments]
        process = subprocess.Popen(list(map(str, arguments)), cwd=self.folder, text=True,
                                   env=environment(self.mpi_folder), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self._end, process)
        wait_for(lambda: committed(self.archive) > before + 5 or process.poll() is not None)
        return process

    def end(self, process, status=None):
        output, errors = process.communicate(timeout=60)
        if status is not None:
            self.assertEqual(process.returncode, status, output + errors)
        return output, errors

    def resume(self, ranks=2, status=0, **options):
        return self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", ranks=ranks,
                                status=status, **options)

    def assert_whole(self):
        one, other = datasets(self.whole), datasets(self.archive)
        self.assertEqual(one.keys(), other.keys())
        self.assertEqual([name for name in one if one[name] != other[name]], [])

    def test_interrupted_run_ends_equal_on_other_ranks(self):
        for ranks, number in ((None, signal.SIGTERM), (3, signal.SIGUSR1), (2, signal.SIGUSR1)):
            process = self.start_run("--resume", ranks=ranks)
            process.send_signal(number)
            self.end(process, 75)
            self.assertEqual(self.status(), 75)
        self.assertLess(committed(self.archive), JOBS)
        self.resume(ranks=4)
        self.assertEqual(self.status(), 0)
        self.assert_whole()
        with h5py.File(self.archive, "r") as file:
            self.assertEqual(list(file["provenance/status"][:5]), [75, 75, 75, 0, -1])
            self.assertEqual(list(file["provenance/ranks"][:5]), [1, 3, 2, 4, -1])
            times = file["provenance/time"].asstr()[:5]
            self.assertTrue(all(times[:4]) and times[4] == "", times)

    def test_guides_of_an_interrupted_run_are_the_same(self):
        options = ("--set", "meta.estimator=guided", "--set", "meta.es_pairs=2",
                   "--set", "meta.guides=2")
        self.run_program("run", "sweep.yaml", "-o", "whole.h5", *options)
        for ranks in (3, None, 2):
            process = self.start_run("--resume", *options, ranks=ranks)
            process.send_signal(signal.SIGUSR1)
            self.end(process, 75)
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", *options, ranks=4)
        one, other = datasets(self.folder / "whole.h5"), datasets(self.archive)
        self.assertEqual(one.keys(), other.keys())
        self.assertEqual([name for name in one if one[name] != other[name]], [])
        with h5py.File(self.archive, "r") as file:
            # Of 5 points of 4 seeds only theta itself has gradients.
            finite = numpy.isfinite(file["lifetimes/gradient_norm"][()])
            self.assertTrue(finite[:, :, :4].all() and not finite[:, :, 4:].any())

    def test_finished_run_is_left_alone(self):
        shutil.copy(self.whole, self.archive)
        before = self.archive.stat().st_mtime_ns, self.archive.read_bytes()
        for ranks in (None, 3):
            self.assertIn("complete", self.resume(ranks=ranks).stdout)
            self.assertEqual((self.archive.stat().st_mtime_ns, self.archive.read_bytes()), before)

    def test_broken_records_are_computed_again(self):
        shutil.copy(self.whole, self.archive)
        with h5py.File(self.archive, "r+") as file:
            file["lifetimes/reward"][1, 2, 3, 7] += 1
            file["evaluations/loss"][2, 1, 0] = 0
            file["lifetimes/gradient_norm"][3, 0, 1] *= 2
        self.assertIn("3 broken", self.run_program("verify", "run.h5", status=1).stdout)
        self.resume()
        self.assert_whole()
        self.run_program("verify", "run.h5")

    def test_resume_starts_what_is_not_there(self):
        self.resume()
        self.assert_whole()

    def test_another_configuration_is_refused_by_its_keys(self):
        shutil.copy(self.whole, self.archive)
        before = self.archive.read_bytes()
        for option, key in (("meta.seeds=5", "run.h5: meta.seeds: found 5, allowed: 4"),
                            ("task.delay=80 ms", "task.delay: found 80 ms, allowed: 60 ms"),
                            ("task.name=dnms", "task.name: found dnms, allowed: association")):
            run = self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", "--set", option,
                                   ranks=2, status=2)
            self.assertIn(key, run.stderr)
        self.write("sweep.yaml", SWEEP.replace("[0.02, 0.05]", "[0.02, 0.06]"))
        self.assertIn("learning.rate", self.resume(status=2).stderr)
        self.assertEqual(self.archive.read_bytes(), before)
        self.write("sweep.yaml", SWEEP.replace("name: resume", "name: again"))
        self.resume()

    def test_second_run_is_refused_while_the_first_lives(self):
        process = self.start_run("--set", "learning.trials=3000")
        for options in ((), ("--resume", "--set", "learning.trials=3000")):
            run = self.run_program("run", "sweep.yaml", "-o", "run.h5", *options, status=2)
            self.assertRegex(run.stderr, r"another run is at work on it: process \d+ on ")
        self.run_program("status", "run.h5")
        process.send_signal(signal.SIGUSR1)
        self.end(process, 75)
        self.assertFalse((self.folder / "run.h5.lock").exists())

    def test_second_run_is_refused_under_another_name_of_the_archive(self):
        process = self.start_run("--set", "meta.iterations=1000")
        (self.folder / "symbolic").mkdir()
        (self.folder / "symbolic/link.h5").symlink_to("../run.h5")
        (self.folder / "hard.h5").hardlink_to(self.archive)
        for name in ("symbolic/link.h5", "hard.h5"):
            run = self.run_program("run", "sweep.yaml", "-o", name, "--resume", "--set",
                                   "meta.iterations=1000", ranks=2, status=2)
            self.assertIn(f"{name}: another run is at work on it", run.stderr)
        self.run_program("status", "hard.h5")
        process.send_signal(signal.SIGUSR1)
        self.end(process, 75)
        self.run_program("run", "sweep.yaml", "-o", "hard.h5", "--resume", "--set",
                         "meta.iterations=1000", "--time-limit", "1 s", status=75)

    def test_resumed_run_keeps_the_gradient_of_its_archive(self):
        """What would be chosen today, with replays tangents and without the adjoint, is not asked."""
        for way, sweep in (("adjoint", SWEEP), ("tangent", SWEEP.replace(", replay: [1, 2, 1]", ""))):
            self.write("sweep.yaml", sweep)
            self.run_program("run", "sweep.yaml", "-o", "said.h5", "--set", f"meta.gradient={way}")
            process = self.start_run("--set", f"meta.gradient={way}")
            process.send_signal(signal.SIGUSR1)
            self.end(process, 75)
            other = {"adjoint": "tangent", "tangent": "adjoint"}[way]
            run = self.run_program("run", "sweep.yaml", "-o", "run.h5", "--resume", "--set",
                                   f"meta.gradient={other}", status=2)
            self.assertIn(f"meta.gradient: found {other}, allowed: {way}", run.stderr)
            self.resume()
            self.whole = self.folder / "said.h5"
            self.assert_whole()
            self.assertIn(f"by {'the ' if way == 'adjoint' else ''}{way}",
                          self.run_program("show", "run.h5").stdout)
            for name in ("said.h5", "run.h5"):
                (self.folder / name).unlink()

    def test_lock_of_a_dead_run_does_not_hinder(self):
        process = self.start_run(ranks=None)
        process.kill()
        self.end(process)
        self.assertTrue((self.folder / "run.h5.lock").exists())
        self.resume()
        self.assert_whole()

    def test_killed_race_ends_with_the_same_decisions(self):
        race = SWEEP.replace("seeds: 4,", "seeds: 4, optimizer: {name: race, population: 4},") \
                    .replace("iterations: 8", "iterations: 4")
        self.write("sweep.yaml", race)
        self.run_program("run", "sweep.yaml", "-o", "race.h5")
        process = self.start_run(ranks=None)
        process.kill()
        self.end(process)
        with h5py.File(self.archive, "r") as file:
            self.assertTrue((file["decisions/verdict"][()] == 0).any())
        self.resume()
        self.whole = self.folder / "race.h5"
        self.assert_whole()
        with h5py.File(self.archive, "r") as file:
            self.assertTrue((file["decisions/verdict"][()] > 0).all())

    def test_second_signal_ends_at_once(self):
        process = self.start_run("--set", "learning.trials=20", "--set", "task.delay=400 s",
                                 "--set", "meta.gradient=tangent", ranks=None)
        process.send_signal(signal.SIGINT)
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        before = time.monotonic()
        self.end(process, 75)
        self.assertLess(time.monotonic() - before, 0.5)

    def test_time_limit_ends_softly_and_in_time(self):
        before = time.monotonic()
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--time-limit", "3 s", "--set",
                         "meta.iterations=1000", ranks=2, status=75)
        self.assertLess(time.monotonic() - before, 6)
        self.assertGreater(committed(self.archive), 5)
        for bad in ("3", "3 weeks", "-1 s", "0 s"):
            run = self.run_program("run", "sweep.yaml", "-o", "no.h5", "--time-limit", bad, status=2)
            self.assertIn(f"'{bad}'", run.stderr)

    def test_term_of_the_launcher_leaves_the_true_status(self):
        process = self.start_run()
        process.terminate()
        self.end(process)
        self.assertEqual(self.status(), 75)
        self.resume()
        self.assert_whole()

    def test_suspended_run_goes_on(self):
        process = self.start_run()
        ranks = ranks_of(process.pid)
        for rank in ranks:
            os.kill(rank, signal.SIGSTOP)
        time.sleep(2.5)
        for rank in ranks:
            os.kill(rank, signal.SIGCONT)
        self.end(process, 0)
        self.assert_whole()

    def test_announcement_of_an_end_makes_a_pause(self):
        process = self.start_run("--set", "meta.iterations=400")
        os.kill(ranks_of(process.pid)[0], signal.SIGCONT)
        time.sleep(1)
        before = committed(self.archive)
        time.sleep(1)
        self.assertEqual(committed(self.archive), before)
        time.sleep(2)
        self.assertGreater(committed(self.archive), before)
        process.send_signal(signal.SIGUSR1)
        self.end(process, 75)

    def test_sweep_goes_on_without_a_dead_rank(self):
        process = self.start_run("--sign-of-life", "0.3 s", ranks=4,
                                 launcher=["--enable-recovery"])
        os.kill(ranks_of(process.pid)[2], signal.SIGKILL)
        self.end(process)
        self.assertEqual(self.status(), 0)
        self.assert_whole()

    def test_death_of_rank_0_ends_the_run(self):
        for launcher in (["--enable-recovery"], []):
            process = self.start_run("--resume", "--sign-of-life", "0.1 s", launcher=launcher)
            os.kill(ranks_of(process.pid)[0], signal.SIGKILL)
            self.end(process)
            self.assertFalse((self.folder / "run.h5.status").exists())
        self.assertLess(committed(self.archive), JOBS)
        self.resume()
        self.assert_whole()

    def test_merged_shards_are_the_whole(self):
        shards = [f"{shard}.h5" for shard in (1, 2, 3)]
        for shard in (1, 3):
            self.run_program("run", "sweep.yaml", "-o", f"{shard}.h5", "--shard", f"{shard}/3")
        for bad in (shards[:1], shards[::2]):
            run = self.run_program("merge", *bad, "-o", "run.h5", status=2)
            self.assertRegex(run.stderr, r"candidate \d is in none of these archives")
        self.run_program("run", "sweep.yaml", "-o", "2.h5", "--shard", "2/3", ranks=2)
        self.run_program("merge", *shards, "-o", "run.h5")
        self.assert_whole()
        self.run_program("verify", "run.h5")
        self.assertIn("complete", self.resume().stdout)
        self.run_program("merge", *shards, "-o", "run.h5", status=2)
        self.run_program("run", "sweep.yaml", "-o", "other.h5", "--set", "seed=4")
        run = self.run_program("merge", "1.h5", "other.h5", "-o", "no.h5", status=2)
        self.assertIn("other.h5: seed: found 3, allowed: 4", run.stderr)
        self.assertFalse(list(self.folder.glob("no.h5*")))

    def test_lifetime_without_memory_is_recorded_and_the_sweep_goes_on(self):
        self.write("sweep.yaml", SWEEP.replace("[10, 14]", "[10, 2000]").replace("replay: [1, 2, 1]",
                   "interval: 20 ms").replace("weights: [initial, first, last]", "weights: []"))
        limit = 1500 << 20
        for ranks in (None, 2):
            run = subprocess.run([*([MPIRUN, "-n", "2"] if ranks else []), BINARY, "run",
                                  "sweep.yaml", "-o", f"{ranks}.h5", "--set", "meta.iterations=1",
                                  "--set", "meta.seeds=1", "--set", "learning.trials=6", "--set",
                                  "meta.held_out_seeds=0", "--set", "meta.gradient=tangent"], cwd=self.folder, text=True,
                                 env=environment(self.mpi_folder), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS,
                                                                       (limit, limit)))
            self.assertIn("out of memory", run.stdout)
            with h5py.File(self.folder / f"{ranks}.h5", "r") as file:
                self.assertEqual(file["lifetimes/state"][:, 0, 0].tolist(), [1, 5, 1, 5])
                self.assertTrue(numpy.isnan(file["lifetimes/loss"][1, 0, 0]))
                self.assertRegex(file["log/failure"][0].decode(),
                                 r"candidate 1, \w+ 0, seed 0, rank \d: out of memory: ")
            self.run_program("verify", f"{ranks}.h5")


class Disk(Case):
    """File systems that fail."""

    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)

    def mount(self, size):
        if os.geteuid() != 0:
            self.skipTest("mounting a small disk needs root")
        place = self.folder / "disk"
        place.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place],
                              stderr=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            self.skipTest("this machine forbids mounts")
        self.addCleanup(subprocess.run, ["umount", "-l", place], check=False)
        return place

    def test_disk_without_room_is_refused(self):
        place = self.mount("100k")
        run = self.run_program("run", "sweep.yaml", "-o", "disk/run.h5", status=2)
        self.assertRegex(run.stderr, "needs .* GB")
        self.assertEqual(list(place.iterdir()), [])

    def test_disk_that_fills_up_ends_the_run_and_keeps_what_is_committed(self):
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--time-limit", "2 s", "--set",
                         "meta.iterations=200", status=75)
        # Without the room that it has taken in advance.
        subprocess.run(["cp", "--sparse=always", "run.h5", "sparse.h5"], cwd=self.folder, check=True)
        taken = (self.folder / "sparse.h5").stat().st_blocks * 512
        place = self.mount(taken + (64 << 10))
        subprocess.run(["cp", "--sparse=always", "sparse.h5", place / "run.h5"], cwd=self.folder,
                       check=True)
        before = committed(place / "run.h5")
        for ranks in (None, 3):
            run = self.run_program("run", "sweep.yaml", "-o", "disk/run.h5", "--resume", "--set",
                                   "meta.iterations=200", ranks=ranks, status=1)
            self.assertRegex(run.stderr, "disk/run.h5: .*(No space|cannot write)")
            self.assertGreaterEqual(committed(place / "run.h5"), before)
            self.run_program("verify", "disk/run.h5")

    def test_missing_folder_and_read_only_disk_are_refused(self):
        run = self.run_program("run", "sweep.yaml", "-o", "nowhere/run.h5", status=2)
        self.assertIn("nowhere/run.h5", run.stderr)
        place = self.mount("30m")
        self.run_program("run", "sweep.yaml", "-o", "disk/run.h5", "--time-limit", "1 s", "--set",
                         "meta.iterations=100", status=75)
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        run = self.run_program("run", "sweep.yaml", "-o", "disk/run.h5", "--resume", "--set",
                               "meta.iterations=100", ranks=2, status=2)
        self.assertRegex(run.stderr, "disk/run.h5.*Read-only")
        self.run_program("verify", "disk/run.h5")


if __name__ == "__main__":
    unittest.main()
