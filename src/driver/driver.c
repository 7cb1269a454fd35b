#include "driver/driver.h"

#include "comm/backoff.h"

#include <time.h>

struct drive {
    struct comm *comm;
    struct queue *queue;
    struct progress *progress;
    struct packer packet;
};

double driver_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static enum status send_packet(struct drive *drive, int worker, struct error *error)
{
    TRY(pack_finish(&drive->packet, error));
    return comm_send(drive->comm, worker, drive->packet.bytes, drive->packet.size, error);
}

/* Hands a worker one item more, up to `depth` in flight; *got tells whether there was one. */
static enum status hand_out(struct drive *drive, int worker, int depth, bool *got,
                            struct error *error)
{
    struct item item;
    TRY(queue_next(drive->queue, worker, depth, &item, got, error));
    if (!*got) {
        return STATUS_OK;
    }
    pack_clear(&drive->packet);
    message_pack_item(&item, &drive->packet);
    item_release(&item);
    return send_packet(drive, worker, error);
}

/* One item to every worker before anybody gets a second one. */
static enum status feed_all(struct drive *drive, struct error *error)
{
    bool got = false;
    for (int depth = 1; depth <= DRIVER_DEPTH; depth++) {
        for (int worker = 1; worker < drive->comm->size; worker++) {
            TRY(hand_out(drive, worker, depth, &got, error));
        }
    }
    return STATUS_OK;
}

static enum status take_report(struct drive *drive, int worker, struct error *error)
{
    struct report report;
    bool got = false;
    TRY(message_unpack_report(&drive->packet, &report, error));
    if (report.status != STATUS_OK) {
        return error_set(error, report.status, "%s", report.message);
    }
    TRY(queue_report(drive->queue, worker, &report, error));
    progress_training_ended(drive->progress, report.item);
    if (queue_model_of_item(drive->queue, report.item) >= 0) {
        return feed_all(drive, error); /* cases have become ready, and others may be idle */
    }
    return hand_out(drive, worker, DRIVER_DEPTH, &got, error);
}

static enum status take_training_news(struct drive *drive, struct error *error)
{
    struct training_news news;
    TRY(message_unpack_training(&drive->packet, &news, error));
    progress_training(drive->progress, &news, queue_model_of_item(drive->queue, news.item));
    return STATUS_OK;
}

static enum status take_packet(struct drive *drive, int worker, struct error *error)
{
    return message_kind_of(&drive->packet) == MESSAGE_TRAINING ? take_training_news(drive, error)
                                                               : take_report(drive, worker, error);
}

static enum status run_loop(struct drive *drive, struct error *error)
{
    struct backoff backoff = {0};
    TRY(feed_all(drive, error));
    while (!queue_is_finished(drive->queue)) {
        bool got = false;
        int worker = 0;
        TRY(comm_receive(drive->comm, &worker, &drive->packet, &got, error));
        if (got) {
            TRY(take_packet(drive, worker, error));
            backoff_reset(&backoff);
        } else {
            backoff_wait(&backoff);
        }
        const struct queue_counts counts = queue_counts(drive->queue);
        progress_update(drive->progress, &counts, driver_clock());
    }
    return STATUS_OK;
}

static enum status stop_workers(struct drive *drive, struct error *error)
{
    pack_clear(&drive->packet);
    message_pack_stop(&drive->packet);
    for (int worker = 1; worker < drive->comm->size; worker++) {
        TRY(send_packet(drive, worker, error));
    }
    return comm_drain(drive->comm, error);
}

enum status driver_run(struct comm *comm, struct queue *queue, struct progress *progress,
                       struct error *error)
{
    struct drive drive = {.comm = comm, .queue = queue, .progress = progress};
    struct error stop_error;
    enum status status = run_loop(&drive, error);
    const enum status stopped = stop_workers(&drive, &stop_error);
    if (status == STATUS_OK && stopped != STATUS_OK) {
        *error = stop_error;
        status = stopped;
    }
    const struct queue_counts counts = queue_counts(queue);
    progress_end(progress, &counts, driver_clock());
    pack_release(&drive.packet);
    return status;
}
