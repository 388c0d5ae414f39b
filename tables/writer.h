/* Writes a table that stands in memory as one .h5 file. */
#ifndef NASBED_TABLES_WRITER_H
#define NASBED_TABLES_WRITER_H

#include "base/error.h"
#include "tables/table.h"

#include <stddef.h>

/* The whole file, seal and HDF5, malloc'ed into *bytes; equal tables give equal bytes.
 * table->digest is written as it stands (schema_digest). ERROR_MEMORY, ERROR_IO. */
int writer_bytes(const struct table *table, char **bytes, size_t *size, struct error *error);

/* The same into `path`, under a temporary name first. */
int writer_write(const struct table *table, const char *path, struct error *error);

#endif
