#include "study/study_parts.h"

#include <stdlib.h>

static enum status read_grid(struct study_reader *reader, const config_setting_t *grid)
{
    struct team_spec *const team = &reader->sweep->team;
    double *sizes = NULL;
    int count = 0;
    TRY(config_reals(reader->config, grid, &sizes, &count));
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
                : config_error(reader->config, grid,
                               "grid does not give %d ranks, expected [rows, columns] with rows x "
                               "columns = ranks",
                               team->n_ranks);
}

enum status study_read_team(struct study_reader *reader, const config_setting_t *root)
{
    struct team_spec *const team = &reader->sweep->team;
    const config_setting_t *const setting = config_setting_get_member(root, "team");
    team->keep_schur = config_bool(root, "keep_schur", false);
    if (setting == NULL) {
        return team->keep_schur
                   ? config_error(reader->config, config_setting_get_member(root, "keep_schur"),
                                  "keep_schur keeps what teams compute, expected a team")
                   : STATUS_OK;
    }
    TRY(config_check(reader->config, setting, &STUDY_GROUPS[GROUP_TEAM]));
    const config_setting_t *const grid = config_setting_get_member(setting, "grid");
    team->from_hidden = (int)config_integer(setting, "from_hidden", 1024);
    team->n_ranks = (int)config_integer(setting, "ranks", 4);
    team->block = (int)config_integer(setting, "block", 64);
    /* The most square grid of so many ranks, with no more rows than columns. */
    for (int rows = 1; rows <= team->n_ranks / rows; rows++) {
        team->n_rows = team->n_ranks % rows == 0 ? rows : team->n_rows;
    }
    team->n_cols = team->n_ranks / team->n_rows;
    if (grid != NULL) {
        TRY(read_grid(reader, grid));
    }
    /* With one row or column of three or more ranks ScaLAPACK's QR iteration can wait forever. */
    return team->n_ranks <= 2 || (team->n_rows > 1 && team->n_cols > 1)
               ? STATUS_OK
               : config_error(reader->config, grid != NULL ? grid : setting,
                              "team has a grid of %d x %d, expected one or two ranks, or at least "
                              "two rows and two columns, as 4 ranks make",
                              team->n_rows, team->n_cols);
}
