"""Which swept parameters matter, and how the loss depends on each of them."""
import math

import numpy as np

from . import style
from .data import Missing, pretty_rule
from .parts import label_outer, number

FEWEST, FEWEST_SLICES = 20, 4  # finished candidates
MOST_AXES, MOST_LEVELS, MOST_WORDS, MOST_LETTERS = 12, 8, 12, 22
SHARE, TOP = 0.1, 5  # the best are this share of the candidates, and so many at the least
STEPS, BINS, SAMPLES = 50, 8, 400
WIDE = 10  # numbers whose largest is so many times the smallest are logarithmic


erf = np.vectorize(math.erf)


class Axis:
    """A swept parameter of candidates.

    place       where each candidate stands [candidate]: its number, or that of its level
    levels      names of the values if there are few of them or they are words, else None
    """

    def __init__(self, name, texts):
        self.name = name
        values = [number(text) for text in texts]
        self.levels, self.logarithmic = None, False
        known = None not in values and bool(np.isfinite(values).all())
        if known and len(set(values)) > MOST_LEVELS:
            self.place = np.array(values)
            self.logarithmic = bool(self.place.min() > 0
                                    and self.place.max() >= WIDE * self.place.min())
        else:
            order = sorted(set(zip(values, texts))) if known else \
                [(None, text) for text in dict.fromkeys(texts)]
            words = [text for _, text in order]
            self.levels = [style.short(pretty_rule(text), MOST_LETTERS) for text in words]
            self.place = np.array([words.index(text) for text in texts])

    def scaled(self):
        return np.log(self.place) if self.logarithmic else self.place

    def cells(self):
        """Cell of every candidate on a grid, and how many cells there are."""
        if self.levels is not None:
            return self.place, len(self.levels)
        x = self.scaled()
        width = (x.max() - x.min()) / (STEPS - 1)
        cell = np.ceil((x - x.min()) / width - 0.5).astype(int)
        return np.clip(cell, 0, STEPS - 1), STEPS


def density(count, graded):
    """Parzen estimate on the cells of a grid from how many candidates are in each [cell]: of words a
    histogram, of numbers Gaussians of Scott's width, cut at the ends (as Optuna has them); both with
    one more candidate that is anywhere."""
    total = count.sum()
    if not graded:
        return (count + 1 / len(count)) / (total + 1)
    at = np.flatnonzero(count)
    weight, below = count[at], np.cumsum(count[at])
    spread = np.sqrt((weight * (at - (weight @ at) / total) ** 2).sum() / max(1, total - 1))
    low = at[np.searchsorted(below, total // 4, side="left")]
    high = at[min(len(at) - 1, np.searchsorted(below, total * 3 // 4, side="right"))]
    sigma = max(1.059 * min((high - low) / 1.34, spread) * total ** -0.2, 0.5 / 1.64)
    middle = np.append(at, (len(count) - 1) / 2)
    sigma = np.append(np.full(len(at), sigma), len(count))
    edge = erf((np.arange(len(count) + 1)[:, None] - 0.5 - middle) / (sigma * 2 ** 0.5))
    mass = np.diff(edge, axis=0) / (edge[-1] - edge[0])
    return mass @ np.append(weight, 1) / (total + 1)


def importance(cell, cells, graded, loss):
    """PED-ANOVA (Watanabe et al. 2023, IJCAI; arXiv 2304.10255): variance, along this axis alone, of being
    one of the best: (gamma' / gamma)^2 times the Pearson divergence of their density from that of all."""
    count = max(int(np.ceil(SHARE * len(loss))), TOP)
    best = loss <= np.partition(loss, count - 1)[count - 1]
    top, every = (density(np.bincount(which, minlength=cells), graded) + 1e-12
                  for which in (cell[best], cell))
    return best.mean() ** 2 * (every @ (top / every - 1) ** 2)


def axes_of(study, fewest):
    """The axes of the finished candidates, and who these are."""
    finished = np.flatnonzero(np.isfinite(study.mean_loss)
                              & (study.first == np.arange(study.candidates)))
    if len(finished) < fewest:
        raise Missing(f"This needs {fewest} finished candidates; there are {len(finished)}.")
    columns = {name: [texts[c] for c in finished] for name, texts in study.swept().items()}
    found = [Axis(name, texts) for name, texts in columns.items()
             if "–" not in texts and len(set(texts)) > 1]
    found = [axis for axis in found if axis.levels is None or len(axis.levels) <= MOST_WORDS]
    if not found:
        raise Missing("No swept parameter has values that all finished candidates have.")
    return found[:MOST_AXES], finished


def measure(axis, loss):
    """Importance, 95 % of it over samples of the candidates, and what 95 % of shuffled losses stay
    below; the same draws for every axis."""
    random = np.random.default_rng(1)
    cell, cells = axis.cells()
    graded = axis.levels is None
    drawn = [random.integers(len(loss), size=len(loss)) for _ in range(SAMPLES)]
    samples = [importance(cell[i], cells, graded, loss[i]) for i in drawn]
    shuffled = [importance(cell, cells, graded, random.permutation(loss)) for _ in range(SAMPLES)]
    return (importance(cell, cells, graded, loss), *np.percentile(samples, [2.5, 97.5]),
            np.percentile(shuffled, 95))


def bars(study):
    """A row a parameter, the most important one first."""
    axes, finished = axes_of(study, FEWEST)
    loss = study.mean_loss[finished]
    rows = sorted(((*measure(axis, loss), axis.name) for axis in axes), reverse=True)
    figure, panels = style.grid(1, 1, 0.4 + 0.22 * len(rows))
    figure.set_figwidth(style.WIDTH)
    panel = panels[0][0]
    total = sum(row[0] for row in rows) or 1
    for y, (value, low, high, chance, _) in enumerate(rows):
        panel.barh(y, value, height=0.6, color=style.colour(0), alpha=0.8, label="importance")
        panel.plot([low, high], [y, y], color="0.2", linewidth=1, label="2.5 and 97.5 % over candidates")
        panel.plot([chance, chance], [y - 0.4, y + 0.4], color=style.colour(1), linewidth=1.5)
        panel.plot(chance, y, ",", color=style.colour(1), label="95 % of shuffled losses")
    panel.set_yticks(range(len(rows)), [f"{row[4]}  {100 * row[0] / total:.0f} %" for row in rows])
    panel.set_ylim(len(rows) - 0.4, -0.6)
    panel.set_xlim(0, None)
    panel.set_xlabel("variance of being among the best, along this parameter alone")
    style.key(figure, ["importance, share of all", "95 % over candidates", "95 % of shuffled losses"],
              [style.colour(0), "0.2", style.colour(1)])
    count = max(int(np.ceil(SHARE * len(loss))), TOP)
    return figure, (
        f"Which parameters decide whether a candidate is one of the best {count} of {len(loss)} by "
        f"{study.loss_name} (PED-ANOVA, Watanabe et al. 2023). Thin lines: percentiles of {SAMPLES} samples "
        "of the candidates. A parameter that does not matter stays below the orange mark 95 times of "
        "100.")


def draw_slice(panel, axis, loss, error):
    levels = axis.levels is not None
    x = axis.place.astype(float)
    if levels:
        for level in range(len(axis.levels)):
            own = axis.place == level
            x[own] = level + style.jitter(own.sum())
    panel.errorbar(x, loss, np.nan_to_num(error), fmt="none", elinewidth=0.6, ecolor="0.8", zorder=1)
    style.tell(panel.scatter(x, loss, s=7, linewidth=0, color=style.colour(0), zorder=2,
                             label="candidate",
                             alpha=float(np.clip(60 / len(x), 0.2, 0.9))), error)
    if levels:
        groups = [np.flatnonzero(axis.place == level) for level in range(len(axis.levels))]
    else:
        groups = np.array_split(np.argsort(axis.place, kind="stable"), min(BINS, len(x) // 2))
    for level, own in enumerate(groups):
        ends = (level - 0.35, level + 0.35) if levels else (x[own].min(), x[own].max())
        panel.plot(ends, [loss[own].min()] * 2, color=style.colour(1), linewidth=1.5)
    best = np.argmin(loss)
    panel.plot(x[best], loss[best], "o", markersize=6, color="black", fillstyle="none")
    if levels:
        style.name_places(panel, axis.levels)
    elif axis.logarithmic:
        panel.set_xscale("log")
    panel.set_title(style.wrap(axis.name))


def slices(study):
    """A panel a parameter."""
    axes, finished = axes_of(study, FEWEST_SLICES)
    loss, error = study.mean_loss[finished], study.mean_error[finished]
    figure, panels = style.panels(len(axes), 3, 2.2, sharey=True)
    low, limit = loss.min(), 4 * np.median(loss) - 3 * loss.min()
    for panel, axis in zip(panels, axes):
        draw_slice(panel, axis, loss, error)
    if limit > low:
        panels[0].set_ylim(None, min(limit, panels[0].get_ylim()[1]))
    hidden = int((loss > limit).sum()) if limit > low else 0
    label_outer(figure, "", study.loss_name)
    return figure, (
        "How the loss depends on each swept parameter, whatever the others are: a point is a finished "
        f"candidate, with its standard error over {'repeats' if study.repeated else 'seeds'}. Orange: the best candidate at each value, or in "
        "each part of the range; circle: the best of all."
        + (f" {hidden} candidates lie above the panels." if hidden else ""))


FIGURES = (
    ("importance", "Which swept parameters matter", bars),
    ("slices", "Loss by swept parameter", slices),
)
