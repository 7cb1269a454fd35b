# Constructions, recipes and training.

# Starting values, small trainings, and the mean of random draws.
add_library(schursweep_test_training STATIC support/construction_start.c support/tally.c
            support/training_case.c)
target_link_libraries(schursweep_test_training PUBLIC schursweep_test_kernel
                      PRIVATE PkgConfig::CMOCKA m)

add_unit_test(bptt test_training)
add_unit_test(construction test_training)
add_unit_test(construction_haar test_training)
add_unit_test(construction_cayley test_training)
add_unit_test(recipe test_training)
add_unit_test(training_identity test_training)
add_unit_test(train test_training)
add_unit_test(train_replay test_training)
add_unit_test(train_divergence test_training)
target_link_options(test_train_divergence PRIVATE LINKER:--wrap=bptt_gradient)
add_unit_test(study_grid study kernel test_files)
add_unit_test(study_grid_refusals study test_files)

option(SCHURSWEEP_SOAK "Add tests that train many models, for minutes" OFF)
if(SCHURSWEEP_SOAK)
  add_subdirectory(soak)
endif()
