/* Files of torch.save as Python writes them, made of pickles in words: of protocol 0, but for what
 * names a storage. */
#pragma once

#include "support/weightfiles.h"

/* Adds the call that rebuilds a tensor: of a storage class such as "DoubleStorage" with `stored`
 * elements under a key; dims and strides as lines, "I2\nI3\n". */
struct tensor_words {
    const char *storage;
    const char *key;
    size_t stored;
    size_t offset;
    const char *dims;
    const char *strides;
};
void torch_add_tensor(struct bytes *pickle, const struct tensor_words *tensor);

/* A dict of contiguous float64 tensors, each with a storage of its own, and these, key by key. */
void torch_add_state_dict(struct bytes *pickle, const struct weight *weights, size_t count);

/* An archive, of the pickle and the storages of the weights, whose keys are their numbers. */
void torch_zip_make(struct bytes *out, const struct bytes *pickle, const struct weight *weights,
                    size_t count);

/* The same as a stream. */
void torch_stream_make(struct bytes *out, const struct bytes *pickle, const struct weight *weights,
                       size_t count);

/* Writes the file and expects that it, or one of its arrays, is refused in one line with `part`. */
void torch_refused(const struct bytes *file, const char *part);
