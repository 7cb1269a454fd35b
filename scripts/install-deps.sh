#!/usr/bin/env bash
# Installs what schursweep needs to be built, tested and used, where it is missing.
#
#   scripts/install-deps.sh          build, test and figure packages
#   scripts/install-deps.sh --dev    also the formatter, the linters, the fuzzer and Slurm
#
# With CI set, Slurm comes in any case: its tests are not skipped there.
# Safe to repeat: with nothing missing it changes nothing and prints nothing. Where there is no
# apt-get, or modules are loaded (a cluster), it installs nothing: it lists what is needed and
# exits 0 if all of it can be found, else 1.
set -euo pipefail

readonly BUILD_PACKAGES=(
    build-essential cmake ninja-build pkg-config git
    libopenmpi-dev openmpi-bin libhdf5-openmpi-dev
    libopenblas-dev libscalapack-openmpi-dev
    libconfig-dev librandom123-dev libxxhash-dev libjansson-dev libzip-dev
    zlib1g-dev
)
# The Python modules go to Debian's /usr/bin/python3; another python3 first in PATH (pyenv, conda)
# does not see them.
readonly TEST_PACKAGES=(
    libcmocka-dev hdf5-tools netcdf-bin
    python3 python3-numpy python3-scipy python3-h5py python3-xarray python3-h5netcdf
    python3-netcdf4
)
readonly DEV_PACKAGES=(clang-format clang-tidy shellcheck clang-14 lld libclang-rt-14-dev llvm-14)
# For tests/slurm. They bring services that start where there is a configuration: nothing for a
# machine that is only to run the program.
readonly SLURM_PACKAGES=(slurm-wlm slurmctld slurmd slurm-client munge util-linux)
# What the build asks pkg-config for, on any system.
readonly PKG_CONFIG_MODULES=(openblas 'libconfig >= 1.5' 'libxxhash >= 0.8' jansson 'libzip >= 1.5' cmocka zlib)

fail() {
    printf 'install-deps: %s\n' "$1" >&2
    exit "${2:-1}"
}

# ---- Debian and Ubuntu ---------------------------------------------------------------------------

wanted_packages() {
    printf '%s\n' "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
    if [[ $1 == --dev ]]; then
        printf '%s\n' "${DEV_PACKAGES[@]}"
    fi
    if [[ $1 == --dev || -n ${CI:-} ]]; then
        printf '%s\n' "${SLURM_PACKAGES[@]}"
        command -v chromium >/dev/null || echo chromium # tests the report's page
    fi
    # gnuplot-nox would remove gnuplot-qt or gnuplot-x11, and any gnuplot draws the figures.
    if ! command -v gnuplot >/dev/null; then
        echo gnuplot-nox
    fi
}

# Reads package names, prints those that are not installed.
missing_packages() {
    local -a names
    mapfile -t names
    local installed
    # dpkg-query fails when it has never heard of one of the names: that one is missing.
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${names[@]}" 2>/dev/null ||
        true)
    local name
    for name in "${names[@]}"; do
        grep -qxF "$name installed" <<<"$installed" || echo "$name"
    done
}

as_root() {
    if [[ $(id -u) -eq 0 ]]; then
        "$@"
    else
        sudo "$@"
    fi
}

install_with_apt() {
    local -a missing
    mapfile -t missing < <(wanted_packages "$1" | missing_packages)
    if [[ ${#missing[@]} -eq 0 ]]; then
        return 0
    fi
    if [[ $(id -u) -ne 0 ]] && ! command -v sudo >/dev/null; then
        fail "neither root nor sudo; let an administrator install: ${missing[*]}"
    fi
    echo "installing ${missing[*]}"
    as_root apt-get update -q ||
        fail "apt-get update failed; wanted: ${missing[*]}"
    # `env`, because sudo drops the variable from the caller's environment.
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}" ||
        fail "apt-get could not install: ${missing[*]}"
}

# ---- other systems -------------------------------------------------------------------------------

print_requirements() {
    cat <<'END'
schursweep needs (lowest version known to fit):
  C compiler         gcc 9 or clang 10, with make
  CMake 3.21         build; pkg-config finds the libraries
  MPI 3              messages between ranks (Open MPI 4, MPICH 3.3 or a vendor's)
  HDF5 1.10          model and results files; built with MPI and the high-level (HL) library
  OpenBLAS 0.3       matrix products, and LAPACK for the Schur form
  ScaLAPACK 2.1      the Schur form of matrices that are shared by several ranks
  libconfig 1.5      study files
  Random123 1.09     counter-based random numbers (headers only)
  xxHash 0.8         checksums (XXH3)
  Jansson 2.10       JSON output, safetensors headers
  libzip 1.5         .npz, .pt and .keras files
  zlib 1.2           MATLAB's files; archives to read in tests
for its tests:
  cmocka 1.1         unit tests
  Python 3           with numpy, scipy, h5py, xarray, h5netcdf, netCDF4: the files open as
                     documented
  Chromium           clicks on the report's page; skipped without
  Slurm 22.05        tests/slurm starts a small cluster of it; skipped without
for figures:
  gnuplot 5          without it, tables and plot scripts are still written

On a cluster, load modules; their names differ from site to site:
  module load gcc cmake openmpi hdf5/parallel openblas scalapack libconfig
With Spack:
  spack install openmpi hdf5+mpi+hl openblas netlib-scalapack libconfig \
      random123 xxhash jansson libzip cmocka zlib

END
}

# The compiler's own search path, and the prefixes that modules and Spack name for CMake.
header_found() {
    local -a flags=()
    local prefix
    while IFS= read -r -d : prefix; do
        [[ -z $prefix ]] || flags+=("-I$prefix/include")
    done <<<"${CMAKE_PREFIX_PATH:-}:"
    printf '#include <%s>\n' "$1" | mpicc -E -x c "${flags[@]}" - >/dev/null 2>&1
}

# HDF5 built by its autotools brings no .pc file, but the compiler wrapper of the parallel build.
parallel_hdf5_found() {
    pkg-config --exists hdf5-openmpi || pkg-config --exists hdf5-mpich ||
        pkg-config --exists hdf5-mpi || command -v h5pcc >/dev/null
}

missing_commands() {
    local name
    for name in mpicc cmake pkg-config; do
        command -v "$name" >/dev/null || echo "$name"
    done
}

# ScaLAPACK is not asked for: it comes with the vendor's libraries under many names.
missing_libraries() {
    local module
    for module in "${PKG_CONFIG_MODULES[@]}"; do
        pkg-config --exists "$module" || echo "$module"
    done
    parallel_hdf5_found || echo "parallel HDF5"
    header_found Random123/philox.h || echo "Random123"
}

check_requirements() {
    local missing
    missing=$(missing_commands)
    # Without these commands, no library can be looked for.
    if [[ -z $missing ]]; then
        missing=$(missing_libraries)
    fi
    if [[ -n $missing ]]; then
        printf 'not found:\n  %s\n' "${missing//$'\n'/$'\n'  }"
        return 1
    fi
    echo "everything was found"
}

# On a cluster the libraries come from modules, even where apt-get exists. Lmod and Environment
# Modules both name the loaded ones in LOADEDMODULES.
apt_is_in_charge() {
    command -v apt-get >/dev/null && command -v dpkg-query >/dev/null &&
        [[ -z ${LOADEDMODULES:-} ]]
}

main() {
    local option=${1:-}
    if [[ $# -gt 1 || ($# -eq 1 && $option != --dev) ]]; then
        fail "usage: scripts/install-deps.sh [--dev]" 2
    fi
    if apt_is_in_charge; then
        install_with_apt "$option"
    else
        print_requirements
        check_requirements
    fi
}

main "$@"
