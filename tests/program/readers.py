"""What one reader shows of an HDF5 file, compared with h5py: readers.py READER FILE.

Every group is opened. A program of its own, since a library that is overrun takes all down with it;
a warning is a failure too.
"""
import importlib
import sys
import warnings

import h5py
import numpy

MODULES = {"xarray": ("xarray", "netCDF4"), "xarray with h5netcdf": ("xarray", "h5netcdf"),
           "netCDF4": ("netCDF4",)}


def missing(reader):
    """The modules that a reader needs and that are not here."""
    return [name for name in MODULES[reader] if importlib.util.find_spec(name) is None]


def by_xarray(path, group, **options):
    """Dimensions, values, description and units of every variable, by name."""
    import xarray
    with xarray.open_dataset(path, group=group, **options) as data:
        data.load()
        return {name: (array.dims, array.values, array.attrs.get("description"),
                       array.attrs.get("units")) for name, array in data.variables.items()}


def by_netcdf(path, group):
    """The same; what is masked is not seen."""
    import netCDF4
    found = {}
    with netCDF4.Dataset(path) as file:
        for name, array in (file if group == "/" else file[group]).variables.items():
            values = array[...]
            assert not numpy.ma.is_masked(values), name
            found[name] = (array.dimensions, numpy.asarray(values), array.description, array.units)
    return found


SHOWN = {"xarray": by_xarray,
         "xarray with h5netcdf": lambda *where: by_xarray(*where, engine="h5netcdf"),
         "netCDF4": by_netcdf}


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def attribute(dataset, name):
    """An empty text is kept as one zero."""
    return text(dataset.attrs[name]).strip("\0")


def texts(values):
    return [text(value) for value in numpy.atleast_1d(values).ravel()]


def compare(group, shown):
    """Whether all datasets of a group are shown as they are."""
    datasets = {name: item for name, item in group.items() if isinstance(item, h5py.Dataset)}
    assert shown.keys() == datasets.keys(), sorted(shown.keys() ^ datasets.keys())
    for name, dataset in datasets.items():
        dims, values, description, units = shown[name]
        assert shown.keys() >= set(dims), (name, dims)  # its coordinates
        scales = [axis[0].name if len(axis) else dataset.name for axis in dataset.dims]
        assert [scale.split("/")[-1] for scale in scales] == list(dims), (name, dims)
        assert description == attribute(dataset, "description") != "", (name, description)
        assert units == attribute(dataset, "units"), (name, units)
        assert values.shape == dataset.shape, name
        if dataset.dtype.kind in "SO":
            assert texts(values) == texts(dataset[()]), name
        else:
            assert values.dtype == dataset.dtype, (name, values.dtype)
            numpy.testing.assert_array_equal(values, dataset[()], name)


def groups(group):
    """All groups below `group`, and it."""
    yield group
    for item in group.values():
        if isinstance(item, h5py.Group):
            yield from groups(item)


def main(reader, path):
    for name in MODULES[reader]:
        importlib.import_module(name)
    warnings.simplefilter("error")
    with h5py.File(path, "r") as file:
        for group in groups(file):
            print(group.name, flush=True)
            compare(group, SHOWN[reader](path, group.name))


if __name__ == "__main__":
    main(*sys.argv[1:])
