#include "support/written.h"

#include "support/check.h"

#include <stdlib.h>

void written_begin(struct written *written)
{
    *written = (struct written){.stream = NULL};
    written->stream = open_memstream(&written->text, &written->size);
    assert_non_null(written->stream);
}

void written_check(struct written *written, const char *expected)
{
    assert_int_equal(fclose(written->stream), 0);
    assert_string_equal(written->text, expected);
    free(written->text);
}
