"""What the outer loop gained: loss and accuracy over meta-iterations, beside what is had without."""
import numpy as np

from . import style
from .data import Missing

START, CHOSEN = 0, 1


def shown_candidates(study):
    """The best candidate of each group that an outer loop changed."""
    best = [study.best(g) for g in range(len(study.groups))]
    iteration = study["progress/iteration"]
    return [c for c in best if c is not None and np.nanmax(iteration[c], initial=0) > 0]


def opponent(study, c):
    """The candidate whose start rule is the rate-tuned opponent of c; None: there is none."""
    tuned = study.end("tuned", group="progress")[c]
    return int(tuned) if np.isfinite(tuned) else None


def progress(study):
    """Loss and accuracy by meta-iteration, the best candidate of each group; test seeds if any."""
    shown = shown_candidates(study)
    if not shown:
        raise Missing("No rule was changed by an outer loop in these archives, or none is finished.")
    tested = [c for c in shown if study.tested and np.isfinite(study.test("test_finite")[c]).all()]
    figure, axes = style.grid(1, 3 if tested else 2, 2.3, width_ratios=[1, 1, 0.8] if tested else None)
    figure.set_figwidth(style.WIDTH)
    for panel, quantity in zip(axes[0], ("loss", "accuracy")):
        for c in shown:
            draw_rounds(panel, study, c, quantity)
        panel.set_xlabel("meta-iteration")
        panel.xaxis.set_major_locator(style.plt.MaxNLocator(5, integer=True))
    axes[0][0].set_ylabel("loss (19)")
    axes[0][1].set_ylabel("share of correct trials")
    chance = study["progress/chance"] if study.has("progress/chance") else np.full(1, np.nan)
    style.level(axes[0][1], chance, "chance")
    if tested:
        draw_tests(axes[0][2], study, tested)
    groups = [study.group_of[c] for c in shown]
    style.key(figure, [study.groups[g] for g in groups], [style.colour(g) for g in groups])
    return figure, told(study, shown, tested)


def draw_rounds(panel, study, c, quantity):
    """Held-out seeds with a band, training seeds as a thin line, the opponent as a dashed one."""
    shade = style.colour(study.group_of[c])
    training = study[f"progress/training_{quantity}"][c]
    panel.plot(training, color=shade, linewidth=0.6, alpha=0.7,
               label=f"candidate {c}, training seeds")
    if not study.held_out:
        return
    value = study[f"progress/held_out_{quantity}"][c]
    style.band(panel, study["progress/iteration"][c], value,
               study.numbers(f"progress/held_out_{quantity}_error")[c], shade,
               f"candidate {c}, {study.seeds_name}", marker="o", markersize=3)
    rival = opponent(study, c)
    if rival is not None:
        panel.axhline(study[f"progress/held_out_{quantity}"][rival, 0], color=shade, linestyle="--",
                      linewidth=1, label=f"start rule at the rate of candidate {rival}")


def draw_tests(panel, study, shown):
    """Loss on test seeds: start rule, the same at its best rate, the chosen rule."""
    loss, error = study.test("test_loss"), study.test("test_loss_error")
    rivals = np.array([opponent(study, c) is not None for c in shown])
    for place, c in enumerate(shown):
        rival = opponent(study, c)
        points = [(c, START)] + ([(rival, START)] if rival is not None else []) + [(c, CHOSEN)]
        at = [0, 1, 2] if rival is not None else [0, 2]
        shift = 0.24 * (place - (len(shown) - 1) / 2) / max(len(shown) / 2, 1)
        bars = panel.errorbar(np.array(at) + shift, [loss[p] for p in points],
                              np.nan_to_num([error[p] for p in points]), fmt="o",
                              markersize=3.5, elinewidth=1, color=style.colour(study.group_of[c]),
                              label=f"candidate {c}")
        style.tell(bars, [error[p] for p in points])
    places = [0, 1, 2] if rivals.any() else [0, 2]
    names = ("start rule", "at its best rate", "chosen rule")
    panel.set_xlim(-0.5, 2.5)
    panel.set_xticks(places, [names[place] for place in places], rotation=30, ha="right",
                     rotation_mode="anchor")
    panel.set_ylabel("loss on test seeds")


def told(study, shown, tested):
    """The caption: what is drawn, and who the opponent is or why there is none."""
    lines = [
        "What the outer loop gained: loss and share of correct trials in the last quarter of the "
        "lifetime over meta-iterations, for each rule's best candidate. Points and band: mean and "
        f"standard error over {study.seeds_name}; thin lines: training seeds." if study.held_out else
        "What the outer loop gained: loss and share of correct trials over meta-iterations on "
        "training seeds; there are no held-out ones."]
    count = study.end("tuned_count", group="progress")
    rivals = [f"of candidate {c} that of {opponent(study, c)}, the best of {count[c]:.0f}"
              for c in shown if opponent(study, c) is not None]
    if rivals:
        lines.append("Dashed: the rate-tuned opponent, the same start rule at the rate and clip of "
                     f"the sweep that are best for it on the {study.seeds_name} ({'; '.join(rivals)}).")
    else:
        lines.append("There is no rate-tuned opponent in these archives: no start rule was run on "
                     "the same held-out seeds at several rates (sweep learning.rate).")
    if tested:
        seeds = study.end("test_seeds")[tested[0]]
        lines.append(f"Right: mean and standard error over {seeds:.0f} test seeds, on which nothing "
                     "was chosen.")
    return " ".join(lines)


FIGURES = (
    ("progress", "What the outer loop gained", progress),
)
