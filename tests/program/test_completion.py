"""What real shells complete after `thetasweep completion`, whose keys go in by a terminal; and the
manual page."""
import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest

import thetasweep

SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "bind 'set bell-style none'"),
    "zsh": (["zsh", "-f", "-i"], "autoload -U compinit && compinit -u -D"),
}
CASES = {
    "thetasweep stat": "thetasweep status",
    "thetasweep check swe": "thetasweep check sweep.yaml",
    "thetasweep status swe": "thetasweep status sweep.h5",
    "thetasweep run sweep.yaml -o ot": "thetasweep run sweep.yaml -o other",
    "thetasweep merge sweep.h5 fol": "thetasweep merge sweep.h5 folder",
    "thetasweep check --no-t": "thetasweep check --no-timing",
    "thetasweep check --ranks swe": "thetasweep check --ranks swe",
    "thetasweep init perc": "thetasweep init perceptual",
    "thetasweep rules full": "thetasweep rules full_force",
    "thetasweep help compl": "thetasweep help completion",
    "thetasweep parameters meta.optimizer.mom": "thetasweep parameters meta.optimizer.momentum",
    "thetasweep run sweep.yaml --set network.unit":
        "thetasweep run sweep.yaml --set network.units=",
}


class Shell:
    """A shell at a terminal of its own."""

    def __init__(self, command, folder):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            path = f"{thetasweep.BINARY.parent}:{os.environ['PATH']}"
            os.execvpe(command[0], command, {**os.environ, "TERM": "dumb", "PATH": path, "PS1": "",
                                             "HOME": str(folder), "COLUMNS": "400"})

    def type(self, keys, until):
        """Types; returns what is printed up to the words `until`, which no key may print."""
        os.write(self.terminal, keys.encode())
        seen, end = "", time.monotonic() + 30
        while until not in seen:
            left = end - time.monotonic()
            if left < 0 or not select.select([self.terminal], [], [], left)[0]:
                raise AssertionError(f"no {until!r} after {keys!r}, but {seen!r}")
            seen += os.read(self.terminal, 65536).decode(errors="replace")
        return seen

    def complete(self, line):
        """What TAB makes of a line: it is not run, but printed as words of echo."""
        seen = self.type(f"{line}\t\001echo beg''in \005 en''d\n", "end\r\n")
        return re.findall(r"begin (.*?) *end\r\n", seen)[-1]

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.process, 0)


class Completion(thetasweep.Case):
    def complete_all(self, name):
        for file in ("sweep.yaml", "sweep.h5", "sweep.txt", "other"):
            self.write(file, "")
        (self.folder / "folder").mkdir()
        command, start = SHELLS[name]
        shell = Shell(command, self.folder)
        self.addCleanup(shell.close)
        shell.type(f"{start}; eval \"$(thetasweep completion {name})\"; echo rea''dy\n", "ready\r\n")
        for line, wanted in CASES.items():
            self.assertEqual(shell.complete(line).rstrip("/"), wanted, line)

    def test_bash_completes_commands_options_files_and_names(self):
        self.complete_all("bash")

    @unittest.skipUnless(shutil.which("zsh"), "no zsh here")
    def test_zsh_completes_the_same(self):
        self.complete_all("zsh")

    def test_other_shells_are_refused(self):
        self.assertIn("allowed: bash, zsh",
                      self.run_program("completion", "fish", status=2).stderr)


class Manual(thetasweep.Case):
    def test_manual_page_has_every_command_with_its_options(self):
        page = self.run_program("help", "--man").stdout
        listed = (thetasweep.ROOT / "src/program/commands/list.h").read_text()
        sections = re.split(r"(?m)^\.SS ", page)[1:]
        self.assertEqual([section.split()[0] for section in sections],
                         re.findall(r"(?m)^COMMAND\((\w+)\)", listed))
        for section in sections:
            plain = section.split(".SH")[0].replace("\\-", "-")
            told = self.run_program("help", section.split()[0]).stdout
            self.assertEqual(re.findall(r"(?m)^(?:\\fB-\w\\fR, )?\\fB--([\w-]+)", plain),
                             re.findall(r"(?m)^  (?:-\w, )?--([\w-]+)", told))

    @unittest.skipUnless(shutil.which("groff"), "no groff here")
    def test_manual_page_is_drawn_without_a_warning(self):
        page = self.run_program("help", "--man").stdout
        drawn = subprocess.run(["groff", "-man", "-ww", "-Tascii"], input=page, text=True,
                               capture_output=True, check=True)
        self.assertEqual(drawn.stderr, "")
        self.assertIn("--no-timing", re.sub(".\b", "", drawn.stdout))


if __name__ == "__main__":
    unittest.main()
