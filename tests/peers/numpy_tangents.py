"""One trial with the tangents of all coefficients in numpy: what the scoreboard compares the program
with (see `make bench`), and one more implementation of (1) to (7) and (12) to (15) that the tests
hold against the kernels.

Trial is vectorised as the equations stand: whole arrays, no loop over units or coefficients, products
where the equations have them, large buffers written in place. ProductTrial goes as far as numpy gets
step by step: in every step each coefficient's part of (15) is one matrix product of 2 d + 3 columns,
since M, Q and D are sums of outer products.

usage: numpy_tangents.py (vectorised | products) UNITS DEGREE STEPS    prints the CPU seconds it took

Letters: N units, P free coefficients, T steps, d degree; i postsynaptic, j presynaptic,
p coefficient.
"""
import sys
import time

import numpy as np


def powers(out, x):
    """out[n] = x^n."""
    out[0] = 1
    for n in range(1, len(out)):
        np.multiply(out[n - 1], x, out=out[n])


def powers_dot(out, power):
    """out[n] = n x^(n-1)."""
    out[0] = 0
    for n in range(1, len(out)):
        np.multiply(n, power[n - 1], out=out[n])


class Trial:
    """Runs a trial of tanh units; see step() for what the attributes hold afterwards.

    W [N, N]; U [P, N, N]; theta [d+1, d+1] at (l, k); terms: (l, k) of each free coefficient;
    decay is 1 - dt/tau_e; live [N] is 0 for clamped units; psi [P, N] is carried from trial to
    trial or 0.
    """

    def __init__(self, W, U, theta, terms, alpha, alpha_x, dt, decay=1.0, live=None, psi=None):
        N, P, d = len(W), len(U), len(theta) - 1
        self.W, self.U, self.theta = W, U.reshape(P * N, N), theta
        self.alpha, self.alpha_x, self.dt, self.decay = alpha, alpha_x, dt, decay
        self.l, self.k = np.array(terms).reshape(-1, 2).T
        self.live = np.ones(N) if live is None else live
        self.chi = np.zeros((P, N))
        self.psi = np.zeros((P, N)) if psi is None else psi
        self.e = np.zeros((N, N))
        self.z = np.zeros((P, N, N))
        self.r_power, self.r_dot = np.empty((d + 1, N)), np.empty((d + 1, N))
        self.D_power, self.D_dot = np.empty((d + 1, N)), np.empty((d + 1, N))
        self.change = np.empty_like(self.z)

    def run(self, drive, x, xbar, clamped=[], clamped_x=[], first=0):
        """All steps. drive [T, N] is W_in u + b + xi; eligibility starts with step `first`.

        Returns the rates r^1..r^T [T, N] and their tangents [T, P, N].
        """
        rates, rate_dots = np.empty(drive.shape), np.empty((len(drive), *self.chi.shape))
        r = np.tanh(x)
        g = (1 - r * r) * self.chi
        for t, current in enumerate(drive):
            x = (1 - self.alpha) * x + self.alpha * (self.W @ r + current)  # (2)
            x[clamped] = clamped_x
            Delta = xbar - x  # (4)
            xbar = self.alpha_x * xbar + (1 - self.alpha_x) * x  # (3)
            Delta_dot = self.step_states(r, g)
            if t >= first:
                self.step_synapses(r, Delta, g, Delta_dot)
            r = np.tanh(x)  # (1)
            g = (1 - r * r) * self.chi
            rates[t], rate_dots[t] = r, g
        self.x, self.xbar = x, xbar
        return rates, rate_dots

    def step_states(self, r, g):
        """(12) to (14): chi and psi go to the next step; returns Delta-dot [P, N]."""
        chi = g @ self.W.T + (self.U @ r).reshape(g.shape)
        chi *= self.alpha
        chi += (1 - self.alpha) * self.chi
        chi *= self.live
        Delta_dot = self.psi - chi
        self.psi *= self.alpha_x
        self.psi += (1 - self.alpha_x) * chi
        self.chi = chi
        return Delta_dot

    def step_synapses(self, r, Delta, g, Delta_dot):
        """(5), (6), (15): adds this step to e [N, N] and z [P, N, N]."""
        powers(self.r_power, r)
        powers_dot(self.r_dot, self.r_power)
        powers(self.D_power, Delta)
        powers_dot(self.D_dot, self.D_power)
        if self.decay != 1:
            self.e *= self.decay
            self.z *= self.decay
        self.e += self.dt * (self.D_power.T @ (self.theta @ self.r_power))
        self.add_tangents(self.dt * g, self.dt * Delta_dot)

    def add_tangents(self, g, Delta_dot):
        """The right-hand side of (15), with the factor dt in g and Delta_dot [P, N]."""
        M = self.D_dot.T @ (self.theta @ self.r_power)
        Q = self.D_power.T @ (self.theta @ self.r_dot)
        D = self.dt * self.D_power[self.l]
        self.z += np.multiply(M, Delta_dot[:, :, None], out=self.change)
        self.z += np.multiply(Q, g[:, None, :], out=self.change)
        self.z += np.multiply(D[:, :, None], self.r_power[self.k][:, None, :], out=self.change)


class ProductTrial(Trial):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        (P, N), n = self.chi.shape, len(self.theta)
        self.left, self.right = np.empty((P, N, 2 * n + 1)), np.empty((P, 2 * n + 1, N))
        self.change = np.empty((N, N))

    def add_tangents(self, g, Delta_dot):
        n, left, right = len(self.theta), self.left, self.right
        np.multiply(self.D_dot.T, Delta_dot[:, :, None], out=left[:, :, :n])
        right[:, :n] = self.theta @ self.r_power
        left[:, :, n:2 * n] = self.D_power.T
        np.multiply(self.theta @ self.r_dot, g[:, None, :], out=right[:, n:2 * n])
        np.multiply(self.dt, self.D_power[self.l], out=left[:, :, 2 * n])
        right[:, 2 * n] = self.r_power[self.k]
        # One coefficient at a time, so that the change stays in the cache.
        for p, z in enumerate(self.z):
            z += np.matmul(left[p], right[p], out=self.change)


KINDS = {"vectorised": Trial, "products": ProductTrial}


def random_trial(kind, N, d, T, generator):
    """A trial of a random network with all (d+1)^2 coefficients; returns what run() takes."""
    P = (d + 1)**2
    trial = kind(W=1.5 / np.sqrt(N) * generator.standard_normal((N, N)),
                 U=1e-3 * generator.standard_normal((P, N, N)),
                 theta=0.1 * generator.standard_normal((d + 1, d + 1)),
                 terms=[(l, k) for l in range(d + 1) for k in range(d + 1)],
                 alpha=1 / 30, alpha_x=0.05, dt=1.0)
    x = 0.1 * generator.standard_normal(N)
    return trial, (0.5 * generator.standard_normal((T, N)), x, x.copy())


def main():
    kind, sizes = KINDS[sys.argv[1]], map(int, sys.argv[2:5])
    trial, inputs = random_trial(kind, *sizes, np.random.default_rng(0))
    start = time.process_time()
    trial.run(*inputs)
    print(time.process_time() - start)


if __name__ == "__main__":
    main()
