/* The form of torch.save since PyTorch 1.6: a zip archive of <name>/data.pkl, its storages in
 * <name>/data/<key>, and maybe <name>/byteorder. */
#pragma once

#include "import/torch/stream.h"

/* Reads the pickle of file->archive, which is open. STATUS_INPUT as torch_open has it. */
MUST_CHECK enum status torch_open_archive(struct torch_file *file, struct error *error);

/* The storage that an identity of a known type names, or a problem. */
void torch_find_archived(const struct torch_file *file, const struct torch_identity *identity,
                         struct torch_storage *storage);

/* `size` bytes of a member from `offset` on; false when they cannot be had or when its checksum is
 * wrong. */
bool torch_read_member(const struct archive *archive, uint64_t index, uint64_t offset, void *bytes,
                       size_t size);

/* Room for the bytes of a pickle, in file->bytes. STATUS_INPUT when there are too many. */
MUST_CHECK enum status torch_take_bytes(struct torch_file *file, uint64_t size,
                                        struct error *error);
