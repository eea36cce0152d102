#!/usr/bin/env python3
"""How to load an archive: analysis/load.py RUN.h5 (h5py, xarray and h5netcdf; Debian packages)."""
import sys

import h5py
import xarray

with h5py.File(sys.argv[1]) as run:
    theta = run["theta"][:]                                # [candidate, iteration + 1, parameter]
    reward = run["evaluations/reward"][:, -1]              # [candidate, held-out seed, trial]
    rates = run["representations/last/rates"][0, 0]        # [condition, step, unit]
print("theta", theta.shape, "reward", reward.shape, "rates", rates.shape)

# The same with names instead of numbers: dimensions and coordinates come with the data.
print(xarray.open_dataset(sys.argv[1], engine="h5netcdf")["theta"].isel(candidate=0))
print(xarray.open_dataset(sys.argv[1], engine="h5netcdf", group="evaluations")["reward"])
