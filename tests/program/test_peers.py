"""The trials that the scoreboard compares with do the same work to 1e-10."""
import sys
import unittest
import unittest.mock

import numpy as np

import thetasweep

sys.path.insert(0, str(thetasweep.ROOT / "tests" / "peers"))
import jax_tangents  # noqa: E402
import lifetime  # noqa: E402
import numpy_tangents  # noqa: E402

TOLERANCE = 1e-10

# All coefficients of d = 5 with everything that the peers know: decay, clamped units, a trace that
# is carried on, late eligibility.
SWEEP = """
seed: 21
task: {name: dnms, cue: 12 ms, delay: 8 ms, wait: 8 ms, response: 12 ms}
network: {units: 24, gain: 1.5, bias: 0.2, clamped: {1: 1, 10: 1, 11: -1}}
exploration: {kind: kicks, probability: 0.03, amplitude: 16}
rule: {degree: 5, start: {r3 d3: -1, r1 d1: -0.2, r0 d2: 0.01, r5 d4: 0.1}, tau_e: 40 ms,
       carry_trace: true, eligibility_start: 3 ms}
learning: {trials: 12, warmup: 2, rate: 0.05, reward: square}
meta: {iterations: 1, seeds: 1, held_out_seeds: 0, estimator: pathwise}
record: {replay: [0, 0, 0]}
"""


class StandIn:
    """As much of JAX as the peer takes, where there is none: derivatives by a complex step."""

    numpy, config, STEP = np, unittest.mock.Mock(), 1e-100

    class lax:
        @staticmethod
        def scan(step, state, inputs):
            series = []
            for each in zip(*inputs):
                state, value = step(state, each)
                series.append(value)
            return state, np.stack(series)

    @staticmethod
    def jit(function):
        return function

    @staticmethod
    def block_until_ready(value):
        return value

    @classmethod
    def jvp(cls, function, at, dots):
        found = function(*(x + 1j * cls.STEP * x_dot for x, x_dot in zip(at, dots)))
        return [value.real for value in found], [value.imag / cls.STEP for value in found]

    @staticmethod
    def vmap(function, out_axes):
        assert out_axes == (None, 0)

        def mapped(*arguments):
            found = [function(*each) for each in zip(*arguments)]
            return found[0][0], [np.stack(dots) for dots in zip(*(dots for _, dots in found))]
        return mapped


class Peers(thetasweep.Case):
    def check(self, kinds, record):
        for name, kind in kinds.items():
            deviations = lifetime.deviations(record, kind)
            self.assertEqual(len(deviations), 13)
            for dataset, error in deviations.items():
                self.assertLessEqual(error, TOLERANCE, f"{name}: {dataset}")
            self.assertGreater(np.abs(record.gradient).min(), 0)

    def test_trials_equal_the_kernels(self):
        archive = self.folder / "run.h5"
        self.run_program("run", self.write("sweep.yaml", SWEEP), "-o", archive)
        record = lifetime.read(archive)
        self.assertEqual(record.P, 36)
        self.check(numpy_tangents.KINDS, record)
        with unittest.mock.patch.object(jax_tangents, "jax", jax_tangents.jax or StandIn):
            jax_tangents.jax.config.update("jax_enable_x64", True)
            self.check({"jax": jax_tangents.Trial}, record)


if __name__ == "__main__":
    unittest.main()
