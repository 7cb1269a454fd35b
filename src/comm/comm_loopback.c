#include "comm/comm.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

struct letter {
    struct letter *next;
    int from;
    size_t size;
    unsigned char bytes[];
};

struct loopback;

/* One end, and the letters to it. */
struct endpoint {
    struct comm base;
    struct loopback *shared;
    struct letter *first;
    struct letter *last;
};

struct loopback {
    int size;
    loopback_idle idle;
    void *context;
    struct endpoint ends[];
};

static enum status loopback_send(struct comm *base, int to, const void *bytes, size_t size,
                                 struct error *error)
{
    struct loopback *const shared = ((struct endpoint *)base)->shared;
    struct letter *const letter = malloc(sizeof *letter + size);
    if (letter == NULL) {
        return error_set(error, STATUS_INTERNAL, "out of memory: message of %zu bytes", size);
    }
    letter->next = NULL;
    letter->from = base->rank;
    letter->size = size;
    memcpy(letter->bytes, bytes, size);
    struct endpoint *const box = &shared->ends[to];
    if (box->last != NULL) {
        box->last->next = letter;
    } else {
        box->first = letter;
    }
    box->last = letter;
    return STATUS_OK;
}

static struct letter *take_letter(struct endpoint *box)
{
    struct letter *const letter = box->first;
    if (letter != NULL) {
        box->first = letter->next;
        box->last = box->first == NULL ? NULL : box->last;
    }
    return letter;
}

static enum status loopback_receive(struct comm *base, int *from, struct packer *packet, bool *got,
                                    struct error *error)
{
    struct endpoint *const box = (struct endpoint *)base;
    struct loopback *const shared = box->shared;
    bool worked = true;
    while (box->first == NULL && base->rank == COMM_DRIVER && shared->idle != NULL && worked) {
        TRY(shared->idle(shared->context, &worked, error));
    }
    struct letter *const letter = take_letter(box);
    *got = letter != NULL;
    if (letter == NULL) {
        return STATUS_OK;
    }
    *from = letter->from;
    pack_clear(packet);
    pack_bytes(packet, letter->bytes, letter->size);
    free(letter);
    return pack_finish(packet, error);
}

static enum status loopback_drain(struct comm *base, struct error *error)
{
    (void)base;
    (void)error;
    return STATUS_OK; /* a letter has left as soon as it is in the box */
}

static const struct comm_ops LOOPBACK_OPS = {loopback_send, loopback_receive, loopback_drain};

enum status comm_loopback_create(struct comm **ends, int size, loopback_idle idle, void *context,
                                 struct error *error)
{
    struct loopback *shared = NULL;
    const size_t bytes = sizeof *shared + (size_t)size * sizeof *shared->ends;
    TRY(memory_array(&shared, 1, bytes, error));
    shared->size = size;
    shared->idle = idle;
    shared->context = context;
    for (int i = 0; i < size; i++) {
        shared->ends[i] = (struct endpoint){.base = {&LOOPBACK_OPS, i, size}, .shared = shared};
        ends[i] = &shared->ends[i].base;
    }
    return STATUS_OK;
}

void comm_loopback_destroy(struct comm **ends)
{
    struct loopback *const shared = ((struct endpoint *)ends[0])->shared;
    for (int i = 0; i < shared->size; i++) {
        while (shared->ends[i].first != NULL) {
            free(take_letter(&shared->ends[i]));
        }
        ends[i] = NULL;
    }
    free(shared);
}
