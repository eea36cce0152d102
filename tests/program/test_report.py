"""From an archive through thetasweep-analyze and report.py to a page that a browser opens."""
import ast
import html.parser
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py

import thetasweep

ANALYZE = thetasweep.ROOT / "build" / "thetasweep-analyze"
REPORT = thetasweep.ROOT / "analysis" / "report.py"
DRAW = [sys.executable, "-W", "error::RuntimeWarning", REPORT]  # no mean of nothing slips by
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")

# Every figure has something to show: graded stimuli, three rules that are learned and two learners
# beside them.
SWEEP = """\
name: report
seed: 4
task: {name: perceptual}
network: {units: 12, dt: 20 ms, tau: 40 ms}
exploration: {probability: 0.05, amplitude: 3}
rule: {terms: [r1 d1, r3 d3], start_in: normalised}
learning: {trials: 40, warmup: 5, rate: 0.01, clip: 0.01}
force: {every: 20 ms}
meta: {iterations: 2, seeds: 2, held_out_seeds: 3}
sweep:
  method: list
  parameters:
    rule.family: {values: [polynomial, polynomial, polynomial, bptt, force]}
    rule.start: {values: [{r3 d3: -1}, {r1 d1: -1}, {r1 d1: -1, r3 d3: -1}, {}, {}]}
record: {representations: [before, first, last], weights: [initial, last], interval: 20 ms}
"""

# Ends up in what the browser prints: the sizes at which it shows the images, its errors, the rows of
# the tables when they are opened, and what stands under the pointer on each figure's first point.
PROBE = """
<script>
const errors = [];
addEventListener("error", event => errors.push(event.message || "cannot load an image"), true);
function pointed(figure) {
    const panel = JSON.parse(figure.querySelector("script").textContent)[0];
    const image = figure.querySelector("img"), frame = image.getBoundingClientRect();
    if (!panel || !panel.series.length)
        return "";
    const [left, top, right, bottom] = panel.box, {x, y} = panel.series[0];
    image.dispatchEvent(new PointerEvent("pointermove", {
        clientX: frame.left + frame.width * (left + share(panel.x, x[0]) * (right - left)),
        clientY: frame.top + frame.height * (bottom - share(panel.y, y[0]) * (bottom - top))}));
    return document.getElementById("hover").textContent;
}
addEventListener("load", () => {
    const probe = document.createElement("pre"), rows = {}, told = {};
    const wide = document.documentElement.scrollWidth;
    for (const figure of document.querySelectorAll("figure")) {
        const name = figure.querySelector("img").id, numbers = figure.querySelector("details");
        numbers.dispatchEvent(new Event("toggle"));
        rows[name] = [...numbers.querySelectorAll("tr")].map(row =>
            [...row.cells].map(cell => cell.textContent));
        told[name] = pointed(figure);
    }
    probe.id = "probe";
    probe.textContent = JSON.stringify({errors, rows, told, wide: [wide, innerWidth],
        ground: getComputedStyle(document.body).backgroundColor,
        images: [...document.images].map(image => [image.id, image.naturalWidth,
            image.getBoundingClientRect().height, image.currentSrc.length])});
    document.body.append(probe);
});
</script>
"""


def why_not():
    """Why the tests cannot run here; empty if they can."""
    if importlib.util.find_spec("matplotlib") is None:
        return "no matplotlib here"
    return "" if BROWSER else "no Chromium here"


def four(value):
    """As the page writes a number."""
    return f"{value:.4g}".replace("-", "−")


def all_figures():
    """Short names of all figures."""
    sys.path.insert(0, str(REPORT.parent))
    import figures
    return [name for name, _, _ in figures.ALL]


def drawn_figures():
    """Of five candidates: whether a parameter matters, needs more of them."""
    return [name for name in all_figures() if name != "importance"]


class Page(html.parser.HTMLParser):
    """What a page refers to."""

    def __init__(self, text):
        super().__init__()
        self.references, self.files = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("src", "srcset") or (name == "href" and tag != "a"):
                self.references.append(value)
            elif name == "href" and not value.startswith("#"):
                self.files.append(value)


class Figures(unittest.TestCase):
    """The order of analysis/figures, told from the text of its files."""

    SHARED = {"data": set(), "style": set(), "parts": {"style"}}  # what each may use

    def imports(self, path):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                yield from (name.name for name in node.names)

    def test_topics_use_what_is_shared_and_not_each_other(self):
        paths = sorted((REPORT.parent / "figures").glob("*.py"))
        names = {path.stem for path in paths}
        self.assertLessEqual(self.SHARED.keys(), names)
        for path in paths:
            used = names.intersection(self.imports(path))
            self.assertLessEqual(used, self.SHARED.get(path.stem, self.SHARED.keys()), path.name)

    def test_only_data_opens_files(self):
        for path in [REPORT, *(REPORT.parent / "figures").glob("*.py")]:
            self.assertEqual("h5py" in self.imports(path), path.stem == "data", path.name)


@unittest.skipIf(why_not(), why_not())
class Report(thetasweep.Case):
    @classmethod
    def setUpClass(cls):
        cls.study = pathlib.Path(tempfile.mkdtemp(prefix="ts-"))
        cls.addClassCleanup(shutil.rmtree, cls.study, ignore_errors=True)
        (cls.study / "sweep.yaml").write_text(SWEEP)
        cls.call(thetasweep.command("run", "--quiet", "sweep.yaml", "-o", "run.h5"))
        cls.call([ANALYZE, "run.h5", "-o", "run.analysis.h5"])
        cls.call([*DRAW, "run.analysis.h5", "-o", "report"])

    @classmethod
    def call(cls, command, status=0, timeout=None):
        done = subprocess.run([str(word) for word in command], cwd=cls.study, text=True,
                              timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        if done.returncode != status:
            raise AssertionError(f"{command} ended with status {done.returncode}\n{done.stdout}")
        return done.stdout

    def open(self, page, *options):
        """Opens a page in the browser; returns what PROBE tells."""
        probed = page.with_name("probed.html")
        probed.write_text(page.read_text().replace("<head>", "<head>" + PROBE))
        done = subprocess.run(
            [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             f"--user-data-dir={self.folder}", "--enable-logging=stderr", "--dump-dom", *options,
             probed.as_uri()],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        found = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout)
        self.assertIsNotNone(found, done.stderr)
        self.assertNotIn("CONSOLE", done.stderr)
        seen = json.loads(html.unescape(found[1]))
        self.assertEqual(seen["errors"], [])
        return seen

    def test_browser_shows_every_figure(self):
        seen = self.open(self.study / "report" / "index.html", "--window-size=1400,900")
        self.assertEqual([name for name, *_ in seen["images"]], drawn_figures())
        for name, width, height, _ in seen["images"]:
            self.assertGreater(width, 400, name)
            self.assertGreater(height, 50, name)
            self.assertGreater(len(seen["rows"][name]), 1, name)
        self.assertEqual(seen["ground"], "rgb(255, 255, 255)")
        self.check_first_figure(seen)
        self.check_narrow_dark_page(seen)

    def check_narrow_dark_page(self, bright):
        seen = self.open(self.study / "report" / "index.html", "--window-size=400,900",
                         "--blink-settings=preferredColorScheme=0")
        wide, window = seen["wide"]
        self.assertLessEqual(wide, window)
        self.assertLess(window, 600)
        self.assertEqual(seen["ground"], "rgb(23, 23, 23)")
        for (name, *_, light), (_, _, _, dark) in zip(bright["images"], seen["images"]):
            self.assertNotEqual(light, dark, name)

    def check_first_figure(self, seen):
        """Under the pointer, in the table and in the page: what numpy makes of the archive."""
        self.assertEqual(seen["images"][0][0], "progress")
        with h5py.File(self.study / "run.h5") as run:
            loss = run["evaluations/loss"][0]  # of candidate 0 [evaluation, seed]
            training = run["lifetimes/loss"][0].mean(axis=1)
        mean, error = loss.mean(axis=1), loss.std(axis=1, ddof=1) / loss.shape[1] ** 0.5
        self.assertEqual([row for row in seen["rows"]["progress"]
                          if row[0] == "candidate 0, held-out seeds"][:2],
                         [["candidate 0, held-out seeds", iteration, four(m), four(e)]
                          for iteration, m, e in zip("02", mean, error)])
        self.assertEqual([row[2] for row in seen["rows"]["progress"]
                          if row[0] == "candidate 0, training seeds"][:2],
                         [four(value) for value in training])
        self.assertIn(f"candidate 0, training seeds\nmeta-iteration: 0\nloss (19): "
                      f"{four(training[0])}", seen["told"]["progress"])

    def test_page_needs_nothing_but_itself(self):
        page = Page((self.study / "report" / "index.html").read_text())
        self.assertEqual([r[:40] for r in page.references if not r.startswith("data:")], [])
        self.assertEqual(sorted(page.files), sorted(f"figures/{name}.{kind}" for name in
                                                    drawn_figures() for kind in ("pdf", "png")))
        for name in page.files:
            self.assertGreater((self.study / "report" / name).stat().st_size, 1000, name)

    def test_page_tells_the_best_rule(self):
        text = (self.study / "report" / "index.html").read_text()
        for words in ("Best candidate", "e += dt (", "BPTT", "within a rule against", "rule explains",
                      "of the variance of the distances",
                      "after correction over 7 metrics; n = 15 networks of 5 rules",
                      "Configuration of run.h5", "start_in: normalised", "Starts of run.h5",
                      f"on {len(os.sched_getaffinity(0))} core"):
            self.assertIn(words, text)

    def test_figures_without_numbers_say_so(self):
        self.call([ANALYZE, "run.h5", "-o", "task.analysis.h5", "--only", "task"])
        self.call([*DRAW, "task.analysis.h5", "-o", "task"])
        seen = self.open(self.study / "task" / "index.html")
        drawn = [name for name, *_ in seen["images"]]
        self.assertEqual(drawn, ["overview", "learning_curves", "performance", "outputs",
                                 "psychometric", "slices"])
        text = (self.study / "task" / "index.html").read_text()
        self.assertEqual(text.count('<li class="missing">'), len(all_figures()) - len(drawn))

    def test_archive_of_single_seeds_without_recordings_is_drawn(self):
        bare = SWEEP[:SWEEP.index("record:")] + "record: {representations: [], weights: []}\n"
        bare = bare.replace("held_out_seeds: 3", "held_out_seeds: 1, test_seeds: 1")
        (self.study / "bare.yaml").write_text(bare)
        self.call(thetasweep.command("run", "--quiet", "bare.yaml", "-o", "bare.h5"))
        self.call([ANALYZE, "bare.h5", "-o", "bare.analysis.h5"])
        self.call([*DRAW, "bare.analysis.h5", "-o", "bare"])
        text = (self.study / "bare" / "index.html").read_text()
        self.assertIn("Fixed and slow points: No fixed or slow point after learning", text)
        self.assertIn('id="learning_curves"', text)
        self.assertNotIn("± nan", text)

    def test_networks_that_ran_away_or_did_not_change_are_drawn(self):
        shutil.copy(self.study / "run.analysis.h5", self.study / "far.analysis.h5")
        with h5py.File(self.study / "far.analysis.h5", "r+") as file:
            for name in ("landscape/flow", "landscape/flow_range"):
                file[name][...] *= 1e18
            file["change/singular_values"][0] = 0
        self.call([*DRAW, "far.analysis.h5", "-o", "far"], timeout=120)

    def test_short_names_of_figures_are_told_apart(self):
        self.assertEqual(len(set(all_figures())), len(all_figures()))

    def test_other_files_are_refused_by_name(self):
        for name in ("sweep.yaml", "nothing.h5"):
            said = self.call([*DRAW, name, "-o", "refused"], status=2)
            self.assertIn(f"{name}: ", said)
            self.assertIn("allowed: ", said)
        self.assertFalse((self.study / "refused").exists())

    def test_example_loads_an_archive(self):
        said = self.call([sys.executable, REPORT.with_name("load.py"), "run.h5"])
        self.assertIn("theta (5, 3, 2) reward (5, 2, 3, 40)", said)


if __name__ == "__main__":
    unittest.main()
