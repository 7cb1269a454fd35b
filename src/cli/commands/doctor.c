/* schursweep doctor [STUDY] */
#include "cli/checks/check.h"
#include "cli/commands/command.h"
#include "cli/shard_option.h"
#include "comm/comm.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOST_SIZE = 128, SCRATCH_SIZE = PATH_MAX + HOST_SIZE };

struct doctor_options {
    const char *study;
    bool json;
};

static const struct option_table OPTIONS = {
    .file = "study file",
    .file_is_optional = true,
    .options = {{"--json", 'j', NULL,
                 "one JSON object: checks[] with name, verdict, rank, host, text",
                 offsetof(struct doctor_options, json)}},
    .more = "Without a study the current folder is looked at, else that of its output. Start it as "
            "the\n"
            "study will be started: under mpirun or srun every rank, so every node, is asked.\n"};

static const char *const VERDICTS[] = {"ok", "note", "FAULT"};

/* Rank 0: the folder of the study's output, and a name in it that nobody else has. */
static enum status find_site(const struct doctor_options *options, char *folder, char *scratch,
                             struct error *error)
{
    struct sweep sweep = {0};
    char *found = NULL;
    char host[HOST_SIZE] = "host";
    enum status status = STATUS_OK;
    if (options->study != NULL) {
        TRY(shard_option_load(&sweep, options->study, NULL, NULL, NULL, NULL, error));
        status = path_directory(&found, sweep.output, error);
    } else {
        status = memory_string(&found, ".", error);
    }
    (void)gethostname(host, sizeof host - 1);
    if (status == STATUS_OK && (snprintf(folder, PATH_MAX, "%s", found) >= PATH_MAX ||
                                snprintf(scratch, SCRATCH_SIZE, "%s/.schursweep-doctor-%s-%ld",
                                         found, host, (long)getpid()) >= SCRATCH_SIZE)) {
        status = error_set(error, STATUS_IO, "%s: the path is too long", found);
    }
    free(found);
    sweep_release(&sweep);
    return status;
}

/* A finding with where it was made. */
struct report_line {
    struct finding finding;
    char host[HOST_SIZE];
};

/* The worst of all ranks, the first of these; *rank receives whose. Collective; on rank 0. */
static enum status worst(const struct check_site *site, const struct finding *mine,
                         struct report_line *line, int *rank, struct error *error)
{
    struct report_line *lines = NULL;
    line->finding = *mine;
    (void)gethostname(line->host, sizeof line->host - 1);
    TRY(comm_agree(site->comm,
                   site->rank == 0
                       ? memory_array(&lines, (size_t)site->n_ranks, sizeof *lines, error)
                       : STATUS_OK,
                   error));
    (void)MPI_Gather(line, (int)sizeof *line, MPI_BYTE, lines, (int)sizeof *line, MPI_BYTE, 0,
                     site->comm);
    *rank = 0;
    for (int i = 1; site->rank == 0 && i < site->n_ranks; i++) {
        *rank = lines[i].finding.verdict > lines[*rank].finding.verdict ? i : *rank;
    }
    if (site->rank == 0) {
        *line = lines[*rank];
    }
    free(lines);
    return STATUS_OK;
}

static void tell_json(const char *name, const struct report_line *line, int rank, struct json *json)
{
    json_object(json, NULL);
    json_text(json, "name", name);
    json_text(json, "verdict", VERDICTS[line->finding.verdict]);
    json_integer(json, "rank", rank);
    json_text(json, "host", line->host);
    json_text(json, "text", line->finding.text);
    json_end_object(json);
}

static void tell(const char *name, const struct report_line *line, int rank)
{
    const struct finding *const finding = &line->finding;
    (void)printf("%-6s %-8s ", VERDICTS[finding->verdict], name);
    if (rank > 0) {
        (void)printf("rank %d on %s: ", rank, line->host);
    }
    (void)printf("%s\n", finding->text);
}

static enum status examine(const struct check_site *site, struct json *json, struct error *error)
{
    int n_faults = 0;
    for (int i = 0; CHECKS[i] != NULL; i++) {
        struct report_line line = {.host = ""};
        int rank = 0;
        const struct finding finding = CHECKS[i]->run(site);
        TRY(worst(site, &finding, &line, &rank, error));
        if (site->rank == 0) {
            n_faults += line.finding.verdict == VERDICT_FAULT;
            text_clean(line.finding.text);
            if (json != NULL) {
                tell_json(CHECKS[i]->name, &line, rank, json);
            } else {
                tell(CHECKS[i]->name, &line, rank);
            }
        }
    }
    return n_faults == 0 ? STATUS_OK
                         : error_set(error, STATUS_IO, "doctor: %d fault%s", n_faults,
                                     n_faults == 1 ? "" : "s");
}

static enum status command_doctor(const struct command_context *context, int argc, char **argv,
                                  struct error *error)
{
    struct doctor_options options = {.study = NULL};
    char folder[PATH_MAX] = "";
    char scratch[SCRATCH_SIZE] = "";
    struct check_site site = {
        .comm = context->comm, .rank = context->rank, .folder = folder, .scratch = scratch};
    TRY(options_parse(argc, argv, &OPTIONS, &options, &options.study, error));
    TRY(comm_agree(site.comm,
                   site.rank == 0 ? find_site(&options, folder, scratch, error) : STATUS_OK,
                   error));
    (void)MPI_Comm_size(site.comm, &site.n_ranks);
    (void)MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, site.comm);
    (void)MPI_Bcast(scratch, sizeof scratch, MPI_CHAR, 0, site.comm);
    struct json json = {.stream = stdout};
    const bool is_json = options.json && site.rank == 0;
    if (is_json) {
        json_object(&json, NULL);
        json_array(&json, "checks");
    }
    const enum status status = examine(&site, is_json ? &json : NULL, error);
    if (is_json) {
        json_end_array(&json);
        json_end_object(&json);
    }
    return comm_agree(site.comm, status, error);
}

const struct command COMMAND_DOCTOR = {
    .name = "doctor",
    .arguments = "[STUDY]",
    .summary = "look whether this machine, folder and launch are fit for a study",
    .options = &OPTIONS,
    .uses_mpi = true,
    .run = command_doctor,
};
