# What tests with Open MPI in them need in a build with the sanitizers: SANITIZER_ENVIRONMENT, a list
# for the property ENVIRONMENT, empty in other builds.
#
# Open MPI leaks some 10 kB at exit. It also unloads its components before the leak check, which then
# cannot tell whose memory that is: so dlclose does nothing here. Its stacks have no frame pointers:
# to unwind them deeper than names the library would take most of a test's time.
set(SANITIZER_ENVIRONMENT "")
if(SCHURSWEEP_SANITIZE)
  add_library(keep_modules SHARED ${CMAKE_CURRENT_LIST_DIR}/support/keep_modules.c)
  target_compile_options(keep_modules PRIVATE -fno-sanitize=all)
  target_link_options(keep_modules PRIVATE -fno-sanitize=all)
  set(SANITIZER_ENVIRONMENT
      "LD_PRELOAD=$<TARGET_FILE:keep_modules>"
      "ASAN_OPTIONS=verify_asan_link_order=0:fast_unwind_on_malloc=0:malloc_context_size=12:quarantine_size_mb=16"
      "LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_LIST_DIR}/lsan.supp:print_suppressions=0")
endif()

# The program itself under mpirun: leaks of that stack are looked for in the unit and MPI tests, here
# only errors in the program.
set(SANITIZER_PROGRAM_ENVIRONMENT "")
if(SCHURSWEEP_SANITIZE)
  set(SANITIZER_PROGRAM_ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0:malloc_context_size=6:quarantine_size_mb=16")
endif()
