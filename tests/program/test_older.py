"""Archives of earlier versions, whose texts are of fixed length, are read, resumed and merged."""
import subprocess
import unittest

import h5py
import numpy

from test_ranks import SWEEP, datasets
from thetasweep import ROOT, Case


def texts_of(file):
    """The names of all datasets of texts of variable length."""
    names = []

    def take(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind == "O":
            names.append(name)
    file.visititems(take)
    return names


def links_to(group, dataset):
    """All paths of a dataset."""
    for name, item in group.items():
        if isinstance(item, h5py.Group):
            yield from links_to(item, dataset)
        elif item == dataset:
            yield f"{group.name}/{name}"


def users_of(file, scale):
    """(dataset, axis) of all dimensions that the scale names."""
    users = []

    def take(_, item):
        if isinstance(item, h5py.Dataset):
            users.extend((item, axis) for axis, dim in enumerate(item.dims)
                         if len(dim) and dim[0] == scale)
    file.visititems(take)
    return users


def make_older(file, name):
    """One dataset of texts anew, with texts of fixed length."""
    old = file[name]
    values = numpy.asarray(old[()]).astype(bytes)
    # Rows that are written later have room for 63 bytes.
    length = 64 if old.ndim and name.startswith(("provenance", "log")) else values.dtype.itemsize
    attributes = {key: old.attrs[key] for key in ("description", "units")}
    scales = [dim[0] if len(dim) else None for dim in old.dims]
    is_scale = "CLASS" in old.attrs
    users = users_of(file, old) if is_scale else []
    for user, axis in users:
        user.dims[axis].detach_scale(old)
    links = list(links_to(file, old))
    for link in links:
        del file[link]
    new = file.create_dataset(name, data=values.astype(h5py.string_dtype("utf-8", max(length, 1))))
    new.attrs.update(attributes)
    for axis, scale in enumerate(scales):
        if scale is not None:
            new.dims[axis].attach_scale(scale)
    if is_scale:
        new.make_scale(name.split("/")[-1])
    for user, axis in users:
        user.dims[axis].attach_scale(new)
    for link in links:
        if link not in file:
            file[link] = new


def age(path):
    """Makes an archive what earlier versions would have written."""
    with h5py.File(path, "r+") as file:
        for name in texts_of(file):
            make_older(file, name)


class Older(Case):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", SWEEP)
        self.run_program("run", "sweep.yaml", "-o", "whole.h5")
        self.whole = datasets(self.folder / "whole.h5")

    def assert_whole(self, name):
        found = datasets(self.folder / name)
        self.assertEqual(found.keys(), self.whole.keys())
        self.assertEqual([name for name in found if found[name] != self.whole[name]], [])

    def test_archive_goes_on(self):
        path = self.folder / "whole.h5"
        age(path)
        self.assert_whole("whole.h5")
        with h5py.File(path, "r+") as file:
            self.assertEqual(texts_of(file), [])
            for group in ("lifetimes", "evaluations"):
                file[group]["state"][1:, 1:] = 0
        self.run_program("show", "whole.h5")
        self.assertIn("unfinished", self.run_program("status", "whole.h5").stdout)
        self.run_program("run", "sweep.yaml", "-o", "whole.h5", "--resume", ranks=3)
        self.run_program("verify", "whole.h5")
        self.assert_whole("whole.h5")
        with h5py.File(path) as file:
            self.assertEqual(texts_of(file), [])
            for name in ("time", "flags", "hosts"):
                first, second, third = file["provenance"][name].asstr()[:3]
                self.assertTrue(first and second and not third, name)
            self.assertIn(" x 3 on ", second)

    def test_archive_is_merged_with_a_new_one_and_analysed(self):
        for shard in (1, 2):
            self.run_program("run", "sweep.yaml", "-o", f"{shard}.h5", "--shard", f"{shard}/2")
        age(self.folder / "1.h5")
        self.run_program("merge", "1.h5", "2.h5", "-o", "run.h5")
        self.run_program("verify", "run.h5")
        self.assert_whole("run.h5")
        with h5py.File(self.folder / "run.h5") as file:
            times = file["provenance/time"].asstr()[:4]
            self.assertTrue(all(times[:3]) and not times[3], times)
        subprocess.run([ROOT / "build" / "thetasweep-analyze", "1.h5", "2.h5", "-o",
                        "run.analysis.h5"], cwd=self.folder, check=True, capture_output=True)


if __name__ == "__main__":
    unittest.main()
