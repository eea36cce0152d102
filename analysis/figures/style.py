"""How figures look: sizes of a paper's page, colours that the colour-blind can tell apart."""
import functools

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

# Okabe and Ito, 2008; yellow last, since it is faint on white.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"]
SEQUENTIAL, DIVERGING = "viridis", "PuOr_r"
MOST_LETTERS = 18  # of a word below an axis
WIDTH = 7.2  # inches: two columns of a journal

SETTINGS = {
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "legend.fontsize": 7,
    "xtick.labelsize": 7, "ytick.labelsize": 7, "axes.spines.top": False,
    "axes.spines.right": False, "axes.linewidth": 0.7, "lines.linewidth": 1.2,
    "legend.frameon": False, "pdf.fonttype": 42, "figure.dpi": 100, "savefig.dpi": 200,
    "image.interpolation": "nearest", "axes.axisbelow": True, "axes.titley": 1,
}


def apply():
    plt.rcParams.update(SETTINGS)


def colour(number):
    return COLOURS[number % len(COLOURS)]


def shades(count):
    """Colours of `count` ordered things: Okabe-Ito while they last, then viridis."""
    if count <= len(COLOURS):
        return COLOURS[:count]
    return [plt.get_cmap(SEQUENTIAL)(place) for place in np.linspace(0, 0.92, count)]


def graded(values):
    """Colours of a graded stimulus: one hue a sign, the darker the stronger; grey: 0."""
    ramp, colours = plt.get_cmap(DIVERGING), {0: "0.5"}
    for sign in (-1, 1):
        strengths = sorted({abs(value) for value in values if value * sign > 0})
        for place, strength in zip(np.linspace(0.17, 0.5, len(strengths)), strengths):
            colours[sign * strength] = ramp(0.5 + sign * place)
    return [colours[value] for value in values]


def panels(count, columns=4, height=1.7, **options):
    """A figure with `count` panels in rows; those left over are hidden."""
    columns = min(columns, count)
    rows = -(-count // columns)
    figure, axes = plt.subplots(rows, columns, squeeze=False, layout="constrained",
                                figsize=(min(WIDTH, 0.6 + 2.3 * columns), 0.4 + height * rows),
                                **options)
    for place in axes.flat[count:]:
        place.set_visible(False)
    return figure, list(axes.flat[:count])


def grid(rows, columns, height=1.7, **options):
    """A figure with rows x columns panels, axes [rows, columns]."""
    return plt.subplots(rows, columns, squeeze=False, layout="constrained",
                        figsize=(min(WIDTH, 0.8 + 2.2 * columns), 0.4 + height * rows), **options)


def thin(count):
    """Width and opacity of a line that is one of `count`."""
    return {"linewidth": 0.9 if count <= 20 else 0.5,
            "alpha": float(np.clip(12 / max(count, 1), 0.15, 0.8))}


def jitter(count, width=0.22):
    """Places of `count` points around 0 that do not hide one another, always the same."""
    golden = 0.6180339887
    return width * (2 * ((np.arange(count) * golden) % 1) - 1)


def tell(artist, error):
    """Gives what is drawn the errors of its numbers, for the numbers below the figure."""
    artist.told_error = np.asarray(error, float)


def band(panel, x, middle, error, shade, label, **options):
    """A line with its mean and a band of its error, which are told together."""
    known = np.isfinite(middle)
    x, middle, error = (np.asarray(values)[known] for values in (x, middle, error))
    panel.fill_between(x, middle - error, middle + error, color=shade, alpha=0.25, linewidth=0)
    line, = panel.plot(x, middle, color=shade, label=label, **options)
    tell(line, error)


def level(panel, values, label):
    """A dotted line across the panel at each different one of the finite values."""
    for value in sorted(set(np.asarray(values)[np.isfinite(values)])):
        panel.axhline(value, color="0.4", linestyle=":", linewidth=0.9, zorder=0,
                      label=f"{label}")


def strip(axes, groups, names, named=True):
    """Points of every group side by side, with their median; groups: lists of numbers. Without
    `named` the axis does not tell their names."""
    for place, values in enumerate(groups):
        values = np.asarray(values, float)
        values = values[np.isfinite(values)]
        axes.scatter(place + jitter(len(values)), values, s=9, color=colour(place), linewidth=0,
                     alpha=thin(len(values))["alpha"], label=names[place])
        if len(values):
            axes.plot([place - 0.3, place + 0.3], [np.median(values)] * 2, color="0.2",
                      linewidth=1.2, solid_capstyle="butt")
    axes.set_xlim(-0.6, len(groups) - 0.4)
    name_places(axes, names if named else [""] * len(groups))


def name_places(axes, names):
    """Words below places; long ones are cut, so that they leave the panel its height."""
    axes.set_xticks(range(len(names)), [short(name, MOST_LETTERS) for name in names],
                    rotation=30 if len(names) <= 5 else 60, ha="right", rotation_mode="anchor")


def short(text, letters):
    return text if len(text) <= letters else text[:letters - 1] + "…"


def lay_out(figure):
    """Gives panels their places and axes their marks, in which they stay: neither is computed once more for
    each file."""
    figure.get_layout_engine().execute(figure)
    figure.set_layout_engine("none")
    for panel in figure.axes:
        panel.apply_aspect()
        for axis in (panel.xaxis, panel.yaxis):
            if hasattr(axis, "_update_ticks"):  # matplotlib's own, which it calls four times to draw
                axis._update_ticks = functools.partial(list, axis._update_ticks())


def key(figure, names, colours=None):
    """One legend for the whole figure, above it; the figure grows by its height."""
    lines = [plt.Line2D([], [], color=colours[i] if colours else colour(i), linewidth=2)
             for i in range(len(names))]
    width, height = figure.get_size_inches()
    fitting = int(width / (0.5 + 0.07 * max(map(len, names), default=0)))
    columns = max(1, min(len(names), 4, fitting))
    inches = 0.1 + 0.16 * -(-len(names) // columns)
    figure.set_size_inches(width, height + inches)
    figure.get_layout_engine().set(rect=(0, 0, 1, height / (height + inches)))
    figure.legend(lines, names, loc="upper center", ncols=columns)


def wrap(text, width=26):
    """A panel's title in lines of at most `width` letters."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])
