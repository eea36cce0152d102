"""Which answers are given, trial by trial: a network may learn by way of answering always the same."""
import numpy as np

from . import style
from .data import Missing
from .parts import label_outer


def bias(study):
    """A panel a group: share of one answer, and of right ones, of its example."""
    first, wanted, right = (study[f"answers/{name}"] for name in ("first", "wanted", "right"))
    block = study["block"]
    shown = {g: e for g, e in study.examples().items() if np.isfinite(first[e]).any()}
    if not shown:
        raise Missing(study.why_not("answers/first"))
    if np.nanmax(wanted) == np.nanmin(wanted):
        raise Missing("The task has no choice between answers.")
    figure, panels = style.panels(len(shown), 4, 1.7, sharex=True, sharey=True)
    lines = (("answers of one sign", first, "0.2", "-"), ("asked for", wanted, "0.5", ":"),
             ("right answers", right, None, "-"))
    for panel, (group, example) in zip(panels, shown.items()):
        for name, values, shade, dashes in lines:
            panel.plot(block, values[example], color=shade or style.colour(group), linestyle=dashes,
                       linewidth=1, label=name)
        candidate = study.solution_candidate[study.example_solution[example]]
        panel.set_title(f"{style.wrap(study.groups[group])}\ncandidate {candidate}")
        panel.set_ylim(-0.04, 1.04)
    label_outer(figure, "trials", "share of trials")
    return figure, (
        "Response bias: share of answers above 0 (of several outputs: of the first) in blocks of "
        "trials, of one network a rule with its last rule, on a held-out seed (thin, no colour); "
        "dotted: that share of the right answers; in colour: answers that are right.")


FIGURES = (
    ("answers", "Response bias by trial", bias),
)
