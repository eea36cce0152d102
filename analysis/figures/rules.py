"""What the rules became."""
import numpy as np

from . import style
from .data import Missing, last_known, pretty_term
from .parts import draw_tree, label_outer

MOST_PARAMETERS = 12


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


def surfaces(study):
    """G(r, Delta) of the best rule of every group that has one."""
    surface, r, delta = study["rules/surface"], study["rate"], study["delta"]
    slices = study.texts("rules/slice") or [""] * len(surface)
    shown = [(g, study.best(g)) for g in range(len(study.groups)) if study.best(g) is not None]
    shown = [(g, c) for g, c in shown if np.isfinite(surface[c]).all() and surface[c].any()]
    if not shown:
        raise Missing("None of the rules is a polynomial.")
    figure, panels = style.panels(len(shown), 4, 2.3, sharex=True, sharey=True)
    for panel, (group, c) in zip(panels, shown):
        largest = np.abs(surface[c]).max()
        levels = np.linspace(-1, 1, 21)
        image = panel.contourf(r, delta, surface[c] / largest, levels, cmap=style.DIVERGING)
        if np.ptp(surface[c]) > 0:  # a rule that is the same everywhere has no lines
            panel.contour(r, delta, surface[c] / largest, levels[::2], colors="0.3", linewidths=0.3)
        slice_ = f", {slices[c]}" if slices[c] else ""
        panel.set_title(f"{style.wrap(study.groups[group])}\ncandidate {c}{slice_}\n"
                        f"max |G| = {largest:.2g}")
        panel.set_xticks([-1, 0, 1])
        panel.set_yticks([-1, 0, 1])
    figure.colorbar(image, ax=panels, label="G / max |G|", ticks=[-1, 0, 1], shrink=0.8)
    label_outer(figure, "presynaptic rate r", "postsynaptic deviation Δ")
    return figure, (
        "The learned rules as surfaces: growth G(r, Δ) of the eligibility (5) for each rule's best "
        "candidate, divided by its largest value"
        + (", other variables at the values above the panel." if any(slices) else "."))


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
    ("surfaces", "The rules as surfaces", surfaces),
    ("clusters", "Clusters of rules", clusters),
)
