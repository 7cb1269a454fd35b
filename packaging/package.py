# Spack: a folder schursweep/ with this file in a repository of your own (spack repo create).
from spack.package import *


class Schursweep(CMakePackage):
    """Sensitivity sweeps of recurrent networks in ordered Schur coordinates."""

    license("BSD-3-Clause")
    # From a checkout: spack install schursweep; spack develop --path=SOURCES schursweep@main
    version("main", branch="main")

    depends_on("c", type="build")
    depends_on("cmake@3.21:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("hdf5+mpi+hl")
    depends_on("openblas")
    depends_on("netlib-scalapack")
    depends_on("libconfig@1.5:")
    depends_on("xxhash@0.8:")
    depends_on("random123")
    depends_on("jansson")
    depends_on("libzip@1.5:")
    depends_on("zlib-api")

    def cmake_args(self):
        return [self.define("SCHURSWEEP_TESTS", False), self.define("SCHURSWEEP_BENCH", False)]
