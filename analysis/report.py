#!/usr/bin/env python3
"""Draws one HTML page of a run, and every figure as PDF and PNG.

    thetasweep report RUN.h5                        # this program, with a Python that can run it
    analysis/report.py RUN.h5 -o RUN.html           # measures first, unless RUN.analysis.h5 is there
    analysis/report.py RUN.analysis.h5 -o report/   # what thetasweep-analyze wrote
    analysis/report.py EFFICIENCY.h5                # what thetasweep efficiency -o wrote

RUN.html holds all figures itself and needs nothing else; RUN.figures/ has them for a paper. A folder
gets index.html and figures/. Figures whose numbers are not in the file say so in one line.
"""
import argparse
import gc
import html
import importlib
import json
import multiprocessing
import os
import pathlib
import sys


def lack(name):
    """The module's name if it cannot be imported, with the reason if it is there; else ""."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return name
    except Exception as error:  # of a module for another Python, say
        return f"{name} ({str(error).strip().splitlines()[0]})" if str(error).strip() else name
    return ""


def need_modules(*names):
    """Ends with one line if a module cannot be had; at the end of `report.py --modules` anyway."""
    missing = ", ".join(filter(None, map(lack, names)))
    if missing:
        print(f"{sys.executable} has no {missing}")
    if missing or sys.argv[1:] == ["--modules"]:
        sys.exit(2 if missing else 0)


need_modules("numpy", "h5py", "matplotlib")

import numpy as np  # noqa: E402

import figures  # noqa: E402
import painting  # noqa: E402
import reading  # noqa: E402
from figures import similarity, style  # noqa: E402
from figures.data import (ARCHIVE, STANDINGS, Efficiency, Missing, deviation,  # noqa: E402
                          format_of, mean, open_study, pretty_rule, pretty_text, starts)
from measured import Refused, analysis_of, named_after  # noqa: E402

MOST_ROWS = 20
MARK = '<meta name="generator" content="thetasweep">'  # of pages that may be written over
HERE = pathlib.Path(__file__).resolve().parent
NARROWEST = 80  # pixels an inch of a figure: its letters stay readable, a narrow window scrolls it


def draw(study, name, function, folder):
    """One figure into the folder; returns its HTML."""
    figure, caption = function(study)
    style.lay_out(figure)
    told = json.dumps(reading.numbers(figure), ensure_ascii=False, separators=(",", ":"))
    light, dark = painting.save(figure, folder, name)
    style.plt.close(figure)
    inches = figure.get_figwidth()
    width = f"width: {100 * inches / style.WIDTH:.0f}%; min-width: {NARROWEST * inches:.0f}px"
    caption = html.escape(caption)
    return (f'<figure><div class="view"><picture><source media="(prefers-color-scheme: dark)" '
            f'srcset="{dark}"><img id="{name}" style="{width}" alt="{caption}" '
            f'src="{light}"></picture></div>\n<figcaption>{caption} '
            f'<a href="{folder.name}/{name}.pdf">PDF</a> <a href="{folder.name}/{name}.png">PNG</a>'
            '</figcaption>\n<details class="numbers"><summary>Numbers</summary></details>'
            f'<script type="application/json">{told.replace("</", "<" + chr(92) + "/")}</script>'
            "</figure>")


def table(header, rows):
    """Numbers to the right, texts to the left."""
    def cell(value):
        if isinstance(value, str):
            return f"<td>{html.escape(value)}</td>"
        text = f"{value:.4g}".replace("-", "−") if np.isfinite(value) else "–"
        return f'<td class="n">{text}</td>'
    lines = ["".join(f"<th>{html.escape(name)}</th>" for name in header)]
    lines += ["".join(map(cell, row)) for row in rows]
    return "<table>\n" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "\n</table>"


def rule_text(study, candidate):
    """The last rule, or the chosen one, or the name of a learner that has none."""
    text = study.texts("rules/text")
    chosen = study.texts("rules/chosen_text")
    if chosen and chosen[candidate]:
        text = chosen
    if not text or text[candidate].startswith("e += dt (0)"):
        return study.labels[study.rule_of[candidate]]
    return pretty_text(text[candidate])


TEST_CELLS = ("test loss of the start rule", "test loss", "±", "paired difference", "±")


def test_cells(study, c):
    """What the test seeds say of a candidate, below TEST_CELLS."""
    if not study.tested:
        return []
    return [*study.test("test_loss")[c], study.test("test_loss_error")[c, 1],
            study.end("test_difference")[c], study.end("test_difference_error")[c]]


def with_error(value, error):
    """"0.84 ± 0.02"; of a single seed there is no error."""
    return f"{value:.4g}" + (f" ± {error:.2g}" if np.isfinite(error) else "")


def test_text(study, c):
    """The same as the end of a sentence."""
    seeds, finite = study.end("test_seeds")[c], study.test("test_finite")[c]
    start, chosen, error, difference, spread = test_cells(study, c)
    if not np.isfinite(finite).all():
        return "; not all lifetimes on test seeds are run"
    said = f"; on {seeds:.0f} test seeds: loss {with_error(chosen, error)}"
    if study.end("end_iteration")[c] == 0:
        return said + ", of the start rule itself"
    said += f", start rule {with_error(start, study.test('test_loss_error')[c, 0])}"
    if (finite < seeds).any():
        said += f" ({finite[1]:.0f} and {finite[0]:.0f} of them finite)"
    return said + f", paired difference {with_error(difference, spread)}"


def joint_test_cells(study, own):
    """What the test seeds of repeats say together, below TEST_CELLS."""
    if not study.tested:
        return []
    start, chosen = study.test("test_loss")[own].T
    difference = study.end("test_difference")[own]
    return [mean(start), mean(chosen), error_of(chosen), mean(difference), error_of(difference)]


def error_of(values):
    return deviation(values) / max(np.isfinite(values).sum(), 1) ** 0.5


def candidate_cells(study, c):
    """State, numbers and tests of a candidate, or of all its repeats together."""
    own, seeds = study.repeats(c), study.end("end_seeds")
    cells = [STANDINGS[study.joint_standing[c]], study.joint_loss[c], study.mean_error[c]]
    if study.repeated:
        cells += [study.mean_deviation[c], f"{(study.standing[own] == 0).sum()}/{len(own)}"]
    seeds = seeds[own].sum()
    return [*cells, f"{study.joint_finite[c]:.0f}/{seeds:.0f}" if np.isfinite(seeds) else "–",
            mean(study.end("end_accuracy")[own]),
            *(joint_test_cells(study, own) if len(own) > 1 else test_cells(study, c))]


def candidates(study):
    """The best candidates, best first, repeats of one in a row of the table."""
    swept = [name for name in study.swept() if not name.startswith("rule.")]
    shown = [c for c in study.order if c == study.first[c]]
    rows = [[f"{c}", study.labels[study.rule_of[c]],
             *(pretty_rule(study.settings[c].get(name, "–")) for name in swept),
             *candidate_cells(study, c), rule_text(study, c)] for c in shown[:MOST_ROWS]]
    more = len(shown) - MOST_ROWS
    return table(["candidate", "rule", *swept, "state", study.loss_name, "±",
                  *(("spread", "repeats") if study.repeated else ()), "finite seeds", "correct",
                  *(TEST_CELLS if study.tested else ()),
                  "chosen rule" if study.tested else "last rule"],
                 rows) + (f"<p>and {more} more candidates</p>" if more > 0 else "")


def joint_choice(study, best, finished):
    """Which candidate with repeats is the best, and by what."""
    own = study.repeats(best)
    start, chosen, error, difference, spread = joint_test_cells(study, own) or [np.nan] * 5
    return (f"<p><strong>Best candidates: {best} to {own[-1]}</strong>, {len(own)} repeats of one "
            f"({html.escape(study.labels[study.rule_of[best]])}), of {finished} finished: mean "
            f"{study.loss_name} {study.mean_loss[best]:.4g} ± {study.mean_error[best]:.2g} over "
            f"repeats, standard deviation {study.mean_deviation[best]:.2g}, chosen on these "
            f"{study.seeds_name}"
            + (f"; on the test seeds of the repeats: loss {chosen:.4g} ± {error:.2g}, start rule "
               f"{start:.4g}, difference {difference:.4g} ± {spread:.2g}" if study.tested else
               ": on others it may do worse" if finished > 1 else "") + ".</p>")


def choice(study):
    """Which candidate is the best, of what and by what, or why none is."""
    best = study.best()
    standing = study.joint_standing[study.first == np.arange(study.candidates)]
    if not study.has("task/standing"):
        return f'<p class="missing">Best candidate: {html.escape(study.why_not("task/standing"))}</p>'
    if best is None:
        counts = [f"{(standing == number).sum()} {word}"
                  for number, word in enumerate(STANDINGS) if (standing == number).any()]
        yet = " yet" if (standing == 2).any() else ""
        return (f"<p><strong>No best candidate{yet}</strong>: none is finished with all its "
                f"{study.seeds_name}. Of {len(standing)} candidates: {', '.join(counts)}.</p>")
    finished = (standing == 0).sum()
    if len(study.repeats(best)) > 1:
        return joint_choice(study, best, finished)
    error, share = study.end("end_loss_error")[best], study.end("end_accuracy")[best]
    return (f"<p><strong>Best candidate: {best}</strong> "
            f"({html.escape(study.labels[study.rule_of[best]])}), of {finished} finished"
            + (f" ({study.candidates - finished} are not)" if finished < study.candidates else "")
            + f": {study.loss_name} {with_error(study.loss[best], error)}"
            + (f", {100 * share:.1f} % correct trials" if np.isfinite(share) else "")
            + f", on {study.end_finite[best]:.0f} {study.seeds_name}"
            + (f", on which it was chosen, after {study.end('end_iteration')[best]:.0f} "
               f"meta-iterations{test_text(study, best)}" if study.end("test_seeds")[best] > 0 else
               f", chosen on these {study.seeds_name}: on others it may do worse"
               if finished > 1 else "") + ".</p>"
            + ("<p>What was recorded, and so the distances between networks, is of the last rules, "
               "not of the chosen ones.</p>" if study.tested else "")
            + ("" if study.held_out else
               "<p>Without held-out seeds, losses are those of the last meta-iteration, before its "
               "step: the last rules were not run.</p>"))


def configuration(study):
    """The sweep files as the archives hold them and how they were run, where these are still in their place."""
    blocks = []
    for path, text in study.configurations().items():
        if text is None:
            blocks.append(f"<p>{html.escape(path)} is not at hand: no configuration.</p>")
        else:
            blocks.append(f"<details><summary>Configuration of {html.escape(path)}</summary>"
                          f"<pre>{html.escape(text)}</pre></details>")
            header, rows = starts(path)
            blocks += [f"<details><summary>Starts of {html.escape(path)}</summary>"
                       f"{table(header, rows)}</details>"] if rows else []
    return "\n".join(blocks)


def counted(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"


def summary(study):
    """The page's top: how much there is, the best rule, the candidates, what the distances say."""
    lines = [f"<p>{counted(study.candidates, 'candidate')}, {counted(len(study.labels), 'rule')}, "
             f"{counted(len(study.solution_candidate), 'network')} compared with one another.</p>"]
    lines.append(choice(study))
    polynomial = [c for c in study.order if np.isfinite(study.loss[c])
                  and rule_text(study, c).startswith("e +=")]
    if polynomial:
        lines.append(f"<p>Best polynomial rule (candidate {polynomial[0]}; r: presynaptic rate, Δ: "
                     "postsynaptic deviation):</p>"
                     f"<pre>{html.escape(rule_text(study, polynomial[0]))}</pre>")
    lines.append(candidates(study))
    try:
        lines += ["<details><summary>Distances between solutions</summary><ul>",
                  *(f"<li>{html.escape(text)}</li>" for text in similarity.verdict(study)), "</ul>",
                  f"<p>{html.escape(similarity.solved(study))}</p></details>"]
    except Missing:  # told among the figures that are not drawn
        pass
    missing = study.texts("study/missing")
    if missing:
        lines += ["<details><summary>Left out by the analysis</summary><ul>",
                  *(f"<li>{html.escape(note)}</li>" for note in missing), "</ul></details>"]
    return "\n".join([*lines, configuration(study)])


def efficiency(study):
    """The top of an efficiency's page: all rules as a table."""
    names = ("terms", "tau_e", "ratio", "low", "high", "share")
    columns = [study.numbers(f"rules/{name}") for name in names]
    networks, stages = study["network"], study["stage"]
    stages = ", ".join(f"{stage:.0f}" for stage in stages)
    header = ["rule or set of terms", "terms", "tau_e (ms)", "ratio", "from", "to", "share"]
    told = ""
    if study.has("rules/damage_ratio"):
        columns += [study.numbers(f"rules/damage_{name}") for name in ("ratio", "low", "high")]
        header += ["by damage", "from", "to"]
        told = (" By damage it is the same for the damage that the changes do to the loss in second "
                "order (35).")
    rows = [[name, *row] for name, *row in zip(study.texts("rule"), *columns)]
    return "\n".join([
        f"<p>{len(networks)} networks after {stages} trials of learning. A rule's efficiency is the "
        "squared drift of the loss that it makes for the size of its changes: relative to that of "
        f"−1 r3 d3, and as the share of a step straight down the gradient (30).{told}</p>",
        table(header, rows),
        configuration(study)])


class Artist:
    """Draws one figure of a file that is opened once in each process."""

    study = None

    def __init__(self, analysis, drawn, folder):
        self.analysis, self.drawn, self.folder = analysis, drawn, folder

    def __call__(self, number):
        """The figure's HTML and "", or "" and why it cannot be drawn."""
        Artist.study = Artist.study or open_study(self.analysis)
        short, _, function = self.drawn[number]
        try:
            return draw(Artist.study, short, function, self.folder), ""
        except Missing as reason:
            return "", str(reason)
        finally:
            gc.collect()


def draw_all(analysis, drawn, folder):
    """What Artist makes of all figures, by as many processes as there are cores, four at the most."""
    artist, cores = Artist(analysis, drawn, folder), len(os.sched_getaffinity(0))
    gc.freeze()
    gc.disable()  # a figure is thousands of objects, of which nothing goes before all do
    if cores == 1:
        return list(map(artist, range(len(drawn))))
    with multiprocessing.get_context("fork").Pool(min(cores, 4)) as pool:
        return pool.map(artist, range(len(drawn)), chunksize=1)


def sections(analysis, figures_, folder):
    """All figures, those that cannot be drawn as a list at the end; and the links to them."""
    drawn, missing = [], []
    for (short, title, _), (text, why) in zip(figures_, draw_all(analysis, figures_, folder)):
        if text:
            drawn.append((short, title, text))
        else:
            missing.append(f'<li class="missing">{html.escape(f"{title}: {why}")}</li>')
    if missing:
        drawn.append(("missing", "Not drawn", f"<ul>{''.join(missing)}</ul>"))
    links = "".join(f'<a href="#about-{short}">{html.escape(title)}</a>'
                    for short, title, _ in drawn)
    return f"<nav>{links}</nav>\n" + "\n".join(
        f'<section><h2 id="about-{short}">{html.escape(title)}</h2>\n{text}</section>'
        for short, title, text in drawn)


def page(study, analysis, name, folder):
    own = isinstance(study, Efficiency)
    drawn, top = (figures.EFFICIENCY, efficiency) if own else (figures.ALL, summary)
    text = top(study)
    study.file.close()  # processes that share an open HDF5 file would read in each other's places
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            f'{MARK}<link rel="icon" href="data:,">\n'
            f"<title>{html.escape(name)}</title>\n<style>\n{(HERE / 'page.css').read_text()}</style>"
            f"</head><body>\n<h1>{html.escape(name)}</h1>\n{text}\n"
            f"{sections(analysis, drawn, folder)}\n"
            f"<script>\n{(HERE / 'page.js').read_text()}</script>\n</body></html>\n")


def make(source, output):
    """The page of a file; returns its path. Refused tells why there is none."""
    try:
        analysis = analysis_of(source) if format_of(source) == ARCHIVE else source
        study = open_study(analysis)
    except (OSError, KeyError) as error:
        raise Refused(f"{source}: {error}; allowed: an archive, or what thetasweep-analyze or "
                      "thetasweep efficiency wrote", 2) from error
    path, folder = output.with_suffix(".html"), output.with_suffix(".figures")
    if output.suffix != ".html":
        path, folder = output / "index.html", output / "figures"
    try:
        if path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace"):
            raise Refused(f"{path}: found a file that is no such page, allowed: a new name", 2)
        folder.mkdir(parents=True, exist_ok=True)
        style.apply()
        name = named_after(analysis, "").name
        path.write_text(page(study, analysis, name, folder), encoding="utf-8")
    except OSError as error:
        raise Refused(f"{error.filename}: {error.strerror}; allowed: a page or folder that can be "
                      "made", 2) from error
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path,
                        help="an archive, or what thetasweep-analyze or thetasweep efficiency wrote")
    parser.add_argument("-o", "--output", type=pathlib.Path,
                        help="PAGE.html, or a folder (FILE.html)")
    arguments = parser.parse_args()
    try:
        print(make(arguments.file, arguments.output or named_after(arguments.file, ".html")))
    except Refused as reason:
        print(reason, file=sys.stderr)
        return reason.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
