#include "worker/cell_buffer.h"

#include "core/memory.h"

#include <stdlib.h>
#include <time.h>

static const double FLUSH_INTERVAL = 1.0;

double worker_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

enum status cell_buffer_create(struct cell_buffer *buffer, const struct results *results,
                               int64_t case_index, int n_jobs, struct error *error)
{
    *buffer = (struct cell_buffer){.results = results,
                                   .case_index = case_index,
                                   .n_jobs = n_jobs,
                                   .last_flush = worker_clock()};
    enum status status = memory_array(&buffer->cells, (size_t)n_jobs, sizeof *buffer->cells, error);
    if (status == STATUS_OK) {
        status = memory_array(&buffer->ready, (size_t)n_jobs, 1, error);
    }
    if (status != STATUS_OK) {
        cell_buffer_release(buffer);
    }
    return status;
}

void cell_buffer_release(struct cell_buffer *buffer)
{
    free(buffer->cells);
    free(buffer->ready);
    *buffer = (struct cell_buffer){0};
}

enum status cell_buffer_add(struct cell_buffer *buffer, int job, const struct cell *cell,
                            struct error *error)
{
    buffer->cells[job] = *cell;
    buffer->n_ready += buffer->ready[job] == 0;
    buffer->ready[job] = 1;
    return worker_clock() - buffer->last_flush >= FLUSH_INTERVAL ? cell_buffer_flush(buffer, error)
                                                                 : STATUS_OK;
}

static int run_end(const struct cell_buffer *buffer, int first)
{
    int end = first;
    while (end < buffer->n_jobs && buffer->ready[end] != 0) {
        end++;
    }
    return end;
}

static void count_written(struct cell_buffer *buffer, int first, int end)
{
    for (int job = first; job < end; job++) {
        buffer->n_done += buffer->cells[job].state == CELL_DONE;
        buffer->n_failed += buffer->cells[job].state == CELL_FAILED;
        buffer->n_absent += buffer->cells[job].state == CELL_PENDING;
        buffer->ready[job] = 0;
        buffer->n_ready--;
    }
}

enum status cell_buffer_flush(struct cell_buffer *buffer, struct error *error)
{
    for (int first = 0; first < buffer->n_jobs && buffer->n_ready > 0; first++) {
        const int end = run_end(buffer, first);
        if (end > first) {
            TRY(results_write_cells(buffer->results, buffer->case_index, first,
                                    buffer->cells + first, end - first, error));
            count_written(buffer, first, end);
            first = end;
        }
    }
    buffer->last_flush = worker_clock();
    return STATUS_OK;
}
