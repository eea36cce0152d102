"""Sweep files made at random: right ones of every task, learner, estimator and method, small enough to
run in a second, and broken ones, which are right ones with mistakes in them.

What there is to say is asked of the program, so that new parameters and tasks are tried, too.
"""
import random
import re
import subprocess

import thetasweep

TERMS = ("r", "d", "p", "w")
SCALARS = ("a number", "a whole number", "a duration", "one of", "true or false")
DT = (5, 10, 20)

# What would make a lifetime long, or say something of the whole run: (least, most).
COUNTS = {
    "seed": (0, 99), "network.units": (2, 16), "learning.trials": (2, 24), "learning.warmup": (0, 6),
    "learning.evaluation_trials": (0, 2), "bptt.batch": (1, 6), "meta.iterations": (0, 3),
    "meta.seeds": (1, 3), "meta.held_out_seeds": (0, 4), "meta.evaluate_every": (0, 2),
    "meta.test_seeds": (0, 3),
    "meta.reset_every": (0, 5), "meta.es_pairs": (1, 2), "meta.guides": (1, 2), "meta.loss_trials": (0, 10),
    "meta.optimizer.population": (4, 5), "task.cues": (1, 3), "task.bits": (1, 3),
    "task.slots": (1, 4), "task.intervals": (1, 4), "task.levels": (1, 3), "task.block": (1, 9),
    "task.zero": (0, 1), "rule.degree": (1, 5), "task.shuffle": (0, 1),
}
ALWAYS = {"network.units", "learning.trials", "learning.warmup", "learning.evaluation_trials",
          "meta.iterations", "meta.seeds", "meta.held_out_seeds", "network.tau", "task.cues",
          "task.bits", "task.slots", "meta.es_pairs"}
WILD = {"learning.rate", "network.gain", "exploration.amplitude", "rule.start", "bptt.rate",
        "meta.optimizer.rate", "network.input_gain", "learning.weight_noise", "meta.optimizer.sigma",
        "meta.es_sigma", "meta.fd_step"}
APART = {"name", "task.name", "task.path", "network.weights", "rule.preset", "rule.degree",
         "rule.terms", "rule.start", "rule.family", "record.replay",
         "network.dt", "network.clamped", "meta.adjoint_memory"}


def told(*arguments):
    """{name: (default, what is allowed)} of the parameters that a command tells."""
    text = subprocess.run([thetasweep.BINARY, *arguments], capture_output=True, text=True,
                          check=True).stdout
    text = re.sub(r"\n      +(?=\S)", " ", text)
    return {name: (default, allowed) for name, default, allowed in
            re.findall(r"(?m)^  (\S+) = (.*?)  \((.*?)\)(?: [A-Z].*)?$", text)}


class Maker:
    """Makes sweep files; the same ones from the same seed. `files` maps tasks or "weights" to paths
    of files of trials and weights that may be named."""

    def __init__(self, seed, files=None):
        self.random = random.Random(seed)
        self.files = files or {}
        self.parameters = told("parameters")
        listing = subprocess.run([thetasweep.BINARY, "tasks"], capture_output=True, text=True,
                                 check=True).stdout
        names = re.findall(r"(?m)^(\w+):$", listing)
        self.tasks = {name: told("tasks", name) for name in names}
        text = subprocess.run([thetasweep.BINARY, "rules"], capture_output=True, text=True,
                              check=True).stdout
        self.families = re.findall(r"(?m)^(\w+):$", text)
        self.presets = re.findall(r"(?m)^  Preset (\S+) sets", text)

    def chance(self, probability):
        return self.random.random() < probability

    def duration(self, steps):
        ms = steps * self.dt
        unit = self.random.choice(["ms", "ms", "s", "us"])
        return f"{ms / 1000:g} s" if unit == "s" else f"{ms * 1000:g} us" if unit == "us" else \
            f"{ms:g} ms"

    def number(self, name, allowed):
        """A number in the range, mostly a tame one."""
        low = re.search(r"(from|above) (-?[\d.e+]+)", allowed)
        high = re.search(r"(to|below) (-?[\d.e+]+)", allowed.split(" from ")[-1])
        low = float(low[2]) if low else 0.0
        high = float(high[2]) if high else None
        if high is not None and high <= 1:
            return f"{self.random.uniform(0.02, 0.98):.3g}"
        if name in WILD and self.chance(0.12):
            return self.random.choice(["0", "1e3", "1e140", "1e300"]) if high is None else f"{high:g}"
        value = low + 10 ** self.random.uniform(-3, 0.3)
        return f"{value:.4g}"

    def value(self, name, allowed):
        if name in COUNTS:
            return str(self.random.randint(*COUNTS[name]))
        if allowed.startswith("a duration"):
            if name.startswith(("task.", "exploration.start", "rule.eligibility")):
                return self.duration(self.random.randint("above" in allowed, 4))
            return self.duration(self.random.randint(1, 12))
        if allowed.startswith(("one of", "true")):
            return self.random.choice(re.findall(r"[\w-]+", allowed.replace("one of", "")
                                                 .replace(" or ", ",")))
        if allowed.startswith("a list of"):
            words = re.findall(r"\w+", allowed[9:])
            if "default" in words:
                return "[default]" if self.chance(0.7) else "[recurrent, readout]"
            return f"[{', '.join(self.random.sample(words, self.random.randint(0, len(words))))}]"
        if allowed.startswith("a whole number"):
            return str(self.random.randint(1, 3))
        if "or inf" in allowed and self.chance(0.3):
            return "inf"
        return self.number(name, allowed)

    def term(self, degree):
        powers = [self.random.randint(0, degree), self.random.randint(0, degree),
                  *(self.random.choice([0, 0, 1, 2]) for _ in range(2))]
        return " ".join(f"{letter}{power}" for letter, power in zip(TERMS, powers)
                        if power or (letter in "rd" and not any(powers[2:])))

    def rule(self, say):
        family = "polynomial" if self.chance(0.6) else self.random.choice(self.families)
        if family != "polynomial":
            say["rule.family"] = family
            return
        if self.chance(0.3):
            say["rule.preset"] = self.random.choice(self.presets)
            return
        degree = self.random.choice([1, 2, 3, 3, 3, 5])
        terms = sorted({self.term(degree) for _ in range(self.random.randint(1, 5))})
        say["rule.degree"] = str(degree)
        if self.chance(0.7):
            say["rule.terms"] = f"[{', '.join(terms)}]"
        start = self.random.sample(terms, self.random.randint(0, min(3, len(terms))))
        say["rule.start"] = self.start(start)

    def start(self, terms):
        scale = 1e8 if self.chance(0.08) else 1
        return "{" + ", ".join(f"{term}: {scale * self.random.gauss(0, 0.1):.3g}"
                               for term in terms) + "}"

    def settings(self):
        """{dotted name: value as text} of one lifetime."""
        say = {}
        self.dt = self.random.choice(DT)
        task = self.random.choice(list(self.tasks))
        if task == "file" and "trials" not in self.files:
            task = "dnms"
        say["task.name"] = task
        say["network.dt"] = f"{self.dt} ms"
        if task == "file":
            say["task.path"] = self.files["trials"]
            self.dt = 5
            say["network.dt"] = "5 ms"
        self.rule(say)
        for name, (default, allowed) in {**self.parameters, **self.tasks[task]}.items():
            if name in APART or name in say or "replay" in name:
                continue
            if name in ALWAYS or allowed.startswith("a duration") and name.startswith("task.") or \
                    self.chance(0.12):
                say[name] = self.value(name, allowed)
        self.mend(say)
        if self.chance(0.15):
            say["network.clamped"] = "{1: 1}"
        if self.chance(0.1) and "weights" in self.files and task != "file":
            say["network.weights"], say["network.units"] = self.files["weights"], "8"
        if self.chance(0.2) and say["meta.iterations"] != "0" and "rule.family" not in say:
            say["record.replay"] = "[0, 0, 0]"
        return say

    def mend(self, say):
        """What would be refused in most files otherwise."""
        if "task.shortest" in say:
            say["task.longest"] = self.duration(5)
        if int(say["learning.warmup"]) >= int(say["learning.trials"]) and self.chance(0.9):
            say["learning.warmup"] = "1"
        if say.get("meta.estimator", "").startswith("score"):
            say["learning.weight_noise"] = "0.01"
        if "tau_e" in say.get("rule.learn", ""):
            say["rule.tau_e"] = self.duration(9)
        if "tau_w" in say.get("rule.learn", ""):
            say["rule.tau_w"] = "20"
        if "clip" in say.get("rule.learn", ""):
            say["learning.clip"] = "0.01"
        if "baseline_rate" in say.get("rule.learn", ""):
            say.pop("meta.rpe_gradient", None)
        if "rule.family" in say and self.chance(0.9):
            say.pop("precision", None)
        if say.get("learning.reward") == "binary" and self.chance(0.8):
            say["meta.estimator"] = "es"
        if "meta.optimizer.population" in say:
            say["meta.optimizer.population"] = self.random.choice(["0", "4", "5"])
        if say.get("rule.learn") == "[]" and self.chance(0.8):
            say["meta.fresh_seeds"] = "true"
        if self.chance(0.9):
            say.pop("network.plastic", None)
        if self.chance(0.8):
            say.pop("network.dale", None)

    def axis_value(self, name, say):
        if name == "rule.start":
            terms = re.findall(r"[rdpw]\d[rdpw\d ]*", say.get("rule.terms", "[r1 d1, r1 d0]"))
            return self.start(self.random.sample(terms, 1))
        return self.value(name, self.parameters[name][1])

    def axes(self, say):
        """{name: how it is swept as text}, the method and how many candidates a drawing one makes."""
        common = ["network.gain", "network.units", "network.tau", "network.phi", "learning.trials",
                  "seed", "meta.seeds", "meta.held_out_seeds", "learning.reward", "precision",
                  "network.bias", "learning.baseline_rate", "meta.iterations"]
        polynomial = "rule.family" not in say
        if polynomial:
            common += ["learning.rate", "meta.estimator", "meta.optimizer.name", "rule.tau_e",
                       "meta.optimizer.rate", "rule.start", "meta.objective", "rule.preset",
                       "exploration.kind"]
        if self.chance(0.1):
            common = [name for name, (_, allowed) in self.parameters.items()
                      if allowed.startswith(SCALARS) and name not in APART]
        if "record.replay" in say:
            common = [name for name in common if not name.startswith("meta.")]
        names = self.random.sample(common, self.random.choice([0, 1, 1, 1, 2, 2]))
        method = self.random.choice(["grid", "grid", "list", "random"])
        count = self.random.randint(1, 3)
        swept = {}
        for name in names:
            if name in say and name != "rule.start":
                say.pop(name)
            swept[name] = self.axis(name, say, method, count)
        return swept, method, self.random.randint(1, 5)

    def axis(self, name, say, method, count):
        allowed = self.parameters[name][1]
        numeric = allowed.startswith(("a number", "a whole", "a duration"))
        if numeric and self.chance(0.3) and name != "network.units":
            unit = " ms" if allowed.startswith("a duration") else ""
            low, high = ("1", "3") if name in COUNTS else ("0.1", "0.9")
            low, high = (f"{self.dt}", f"{4 * self.dt}") if unit else (low, high)
            shape = ", distribution: log_uniform" if self.chance(0.4) else ""
            counted = "" if method == "random" else f", count: {max(2, count)}"
            return f"{{min: {low}{unit}, max: {high}{unit}{counted}{shape}}}"
        values = []
        for _ in range(200):
            value = self.axis_value(name, say)
            if value not in values:
                values.append(value)
            if len(values) == count:
                break
        if method == "list" and len(values) > 1 and self.chance(0.3):
            values[self.random.randrange(len(values))] = "null"
        return f"{{values: [{', '.join(values)}]}}"

    def right(self):
        """The text of a sweep file that is most likely right."""
        say = self.settings()
        swept, method, samples = self.axes(say)
        lines = [f"name: {self.random.choice(['a', 'long name with words', 'x.y'])}"]
        sections = {}
        for name, value in say.items():
            *section, key = name.split(".")
            if not section or self.chance(0.1):
                lines.append(f"{name}: {value}")
            else:
                sections.setdefault(".".join(section), []).append((key, value))
        inner = sections.pop("meta.optimizer", None)
        if inner:
            sections.setdefault("meta", []).append(
                ("optimizer", "{" + ", ".join(f"{k}: {v}" for k, v in inner) + "}"))
        for section, pairs in sections.items():
            lines += self.section(section, pairs)
        if swept:
            lines += self.sweep(swept, method, samples)
        return "\n".join(lines) + "\n"

    def section(self, name, pairs):
        self.random.shuffle(pairs)
        if self.chance(0.4):
            return [f"{name}: {{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"]
        comment = "  # as it was" if self.chance(0.2) else ""
        return [f"{name}:{comment}", *(f"  {key}: {value}" for key, value in pairs)]

    def sweep(self, swept, method, samples):
        lines = ["sweep:"]
        if method != "grid" or self.chance(0.5):
            lines.append(f"  method: {method}")
        if method == "random":
            lines.append(f"  samples: {samples}")
        lines.append("  parameters:")
        for name, axis in swept.items():
            section, dot, key = name.rpartition(".")
            if dot and self.chance(0.15) and len(swept) == 1:
                lines.append(f"    {section}: {{{key}: {axis}}}")
            else:
                lines.append(f"    {name}: {axis}")
        return lines

    def overrides(self, text):
        """Some of the file's own parameters, as --set says them."""
        found = re.findall(r"(?m)^(learning|network|meta):.*?\b(trials|units|seeds): (\d+)", text)
        if not found or self.chance(0.8) or "sweep" in text:
            return []
        section, key, value = self.random.choice(found)
        return ["--set", f"{section}.{key}={value}"]

    def broken(self):
        """The text of a right file with mistakes in it; a mistake may happen to be none."""
        text = self.right()
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            if re.search(r"(?m)^\w.*:", text):
                text = self.random.choice(MISTAKES)(self, text)
        return text


def value_places(text):
    """(start, end) of the plain values of a file."""
    return [match.span(1) for match in re.finditer(r"(?<=: )([^\s,{}\[\]#][^,{}\[\]#\n]*)", text)]


def another_value(maker, text):
    """Of another type, out of range, without a unit or with another, not finite, too long."""
    places = value_places(text)
    if not places:
        return text
    start, end = maker.random.choice(places)
    value = maker.random.choice([
        "-1", "0", "1e400", "nan", ".nan", "inf", "-inf", ".inf", "1e30", "0x10", "010", "1.5", "x",
        "true", "null", "~", "", "''", "[]", "{}", "[1, 2]", "{a: 1}", "9007199254740993",
        "99999999999999999999", "3 apples", "10", "10 m", "10 minutes", "ms", "1e3 ms", "-5 ms",
        "inf ms", '"', "'", "!!int 3", "|", "> 3", "1_000", "1,5", "é", "x" * 5000, "@a", "%a", "5%"])
    return text[:start] + value + text[end:]


def another_key(maker, text):
    keys = list(re.finditer(r"[\w.]+(?=:)", text))
    key = maker.random.choice(keys)
    word = key[0]
    place = maker.random.randrange(len(word))
    word = maker.random.choice([word[:place] + word[place + 1:], word + "s", word.upper(), "x" * 90,
                                word + ".name", "." + word, word[:place] + "." + word[place:], "<<",
                                "? a", "[a]", "é", "0"])
    return text[:key.start()] + word + text[key.end():]


def key_twice(maker, text):
    lines = text.splitlines()
    lines.insert(maker.random.randrange(len(lines) + 1), maker.random.choice(lines))
    return "\n".join(lines) + "\n"


def inner_twice(maker, text):
    pairs = list(re.finditer(r"\w+: [^,{}\[\]\n]+, ", text))
    if not pairs:
        return text
    pair = maker.random.choice(pairs)
    return text[:pair.start()] + pair[0] + text[pair.start():]


def cut(maker, text):
    return text[:maker.random.randrange(len(text))]


def moved_line(maker, text):
    lines = text.splitlines()
    line = lines.pop(maker.random.randrange(len(lines)))
    lines.insert(maker.random.randrange(len(lines) + 1), line)
    return "\n".join(lines) + "\n"


def another_indent(maker, text):
    lines = text.splitlines()
    place = maker.random.randrange(len(lines))
    lines[place] = maker.random.choice([" ", "   ", "\t", "  \t", "- ", "      "]) + lines[place]
    return "\n".join(lines) + "\n"


def less_indent(maker, text):
    lines = text.splitlines()
    place = maker.random.randrange(len(lines))
    lines[place] = lines[place].lstrip()
    return "\n".join(lines) + "\n"


def another_character(maker, text):
    place = maker.random.randrange(len(text))
    new = maker.random.choice(["", "", *"{}[]:,'\"#&*!|>%@`-?\t\n0 ", "\0", "\x7f", "\ud800", "é",
                               "\u2028", "\x85", "\ufeff"])
    return text[:place] + new + text[place + maker.random.choice([0, 1]):]


def another_axis(maker, text):
    axis = maker.random.choice([
        "{values: []}", "{values: [1, 1]}", "{values: 3}", "{min: 1, max: 0, count: 3}", "{}",
        "{min: 1, max: 2, count: 1}", "{min: 1, max: 2, count: 1000001}", "{min: 0, max: inf}",
        "{min: 1, max: 2}", "{max: 2, count: 2}", "[1, 2]", "3", "{values: [[1], {}]}",
        "{values: [1, x]}", "{min: 0, max: 1, count: 3, distribution: log_uniform}",
        "{min: 1, max: 2, count: 2, distribution: normal}", "{values: [1], count: 2}", "{value: [1]}",
        "{values: [nan]}", "{values: [~]}", "{min: 5, max: 5, count: 2}"])
    name = maker.random.choice(list(maker.parameters) + ["network", "rule.start.r1 d1", "task.x",
                                                         "sweep", "sweep.method", ""])
    text = re.sub(r"(?ms)^sweep:.*", "", text)
    method = maker.random.choice(["", "", "method: random, samples: 3, ", "method: lst, ",
                                  "samples: 2, ", "method: random, ", "samples: 0, ", "x: 1, "])
    return f"{text}sweep: {{{method}parameters: {{{name}: {axis}}}}}\n"


def wrong_nesting(maker, text):
    return maker.random.choice([
        lambda: "run:\n" + re.sub(r"(?m)^", "  ", text), lambda: f"[{text}]", lambda: "- " + text,
        lambda: text.replace("sweep:", "meta:\n  sweep:"), lambda: text + text,
        lambda: text + "---\n" + text, lambda: text.replace("parameters", "parameter"),
        lambda: text + "...\nx", lambda: "%YAML 3.0\n---\n" + text])()


def nothing(maker, text):
    return maker.random.choice(["", "\n", "# only\n", "---\n", "{}\n", "[]\n", "null\n", "a", "name:",
                                "sweep:\n", "\ufeff", " " * 9])


def other_layout(maker, text):
    """No mistake at all."""
    return maker.random.choice([
        lambda: text.replace("\n", "\r\n"), lambda: "\ufeff" + text, lambda: "---\n" + text,
        lambda: text + "...\n", lambda: "# a\n\n" + text, lambda: text.rstrip("\n"),
        lambda: text.replace(": ", ":   ")])()


MISTAKES = (another_value, another_value, another_value, another_value, another_key, another_key,
            key_twice, inner_twice, cut, moved_line, another_indent, less_indent, another_character,
            another_character, another_axis, another_axis, wrong_nesting, nothing, other_layout)
