-- Lmod: copy to MODULEPATH/schursweep/VERSION.lua and set `root` to the prefix of the installation.
local root = "/opt/schursweep"
help([[Sensitivity sweeps of recurrent networks in ordered Schur coordinates. man schursweep]])
whatis("Name: schursweep")
depends_on("openmpi", "hdf5", "openblas")
prepend_path("PATH", pathJoin(root, "bin"))
prepend_path("MANPATH", pathJoin(root, "share/man"))
prepend_path("PKG_CONFIG_PATH", pathJoin(root, "lib/pkgconfig"))
prepend_path("CMAKE_PREFIX_PATH", root)
