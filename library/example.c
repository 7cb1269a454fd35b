/* Reads n and n x n numbers (row after row) and tells the sectors of the matrix at three
 * thresholds.
 *
 *     cc example.c $(pkg-config --cflags --libs schursweep-kernel) -o example
 *     printf '2  0.5 1  0 0.9' | ./example */
#include <schursweep/kernel.h>

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    static const double alphas[] = {0.85, 0.90, 0.95};
    char message[SCHURSWEEP_MESSAGE_SIZE];
    schursweep_form *form = NULL;
    int n = 0;
    if (scanf("%d", &n) != 1 || n < 1 || n > 10000) {
        return EXIT_FAILURE;
    }
    double *const w = malloc((size_t)n * (size_t)n * sizeof *w);
    for (int i = 0; w != NULL && i < n * n; i++) {
        if (scanf("%lf", &w[i]) != 1) {
            return EXIT_FAILURE;
        }
    }
    if (w == NULL || schursweep_form_create(&form, n, w, 1.0, message) != SCHURSWEEP_OK) {
        (void)fprintf(stderr, "%s\n", w == NULL ? "out of memory" : message);
        return EXIT_FAILURE;
    }
    for (int i = 0; i < 3; i++) {
        struct schursweep_split split;
        double removed = 0.0;
        if (schursweep_split_at(form, alphas[i], &split, message) != SCHURSWEEP_OK ||
            schursweep_remove(form, alphas[i], SCHURSWEEP_CC, w, &removed, message) !=
                SCHURSWEEP_OK) {
            (void)fprintf(stderr, "%s\n", message);
            return EXIT_FAILURE;
        }
        printf("%g %d %.17g %.17g %.17g %.17g\n", alphas[i], split.n_r, split.mass[0],
               split.mass[1], split.mass[2], removed);
    }
    schursweep_form_destroy(form);
    free(w);
    return EXIT_SUCCESS;
}
