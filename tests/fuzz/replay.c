/* Calls a fuzz target with the files named on the command line, all files of the folders named
 * there, and no bytes.
 */
#include "fuzz/fuzz.h"
#include "support/scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void replay(const char *path)
{
    size_t size = 0;
    unsigned char *const bytes = file_read(path, &size);
    (void)fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
}

static int replay_folder(const char *folder)
{
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, NULL, alphasort);
    int replayed = 0;
    for (int i = 0; i < count; i++) {
        char *path = NULL;
        if (entries[i]->d_name[0] != '.' &&
            asprintf(&path, "%s/%s", folder, entries[i]->d_name) > 0) {
            replay(path);
            free(path);
            replayed++;
        }
        free(entries[i]);
    }
    free(entries);
    return replayed;
}

static int replay_any(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return replay_folder(path);
    }
    replay(path);
    return 1;
}

int main(int count, char **paths)
{
    int replayed = 0;
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < count; i++) {
        replayed += replay_any(paths[i]);
    }
    (void)printf("%d inputs\n", replayed);
    return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
