"""Trials that no network was trained on."""
import numpy as np

from . import style
from .data import Missing

KINDS = (("within", "within a rule", "#0072B2", "o", -0.12),
         ("between", "between rules", "#D55E00", "s", 0),
         ("same_seed", "between, same seed", "#E69F00", "d", 0.12))

def outside(study):
    """Losses of every network in every variation, and how much networks disagree."""
    loss, names = study["outside/loss"], study.texts("variation")
    groups = [g for g in range(len(study.groups)) if len(study.solutions(g))]
    if len(names) < 2:
        raise Missing("The task has no settings that can be varied.")
    figure, axes = style.grid(2, 1, 1.8)
    figure.set_figwidth(style.WIDTH)
    width = 0.8 / len(groups)
    for place, g in enumerate(groups):
        at = np.arange(len(names)) + (place - (len(groups) - 1) / 2) * width
        values = loss[:, study.solutions(g)]
        for x, row in zip(at, values):
            row = row[np.isfinite(row)]
            axes[0][0].scatter(x + style.jitter(len(row), width / 3), row, s=4, linewidth=0,
                               color=style.colour(g), alpha=style.thin(len(row))["alpha"])
            if len(row):
                axes[0][0].plot([x - width / 2.4, x + width / 2.4], [np.median(row)] * 2,
                                color="0.2")
                axes[0][0].plot(x, np.median(row), ",", color="0.2",
                                label=f"{study.groups[g]}, median")
    axes[0][0].set_ylabel("mean |y − y*|")
    axes[0][0].set_ylim(0, None)
    axes[0][0].set_xticks(range(len(names)), [""] * len(names))
    for name, label, shade, mark, shift in KINDS:
        if study.has(f"outside/{name}"):
            axes[1][0].plot(np.arange(len(names)) + shift, study[f"outside/{name}"], mark,
                            color=shade, markersize=4, label=label)
    if axes[1][0].lines:  # one network disagrees with nobody
        axes[1][0].legend(loc="best", ncols=3)
    axes[1][0].set_ylabel("disagreement")
    axes[1][0].set_ylim(0, None)
    axes[1][0].set_xlim(axes[0][0].get_xlim())
    axes[1][0].set_xticks(range(len(names)), [name.replace(" x ", " × ") for name in names],
                          rotation=30, ha="right", rotation_mode="anchor")
    style.key(figure, [study.groups[g] for g in groups], [style.colour(g) for g in groups])
    return figure, (
        "Trials that no network was trained on: one setting of the task times a factor; start: the "
        "starting states. Above: mean error in the response window, a point a network, lines: "
        "medians; below: root of the mean squared difference of two networks' mean outputs, means "
        "over pairs" + study.source("outside/rule_spread") + ".")


FIGURES = (
    ("outside", "Trials outside training", outside),
)
