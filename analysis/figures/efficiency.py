"""What a space of rules can give: a file of the command efficiency, which has a page of its own."""
import numpy as np

from . import style
from .data import Missing, pretty_term

FITTED, GRADIENT = 0, 2


def decay(tau_e):
    return "without decay" if np.isinf(tau_e) else f"τₑ = {tau_e:g} ms"


def terms(study):
    """A panel for each decay, and for terms without and with p²: rows are powers of r, columns of Δ."""
    ratio, tau_e = study["columns/ratio"], study.numbers("columns/tau_e")
    r, d, p, w = (study[f"columns/{letter}"] for letter in "rdpw")
    shown = [(tau, power) for tau in sorted(set(tau_e[np.isfinite(r)]), reverse=True)
             for power in (0, 2)]
    figure, panels = style.panels(len(shown), 4, 1.9, sharex=True, sharey=True)
    largest = np.nanmax(np.abs(ratio[np.isfinite(r) & (w == 0)]))
    for panel, (tau, power) in zip(panels, shown):
        image = np.full((int(np.nanmax(r)) + 1, int(np.nanmax(d)) + 1), np.nan)
        for k in np.flatnonzero((tau_e == tau) & (p == power) & (w == 0)):
            image[int(r[k]), int(d[k])] = ratio[k]
        drawn = panel.imshow(image, cmap=style.DIVERGING, vmin=-largest, vmax=largest,
                             origin="lower")
        for (k, l), value in np.ndenumerate(image):
            if np.isfinite(value):
                panel.text(l, k, f"{value + 0:.2f}".replace("-", "−").replace("−0.00", "0.00"),
                           ha="center", va="center", fontsize=5, color="white" if abs(value) > 0.7 * largest else "black")
        panel.set_title(("alone, " if power == 0 else "times p², ") + decay(tau))
        panel.set_xlabel("power of Δ")
        panel.set_xticks(range(image.shape[1]))
        panel.set_yticks(range(image.shape[0]))
    panels[0].set_ylabel("power of r")
    figure.colorbar(drawn, ax=panels, label="efficiency over that of −r³Δ³", shrink=0.8)
    return figure, (
        "Which terms carry a signal: efficiency of every term alone, the squared drift of the loss "
        "for the size of its changes, relative to that of −r³Δ³ (30). Below 0: the loss falls with a "
        "coefficient below 0, above 0: with one above 0.")


def ceiling(study):
    """A line a rule or set of terms, a colour a decay."""
    kind, ratio, tau_e = study["rules/kind"], study["rules/ratio"], study.numbers("rules/tau_e")
    low, high = study.numbers("rules/low"), study.numbers("rules/high")
    damage = study.numbers("rules/damage_ratio") if study.has("rules/damage_ratio") else None
    names = study.texts("rule")
    rows = [i for i in range(len(kind)) if kind[i] != GRADIENT]
    if not np.isfinite(ratio[rows]).any():
        raise Missing("No rule has an efficiency.")
    labels = list(dict.fromkeys(names[i].split(", tau_e")[0].removesuffix(", all decays")
                                for i in rows))
    decays = list(dict.fromkeys("all decays together" if np.isnan(tau_e[i]) else decay(tau_e[i])
                                for i in rows if kind[i] == FITTED))
    figure, axes = style.grid(1, 1, 0.3 + 0.17 * len(labels))
    figure.set_figwidth(style.WIDTH)
    panel = axes[0][0]
    panel.axvline(1, color="0.8", linewidth=0.7, zorder=0)
    panel.axvline(0, color="0.5", linewidth=0.7, zorder=0)
    for i in rows:
        label = names[i].split(", tau_e")[0].removesuffix(", all decays")
        which = ("all decays together" if np.isnan(tau_e[i]) and kind[i] == FITTED
                 else decay(tau_e[i]) if kind[i] == FITTED else None)
        shade = "0.3" if which is None else style.colour(decays.index(which))
        shift = 0 if which is None else 0.16 * (decays.index(which) - (len(decays) - 1) / 2)
        y = labels.index(label) + shift
        panel.plot([low[i], high[i]], [y, y], color=shade, linewidth=1)
        style.tell(panel.plot(ratio[i], y, "o", markersize=3, color=shade,
                              label=which or "a given rule")[0], (high[i] - low[i]) / 2)
        if damage is not None:
            panel.plot(damage[i], y + 0.25, "s", markersize=3, color=shade, fillstyle="none")
    panel.set_yticks(range(len(labels)), [pretty(label) for label in labels])
    panel.set_ylim(len(labels) - 0.5, -0.5)
    top = np.nanmax(ratio[rows])
    if damage is not None:
        top = np.fmax(top, np.fmin(np.nanmax(damage[rows], initial=0), 2 * top))
    panel.set_xlim(max(np.nanmin(low[rows]), np.nanmin(ratio[rows]) - 0.5 * top, -top) - 0.05 * top,
                   min(np.nanmax(high[rows]), 2 * top) + 0.05 * top)
    panel.set_xlabel("efficiency over that of −r³Δ³")
    style.key(figure, ["a given rule", *decays],
              ["0.3", *(style.colour(i) for i in range(len(decays)))])
    return figure, (
        "The ceiling of every set of terms: efficiency of its best rule on networks on which it was "
        "not fitted, and of given rules, relative to that of −r³Δ³ (30), with 95 % intervals over "
        "networks. It is the truth for small steps."
        + (" Open squares: the same for the damage of the changes instead of their size (35)."
           if damage is not None else ""))


def pretty(label):
    """"r1 d3, r1 d3 p2" as "rΔ³, rΔ³p²"."""
    return ", ".join(pretty_term(part) for part in label.split(", "))


EFFICIENCY = (
    ("efficiency_terms", "Which terms carry a signal", terms),
    ("efficiency_ceiling", "What sets of terms can give", ceiling),
)
