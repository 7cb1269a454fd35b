# Writes the revision of the sources, with -dirty when tracked files differ from it; '' outside a git
# checkout. The file is touched only when its content changes.
#
#   cmake -DSOURCE_DIR=... -DOUTPUT=... -P Revision.cmake
execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
set(text "#define BUILD_GIT_REVISION \"${revision}\"\n")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT old STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
