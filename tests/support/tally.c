#include "support/tally.h"

#include "support/check.h"

void tally_add(struct tally *tally, double value)
{
    tally->sum += value;
    tally->squares += value * value;
    tally->count += 1.0;
}

void tally_check(const struct tally *tally, double expected, const char *what)
{
    const double mean = tally->sum / tally->count;
    const double variance = tally->squares / tally->count - mean * mean;
    const double standard_error = sqrt(fmax(variance, 0.0) / tally->count);
    if (!(tally->count >= 100.0 && fabs(mean - expected) <= 5.0 * standard_error)) {
        fail_msg("mean of %s is %.6g of %g draws, expected %.6g, standard error %.2g", what, mean,
                 tally->count, expected, standard_error);
    }
}
