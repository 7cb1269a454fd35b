/* Preloaded into the program: LAPACK goes wrong at matrices of one width, for tests of what a sweep
 * makes of it.
 *
 * LAPACK_FAULT: segv, bus, fpe, ill, abort, wild (a wild pointer), hang, info, xerbla, nan, wrong,
 * refuse (of dtrexc). LAPACK_FAULT_WIDTH: where. LAPACK_FAULT_IN: the routine, dgees
 * (decomposition, by default) or dtrexc (its order); or training, which has no LAPACK: a task with
 * a horizon, in one of its first steps, at any width. */
#include "support/preload.h"

#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The library's complaint about an argument: like the real one it speaks and returns. */
void xerbla_(const char *routine, const int *argument, size_t length);

static int fails_with_info(const char *fault, int n, int *info)
{
    if (strcmp(fault, "info") == 0) {
        *info = n;
        return 1;
    }
    if (strcmp(fault, "xerbla") == 0) {
        const int argument = 4;
        xerbla_("DGEES ", &argument, 6);
        *info = -argument;
        return 1;
    }
    return 0;
}

static void crash_or_hang(const char *fault)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"segv", SIGSEGV}, {"bus", SIGBUS}, {"fpe", SIGFPE}, {"ill", SIGILL}};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (strcmp(fault, signals[i].name) == 0) {
            (void)raise(signals[i].number);
        }
    }
    if (strcmp(fault, "wild") == 0) {
        const volatile uintptr_t nowhere = 16;
        *(volatile int *)nowhere = 1;
    }
    if (strcmp(fault, "abort") == 0) {
        abort();
    }
    while (strcmp(fault, "hang") == 0) {
        (void)pause();
    }
}

/* The fault of that routine at that width, or "". */
static const char *fault_of(const char *routine, int n)
{
    const char *const fault = getenv("LAPACK_FAULT");
    const char *const width = getenv("LAPACK_FAULT_WIDTH");
    const char *const place = getenv("LAPACK_FAULT_IN");
    const int here = strcmp(place != NULL ? place : "dgees", routine) == 0;
    return fault != NULL && width != NULL && here && atoi(width) == n ? fault : "";
}

void dgees_(const char *jobvs, const char *sort, void *select, const int *n, double *a,
            const int *lda, int *sdim, double *wr, double *wi, double *vs, const int *ldvs,
            double *work, const int *lwork, int *bwork, int *info, size_t length_jobvs,
            size_t length_sort);
void dgees_(const char *jobvs, const char *sort, void *select, const int *n, double *a,
            const int *lda, int *sdim, double *wr, double *wi, double *vs, const int *ldvs,
            double *work, const int *lwork, int *bwork, int *info, size_t length_jobvs,
            size_t length_sort)
{
    const char *const fault = *lwork < 0 ? "" : fault_of("dgees", *n);
    crash_or_hang(fault);
    if (fails_with_info(fault, *n, info)) {
        return;
    }
    PRELOAD_NEXT(dgees_)
    (jobvs, sort, select, n, a, lda, sdim, wr, wi, vs, ldvs, work, lwork, bwork, info, length_jobvs,
     length_sort);
    if (strcmp(fault, "nan") == 0) {
        a[0] = NAN;
    }
    if (strcmp(fault, "wrong") == 0) {
        a[0] += 1.0;
    }
}

/* A swap that LAPACK refuses leaves the matrix as it was and INFO = 1. */
void dtrexc_(const char *compq, const int *n, double *t, const int *ldt, double *q, const int *ldq,
             int *ifst, int *ilst, double *work, int *info, size_t length_compq);
void dtrexc_(const char *compq, const int *n, double *t, const int *ldt, double *q, const int *ldq,
             int *ifst, int *ilst, double *work, int *info, size_t length_compq)
{
    const char *const fault = fault_of("dtrexc", *n);
    if (strcmp(fault, "refuse") == 0) {
        *ilst = *ifst;
        *info = 1;
        return;
    }
    PRELOAD_NEXT(dtrexc_)(compq, n, t, ldt, q, ldq, ifst, ilst, work, info, length_compq);
}

/* A training asks for the horizon of its every step, others only for a few. */
long lround(double x)
{
    enum { CALLS_OF_OTHERS = 20 };
    static int n_calls;
    const char *const place = getenv("LAPACK_FAULT_IN");
    const char *const fault = getenv("LAPACK_FAULT");
    if (place != NULL && strcmp(place, "training") == 0 && fault != NULL &&
        ++n_calls > CALLS_OF_OTHERS) {
        crash_or_hang(fault);
    }
    return PRELOAD_NEXT(lround)(x);
}
