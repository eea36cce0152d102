"""Are the meta-gradients right?"""
import numpy as np

from . import style
from .data import Missing
from .parts import label_outer

PANELS = (("relative_error", "one trial:\nrelative error"),
          ("accumulated_error", "lifetime up to here:\nrelative error"),
          ("tangent_norm", "norm of dR/dθ̃"),
          ("cosine", "one trial:\n1 − cosine"),
          ("accumulated_cosine", "lifetime up to here:\n1 − cosine"),
          ("weight_norm", "norm of dW/dθ̃"))
FLOOR = 1e-17  # on the logarithmic axes; what is smaller is 0
CHAOS = 1e3    # relative errors above it are cut


def validation(study):
    if not study.has("gradients/relative_error"):
        raise Missing(study.why_not("gradients/relative_error"))
    names, trial = study.texts("estimator"), study["trial"]
    noise = study["gradients/noise"] if study.has("gradients/noise") else None
    figure, axes = style.grid(2, 3, 1.7, sharex=True)
    figure.set_figwidth(style.WIDTH)
    for panel, (name, label) in zip(axes.flat, PANELS):
        values = study[f"gradients/{name}"] if study.has(f"gradients/{name}") else None
        if values is not None:
            values = 1 - values if "cosine" in name else values
            draw(panel, trial, values, names)
        if noise is not None and "error" in name:
            panel.plot(trial, np.where(noise > FLOOR, noise, np.nan).T, color="0.75", linewidth=0.7,
                       zorder=0)
        panel.set_yscale("log")
        if "error" in name:
            panel.set_ylim(top=min(panel.get_ylim()[1], CHAOS))
        panel.set_ylabel(label)
    label_outer(figure, "trial of the lifetime", "")
    style.key(figure, names)
    return figure, (
        "Gradient validation: each estimator's derivative of the reward against central "
        "differences of the same lifetime, in normalised coordinates; a line a checked candidate. "
        "Left: of one trial; middle: summed from the first trial; grey: disagreement of central "
        "differences with two step sizes, below which errors mean nothing. Right: growth of the "
        "tangents (16) and (18) over the lifetime. The estimators other than the exact one differ "
        "from it on purpose. Curves that leave an error's panel at its top: learning is chaotic "
        "there, and central differences say nothing.")


def draw(panel, trial, values, names):
    """values [check, estimator, trial]."""
    for number, check in enumerate(values):
        for estimator, curve in enumerate(check):
            known = np.isfinite(curve) & (curve > FLOOR)
            panel.plot(trial[known], curve[known], color=style.colour(estimator),
                       label=f"{names[estimator]}, check {number}",
                       marker="." if known.sum() < 20 else None, markersize=3,
                       **style.thin(len(values)))


FIGURES = (
    ("gradients", "Gradient validation", validation),
)
