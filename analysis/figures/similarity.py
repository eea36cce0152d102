"""Do different rules find different solutions?"""
import numpy as np

from . import style
from .data import Missing, last_known
from .parts import draw_tree

NAMES = {"rsa": ("RSA", "1 − ρ"), "cka": ("linear CKA", "angle (rad)"),
         "procrustes": ("Procrustes", "angle (rad)"), "dsa": ("DSA", "angle (rad)"),
         "dsa_spectrum": ("DSA, spectra", "spectral distance"),
         "weights": ("weights", "share of |W|"), "outside": ("outside training", "RMS output")}
MOST_COLUMNS = 4


def metrics(study):
    """(index, name, unit) of the metrics that are known."""
    distance = study["similarity/distance"]
    names = study.texts("metric")
    return [(m, *NAMES.get(name, (name, "distance"))) for m, name in enumerate(names)
            if np.isfinite(distance[m]).any()]


def compared(study, m):
    """Solutions whose distances are known, in the file's order."""
    distance = study["similarity/distance"][m]
    return np.flatnonzero(np.isfinite(distance).sum(axis=1) > 1)


def label_groups(panel, groups, names):
    """Marks the blocks of a matrix whose rows are sorted by group."""
    edges = np.flatnonzero(np.diff(groups)) + 0.5
    for edge in edges:
        panel.axhline(edge, color="white", linewidth=0.8)
        panel.axvline(edge, color="white", linewidth=0.8)
    present = sorted(set(groups))
    panel.set_yticks([np.flatnonzero(groups == g).mean() for g in present],
                     [style.wrap(names[g], 14) for g in present], fontsize=6)
    panel.set_xticks([])
    panel.tick_params(length=0)


def maps(study):
    """A row a metric: matrix by rule, classical scaling, dendrogram."""
    distance, known = study["similarity/distance"], metrics(study)
    scaling, share = study["similarity/mds"], study["similarity/mds_variance"]
    linkage = study["similarity/linkage"]
    figure, axes = style.grid(len(known), 3, 1.75, width_ratios=[1.15, 1, 1.2])
    figure.set_figwidth(style.WIDTH)
    shown = set()
    for row, (m, name, unit) in zip(axes, known):
        solutions = compared(study, m)
        groups = study.solution_group[solutions]
        shown |= set(groups)
        order = np.argsort(groups, kind="stable")
        ordered = solutions[order]
        image = row[0].imshow(distance[m][np.ix_(ordered, ordered)], cmap=style.SEQUENTIAL, vmin=0)
        label_groups(row[0], groups[order], study.groups)
        figure.colorbar(image, ax=row[0], label=unit)
        row[0].set_title(name, fontweight="bold", loc="left")
        scatter(row[1], scaling[m, solutions], groups, share[m], study.groups)
        colours = [style.colour(g) for g in groups]
        draw_tree(row[2], linkage[m, :len(solutions) - 1], colours)
        row[2].set_ylabel(unit)
    axes[-1][0].set_xlabel("networks, by rule")
    axes[-1][2].set_xlabel("networks")
    style.key(figure, [study.groups[g] for g in sorted(shown)],
              [style.colour(g) for g in sorted(shown)])
    return figure, (
        "Distances between the learned networks: of their noise-free activity, of their weights with "
        "matched units, and of their answers to trials that were not trained; all pairs"
        + study.source("similarity/distance") + ". Left: matrix, rows sorted by rule; middle: "
        "classical multidimensional scaling" + study.source("similarity/mds")
        + ", shares of the positive eigenvalues in brackets; right: average linkage. "
        + method(study))


def method(study):
    """What the file says of the distances' parameters (DSA's delays and rank)."""
    text = study.attribute("similarity/distance", "description")
    place = text.find("DSA with")
    return text[place:] + "." if place >= 0 else ""


def scatter(panel, points, groups, share, names):
    for g in sorted(set(groups)):
        panel.plot(*points[groups == g].T, "o", color=style.colour(g), markersize=4,
                   markeredgewidth=0, alpha=0.8, label=names[g])
    panel.set_xlabel(f"MDS 1 ({100 * share[0]:.0f} %)", labelpad=2)
    panel.set_ylabel(f"MDS 2 ({100 * share[1]:.0f} %)", labelpad=2)
    panel.set_xticks([])
    panel.set_yticks([])
    panel.set_aspect("equal", adjustable="datalim")


def pairs(study, m):
    """Distances within a rule, between rules, and between rules at the same seed."""
    solutions = compared(study, m)
    upper = np.triu_indices(len(solutions), 1)
    a, b = solutions[upper[0]], solutions[upper[1]]
    distance = study["similarity/distance"][m][a, b]
    rule = study.rule_of[study.solution_candidate]
    same_rule, same_seed = rule[a] == rule[b], study.solution_seed[a] == study.solution_seed[b]
    return [distance[same_rule & ~same_seed], distance[~same_rule & ~same_seed],
            distance[~same_rule & same_seed]]


def chance(p):
    """A p value in words."""
    return f"p = {p:.2g}" if p >= 0.001 else f"p = {p:.1g}"


def percent(share):
    """A share as a number of per cent with two digits at the most."""
    return f"{100 * share:.0f}" if share >= 0.0995 or share == 0 else f"{100 * share:.1f}"


def effect(study, m, kind):
    """"2 % [0, 9] of the variance (1 % by chance); p = 0.04 after correction over 5 metrics"; kind
    "" or "equal_"; empty if it is not known."""
    if not study.has(f"similarity/{kind}r_squared"):
        return ""
    share, (low, high), by_chance, p = (
        study.file[f"similarity/{kind}{part}"][m] for part in
        ("r_squared", "r_squared_interval", "r_squared_chance",
         "p_corrected" if kind else "effect_p_corrected"))
    if not np.isfinite(share):
        return ""
    tests = np.isfinite(study.file["similarity/" + (kind or "effect_") + "p_corrected"][()]).sum()
    interval = f"[{percent(low)}, {percent(high)}]" if np.isfinite(low) else \
        "[no interval: fewer than 3 seeds]"
    told = f"{chance(p)} after correction over {tests} metrics" if np.isfinite(p) else \
        "no p: no two networks from the same start have different rules"
    shuffled = f" ({percent(by_chance)} % by chance)" if np.isfinite(by_chance) else ""
    return f"{percent(share)} % {interval} of the variance of the distances{shuffled}; {told}"


def equal_networks(study):
    """The networks of equal performance, and which they are in words."""
    if not study.has("similarity/equal"):
        return np.zeros(0, int), ""
    text = study.attribute("similarity/equal", "description")
    return np.flatnonzero(study["similarity/equal"] == 1), text.partition("performance, ")[2]


def verdict(study):
    """One sentence a metric on what the distances say, by the size of the effect."""
    within, between = study["similarity/within"], study["similarity/between"]
    equal, which = equal_networks(study)
    sentences = []
    for m, name, unit in metrics(study):
        if not np.isfinite([within[m], between[m]]).all() or not effect(study, m, ""):
            continue
        solutions = compared(study, m)
        rules = len(set(study.rule_of[study.solution_candidate[solutions]]))
        text = (f"{name}: rule explains {effect(study, m, '')}; n = {len(solutions)} networks of "
                f"{rules} rules, {within[m]:.3g} within a rule against {between[m]:.3g} between.")
        among = np.intersect1d(equal, solutions)
        if len(among) < len(solutions) and effect(study, m, "equal_"):
            text += (f" Among the {len(among)} of equal performance ({which}): "
                     f"{effect(study, m, 'equal_')}.")
        sentences.append(text)
    return sentences


def solved(study):
    """How many of the compared networks solve the task, by rule, and why that matters."""
    if not study.has("task/frozen_accuracy"):
        return ""
    frozen = last_known(np.moveaxis(study["task/frozen_accuracy"][:, 1:], 1, 2))
    right = frozen[study.solution_candidate, study.solution_seed] >= 1
    rule = study.rule_of[study.solution_candidate]
    counts = ", ".join(f"{name} {right[rule == r].sum()} of {(rule == r).sum()}"
                       for r, name in enumerate(study.labels)) if len(study.labels) <= 12 else ""
    return (f"{right.sum()} of {len(right)} networks answer every trial rightly when frozen"
            + (f" ({counts})" if counts else "") + (
                "; networks that fail may differ from those that succeed whatever their rule, so "
                "that the distances speak of success, too" if not right.all() else "")
            + ". Intervals: 95 %, seeds drawn again; p: Holm's correction.")


def within_between(study):
    """Distances of pairs, within and between rules, and the means of all pairs of rules."""
    known = metrics(study)
    compares = study.has("similarity/between") and bool(verdict(study))
    if study.has("similarity/distance") and not compares:
        rules = len(set(study.rule_of[study.solution_candidate]))
        raise Missing("Within against between needs networks of two rules on two seeds; compared "
                      f"are {len(study.solution_seed)} networks of {rules} rules on "
                      f"{len(set(study.solution_seed))} seeds"
                      + "".join(f"; {note}" for note in study.texts("study/missing")
                                if note.startswith(("study", "similarity"))) + ".")
    table = study["similarity/rule_distance"]
    columns = min(len(known), MOST_COLUMNS)
    figure, axes = style.grid(2 * -(-len(known) // columns), columns, 1.75)
    figure.set_figwidth(style.WIDTH)
    pairs_of_panels = [axes[row:row + 2, c] for row in range(0, len(axes), 2)
                       for c in range(columns)]
    for panel in np.ravel(pairs_of_panels[len(known):]):
        panel.set_visible(False)
    for column, (m, name, unit) in zip(pairs_of_panels, known):
        groups = pairs(study, m)
        for place, values in enumerate(groups):
            column[0].scatter(place + style.jitter(len(values), 0.3), values, s=4, linewidth=0,
                              color=["#0072B2", "#D55E00", "#E69F00"][place],
                              alpha=style.thin(len(values))["alpha"])
            if len(values):
                column[0].plot([place - 0.35, place + 0.35], [values.mean()] * 2, color="black")
                column[0].plot(place, values.mean(), ".", color="black", label="mean")
        column[0].set_xlim(-0.6, 2.6)
        column[0].set_ylim(0, None)
        style.name_places(column[0], ["within", "between", "between,\nsame seed"])
        share = study.file["similarity/r_squared"][m] if "similarity/r_squared" in study.file \
            else np.nan
        column[0].set_title(f"{name}\nR² = {percent(share)} %" if np.isfinite(share) else name)
        column[0].set_ylabel(unit)
        image = column[1].imshow(table[m], cmap=style.SEQUENTIAL, vmin=0)
        figure.colorbar(image, ax=column[1], location="bottom", label=unit, shrink=0.9)
        named = len(study.labels) <= 12 and column[1] in axes[:, 0]
        column[1].set_xticks([])
        column[1].set_yticks(range(len(study.labels)) if named else [],
                             [style.wrap(name, 14) for name in study.labels] if named else [],
                             fontsize=6)
    return figure, (
        "Do different rules find different solutions? Above: distances of pairs of networks within "
        "a rule and between rules (pairs of the same seed, which share start weights and trials, "
        "apart); bars: means; R²: share of the variance of the distances that the rule explains"
        + study.source("similarity/r_squared") + "; p: rules are shuffled among the networks of "
        "each seed" + study.source("similarity/p_value")
        + ". Below: mean distance between rules; the diagonal is within a rule. "
        + " ".join([*verdict(study), solved(study)]))


FIGURES = (
    ("distances", "Distances between solutions", maps),
    ("within_between", "Within a rule and between rules", within_between),
)
