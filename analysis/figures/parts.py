"""What figures of several topics draw."""
import numpy as np
from matplotlib.collections import LineCollection

from . import style

MOST_LINES = 8  # conditions that get a legend of their own


def number(text):
    """The text of a swept value as a number, None if it is none (an "ms" may follow)."""
    try:
        return float(text.removesuffix(" ms"))
    except ValueError:
        return None


def label_outer(figure, x, y):
    """One label below all panels, one at each row."""
    figure.supxlabel(x, fontsize=8)
    for panel in figure.axes:
        place = getattr(panel, "get_subplotspec", lambda: None)()  # a colour bar has none
        if y and place is not None and place.is_first_col():
            panel.set_ylabel(y)


def condition_key(figure, study):
    """The conditions' colours: a legend, or a colour bar's worth of words when there are many."""
    names = [name.replace("-", "−") for name in study.texts("condition")]
    shades, order = style.shades(len(names)), range(len(names))
    if study.has("task/stimulus"):
        stimulus = study["task/stimulus"]
        shades, order = style.graded(stimulus), np.argsort(stimulus)
    if len(names) <= MOST_LINES:
        style.key(figure, [names[c] for c in order], [shades[c] for c in order])
    else:
        first, last = order[0], order[-1]
        style.key(figure, [f"{names[first]} (first condition)", f"{names[last]} (last)"],
                  [shades[first], shades[last]])
    return shades


def draw_path(panel, path, shade, label):
    """A trajectory in a plane with its start (circle) and end (square)."""
    panel.plot(path[:, 0], path[:, 1], color=shade, linewidth=1.0, label=label)
    for point, mark in ((path[0], "o"), (path[-1], "s")):
        panel.plot(*point[:2], mark, color=shade, markersize=3.2, markeredgewidth=0)


def draw_tree(axes, linkage, colours):
    """A dendrogram from the top down; returns the leaves' order. colours: of each leaf."""
    count = len(linkage) + 1
    order, waiting = [], [2 * count - 2]
    while waiting:
        node = waiting.pop()
        if node < count:
            order.append(node)
        else:
            a, b = linkage[node - count, :2].astype(int)
            waiting += [b, a]
    place = {leaf: (float(x), 0.0, colours[leaf]) for x, leaf in enumerate(order)}
    forks, shades = [], []
    for row, (a, b, height, _) in enumerate(linkage):
        (xa, ya, ca), (xb, yb, cb) = place[int(a)], place[int(b)]
        shades.append(ca if ca == cb else "0.55")
        forks.append([(xa, ya), (xa, height), (xb, height), (xb, yb)])
        place[count + row] = ((xa + xb) / 2, height, shades[-1])
    axes.add_collection(LineCollection(forks, colors=shades, linewidths=0.9, joinstyle="round",
                                       capstyle="projecting", zorder=2))
    axes.autoscale_view()
    axes.scatter(range(count), [0] * count, s=8, c=[colours[leaf] for leaf in order], linewidth=0,
                 clip_on=False, zorder=3)
    axes.set_xticks([])
    axes.set_xlim(-0.7, count - 0.3)
    axes.set_ylim(0, None)
    axes.spines["bottom"].set_visible(False)
    return order
