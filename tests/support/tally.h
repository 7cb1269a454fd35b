/* The mean of random draws, judged by its own standard error. */
#pragma once

/* Begins as zeros. */
struct tally {
    double sum;
    double squares;
    double count;
};

void tally_add(struct tally *tally, double value);

/* Fails the test when the mean lies more than 5 standard errors from `expected`. Streams are fixed,
 * so that what passes once passes always. */
void tally_check(const struct tally *tally, double expected, const char *what);
