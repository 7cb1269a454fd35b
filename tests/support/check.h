/* cmocka with the checks that these tests repeat. A failed check says what was found. */
#pragma once

#include "core/status.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The call succeeds; otherwise its message is shown. Needs a `struct error error`. */
#define CHECK_OK(call)                                                                             \
    do {                                                                                           \
        if ((call) != STATUS_OK) {                                                                 \
            fail_msg("%s: %s", #call, error.text);                                                 \
        }                                                                                          \
    } while (0)

/* The call fails with that status and a message that contains `part`. */
#define CHECK_FAILS(call, expected, part)                                                          \
    do {                                                                                           \
        (void)memset(&error, 0, sizeof error);                                                     \
        assert_int_equal((call), (expected));                                                      \
        if (strstr(error.text, (part)) == NULL) {                                                  \
            fail_msg("message '%s' lacks '%s'", error.text, (part));                               \
        }                                                                                          \
    } while (0)

/* |a - b| <= tolerance; NaN fails. */
#define CHECK_NEAR(a, b, tolerance)                                                                \
    do {                                                                                           \
        const double check_a_ = (a);                                                               \
        const double check_b_ = (b);                                                               \
        if (!(fabs(check_a_ - check_b_) <= (tolerance))) {                                         \
            fail_msg("%s = %.17g, %s = %.17g, off by %.3g", #a, check_a_, #b, check_b_,            \
                     check_a_ - check_b_);                                                         \
        }                                                                                          \
    } while (0)

/* The same bits: tells -0.0 from 0.0 and accepts NaN. */
#define CHECK_SAME(a, b)                                                                           \
    do {                                                                                           \
        const double check_a_ = (a);                                                               \
        const double check_b_ = (b);                                                               \
        if (memcmp(&check_a_, &check_b_, sizeof check_a_) != 0) {                                  \
            fail_msg("%s = %.17g, %s = %.17g", #a, check_a_, #b, check_b_);                        \
        }                                                                                          \
    } while (0)
