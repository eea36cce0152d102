#!/usr/bin/env python3
"""How to load an archive: analysis/load.py RUN.h5 (h5py, xarray and h5netcdf; Debian packages)."""
import sys

import h5py
import numpy
import xarray

STATES = ("finished", "partly diverged", "unfinished", "diverged")


def ranking(run):
    """Candidates by their last evaluation on held-out seeds, the best first, as the README tells:
    (candidate, state, finite seeds, seeds, mean loss, its standard error)."""
    rows = []
    for c, (evaluations, seeds) in enumerate(zip(run["candidates/evaluations"][:],
                                                 run["candidates/held_out_seeds"][:])):
        if evaluations * seeds == 0:
            continue
        state = run["evaluations/state"][c, evaluations - 1, :seeds]
        loss = run["evaluations/loss"][c, evaluations - 1, :seeds]
        loss = loss[numpy.isin(state, (1, 3))]             # 2: diverged, 0: not run yet
        standing = (2 if not state.all() else 0 if len(loss) == seeds else 1 if len(loss) else 3)
        mean = loss.mean() if len(loss) and standing < 2 else numpy.nan
        error = loss.std(ddof=1) / len(loss) ** 0.5 if len(loss) > 1 else numpy.nan
        rows.append((standing, -len(loss) * (standing == 1), mean, c, len(loss), seeds, error))
    return [(c, STATES[standing], finite, seeds, mean, error)
            for standing, _, mean, c, finite, seeds, error in sorted(rows, key=lambda row: (
                *row[:2], numpy.nan_to_num(row[2], nan=numpy.inf), row[3]))]


def main(path):
    with h5py.File(path) as run:
        theta = run["theta"][:]                            # [candidate, iteration + 1, parameter]
        reward = run["evaluations/reward"][:, -1]          # [candidate, held-out seed, trial]
        rates = run["representations/last/rates"][0, 0]    # [condition, step, unit]
        rows = ranking(run)
    print("theta", theta.shape, "reward", reward.shape, "rates", rates.shape)
    for candidate, state, finite, seeds, loss, error in rows[:10]:
        print(f"candidate {candidate}: {state}, loss {loss:.4g} +- {error:.2g} on {finite} of "
              f"{seeds} held-out seeds")

    # The same with names instead of numbers: dimensions and coordinates come with the data.
    print(xarray.open_dataset(path, engine="h5netcdf")["theta"].isel(candidate=0))
    print(xarray.open_dataset(path, engine="h5netcdf", group="evaluations")["reward"])


if __name__ == "__main__":
    main(sys.argv[1])
