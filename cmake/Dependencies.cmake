# Every library the program needs, as one imported target each. Nothing is downloaded.
find_package(PkgConfig REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
include(CheckCSourceCompiles)

# Debian names the parallel build hdf5-openmpi; elsewhere a module's hdf5 or h5pcc gives it.
pkg_search_module(PARALLEL_HDF5 IMPORTED_TARGET hdf5-openmpi hdf5-mpich hdf5-mpi)
if(PARALLEL_HDF5_FOUND)
  add_library(schursweep_hdf5 INTERFACE)
  # Debian's shared library loads libcurl, Kerberos, LDAP and thirty more with it, for files on servers,
  # which nobody opens here: half of the time until main begins. Its static one asks for none of them.
  find_library(STATIC_HDF5_LIBRARY libhdf5.a PATHS ${PARALLEL_HDF5_LIBRARY_DIRS} NO_DEFAULT_PATH)
  find_library(STATIC_HDF5_HL_LIBRARY libhdf5_hl.a PATHS ${PARALLEL_HDF5_LIBRARY_DIRS} NO_DEFAULT_PATH)
  if(STATIC_HDF5_LIBRARY AND STATIC_HDF5_HL_LIBRARY)
    set(static_hdf5 ${STATIC_HDF5_HL_LIBRARY} ${STATIC_HDF5_LIBRARY} sz z m ${CMAKE_DL_LIBS})
    set(CMAKE_REQUIRED_INCLUDES ${PARALLEL_HDF5_INCLUDE_DIRS})
    set(CMAKE_REQUIRED_LIBRARIES ${static_hdf5} MPI::MPI_C)
    check_c_source_compiles("#include <hdf5.h>
      #include <hdf5_hl.h>
      int main(void) { return H5Fopen(\"\", 0, 0) < 0 && H5DSset_scale(0, \"\") < 0; }" HAS_STATIC_HDF5)
    unset(CMAKE_REQUIRED_INCLUDES)
    unset(CMAKE_REQUIRED_LIBRARIES)
  endif()
  if(HAS_STATIC_HDF5)
    target_include_directories(schursweep_hdf5 SYSTEM INTERFACE ${PARALLEL_HDF5_INCLUDE_DIRS})
    target_link_libraries(schursweep_hdf5 INTERFACE ${static_hdf5})
  else()
    find_library(PARALLEL_HDF5_HL_LIBRARY NAMES hdf5_openmpi_hl hdf5_mpich_hl hdf5_hl
                 HINTS ${PARALLEL_HDF5_LIBRARY_DIRS} REQUIRED)
    target_link_libraries(schursweep_hdf5 INTERFACE ${PARALLEL_HDF5_HL_LIBRARY} PkgConfig::PARALLEL_HDF5)
  endif()
else()
  set(HDF5_PREFER_PARALLEL ON)
  find_package(HDF5 REQUIRED COMPONENTS C HL)
  if(NOT HDF5_IS_PARALLEL)
    message(FATAL_ERROR "HDF5 was found without MPI: install or load its parallel build")
  endif()
  add_library(schursweep_hdf5 INTERFACE)
  target_include_directories(schursweep_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
  target_link_libraries(schursweep_hdf5 INTERFACE ${HDF5_HL_LIBRARIES} ${HDF5_LIBRARIES})
endif()
target_link_libraries(schursweep_hdf5 INTERFACE MPI::MPI_C)

pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
pkg_check_modules(LIBCONFIG REQUIRED IMPORTED_TARGET libconfig>=1.5)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash>=0.8)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip>=1.5)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)

# Debian names ScaLAPACK after the MPI it was built for; elsewhere a module's scalapack or the
# vendor's library brings it, and BLACS inside it.
pkg_search_module(SCALAPACK IMPORTED_TARGET scalapack-openmpi scalapack-mpich scalapack)
add_library(schursweep_scalapack INTERFACE)
if(SCALAPACK_FOUND)
  target_link_libraries(schursweep_scalapack INTERFACE PkgConfig::SCALAPACK)
else()
  find_library(SCALAPACK_LIBRARY NAMES scalapack-openmpi scalapack-mpich scalapack sci_gnu_mpi sci
               HINTS ENV SCALAPACK_ROOT ENV SCALAPACK_HOME PATH_SUFFIXES lib lib64)
  find_library(MKL_SCALAPACK_LIBRARY NAMES mkl_scalapack_lp64 HINTS ENV MKLROOT
               PATH_SUFFIXES lib lib/intel64)
  find_library(MKL_BLACS_LIBRARY NAMES mkl_blacs_openmpi_lp64 mkl_blacs_intelmpi_lp64
               HINTS ENV MKLROOT PATH_SUFFIXES lib lib/intel64)
  if(SCALAPACK_LIBRARY)
    target_link_libraries(schursweep_scalapack INTERFACE ${SCALAPACK_LIBRARY})
  elseif(MKL_SCALAPACK_LIBRARY AND MKL_BLACS_LIBRARY)
    target_link_libraries(schursweep_scalapack INTERFACE ${MKL_SCALAPACK_LIBRARY}
                          ${MKL_BLACS_LIBRARY})
  else()
    message(FATAL_ERROR "ScaLAPACK was not found: install libscalapack-openmpi-dev, load its module, "
                        "or pass -DSCALAPACK_LIBRARY=")
  endif()
endif()
target_link_libraries(schursweep_scalapack INTERFACE MPI::MPI_C PkgConfig::OPENBLAS)
