/* What a processor can do at most, on data in the first cache: seconds of one scalar multiply-add
 * and of one tanh of the rollouts. */
#pragma once

#include "core/isa.h"
#include "core/sweep.h"

double bench_fma_seconds(enum isa path, enum precision precision);
double bench_tanh_seconds(enum isa path, enum precision precision);
