"""Lazy or rich: what learning did to the weights."""
import numpy as np

from . import style

NUMBERS = (("relative_norm", "|ΔW| / |W₀|", None),
           ("stable_rank", "stable rank of ΔW", None),
           ("sign_similarity", "same sign", None),
           ("representation_alignment", "representation\nalignment", (0, 1.04)),
           ("kernel_alignment", "tangent-kernel\nalignment", (0, 1.04)))


def lazy_rich(study):
    figure, axes = style.grid(2, 3, 1.9)
    figure.set_figwidth(style.WIDTH)
    groups = [study.solutions(g) for g in range(len(study.groups))]
    for place, (name, label, limits) in enumerate(NUMBERS):
        panel = axes.flat[place]
        values = study[f"change/{name}"] if study.has(f"change/{name}") else None
        style.strip(panel, [[] if values is None else values[s] for s in groups],
                    study.groups, named=place >= 2)
        panel.set_ylabel(label)
        if limits:
            panel.set_ylim(*limits)
        elif name != "sign_similarity":
            panel.set_ylim(0, None)
    draw_singular(axes[1][2], study, groups)
    return figure, (
        "Lazy or rich learning, from the first weights W₀ to the last, ΔW between them; a point a "
        "network, bars: medians. Size of the change"
        + study.source("change/relative_norm") + ", its stable rank |ΔW|²/σ₁², the share of "
        "weights that keep their sign, and the alignment of activity and of the tangent kernel before and "
        "after" + study.source("change/kernel_alignment")
        + ": low alignment is rich. Last: singular values of ΔW over the largest, medians.")


def draw_singular(panel, study, groups):
    singular = study["change/singular_values"]
    for g, solutions in enumerate(groups):
        values = singular[solutions]
        values = values[values[:, 0] > 0]  # weights that did not change have no spectrum
        values = values / values[:, :1]
        if len(values):
            panel.plot(np.arange(1, values.shape[1] + 1), np.median(values, axis=0), marker=".",
                       markersize=3, color=style.colour(g), label=study.groups[g])
    panel.set_xlabel("number of the singular value")
    panel.set_ylabel("σₙ / σ₁")
    panel.set_ylim(0, 1.04)


FIGURES = (
    ("lazy_rich", "Lazy or rich", lazy_rich),
)
