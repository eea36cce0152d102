#!/usr/bin/env python3
"""Draws inputs and targets of each condition of a task.

    thetasweep tasks dnms --csv | analysis/plot_task.py dnms.svg

A column a condition (the first 8); above the input lines, below the wanted outputs, shaded where
the output counts.
"""
import csv
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

MOST = 8


def read(lines):
    """Conditions in the order of the table, each {column: [numbers]}."""
    conditions = {}
    for row in csv.DictReader(lines):
        name = row.pop("condition")
        columns = conditions.setdefault((row.pop("type"), name), {key: [] for key in row})
        for key, value in row.items():
            columns[key].append(float(value))
    return {name: columns for (_, name), columns in conditions.items()}


def draw_lines(axes, time, columns, kind):
    """All lines of one kind, one above the other."""
    lines = [key for key in columns if key.startswith(kind)]
    spread = max(max(map(abs, columns[key])) for key in lines) or 1
    for place, key in enumerate(lines):
        offset = -2.4 * spread * place
        axes.axhline(offset, color="0.85", linewidth=0.6)
        axes.plot(time, [value + offset for value in columns[key]], color=f"C{place}", linewidth=1.2)
    axes.set_yticks([-2.4 * spread * place for place in range(len(lines))], lines, fontsize=7)
    axes.set_ylim(-2.4 * spread * (len(lines) - 1) - 1.3 * spread, 1.3 * spread)
    return len(lines)


def draw(conditions, path):
    shown = dict(list(conditions.items())[:MOST])
    first = next(iter(shown.values()))
    heights = [max(1.5, sum(key.startswith(kind) for key in first)) for kind in ("input", "target")]
    figure, axes = plt.subplots(2, len(shown), sharex=True, squeeze=False, layout="constrained",
                                figsize=(1 + 1.7 * len(shown), 1 + 0.6 * sum(heights)),
                                height_ratios=heights)
    for column, (name, columns) in enumerate(shown.items()):
        time = columns["time"]
        draw_lines(axes[0][column], time, columns, "input")
        draw_lines(axes[1][column], time, columns, "target")
        axes[1][column].fill_between(time, 0, 1, where=[window > 0 for window in columns["window"]],
                                     transform=axes[1][column].get_xaxis_transform(), color="0.9")
        axes[0][column].set_title(name, fontsize=9)
        axes[1][column].set_xlabel("ms", fontsize=8)
        for row in range(2):
            axes[row][column].tick_params(labelsize=7, labelleft=column == 0)
            axes[row][column].spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: thetasweep tasks TASK --csv | plot_task.py FILE.svg|FILE.png|FILE.pdf")
    conditions = read(sys.stdin)
    if not conditions:
        sys.exit("plot_task.py: found no table, allowed: what thetasweep tasks TASK --csv prints")
    draw(conditions, sys.argv[1])


if __name__ == "__main__":
    main()
