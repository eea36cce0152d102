"""HACKING.md: every example in it is applied to a copy of the tree, built there and run."""
import os
import pathlib
import re
import subprocess
import sys
import unittest

from thetasweep import ROOT, Case, copy_tree, environment

GUIDE = ROOT / "HACKING.md"
FILES_AT_MOST = 3

# What stands above a fenced block says what to do with it:
#   New file `PATH`:    In `PATH`, after `LINE`:    In `NAME()` of `PATH`, after `LINE`:    Then:
STEP = re.compile(r"^(?:New file `(?P<new>[^`]+)`|"
                  r"In (?:`(?P<function>\w+)\(\)` of )?`(?P<old>[^`]+)`, after `(?P<after>[^`]+)`|"
                  r"(?P<run>Then)):\n\n```\w*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def examples():
    """(title, steps) of every section that has steps."""
    found = []
    for section in re.split(r"^## ", GUIDE.read_text(), flags=re.MULTILINE)[1:]:
        steps = [match.groupdict() for match in STEP.finditer(section)]
        if steps:
            found.append((section.split("\n", 1)[0], steps))
    return found


def files_of(steps):
    return {step["new"] or step["old"] for step in steps if not step["run"]}


def function_lines(lines, name):
    """First and last line of the function `name`; of the whole file for None."""
    if name is None:
        return 0, len(lines)
    first = next(n for n, line in enumerate(lines) if re.match(rf"\w.*\b{name}\(", line))
    return first, next(n for n in range(first, len(lines)) if lines[n] == "}\n")


def apply(step, tree):
    path = tree / (step["new"] or step["old"])
    if step["new"]:
        if path.exists():
            raise AssertionError(f"{step['new']} is there already")
        path.write_text(step["text"])
        return
    lines = path.read_text().splitlines(keepends=True)
    first, last = function_lines(lines, step["function"])
    places = [n for n in range(first, last) if lines[n].strip() == step["after"].strip()]
    if len(places) != 1:
        raise AssertionError(f"{step['old']} has the line {step['after']!r} {len(places)} times")
    lines.insert(places[0] + 1, step["text"])
    path.write_text("".join(lines))


class Hacking(Case):
    def setUp(self):
        super().setUp()
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "python3").symlink_to(sys.executable)  # this one has what the tests need
        self.path = f"{tools}{os.pathsep}{os.environ['PATH']}"

    def run_in(self, tree, command):
        done = subprocess.run(command, shell=True, cwd=tree, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**environment(self.mpi_folder), "PATH": self.path})
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout[-3000:]}")

    def check(self, steps):
        tree = self.folder / "tree"
        copy_tree(tree)
        for step in steps:
            if step["run"]:
                self.run_in(tree, "set -e\n" + step["text"])
            else:
                apply(step, tree)


def add_test(title, steps):
    name = "test_" + re.sub(r"\W+", "_", title.lower()).strip("_")

    def test(self):
        self.assertLessEqual(len(files_of(steps)), FILES_AT_MOST, "files of an example")
        self.assertTrue(any(step["run"] for step in steps), "an example says how it is run")
        self.check(steps)

    setattr(Hacking, name, test)


for example in examples():
    add_test(*example)

if __name__ == "__main__":
    unittest.main()
