/* Messages of any bytes: unpacked, or refused in one line. */
#include "fuzz/message_bytes.h"

#include "comm/message.h"
#include "core/memory.h"

#include <string.h>

static bool is_known(enum status status)
{
    return strcmp(status_text(status), "unknown status") != 0;
}

static bool is_job_failure(enum status status)
{
    return is_known(status) && status_is_job_failure(status);
}

static void check_item(const struct packer *packet)
{
    struct item item;
    struct error error = {""};
    struct packer again = {0};
    const enum status status = message_unpack_item(packet, &item, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_INTERNAL);
        fuzz_demand_message(&error);
        FUZZ_DEMAND(item.wanted == NULL && item.message == NULL);
        return;
    }
    FUZZ_DEMAND(item.kind == ITEM_SWEEP || item.kind == ITEM_TRAIN);
    FUZZ_DEMAND(item.index >= 0 && item.n_jobs >= 0);
    FUZZ_DEMAND(item.failure == STATUS_OK || is_job_failure(item.failure));
    FUZZ_DEMAND((item.failure == STATUS_OK) == (item.message == NULL));
    int count = 0;
    for (int32_t job = 0; job < item.n_jobs; job++) {
        count += item_wants(&item, job);
    }
    FUZZ_DEMAND(count >= 0 && count <= item.n_jobs);
    message_pack_item(&item, &again);
    FUZZ_DEMAND(again.size <= packet->size);
    pack_release(&again);
    item_release(&item);
}

static void check_report(const struct packer *packet)
{
    struct report report;
    struct error error = {""};
    const enum status status = message_unpack_report(packet, &report, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_INTERNAL);
        fuzz_demand_message(&error);
        return;
    }
    FUZZ_DEMAND(is_known(report.status));
    FUZZ_DEMAND(report.failure == STATUS_OK || is_job_failure(report.failure));
    FUZZ_DEMAND(strnlen(report.message, sizeof report.message) < sizeof report.message);
}

static void check_training(const struct packer *packet)
{
    struct training_progress news;
    struct error error = {""};
    const enum status status = message_unpack_training(packet, &news, &error);
    if (status != STATUS_OK) {
        FUZZ_DEMAND(status == STATUS_INTERNAL);
        fuzz_demand_message(&error);
    }
}

static void pack_item(struct fuzz_input *input, struct packer *packet)
{
    struct item item;
    struct error error;
    const enum item_kind kind = (enum item_kind)fuzz_below(input, 2);
    const int32_t n_jobs = kind == ITEM_SWEEP ? fuzz_below(input, 40) : 0;
    FUZZ_DEMAND(item_create(&item, 3, kind, 1, n_jobs, &error) == STATUS_OK);
    for (int32_t job = 0; job < n_jobs; job += 1 + fuzz_below(input, 3)) {
        item_want(&item, job);
    }
    if (fuzz_below(input, 2) != 0) {
        item.failure = STATUS_JOB_MODEL;
        FUZZ_DEMAND(memory_string(&item.message, "why", &error) == STATUS_OK);
    }
    message_pack_item(&item, packet);
    item_release(&item);
}

/* A good message of each kind, or none. */
static void pack_any(struct fuzz_input *input, struct packer *packet)
{
    const struct report report = {.item = 1, .n_done = 2, .message = "text"};
    const struct training_progress news = {.item = 1, .step = 2, .steps = 3, .loss = 4.0};
    static void (*const bare[])(struct packer *) = {message_pack_stop, message_pack_alive,
                                                    message_pack_goodbye};
    const int kind = fuzz_below(input, 7);
    if (kind == 0) {
        pack_item(input, packet);
    } else if (kind == 1) {
        message_pack_report(&report, packet);
    } else if (kind == 2) {
        message_pack_training(&news, packet);
    } else if (kind < 6) {
        bare[kind - 3](packet);
    }
}

/* Changes some bytes, cuts some off, adds what is left of the input. */
static void spoil(struct fuzz_input *input, struct packer *packet)
{
    unsigned char tail[256];
    const int changes = fuzz_below(input, 4);
    for (int i = 0; i < changes && packet->size > 0; i++) {
        packet->bytes[fuzz_byte(input) % packet->size] = fuzz_byte(input);
    }
    packet->size -= fuzz_byte(input) % (packet->size + 1);
    const size_t left = fuzz_left(input) < sizeof tail ? fuzz_left(input) : sizeof tail;
    fuzz_take(input, tail, left);
    pack_bytes(packet, tail, left);
}

void check_message_bytes(struct fuzz_input *input)
{
    struct packer packet = {0};
    pack_any(input, &packet);
    spoil(input, &packet);
    (void)message_kind_of(&packet);
    check_item(&packet);
    check_report(&packet);
    check_training(&packet);
    pack_release(&packet);
}
