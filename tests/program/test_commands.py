"""The commands, run as a user runs them: what they print, what they refuse."""
import re
import subprocess
import time
import unittest

from thetasweep import Case, ROOT, command, environment

SMALL = """\
name: small
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 12, tau: 50 ms, dt: 20 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {start: {r3 d3: -0.02}}
learning: {trials: 30, warmup: 5, reward: square}
meta: {iterations: 3, seeds: 3, held_out_seeds: 2}
sweep:
  parameters:
    learning.rate: {values: [0.02, 0.05]}
    network.gain: {min: 1, max: 1.5, count: 3}
"""

# One file each, but help, which stands beside the list.
COMMANDS = sorted(path.stem for path in (ROOT / "src/program/commands").glob("*.c")) + ["help"]


class Refusals(Case):
    """Bad input: one clear message, status 2, nothing created or changed."""

    def setUp(self):
        super().setUp()
        self.sweep = self.write("sweep.yaml", SMALL)

    def contents(self):
        return {path: path.read_bytes() for path in self.folder.rglob("*")
                if path.is_file() and self.mpi_folder not in path.parents}

    def refuse(self, *arguments, ranks=None):
        """Runs, expects a refusal that touches nothing, and returns the message."""
        before = self.contents()
        result = self.run_program(*arguments, ranks=ranks, status=2)
        self.assertEqual(self.contents(), before)
        if ranks is None:
            self.assertEqual(result.stdout, "")
        return result.stderr

    def refuse_file(self, text, *words):
        """A sweep file refused at `words`, by run and by check alike."""
        self.write("bad.yaml", text)
        for arguments in (["check", "bad.yaml"], ["run", "bad.yaml", "-o", "run.h5"]):
            message = self.refuse(*arguments)
            for word in words:
                self.assertIn(word, message)

    def test_unknown_key_is_refused_with_the_nearest(self):
        self.refuse_file("seed: 1\nnetwork:\n  unts: 3\n", "bad.yaml:3:3:", "unts", "units")

    def test_times_without_a_unit_are_refused(self):
        self.refuse_file("network: {tau: 0.03, dt: 0.001}\ntask: {cue: 0.2}\n",
                         "bad.yaml:1:16:", "0.03 ms or 0.03 s (= 30 ms)", "bad.yaml:1:26:",
                         "bad.yaml:2:13:")
        self.assertIn("30 ms or 30 s", self.refuse("check", "sweep.yaml", "--set", "network.tau=30"))
        message = self.refuse("tasks", "dnms", "--csv", "--set", "task.cue=5")
        self.assertIn("5 ms or 5 s", message)
        self.refuse_file("record: {checkpoint: 10}\n", "bad.yaml:1:22:", "10 min or 10 s")

    def test_overrides_of_a_task_are_read_as_those_of_a_sweep(self):
        def table(*sets):
            return self.run_program("tasks", "dnms", "--csv", *sets)
        self.assertEqual(table("--set", " task.cue =\t0.1 s").stdout,
                         table("--set", "task.cue=100 ms").stdout)
        self.assertIn("--set task.name: found xor, allowed: dnms",
                      self.refuse("tasks", "dnms", "--csv", "--set", "task=xor"))
        self.assertIn("--csv", self.refuse("tasks", "dnms", "--set", "task.cue=100 ms"))

    def test_an_override_that_another_one_follows_is_told_of(self):
        for first, last in (("network.units=9", "network.units=8"),
                            ("rule.start.r1 d1=1", "rule.start={r3 d3: -1}"),
                            ("task=reversal", "task.name=association")):
            said = self.run_program("check", "sweep.yaml", "--set", first, "--set", last).stderr
            name = first.split("=")[0].replace("task", "task.name")
            self.assertIn(f"warning: --set {name} has no effect: --set ", said)
            said = self.run_program("check", "sweep.yaml", "--set", last).stderr
            self.assertNotIn("follows", said)
        said = self.run_program("check", "sweep.yaml", "--set", "rule.start={r3 d3: -1}", "--set",
                                "rule.start.r1 d1=1").stderr
        self.assertNotIn("follows", said)
        said = self.run_program("tasks", "dnms", "--csv", "--set", "task.cue=1 s", "--set",
                                "task.cue=100 ms").stderr
        self.assertIn("follows", said)

    def test_wrong_type_is_refused(self):
        self.refuse_file("network: {units: many}\n", "bad.yaml:1:18:", "many", "whole number")

    def test_value_out_of_range_is_refused(self):
        self.refuse_file("network:\n  density: 1.5\n", "bad.yaml:2:12:", "1.5", "up to 1")

    def test_swept_parameter_that_does_not_exist_is_refused(self):
        self.refuse_file("sweep:\n  parameters:\n    network.unts: {values: [1, 2]}\n",
                         "bad.yaml:3:", "network.unts", "network.units")

    def test_settings_that_do_not_fit_together_are_refused(self):
        self.refuse_file("learning: {trials: 10, warmup: 10}\n", "bad.yaml:1:", "warmup")

    def test_missing_file_is_refused(self):
        self.assertIn("none.yaml", self.refuse("check", "none.yaml"))
        self.assertIn("none.yaml", self.refuse("run", "none.yaml", "-o", "run.h5"))

    def test_missing_archive_is_refused(self):
        self.assertIn("none.h5", self.refuse("status", "none.h5"))
        self.assertIn("none.h5", self.refuse("show", "none.h5"))

    def test_file_that_is_no_archive_is_refused(self):
        self.assertIn("sweep.yaml", self.refuse("status", "sweep.yaml"))

    def test_one_kind_of_file_in_the_place_of_another_is_named(self):
        self.assertIn("thetasweep run SWEEP.yaml -o RUN.h5", self.refuse("status", "sweep.yaml"))
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--shard", "1/6", "--quiet")
        for arguments in (["check", "run.h5"], ["run", "run.h5", "-o", "new.h5"]):
            self.assertIn("found an HDF5 file, allowed: a sweep file", self.refuse(*arguments))
        (self.folder / "wide.yaml").write_bytes(SMALL.encode("utf-16"))
        self.assertIn("UTF-16", self.refuse("check", "wide.yaml"))
        (self.folder / "zero.yaml").write_bytes(b"seed: 1\nname: a\0b\n")
        self.assertIn("zero.yaml:2:8: found a byte 0", self.refuse("check", "zero.yaml"))

    def test_a_rule_that_starts_outside_of_its_terms_is_told_why(self):
        for rule in ("terms: [r1 d1]", "degree: 2", "degree: 2, start: {r3 d3: 1}"):
            self.refuse_file(f"rule: {{{rule}}}\n", "r3 d3", "the start is {r3 d3: -1} where nothing")
        self.refuse_file("meta: {estimator: score}\n", "learning: {weight_noise: ")

    def test_existing_archive_is_refused(self):
        self.write("run.h5", "precious")
        self.assertIn("run.h5", self.refuse("run", "sweep.yaml", "-o", "run.h5"))

    def test_existing_archive_is_refused_under_mpirun(self):
        self.write("run.h5", "precious")
        message = self.refuse("run", "sweep.yaml", "-o", "run.h5", ranks=2)
        self.assertEqual(message.count("run.h5:"), 1, message)

    def test_folder_that_cannot_be_written_is_refused(self):
        self.write("file", "")  # nothing can stand below a file, not even for root
        self.assertIn("file/run.h5", self.refuse("run", "sweep.yaml", "-o", "file/run.h5"))
        self.assertIn("none/run.h5", self.refuse("run", "sweep.yaml", "-o", "none/run.h5"))
        self.assertIn("mkdir", self.refuse("run", "sweep.yaml", "-o", "none/run.h5"))

    def test_bad_shards_are_refused(self):
        for shard in ("5/3", "0/3", "1", "1/0", "a/b", "1/3x", "-1/3", ""):
            message = self.refuse("run", "sweep.yaml", "-o", "run.h5", "--shard", shard)
            self.assertIn("--shard", message)
            self.assertIn(f"'{shard}'", message)

    def test_run_without_output_is_refused(self):
        self.assertIn("-o", self.refuse("run", "sweep.yaml"))

    def test_bad_overrides_are_refused(self):
        for override in ("network.unts=3", "network.units=x", "network.units"):
            message = self.refuse("check", "sweep.yaml", "--set", override)
            self.assertIn("--set", message)

    def test_override_of_a_swept_parameter_is_refused(self):
        message = self.refuse("check", "sweep.yaml", "--set", "network.gain=2")
        self.assertIn("network.gain", message)

    def test_unknown_command_and_option_are_refused_with_the_nearest(self):
        self.assertIn("'run'", self.refuse("rnu"))
        self.assertIn("--ranks", self.refuse("check", "sweep.yaml", "--rank5", "2"))

    def test_bad_numbers_of_options_are_refused(self):
        for number in ("0", "-1", "x", "1.5", "", " 1"):
            message = self.refuse("check", "sweep.yaml", "--ranks", number)
            self.assertIn("--ranks", message)

    def test_missing_and_extra_words_are_refused(self):
        self.assertIn("SWEEP.yaml", self.refuse("check"))
        self.assertIn("'more'", self.refuse("check", "sweep.yaml", "more"))
        self.assertIn("--ranks", self.refuse("check", "sweep.yaml", "--ranks"))

    def test_unknown_names_are_refused_with_the_nearest(self):
        self.assertIn("network.units", self.refuse("parameters", "network.unts"))
        self.assertIn("dnms", self.refuse("tasks", "dnsm"))
        self.assertIn("rflo", self.refuse("rules", "rfol"))
        self.assertIn("'run'", self.refuse("help", "rnu"))


class Help(Case):
    def test_all_help_fits_100_columns(self):
        outputs = [["--help"], ["--version"], ["parameters"], ["tasks"], ["rules"]]
        outputs += [["help", name] for name in COMMANDS]
        outputs += [[name, "--help"] for name in COMMANDS]
        for arguments in outputs:
            output = self.run_program(*arguments).stdout
            self.assertGreater(len(output), 40, arguments)
            for line in output.splitlines():
                self.assertLessEqual(len(line), 100, line)

    def test_help_names_every_command(self):
        listed = self.run_program("--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
        self.assertEqual(sorted(re.findall(r"(?m)^  (\w+)", listed)), sorted(COMMANDS))

    def test_the_readme_names_no_command_that_does_not_exist(self):
        named = re.findall(r"(?m)^\| `(?!make)(\w+)", (ROOT / "README.md").read_text())
        self.assertIn("run", named)
        self.assertLessEqual(set(named), set(COMMANDS))

    def test_output_to_a_full_device_is_a_failure(self):
        self.write("sweep.yaml", SMALL)
        self.run_program("run", "sweep.yaml", "-o", "run.h5")
        for words in (["show", "run.h5"], ["status", "run.h5"], ["verify", "run.h5"], ["rules"],
                      ["check", "sweep.yaml"], ["parameters"], ["tasks"], ["--help"], ["--version"],
                      ["run", "sweep.yaml", "-o", "other.h5"]):
            with open("/dev/full", "w") as full:
                run = subprocess.run(command(*words), cwd=self.folder, stdout=full,
                                     stderr=subprocess.PIPE, text=True,
                                     env=environment(self.mpi_folder))
            self.assertEqual(run.returncode, 1, words)
            self.assertEqual(run.stderr.count("standard output: cannot write"), 1)
        self.assertEqual((self.folder / "other.h5.status").read_text(), "1\n")
        self.run_program("verify", "other.h5")

    def test_reader_of_the_output_may_leave(self):
        run = subprocess.run(f"{command('parameters')[0]} parameters | head -n 1",
                             shell=True, executable="/bin/bash", capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_version_names_the_libraries(self):
        output = self.run_program("--version").stdout
        for word in ("thetasweep", "gcc|clang|cc", "MPI", r"HDF5 +\d+\.\d+", "BLAS", "core type",
                     r"vectors +(avx512f|avx2|scalar)"):
            self.assertRegex(output, word)

    def test_version_is_that_of_the_citation_and_of_the_change_log(self):
        told = self.run_program("--version").stdout.split()[1]
        for name, line in (("CITATION.cff", r"version: (\S+)"), ("CHANGELOG.md", r"## ([^\s,]+)")):
            self.assertEqual(re.findall(rf"(?m)^{line}", (ROOT / name).read_text())[0], told, name)

    def test_parameters_of_one_section_and_one_name(self):
        section = self.run_program("parameters", "network").stdout
        self.assertIn("network.units = 200", section)
        self.assertNotIn("learning.rate", section)
        self.assertIn("learning.rate = ", self.run_program("parameters", "learning.rate").stdout)

    def test_parameters_tell_every_method_of_a_sweep(self):
        listed = (ROOT / "src/config/sweep_methods.h").read_text()
        output = self.run_program("parameters", "sweep").stdout
        self.assertEqual(re.findall(r"(?m)^ {6}(\w+): [A-Z]", output),
                         re.findall(r"(?m)^METHOD\((\w+)\)", listed))
        self.assertIn(output, self.run_program("parameters").stdout)

    def test_tasks_tell_conditions_and_chance(self):
        output = self.run_program("tasks", "dnms").stdout
        self.assertIn("AA, AB, BA, BB", output)
        self.assertIn("chance 0.5", output)

    def test_rules_tell_weights_presets_and_parameters(self):
        output = self.run_program("rules").stdout
        families = re.findall(r"(?m)^(\w+):$", output)
        allowed = self.run_program("parameters", "rule.family").stdout
        for name in families:
            self.assertIn(name, allowed)
        listed = (ROOT / "src/model/learners/list.h").read_text()
        self.assertEqual(families, re.findall(r"(?m)^LEARNER\((\w+)\)", listed))
        self.assertIn("Preset miconi sets rule.degree: 3", output)
        one = self.run_program("rules", "full_force").stdout
        self.assertIn("Plastic weights: recurrent, readout", one)
        self.assertIn("force.regularisation = 1", one)
        self.assertNotIn("bptt", one)


class Check(Case):
    def test_check_tells_the_numbers_and_creates_nothing(self):
        self.write("sweep.yaml", SMALL)
        output = self.run_program("check", "sweep.yaml", "--ranks", 3).stdout
        self.assertRegex(output, r"(?m)^candidates +6$")
        # 6 candidates, 3 iterations of 3 seeds, and 2 evaluations on 2 held-out seeds
        self.assertRegex(output, r"(?m)^lifetimes +78 \(54 training, 24 held-out\)$")
        self.assertRegex(output, r"(?m)^trials a lifetime +30$")
        self.assertRegex(output, r"(?m)^free parameters +16$")
        for word in ("memory a rank", "archive", "GF/s", "core-hours", "3 ranks"):
            self.assertIn(word, output)
        self.assertEqual([path.name for path in self.folder.glob("[!.]*")], ["sweep.yaml"])

    def test_check_times_trials_of_each_kind_of_lifetime(self):
        self.write("sweep.yaml", SMALL)
        self.write("sizes.yaml", SMALL.replace("network.gain: {min: 1, max: 1.5, count: 3}",
                                               "network.units: {values: [12, 24]}"))
        for name, options, words in (
                ("sweep.yaml", ["--no-timing"], "if lifetimes reach 40 % of that rate"),
                ("sweep.yaml", [], "from trials run here of 2 of 2 kinds of lifetimes"),
                ("sizes.yaml", [], "from trials run here of 4 of 4 kinds of lifetimes")):
            output = self.run_program("check", name, *options).stdout
            self.assertRegex(output, r"(?m)^core-hours +[\d.e-]+, " + words)
        self.assertEqual(len([*self.folder.glob("[!.]*")]), 2)

    def test_check_tells_how_busy_the_ranks_are(self):
        # One iteration follows from the other: of eight workers two can be busy, of two both.
        self.write("sweep.yaml", "meta: {iterations: 3, seeds: 2, held_out_seeds: 0}\n")
        for ranks, busy in ((2, 100), (3, 100), (9, 25)):
            said = self.run_program("check", "sweep.yaml", "--no-timing", "--ranks", ranks).stdout
            self.assertIn(f"(workers busy {busy} %)", said)

    def test_check_tells_the_archive_size(self):
        self.write("sweep.yaml", SMALL)
        output = self.run_program("check", "sweep.yaml").stdout
        number, unit = re.search(r"(?m)^archive +([\d.]+) (\w+)$", output).groups()
        said = float(number) * {"kB": 1e3, "MB": 1e6}[unit]
        self.run_program("run", "sweep.yaml", "-o", "run.h5")
        self.assertAlmostEqual((self.folder / "run.h5").stat().st_size / said, 1, delta=0.25)

    def test_overrides_count(self):
        self.write("sweep.yaml", SMALL)
        output = self.run_program("check", "sweep.yaml", "--set", "meta.seeds=5", "--set",
                                  "rule.degree=2", "--set", "rule.start={r1 d1: -1}").stdout
        self.assertIn("90 training", output)
        self.assertRegex(output, r"(?m)^free parameters +9$")

    def test_check_tells_how_gradients_are_computed_and_why(self):
        self.write("sweep.yaml", SMALL)
        for options, words in (
                ((), r"gradients +by the adjoint: (\S+) times .* by tangents (\S+)\n +\(.*: auto\)"),
                (("meta.gradient=tangent",), r"gradients +by tangents: .*\n.*: tangent\)"),
                (("record.replay=[0, 0, 0]",), r"gradients +by tangents: .*\n +record.replay ")):
            sets = [word for option in options for word in ("--set", option)]
            output = self.run_program("check", "sweep.yaml", *sets).stdout
            self.assertRegex(output, words)
            if not options:
                adjoint, tangents = re.search(words, output).groups()
                self.assertLess(float(adjoint), float(tangents))
        self.assertNotIn("gradients", self.run_program("check", "sweep.yaml", "--set",
                                                       "meta.estimator=es").stdout)

    def test_the_projects_own_sweeps_are_good(self):
        for path in sorted((ROOT / "jobs").glob("*.yaml")):
            self.run_program("check", path)


class Gradcheck(Case):
    def check(self, *options, status=0):
        self.write("sweep.yaml", SMALL)
        return self.run_program("gradcheck", "sweep.yaml", *options, status=status).stdout

    def test_pathwise_agrees_with_differences(self):
        output = self.check()
        error = float(re.search(r"(?m)^pathwise +relative error (\S+),", output)[1])
        self.assertLess(error, 1e-7)
        self.assertRegex(output, r"(?m)^pathwise .*\(exact\): agrees$")
        self.assertRegex(output, r"(?m)^discounted .*not exact")
        self.assertRegex(output, r"(?m)^r3 d3 ")

    def test_time_constants_and_stopped_reward_agree(self):
        output = self.check("--set", "meta.rpe_gradient=stopped", "--set",
                            "rule.learn=[theta, tau_e, tau_w]", "--set", "rule.tau_e=300 ms",
                            "--set", "rule.tau_w=100", "--candidate", "4", "--seed", "2")
        self.assertRegex(output, r"(?m)^pathwise .*\(exact\): agrees$")
        self.assertRegex(output, r"(?m)^log_tau_e ")
        self.assertRegex(output, r"(?m)^log_tau_w ")

    def test_chaotic_learning_is_said_to_be_out_of_reach(self):
        """A strong rule for long: the sensitivities explode, differences mean nothing."""
        output = self.check("--trials", "600", "--candidate", "5", "--set",
                            "rule.start={r1 d1: -0.1}", "--set", "rule.terms=[r1 d1, r3 d3]",
                            "--set", "learning.clip=0.02")
        growth = float(re.search(r"grew (\S+)-fold", output)[1])
        self.assertGreater(growth, 1e3)
        self.assertIn("chaotic", output)
        self.assertRegex(output, r"--trials \d+")

    def test_rule_without_free_parameters_is_refused(self):
        self.check("--set", "rule.learn=[]", status=2)

    def test_candidate_that_does_not_exist_is_refused(self):
        self.check("--candidate", "6", status=2)


class Run(Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SMALL)

    def test_run_ends_with_the_candidates_and_the_best_rule(self):
        output = self.run_program("run", "sweep.yaml", "-o", "run.h5").stdout
        rows = re.findall(r"(?m)^ +(\d) +(0\.0\d) +(\S+) +(\d\.\d+) +(\d\.\d+) ", output)
        self.assertEqual(sorted(row[0] for row in rows), list("012345"))
        ends = [float(row[4]) for row in rows]
        self.assertEqual(ends, sorted(ends))
        self.assertIn(f"candidate {rows[0][0]} of 6", output)
        self.assertRegex(output, r"e <- e \+ dt \( .*r\^3 D\^3")

    def test_a_log_gets_plain_lines(self):
        output = self.run_program("run", "sweep.yaml", "-o", "run.h5").stdout
        self.assertNotIn("\r", output)
        self.assertRegex(output, r"(?m)^78 of 78(?: lifetimes)? \(100 %\), \S+(?:/s| a second), took .*"
                         r", best \d\.\d{3} \+- \S+, 0 diverged$")

    def test_a_log_gets_plain_lines_from_mpirun_too(self):
        output = self.run_program("run", "sweep.yaml", "-o", "run.h5", ranks=2).stdout
        self.assertNotIn("\033", output)
        self.assertEqual(output.count(" (100 %)"), 1)

    def test_a_terminal_gets_one_line_drawn_again(self):
        output = self.on_terminal("run", "sweep.yaml", "-o", "run.h5")
        self.assertRegex(output, r"\r\033\[K\d+ of \d+ lifetimes \(100 %\)")

    def test_quiet_says_nothing(self):
        result = self.run_program("run", "sweep.yaml", "-o", "run.h5", "--quiet")
        self.assertEqual((result.stdout, result.stderr), ("", ""))

    def test_a_shard_runs_its_candidates_only(self):
        self.run_program("run", "sweep.yaml", "-o", "run.h5", "--shard", "2/3")
        output = self.run_program("status", "run.h5").stdout
        self.assertIn("lifetimes: 26 of 78 (54 training, 24 held-out) done", output)

    def test_show_tells_rule_and_curves(self):
        self.run_program("run", "sweep.yaml", "-o", "run.h5")
        output = self.run_program("show", "run.h5", "--candidate", 2, "--iteration", 0).stdout
        self.assertIn("small, candidate 2 of 6", output)
        self.assertIn("learning.rate: 0.02", output)
        self.assertIn("network.gain: 1.5", output)
        self.assertIn("e <- e + dt ( - 0.02 r^3 D^3 )", output)
        self.assertEqual(len(re.findall(r"(?m)^[0-3] +[\d.-]+ +[\d.-]+ +[\d.-]+$", output)), 4)
        for bad in (["--candidate", 6], ["--candidate", 0, "--iteration", 4]):
            self.run_program("show", "run.h5", *bad, status=2)

    def test_status_looks_on_while_a_run_goes_on(self):
        run = self.start("run", "sweep.yaml", "-o", "run.h5", "--set", "meta.iterations=2000",
                         ranks=3)
        archive = self.folder / "run.h5"
        seen = []
        limit = time.monotonic() + 60
        while len(seen) < 3 and time.monotonic() < limit:
            if run.poll() is not None:
                self.fail(f"the run ended early: {run.communicate()}")
            if archive.exists():
                output = self.run_program("status", "run.h5").stdout
                done = int(re.search(r"lifetimes: (\d+) of 36024 \(36000 training, 24 held-out\) "
                                     "done", output)[1])
                if done > (seen[-1] if seen else 0):
                    seen.append(done)
                    self.assertRegex(output, "running: 2 workers, .* lifetimes a second, "
                                     "time left: about ")
            time.sleep(0.2)
        self.assertEqual(len(seen), 3)


if __name__ == "__main__":
    unittest.main()
