"""What the rules became."""
import re

import numpy as np

from . import style
from .data import TERM, Missing, last_known, pretty_term
from .parts import draw_tree, label_outer

MOST_PARAMETERS = 12
MOST_ROWS, MOST_MONOMIALS = 18, 7


def trajectories(study):
    """A panel a parameter, a line a candidate."""
    theta = study["rules/theta_normalised"]
    names = study.texts("parameter")
    if theta.shape[1] < 2 or not np.isfinite(theta[:, 1:]).any():
        raise Missing("No rule was changed by an outer loop in these archives.")
    size = np.abs(np.nan_to_num(theta)).max(axis=(0, 1))
    chosen = np.sort(np.argsort(-size)[:MOST_PARAMETERS])
    figure, panels = style.panels(len(chosen), 4, 1.5, sharex=True)
    groups = set()
    for panel, p in zip(panels, chosen):
        panel.axhline(0, color="0.85", linewidth=0.7, zorder=0)
        for c in range(study.candidates):
            if np.isfinite(theta[c, :, p]).any():
                groups.add(int(study.group_of[c]))
                panel.plot(theta[c, :, p], color=style.colour(study.group_of[c]),
                           label=f"candidate {c}",
                           **style.thin(study.candidates))
        panel.set_title(pretty_term(names[p]))
    panels[0].xaxis.set_major_locator(style.plt.MaxNLocator(5, integer=True))
    label_outer(figure, "meta-iteration", "coefficient θ / s")
    groups = sorted(groups)
    style.key(figure, [study.groups[g] for g in groups], [style.colour(g) for g in groups])
    more = ""
    if len(names) > len(chosen):
        more = f"; the largest {len(chosen)} of {len(names)} parameters"
    return figure, (
        "How the outer loop changed the rules: every coefficient of (5) over meta-iterations, "
        f"divided by its term's own scale s{more}. A line is a candidate, its colour the rule it "
        "started from.")


def bests(study, known):
    """{group: its best candidate} of which `known` [candidate, ..] tells something."""
    best = {group: study.best(group) for group in range(len(study.groups))}
    return {g: c for g, c in best.items() if c is not None and np.isfinite(known[c]).any()}


def limits(places):
    """The ends of a row of cells whose middles these are."""
    half = (places[1] - places[0]) / 2
    return [places[0] - half, places[-1] + half]


def iterations(study):
    """A panel a group: a row a coefficient, a column a meta-iteration."""
    theta, names = study["rules/theta_normalised"], study.texts("parameter")
    shown = bests(study, theta[:, 1:])
    if not shown:
        raise Missing("No rule was changed by an outer loop in these archives.")
    size = np.abs(np.nan_to_num(theta[list(shown.values())])).max(axis=(0, 1))
    known = np.isfinite(theta[list(shown.values())]).any(axis=(0, 1))
    free = np.sort(np.argsort(-np.where(known, size, -1), kind="stable")[:min(known.sum(), MOST_ROWS)])
    figure, panels = style.panels(len(shown), 4, 0.6 + 0.14 * len(free), sharey=True)
    largest = np.nanmax(np.abs(theta[list(shown.values())]))
    for panel, (group, c) in zip(panels, shown.items()):
        last = np.flatnonzero(np.isfinite(theta[c]).any(axis=1))[-1]
        image = panel.imshow(theta[c, :last + 1, free].reshape(len(free), -1), aspect="auto",
                             cmap=style.DIVERGING, vmin=-largest, vmax=largest)
        panel.set_title(f"{style.wrap(study.groups[group])}\ncandidate {c}")
        panel.set_yticks(range(len(free)), [pretty_term(names[p]) for p in free])
        panel.xaxis.set_major_locator(style.plt.MaxNLocator(5, integer=True))
    figure.colorbar(image, ax=panels, label="θ / s", shrink=0.8)
    label_outer(figure, "meta-iteration", "")
    return figure, (
        "The coefficients of (5) over meta-iterations, of each rule's best candidate, divided by "
        "their term's own scale s"
        + (f"; the largest {len(free)} of {known.sum()}." if len(free) < known.sum() else "."))


def draw_surface(panel, study, surface, largest):
    """A surface over r and Δ in colours, divided by the largest value."""
    r, delta = study["rate"], study["delta"]
    image = panel.imshow(surface / largest, extent=[*limits(r), *limits(delta)], origin="lower",
                         aspect="auto", cmap=style.DIVERGING, vmin=-1, vmax=1)
    panel.set_xticks([-1, 0, 1])
    panel.set_yticks([-2, -1, 0, 1, 2])
    return image


def surfaces(study):
    """G(r, Delta) of the best rule of every group that has one."""
    surface, r, delta = study["rules/surface"], study["rate"], study["delta"]
    slices = study.texts("rules/slice") or [""] * len(surface)
    shown = {g: c for g, c in bests(study, surface).items() if surface[c].any()}
    if not shown:
        raise Missing("None of the rules is a polynomial.")
    figure, panels = style.panels(len(shown), 4, 2.3, sharex=True, sharey=True)
    for panel, (group, c) in zip(panels, shown.items()):
        largest = np.abs(surface[c]).max()
        image = draw_surface(panel, study, surface[c], largest)
        if np.ptp(surface[c]) > 0:  # a rule that is the same everywhere has no lines
            panel.contour(r, delta, surface[c] / largest, np.linspace(-1, 1, 11), colors="0.3",
                          linewidths=0.3)
        slice_ = f", {slices[c]}" if slices[c] else ""
        panel.set_title(f"{style.wrap(study.groups[group])}\ncandidate {c}{slice_}\n"
                        f"max |G| = {largest:.2g}")
    figure.colorbar(image, ax=panels, label="G / max |G|", ticks=[-1, 0, 1], shrink=0.8)
    label_outer(figure, "presynaptic rate r", "postsynaptic deviation Δ")
    return figure, (
        "The learned rules as surfaces: growth G(r, Δ) of the eligibility (5) for each rule's best "
        "candidate, divided by its largest value"
        + (", other variables at the values above the panel." if any(slices) else "."))


def powers_of(name):
    """{"r": 3, "d": 1} of "r3 d1"; None: it is no term."""
    return {part[0]: int(part[1:]) for part in name.split()} if re.fullmatch(TERM, name) else None


def monomials(study):
    """The best rule's coefficients by powers, and its largest terms as surfaces of their own."""
    names, text = study.texts("parameter"), study.texts("rules/slice")
    last = last_known(np.moveaxis(study["rules/theta"], 1, 2))
    terms = [p for p, name in enumerate(names) if powers_of(name) is not None]
    best = next((c for c in study.order if np.isfinite(study.mean_loss[c])
                 and np.nan_to_num(last[c, terms]).any()), None)
    if best is None:
        raise Missing("None of the finished candidates has a polynomial whose terms are free.")
    fixed = {name: float(value) for name, value in re.findall(r"(\w) = ([\d.]+)", text[best])}
    free = [p for p in terms if np.isfinite(last[best, p])]
    r, delta = np.meshgrid(study["rate"], study["delta"])
    own = {}
    for p in free:
        values, own[p] = {"r": r, "d": delta, **fixed}, np.full(r.shape, last[best, p])
        for variable, power in powers_of(names[p]).items():
            own[p] = own[p] * values[variable] ** power
    largest = max(np.abs(surface).max() for surface in own.values())
    order = sorted(free, key=lambda p: -np.abs(own[p]).max())[:MOST_MONOMIALS]
    figure, panels = style.panels(1 + len(order), 5 if len(order) == 4 else 4, 1.8)
    draw_coefficients(figure, panels[0], [powers_of(names[p]) for p in free], last[best, free])
    for panel, p in zip(panels[1:], order):
        image = draw_surface(panel, study, own[p], largest)
        panel.set_title(f"{last[best, p]:.2g} {pretty_term(names[p])}".replace("-", "−"))
        panel.set_xlabel("rate r")
        panel.set_ylabel("deviation Δ")
    figure.colorbar(image, ax=panels[1:], label="term / largest", ticks=[-1, 0, 1], shrink=0.8)
    return figure, (
        f"The terms of the best rule (candidate {best}). First: coefficients θ by the powers of r and "
        f"Δ, {'those of other variables added up, ' if fixed else ''}then its "
        + (f"{len(order)} largest of {len(free)} free terms" if len(order) < len(free) else
           "free terms") + " as surfaces, all divided by the largest value of any"
        + (f", at {text[best]}." if fixed else "."))


def draw_coefficients(figure, panel, powers, theta):
    """A row a power of r, a column a power of Δ."""
    size = max(max(power.get(v, 0) for power in powers) for v in "rd") + 1
    table = np.full((size, size), np.nan)
    for power, value in zip(powers, theta):
        place = power.get("r", 0), power.get("d", 0)
        table[place] = np.nan_to_num(table[place]) + value
    largest = np.nanmax(np.abs(table))
    image = panel.imshow(table, cmap=style.DIVERGING, vmin=-largest, vmax=largest)
    bar = figure.colorbar(image, ax=panel, label="θ", location="bottom", shrink=0.9,
                          ticks=[-largest, 0, largest])
    bar.ax.set_xticklabels([f"{value:.2g}".replace("-", "−") for value in (-largest, 0, largest)])
    panel.set_xticks(range(size))
    panel.set_yticks(range(size))
    panel.set_xlabel("power of Δ")
    panel.set_ylabel("power of r")


def clusters(study):
    """Distances of the rules among candidates that have one, in the order of their tree."""
    distance, linkage = study["rules/distance"], study["rules/linkage"]
    theta = last_known(np.moveaxis(study["rules/theta_normalised"], 1, 2))
    if np.isfinite(theta).any(axis=1).sum() < 3:
        raise Missing("Clusters need three candidates with free parameters.")
    figure, axes = style.grid(1, 2, 2.6, width_ratios=[1.2, 1])
    figure.set_figwidth(style.WIDTH)
    order = draw_tree(axes[0][0], linkage, [style.colour(g) for g in study.group_of])
    axes[0][0].set_ylabel("distance 1 − cosine")
    axes[0][0].set_xlabel("candidates")
    if len(order) <= 40:
        axes[0][0].set_xticks(range(len(order)), order)
    image = axes[0][1].imshow(distance[np.ix_(order, order)], cmap=style.SEQUENTIAL, vmin=0)
    axes[0][1].set_xlabel("candidates, in the tree's order")
    axes[0][1].set_xticks([])
    axes[0][1].set_yticks([])
    figure.colorbar(image, ax=axes[0][1], label="distance 1 − cosine")
    shown = sorted(set(study.group_of))
    style.key(figure, [study.groups[g] for g in shown], [style.colour(g) for g in shown])
    found = len(set(study.integers("rules/cluster")))
    return figure, (
        "Clusters of learned rules: one minus the cosine between normalised coefficients, with "
        f"average linkage. The cut with the largest silhouette has {found} cluster"
        f"{'s' if found != 1 else ''}{study.source('rules/cluster')}.")


FIGURES = (
    ("theta", "How the rules changed", trajectories),
    ("theta_map", "The coefficients over meta-iterations", iterations),
    ("surfaces", "The rules as surfaces", surfaces),
    ("monomials", "The terms of the best rule", monomials),
    ("clusters", "Clusters of rules", clusters),
)
