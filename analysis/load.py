#!/usr/bin/env python3
"""How to load an archive: analysis/load.py RUN.h5 (h5py, xarray and netCDF4; Debian packages)."""
import sys

import h5py
import numpy
import xarray

STATES = ("finished", "partly diverged", "unfinished", "diverged", "not evaluated",
          "stopped early")


def mean(loss):
    """Over seeds, and its standard error."""
    return (loss.mean() if len(loss) else numpy.nan,
            loss.std(ddof=1) / len(loss) ** 0.5 if len(loss) > 1 else numpy.nan)


def tests(run, candidate):
    """What test seeds say of the chosen rule, the start rule and their paired difference, each as
    (finite seeds, mean loss, its standard error); None: there are none, or not all are run."""
    if "tests" not in run or run["candidates/test_seeds"][candidate] == 0:
        return None
    rules, seeds = run["candidates/tested"][candidate], run["candidates/test_seeds"][candidate]
    state = run["tests/state"][candidate, :rules, :seeds]
    loss = numpy.where(numpy.isin(state, (1, 3)), run["tests/loss"][candidate, :rules, :seeds],
                       numpy.nan)                          # 2: diverged
    finite = [row[numpy.isfinite(row)] for row in (loss[-1], loss[0], loss[-1] - loss[0])]
    return [(len(row), *mean(row)) for row in finite] if state.all() else None


def ranking(run):
    """How candidates stand on the last of their rules that was run on all seeds, the best first, as
    the README tells: (candidate, state, finite seeds, seeds, mean loss, its standard error)."""
    if run["evaluations/state"].shape[2]:
        group, rounds, seeds = "evaluations", "evaluations", run["candidates/held_out_seeds"][:]
    else:                                                  # the training seeds of theta itself
        group, rounds = "lifetimes", "iterations"
        seeds = run["candidates/seeds"][:] // run["candidates/points"][:]
    rows, places = [], run[f"candidates/{rounds}"][:] - 1  # the last evaluation
    if "chosen_iteration" in run:                          # with test seeds the one that was chosen
        for c, chosen in enumerate(run["chosen_iteration"][:]):
            if chosen >= 0:
                places[c] = list(run["evaluations/iteration"][c]).index(chosen)
    stopped = run["stopping/stopped_at"][:] if "stopping" in run else numpy.full(len(places), -1)
    for c in numpy.flatnonzero(stopped >= 0):              # the evaluation or seeds of its rung
        budget = run["stopping/budget"][c, stopped[c]]
        if run["candidates/iterations"][c]:
            loss = run["held_out_loss"][c, :budget + 1]
            used = run["held_out_seeds_used"][c, :budget + 1]
            places[c] = min(range(budget + 1), key=lambda e: (-used[e], loss[e])) \
                if "chosen_iteration" in run else budget
        else:
            seeds[c] = budget
    for c, last in enumerate(places):
        state = run[f"{group}/state"][c, last, :seeds[c]] if last >= 0 else numpy.zeros(0)
        loss = run[f"{group}/loss"][c, last, :seeds[c]] if last >= 0 else numpy.zeros(0)
        loss = loss[numpy.isin(state, (1, 3))]             # 2: diverged, 0: not run yet
        missing = "chosen_iteration" in run and run["candidates/test_seeds"][c] > 0 > \
            run["chosen_iteration"][c]                     # not all evaluations are complete
        standing = (5 if stopped[c] >= 0 else 4 if not len(state) else
                    2 if missing or not state.all() else
                    0 if len(loss) == len(state) else 1 if len(loss) else 3)
        average, error = mean(loss)
        rows.append((standing, -stopped[c], -len(loss) * (standing in (1, 5)),
                     average if standing in (0, 1, 5) else numpy.nan, c, len(loss), len(state),
                     error))
    return [(c, STATES[standing], finite, seeds, average, error)
            for standing, _, _, average, c, finite, seeds, error in sorted(rows, key=lambda row: (
                *row[:3], numpy.nan_to_num(row[3], nan=numpy.inf), row[4]))]


def joined(run, rows):
    """The same of candidates that differ by their repeat only, in the order of their means over
    repeats, the best first: (first candidate, repeats, finished ones, mean loss over them that
    ended, its standard error, standard deviation)."""
    repeat = run["candidates/repeat"][:]
    size, groups = repeat.max() + 1, {}
    for c, state, finite, _, loss, _ in rows:
        groups.setdefault(c - repeat[c], []).append((state, finite, loss))
    told = []
    for first, own in groups.items():
        states, finite = {state for state, _, _ in own}, sum(row[1] for row in own)
        loss = numpy.array([row[2] for row in own])
        loss = loss[numpy.isfinite(loss)]
        standing = (STATES.index(*states) if len(states) == 1 else
                    2 if "unfinished" in states else 1 if finite else 3)
        average, error = mean(loss)
        told.append((standing, -finite * (standing == 1), numpy.nan_to_num(average, nan=numpy.inf),
                     first, sum(row[0] == "finished" for row in own), average, error,
                     error * len(loss) ** 0.5))
    return [(first, size, *numbers) for _, _, _, first, *numbers in sorted(told)]


def main(path):
    with h5py.File(path) as run:
        held_out = run["evaluations/state"].shape[2] > 0
        group, what = ("evaluations", "held-out") if held_out else ("lifetimes", "training")
        theta = run["theta"][:]                            # [candidate, iteration + 1, parameter]
        reward = run[f"{group}/reward"][:]                 # [candidate, evaluation, seed, trial]
        print("theta", theta.shape, "reward", reward.shape)
        if "representations/last/rates" in run:            # unless record.representations says else
            rates = run["representations/last/rates"][0, 0]    # [condition, step, unit]
            print("rates", rates.shape)
        print("made", run["provenance/time"].asstr()[0])   # of the first start; texts are UTF-8
        rows = ranking(run)
        tested = [tests(run, row[0]) for row in rows]
        groups = joined(run, rows) if "candidates/repeat" in run else []
    for first, repeats, finished, loss, error, spread in groups[:10]:
        print(f"candidates {first} to {first + repeats - 1}: {finished} of {repeats} repeats "
              f"finished, mean loss {loss:.4g} +- {error:.2g}, standard deviation {spread:.2g}")
    for (candidate, state, finite, seeds, loss, error), test in list(zip(rows, tested))[:10]:
        print(f"candidate {candidate}: {state}, loss {loss:.4g} +- {error:.2g} on {finite} of "
              f"{seeds} {what} seeds")
        if test:
            print("  on test seeds: loss {1:.4g} +- {2:.2g}, start rule {4:.4g} +- {5:.2g}, paired "
                  "difference {7:.4g} +- {8:.2g}".format(*sum(test, ())))

    # The same with names instead of numbers: dimensions and coordinates come with the data. An
    # archive of an earlier version, whose texts are of fixed length, needs engine="h5netcdf".
    print(xarray.open_dataset(path)["theta"].isel(candidate=0))
    print(xarray.open_dataset(path, group=group)["reward"])


if __name__ == "__main__":
    main(sys.argv[1])
