/* What a reader of a report must know before trusting it. */
#pragma once

#include "report/report.h"

/* Groups with fewer seeds carry no statistics worth the name. */
enum { FEW_SEEDS = 3 };

/* Calls `tell` with one line per warning, the gravest first. */
void report_warnings(const struct report *report, void (*tell)(void *context, const char *line),
                     void *context);
