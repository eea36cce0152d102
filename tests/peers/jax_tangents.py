"""The trials of a lifetime in JAX, as its users would write them: the step as it stands, lax.scan over
steps, jvp mapped over coefficients, one jit around all, in double precision on one core.

usage: jax_tangents.py (tangents | alone) RUN.h5

RUN.h5 has a replay record of the lifetime 0-0-0, so that both compute the same trials. Prints as JSON
the CPU seconds of each trial, without those of compiling, and the largest relative deviation from what
the program recorded; with `alone` the trials have no tangents. Where there is no JAX it says so.

Letters as in numpy_tangents.py: N units, P free coefficients, T steps, d degree.
"""
import json
import os
import sys
import time

import numpy as np

try:
    import jax
except ImportError:
    jax = None


def trial(theta, W, xbar, x, drive, active, clamped, clamped_x, alpha, alpha_x, dt, decay):
    """A trial of tanh units: rates [T, N], xbar [N] and e [N, N] at its end.

    drive [T, N] is W_in u + b + xi; active [T]: whether eligibility grows in the step; clamped [N]:
    whether a unit keeps the state clamped_x [N].
    """
    jnp = jax.numpy

    def powers(x):
        return jnp.stack([x**n for n in range(len(theta))])

    def step(state, inputs):
        x, xbar, e = state
        current, grows = inputs
        r = jnp.tanh(x)  # (1)
        x = (1 - alpha) * x + alpha * (W @ r + current)  # (2)
        x = jnp.where(clamped, clamped_x, x)
        Delta = xbar - x  # (4)
        xbar = alpha_x * xbar + (1 - alpha_x) * x  # (3)
        G = powers(Delta).T @ theta @ powers(r)  # (5)
        e = decay * e + grows * dt * G  # (6)
        return (x, xbar, e), jnp.tanh(x)

    (x, xbar, e), rates = jax.lax.scan(step, (x, xbar, jnp.zeros(W.shape)), (drive, active))
    return rates, xbar, e


def tangents(theta, W, xbar, theta_dot, U, psi, *others):
    """The same, and its derivatives in the directions theta_dot [P, d+1, d+1], U [P, N, N], psi [P, N]."""
    def one(*dots):
        return jax.jvp(lambda *at: trial(*at, *others), (theta, W, xbar), dots)

    return jax.vmap(one, out_axes=(None, 0))(theta_dot, U, psi)


class Trial:
    """With the interface of numpy_tangents.Trial; `seconds` are those of each trial of this kind so far."""

    seconds, compiled = (), None

    def __init__(self, W, U, theta, terms, alpha, alpha_x, dt, decay=1.0, live=None, psi=None):
        (P, N), n = U.shape[:2], len(theta)
        self.at = theta, W
        self.theta_dot = np.zeros((P, n, n))
        self.theta_dot[(np.arange(P), *np.array(terms).T)] = 1
        self.U, self.psi = U, np.zeros((P, N)) if psi is None else psi
        self.constants = alpha, alpha_x, dt, decay

    def run(self, drive, x, xbar, clamped=(), clamped_x=(), first=0):
        """All steps; returns the rates [T, N] and their tangents [T, P, N]."""
        state, held = np.zeros(len(x)), np.zeros(len(x), dtype=bool)
        state[clamped], held[clamped] = clamped_x, True
        active = (np.arange(len(drive)) >= first).astype(float)
        rest = x, drive, active, held, state, *self.constants
        (rates, *ends), (rate_dots, *end_dots) = self.results(xbar, rest)
        self.xbar, self.e, self.psi, self.z = map(np.array, (*ends, *end_dots))
        return np.array(rates), np.moveaxis(np.array(rate_dots), 0, 1)

    def results(self, xbar, rest):
        """Of tangents()."""
        return self.timed(tangents, *self.at, xbar, self.theta_dot, self.U, self.psi, *rest)

    def timed(self, function, *arguments):
        """function(*arguments), which is compiled first."""
        kind, arguments = type(self), [jax.numpy.asarray(argument) for argument in arguments]
        if not kind.seconds:
            kind.seconds, kind.compiled = [], jax.jit(function)
            jax.block_until_ready(kind.compiled(*arguments))
        start = time.process_time()
        found = jax.block_until_ready(kind.compiled(*arguments))
        kind.seconds.append(time.process_time() - start)
        return found


class AloneTrial(Trial):
    """Without tangents: they are told as 0."""

    def results(self, xbar, rest):
        found = self.timed(trial, *self.at, xbar, *rest)
        return found, (np.zeros((len(self.U), *found[0].shape)), self.psi, np.zeros(self.U.shape))


KINDS = {"tangents": Trial, "alone": AloneTrial}


def main():
    if jax is None:
        print("no JAX for this python3: nothing is compared with it")
        return
    import lifetime
    jax.config.update("jax_enable_x64", True)
    name, kind = sys.argv[1], KINDS[sys.argv[1]]
    compared = lifetime.deviations(lifetime.read(sys.argv[2]), kind)
    told = [error for dataset, error in compared.items()
            if name == "tangents" or not ("dot" in dataset or dataset == "gradient")]
    print(json.dumps({"jax": jax.__version__, "seconds": kind.seconds, "deviation": max(told)}))


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    main()
