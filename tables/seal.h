/* The seal of a table: the first 512 bytes of its file, which HDF5 leaves to us (its user
 * block). They say in text what the table is, how long the file is, and a digest of all of it.
 * It is checked before HDF5 sees a byte: a damaged file never reaches a parser that might not
 * survive it. */
#ifndef NASBED_TABLES_SEAL_H
#define NASBED_TABLES_SEAL_H

#include "base/error.h"
#include "tables/table.h"

#include <stddef.h>

#define SEAL_BYTES 512

/* Print the seal of the HDF5 part `data` into `seal` (no NUL; filled up with line ends). */
void seal_print(const struct table_identity *identity, const void *data, size_t size,
                char seal[SEAL_BYTES]);

/* Check a whole file, `seal` and the HDF5 part after it. ERROR_FORMAT if it is no table;
 * ERROR_DIGEST if it was cut or changed. */
int seal_check(const char *file, size_t size, struct table_identity *identity, struct error *error);

/* Which table the file at `path` is, by its first 512 bytes alone. */
int seal_peek(const char *path, struct table_identity *identity, struct error *error);

#endif
