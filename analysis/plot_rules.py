#!/usr/bin/env python3
"""Draws how rules learn: loss by trial, and the share of networks that have reached the criterion.

    analysis/plot_rules.py rules.svg "cubic=tuned.h5" "found=found.h5,more.h5"

Each word is LABEL=ARCHIVE, or LABEL=ARCHIVE:CANDIDATE, several with commas: networks of the same
label are put together. Test seeds are shown, the rule that was chosen; where an archive has none,
held-out seeds at the last evaluation. Bands: 95 % of the mean over networks.
"""
import sys

import h5py
import numpy as np

from figures import style

WINDOW = 50   # trials that a point of the curve is the mean of
POINTS = 100  # of a curve, at the most
GROUPS = (("tests", "test_seeds", "tested"), ("evaluations", "held_out_seeds", "evaluations"))


def read_one(word):
    """Losses by trial [network, trial] and trials to criterion [network], inf: not reached."""
    path, _, candidate = word.rpartition(":") if word.rpartition(":")[2].isdigit() else (word, "", "0")
    with h5py.File(path) as run:
        c = int(candidate)
        if c >= len(run["candidate"]):
            sys.exit(f"{path}: found candidate {c}, allowed: 0 to {len(run['candidate']) - 1}")
        for group, seeds, rules in GROUPS:
            if group in run and run[f"candidates/{seeds}"][c] and run[f"candidates/{rules}"][c]:
                break
        else:
            sys.exit(f"{path}: found candidate {c} without test or held-out seeds")
        place, count = run[f"candidates/{rules}"][c] - 1, run[f"candidates/{seeds}"][c]
        state = run[f"{group}/state"][c, place, :count]
        if not state.all():
            sys.exit(f"{path}: found {np.sum(state == 0)} lifetimes of candidate {c} that are not "
                     "run yet")
        good = np.isin(state, (1, 3))  # 2: diverged
        reward = run[f"{group}/reward"][c, place, :count, :run["candidates/trials"][c]]
        reached = run[f"{group}/trials_to_criterion"][c, place, :count].astype(float)
    reached[(reached < 0) | ~good] = np.inf
    return -reward[good].astype(float), reached


def read(words):
    """{label: (losses, trials to criterion)}."""
    rules = {}
    for word in words:
        label, _, archives = word.partition("=")
        if not archives:
            sys.exit(f"plot_rules.py: found '{word}', allowed: LABEL=ARCHIVE")
        parts = [read_one(archive) for archive in archives.split(",")]
        if len({losses.shape[1] for losses, _ in parts}) > 1:
            sys.exit(f"plot_rules.py: found lifetimes of different lengths in '{word}'")
        rules[label] = [np.concatenate(column) for column in zip(*parts)]
    return rules


def smooth(losses):
    """Means over windows of trials [network, place], and the middle of each."""
    window = min(WINDOW, losses.shape[1])
    sums = np.cumsum(np.pad(losses, ((0, 0), (1, 0))), 1)
    means = (sums[:, window:] - sums[:, :-window]) / window
    places = np.unique(np.linspace(0, means.shape[1] - 1, POINTS).astype(int))
    return places + (window + 1) / 2, means[:, places]


def draw_losses(axes, rules):
    for place, (losses, _) in enumerate(rules.values()):
        trial, means = smooth(losses)
        middle = means.mean(0)
        axes.plot(trial, middle, color=style.colour(place))
        if len(means) > 1:
            band = 1.96 * means.std(0, ddof=1) / len(means) ** 0.5
            axes.fill_between(trial, middle - band, middle + band, color=style.colour(place),
                              alpha=0.2, linewidth=0)
    axes.set_xlim(0, trial[-1])
    axes.set_ylim(0)
    axes.set_xlabel("trial")
    axes.set_ylabel(f"loss, mean of {WINDOW} trials")


def draw_reached(axes, rules):
    last = max(losses.shape[1] for losses, _ in rules.values())
    for place, (_, reached) in enumerate(rules.values()):
        trials = np.sort(reached[np.isfinite(reached)])
        share = np.arange(1, len(trials) + 1) / len(reached)
        end = share[-1] if len(share) else 0
        axes.step([0, *trials, last], [0, *share, end], where="post", color=style.colour(place))
        if np.isfinite(np.median(reached)):
            axes.plot(np.median(reached), 0.5, "o", color=style.colour(place), markersize=4)
    axes.set_xlim(0, last)
    axes.set_ylim(0, 1)
    axes.set_xlabel("trial")
    axes.set_ylabel("networks at criterion (dot: median)")


def main():
    if len(sys.argv) < 3 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    rules = read(sys.argv[2:])
    style.apply()
    figure, axes = style.panels(2, height=1.9)
    draw_losses(axes[0], rules)
    draw_reached(axes[1], rules)
    style.key(figure, [f"{label} ({len(reached)} networks)" for label, (_, reached) in rules.items()])
    figure.savefig(sys.argv[1], metadata={"Date": None} if sys.argv[1].endswith("svg") else None)


if __name__ == "__main__":
    main()
