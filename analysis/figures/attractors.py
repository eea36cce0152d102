"""What is left when time has passed: fixed points, limit cycles, tori, chaos."""
import numpy as np

from . import style
from .data import mean

MOMENTS = ("before learning", "after learning")
COLOURS = ("#0072B2", "#009E73", "#CC79A7", "#D55E00", "0.75")  # in the order of the kinds


def kinds(study):
    """Shares of the kinds and leading exponents, by group."""
    share, names = study["attractors/share"], study.texts("attractor_kind")
    owner = study.solution_group[study.example_solution]
    groups = sorted(set(owner))
    labels = [study.groups[g] for g in groups]
    figure, axes = style.grid(1, 4, 2.3, width_ratios=[1, 1, 1.2, 1.2])
    figure.set_figwidth(style.WIDTH)
    for panel, moment in zip(axes[0], range(2)):
        draw_shares(panel, [mean(share[owner == g, moment], axis=(0, 1)) for g in groups], names)
        panel.set_title(MOMENTS[moment])
        style.name_places(panel, labels)
    axes[0][0].set_ylabel("share of starting states")
    draw_exponents(axes[0][2:], study, owner, groups)
    for panel in axes[0][2:]:
        style.name_places(panel, labels)
    style.key(figure, names, COLOURS)
    return figure, (
        "Where networks go under the constant inputs of their task and stay. Left: share of starting "
        "states (visited ones, with noise; mean over networks and inputs) that end in an attractor "
        "of each kind; a fixed point that Newton's method finds need not be among them. Right, after "
        "learning, a point an attractor: leading Lyapunov exponent"
        + study.source("attractors/exponents") + ", below 0 for a fixed point, 0 for a limit cycle "
        "or torus, above for chaos; and periods of limit cycles. Open: no kind could be told in the "
        "time that was looked at. After learning: " + "; ".join(
            f"{label} {told(mean(share[owner == g, 1], axis=(0, 1)), names)}"
            for g, label in zip(groups, labels)) + ".")


def told(shares, names):
    """"fixed point 83 %, limit cycle 17 %"."""
    if not np.isfinite(shares).all():
        return "not known"
    return ", ".join(f"{name} {100 * share:.0f} %" for name, share in zip(names, shares) if share)


def draw_shares(panel, shares, names):
    bottom = np.zeros(len(shares))
    for kind, shade in enumerate(COLOURS):
        height = np.array([s[kind] if np.isfinite(s[kind]) else 0 for s in shares])
        panel.bar(range(len(shares)), height, bottom=bottom, color=shade, width=0.7,
                  label=names[kind])
        bottom += height
    panel.set_ylim(0, 1)
    panel.set_xlim(-0.6, len(shares) - 0.4)


def draw_exponents(panels, study, owner, groups):
    after = study["attractors/moment"] == 1
    network = study["attractors/network"].astype(int)
    kind = study["attractors/kind"].astype(int)
    values = (1000 * study["attractors/exponents"][:, 0], study.file["attractors/period"][()])
    for panel, value in zip(panels, values):
        for place, g in enumerate(groups):
            chosen = np.flatnonzero(after & (owner[network] == g) & np.isfinite(value))
            panel.scatter(place + style.jitter(len(chosen)), value[chosen], s=9, linewidth=0,
                          color=[COLOURS[k] for k in kind[chosen]], label="attractors")
        panel.set_xlim(-0.6, len(groups) - 0.4)
    panels[0].axhline(0, color="0.8", linewidth=0.7)
    panels[0].set_ylabel("leading exponent (1/s)")
    panels[1].set_ylabel("period (ms)")
    if np.isfinite(values[1]).any():
        panels[1].set_ylim(0, None)


FIGURES = (
    ("attractors", "Attractors", kinds),
)
