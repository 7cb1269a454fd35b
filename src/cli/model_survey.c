#include "cli/model_survey.h"

#include "comm/comm.h"
#include "core/memory.h"
#include "store/model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

_Static_assert((int)STUDY_NAME_SIZE == (int)MODEL_NAME_SIZE, "labels are copied whole");

/* ---- looking ---- */

static enum status describe_trials(const char *path, struct trials_facts *facts,
                                   struct error *error)
{
    struct trials trials;
    *facts = (struct trials_facts){0};
    TRY(trials_file_read(path, &trials, error));
    facts->n_in = trials.n_in;
    facts->n_out = trials.n_out;
    facts->n_hidden = trials.n_hidden;
    facts->steps = (double)trials.n_steps * trials.n_trials;
    const enum status status = trials_hash(&trials, &facts->hash, error);
    trials_release(&trials);
    return status;
}

static enum status look_through(const char *path, struct model_facts *facts, struct error *error)
{
    struct network network;
    struct model_labels labels;
    *facts = (struct model_facts){0};
    TRY(model_file_survey(path, &network, &labels, &facts->weights_hash, error));
    facts->cell = network.cell;
    facts->n_hidden = network.n_hidden;
    facts->n_in = network.n_in;
    facts->n_out = network.n_out;
    facts->seed = labels.seed;
    facts->has_trials = labels.has_trials;
    (void)snprintf(facts->task, sizeof facts->task, "%s", labels.task);
    (void)snprintf(facts->construction, sizeof facts->construction, "%s", labels.construction);
    (void)snprintf(facts->identity, sizeof facts->identity, "%s", labels.identity);
    network_release(&network);
    return facts->has_trials ? describe_trials(path, &facts->trials, error) : STATUS_OK;
}

static enum status describe_model(const char *path, struct model_facts *facts, struct error *error)
{
    const int64_t held = model_file_hold(path);
    const enum status status = look_through(path, facts, error);
    model_file_let_go(held);
    return status;
}

/* ---- records ---- */

enum { IDENTITY_DIGITS = sizeof(((struct model_facts *)NULL)->identity) - 1 };
enum { RECORD = RESULTS_SURVEY_SIZE, CHECKED = RECORD - 8, RECORD_VERSION = 2 };

/* What of a file changes with its content: nobody can set the time of a change of the inode.
 * Devices have other numbers on other nodes. */
struct stamp {
    int64_t inode;
    int64_t size;
    int64_t modified; /* nanoseconds since 1970 */
    int64_t changed;
};

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static bool stamp_of(const char *path, struct stamp *stamp)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return false;
    }
    *stamp = (struct stamp){(int64_t)info.st_ino, (int64_t)info.st_size, nanoseconds(info.st_mtim),
                            nanoseconds(info.st_ctim)};
    return true;
}

/* Times have steps: a file that was written a moment ago may change once more within the same one.
 */
static bool is_settled(const struct stamp *stamp)
{
    static const int64_t margin = 2000000000;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return stamp->changed < nanoseconds(now) - margin &&
           stamp->modified < nanoseconds(now) - margin;
}

static struct hash128 key_of(const struct stamp *stamp)
{
    return hash_bytes128(stamp, sizeof *stamp);
}

static void pack_facts(struct packer *packer, const struct model_facts *facts)
{
    const struct trials_facts *const trials = &facts->trials;
    const unsigned char choices[4] = {
        (unsigned char)facts->cell.kind, (unsigned char)facts->cell.activation,
        (unsigned char)facts->cell.leak_form, facts->has_trials ? 1 : 0};
    pack_bytes(packer, choices, sizeof choices);
    pack_f64(packer, facts->cell.leak);
    pack_i32(packer, facts->n_hidden);
    pack_i32(packer, facts->n_in);
    pack_i32(packer, facts->n_out);
    pack_i64(packer, facts->seed);
    pack_bytes(packer, facts->identity, IDENTITY_DIGITS);
    pack_i64(packer, (int64_t)facts->weights_hash);
    pack_i32(packer, trials->n_in);
    pack_i32(packer, trials->n_out);
    pack_i32(packer, trials->n_hidden);
    pack_f64(packer, trials->steps);
    pack_i64(packer, (int64_t)trials->hash);
    pack_bytes(packer, facts->task, sizeof facts->task);
    pack_bytes(packer, facts->construction, sizeof facts->construction);
}

/* False for facts that no model file can have given. */
static bool unpack_facts(struct unpacker *unpacker, struct model_facts *facts)
{
    unsigned char choices[4] = {0};
    unpack_bytes(unpacker, choices, sizeof choices);
    *facts = (struct model_facts){.cell.kind = (enum cell_kind)choices[0],
                                  .cell.activation = (enum activation)choices[1],
                                  .cell.leak_form = (enum leak_form)choices[2],
                                  .has_trials = choices[3] != 0};
    facts->cell.leak = unpack_f64(unpacker);
    facts->n_hidden = unpack_i32(unpacker);
    facts->n_in = unpack_i32(unpacker);
    facts->n_out = unpack_i32(unpacker);
    facts->seed = unpack_i64(unpacker);
    unpack_bytes(unpacker, facts->identity, IDENTITY_DIGITS);
    facts->weights_hash = (uint64_t)unpack_i64(unpacker);
    facts->trials.n_in = unpack_i32(unpacker);
    facts->trials.n_out = unpack_i32(unpacker);
    facts->trials.n_hidden = unpack_i32(unpacker);
    facts->trials.steps = unpack_f64(unpacker);
    facts->trials.hash = (uint64_t)unpack_i64(unpacker);
    unpack_bytes(unpacker, facts->task, sizeof facts->task);
    unpack_bytes(unpacker, facts->construction, sizeof facts->construction);
    return !unpacker->failed && facts->cell.kind < CELL_KIND_COUNT &&
           facts->cell.activation < ACTIVATION_COUNT && facts->cell.leak_form < LEAK_FORM_COUNT &&
           facts->cell.leak > 0.0 && facts->cell.leak <= 1.0 && facts->n_hidden > 0 &&
           facts->n_hidden <= MODEL_MAX_HIDDEN && facts->n_in > 0 &&
           facts->n_in <= MODEL_MAX_ROWS && facts->n_out > 0 &&
           facts->n_out <= MODEL_MAX_CHANNELS && facts->trials.n_hidden >= 0 &&
           facts->trials.steps >= 0.0 && facts->trials.steps <= 0x1p62 &&
           facts->task[STUDY_NAME_SIZE - 1] == '\0' &&
           facts->construction[STUDY_NAME_SIZE - 1] == '\0';
}

/* Appends a record to the packer: RECORD bytes, the last 8 a hash of the others. */
static void pack_record(struct packer *packer, const struct stamp *stamp,
                        const struct model_facts *facts)
{
    static const unsigned char nothing[RECORD] = {0};
    const size_t begin = packer->size;
    pack_i32(packer, RECORD_VERSION);
    pack_i64(packer, stamp->inode);
    pack_i64(packer, stamp->size);
    pack_i64(packer, stamp->modified);
    pack_i64(packer, stamp->changed);
    pack_facts(packer, facts);
    if (!packer->failed) {
        pack_bytes(packer, nothing, begin + CHECKED - packer->size);
    }
    if (!packer->failed) {
        pack_i64(packer, (int64_t)hash_bytes64(packer->bytes + begin, CHECKED));
    }
}

/* False when these bytes are no record of this version. */
static bool unpack_record(const unsigned char *record, struct stamp *stamp,
                          struct model_facts *facts)
{
    struct unpacker unpacker = unpack_begin(record, RECORD);
    struct unpacker check = unpack_begin(record + CHECKED, RECORD - CHECKED);
    const bool is_ours = (uint64_t)unpack_i64(&check) == hash_bytes64(record, CHECKED) &&
                         unpack_i32(&unpacker) == RECORD_VERSION;
    stamp->inode = unpack_i64(&unpacker);
    stamp->size = unpack_i64(&unpacker);
    stamp->modified = unpack_i64(&unpacker);
    stamp->changed = unpack_i64(&unpacker);
    return unpack_facts(&unpacker, facts) && is_ours;
}

/* Looks into a file, and appends its record if it did not change meanwhile. */
static enum status survey(const char *path, struct packer *packer, struct model_facts *facts,
                          struct error *error)
{
    struct stamp before;
    struct stamp after;
    const bool is_there = stamp_of(path, &before);
    TRY(describe_model(path, facts, error));
    if (is_there && is_settled(&before) && stamp_of(path, &after) &&
        memcmp(&before, &after, sizeof before) == 0) {
        pack_record(packer, &before, facts);
    }
    return STATUS_OK;
}

/* Takes over copies of the records among `count`, in the place of those of the same file. */
static enum status remember(struct model_survey *survey, const unsigned char *records, size_t count,
                            struct error *error)
{
    struct stamp stamp;
    struct model_facts facts;
    TRY(memory_reserve(&survey->records, &survey->capacity, (survey->count + count) * RECORD, 1,
                       error));
    for (size_t i = 0; i < count; i++) {
        const unsigned char *const record = records + i * RECORD;
        if (unpack_record(record, &stamp, &facts)) {
            TRY(index_map_put(&survey->of_file, key_of(&stamp), (int)survey->count, error));
            memcpy(survey->records + survey->count * RECORD, record, RECORD);
            survey->count++;
        }
    }
    return STATUS_OK;
}

/* The record of a file as it is now, or NULL. */
static const unsigned char *recall(const struct model_survey *survey, const char *path)
{
    struct stamp stamp;
    const int index =
        stamp_of(path, &stamp) ? index_map_find(&survey->of_file, key_of(&stamp)) : -1;
    return index >= 0 ? survey->records + (size_t)index * RECORD : NULL;
}

/* ---- ranks ---- */

/* One rank's share of the paths in a packet; files that are refused have no record: the driver
 * reads them itself and says why. */
static enum status survey_share(const struct packer *paths, int rank, int n_ranks,
                                struct packer *records, struct error *error)
{
    struct unpacker unpacker = unpack_begin(paths->bytes, paths->size);
    struct model_facts facts;
    struct error ignored;
    const int32_t count = unpack_count(&unpacker, 1);
    pack_clear(records);
    for (int32_t i = 0; i < count; i++) {
        char *const path = unpack_string(&unpacker);
        if (path != NULL && i % n_ranks == rank) {
            (void)!survey(path, records, &facts, &ignored);
        }
        free(path);
    }
    TRY(unpack_finish(&unpacker, "paths of models", error));
    return pack_finish(records, error);
}

/* All ranks, with the same paths: each tells all others what it found; `heard` may be NULL. */
static enum status share_work(MPI_Comm comm, const struct packer *paths, struct model_survey *heard,
                              struct error *error)
{
    struct packer records = {0};
    int rank = 0;
    int n_ranks = 1;
    (void)MPI_Comm_rank(comm, &rank);
    (void)MPI_Comm_size(comm, &n_ranks);
    enum status status =
        comm_agree(comm, survey_share(paths, rank, n_ranks, &records, error), error);
    if (status == STATUS_OK && heard != NULL) {
        status = remember(heard, records.bytes, records.size / RECORD, error);
    }
    for (int from = 1; from < n_ranks && status == STATUS_OK; from++) {
        struct packer packet = {0};
        status = comm_broadcast(comm, from, from == rank ? &records : &packet, error);
        if (status == STATUS_OK && heard != NULL) {
            status = remember(heard, packet.bytes, packet.size / RECORD, error);
        }
        pack_release(&packet);
    }
    pack_release(&records);
    return status;
}

/* All ranks but the driver: look into files for it until it ends. */
static enum status serve(MPI_Comm comm, struct error *error)
{
    struct packer paths = {0};
    enum status status = comm_broadcast(comm, COMM_DRIVER, &paths, error);
    while (status == STATUS_OK && paths.size > 0) {
        status = share_work(comm, &paths, NULL, error);
        THEN(status, comm_broadcast(comm, COMM_DRIVER, &paths, error));
    }
    pack_release(&paths);
    return status;
}

enum status model_survey_share(struct model_survey *survey, MPI_Comm comm,
                               enum status (*prepare)(void *context, struct error *error),
                               void *context, struct error *error)
{
    struct packer nothing = {0};
    struct error end_error;
    int rank = 0;
    (void)MPI_Comm_rank(comm, &rank);
    survey->comm = comm;
    (void)MPI_Comm_size(comm, &survey->n_ranks);
    if (rank != COMM_DRIVER) {
        return comm_agree(comm, serve(comm, error), error);
    }
    enum status status = prepare(context, error);
    const enum status ended =
        survey->n_ranks > 1 ? comm_broadcast(comm, COMM_DRIVER, &nothing, &end_error) : STATUS_OK;
    if (status == STATUS_OK && ended != STATUS_OK) {
        *error = end_error;
        status = ended;
    }
    return comm_agree(comm, status, error);
}

/* The driver: the paths from *next on of which nothing is known, as many as one message may have.
 */
static enum status ask_ranks(struct model_survey *survey, char *const *paths, size_t count,
                             size_t *next, struct error *error)
{
    enum { AT_ONCE = 4096 };
    const char *unknown[AT_ONCE];
    struct packer packet = {0};
    int32_t n_unknown = 0;
    for (; *next < count && n_unknown < AT_ONCE; (*next)++) {
        if (recall(survey, paths[*next]) == NULL) {
            unknown[n_unknown++] = paths[*next];
        }
    }
    if (n_unknown < 2 * survey->n_ranks) {
        return STATUS_OK; /* not worth the messages */
    }
    pack_i32(&packet, n_unknown);
    for (int32_t i = 0; i < n_unknown; i++) {
        pack_string(&packet, unknown[i]);
    }
    enum status status = pack_finish(&packet, error);
    THEN(status, comm_broadcast(survey->comm, COMM_DRIVER, &packet, error));
    THEN(status, share_work(survey->comm, &packet, survey, error));
    pack_release(&packet);
    return status;
}

/* ---- for a study ---- */

static enum status expect(void *context, const char *output, char *const *paths, size_t count,
                          struct error *error)
{
    struct model_survey *const survey = context;
    const uint64_t file = hash_bytes64(output, strlen(output)); /* a shard has one of its own */
    if (survey->has_read != file) {
        unsigned char *kept = NULL;
        size_t n_kept = 0;
        survey->has_read = file;
        enum status status = results_read_surveys(output, &kept, &n_kept, error);
        THEN(status, remember(survey, kept, n_kept, error));
        free(kept);
        TRY(status);
    }
    for (size_t next = 0; survey->n_ranks > 1 && next < count;) {
        TRY(ask_ranks(survey, paths, count, &next, error));
    }
    return STATUS_OK;
}

static enum status read_model(void *context, const char *path, struct model_facts *facts,
                              struct error *error)
{
    struct model_survey *const known = context;
    const unsigned char *const record = recall(known, path);
    struct packer packet = {0};
    struct stamp stamp;
    if (record != NULL && unpack_record(record, &stamp, facts)) {
        return STATUS_OK;
    }
    enum status status = survey(path, &packet, facts, error);
    THEN(status, pack_finish(&packet, error));
    THEN(status, remember(known, packet.bytes, packet.size / RECORD, error));
    pack_release(&packet);
    return status;
}

struct study_sources model_survey_sources(struct model_survey *survey)
{
    return (struct study_sources){.read_model = read_model,
                                  .read_trials = describe_trials,
                                  .expect = expect,
                                  .context = survey};
}

enum status model_survey_keep(const struct model_survey *survey, const struct sweep *sweep,
                              const struct results *results, struct error *error)
{
    unsigned char *records = NULL;
    unsigned char *is_kept = NULL; /* its first case has come */
    if (survey->count == 0) {
        return STATUS_OK;
    }
    enum status status = memory_array2(&records, (size_t)sweep->n_cases, RECORD, 1, error);
    THEN(status, memory_array(&is_kept, (size_t)sweep->n_models, 1, error));
    for (int i = 0; i < sweep->n_cases && status == STATUS_OK; i++) {
        const int model = sweep->cases[i].model;
        const unsigned char *const record =
            is_kept[model] != 0 ? NULL : recall(survey, sweep->models[model].path);
        is_kept[model] = 1;
        if (record != NULL) {
            memcpy(records + (size_t)i * RECORD, record, RECORD);
        }
    }
    THEN(status, results_write_surveys(results, records, error));
    free(records);
    free(is_kept);
    return status;
}

void model_survey_release(struct model_survey *survey)
{
    free(survey->records);
    index_map_release(&survey->of_file);
    *survey = (struct model_survey){0};
}
