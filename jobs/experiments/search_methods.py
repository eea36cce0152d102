#!/usr/bin/env python3
"""Which method of a sweep finds the better candidate in as many lifetimes: search_methods.py SEEDS
METHOD ..., where SEEDS is FIRST-LAST.

Runs search-methods.yaml with every method and seed; the winner of each sweep, by its loss on the 10
held-out seeds, is then run on 64 test seeds, and methods are compared with the first one in pairs of
seeds (thetasweep pairs sweeps of one seed: networks, trials and the first draws are the same).
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy
from scipy import stats

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("THETASWEEP", HERE.parent.parent / "build" / "thetasweep")
HELD_OUT, TESTS = 10, 64


def run(folder, sweep, *sets):
    path = pathlib.Path(folder) / "run.h5"
    path.unlink(missing_ok=True)
    options = [word for text in sets for word in ("--set", text)]
    subprocess.run([PROGRAM, "run", sweep, "-o", path, "--quiet", *options], check=True)
    return h5py.File(path, "r")


def winner(folder, method, seed):
    """Its loss on held-out seeds, its values, and the best loss after each candidate."""
    text = (HERE / "search-methods.yaml").read_text()
    sweep = pathlib.Path(folder) / "sweep.yaml"
    sweep.write_text(text.replace("method: random", f"method: {method}"))
    with run(folder, sweep, f"seed={seed}") as file:
        whole = file["held_out_seeds_used"][:, -1] == HELD_OUT
        loss = numpy.where(whole, file["held_out_loss"][:, -1], numpy.inf)
        best = int(loss.argmin())
        names = [name for name in file["candidates"] if "." in name]
        return loss, {name: file[f"candidates/{name}"][best] for name in names}


def tested(folder, values, seed):
    text = (HERE / "search-methods.yaml").read_text()
    alone = pathlib.Path(folder) / "alone.yaml"
    alone.write_text(text[:text.index("sweep:")].replace("test_seeds: 0", f"test_seeds: {TESTS}"))
    with run(folder, alone, f"seed={seed}", *(f"{name}={value!r}" for name, value in
                                              ((n, float(v)) for n, v in values.items()))) as file:
        return float(file["tests/loss"][0, 0].mean())


def tell(name, rows):
    """Mean with its 95 % interval, and the chance of so large a mean without an effect."""
    rows = numpy.array(rows)
    half = stats.t.ppf(0.975, len(rows) - 1) * stats.sem(rows)
    print(f"{name}: {rows.mean():.4f} +- {half:.4f}, {int((rows < 0).sum())} of {len(rows)} below 0, "
          f"p = {stats.ttest_1samp(rows, 0).pvalue:.2g} (t), {stats.wilcoxon(rows).pvalue:.2g} "
          "(signed ranks)")


def main(seeds, *methods):
    first, last = map(int, seeds.split("-"))
    results = {method: [] for method in methods}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, last + 1):
            for method in methods:
                loss, values = winner(folder, method, seed)
                results[method].append((loss.min(), tested(folder, values, seed)))
                print(seed, method, *(f"{x:.5f}" for x in results[method][-1]),
                      {name: float(f"{value:.4g}") for name, value in values.items()}, flush=True)
    for method in methods:
        rows = numpy.array(results[method])
        print(f"{method}: chosen at {rows[:, 0].mean():.4f}, tested {rows[:, 1].mean():.4f} "
              f"(sd {rows[:, 1].std(ddof=1):.4f})")
    for method in methods[1:]:
        tell(f"{method} less {methods[0]}, test loss",
             [a[1] - b[1] for a, b in zip(results[method], results[methods[0]])])
        tell(f"{method} less {methods[0]}, loss of the choice",
             [a[0] - b[0] for a, b in zip(results[method], results[methods[0]])])


if __name__ == "__main__":
    main(*sys.argv[1:])
