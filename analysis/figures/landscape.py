"""Fixed points, the flow around them, and spectra."""
import numpy as np

from . import style
from .data import Missing
from .parts import condition_key, draw_path

BEFORE, AFTER = 0, 1
MOMENTS = ("before learning", "after learning")
KINDS = (("stable", "o", "black"), ("saddle", "X", "#D55E00"), ("slow", "d", "#E69F00"))


class Points:
    """Fixed and slow points: which network, moment and context each belongs to."""

    def __init__(self, study):
        self.network = study["landscape/network"].astype(int)
        self.moment = study["landscape/moment"].astype(int)
        self.context = study["landscape/context_of"].astype(int)
        slow, unstable = study["landscape/slow"] > 0, study["landscape/unstable"] > 0
        self.kind = np.where(slow, 2, np.where(unstable, 1, 0))

    def of(self, example, moment, context=None):
        chosen = (self.network == example) & (self.moment == moment)
        return np.flatnonzero(chosen if context is None else chosen & (self.context == context))


def resting(study, points):
    """The context with no input, or else the one with the most points."""
    for number, text in enumerate(study.texts("context")):
        inputs = text.strip("[]() ").replace(",", " ").split()
        if inputs and all(number_of(word) == 0 for word in inputs):
            return number
    return int(np.bincount(points.context).argmax())


def number_of(word):
    try:
        return float(word)
    except ValueError:
        return None


def shown_examples(study, points):
    examples = {g: e for g, e in study.examples().items() if len(points.of(e, AFTER))
                or len(points.of(e, BEFORE))}
    if not examples:
        raise Missing("No fixed or slow point was found.")
    return examples


def draw_flow(panel, study, example, moment, context):
    """Flow in the plane of the first two components, and the trajectories of the trials."""
    flow, edges = study["landscape/flow"], study["landscape/flow_range"]
    if not np.isfinite(edges[example, moment]).all():
        return  # these weights were not recorded
    x, y = (np.linspace(*edges[example, moment, axis], flow.shape[4 - axis]) for axis in (0, 1))
    panel.set_xlim(x[0], x[-1])  # before the flow, whose arrows have the size that fits in these
    panel.set_ylim(y[0], y[-1])
    field = flow[example, moment, context]
    if np.isfinite(field).all():
        speed = np.hypot(field[..., 0], field[..., 1])
        panel.streamplot(x, y, field[..., 0], field[..., 1], color="0.75", density=0.7,
                         linewidth=0.3 + 0.6 * speed / max(speed.max(), 1e-300), arrowsize=0.5)


def portraits(study):
    """One network a group: flow, trajectories and fixed points before and after learning."""
    points = Points(study)
    position, path = study["landscape/position"], study["landscape/trajectory"]
    context = resting(study, points)
    examples = shown_examples(study, points)
    figure, axes = style.grid(2, len(examples), 1.8)
    shades, names = condition_key(figure, study), study.texts("condition")
    for moment, row in enumerate(axes):
        for panel, (group, example) in zip(row, examples.items()):
            draw_flow(panel, study, example, moment, context)
            for condition, shade in enumerate(shades):
                line = path[example, moment, condition]
                line = line[np.isfinite(line[:, :2]).all(axis=1)]
                if len(line):
                    draw_path(panel, line, shade, names[condition])
            here = points.of(example, moment, context)
            for kind, (name, mark, shade) in enumerate(KINDS):
                chosen = here[points.kind[here] == kind]
                panel.plot(*position[chosen, :2].T, mark, color=shade, markersize=6,
                           markeredgecolor="white", markeredgewidth=0.7, zorder=5, label=name)
            panel.set_xticks([])
            panel.set_yticks([])
            panel.set_box_aspect(1)
            panel.set_xlabel("PC 1")
            panel.set_ylabel("PC 2" if example == list(examples.values())[0] else "")
            if moment == BEFORE:
                panel.set_title(style.wrap(study.groups[group], 20))
        row[0].annotate(MOMENTS[moment], (-0.22, 0.5), xycoords="axes fraction", rotation=90,
                        ha="center", va="center", fontweight="bold")
    text = study.texts("context")[context]
    return figure, (
        f"Dynamical landscape under the input u = {text}: stable fixed points (circles), "
        "saddles (crosses) and slow points (diamonds) of dx/dt = 0"
        + study.source("landscape/q") + ", with the flow in the plane of the first two principal "
        "components of the states and the noise-free trajectories of all conditions (circle: "
        "start, square: end). One network a rule; points outside the plane's frame are not drawn.")


def spectra(study):
    """Eigenvalues of W, and of the Jacobian at all points."""
    spectrum, points = study["landscape/weight_spectrum"], Points(study)
    values = study["landscape/eigenvalues"]
    examples = shown_examples(study, points)
    figure, axes = style.grid(2, len(examples), 1.75)
    angle = np.linspace(0, 2 * np.pi, 200)
    for top, bottom, (group, example) in zip(*axes, examples.items()):
        top.plot(np.cos(angle), np.sin(angle), color="0.8", linewidth=0.7)
        for moment, shade in ((BEFORE, "0.6"), (AFTER, style.colour(group))):
            top.plot(*spectrum[example, moment].T, ".", color=shade, markersize=3.5,
                     markeredgewidth=0, label=MOMENTS[moment])
            chosen = points.of(example, moment)
            bottom.plot(values[chosen, :, 0].ravel(), values[chosen, :, 1].ravel(), ".",
                        color=shade, markersize=3, markeredgewidth=0, label=MOMENTS[moment])
        top.set_aspect("equal", adjustable="datalim")
        top.set_title(style.wrap(study.groups[group], 20))
        top.set_xlabel("Re λ(W)")
        bottom.axvline(0, color="0.8", linewidth=0.7)
        bottom.set_xlabel("Re λ(J) (1/ms)")
        bottom.locator_params(axis="x", nbins=4)
    axes[0][0].set_ylabel("Im λ(W)")
    axes[1][0].set_ylabel("Im λ(J) (1/ms)")
    return figure, (
        "Spectra before (grey) and after learning (colour), one network a rule. Above: eigenvalues "
        "of the recurrent weights W with the unit circle; below: eigenvalues of the Jacobian "
        "J = (−1 + W diag φ′(x))/τ at all fixed and slow points under all constant inputs; right "
        "of the line is unstable.")


def summary(study):
    """Counts and properties of the points, by group."""
    points, count = Points(study), study["landscape/count"]
    after = points.moment == AFTER
    if not after.any():
        raise Missing("No fixed or slow point after learning is known.")
    groups = study.solution_group[study.example_solution]
    quantities = (("slowest_time", "slowest time constant (ms)"), ("henrici", "Henrici index"),
                  ("readout_overlap", "overlap of readout\nwith slowest mode"))
    figure, axes = style.grid(1, 4, 2.3)
    figure.set_figwidth(style.WIDTH)
    panel = axes[0][0]
    totals = [np.nansum(count[groups == g, AFTER], axis=(1,)) for g in range(len(study.groups))]
    bottom = np.zeros(len(study.groups))
    for kind, (name, _, shade) in enumerate(KINDS):
        height = np.array([t[:, kind].mean() if len(t) else 0 for t in totals])
        panel.bar(range(len(totals)), height, bottom=bottom, color=shade, label=name, width=0.6)
        bottom += height
    panel.set_ylabel("points in a network")
    panel.set_ylim(0, 1.35 * max(bottom.max(), 1))
    panel.legend(loc="upper left", ncols=1)
    style.name_places(panel, study.groups)
    owner = groups[points.network]
    for panel, (name, label) in zip(axes[0][1:], quantities):
        values = study[f"landscape/{name}"]
        style.strip(panel, [values[after & (owner == g)] for g in range(len(study.groups))],
                    study.groups)
        panel.set_ylabel(label)
        if name == "slowest_time" and np.nanmax(values) > 0:
            panel.set_yscale("log")
    return figure, (
        "Fixed and slow points after learning, over all constant inputs. Left: mean number in a "
        "network; then, a point each: time constant 1/|Re λ| of the slowest mode, departure of the "
        "Jacobian from normality (0: normal), and how far its slowest mode is read out.")


def main_points(study, points):
    """{group: the point after learning, of its example, where most starts ended}; with no input
    where there are such points."""
    starts, context = study["landscape/starts"], resting(study, points)
    chosen = {}
    for group, example in shown_examples(study, points).items():
        here = points.of(example, AFTER, context)
        here = here if len(here) else points.of(example, AFTER)
        if len(here):
            chosen[group] = int(here[np.argmax(starts[here])])
    if not chosen:
        raise Missing("No fixed or slow point after learning is known.")
    return chosen


def modes(study):
    """Overlap of the readout with every mode, and how far an input moves each unit."""
    overlap, shift = study["landscape/readout_overlaps"], study["landscape/unit_sensitivity"]
    real = study["landscape/eigenvalues"][:, :, 0]
    points = Points(study)
    chosen = main_points(study, points)
    figure, axes = style.grid(2, len(chosen), 1.7, sharey="row")
    for (top, bottom), (group, point) in zip(axes.T, chosen.items()):
        top.plot(1000 * real[point], overlap[point], "o", markersize=2.5, markeredgewidth=0,
                 color=style.colour(group), label="modes")
        top.axvline(0, color="0.8", linewidth=0.7, zorder=0)
        top.set_title(f"{style.wrap(study.groups[group], 20)}\npoint {point}")
        top.set_xlabel("Re λ(J) (1/s)")
        order = np.argsort(-np.abs(np.nan_to_num(shift[point])).max(axis=1), kind="stable")
        for channel, values in enumerate(shift[point, order].T):
            if np.isfinite(values).any():
                bottom.plot(values, ".-", linewidth=0.5, markersize=3, label=f"input {channel}",
                            color=style.colour(channel))
        bottom.axhline(0, color="0.8", linewidth=0.7, zorder=0)
        bottom.set_xlabel("units, the most sensitive first")
    axes[0][0].set_ylabel("overlap with\nthe readout")
    axes[1][0].set_ylabel("shift by a\nunit of input")
    style.key(figure, [f"input {channel}" for channel in range(shift.shape[2])])
    return figure, (
        "Linearised dynamics after learning at the point where most starting states end, one network "
        "a rule, with no input if the task has such a time. Above: overlap |w · v| / |w| of the "
        "readout w with every eigenvector v of the Jacobian, by the real part of its eigenvalue. "
        "Below: input sensitivity −J⁻¹ W_in / τ of every unit.")


FIGURES = (
    ("portraits", "Fixed points and flow", portraits),
    ("spectra", "Spectra", spectra),
    ("points", "Fixed and slow points", summary),
    ("modes", "What is read out, and what inputs move", modes),
)
