# Measurements of the driver, the results file and the whole program, and every measurement's test.
add_executable(bench_dispatch bench_dispatch.c)
target_link_libraries(bench_dispatch PRIVATE schursweep_driver schursweep_comm schursweep_core
                      MPI::MPI_C m)

add_executable(bench_results bench_results.c)
target_link_libraries(bench_results PRIVATE schursweep_store schursweep_kernel schursweep_core
                      schursweep_hdf5 MPI::MPI_C)

add_executable(bench_team bench_team.c)
target_link_libraries(bench_team PRIVATE schursweep_bench schursweep_team MPI::MPI_C m)

add_executable(simulate_driver simulate_driver.c)
target_link_libraries(simulate_driver PRIVATE m)

# Scripts once in their short form, which says nothing about time; with SCHURSWEEP_SOAK those too that
# take more than a few seconds of it. Sanitizers would time themselves.
set(scripts order results_write roofline training)
if(SCHURSWEEP_SOAK)
  list(APPEND scripts cells dispatch memory program rollout scaling study teams)
endif()
if(SCHURSWEEP_TESTS AND NOT SCHURSWEEP_SANITIZE)
  foreach(name IN LISTS scripts)
    add_test(NAME bench.${name} COMMAND ${CMAKE_COMMAND} -E env BUILD=${PROJECT_BINARY_DIR}
                                        ${CMAKE_CURRENT_SOURCE_DIR}/${name}.sh --short)
    set_tests_properties(bench.${name} PROPERTIES LABELS bench TIMEOUT 300
                         SKIP_RETURN_CODE 77)
  endforeach()
endif()
