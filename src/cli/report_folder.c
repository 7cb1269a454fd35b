#include "cli/report_folder.h"

#include "core/text.h"
#include "report/figures/figure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char PAGE[] = "report.html";
static const char LOG[] = "gnuplot.log";

/* "folder/name". */
static bool join(char path[PATH_MAX], const char *folder, const char *name)
{
    const int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return length >= 0 && length < PATH_MAX;
}

static enum status make_folders(const char *output, struct error *error)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s", output) >= (int)sizeof path) {
        return error_set(error, STATUS_IO, "path too long: %.100s", output);
    }
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const enum status made = path_make_folder(path, error);
        *slash = '/';
        TRY(made);
    }
    return path_make_folder(path, error);
}

enum status report_folder_create(struct report_folder *folder, const char *output,
                                 struct error *error)
{
    char path[PATH_MAX];
    *folder = (struct report_folder){.path = ""};
    TRY(make_folders(output, error));
    if (!join(path, output, ".report-XXXXXX") || !join(folder->figures, path, "figures")) {
        return error_set(error, STATUS_IO, "path too long: %.100s", output);
    }
    if (mkdtemp(path) == NULL) { /* for its owner alone, under a name that nobody can foresee */
        return error_set(error, STATUS_IO, "%s: cannot create a folder in it: %s", output,
                         strerror(errno));
    }
    memcpy(folder->path, path, sizeof folder->path);
    return join(folder->figures, folder->path, "figures")
               ? path_make_folder(folder->figures, error)
               : error_set(error, STATUS_IO, "path too long: %.100s", output);
}

/* Calls `visit` for every file of a folder. */
static enum status for_files(const char *folder,
                             enum status (*visit)(const char *from, const char *name,
                                                  const char *to, struct error *error),
                             const char *to, struct error *error)
{
    enum status status = STATUS_OK;
    DIR *const entries = opendir(folder);
    if (entries == NULL) {
        return error_set(error, STATUS_IO, "%s: cannot read: %s", folder, strerror(errno));
    }
    for (struct dirent *entry = readdir(entries); entry != NULL && status == STATUS_OK;
         entry = readdir(entries)) {
        struct stat info;
        char path[PATH_MAX];
        if (join(path, folder, entry->d_name) && lstat(path, &info) == 0 &&
            !S_ISDIR(info.st_mode)) {
            status = visit(path, entry->d_name, to, error);
        }
    }
    (void)closedir(entries);
    return status;
}

static enum status move(const char *from, const char *name, const char *to, struct error *error)
{
    char path[PATH_MAX];
    if (!join(path, to, name) || rename(from, path) != 0) {
        return error_set(error, STATUS_IO, "%s/%s: cannot write: %s", to, name, strerror(errno));
    }
    return STATUS_OK;
}

static enum status move_all_but_page(const char *from, const char *name, const char *to,
                                     struct error *error)
{
    return strcmp(name, PAGE) == 0 ? STATUS_OK : move(from, name, to, error);
}

/* Whether a file is named like one of a figure. */
static bool is_of_figure(const char *name)
{
    static const char *const ENDINGS[] = {".gp", ".dat", ".svg"};
    bool is_named = false;
    for (const struct figure_entry *entry = FIGURES; entry->name != NULL && !is_named; entry++) {
        const size_t length = strlen(entry->name);
        is_named =
            strncmp(name, entry->name, length) == 0 && (name[length] == '-' || name[length] == '.');
    }
    for (int i = 0; is_named && i < 3; i++) {
        if (text_ends(name, ENDINGS[i])) {
            return true;
        }
    }
    return false;
}

/* A figure of an earlier report must not pass for one of this, which is in the folder `to`. */
static enum status clear_figure(const char *from, const char *name, const char *to,
                                struct error *error)
{
    char path[PATH_MAX];
    (void)error;
    if (is_of_figure(name) && join(path, to, name) && access(path, F_OK) != 0) {
        (void)unlink(from);
    }
    return STATUS_OK;
}

/* Old figures are removed there, which must not happen wherever a link leads to. */
static enum status check_no_link(const char *path, struct error *error)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISLNK(info.st_mode)
               ? error_set(error, STATUS_IO, "%s: a symbolic link, expected a folder", path)
               : STATUS_OK;
}

static enum status place(const struct report_folder *folder, const char *output,
                         struct error *error)
{
    char figures[PATH_MAX];
    char path[PATH_MAX];
    if (!join(figures, output, "figures") || !join(path, figures, LOG)) {
        return error_set(error, STATUS_IO, "path too long: %.100s", output);
    }
    TRY(path_make_folder(figures, error));
    TRY(check_no_link(figures, error));
    (void)unlink(path);
    TRY(for_files(figures, clear_figure, folder->figures, error));
    TRY(for_files(folder->figures, move, figures, error));
    TRY(for_files(folder->path, move_all_but_page, output, error));
    return join(path, folder->path, PAGE) ? move(path, PAGE, output, error) : STATUS_OK;
}

enum status report_folder_place(const struct report_folder *folder, const char *output,
                                struct error *error)
{
    const int descriptor = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) { /* where there are no locks, each file is whole for all that */
        (void)flock(descriptor, LOCK_EX);
    }
    const enum status status = place(folder, output, error);
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return status;
}

static enum status remove_file(const char *from, const char *name, const char *to,
                               struct error *error)
{
    (void)name, (void)to, (void)error;
    (void)unlink(from);
    return STATUS_OK;
}

void report_folder_remove(struct report_folder *folder)
{
    struct error ignored;
    if (folder->path[0] != '\0') {
        (void)!for_files(folder->figures, remove_file, NULL, &ignored);
        (void)rmdir(folder->figures);
        (void)!for_files(folder->path, remove_file, NULL, &ignored);
        (void)rmdir(folder->path);
        folder->path[0] = '\0';
    }
}
