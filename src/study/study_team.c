#include "study/study_parts.h"

#include <stdlib.h>

enum { USUAL_BLOCK = 64 };

/* The most square grid of so many ranks, with no more rows than columns. */
static void choose_grid(struct team_spec *team)
{
    team->n_rows = 1;
    for (int rows = 1; rows <= team->n_ranks / rows; rows++) {
        if (team->n_ranks % rows == 0) {
            team->n_rows = rows;
        }
    }
    team->n_cols = team->n_ranks / team->n_rows;
}

static enum status read_grid(struct study_reader *reader, const config_setting_t *grid)
{
    struct team_spec *const team = &reader->sweep->team;
    double *sizes = NULL;
    int count = 0;
    TRY(config_reals(reader->config, grid, &sizes, &count, reader->error));
    bool fits = count == 2;
    for (int i = 0; fits && i < 2; i++) {
        fits = sizes[i] >= 1.0 && sizes[i] <= STUDY_MAX_TEAM_RANKS &&
               sizes[i] == (double)(int)sizes[i];
    }
    if (fits) {
        team->n_rows = (int)sizes[0];
        team->n_cols = (int)sizes[1];
        fits = (int64_t)team->n_rows * team->n_cols == team->n_ranks;
    }
    free(sizes);
    return fits ? STATUS_OK
                : config_error(reader->config, grid, reader->error,
                               "grid does not give %d ranks, expected [rows, columns] with rows x "
                               "columns = ranks",
                               team->n_ranks);
}

/* With one row or column of three or more ranks ScaLAPACK's QR iteration can wait forever. */
static enum status check_shape(const struct study_reader *reader, const config_setting_t *setting)
{
    const struct team_spec *const team = &reader->sweep->team;
    if (team->n_ranks <= 2 || (team->n_rows > 1 && team->n_cols > 1)) {
        return STATUS_OK;
    }
    return config_error(reader->config, setting, reader->error,
                        "team has a grid of %d x %d, expected one or two ranks, or at least two "
                        "rows and two columns, as 4 ranks make",
                        team->n_rows, team->n_cols);
}

static enum status read_group(struct study_reader *reader, const config_setting_t *setting)
{
    struct team_spec *const team = &reader->sweep->team;
    TRY(config_check(reader->config, setting, &STUDY_GROUPS[GROUP_TEAM], reader->error));
    team->from_hidden = (int)config_integer(setting, "from_hidden", 1024);
    team->n_ranks = (int)config_integer(setting, "ranks", 4);
    team->block = (int)config_integer(setting, "block", USUAL_BLOCK);
    const config_setting_t *const grid = config_setting_get_member(setting, "grid");
    choose_grid(team);
    if (grid != NULL) {
        TRY(read_grid(reader, grid));
    }
    return check_shape(reader, grid != NULL ? grid : setting);
}

enum status study_read_team(struct study_reader *reader, const config_setting_t *root)
{
    const config_setting_t *const team = config_setting_get_member(root, "team");
    const config_setting_t *const keep = config_setting_get_member(root, "keep_schur");
    if (team != NULL) {
        TRY(read_group(reader, team));
    }
    reader->sweep->team.keep_schur = config_bool(root, "keep_schur", false);
    return reader->sweep->team.keep_schur && team == NULL
               ? config_error(reader->config, keep, reader->error,
                              "keep_schur keeps what teams compute, expected a team")
               : STATUS_OK;
}
