"""One lifetime recomputed from its replay record by the equations alone, in numpy.

Nothing here comes from the program: the record holds weights, inputs, noise and every number, and
the derivatives are written as the equations stand, one step after the other, with none of the
rearrangements that make the program fast.

Letters: N units, P free parameters, T steps, H trials, O outputs; i postsynaptic, j presynaptic, p
free parameter, h trial. Arrays over p have that index first, but update_dot, which is (i, p, j) in
the record.
"""
import re

import numpy as np


class Record:
    """The datasets of /replay/<candidate>-<iteration>-<seed> as attributes.

    So are those of `parameters/`; `reward` and `objective`, of which both kinds exist, are the
    numbers trial by trial, reward_kind and objective_kind the choices.
    """

    def __init__(self, group):
        for name, dataset in group["parameters"].items():
            value = dataset[()]
            kind = "_kind" if name in ("reward", "objective") else ""
            setattr(self, name + kind, value.decode() if isinstance(value, bytes) else float(value))
        for name in ("N", "P", "T", "H", "O", "types", "degree", "eligibility_first_step", "warmup",
                     "reset_every"):
            setattr(self, name, int(getattr(self, name)))
        for name, dataset in group.items():
            if name not in ("parameters", "weights"):
                setattr(self, name, dataset[()])
        self.weights = {name: dataset[()] for name, dataset in group["weights"].items()
                        if dataset.attrs.get("CLASS") != b"DIMENSION_SCALE"}
        self.names = [name.decode() for name in self.parameter] if self.P else []
        if self.objective_kind == "reward":
            self.objective_kind = self.reward_kind
        self.task = task_of(self.resolved.decode())


def task_of(resolved):
    """Name and fields of the task in a resolved configuration, as texts; times in ms."""
    section = re.search(r"(?m)^task:\n((?:  .*\n)+)", resolved)[1]
    pairs = (line.split(":", 1) for line in section.splitlines())
    return {key.strip(): value.strip().removesuffix(" ms") for key, value in pairs}


def powers_of(name, letters):
    """[2, 0] for the letters "pw" in "r1 p2"."""
    power = {part[0]: int(part[1]) for part in name.split()}
    return [power.get(letter, 0) for letter in letters]


def powers(x, degree):
    """x^0 .. x^degree, the power first; 0^0 = 1."""
    return np.array([x**n for n in range(degree + 1)])


def powers_dot(x, degree):
    """The derivatives n x^(n-1) of powers()."""
    return np.array([n * x**max(n - 1, 0) for n in range(degree + 1)])


def phi(record, x):
    """(1) and its slope."""
    if record.phi == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    return np.tanh(x), 1 - np.tanh(x)**2


def judge(record, kind, h, y):
    """(8) with dR/dy of trial h; y, target [T, O], window [T]."""
    target, window = record.target[h], record.window[h]
    if kind == "binary":
        return float(is_correct(record, h, y)), np.zeros_like(y)
    weight = window[:, None] / (window.sum() * y.shape[1])
    error = y - target
    if kind == "absolute":
        return -np.sum(weight * np.abs(error)), -weight * np.sign(error)
    if kind == "wrong":
        silence = np.sum(weight * np.abs(target)) or 1
        share = 1 / (1 + np.exp(-10 * (np.sum(weight * np.abs(error)) / silence - 1)))
        return -share, -weight * np.sign(error) * share * (1 - share) * 10 / silence
    return -np.sum(weight * error**2), -2 * weight * error


def is_correct(record, h, y):
    """One output has the target's sign; of several the right one is the largest. Two tasks judge
    in a way of their own."""
    target, window = record.target[h], record.window[h]
    if record.task["name"] == "flipflop":
        return signs_are_right(y, target)
    if record.task["name"] == "readysetgo":
        return time_is_right(record, record.type[h], y[:, 0], window)
    output, wanted = window @ y, window @ target
    return output[0] * wanted[0] > 0 if len(output) == 1 else output.argmax() == wanted.argmax()


def signs_are_right(y, target):
    """Each output has the target's sign for more than half of the time."""
    return bool(np.all((y * target > 0).mean(axis=0) > 0.5))


def time_is_right(record, c, y, window):
    """The output first exceeds 0, in the window, near the wanted time: within 25 ms and a fifth."""
    task = {key: float(value) for key, value in record.task.items() if key not in ("name", "path")}
    share = c / max(task["intervals"] - 1, 1)
    shown = task["shortest"] + (task["longest"] - task["shortest"]) * share
    above = np.flatnonzero((window > 0) & (y > 0))
    if len(above) == 0:
        return False
    wanted, produced = task["gain"] * shown, (above[0] - window.argmax()) * record.dt
    return abs(produced - wanted) <= 0.2 * wanted + 25


class Lifetime:
    """What goes on from trial to trial: weights, trace, reward means and their tangents."""

    def __init__(self, record):
        a = self.record = record
        self.W = a.weights["recurrent"].copy()
        self.U = np.zeros((a.P, a.N, a.N))
        self.xbar = a.xbar0[0].copy()
        self.psi = np.zeros((a.P, a.N))
        self.Rbar = np.zeros(a.types)
        self.Rbar_dot = np.zeros((a.types, a.P))
        self.live = np.ones(a.N)
        self.live[a.clamped_unit] = 0
        self.theta = [(p, *powers_of(name, "dr")) for p, name in enumerate(a.names)
                      if not name.startswith("log")]  # p, l, k
        # What r and Delta alone do is written as in (5); with other variables a term is a product.
        others = hasattr(a, "factor_powers")
        self.variables = [name.decode().split() for name in a.variable] if others else []
        self.letters = "".join(variable[0] for variable in self.variables)
        self.terms = [(p, powers_of(name, self.letters)) for p, name in enumerate(a.names)
                      if others and not name.startswith("log")]
        self.parts = [(theta, self.powers_in(factor, k, l))
                      for factor, table in zip(getattr(a, "factor_powers", []),
                                               getattr(a, "factor_theta_lk", []))
                      for (l, k), theta in np.ndenumerate(table) if theta]
        self.tau_e, self.tau_w, self.clip, self.beta = (
            a.names.index(name) if name in a.names else None
            for name in ("log_tau_e", "log_tau_w", "log_clip", "log_beta"))

    def powers_in(self, factor, k, l):
        """The powers of a factor times Delta^l r^k."""
        return [n + k * (letter == "r") + l * (letter == "d")
                for n, letter in zip(factor, self.letters)]

    def start_trial(self, h):
        a = self.record
        self.x = a.x0[h].copy()
        if not a.carry_trace:
            self.xbar = self.x.copy()
            self.psi = np.zeros((a.P, a.N))
        self.chi = np.zeros((a.P, a.N))
        self.e = np.zeros((a.N, a.N))
        self.z = np.zeros((a.P, a.N, a.N))

    def step(self, h, t):
        """(1) to (6) and (12) to (15): from x^t to x^(t+1)."""
        a = self.record
        r, slope = phi(a, self.x)  # (1)
        gain = slope * self.chi
        current = (self.W @ r + a.weights["input"] @ a.input[h, t] + a.weights["bias"]
                   + a.exploration[h, t])
        x = self.x + a.alpha * (-self.x + current)  # (2)
        x[a.clamped_unit] = a.clamped_state
        Delta = self.xbar - x  # (4)
        self.xbar = a.alpha_x * self.xbar + (1 - a.alpha_x) * x  # (3)
        chi = self.chi + a.alpha * (-self.chi + gain @ self.W.T + self.U @ r)  # (12)
        chi = chi * self.live
        Delta_dot = self.psi - chi  # (14)
        self.psi = a.alpha_x * self.psi + (1 - a.alpha_x) * chi  # (13)
        self.x, self.chi = x, chi
        if t >= a.eligibility_first_step:
            self.step_synapses(r, Delta, gain, Delta_dot)

    def step_synapses(self, r, Delta, r_dot, Delta_dot):
        """(5), (6), (15)."""
        a = self.record
        rs, Deltas = powers(r, a.degree), powers(Delta, a.degree)
        G = Deltas.T @ a.theta_lk @ rs  # (5)
        M = powers_dot(Delta, a.degree).T @ a.theta_lk @ rs
        Q = Deltas.T @ a.theta_lk @ powers_dot(r, a.degree)
        decay = 1 - a.dt / a.tau_e
        change = M * Delta_dot[:, :, None] + Q * r_dot[:, None, :]
        if self.variables:
            G = G + self.add_terms(change, r, Delta, r_dot, Delta_dot)
        else:
            for p, l, k in self.theta:
                change[p] += np.outer(Deltas[l], rs[k])
        if self.tau_e is not None:
            change[self.tau_e] += self.e / a.tau_e
        self.z = decay * self.z + a.dt * change  # (15)
        self.e = decay * self.e + a.dt * G  # (6)

    def add_terms(self, change, r, Delta, r_dot, Delta_dot):
        """All terms with other variables than r and Delta: adds their derivatives and the direct
        terms of all coefficients to `change`; returns their growth."""
        values, dots = [], []  # [N, N], [P, N, N]
        for _, side, *signal in self.variables:
            x, x_dot = {(): (self.W, self.U), ("rate",): (r, r_dot),
                        ("change",): (Delta, Delta_dot)}[tuple(signal)]
            if side == "presynaptic":
                x, x_dot = x[None, :] + 0 * self.W, x_dot[:, None, :]
            elif side == "postsynaptic":
                x, x_dot = x[:, None] + 0 * self.W, x_dot[:, :, None]
            values.append(x)
            dots.append(x_dot)
        growth = 0 * self.W
        for p, term in self.terms:
            change[p] += np.prod([x**n for x, n in zip(values, term)], axis=0)
        for theta, term in self.parts:
            factors = [x**n for x, n in zip(values, term)]
            growth = growth + theta * np.prod(factors, axis=0)
            for v, n in enumerate(term):
                if n:
                    rest = [n * values[v]**(n - 1), *factors[:v], *factors[v + 1:]]
                    change += theta * np.prod(rest, axis=0) * dots[v]
        return growth

    def run_trial(self, h):
        """States and outputs of a trial; returns the rates of unit 0, R, the objective and their
        tangents."""
        a = self.record
        self.start_trial(h)
        unit0 = [phi(a, self.x)[0][0]]
        y, y_dot = np.zeros((a.T, a.O)), np.zeros((a.P, a.T, a.O))
        for t in range(a.T):
            self.step(h, t)
            r, slope = phi(a, self.x)
            unit0.append(r[0])
            y[t] = a.weights["readout"] @ r  # (7)
            y_dot[:, t] = (slope * self.chi) @ a.weights["readout"].T
        R, R_slope = judge(a, a.reward_kind, h, y)  # (8)
        J, J_slope = judge(a, a.objective_kind, h, y)
        R_dot = np.einsum("to,pto->p", R_slope, y_dot)  # (16)
        J_dot = np.einsum("to,pto->p", J_slope, y_dot)
        return np.array(unit0), R, R_dot, J, J_dot

    def modulate(self, c, R, R_dot):
        """m = g(Rbar) (R - Rbar) of (9) and its tangents."""
        a = self.record
        Rbar, Rbar_dot = self.Rbar[c], self.Rbar_dot[c]
        g, g_slope = (abs(Rbar), np.sign(Rbar)) if a.reward_gain == "absolute" else (1, 0)
        m_dot = g * (R_dot - Rbar_dot) + g_slope * Rbar_dot * (R - Rbar)
        return g * (R - Rbar), m_dot if a.rpe_gradient == "full" else np.zeros(a.P)

    def learn(self, h, m, m_dot):
        """(9), (10), (17), (18); returns mu-dot."""
        a = self.record
        change = a.eta * m * self.e
        free = (np.abs(change) < a.clip) & (a.mask != 0)
        mu = a.mask * np.clip(change, -a.clip, a.clip)  # (9)
        noise = a.mask * a.weight_noise[h] if a.sigma_w else 0
        mu_dot = free * a.eta * (m * self.z + m_dot[:, None, None] * self.e)  # (17)
        if self.clip is not None:  # (41)
            mu_dot[self.clip] += a.clip * np.sign(change) * (np.abs(change) >= a.clip) * (a.mask != 0)
        self.U = a.gamma * (1 - 1 / a.tau_w) * self.U + mu_dot  # (18)
        if self.tau_w is not None:
            self.U[self.tau_w] += self.W / a.tau_w
        if a.reset_every and (h + 1) % a.reset_every == 0:
            self.U[:] = 0
        self.W = (1 - 1 / a.tau_w) * self.W + mu + a.sigma_w * noise  # (10)
        return mu_dot

    def follow_reward(self, c, R, R_dot):
        """(11) and its tangent."""
        beta, error = self.record.beta, R - self.Rbar[c]
        self.Rbar[c] += beta * error
        self.Rbar_dot[c] += beta * (R_dot - self.Rbar_dot[c])
        if self.beta is not None:  # (42)
            self.Rbar_dot[c, self.beta] += beta * error


def replay(record):
    """Runs all trials; returns arrays with the names and the shapes that the record has."""
    a, lifetime = record, Lifetime(record)
    out = {name: [] for name in ("xbar0", "unit0", "reward", "objective", "baseline", "modulator",
                                 "eligibility", "weights_after", "reward_dot", "objective_dot",
                                 "update_dot")}
    for h in range(a.H):
        c = a.type[h]
        trace = lifetime.xbar if a.carry_trace else a.x0[h]
        unit0, R, R_dot, J, J_dot = lifetime.run_trial(h)
        m, m_dot = lifetime.modulate(c, R, R_dot)
        baseline, mu_dot = lifetime.Rbar[c], np.zeros((a.P, a.N, a.N))
        if h >= a.warmup:
            mu_dot = lifetime.learn(h, m, m_dot)
        lifetime.follow_reward(c, R, R_dot)
        values = (trace, unit0, R, J, baseline, m, lifetime.e, lifetime.W, R_dot, J_dot,
                  mu_dot.transpose(1, 0, 2))
        for series, value in zip(out.values(), values):
            series.append(value)
    out = {name: np.array(series) for name, series in out.items()}
    out["loss"] = -a.loss_weight @ out["objective"]  # (19)
    out["gradient"] = -a.loss_weight @ out["objective_dot"]
    return out
