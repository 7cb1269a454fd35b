#!/usr/bin/env bash
# From a clean checkout to a first report: installs what is missing, builds, runs a small study on
# all cores, makes the page with all figures and ends with what was found. A second call finds the
# study complete and makes the page again.
#
# Exit code: that of the run.
set -euo pipefail

readonly STUDY=configs/quickstart.cfg
readonly RESULTS=results/quickstart.h5 # the `output` of the study
readonly REPORT=results/quickstart-report
readonly RUN_JOBS_FAILED=8             # complete, and the table marks the failed jobs

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/build.sh
source scripts/build.sh
# shellcheck source=scripts/mpi-env.sh
source scripts/mpi-env.sh

# One rank more than cores: rank 0 only hands out work and sleeps in between.
run_study() {
    mpirun -q --oversubscribe -n "$(($(core_count) + 1))" build/schursweep run "$STUDY"
}

# A Python that can open the file: the first one in PATH may lack the modules.
find_python() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import h5netcdf, xarray' >/dev/null 2>&1; then
            echo "$python"
            return
        fi
    done
    echo "any Python with xarray and h5netcdf"
}

print_next_steps() {
    cat <<END

Page with all figures, open it in a browser: $PWD/$REPORT/report.html
Tables beside it: groups.csv, jobs.csv, comparisons.csv
Results file: $PWD/$RESULTS
To open it in Python ($(find_python)):
  import xarray as xr
  ds = xr.open_dataset("$PWD/$RESULTS", engine="h5netcdf")
  print(ds.delta_fvu.sel(ablation="CC", alpha=0.9))
END
}

main() {
    scripts/install-deps.sh
    build_preset release --target schursweep # its tests and measurements take longer
    local run_status=0
    run_study || run_status=$?
    if [[ $run_status -ne 0 && $run_status -ne $RUN_JOBS_FAILED ]]; then
        exit "$run_status"
    fi
    local findings
    findings=$(COLUMNS=$(tput cols 2>/dev/null || echo 100) \
        build/schursweep report "$RESULTS" -o "$REPORT")
    print_next_steps
    printf '\n%s\n' "$findings"
    exit "$run_status"
}

main "$@"
