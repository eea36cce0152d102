#!/usr/bin/env python3
"""What early stopping finds, and at which cost: the whole grid of stopping.yaml and each rule on the same
seeds, over several run seeds. The winner is judged on test seeds, on which nothing was chosen.

With `population` as a third word: what breeding finds in population.yaml, and halving, beside the same
candidates left alone.

usage: jobs/experiments/stopping.py [SEEDS] [FOLDER] [population]   (half a minute a seed on one core)"""
import pathlib
import subprocess
import sys

import h5py
import numpy

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent.parent / "build" / "thetasweep"
RULES = {"halving, first: 1": ["name=halving"], "halving, first: 3": ["name=halving", "first=3"],
         "hyperband": ["name=hyperband"], "median, first: 3": ["name=median", "first=3"]}


BRED = {"left alone": [], "population": ["name=population"], "halving": ["name=halving"]}


def run(path, seed, rule=(), sweep="stopping"):
    options = sum((["--set", f"meta.stopping.{word}"] for word in rule), [])
    if not path.exists():
        subprocess.run([PROGRAM, "run", HERE / f"{sweep}.yaml", "-o", path, "--quiet", "--set",
                        f"seed={seed}", *options], check=True)
    return h5py.File(path)


def winner(archive):
    """The best of those that ran on all validation seeds, and how many validation lifetimes that took."""
    state, loss = archive["evaluations/state"][:, 0], archive["evaluations/loss"][:, 0]
    whole = (state == 1).all(axis=1)
    return (numpy.argmin(numpy.where(whole, numpy.where(state == 1, loss, 0).mean(axis=1), numpy.inf)),
            (state > 0).sum())


def breed(seeds, folder):
    """Test losses of the rules that are called best, as a table [run seed, rule]."""
    sys.path.insert(0, str(HERE.parent.parent / "analysis"))
    from load import ranking
    loss, spent = numpy.zeros((2, seeds, len(BRED)))
    for seed in range(seeds):
        for r, (name, rule) in enumerate(BRED.items()):
            with run(pathlib.Path(folder) / f"{name.split()[0]}-{seed}.h5", seed, rule,
                     "population") as archive:
                best = ranking(archive)[0][0]
                loss[seed, r] = archive["tests/loss"][best, 1].mean()
                spent[seed, r] = sum((archive[f"{group}/state"][()] > 0).sum()
                                     for group in ("lifetimes", "evaluations"))
    print("| rule | lifetimes | test loss | less than left alone | its standard error | better, of all |")
    print("| --- | --- | --- | --- | --- | --- |")
    for r, name in enumerate(BRED):
        gain = loss[:, 0] - loss[:, r]
        print(f"| {name} | {spent[:, r].mean():.0f} | {loss[:, r].mean():.4f} | {gain.mean():+.4f} | "
              f"{gain.std(ddof=1) / seeds ** .5:.4f} | {(gain > 0).sum()} |")


def main(seeds=5, folder=".", what="stopping"):
    if what == "population":
        breed(int(seeds), folder)
        return
    rows = {name: [] for name in ("whole grid", *RULES)}
    for seed in range(int(seeds)):
        grid = run(pathlib.Path(folder) / f"grid-{seed}.h5", seed)
        loss = numpy.where(grid["tests/state"][:, 0] == 1, grid["tests/loss"][:, 0], numpy.inf)
        best, whole = winner(grid)
        rows["whole grid"].append((whole, 0.0, best, best))
        for name, rule in RULES.items():
            with run(pathlib.Path(folder) / f"{name.split(',')[0]}-{rule[-1]}-{seed}.h5", seed,
                     rule) as other:
                found, spent = winner(other)
            rows[name].append((spent, loss[found].mean() / loss[best].mean() - 1, best, found))
    print("| rule | lifetimes | of the grid's | loss over that of the grid's winner: by run seed | mean |")
    print("| --- | --- | --- | --- | --- |")
    for name, row in rows.items():
        spent, over = (numpy.array([one[k] for one in row], float) for k in (0, 1))
        print(f"| {name} | {spent.mean():.0f} | {spent.mean() / whole:.2f} | "
              f"{', '.join(f'{100 * x:+.1f} %' for x in over)} | {100 * over.mean():+.1f} % |")


if __name__ == "__main__":
    main(*sys.argv[1:])
