"""RUN.analysis.h5 as the figures need it; its layout stands in analysis/README.md."""
import re

import h5py
import numpy as np

ARCHIVE = "thetasweep"  # the format of what `thetasweep run` writes
MOST_GROUPS = 8
FAMILIES = {"bptt": "BPTT", "force": "FORCE", "full_force": "full-FORCE", "eprop": "e-prop",
            "rflo": "RFLO", "node_perturbation": "node perturbation"}
STANDINGS = ("finished", "partly diverged", "unfinished", "diverged", "not evaluated",
             "stopped early")
POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Missing(Exception):
    """Why a figure cannot be drawn, as one sentence."""


TERM = r"(?<![\w-])[a-z]\d(?: [a-z]\d)*"


def pretty_term(name):
    """"r3 d1" as "r³Δ", "r1 p2" as "rp²", "log_tau_e" as "log τₑ"."""
    if not re.fullmatch(TERM, name):
        return {"log_tau_e": "log τₑ", "log_tau_w": "log τ_w", "log_clip": "log clip",
                "log_beta": "log β"}.get(name, name)
    powers = [(part[0].replace("d", "Δ"), part[1]) for part in name.split() if part[1] != "0"]
    return "".join(letter + (power.translate(POWERS) if power != "1" else "")
                   for letter, power in powers) or "1"


def pretty_rule(label):
    """"start: {r3 d3: -1}" as "start −1 r³Δ³", "bptt" as "BPTT", numbers with four digits."""
    if label in FAMILIES:
        return FAMILIES[label]
    label = re.sub(r"\d+\.\d+(e[-+]?\d+)?",
                   lambda m: min(f"{float(m[0]):.4g}", m[0], key=len), label)
    label = re.sub(rf"({TERM}): (-?[\d.e+-]+)", lambda m: f"{m[2]} {pretty_term(m[1])}", label)
    label = re.sub(rf"{TERM}\b", lambda m: pretty_term(m[0]), label)
    return label.replace("{", "").replace("}", "").replace("start: ", "start ").replace("-", "−")


def pretty_text(text):
    """"e += dt (0.1 r^3 D)" as "e += dt (0.1 r³Δ)"."""
    def term(found):
        letters = found[0].replace("D", "Δ").replace(" ", "")
        return re.sub(r"\^(\d)", lambda power: power[1].translate(POWERS), letters)
    power = r"[rDpw](?:\^\d)?"
    return re.sub(rf"(?<!\w){power}(?: {power})*(?!\w)", term, text).replace("-", "−")


def split_settings(text):
    """"a.b: 1, c.d: {x: 1, y: 2}" as {"a.b": "1", "c.d": "{x: 1, y: 2}"}."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "{[") - (letter in "}]")
        if depth == 0 and text.startswith(", ", place):
            parts.append(text[start:place])
            start = place + 2
    parts.append(text[start:])
    return dict(part.split(": ", 1) for part in parts if ": " in part)


def short_labels(labels):
    """Rules by what tells them apart: the preset or the start alone where that is enough."""
    parts = [split_settings(label) if ": " in label else {} for label in labels]
    own = [i for i, part in enumerate(parts) if part]
    if len(own) == 1 and len(labels) > 1:
        return ["polynomial" if i in own else pretty_rule(label) for i, label in enumerate(labels)]
    for key in ("preset", "start"):
        values = [parts[i].get(key, "") for i in own]
        if own and "" not in values and len(set(values)) == len(own):
            return [pretty_rule(parts[i][key] if key == "preset" else f"start: {parts[i][key]}")
                    if i in own else pretty_rule(label) for i, label in enumerate(labels)]
    return [pretty_rule(label) for label in labels]


def last_known(values):
    """The last finite number along the last axis; NaN where there is none."""
    values = np.asarray(values)
    finite = np.isfinite(values)
    place = values.shape[-1] - 1 - np.argmax(finite[..., ::-1], axis=-1)
    return np.take_along_axis(values, place[..., None], axis=-1)[..., 0]


def mean(values, axis=None):
    """Mean over the finite numbers, NaN where there is none, without a warning."""
    finite = np.isfinite(values)
    count = finite.sum(axis=axis)
    total = np.where(finite, values, 0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def deviation(values):
    """Standard deviation of the finite numbers, NaN of fewer than two."""
    finite = np.asarray(values)[np.isfinite(values)]
    return finite.std(ddof=1) if len(finite) > 1 else np.nan


class Analysis:
    """Arrays by path, and who is who.

    groups      names of what is told apart by colour: the rules, or, if they are too many, clusters
                of rules
    group_of    group of each candidate [candidate]
    standing    0 finished, 1 partly diverged, 2 unfinished, 3 diverged, 4 not evaluated,
                5 stopped early [candidate]
    loss        mean loss at the end of the finished candidates, NaN of others [candidate]
    first       of the candidates that differ by their repeat only [candidate]: of most it is they
    mean_loss   mean of loss over repeats if all are finished, else NaN, its error and its standard
                deviation: of those without repeats over seeds, and NaN [candidate]
    order       candidates, the best first; repeats in a row
    tested      whether there are test seeds; loss is that of the best of all evaluations then
    accuracy    share of correct trials at the end of the last lifetime [candidate, held_out_seed]
    """

    def __init__(self, path):
        self.file = h5py.File(path, "r")
        if self.attribute("/", "format") != "thetasweep-analysis":
            raise OSError("no analysis file")
        self.labels = short_labels(self.texts("rule"))
        self.rule_of = self["study/rule_of"].astype(int)
        self.candidates = len(self.rule_of)
        self.settings = [split_settings(text) for text in self.texts("study/settings")]
        self.solution_candidate = self.integers("study/solution_candidate")
        self.solution_seed = self.integers("study/solution_seed")
        self.example_solution = self.integers("study/example_solution")
        self._choose_groups()
        self._choose_scores()

    def attribute(self, path, name):
        """A text that the file says of a dataset; empty if it says none."""
        value = self.file[path].attrs.get(name, b"") if path in self.file else b""
        return value.decode() if isinstance(value, bytes) else str(value)

    def _choose_groups(self):
        self.by_rule = len(self.labels) <= MOST_GROUPS
        if self.by_rule:
            self.groups, self.group_of = self.labels, self.rule_of
        else:
            cluster = self.integers("rules/cluster")
            if len(cluster) != self.candidates:
                cluster = np.zeros(self.candidates, int)
            self.groups = [f"cluster {number + 1}" for number in range(cluster.max() + 1)]
            self.group_of = cluster
        self.solution_group = self.group_of[self.solution_candidate]

    def _choose_scores(self):
        """The order is that of include/archive/standing.h."""
        self.standing = self.end("standing", STANDINGS.index("not evaluated")).astype(int)
        self.end_loss, self.end_finite = self.end("end_loss"), self.end("end_finite", 0)
        self.loss = np.where(self.standing == 0, self.end_loss, np.nan)
        self.first = self.integers("study/group")
        if not len(self.first):
            self.first = np.arange(self.candidates)
        self.repeated = bool((self.first != np.arange(self.candidates)).any())
        self._join_repeats()
        loss = np.where(np.isfinite(self.joint_loss), self.joint_loss, np.inf)
        finite = np.where((self.joint_standing == 1) | (self.joint_standing == 5),
                          -self.joint_finite, 0)
        self.order = np.lexsort((np.arange(self.candidates), loss, finite, self.joint_standing))
        self.tested = self.has("task/test_seeds")
        self.held_out = self.has("task/last_evaluation")
        on = "validation" if self.tested else "held-out" if self.held_out else "training"
        self.loss_name, self.seeds_name = f"{on} loss", f"{on} seeds"
        self.accuracy = np.full((self.candidates, 1), np.nan)
        if self.has("task/accuracy"):
            self.accuracy = self.at_end("task/accuracy")

    def _join_repeats(self):
        """Repeats stand together: joint_standing, joint_loss, joint_finite [candidate]."""
        self.joint_standing, self.joint_finite = self.standing.copy(), self.end_finite.copy()
        self.joint_loss, self.mean_error = self.end_loss.copy(), self.end("end_loss_error")
        self.mean_deviation = np.full(self.candidates, np.nan)
        for own in (self.repeats(c) for c in np.unique(self.first) if self.repeated):
            if len(own) == 1:
                continue
            standing, finite = self.standing[own], self.end_finite[own].sum()
            self.joint_standing[own] = (standing[0] if (standing == standing[0]).all()
                                        and standing[0] in (0, 4) else 2 if (standing == 2).any()
                                        else 1 if finite > 0 else 3)
            self.joint_finite[own] = finite
            self.joint_loss[own] = mean(self.end_loss[own])
            self.mean_deviation[own] = deviation(self.end_loss[own])
            self.mean_error[own] = self.mean_deviation[own] / max(
                np.isfinite(self.end_loss[own]).sum(), 1) ** 0.5
        self.mean_loss = np.where(self.joint_standing == 0, self.joint_loss, np.nan)

    def repeats(self, candidate):
        """Those that differ from it by their repeat only, and itself."""
        return np.flatnonzero(self.first == self.first[candidate])

    def end(self, name, missing=np.nan, group="task"):
        """What is known of the candidates' ends [candidate]."""
        if not self.has(f"{group}/{name}"):
            return np.full(self.candidates, float(missing))
        return np.nan_to_num(self[f"{group}/{name}"], nan=missing)

    def test(self, name):
        """What is known of the rules on test seeds [candidate, start or chosen]."""
        if not self.tested:
            return np.full((self.candidates, 2), np.nan)
        return self.file[f"task/{name}"][()]

    def at_end(self, path):
        """The last evaluation of every candidate, of [candidate, evaluation, ...]; NaN: it has
        none, or its lifetimes are not known or diverged."""
        place = self.end("last_evaluation", -1).astype(int)
        values = self[path]
        values = values[np.arange(self.candidates), place]
        values[place < 0] = np.nan
        return values

    def has(self, path):
        return path in self.file and self.file[path].size > 0 and bool(
            np.isfinite(self.file[path][()]).any())

    def __getitem__(self, path):
        """The array; Missing if the file has none or nothing but NaN in it."""
        if not self.has(path):
            raise Missing(self.why_not(path))
        return self.file[path][()]

    def numbers(self, path):
        """The array, also if nothing in it is finite."""
        return self.file[path][()]

    def integers(self, path):
        return self.file[path][()].astype(int) if path in self.file else np.zeros(0, int)

    def texts(self, path):
        return [text.decode() for text in self.file[path][()]] if path in self.file else []

    def why_not(self, path):
        """One sentence, with the analysis program's own reasons where it gave any."""
        topic = path.split("/")[0]
        reasons = [note for note in self.texts("study/missing") if note.startswith(topic)]
        return "; ".join([f"/{path} is not in this analysis", *reasons]) + "."

    def source(self, path):
        """The formula's source as the file tells it, in brackets; empty if it tells none."""
        source = self.attribute(path, "source")
        return f" ({source.strip('()')})" if source else ""

    def members(self, group):
        """Candidates of a group."""
        return np.flatnonzero(self.group_of == group)

    def best(self, group=None):
        """The best candidate, of a group or of all; None: none is finished."""
        for c in self.order:
            if np.isfinite(self.mean_loss[c]) and (group is None or self.group_of[c] == group):
                return int(c)
        return None

    def solutions(self, group):
        return np.flatnonzero(self.solution_group == group)

    def examples(self):
        """One example a group, {group: example}: the first, which is the first seed's."""
        first = {}
        for example, solution in enumerate(self.example_solution):
            first.setdefault(int(self.solution_group[solution]), example)
        return dict(sorted(first.items()))

    def swept(self):
        """Parameters that take several values: {name: [text of each candidate]}."""
        names = dict.fromkeys(name for settings in self.settings for name in settings)
        columns = {name: [settings.get(name, "–") for settings in self.settings] for name in names}
        return {name: column for name, column in columns.items() if len(set(column)) > 1}

    def configurations(self):
        """The sweep file of every archive; None for one that is not in its place any more."""
        return {path: configuration(path) for path in dict.fromkeys(self.texts("study/file"))}


class Efficiency(Analysis):
    """What the command efficiency wrote; of an analysis it has the ways to ask for arrays alone."""

    FORMAT = "thetasweep-efficiency"

    def __init__(self, path):
        self.file = h5py.File(path, "r")

    def configurations(self):
        return {"the candidate": self.attribute("/", "settings")}


def format_of(path):
    """What a file says that it is: ARCHIVE, "thetasweep-analysis", Efficiency.FORMAT; or ""."""
    with h5py.File(path, "r", locking=False) as file:
        known = file.attrs.get("format", b"")
    return known.decode() if isinstance(known, bytes) else str(known)


def archives_of(path):
    """The archives that an analysis is of; none if it is no analysis."""
    try:
        with h5py.File(path, "r") as file:
            return [*dict.fromkeys(text.decode() for text in file["study/file"][()])]
    except (OSError, KeyError):
        return []


def made_by(path):
    """The version of thetasweep-analyze that wrote it, as it says it."""
    with h5py.File(path, "r") as file:
        return "thetasweep-analyze {} ({})".format(
            *(file.attrs.get(name, b"").decode() for name in ("program", "git")))


def open_study(path):
    """The Analysis or Efficiency at `path`."""
    return Efficiency(path) if format_of(path) == Efficiency.FORMAT else Analysis(path)


STARTS = {"time": "start (UTC)", "version": "version", "git": "revision", "ranks": "ranks",
          "workers": "workers", "hosts": "hosts", "slurm_job": "SLURM job", "blas_core": "BLAS core type", "end": "ended by"}


def starts(path):
    """The starts of a run as an archive tells them: names of columns and rows; no rows if it cannot say."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            group = file["provenance"]
            used = np.flatnonzero(group["ranks"][()] >= 0)
            known = [name for name in STARTS if name in group]
            columns = [group[name].asstr()[()] if group[name].dtype.kind in "OS" else group[name][()]
                       for name in known]
    except (OSError, KeyError):
        return [], []
    rows = [[str(column[row]) for column in columns] for row in used]
    kept = [i for i in range(len(known)) if any(row[i] for row in rows)]
    return [STARTS[known[i]] for i in kept], [[row[i] for i in kept] for row in rows]


def configuration(path):
    try:
        with h5py.File(path, "r", locking=False) as file:
            text = file["config"][()]
    except (OSError, KeyError):
        return None
    return text.decode() if isinstance(text, bytes) else str(text)
