"""What a sweep file says without effect: it is told, it truly has none, and no sweep is made of it."""
import re
import unittest

import h5py
import numpy

from thetasweep import Case

BASE = """\
task: {name: association, cue: 40 ms, delay: 40 ms, response: 40 ms}
network: {units: 10, tau: 50 ms, dt: 20 ms}
learning: {trials: 16, warmup: 4}
"""
LOOP = {"meta.iterations": "2", "meta.seeds": "2", "meta.held_out_seeds": "1",
        "exploration.probability": "0.05", "rule.start": "{r3 d3: -0.02}"}

# Other values than the defaults, of what decides nothing for others.
OTHERS = {
    "exploration.probability": "0.2", "exploration.amplitude": "2", "exploration.sd": "0.3",
    "exploration.start": "20 ms", "network.readout_gain": "2", "rule.degree": "4",
    "rule.start": "{r1 d1: -0.5}", "rule.tau_e": "90 ms", "rule.tau_w": "50",
    "rule.trace_alpha": "0.3", "rule.carry_trace": "true", "rule.eligibility_start": "20 ms",
    "learning.rate": "0.01", "learning.clip": "0.001", "learning.reward_gain": "absolute",
    "learning.baseline_rate": "0.5", "learning.weight_noise": "0.01", "eprop.feedback": "random",
    "bptt.rate": "0.01", "bptt.batch": "2", "bptt.gradient_clip": "0.1",
    "force.regularisation": "3", "force.every": "40 ms", "force.feedback": "0.5",
    "force.hints": "none", "force.hint_gain": "2", "meta.iterations": "3", "meta.seeds": "3",
    "meta.fresh_seeds": "true", "meta.evaluate_every": "1",
    "meta.discount": "0.5", "meta.reset_every": "3", "meta.es_pairs": "2", "meta.es_sigma": "0.1",
    "meta.relative_steps": "true", "meta.guides": "1", "meta.guide_share": "0.2",
    "meta.fd_step": "0.01", "meta.adjoint_memory": "2", "meta.rpe_gradient": "stopped",
    "meta.gradient_clip": "0.01", "meta.l1": "0.5",
    "meta.optimizer.rate": "0.2", "meta.optimizer.schedule": "constant",
    "meta.optimizer.beta1": "0.5", "meta.optimizer.beta2": "0.5", "meta.optimizer.epsilon": "0.1",
    "meta.optimizer.momentum": "0.3", "meta.optimizer.population": "5",
    "meta.optimizer.sigma": "0.3", "record.interval": "40 ms",
}

# What decides for others which have an effect.
CONFIGURATIONS = [
    {}, {"meta.estimator": "pathwise"}, {"meta.estimator": "es", "meta.es_pairs": "1"},
    {"meta.estimator": "guided", "meta.es_pairs": "1"},
    {"meta.estimator": "fd", "rule.terms": "[r3 d3]"}, {"meta.optimizer.name": "sgd"},
    {"meta.estimator": "score", "learning.weight_noise": "0.01"},
    {"meta.optimizer.name": "cmaes"}, {"exploration.kind": "gaussian"},
    {"exploration.kind": "none"}, {"meta.iterations": "0"}, {"meta.iterations": "0",
                                                             "rule.learn": "[]"},
    {"rule.learn": "[]", "meta.fresh_seeds": "true"}, {"network.readout": "unit"},
    {"rule.family": "node_perturbation"}, {"rule.family": "rflo"}, {"rule.family": "eprop"},
    {"rule.family": "bptt"}, {"rule.family": "force"}, {"rule.family": "full_force"},
    {"record.representations": "[]"}, {"meta.held_out_seeds": "0"},
]


def overrides(values):
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


class Effects(Case):
    def numbers(self, name, values):
        self.run_program("run", "sweep.yaml", "-o", name, "--quiet", *overrides(values))
        with h5py.File(self.folder / name) as archive:
            return {path: archive[path][()] for path in
                    ("theta", "lifetimes/loss", "lifetimes/checksum", "evaluations/loss",
                     "evaluations/accuracy") if path in archive}

    def test_what_is_said_to_have_no_effect_has_none(self):
        self.write("sweep.yaml", BASE)
        told = set()
        for number, configuration in enumerate(CONFIGURATIONS):
            chosen = {**LOOP, **configuration}
            given = {**OTHERS, **LOOP, "meta.seeds": "3", "rule.start": "{r3 d3: -0.1}",
                     **configuration}
            warnings = self.run_program("check", "sweep.yaml", *overrides(given),
                                        status=None).stderr
            idle = {name for name in re.findall(r"warning: --set (\S+) has no effect with ",
                                                warnings) if name not in configuration}
            told |= idle
            with self.subTest(configuration=configuration, idle=sorted(idle)):
                self.assertGreater(len(idle), 5)
                self.assertTrue(idle.isdisjoint(configuration))
                before = self.numbers(f"{number}a.h5", chosen)
                after = self.numbers(f"{number}b.h5",
                                     {**chosen, **{name: OTHERS[name] for name in idle}})
                self.assertEqual(before.keys(), after.keys())
                for path in before:
                    if before[path].size == after[path].size == 0:
                        continue  # of other shapes, maybe
                    numpy.testing.assert_array_equal(before[path], after[path], err_msg=path)
        self.assertGreater(len(told), 40)

    def test_the_place_is_told_and_the_run_goes_on(self):
        self.write("sweep.yaml", BASE + "exploration: {kind: gaussian, probability: 0.3}\n"
                   "meta: {iterations: 1, seeds: 1, held_out_seeds: 1, estimator: pathwise,\n"
                   "       discount: 0.5, optimizer: {name: sgd, beta1: 0.8}}\n")
        warnings = (
            "sweep.yaml:4:44: warning: exploration.probability has no effect with "
            "exploration.kind = gaussian\n"
            "sweep.yaml:6:18: warning: meta.discount has no effect with meta.estimator = pathwise\n"
            "sweep.yaml:6:53: warning: meta.optimizer.beta1 has no effect with "
            "meta.optimizer.name = sgd\n")
        self.assertEqual(self.run_program("check", "sweep.yaml").stderr, warnings)
        self.assertEqual(self.run_program("run", "sweep.yaml", "-o", "run.h5").stderr, warnings)

    def refuse(self, text, *words):
        self.write("bad.yaml", BASE + text)
        for arguments in (["check", "bad.yaml"], ["run", "bad.yaml", "-o", "run.h5"]):
            message = self.run_program(*arguments, status=2).stderr
            for word in words:
                self.assertIn(word, message)
        self.assertFalse((self.folder / "run.h5").exists())

    def test_a_sweep_of_what_has_no_effect_is_refused(self):
        self.refuse("meta: {estimator: pathwise}\nsweep: {parameters: {meta.es_sigma: "
                    "{values: [0.1, 0.2]}}}", "bad.yaml:5:22: meta.es_sigma: ",
                    "no effect with meta.estimator = pathwise")
        self.refuse("sweep:\n  parameters:\n    exploration.kind: {values: [kicks, gaussian]}\n"
                    "    exploration.sd: {values: [0.1, 0.2]}\n", "bad.yaml:7:5: exploration.sd: ",
                    "exploration.kind = kicks: candidates 0 and 1 would be the same lifetimes")

    def test_a_sweep_whose_combinations_differ_is_right(self):
        self.write("sweep.yaml", BASE + "sweep:\n  method: list\n  parameters:\n"
                   "    exploration.kind: {values: [kicks, gaussian, gaussian]}\n"
                   "    exploration.sd: {values: [0.1, 0.1, 0.2]}\n")
        self.assertEqual(self.run_program("check", "sweep.yaml").stderr, "")

    def test_iterations_without_anything_to_learn_are_refused(self):
        self.refuse("rule: {preset: covariance, learn: []}\nmeta: {iterations: 5}\n",
                    "bad.yaml:5:20: meta.iterations: found 5, allowed: 0", "rule.learn: []")
        self.write("sweep.yaml", BASE + "rule: {learn: []}\n")
        self.run_program("check", "sweep.yaml", status=2)
        self.run_program("check", "sweep.yaml", "--set", "meta.iterations=0")
        self.run_program("check", "sweep.yaml", "--set", "meta.fresh_seeds=true")


if __name__ == "__main__":
    unittest.main()
