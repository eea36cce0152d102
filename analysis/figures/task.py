"""What was swept, and how well the networks learn their task."""
import numpy as np

from . import style
from .data import Missing, mean, pretty_rule
from .parts import MOST_LINES, condition_key, label_outer, number

REWARD = "reward R"
NARROW = 4  # columns of a heat map in which numbers of four digits stand side by side
MOST_MAPS, MOST_MARKS = 4, 24
TALLEST = 5.5  # inches of a heat map


def levels(column):
    """The different values of a swept parameter in order."""
    return sorted(set(column), key=lambda text: (number(text) is None, number(text) or 0, text))


def overview(study):
    """One figure of the whole sweep, by the number of parameters that were swept."""
    swept = study.swept()
    sizes = {name: len(set(column)) for name, column in swept.items()}
    if len(swept) in (2, 3) and np.prod(list(sizes.values())) == len(set(study.first)):
        if len(swept) == 2 or min(sizes.values()) <= MOST_MAPS:
            return heat_maps(study, swept)
    if study.candidates > 12 and len(swept) > 1:
        return parallel(study, swept)
    return ranking(study)


def heat_maps(study, swept):
    """A row of maps, or one for each value of the swept parameter that has the fewest of three."""
    names = sorted(swept, key=lambda name: len(set(swept[name]))) if len(swept) == 3 else \
        [None, *swept]
    apart = levels(swept[names[0]]) if names[0] else [None]
    row_name, column_name = (name for name in swept if name != names[0])
    rows, columns = levels(swept[row_name]), levels(swept[column_name])
    accuracy = mean(study.accuracy, axis=1)
    shown = {study.loss_name: study.mean_loss, f"±, {study.loss_name}": study.mean_error,
             "share of correct trials": np.array(
                 [mean(accuracy[study.repeats(c)]) for c in range(study.candidates)])}
    figure, axes = style.grid(len(apart), 3, min(0.9 + 0.28 * len(rows), TALLEST / len(apart)),
                              sharex=True, sharey=True)
    figure.set_figwidth(style.WIDTH)
    for line, value in zip(axes, apart):
        own = [c for c in range(study.candidates) if value is None or swept[names[0]][c] == value]
        for panel, (name, values) in zip(line, shown.items()):
            table = np.full((len(rows), len(columns)), np.nan)
            for c in own:
                table[rows.index(swept[row_name][c]), columns.index(swept[column_name][c])] = values[c]
            draw_map(figure, panel, table, name, [values[np.isfinite(values)]])
        if value is not None:
            line[0].set_title(f"{names[0]} {pretty_rule(value)}", loc="left")
        line[0].set_ylabel(row_name)
    for panel in axes.flat:
        mark(panel.yaxis, rows)
        mark(panel.xaxis, columns, 90 if len(columns) > NARROW else 0)
    for panel in axes[-1]:
        panel.set_xlabel(column_name)
    return figure, (
        f"The sweep. Left: loss (19) on {study.seeds_name}, of the candidates that are finite on all "
        "of them; middle: its standard error over "
        f"{'repeats' if study.repeated else 'seeds'}; right: share of correct trials in the last "
        "quarter of the held-out lifetimes. Bright is good.")


def draw_map(figure, panel, table, name, known):
    """One table of a sweep; its colours are those of all values that are known."""
    ramp = style.SEQUENTIAL + ("" if name.startswith("share") else "_r")
    known = np.concatenate(known)
    low, high = (known.min(), known.max()) if len(known) else (0, 1)
    image = panel.imshow(table, cmap=ramp, aspect="auto", vmin=low, vmax=high)
    figure.colorbar(image, ax=panel, label=name)
    write_values(panel, table, image)


def mark(axis, words, rotation=0):
    """Words at the cells, every second or third one where there are many."""
    step = -(-len(words) // MOST_MARKS)
    axis.set_ticks(range(0, len(words), step),
                   [style.wrap(style.short(pretty_rule(word), 32), 16) for word in words[::step]],
                   rotation=rotation)
    axis.told_names = {place: pretty_rule(word) for place, word in enumerate(words)}


def write_values(axes, table, image):
    """Numbers in the cells while they fit."""
    if table.shape[0] > 12 or table.shape[1] > NARROW:
        return
    for (row, column), value in np.ndenumerate(table):
        if np.isfinite(value):
            light = sum(image.cmap(image.norm(value))[:3]) > 1.5
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=7,
                      color="black" if light else "white")


def positions(column):
    """Where the values of a swept parameter stand on its axis, 0 to 1, and their marks."""
    values = [number(text) for text in column]
    if None in values or len(set(values)) < 2:
        order = levels(column)
        place = [order.index(text) / max(len(order) - 1, 1) for text in column]
        return np.array(place), [(order.index(t) / max(len(order) - 1, 1), pretty_rule(t))
                                 for t in order]
    scale = np.array(values)
    low, high = scale.min(), scale.max()
    if low > 0 and high / low > 20:
        scale = np.log(scale)
    place = (scale - scale.min()) / (scale.max() - scale.min())
    return place, [(0.0, f"{low:.3g}"), (1.0, f"{high:.3g}")]


def parallel(study, swept):
    if not np.isfinite(study.loss).any():
        raise Missing("No candidate is finished with finite lifetimes on all its seeds.")
    shown = dict(list(swept.items())[:7])
    figure, axes = style.grid(1, 1, 2.9)
    figure.set_figwidth(style.WIDTH)
    panel = axes[0][0]
    columns = [positions(column) for column in shown.values()]
    low, high = np.nanquantile(study.loss, [0, 0.9])
    losses = (study.loss - low) / max(high - low, 1e-12)
    score = 1 - np.clip(losses, 0, 1)
    places = np.array([place for place, _ in columns] + [1 - np.clip(losses, 0, 1)])
    ramp = style.plt.get_cmap(style.SEQUENTIAL)
    for c in np.argsort(np.nan_to_num(score, nan=-1)):
        if np.isfinite(score[c]):
            line, = panel.plot(places[:, c] + np.append(0.012 * ((c * 0.618) % 1 - 0.5) * np.ones(
                len(columns)), 0), color=ramp(score[c]), label=f"candidate {c}",
                **style.thin(study.candidates))
            line.told_words = [*(pretty_rule(column[c]) for column in shown.values()),
                               f"{study.loss[c]:.4g}"]
    panel.plot(places[:, study.best()], color="black", linewidth=1.8)
    for x, (_, marks) in enumerate(columns):
        for y, text in marks if len(marks) <= 12 else (marks[0], marks[-1]):
            panel.text(x + 0.03, y, text, fontsize=6, va="center", color="0.15",
                       bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.5})
    finish_parallel(panel, list(shown), low, high, study.loss_name)
    return figure, (
        f"The sweep: {study.candidates} candidates, a line each through its swept values to its "
        f"{study.loss_name} (19), if it is finite on all seeds. Bright and "
        "high at the right is good; the thick line is the best. The largest tenth of the losses "
        "stands at the bottom.")


def finish_parallel(panel, names, low, high, loss_name):
    for x in range(len(names) + 1):
        panel.axvline(x, color="0.6", linewidth=0.7, zorder=0)
    panel.set_xticks(range(len(names) + 1),
                     [*(name.replace(".", ".\n") for name in names), loss_name.replace(" ", "\n")])
    panel.text(len(names) + 0.03, 1, f"{low:.3g}", fontsize=6, va="center")
    panel.text(len(names) + 0.03, 0, f"≥ {high:.3g}", fontsize=6, va="center")
    panel.set_yticks([])
    panel.spines[["left", "bottom"]].set_visible(False)
    panel.set_xlim(-0.1, len(names) + 0.35)


def name_of(study, c):
    """Its rule where there are several, and what else was swept."""
    own = [f"{name.rpartition('.')[2]} {pretty_rule(column[c])}"
           for name, column in study.swept().items() if not name.startswith("rule.")]
    return ", ".join([study.labels[study.rule_of[c]]] * (len(study.labels) > 1 or not own) + own)


def ranking(study):
    """Accuracy of every seed of every candidate, the best on top."""
    shares = mean(study.accuracy, axis=1)
    if not np.isfinite(shares).any():
        raise Missing(study.why_not("task/accuracy"))
    order = np.argsort(np.nan_to_num(shares, nan=-1))[-30:]
    figure, axes = style.grid(1, 1, 0.5 + 0.26 * len(order))
    figure.set_figwidth(style.WIDTH * 0.75)
    panel = axes[0][0]
    for y, c in enumerate(order):
        panel.plot(study.accuracy[c], y + style.jitter(len(study.accuracy[c])), "o", markersize=3.2,
                   markeredgewidth=0, color=style.colour(study.group_of[c]), alpha=0.7)
        panel.plot([shares[c]] * 2, [y - 0.32, y + 0.32], color="0.2", linewidth=1.4)
        panel.plot(shares[c], y, "|", color="0.2", label="mean over held-out seeds")
    panel.set_yticks(range(len(order)), [f"{style.short(name_of(study, c), 40)} ({c})" for c in order])
    panel.set_xlabel("share of correct trials, last quarter of the lifetime")
    panel.set_xlim(-0.02, 1.02)
    panel.grid(axis="x", color="0.92")
    return figure, (
        f"The sweep: {'the best 30 of ' if study.candidates > 30 else ''}{study.candidates} "
        "candidates (their numbers in brackets) with the last rule. Points: held-out seeds, never "
        "trained on; bars: their means.")


def curves(study):
    """Quartile bands of the best candidate of every group, medians of all others."""
    curve = study.at_end("task/learning_curve")
    trials = study["bin"]
    shown = [g for g in range(len(study.groups)) if study.best(g) is not None]
    if not shown:
        raise Missing("No candidate is finished with finite lifetimes on all its seeds.")
    figure, panels = style.panels(len(shown), 4, 1.6, sharex=True, sharey=True)
    for panel, group in zip(panels, shown):
        best, members = study.best(group), study.members(group)
        for c in members:
            if c != best:
                panel.plot(trials, curve[c, 1], color="0.75", label=f"candidate {c}",
                           **style.thin(study.candidates))
        panel.fill_between(trials, curve[best, 0], curve[best, 2], color=style.colour(group),
                           alpha=0.3, linewidth=0)
        panel.plot(trials, curve[best, 1], color=style.colour(group), label=f"candidate {best}")
        for quartile, name in ((0, "lower"), (2, "upper")):
            panel.plot(trials, curve[best, quartile], color=style.colour(group), linewidth=0.3,
                       label=f"candidate {best}, {name} quartile")
        panel.set_title(style.wrap(study.groups[group]))
        style.level(panel, study.end("no_answer", group="progress")[[best]], "no answer")
    bottom = np.nanquantile(curve[:, 1], 0.02)
    top = np.nanmax(curve[:, 2])
    if np.isfinite(bottom) and bottom < top:
        panels[0].set_ylim(bottom - 0.05 * (top - bottom), top + 0.05 * (top - bottom))
    label_outer(figure, "trials", REWARD)
    return figure, (
        "Learning curves with the last rule on held-out seeds: reward (8), a block of trials a "
        "point. Line and band: median and quartiles over seeds of each rule's best candidate; thin "
        "grey lines: medians of its other candidates; dotted: reward of an output that stays 0, or, "
        "where trials are only right or wrong, of a guess.")


def performance(study):
    """Accuracy, frozen accuracy and speed by group."""
    if not np.isfinite(study.accuracy).any():
        raise Missing(study.why_not("task/accuracy"))
    frozen = study["task/frozen_accuracy"] if study.has("task/frozen_accuracy") else None
    criterion, reached = (study.at_end(path) if study.has(path) else None
                          for path in ("task/trials_to_criterion", "task/reached"))
    rows = [("correct, while learning", study.accuracy),
            ("correct, frozen", None if frozen is None else frozen[:, -1]),
            ("seeds that reach criterion", reached), ("trials to criterion", criterion)]
    figure, axes = style.grid(1, 4, 2.1)
    figure.set_figwidth(style.WIDTH)
    members = [study.members(group) for group in range(len(study.groups))]
    for panel, (name, values) in zip(axes[0], rows):
        panel.set_title(name)
        style.strip(panel, [[] if values is None else values[m].ravel() for m in members],
                    study.groups)
        if name.startswith("correct"):
            style.level(panel, study.end("chance", group="progress"), "chance")
        if name != "trials to criterion":
            panel.set_ylim(-0.04, 1.04)
        elif values is None:
            panel.text(0.5, 0.5, "no seed\nreached it", transform=panel.transAxes, ha="center",
                       va="center", color="0.4")
            panel.set_yticks([])
    axes[0][0].set_ylabel("share of trials")
    axes[0][1].set_ylabel("share of trials")
    axes[0][2].set_ylabel("share of seeds")
    axes[0][3].set_ylabel("trials")
    return figure, (
        "How well the task is learned. A point is a held-out seed (third panel: a candidate), the "
        "bar the median, dotted: a guess. Correct trials in the last quarter of the lifetime, with exploration and "
        "learning going on; correct trials without both; seeds that ever have more than 95 "
        "correct among 100 trials in a row, and how soon"
        + study.source("task/trials_to_criterion") + ".")


def outputs(study):
    """What the best network of each group answers."""
    output, time = study["task/output"], study["step"]
    shown = [g for g in range(len(study.groups)) if study.best(g) is not None]
    names = study.texts("condition")
    figure, panels = style.panels(max(len(shown), 1), 4, 1.6, sharex=True, sharey=True)
    shades = condition_key(figure, study)
    for panel, group in zip(panels, shown):
        frozen = output[study.best(group)]
        after = next((frozen[w] for w in (2, 1) if np.isfinite(frozen[w]).any()), frozen[0])
        for condition, shade in enumerate(shades):
            panel.plot(time, after[condition, :, 0], color=shade,
                       linewidth=1.2 if len(names) <= MOST_LINES else 0.6,
                       label=names[condition])
        panel.axhline(0, color="0.85", linewidth=0.7, zorder=0)
        panel.set_title(style.wrap(study.groups[group]))
    label_outer(figure, "time in the trial (ms)", "output y")
    return figure, (
        "What the networks answer: output (7) by condition after learning, without noise and with "
        "plasticity frozen, mean over held-out seeds of each rule's best candidate.")


def psychometric(study):
    """Choices against the graded stimulus, with the fitted logistic curve."""
    if study.has("task/output") and not study.has("task/psychometric"):
        raise Missing("The conditions of this task are no numbers on a scale.")
    choice, stimulus = study["task/psychometric"], study["task/stimulus"]
    fit = study["task/psychometric_fit"] if study.has("task/psychometric_fit") else None
    shown = [g for g in range(len(study.groups)) if study.best(g) is not None]
    figure, panels = style.panels(max(len(shown), 1), 4, 1.7, sharex=True, sharey=True)
    grid = np.linspace(np.nanmin(stimulus), np.nanmax(stimulus), 200)
    for panel, group in zip(panels, shown):
        best = study.best(group)
        after = next((w for w in (2, 1, 0) if np.isfinite(choice[best, w]).any()), 0)
        for when, shade in ((0, "0.6"), (after, style.colour(group))):
            panel.plot(stimulus, choice[best, when], "o", color=shade, markersize=3.5,
                       label=f"candidate {best}, {'after' if when else 'before'} learning")
            if fit is not None and np.isfinite(fit[best, when]).all():
                c, k = fit[best, when]
                with np.errstate(over="ignore"):
                    panel.plot(grid, 1 / (1 + c * np.exp(-k * grid)), color=shade)
        panel.axhline(0.5, color="0.85", linewidth=0.7, zorder=0)
        panel.set_title(style.wrap(study.groups[group]))
    scale = study.attribute("task/stimulus", "description").partition(": ")[2]
    label_outer(figure, scale or "stimulus", "share of + choices")
    return figure, (
        "Psychometric curves: share of the held-out seeds whose network chooses + without noise, "
        "against the stimulus, before (grey) and after learning (colour) for each rule's best "
        "candidate; lines: fit of 1/(1 + c exp(−k x)).")


FIGURES = (
    ("overview", "The sweep", overview),
    ("learning_curves", "Learning curves", curves),
    ("performance", "How well the task is learned", performance),
    ("outputs", "What the networks answer", outputs),
    ("psychometric", "Psychometric curves", psychometric),
)
