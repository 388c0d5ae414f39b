/* Saved supernets: arrays under names in one sealed HDF5 file, with what they belong to. The seal is a
 * table's (seal.h): a file that was cut or changed never reaches HDF5. */
#ifndef NASBED_TABLES_SAVED_H
#define NASBED_TABLES_SAVED_H

#include "base/error.h"
#include "tables/table.h"

#include <stddef.h>

enum saved_type {
    SAVED_TEXT,
    SAVED_INT,
    SAVED_FLOAT,
    SAVED_DOUBLE
}; /* bytes; 4, 4 and 8 of them */

struct saved_array {
    const char *name;
    enum saved_type type;
    void *data; /* [n]; of what was read malloc'ed, of a text with a NUL after it */
    size_t n;   /* at least 1 */
};

/* Write the arrays, under a temporary name that is renamed into place. One thread at a time. Errors:
 * ERROR_MEMORY; those of file_write. */
int saved_write(const char *path, const struct table_identity *identity,
                const struct saved_array *array, int n, struct error *error);

/* Read what the names and types of array[n] ask for; saved_free them. Errors, each with the path:
 * ERROR_MISSING where there is no file; ERROR_FORMAT, ERROR_DIGEST; ERROR_MISMATCH, naming what differs,
 * where space, protocol, data set or arithmetic are not those of `wanted`; ERROR_MEMORY. */
int saved_read(const char *path, const struct table_identity *wanted, struct saved_array *array,
               int n, struct error *error);
void saved_free(struct saved_array *array, int n);

#endif
