"""Activity: trajectories, dimensionality, what can be decoded and when."""
import numpy as np

from . import style
from .data import Missing
from .parts import condition_key, draw_path, label_outer


def trajectories(study):
    """One solution a group: before and after learning in its own principal components."""
    path, variance = study["representations/trajectory"], study["representations/variance"]
    chosen = {g: study.example_solution[e] for g, e in study.examples().items()}
    if not chosen:
        raise Missing("No network's activity was recorded.")
    whens = [w for w in range(path.shape[1]) if np.isfinite(path[list(chosen.values()), w]).any()]
    whens = [whens[0], whens[-1]] if len(whens) > 1 else whens
    figure, axes = style.grid(len(whens), len(chosen), 1.75)
    shades, names = condition_key(figure, study), study.texts("condition")
    for row, when in zip(axes, whens):
        for panel, (group, solution) in zip(row, chosen.items()):
            for condition, shade in enumerate(shades):
                line = path[solution, when, condition]
                line = line[np.isfinite(line[:, :2]).all(axis=1)]
                if len(line):
                    draw_path(panel, line, shade, names[condition])
            share = 100 * variance[solution, when]
            panel.set_xlabel(f"PC 1 ({share[0]:.0f} %)")
            panel.set_ylabel(f"PC 2 ({share[1]:.0f} %)")
            if when == whens[0]:
                panel.set_title(style.wrap(study.groups[group], 20))
            panel.set_box_aspect(1)
            panel.set_xticks([])
            panel.set_yticks([])
    for row, when in zip(axes, whens):
        row[0].annotate(["before learning", "after learning", "after learning"][when], (-0.3, 0.5),
                        xycoords="axes fraction", rotation=90, ha="center", va="center",
                        fontweight="bold")
    return figure, (
        "Activity in the trial: noise-free rates by condition in the first two principal "
        "components of the same network at the same time (their shares of variance in brackets), "
        "one network a rule. Circle: start, square: end of the trial.")


def dimensions(study):
    """Participation ratio before and after; spectrum of variance."""
    ratio = study["representations/participation_ratio"]
    variance = study["representations/variance"]
    last = np.where(np.isfinite(ratio[:, 2]), 2, 1)
    figure, axes = style.grid(1, 3, 2.2)
    figure.set_figwidth(style.WIDTH)
    groups = [study.solutions(g) for g in range(len(study.groups))]
    after = ratio[np.arange(len(ratio)), last]
    largest = np.nanmax(ratio) * 1.08
    for panel, values, title in ((axes[0][0], ratio[:, 0], "before learning"),
                                 (axes[0][1], after, "after learning")):
        style.strip(panel, [values[s] for s in groups], study.groups)
        panel.set_title(title)
        panel.set_ylabel("participation ratio")
        panel.set_ylim(0, largest)
    panel = axes[0][2]
    for g, solutions in enumerate(groups):
        share = np.cumsum(variance[solutions, last[solutions]], axis=1)
        share = share[np.isfinite(share[:, 0])]
        if len(share):
            panel.plot(np.arange(1, share.shape[1] + 1), 100 * np.median(share, axis=0),
                       color=style.colour(g), marker=".", markersize=3, label=study.groups[g])
    panel.set_title("after learning, median")
    panel.set_xlabel("principal components")
    panel.set_ylabel("variance together (%)")
    return figure, (
        "Dimensionality of activity: participation ratio (Σλ)²/Σλ² of the covariance's eigenvalues "
        "λ over conditions and time, a point a network, bars: medians"
        + study.source("representations/participation_ratio")
        + "; and the variance that the leading components hold.")


def decoding(study):
    """Cross-temporal decoding of the answer, one network a group."""
    accuracy, time = study["decoding/accuracy"], study["time"]
    names = study.texts("variable")
    known = [v for v in range(len(names)) if np.isfinite(accuracy[:, v]).any()]
    examples = {g: e for g, e in study.examples().items() if np.isfinite(accuracy[e]).any()}
    if not examples:
        raise Missing(study.why_not("decoding/accuracy"))
    figure, axes = style.grid(len(known), len(examples), 1.55, sharex=True, sharey=True)
    for row, v in zip(axes, known):
        for panel, (group, example) in zip(row, examples.items()):
            image = panel.imshow(accuracy[example, v], origin="lower", cmap="cividis", vmin=0.5,
                                 vmax=1, extent=[time[0], time[-1], time[0], time[-1]])
            if v == known[0]:
                panel.set_title(style.wrap(study.groups[group], 20))
        row[0].set_ylabel(f"{names[v]}:\ntrained at (ms)")
    label_outer(figure, "tested at (ms)", "")
    figure.colorbar(image, ax=axes, label="share decoded rightly", shrink=0.6)
    return figure, (
        "Cross-temporal decoding: share of noisy trials of the learned, frozen network from whose "
        "rates a linear decoder, trained at one time, reads the variable at another"
        + study.source("decoding/accuracy")
        + ". A square of bright colour is a memory that stands still, a bright diagonal one that "
        "moves on. Half is chance for two classes.")


def selectivity(study):
    """How much of the units' variance each variable explains over time."""
    eta, time = study["decoding/selectivity"], study["time"]
    names = study.texts("variable")
    known = [v for v in range(len(names)) if np.isfinite(eta[:, v]).any()]
    figure, panels = style.panels(len(known), 4, 1.8, sharex=True, sharey=True)
    groups = study.solution_group[study.example_solution]
    for panel, v in zip(panels, known):
        for example in range(len(eta)):
            if np.isfinite(eta[example, v]).any():
                panel.plot(time, 100 * np.nanmean(eta[example, v], axis=1),
                           color=style.colour(groups[example]), label=f"example {example}",
                           **style.thin(len(eta)))
        panel.set_title(names[v])
    label_outer(figure, "time in the trial (ms)", "variance explained (%)")
    shown = sorted(set(groups))
    style.key(figure, [study.groups[g] for g in shown], [style.colour(g) for g in shown])
    return figure, (
        "Selectivity: share of a unit's variance over trials that a variable explains (η²), mean "
        "over units; a line a network.")


FIGURES = (
    ("trajectories", "Activity in the trial", trajectories),
    ("dimensions", "Dimensionality", dimensions),
    ("decoding", "Cross-temporal decoding", decoding),
    ("selectivity", "Selectivity", selectivity),
)
