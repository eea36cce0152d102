#!/usr/bin/env python3
"""Writes trials for `task: {name: file, path: trials.h5}`: an example to start from.

    analysis/make_trials.py trials.h5

The task here: two pulses of random heights, say which was the higher one. Whatever makes trials
(NeuroGym, PsychRNN, data) can take the place of make(); write() stays as it is.
"""
import sys

import h5py
import numpy as np

DT = 5.0  # ms a step


def make(trials=200, seed=0):
    """Inputs [trial, step, input], targets [trial, step, output], mask [trial, step], type [trial]."""
    rng = np.random.default_rng(seed)
    steps = 100
    inputs = np.zeros((trials, steps, 2))
    targets = np.zeros((trials, steps, 1))
    mask = np.zeros((trials, steps))
    height = rng.uniform(0.2, 1, (trials, 2))
    inputs[:, 5:25, 0] = height[:, :1]
    inputs[:, 45:65, 0] = height[:, 1:]
    inputs[:, 80:, 1] = 1  # go cue
    kind = (height[:, 0] > height[:, 1]).astype(int)
    targets[:, 80:, 0] = 2 * kind[:, None] - 1
    mask[:, 80:] = 1
    return inputs, targets, mask, kind


def write(path, inputs, targets, mask, kind, dt=None):
    """Types are 0, 1, ... without gaps: each has its own reward mean and is a recorded condition."""
    with h5py.File(path, "w") as file:
        file["inputs"] = np.asarray(inputs, float)
        file["targets"] = np.asarray(targets, float)
        file["mask"] = np.asarray(mask, float)
        file["type"] = np.asarray(kind, int)
        if dt is not None:
            file.attrs["dt"] = float(dt)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_trials.py FILE.h5")
    write(sys.argv[1], *make(), dt=DT)
