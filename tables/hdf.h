/* HDF5 files as bytes in memory: HDF5 never touches the disk, so that a full disk or a file that
 * changes under it is met by our own reading and writing. Called by one thread at a time. */
#ifndef NASBED_TABLES_HDF_H
#define NASBED_TABLES_HDF_H

#include "tables/schema.h"

#include <hdf5.h>
#include <stddef.h>

/* HDF5 prints its own errors unless told not to: quiet before the first call, restored after the
 * last. */
struct hdf_errors {
    H5E_auto2_t function;
    void *data;
};
struct hdf_errors hdf_quiet(void);
void hdf_restore(struct hdf_errors errors);

/* An empty file in memory. Negative: failed. */
hid_t hdf_create(void);
/* The file whose bytes `image` holds, to be read; they are not copied and must stay until it is
 * closed. Negative: failed. */
hid_t hdf_open(const void *image, size_t size);

/* The bytes of an open file, malloc'ed into *image; 0, or -1. */
int hdf_image(hid_t file, char **image, size_t *size);

/* Types of a column in the file and in memory; predefined, not to be closed. */
hid_t hdf_file_type(enum schema_type type);
hid_t hdf_memory_type(enum schema_type type);

#endif
