"""The command `efficiency`: the same file on any number of ranks, the rule that it writes, its page,
refusals."""
import importlib.util
import subprocess
import sys
import unittest

import h5py
import numpy

from thetasweep import ROOT, Case

SWEEP = """\
task: {name: association, cue: 100 ms, delay: 60 ms, response: 100 ms}
network: {units: 12, density: 0.8, tau: 50 ms, dt: 20 ms}
rule: {degree: 2, start: {r1 d1: -0.01, r2 p1: 0.001}, terms: [r1 d1, r2 p1]}
learning: {trials: 30, warmup: 4, rate: 0.05, clip: 0.01}
meta: {iterations: 1, seeds: 1, held_out_seeds: 1}
"""
QUICK = ("--networks", 3, "--trials", 40, "--stages", "0,20")
# Where curvature is above 0: squares of errors, and a network that is nearly linear.
BENT = ("--damage", 100, "--set", "meta.objective=square", "--set", "network.gain=0.6")


class Efficiency(Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)

    def measure(self, *options, ranks=None, status=0):
        return self.run_program("efficiency", "sweep.yaml", *QUICK, *options, ranks=ranks,
                                status=status)

    def test_table_and_file_are_the_same_on_1_and_3_ranks(self):
        options = ("--tau-e", "inf,200 ms")
        one = self.measure("-o", "one.h5", *options)
        three = self.measure("-o", "three.h5", *options, ranks=3)
        self.assertEqual(one.stdout, three.stdout)
        self.assertEqual((self.folder / "one.h5").read_bytes(),
                         (self.folder / "three.h5").read_bytes())
        self.assertRegex(one.stdout, r"(?m)^rule.terms +2 +200 ms ")
        self.assertRegex(one.stdout, r"(?m)^rule.terms +4 +all ")
        self.assertRegex(one.stderr, r"6 of 6 measurements, took ")

    def test_file_says_what_the_table_does(self):
        table = self.measure("-o", "one.h5").stdout
        with h5py.File(self.folder / "one.h5") as file:
            self.assertEqual(file.attrs["format"], b"thetasweep-efficiency")
            columns = [name.decode() for name in file["column"]]
            rules = [name.decode() for name in file["rule"]]
            theta = file["rules/theta"][rules.index("rule.start")]
            self.assertEqual(theta[columns.index("r2 p1, tau_e inf")], 0.001)
            self.assertEqual(numpy.isfinite(theta).sum(), 2)
            signal, gram = file["measured/signal"][()], file["measured/gram"][()]
            self.assertEqual(signal.shape, (3, 2, len(columns)))
            self.assertEqual([scale[0].name.split("/")[-1] for scale in file["measured/gram"].dims],
                             ["network", "stage", "column", "column_with"])
            # (30) with what is in the file, of -1 r1 d1 and -1 r3 d3
            cubic, linear = (columns.index(f"{name}, tau_e inf") for name in ("r3 d3", "r1 d1"))
            square = numpy.maximum(file["measured/gradient"][()],
                                   file["measured/gradient_noise"][()] / 40)
            unit = 1 / numpy.sqrt(square * gram[:, :, cubic, cubic])

            def share(k):
                drift = (-signal[:, :, k] * unit).mean()
                error = ((file["measured/signal_error"][:, :, k] * unit) ** 2).sum() / 6 ** 2
                size = (gram[:, :, k, k] / gram[:, :, cubic, cubic]).mean()
                return numpy.sign(drift) * (drift ** 2 - error) / size
            ratio, found = (file[f"rules/{name}"][rules.index("covariance")]
                            for name in ("ratio", "share"))
            self.assertAlmostEqual(file["columns/ratio"][linear], -ratio, 12)
            self.assertAlmostEqual(found, share(linear), 12)
            self.assertAlmostEqual(ratio, share(linear) / share(cubic), 10)
        self.assertIn(f"covariance                   1      inf {ratio:8.3g}", table)

    def test_terms_of_one_set_alone_have_the_same_numbers(self):
        self.measure("-o", "all.h5")
        told = self.measure("-o", "one.h5", "--only", "r1 d3, r1 d5, with p2").stdout
        self.assertNotIn("degree 3", told)
        with h5py.File(self.folder / "all.h5") as every, h5py.File(self.folder / "one.h5") as one:
            names = [name.decode() for name in every["column"]]
            kept = [names.index(name.decode()) for name in one["column"]]
            self.assertEqual(len(kept), 8)  # 4, -1 r3 d3, 2 of the file, node perturbation
            numpy.testing.assert_allclose(one["measured/signal"], every["measured/signal"][:, :, kept],
                                          rtol=1e-9, atol=1e-15)
            self.assertEqual([name.decode() for name in one["rule"]],
                             ["miconi: -1 r3 d3", "covariance", "gain-gated", "rule.start",
                              "node perturbation", "gradient of each trial", "r1 d1", "r1 d3",
                              "r3 d3", "r1 d5", "r1 d3, r1 d3 p2",
                              "r1 d3, r1 d5, with p2", "rule.terms", "1 term",
                              *(f"{count} terms" for count in (2, 3, 4, 5))])

    def test_rules_of_other_files_are_rows_on_any_ranks(self):
        """The sweep file's own rule under another name has its numbers, one twice as large too."""
        self.write("own.yaml", "rule: {start: {r1 d1: -0.01, r2 p1: 0.001}}\n")
        self.write("twice.yaml", SWEEP.replace("-0.01", "-0.02").replace("0.001", "0.002"))
        self.write("decays.yaml", "rule: {start: {r2 d2: 1}, start_in: normalised, "
                                  "tau_e: 200 ms}\n")
        options = [word for name in ("own", "twice", "decays")
                   for word in ("--with", f"{name}.yaml")]
        one = self.measure("-o", "one.h5", *options)
        three = self.measure("-o", "three.h5", *options, ranks=3)
        self.assertEqual(one.stdout, three.stdout)
        rows = {line.split("  ")[0]: line.split()[1:] for line in one.stdout.splitlines()}
        self.assertEqual(rows["own"], rows["rule.start"])
        self.assertEqual(rows["twice"], rows["rule.start"])
        self.assertEqual(rows["decays"][:3], ["1", "200", "ms"])
        with h5py.File(self.folder / "one.h5") as file:
            columns = [name.decode() for name in file["column"]]
            rules = [name.decode() for name in file["rule"]]
            theta = file["rules/theta"][rules.index("decays")]
            self.assertEqual([columns[k] for k in numpy.flatnonzero(numpy.isfinite(theta))],
                             ["r2 d2, tau_e 200 ms"])

    def test_what_is_no_rule_for_these_networks_is_refused(self):
        for text, message in (
                ("rule: {start: {from: efficiency}}\n",
                 "given.yaml:1:22: rule.start: found from: efficiency, allowed: coefficients"),
                ("rule: {family: bptt}\n", "rule.family: found bptt, allowed: polynomial"),
                ("rule: {start: {r1 w1: 1}}\n", "rule.start: found a power of w"),
                ("rule: {tau_e: 5 ms}\n", "rule.tau_e: found 5 ms, allowed: at least"),
                ("rule:\n  trace_alpha: 0.2\n",
                 "given.yaml:2:16: rule.trace_alpha: found 0.2, allowed: 0.05"),
                ("sweep: {parameters: {rule.degree: {values: [1, 2]}}}\n", "found a sweep"),
                ("rule: {strat: {r1 d1: 1}}\n", "did you mean")):
            with self.subTest(text):
                self.write("given.yaml", text)
                self.assertIn(message, self.measure("--with", "given.yaml", status=2).stderr)
        self.assertIn("no.yaml", self.measure("--with", "no.yaml", status=2).stderr)
        self.assertIn("did you mean",
                      self.measure("--with", "given.yaml", ranks=2, status=None).stderr)

    def test_damage_is_told_beside_and_is_the_same_on_any_ranks(self):
        plain = self.measure("-o", "plain.h5", *BENT[2:]).stdout
        told = {ranks: self.measure("-o", f"{ranks}.h5", *BENT, ranks=ranks)
                for ranks in (1, 2, 4)}
        self.assertEqual(told[1].stdout, told[2].stdout)
        self.assertEqual(told[1].stdout, told[4].stdout)
        files = [(self.folder / f"{ranks}.h5").read_bytes() for ranks in told]
        self.assertEqual(files[0], files[1])
        self.assertEqual(files[0], files[2])
        for line in plain.splitlines():
            if line.startswith(("miconi", "odd", "degree")):
                self.assertIn(line, told[1].stdout)
        with h5py.File(self.folder / "plain.h5") as file, h5py.File(self.folder / "1.h5") as more:
            for name in ("measured/gram", "measured/signal", "rules/theta", "columns/ratio"):
                numpy.testing.assert_array_equal(file[name][()], more[name][()])
            self.assertNotIn("measured/damage", file)
            damage, error = more["measured/damage"][()], more["measured/damage_error"][()]
            numpy.testing.assert_array_equal(damage, damage.swapaxes(2, 3))
            self.assertTrue((error > 0).any() and (error >= 0).all())
            # (35) with what is in the file, of -1 r1 d1 and -1 r3 d3
            columns = [name.decode() for name in more["column"]]
            rules = [name.decode() for name in more["rule"]]
            cubic, linear = (columns.index(f"{name}, tau_e inf") for name in ("r3 d3", "r1 d1"))
            square = numpy.maximum(more["measured/gradient"][()],
                                   more["measured/gradient_noise"][()] / 40)
            size = more["measured/gram"][:, :, cubic, cubic]
            unit = 1 / numpy.sqrt(square * size)

            def efficiency(k):
                drift = (-more["measured/signal"][:, :, k] * unit).mean()
                noise = ((more["measured/signal_error"][:, :, k] * unit) ** 2).sum() / 6 ** 2
                harm = (damage[:, :, k, k] / size / numpy.sqrt(square)).mean()
                return numpy.sign(drift) * (drift ** 2 - noise) / harm if harm > 0 else numpy.nan
            ratio = more["rules/damage_ratio"][rules.index("covariance")]
            numpy.testing.assert_allclose(ratio, efficiency(linear) / efficiency(cubic), 1e-9)
            self.assertTrue(numpy.isfinite(ratio))

    def test_rule_by_damage_is_written(self):
        told = self.measure(*BENT, "--rule", "rule.yaml", "--set-name", "degree 2",
                            "-o", "one.h5").stdout
        text = (self.folder / "rule.yaml").read_text()
        self.assertIn("one standard error of the best, by damage: ", told)
        self.assertIn("# The best rule of 'degree 2' by damage: ", text)
        with h5py.File(self.folder / "one.h5") as file:
            rules = [name.decode() for name in file["rule"]]
            columns = [name.decode() for name in file["column"]]
            theta = file["rules/damage_theta"][rules.index("degree 2")]
            start = " ".join(text.split("start: {")[1].split("}")[0].split())
            said = dict(item.split(": ") for item in start.split(", "))
            self.assertGreater(len(said), 1)
            found = numpy.array([theta[columns.index(f"{name}, tau_e inf")] for name in said])
            said = numpy.array([float(number) for number in said.values()])
            numpy.testing.assert_allclose(said / said[0], found / found[0], rtol=2e-3)

    def test_rule_runs_and_is_as_large_as_the_start(self):
        self.measure("--rule", "rule.yaml", "--set-name", "degree 2", "-o", "one.h5")
        text = (self.folder / "rule.yaml").read_text()
        self.assertIn("# The best rule of 'degree 2'", text)
        rest = "".join(line for line in SWEEP.splitlines(True) if not line.startswith("rule"))
        self.write("found.yaml", rest + text)
        self.run_program("run", "found.yaml", "-o", "found.h5")
        with h5py.File(self.folder / "found.h5") as found, \
                h5py.File(self.folder / "one.h5") as file:
            theta = found["theta"][0, 0]
            rules = [name.decode() for name in file["rule"]]
            names = [name.decode() + ", tau_e inf" for name in found["parameter"]]
            columns = [name.decode() for name in file["column"]]
            place = [columns.index(name) for name in names]
            gram = file["measured/gram"][()]
            cubic = columns.index("r3 d3, tau_e inf")
            gram = (gram / gram[:, :, cubic, cubic, None, None]).mean(axis=(0, 1))
            best = file["rules/theta"][rules.index("degree 2")][place]
            start = numpy.nan_to_num(file["rules/theta"][rules.index("rule.start")])
            size = start @ gram @ start
            numpy.testing.assert_allclose(theta, numpy.sqrt(size) * best, rtol=1e-3)
            self.assertAlmostEqual(best @ gram[numpy.ix_(place, place)] @ best, 1)

    def test_start_is_raw_whether_it_is_learned_or_not(self):
        found = []
        for learn in ("theta", ""):
            name = f"{learn or 'none'}.h5"
            self.measure("-o", name, "--set", f"rule.learn=[{learn}]",
                         "--set", "rule.start_in=normalised", "--set", "rule.start={r1 d1: -0.2}")
            with h5py.File(self.folder / name) as file:
                row = [text.decode() for text in file["rule"]].index("rule.start")
                theta = file["rules/theta"][row]
                found.append(theta[numpy.isfinite(theta)])
        self.assertEqual(found[0].size, 1)
        self.assertLess(found[0][0], 0)
        self.assertNotAlmostEqual(found[0][0], -0.2, 2)
        numpy.testing.assert_array_equal(*found)

    def test_rule_of_the_smallest_good_set_is_written_without_a_name(self):
        told = self.measure("--rule", "rule.yaml").stdout
        chosen = told.split("one standard error of the best: ")[1].split(" (")[0]
        self.assertIn(f"'{chosen}'", (self.folder / "rule.yaml").read_text())

    def test_rules_of_few_terms_have_so_many_and_say_what_each_is_worth(self):
        told = self.measure("--rule", "rule.yaml", "--set-name", "3 terms", "-o", "few.h5").stdout
        pair = "r1 d3, r1 d3 p2"
        self.measure("--set-name", pair, "-o", "pair.h5")
        with h5py.File(self.folder / "few.h5") as file:
            rules = [name.decode() for name in file["rule"]]
            columns = [name.decode() for name in file["column"]]
            theta = file["rules/theta"][()]
            for count in (1, 2, 3, 12, 20):
                row = rules.index(f"{count} term{'s' * (count > 1)}")
                chosen = numpy.flatnonzero(numpy.isfinite(theta[row]))
                self.assertEqual(len(chosen), count)
                for k in chosen:                                # odd in D
                    self.assertRegex(columns[k], r"d[135]")
            has = numpy.flatnonzero(numpy.isfinite(theta[rules.index("3 terms")]))
            self.assertEqual([name.decode() for name in file["term"]], [columns[k] for k in has])
            self.assertEqual(file.attrs["ablated"], b"3 terms")
            self.assertIn("one standard error of the best: " + file.attrs["smallest"].decode(), told)
        terms = ", ".join(columns[k].split(",")[0] for k in has)
        self.assertIn(f"  terms: [{terms}]", (self.folder / "rule.yaml").read_text())
        self.assertRegex(told, r"(?m)^3 terms +3 +inf ")
        self.assertRegex(told, "(?m)^3 terms   " + ",".join(
            rf" [-+]\S+ {columns[k].split(',')[0]}" for k in has).replace(",", ""))
        with h5py.File(self.folder / "pair.h5") as file:       # the other term alone has a row
            ratio, worth = file["rules/ratio"][()], file["terms/worth"][()]
            self.assertEqual(file["term"][1], b"r1 d3 p2, tau_e inf")
            self.assertAlmostEqual(worth[1], ratio[rules.index(pair)] - ratio[rules.index("r1 d3")],
                                   12)

    @unittest.skipIf(importlib.util.find_spec("matplotlib") is None, "no matplotlib here")
    def test_page_shows_terms_and_ceiling(self):
        for options in ((), ("--tau-e", "200 ms", "--damage", 24)):
            name = f"{len(options)}.h5"
            self.measure("-o", name, *options)
            subprocess.run([sys.executable, "-W", "error::RuntimeWarning",
                            ROOT / "analysis" / "report.py", name, "-o", "page"],
                           cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
            page = (self.folder / "page" / "index.html").read_text()
            for figure in ("efficiency_terms", "efficiency_ceiling"):
                self.assertIn(f'<img id="{figure}"', page)
                self.assertTrue((self.folder / "page" / "figures" / f"{figure}.pdf").exists())
        self.assertIn("<td>degree 3, tau_e 200 ms</td>", page)
        self.assertIn("<th>by damage</th>", page)
        self.assertIn("network:\n  units: 12", page)

    def test_mistakes_are_refused_before_the_work(self):
        self.write("there.h5", "")
        for options, message in (
                (("-o", "there.h5"), "there.h5: found a file, allowed: a new name"),
                (("--rule", "there.h5"), "there.h5: found a file, allowed: a new name"),
                (("--rule", "no/rule.yaml"), "no/rule.yaml: cannot be written"),
                (("--set-name", "degree 7"), "--set-name: found 'degree 7'"),
                (("--stages", "20,0"), "--stages: found '20,0', allowed: rising numbers"),
                (("--stages", "31"), "from 0 to learning.trials = 30"),
                (("--tau-e", "5 ms"), "at least network.dt = 20 ms"),
                (("--tau-e", "fast"), "--tau-e: found 'fast'"),
                (("--networks", 1), "--networks: found '1'"),
                (("--damage", 1), "--damage: found '1'"),
                (("--only", "degree 7"), "--only: found 'degree 7'"),
                (("--set", "learning.reward=binary"), "meta.objective: found reward")):
            with self.subTest(options):
                self.assertIn(message, self.measure(*options, status=2).stderr)
        self.assertEqual((self.folder / "there.h5").read_text(), "")
        self.assertIn("--networks: found '1'",
                      self.measure("--networks", 1, ranks=2, status=None).stderr)

    def test_networks_that_diverge_are_left_out_and_said(self):
        told = self.measure("--set", "learning.rate=1e6", "--set", "learning.clip=inf",
                            "--set", "network.phi=relu", "--set", "network.gain=3", status=1)
        self.assertIn("network 0 diverges and is left out", told.stdout)
        self.assertIn("2 at least are needed", told.stderr)


if __name__ == "__main__":
    unittest.main()
