# Spack's recipe, for a repository of your own:
#
#     spack repo create recipes && spack repo add recipes
#     mkdir recipes/packages/thetasweep && cp jobs/install/package.py recipes/packages/thetasweep/
#     spack dev-build thetasweep@main        # in the clone, whose state is what it builds
from spack.package import *


class Thetasweep(MakefilePackage):
    """Meta-learns plasticity rules of recurrent networks, in sweeps on any number of MPI ranks, into
    one HDF5 archive."""

    license("BSD-3-Clause")

    version("main")

    variant("report", default=True, description="With what the page of figures needs")

    depends_on("c", type="build")
    depends_on("gmake", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("git", type="build")
    depends_on("mpi")
    depends_on("hdf5@1.10: +mpi +hl")
    depends_on("openblas")
    depends_on("libyaml")
    depends_on("sleef")
    depends_on("zlib-api")
    depends_on("random123")
    with when("+report"):
        for module in ("numpy", "scipy", "h5py", "matplotlib"):
            depends_on(f"py-{module}", type="run")
        depends_on("python@3.9:", type="run")

    def libraries(self):
        """NAME_CFLAGS and NAME_LIBS of the Makefile."""
        for name, package in (("HDF5", "hdf5"), ("OPENBLAS", "openblas"), ("YAML", "libyaml"),
                              ("SLEEF", "sleef"), ("ZLIB", "zlib-api"), ("RANDOM123", "random123")):
            spec = self.spec[package]
            yield f"{name}_CFLAGS=-isystem {spec.prefix.include}"
            yield f"{name}_LIBS=" + ("" if name == "RANDOM123" else spec.libs.ld_flags)

    @property
    def variables(self):
        # Warnings of compilers that we do not know yet are no errors.
        return [f"CC={self.spec['mpi'].mpicc}", f"PREFIX={self.prefix}", "WARNINGS=", *self.libraries()]

    @property
    def build_targets(self):
        return ["program", *self.variables]

    @property
    def install_targets(self):
        return ["install", *self.variables]
