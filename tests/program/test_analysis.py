"""thetasweep-analyze as a user runs it, and numpy's and scipy's opinion on its numbers."""
import pathlib
import re
import resource
import runpy
import shutil
import subprocess
import unittest
import zlib

import h5py
import numpy

from thetasweep import ROOT, Case, environment

ANALYZE = ROOT / "build" / "thetasweep-analyze"

SWEEP = """
name: analysis
seed: 3
task: {name: dnms, cue: 100 ms, delay: 100 ms, wait: 100 ms, response: 100 ms}
network: {units: 24, gain: 1.3, tau: 60 ms, dt: 20 ms, bias: 0.3}
exploration: {kind: kicks, probability: 0.05, amplitude: 3}
rule: {degree: 3, terms: [r1 d1, r3 d3], start: {r3 d3: -0.01}}
learning: {trials: 60, warmup: 10, rate: 0.05, clip: 0.01, reward: square}
meta: {iterations: 2, seeds: 2, held_out_seeds: 3, test_seeds: 2, estimator: discounted,
       discount: 0.7}
sweep:
  method: grid
  parameters:
    rule.start: {values: [{r3 d3: -0.01}, {r1 d1: -0.005}]}
record: {representations: [before, first, last], weights: [initial, last], interval: 20 ms}
"""


# The rule is the fastest axis, so that a stride over candidates would keep one rule only.
MANY = """
name: many
task: {name: association, cue: 100 ms, delay: 100 ms, response: 100 ms}
network: {units: 8, tau: 50 ms, dt: 20 ms, bias: 0.3}
learning: {trials: 4, warmup: 2, evaluation_trials: 0}
meta: {iterations: 1, seeds: 1, held_out_seeds: 2}
sweep:
  method: grid
  parameters:
    network.gain: {min: 0.9, max: 1.8, count: 60}
    rule.start: {values: [{r1 d1: -0.1}, {r3 d3: -0.1}]}
record: {representations: [last], interval: 20 ms}
"""


def reseal(file):
    """Gives every evaluation the checksum of what it now holds; candidates have equal sizes."""
    slots = file["evaluations"]
    head, *parts = slots["checksum"].attrs["order"].decode().split(";")
    last = slots["state"].shape[1] - 1
    for candidate, evaluation, seed in numpy.ndindex(slots["state"].shape):
        arrays = [slots[name][candidate, evaluation, seed] for name in head.split(", ")]
        for part in parts:
            if evaluation == (0 if "evaluation 0:" in part else last):
                arrays += [file[name][candidate, seed]
                           for name in part.split(":")[-1].strip().split(", ")
                           if name.startswith("/") and name in file]
        crc = 0
        for array in arrays:
            crc = zlib.crc32(numpy.ascontiguousarray(array).tobytes(), crc)
        slots["checksum"][candidate, evaluation, seed] = crc


class Analysis(Case):
    def analyse(self, *arguments, status=0):
        process = subprocess.run([ANALYZE, *map(str, arguments)], cwd=self.folder,
                                 env=environment(self.mpi_folder), stdin=subprocess.DEVNULL,
                                 capture_output=True, text=True, timeout=300)
        self.assertEqual(process.returncode, status, process.stderr)
        return process

    def run_and_analyse(self, sweep=SWEEP, options=()):
        self.run_program("run", self.write("sweep.yaml", sweep), "-o", "run.h5")
        self.analyse("run.h5", "-o", "run.analysis.h5", "--delays", "5", "--rank", "6", *options)
        archive = h5py.File(self.folder / "run.h5")
        analysis = h5py.File(self.folder / "run.analysis.h5")
        self.addCleanup(archive.close)
        self.addCleanup(analysis.close)
        return archive, analysis

    def test_only_an_analysis_is_written_over(self):
        self.run_and_analyse(options=("--only", "rules"))
        self.analyse("run.h5", "-o", "run.analysis.h5", "--only", "rules")
        self.write("notes.txt", "mine")
        shutil.copy(self.folder / "run.h5", self.folder / "other.h5")
        for name in ("other.h5", "notes.txt"):
            before = (self.folder / name).read_bytes()
            refused = self.analyse("run.h5", "-o", name, "--only", "rules", status=2)
            self.assertIn(f"{name}: found a file that is no analysis", refused.stderr)
            self.assertEqual((self.folder / name).read_bytes(), before)

    def test_disk_that_is_full_ends_with_a_message_and_leaves_nothing(self):
        self.run_program("run", self.write("sweep.yaml", SWEEP), "-o", "run.h5")
        before = set(self.folder.iterdir())
        small = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        for limit in (0, 1000, 20000):
            process = subprocess.run(
                [ANALYZE, "run.h5", "-o", "run.analysis.h5", "--only", "rules"], cwd=self.folder,
                env=environment(self.mpi_folder), capture_output=True, text=True,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, small)))
            self.assertEqual(process.returncode, 1, process.stderr)
            self.assertIn("run.analysis.h5: cannot be written: File too large", process.stderr)
            self.assertEqual(set(self.folder.iterdir()), before)

    def test_numbers_agree_with_numpy_and_scipy(self):
        archive, analysis = self.run_and_analyse()
        candidate = analysis["study/solution_candidate"][()].astype(int)
        seed = analysis["study/solution_seed"][()].astype(int)
        last = archive["representations/last/rates"][()].astype(float)
        self.assertEqual(len(candidate), 6)

        with self.subTest("participation ratio and trajectories"):
            for s, (c, k) in enumerate(zip(candidate, seed)):
                rates = last[c, k].reshape(-1, last.shape[-1])
                variance = numpy.linalg.eigvalsh(numpy.cov(rates.T))
                ratio = variance.sum() ** 2 / (variance ** 2).sum()
                self.assertAlmostEqual(analysis["representations/participation_ratio"][s, 2],
                                       ratio, places=6)
                path = analysis["representations/trajectory"][s, 2].reshape(-1, 3)
                numpy.testing.assert_allclose(path.var(axis=0, ddof=1),
                                              numpy.sort(variance)[::-1][:3], rtol=1e-6)

        with self.subTest("distances"):
            self.check_distances(analysis, last, candidate, seed)
        with self.subTest("distance of weights"):
            self.check_weight_distances(archive, analysis, last, candidate, seed)
        with self.subTest("trials outside training"):
            self.check_outside(archive, analysis, candidate, seed)
        with self.subTest("effect of the rule"):
            self.check_effect(analysis)
        with self.subTest("linkage"):
            self.check_linkage(analysis)
        with self.subTest("weights"):
            self.check_weights(archive, analysis, candidate, seed)
        with self.subTest("fixed points"):
            self.check_fixed_points(archive, analysis, candidate, seed)
        with self.subTest("attractors"):
            self.check_attractors(analysis)
        with self.subTest("learning curve"):
            reward = archive["evaluations/reward"][1, 0]
            numpy.testing.assert_allclose(analysis["task/learning_curve"][1, 0],
                                          numpy.quantile(reward, [0.25, 0.5, 0.75], axis=0),
                                          rtol=1e-6)
        with self.subTest("rule surface"):
            theta = analysis["rules/theta"][0, -1]
            names = analysis["parameter"].asstr()[()]
            r, d = numpy.meshgrid(analysis["rate"], analysis["delta"])
            surface = sum(value * r ** int(name[1]) * d ** int(name[4])
                          for name, value in zip(names, theta))
            numpy.testing.assert_allclose(analysis["rules/surface"][0], surface, atol=1e-12)
        with self.subTest("gradients"):
            self.assertEqual(analysis["estimator"][0], b"pathwise")
            self.assertLess(numpy.nanmax(analysis["gradients/accumulated_error"][:, 0]), 1e-5)

    def test_surface_of_a_rule_with_other_variables_is_a_slice(self):
        sweep = SWEEP.replace("terms: [r1 d1, r3 d3], start: {r3 d3: -0.01}",
                              "terms: [r1 d1, r1 d3 p2, p2 w1], start: {r1 d1: -0.01}")
        sweep = sweep.replace("[{r3 d3: -0.01}, {r1 d1: -0.005}]",
                              "[{r1 d1: -0.01, r1 d3 p2: 0.02, p2 w1: 0.3}, {r1 d1: -0.005}]")
        _, analysis = self.run_and_analyse(sweep, ("--only", "rules"))
        self.assertEqual(list(analysis["rules/slice"]), [b"p = 0.5, w = 0.1"] * 2)
        theta = dict(zip(analysis["parameter"].asstr()[()], analysis["rules/theta"][0, -1]))
        r, d = numpy.meshgrid(analysis["rate"], analysis["delta"])
        surface = (theta["r1 d1"] * r * d + theta["r1 d3 p2"] * r * d ** 3 * 0.5 ** 2
                   + theta["p2 w1"] * 0.5 ** 2 * 0.1)
        numpy.testing.assert_allclose(analysis["rules/surface"][0], surface, atol=1e-12)
        self.assertIn(b"p^2 w", analysis["rules/text"][0])

    def check_distances(self, analysis, last, candidate, seed):
        """All 25 steps of 4 conditions are compared: no more than 256 samples."""
        shapes = [last[c, k].reshape(-1, last.shape[-1]) for c, k in zip(candidate, seed)]
        from scipy.stats import spearmanr
        dissimilarity = []
        for shape in shapes:
            matrix = 1 - numpy.corrcoef(shape)
            dissimilarity.append(matrix[numpy.tril_indices(len(shape), -1)])
        centred = [shape - shape.mean(axis=0) for shape in shapes]
        names = list(analysis["metric"].asstr()[()])
        distance = analysis["similarity/distance"][()]
        for i in range(len(shapes)):
            for j in range(i):
                x, y = centred[i], centred[j]
                cross = y.T @ x
                cka = (cross ** 2).sum() / numpy.linalg.norm(x.T @ x) / numpy.linalg.norm(y.T @ y)
                nuclear = numpy.linalg.svd(cross, compute_uv=False).sum()
                cosine = nuclear / numpy.linalg.norm(x) / numpy.linalg.norm(y)
                rho = spearmanr(dissimilarity[i], dissimilarity[j]).correlation
                for name, value in (("rsa", 1 - rho), ("cka", numpy.arccos(cka)),
                                    ("procrustes", numpy.arccos(cosine))):
                    self.assertAlmostEqual(distance[names.index(name), i, j], value, places=5,
                                           msg=name)
        numpy.testing.assert_array_equal(distance, distance.transpose(0, 2, 1))

    def check_weight_distances(self, archive, analysis, last, candidate, seed):
        """scipy's assignment of units whose rates correlate, then to the gradient of the overlap."""
        from scipy.optimize import linear_sum_assignment
        text = analysis["similarity/distance"].attrs["description"].decode()
        rounds = int(re.search(r"weights with (\d+) rounds", text)[1])
        self.assertGreater(rounds, 1)
        m = list(analysis["metric"].asstr()[()]).index("weights")
        weights = [archive["weights/last/recurrent"][c, k] for c, k in zip(candidate, seed)]
        rates = [last[c, k].reshape(-1, last.shape[-1]) for c, k in zip(candidate, seed)]
        units = last.shape[-1]
        for i in range(len(weights)):
            for j in range(i):
                a, b = weights[i], weights[j]

                def difference(to):
                    return ((a - b[numpy.ix_(to, to)]) ** 2).sum()

                likeness = numpy.corrcoef(rates[i].T, rates[j].T)[:units, units:]
                to = min(numpy.arange(units), linear_sum_assignment(-likeness)[1], key=difference)
                for _ in range(rounds):
                    gradient = a @ b[:, to].T + a.T @ b[to]
                    other = linear_sum_assignment(-gradient)[1]
                    if difference(other) >= difference(to):
                        break
                    to = other
                expected = (difference(to) / ((a ** 2).sum() + (b ** 2).sum())) ** 0.5
                self.assertAlmostEqual(analysis["similarity/distance"][m, i, j], expected, places=9)

    def check_outside(self, archive, analysis, candidate, seed):
        """The trials of the task, run by numpy from the same starting states."""
        def steps(time):
            return int(time / 20 + 0.5)

        def answers(c, k, name):
            """Mean outputs in the response window [type, repeat], and mean errors."""
            time = dict.fromkeys(("cue", "delay", "wait", "response"), 100)
            scale = {"level": 1, "start": 0.1}
            if name != "trained":
                what, factor = name.split(" x ")
                (time if what in time else scale)[what] *= float(factor)
            weights, first = (archive[f"weights/{when}"] for when in ("last", "initial"))
            recurrent, bias = weights["recurrent"][c, k], first["bias"][c, k]
            entry, readout = first["input"][c, k], first["readout"][c, k]
            whole = steps(2 * time["cue"] + time["delay"] + time["wait"] + time["response"])
            start = steps(time["cue"] + time["delay"])
            mean, error = numpy.zeros((4, 2)), 0
            for kind in range(4):
                u = numpy.zeros((whole, 2))
                u[1:1 + steps(time["cue"]), kind // 2] = scale["level"]
                u[start:start + steps(time["cue"]), kind % 2] = scale["level"]
                for repeat in range(2):
                    words = numpy.random.Philox(counter=((repeat << 64) - 1) % (1 << 256),
                                                key=(4 * 256 + 100) << 64).random_raw(len(bias))
                    uniform = ((words >> numpy.uint64(12)).astype(float) + 0.5) / 2 ** 52
                    x, y = scale["start"] * (2 * uniform - 1), []
                    for t in range(whole):
                        x = x + 20 / 60 * (-x + recurrent @ numpy.tanh(x) + entry @ u[t] + bias)
                        y.append((readout @ numpy.tanh(x)).item())
                    y = numpy.array(y[-steps(100):])
                    mean[kind, repeat] = y.mean()
                    error += abs(y - (0.98 if kind in (1, 2) else -0.98)).mean() / 8
            return mean, error

        group, names = analysis["outside"], list(analysis["variation"].asstr()[()])
        self.assertEqual(names, ["trained", "cue x 0.5", "cue x 2", "delay x 0.5", "delay x 2",
                                 "wait x 0.5", "wait x 2", "level x 0.5", "level x 2", "start x 10"])
        told = []
        for s in (0, 4):
            told.append([])
            for v, name in enumerate(names):
                mean, error = answers(candidate[s], seed[s], name)
                self.assertAlmostEqual(group["loss"][v, s], error, places=9, msg=name)
                right = numpy.sign(mean) == numpy.array([[-1], [1], [1], [-1]])
                self.assertAlmostEqual(group["accuracy"][v, s], right.mean(), msg=name)
                told[-1].append(mean.mean(axis=1))
        difference = ((numpy.array(told[0]) - told[1])[1:] ** 2).mean() ** 0.5
        m = list(analysis["metric"].asstr()[()]).index("outside")
        self.assertAlmostEqual(analysis["similarity/distance"][m, 0, 4], difference, places=9)
        rule = analysis["study/solution_rule"][()].astype(int)
        numpy.testing.assert_allclose(group["rule_spread"][:, 0],
                                      group["loss"][:, rule == 0].std(axis=1, ddof=1), atol=1e-9)

    def check_effect(self, analysis):
        """Anderson 2001: sums of squared distances over the number of items, within and in all."""
        def effect(distance, rule):
            total = (distance ** 2).sum() / 2 / len(rule)
            within = sum((distance[numpy.ix_(rule == r, rule == r)] ** 2).sum() / 2 / sum(rule == r)
                         for r in set(rule))
            groups = len(set(rule))
            return (1 - within / total,
                    (total - within) / (groups - 1) / (within / (len(rule) - groups)))

        group, rule = analysis["similarity"], analysis["study/solution_rule"][()]
        equal = group["equal"][()] == 1
        self.assertTrue(2 <= equal.sum() < len(rule))
        for m, distance in enumerate(group["distance"][()]):
            for kept, name in ((equal | True, ""), (equal, "equal_")):
                share, f = effect(distance[numpy.ix_(kept, kept)], rule[kept])
                self.assertAlmostEqual(group[f"{name}r_squared"][m], share, places=12)
                self.assertAlmostEqual(group[f"{name}pseudo_f"][m], f, places=10)
                low, high = group[f"{name}r_squared_interval"][m]
                # Distances under the best matching are none of a plane: a share may be below 0.
                self.assertTrue(0 <= low <= max(share, 0) and share <= high <= 1, (low, share, high))
        p = group["effect_p_value"][()]
        order = numpy.argsort(p, kind="stable")
        holm = numpy.minimum(1, numpy.maximum.accumulate(p[order] * numpy.arange(len(p), 0, -1)))
        numpy.testing.assert_allclose(group["effect_p_corrected"][()][order], holm, rtol=1e-12)

    def check_linkage(self, analysis):
        from scipy.cluster.hierarchy import linkage
        from scipy.spatial.distance import squareform
        for m, distance in enumerate(analysis["similarity/distance"][()]):
            expected = linkage(squareform(distance, checks=False), "average")
            numpy.testing.assert_allclose(analysis["similarity/linkage"][m], expected, rtol=1e-10)

    def check_weights(self, archive, analysis, candidate, seed):
        for s, (c, k) in enumerate(zip(candidate, seed)):
            before = archive["weights/initial/recurrent"][c, k]
            change = archive["weights/last/recurrent"][c, k] - before
            singular = numpy.linalg.svd(change, compute_uv=False)
            self.assertAlmostEqual(analysis["change/stable_rank"][s],
                                   (singular ** 2).sum() / singular[0] ** 2, places=8)
            self.assertAlmostEqual(analysis["change/relative_norm"][s],
                                   numpy.linalg.norm(change) / numpy.linalg.norm(before), places=8)

    def check_fixed_points(self, archive, analysis, candidate, seed):
        """Eigenvalues sum up to the trace of the Jacobian, which at a point with the states x is
        (sum of W_ii (1 - tanh(x_i)^2) - N) / tau; of a silent network without input x is known
        by iterating the damped map."""
        group = analysis["landscape"]
        example = analysis["study/example_solution"][()].astype(int)
        self.assertGreater(len(group["q"]), 0)
        fixed = group["slow"][()] == 0
        self.assertTrue((group["q"][()][fixed] < 1e-12).all())
        contexts = analysis["context"].asstr()[()]
        checked = 0
        for p in numpy.flatnonzero(fixed & (group["unstable"][()] == 0) & (group["moment"][()] == 1)):
            s = example[int(group["network"][p])]
            c, k = candidate[s], seed[s]
            u = numpy.array(contexts[int(group["context_of"][p])].split(), float)
            weights = archive["weights/last/recurrent"][c, k]
            drive = archive["weights/initial/input"][c, k] @ u + archive["weights/initial/bias"][c, k]
            here = (group["network"][()] == group["network"][p]) & (group["moment"][()] == 1) \
                & (group["context_of"][()] == group["context_of"][p])
            if here.sum() > 1:  # one point alone: everything flows there
                continue
            x = numpy.zeros(len(drive))
            for _ in range(20000):
                x += 0.1 * (-x + weights @ numpy.tanh(x) + drive)
            jacobian = (weights * (1 - numpy.tanh(x) ** 2) - numpy.eye(len(x))) / 60
            expected = numpy.sort(numpy.linalg.eigvals(jacobian).real)[::-1]
            numpy.testing.assert_allclose(group["eigenvalues"][p, :, 0], expected, atol=1e-6)
            shift = -numpy.linalg.solve(jacobian, archive["weights/initial/input"][c, k]) / 60
            numpy.testing.assert_allclose(group["unit_sensitivity"][p], shift, atol=1e-6)
            self.check_overlaps(group["readout_overlaps"][p], jacobian,
                                archive["weights/initial/readout"][c, k, 0])
            checked += 1
        self.assertGreater(checked, 0)

    def check_overlaps(self, overlaps, jacobian, readout):
        """Every mode of unit length with the readout of unit length."""
        values, modes = numpy.linalg.eig(jacobian)
        expected = numpy.abs(readout @ modes) / numpy.linalg.norm(readout)
        numpy.testing.assert_allclose(overlaps, expected[numpy.argsort(-values.real)], atol=1e-5)

    def check_attractors(self, analysis):
        """Where Newton's method knows one point, and that is stable, with eigenvalues l of J: a start
        that ends in a point has the exponents log |1 + dt l| / dt. Directions that are not at right
        angles turn into one another: lengths differ by e^3 at the most after 400 time constants."""
        points, group = analysis["landscape"], analysis["attractors"]
        share, count = group["share"][()], group["count"][()]
        known = numpy.isfinite(share).all(axis=-1)
        self.assertTrue(known.any())
        numpy.testing.assert_allclose(share[known].sum(axis=-1), 1)
        self.assertEqual(count[known].sum(), len(group["kind"]))
        self.assertEqual(list(analysis["attractor_kind"].asstr()[:2]), ["fixed point", "limit cycle"])

        def where(these):
            return numpy.stack([these[name][()] for name in ("network", "moment", "context_of")])

        checked = 0
        for a in numpy.flatnonzero(group["kind"][()] == 0):
            here = (where(points) == where(group)[:, a, None]).all(axis=0)
            if here.sum() != 1 or points["unstable"][here] != 0 or points["slow"][here] != 0:
                continue
            values = points["eigenvalues"][here][0] @ [1, 1j]
            expected = numpy.sort(numpy.log(abs(1 + 20 * values)) / 20)[::-1]
            numpy.testing.assert_allclose(group["exponents"][a], expected[:4], atol=3 / 400 / 60)
            checked += 1
        self.assertGreater(checked, 0)

    def test_the_same_archive_gives_the_same_numbers(self):
        _, first = self.run_and_analyse()
        self.analyse("run.h5", "-o", "again.h5", "--delays", "5", "--rank", "6",
                     "--processes", "3")
        with h5py.File(self.folder / "again.h5") as again:
            def compare(name, item):
                if isinstance(item, h5py.Dataset) and item.dtype.kind == "f":
                    numpy.testing.assert_array_equal(item[()], again[name][()], err_msg=name)
            first.visititems(compare)

    def test_what_was_not_recorded_is_left_out_with_a_note(self):
        bare = SWEEP[:SWEEP.index("record:")] + "record: {representations: [], weights: []}\n"
        self.run_program("run", self.write("sweep.yaml", bare), "-o", "run.h5")
        process = self.analyse("run.h5", "-o", "run.analysis.h5")
        self.assertIn("record.weights", process.stderr)
        with h5py.File(self.folder / "run.analysis.h5") as analysis:
            notes = b" ".join(analysis["study/missing"][()])
            for word in (b"representations", b"similarity", b"outside", b"landscape", b"attractors",
                         b"change"):
                self.assertIn(word, notes)
            self.assertTrue(numpy.isfinite(analysis["task/learning_curve"][()]).all())

    def chosen(self, *options):
        """(candidate, rule, seed) of the solutions that are compared, and what is said."""
        said = self.analyse("run.h5", "-o", "chosen.h5", "--only", "similarity", *options).stderr
        with h5py.File(self.folder / "chosen.h5") as analysis:
            columns = [analysis[f"study/solution_{name}"][()].astype(int)
                       for name in ("candidate", "rule", "seed")]
            for line in said.splitlines():
                self.assertIn(line, analysis["study/missing"].asstr()[()])
            p_value = analysis["similarity/p_value"][0] if "p_value" in \
                analysis.get("similarity", ()) else numpy.nan
        return list(zip(*columns)), said, p_value

    def test_rules_have_equal_shares_of_what_is_compared(self):
        self.run_program("run", self.write("sweep.yaml", MANY), "-o", "run.h5")
        everything, said, p_value = self.chosen("--solutions", "240")
        self.assertEqual(len(everything), 240)
        self.assertNotIn("not compared", said)
        self.assertTrue(0 < p_value <= 1)
        for room in (2, 3, 4, 5, 50, 60, 100, 200):
            solutions, said, p_value = self.chosen("--solutions", room)
            self.assertEqual(len(set(solutions)), room)
            counts = [sum(rule == r for _, rule, _ in solutions) for r in (0, 1)]
            if room > 3:
                self.assertLessEqual(abs(counts[0] - counts[1]), 1)
                self.assertTrue(0 < p_value <= 1, room)
            else:
                self.assertIn(0, counts)  # a pair within a rule first
            alone = [sum(other == c for other, _, _ in solutions) for c, _, _ in solutions].count(1)
            self.assertLessEqual(alone, room % 4)  # whole pairs of seeds
            self.assertIn(f"study: {240 - room} of 240 networks are not compared", said)
            self.assertIn(f"{counts[0]} of 120 of rule ", said)

    def test_user_chooses_what_is_compared(self):
        self.run_program("run", self.write("sweep.yaml", MANY), "-o", "run.h5")
        solutions, said, _ = self.chosen("--candidates", "0,5,7-9", "--seeds", "1")
        self.assertEqual([(c, k) for c, _, k in solutions], [(c, 1) for c in (0, 5, 7, 8, 9)])
        self.assertIn("study: 235 networks are not compared: not chosen (--candidates, --seeds)",
                      said)
        solutions, _, _ = self.chosen("--candidates", "1,3", "--seeds", "0")  # none of rule 0
        self.assertEqual([(c, r, k) for c, r, k in solutions], [(1, 1, 0), (3, 1, 0)])
        for option, text in (("--candidates", "120"), ("--candidates", "3-"), ("--seeds", "0,2"),
                             ("--seeds", "1-0"), ("--seeds", "x"), ("--seeds", "")):
            refused = self.analyse("run.h5", "-o", "no.h5", option, text, status=2)
            self.assertIn(f"{option}: found '{text}', allowed: numbers from 0 to ", refused.stderr)
            self.assertFalse((self.folder / "no.h5").exists())

    def test_files_of_one_name_in_two_folders_are_told_apart(self):
        sweep = SWEEP.replace("task: {name: dnms, cue: 100 ms, delay: 100 ms, wait: 100 ms, "
                              "response: 100 ms}", "task: {name: file, path: trials.h5}")
        make_trials = runpy.run_path(str(ROOT / "analysis" / "make_trials.py"))
        for name, sign in (("a", 1), ("b", -1), ("c", 1)):
            (self.folder / name).mkdir()
            inputs, targets, mask, kind = make_trials["make"](trials=20)
            make_trials["write"](self.folder / name / "trials.h5", inputs[:, ::4],
                                 sign * targets[:, ::4], mask[:, ::4], kind)
            self.run_program("run", self.write(f"{name}/sweep.yaml", sweep), "-o", f"{name}/run.h5")
        options = ("--only", "change", "--only", "task", "--only", "similarity", "--delays", "5",
                   "--rank", "6")
        self.analyse("a/run.h5", "b/run.h5", "c/run.h5", "-o", "all.h5", *options)
        with h5py.File(self.folder / "all.h5") as joined:
            for n, name in enumerate("abc"):
                self.analyse(f"{name}/run.h5", "-o", f"{name}.h5", *options)
                with h5py.File(self.folder / f"{name}.h5") as alone:
                    for path in ("change/representation_alignment", "change/kernel_alignment",
                                 "task/frozen_accuracy"):
                        own = alone[path][()]
                        self.assertTrue(numpy.isfinite(own).any(), path)
                        numpy.testing.assert_array_equal(
                            joined[path][n * len(own):(n + 1) * len(own)], own, err_msg=path)
        shutil.copy(self.folder / "b" / "run.h5", self.folder / "a" / "moved.h5")
        refused = self.analyse("a/moved.h5", "-o", "no.h5", status=2)
        self.assertRegex(refused.stderr, r"a/trials\.h5: found numbers with the CRC-32 \w{8}, "
                                         r"allowed: the file that a/moved\.h5 was made with")
        self.assertFalse((self.folder / "no.h5").exists())

    def test_only_numbers_on_a_scale_have_a_psychometric_curve(self):
        """Categories may be called by numbers, as those of a file of trials are."""
        make_trials = runpy.run_path(str(ROOT / "analysis" / "make_trials.py"))
        inputs, targets, mask, kind = make_trials["make"](trials=20)
        make_trials["write"](self.folder / "trials.h5", inputs[:, ::4], targets[:, ::4],
                             mask[:, ::4], kind)
        line = next(line for line in SWEEP.splitlines() if line.startswith("task"))
        for task, stimulus in (("{name: file, path: trials.h5}", None), ("{name: paired}", None),
                               ("{name: perceptual}", {51.2, 25.6, 12.8, 6.4, -51.2, -25.6, -12.8,
                                                       -6.4}),
                               ("{name: romo}", "first - second frequency (Hz)")):
            self.run_program("run", self.write("sweep.yaml", SWEEP.replace(line, f"task: {task}")),
                             "-o", "run.h5")
            self.analyse("run.h5", "-o", "task.h5", "--only", "task")
            with h5py.File(self.folder / "task.h5") as analysis:
                self.assertEqual("task/stimulus" in analysis, stimulus is not None, task)
                self.assertEqual("task/psychometric_fit" in analysis, stimulus is not None, task)
                if isinstance(stimulus, set):
                    self.assertEqual(set(analysis["task/stimulus"][()]), stimulus)
                elif stimulus:
                    said = analysis["task/stimulus"].attrs["description"].decode()
                    self.assertIn(stimulus, said)
                    self.assertTrue((analysis["task/stimulus"][()] > 0).any())
            (self.folder / "run.h5").unlink()

    def test_unusable_solutions_are_left_out_with_their_reason(self):
        """Whatever is wrong with one solution, all others have the numbers that they had."""
        archive, whole = self.run_and_analyse()
        archive.close()
        with h5py.File(self.folder / "run.h5", "r+") as archive:
            archive["weights/last/recurrent"][0, 1] = numpy.nan
            archive["weights/last/readout"][1, 2] = numpy.inf
            archive["representations/last/rates"][0, 2] = 0.25
            archive["representations/last/rates"][1, 0, 0, 3, 5] = numpy.nan
            archive["representations/first/rates"][1, 0] = numpy.nan
            reseal(archive)
        said = self.analyse("run.h5", "-o", "odd.h5", "--delays", "5", "--rank", "6").stderr
        with h5py.File(self.folder / "odd.h5") as odd:
            notes = odd["study/missing"].asstr()[()].tolist()
            candidate, seed = odd["study/solution_candidate"][()], odd["study/solution_seed"][()]
            where = {(int(c), int(k)): s for s, (c, k) in enumerate(zip(candidate, seed))}
            lost = {"change/norm": [(0, 1), (1, 2)],
                    "representations/participation_ratio": [(0, 2), (1, 0)],
                    "similarity/silhouette_of": [(0, 2), (1, 0)]}
            for path, solutions in lost.items():
                known = numpy.isfinite(numpy.moveaxis(odd[path], -1, 0)[-1] if "ratio" in path
                                       else odd[path][()].reshape(-1, 6)[0])
                self.assertEqual(numpy.flatnonzero(~known).tolist(),
                                 sorted(where[s] for s in solutions), path)
            first, second = odd["similarity/distance"][()], whole["similarity/distance"][()]
            weighed = numpy.isin(odd["metric"].asstr()[()], ("weights", "outside"))
            for metrics, solutions in ((~weighed, ((0, 0), (0, 1), (1, 1), (1, 2))),
                                       (weighed, ((0, 0), (1, 1)))):
                kept = [where[s] for s in solutions]
                numpy.testing.assert_array_equal(first[metrics][:, kept][:, :, kept],
                                                 second[metrics][:, kept][:, :, kept])
            unknown = [where[s] for s in ((0, 1), (1, 2))]
            self.assertTrue(numpy.isnan(first[weighed][:, unknown]).all())
            linkage = odd["similarity/linkage"][()]
            self.assertTrue(numpy.isfinite(linkage[~weighed, :3]).all())
            self.assertTrue(numpy.isfinite(linkage[weighed, :1]).all())
            for path in ("task/learning_curve", "rules/theta", "gradients/relative_error",
                         "landscape/count"):
                self.assertIn(path, odd)
        for note in ("change: 2 of 6 solutions left out, weights are not finite: "
                     "candidate 0 seed 1, candidate 1 seed 2",
                     "similarity: 1 of 6 solutions left out, activity is constant: "
                     "candidate 0 seed 2",
                     "similarity: 1 of 6 solutions left out, rates are not finite: "
                     "candidate 1 seed 0",
                     "decoding: 2 of 6 solutions left out, weights are not finite: "
                     "candidate 0 seed 1, candidate 1 seed 2"):
            self.assertIn(note, notes)
            self.assertIn(note + "\n", said)

    def test_frozen_accuracy_is_the_archives_own(self):
        """Noisy trials are not always answered as their conditions are; which ones count where the
        archive has none."""
        lines = ["task: {name: perceptual}" if line.startswith("task") else line
                 for line in SWEEP.splitlines()]
        archive, analysis = self.run_and_analyse("\n".join(lines), ["--only", "task"])
        frozen = analysis["task/frozen_accuracy"][()]
        numpy.testing.assert_array_equal(
            frozen[:, 1:], archive["evaluations/frozen_accuracy"][:, [0, -1]])
        self.assertTrue(numpy.isfinite(frozen).all())
        self.run_program("run", "sweep.yaml", "--set", "learning.evaluation_trials=0", "-o",
                         "none.h5")
        self.analyse("none.h5", "-o", "none.analysis.h5", "--only", "task")
        with h5py.File(self.folder / "none.analysis.h5") as none:
            conditions = none["task/frozen_accuracy"][()]
        numpy.testing.assert_array_equal(conditions[:, 0], frozen[:, 0])
        self.assertTrue(numpy.isfinite(conditions).all())
        self.assertTrue((conditions[:, 1:] != frozen[:, 1:]).any())

    def test_as_many_trials_of_a_gradient_are_checked_as_are_asked_for(self):
        _, analysis = self.run_and_analyse(
            SWEEP, ["--only", "gradients", "--check-trials", "17"])
        self.assertEqual(analysis["gradients/trials"][()].tolist(), [17, 17])
        self.assertEqual(len(analysis["trial"]), 17)
        self.assertIn(b"first 17 trials", analysis["study/missing"][0])

    def test_dsa_of_few_steps_is_left_out_with_a_note(self):
        self.run_program("run", self.write("sweep.yaml", SWEEP), "-o", "run.h5")
        self.analyse("run.h5", "-o", "run.analysis.h5", "--only", "similarity", "--delays", "19",
                     "--rank", "6")
        with h5py.File(self.folder / "run.analysis.h5") as analysis:
            self.assertIn(b"DSA is left out: 25 recorded steps", analysis["study/missing"][0])
            known = numpy.isfinite(analysis["similarity/distance"][()]).all(axis=(1, 2))
            metrics = analysis["metric"].asstr()[()]
            self.assertEqual(metrics[~known].tolist(), ["dsa", "dsa_spectrum"])
            self.assertEqual(len(metrics), 7)

    def test_archive_in_single_precision_is_analysed_as_well(self):
        _, analysis = self.run_and_analyse("precision: single\n" + SWEEP)
        self.assertTrue(numpy.isfinite(analysis["decoding/accuracy"][:, 0]).all())
        self.assertTrue((analysis["decoding/selectivity"][:, 0] > 0.1).any())

    def test_archives_are_joined(self):
        self.run_program("run", self.write("sweep.yaml", SWEEP), "-o", "run.h5")
        self.run_program("run", self.write("sweep.yaml", SWEEP), "--set", "rule.tau_e=100 ms", "-o",
                         "more.h5")
        self.analyse("run.h5", "more.h5", "-o", "both.h5", "--only", "similarity")
        with h5py.File(self.folder / "both.h5") as both:
            self.assertEqual(len(both["candidate"]), 4)
            self.assertEqual(len(both["rule"]), 4)
            self.assertTrue(numpy.isfinite(both["similarity/distance"][()]).all())

    def test_datasets_are_listed_as_they_are_written(self):
        _, analysis = self.run_and_analyse()
        listed = {}
        for line in self.analyse("--datasets").stdout.splitlines():
            path, dimensions, units = re.match(r"/(\S+) \[(.*?)\](?: in (.*?))?: .", line).groups()
            listed[path] = (dimensions.split(), units or "")

        def compare(name, item):
            if (isinstance(item, h5py.Dataset) and "/" in name and not name.startswith("study/")
                    and "CLASS" not in item.attrs):
                scales = [pathlib.PurePath(axis[0].name).name for axis in item.dims]
                self.assertEqual(listed[name], (scales, item.attrs["units"].decode().strip("\0")),
                                 name)
                written.add(name)
        written = set()
        analysis.visititems(compare)
        # The trials of this task are not graded.
        self.assertEqual({name for name in listed if name not in written},
                         {"task/stimulus", "task/psychometric", "task/psychometric_fit"})

    def test_page_on_the_analysis_names_what_it_writes(self):
        listed = re.findall(r"^/(\S+) ", self.analyse("--datasets").stdout, re.MULTILINE)
        page = (ROOT / "analysis" / "README.md").read_text()
        for row in re.findall(r"^\| (`/.*?) \|", page, re.MULTILINE):
            first, *more = re.findall(r"`(.*?)`", row)
            group = first.split("/")[1]
            for name in [first[1:], *(f"{group}/{name}" for name in more)]:
                self.assertTrue(group == "study" or name in listed, name)

    def test_bad_usage_touches_nothing(self):
        self.write("no.h5", "not an archive")
        for arguments, word in (((), "usage"), (("no.h5", "-o", "out.h5"), "no.h5"),
                                (("no.h5", "-o", "no.h5"), "another file"),
                                (("no.h5", "-o", "out.h5", "--rank", "x"), "--rank"),
                                (("no.h5", "-o", "out.h5", "--check-trials", "0"), "1 to"),
                                (("no.h5", "-o", "out.h5", "--only", "x"), "--only")):
            process = self.analyse(*arguments, status=2)
            self.assertIn(word, process.stderr)
        self.assertEqual(sorted(path.name for path in self.folder.glob("*.h5*")), ["no.h5"])


if __name__ == "__main__":
    unittest.main()
