/* Functions of which a test takes the place, by the linker's --wrap.
 *
 * The folder names the function in tests/CMakeLists.txt; a test that needs it writes, at file
 * level,
 *
 *   WRAPPED(int, link, (const char *from, const char *to), (from, to))
 *
 * Then all calls in the program go to `*wrapped_link`, a pointer to the real function until the
 * module assigns one of its own; the real one stays `__real_link`. Several files of a program may
 * wrap the same function: their definitions are the same, and weak. */
#pragma once

#define WRAPPED(result, name, parameters, arguments)                                               \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    extern result(*wrapped_##name) parameters;                                                     \
    __attribute__((weak)) result(*wrapped_##name) parameters = __real_##name;                      \
    __attribute__((weak)) result __wrap_##name parameters                                          \
    {                                                                                              \
        return wrapped_##name arguments;                                                           \
    }
