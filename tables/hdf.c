#include "tables/hdf.h"

#include <stdlib.h>

#define GROWTH (1u << 20) /* bytes by which a file in memory grows */

struct hdf_errors hdf_quiet(void)
{
    struct hdf_errors errors = {NULL, NULL};
    (void)H5Eget_auto2(H5E_DEFAULT, &errors.function, &errors.data);
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return errors;
}

void hdf_restore(struct hdf_errors errors)
{
    (void)H5Eset_auto2(H5E_DEFAULT, errors.function, errors.data);
}

/* The access list of files in memory. The oldest format that holds what is written is asked for:
 * every reader knows it, and its images can be taken (HDF5 1.10 spoils the superblock's checksum in
 * images of the newer ones). */
static hid_t access_list(void)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    if (list >= 0 && (H5Pset_fapl_core(list, GROWTH, 0) < 0 ||
                      H5Pset_libver_bounds(list, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18) < 0)) {
        (void)H5Pclose(list);
        return -1;
    }
    return list;
}

hid_t hdf_create(void)
{
    hid_t file = -1, access = access_list(), creation = H5Pcreate(H5P_FILE_CREATE);
    if (access >= 0 && creation >= 0 && H5Pset_obj_track_times(creation, 0) >= 0)
        file = H5Fcreate("table", H5F_ACC_TRUNC, creation, access);
    if (creation >= 0)
        (void)H5Pclose(creation);
    if (access >= 0)
        (void)H5Pclose(access);
    return file;
}

/* An image that HDF5 reads where it lies; it would copy it once for a property list and once for the
 * file. With these functions every copy is the image itself, which is the caller's to free. What they
 * are handed as `lent` is the image: HDF5 keeps the pointer for as long as the file is open. */
static void *lend(size_t size, H5FD_file_image_op_t operation, void *lent)
{
    (void)size;
    (void)operation;
    return lent;
}

static void *copy_lent(void *to, const void *from, size_t size, H5FD_file_image_op_t operation,
                       void *lent)
{
    (void)from;
    (void)size;
    (void)operation;
    (void)lent;
    return to;
}

static void *grow_lent(void *image, size_t size, H5FD_file_image_op_t operation, void *lent)
{
    (void)image;
    (void)size;
    (void)operation;
    (void)lent;
    return NULL; /* it is only read */
}

static herr_t keep_lent(void *image, H5FD_file_image_op_t operation, void *lent)
{
    (void)image;
    (void)operation;
    (void)lent;
    return 0;
}

static void *copy_pointer(void *lent)
{
    return lent;
}

static herr_t keep_pointer(void *lent)
{
    (void)lent;
    return 0;
}

hid_t hdf_open(const void *image, size_t size)
{
    void *lent = (void *)(size_t)image; /* HDF5's interface lacks the const */
    H5FD_file_image_callbacks_t functions = {lend,         copy_lent,    grow_lent, keep_lent,
                                             copy_pointer, keep_pointer, lent};
    hid_t file = -1, access = access_list();
    if (access < 0)
        return -1;
    /* Closed for good with its last call: what is left open would outlive the bytes. */
    if (H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 &&
        H5Pset_file_image_callbacks(access, &functions) >= 0 &&
        H5Pset_file_image(access, lent, size) >= 0)
        file = H5Fopen("table", H5F_ACC_RDONLY, access);
    (void)H5Pclose(access);
    return file;
}

int hdf_image(hid_t file, char **image, size_t *size)
{
    if (H5Fflush(file, H5F_SCOPE_GLOBAL) < 0)
        return -1;
    ssize_t need = H5Fget_file_image(file, NULL, 0);
    if (need <= 0)
        return -1;
    char *bytes = calloc((size_t)need, 1);
    if (!bytes)
        return -1;
    if (H5Fget_file_image(file, bytes, (size_t)need) != need) {
        free(bytes);
        return -1;
    }
    *image = bytes;
    *size = (size_t)need;
    return 0;
}

hid_t hdf_file_type(enum schema_type type)
{
    switch (type) {
    case SCHEMA_U32:
        return H5T_STD_U32LE;
    case SCHEMA_U64:
        return H5T_STD_U64LE;
    case SCHEMA_F32:
        break;
    }
    return H5T_IEEE_F32LE;
}

hid_t hdf_memory_type(enum schema_type type)
{
    switch (type) {
    case SCHEMA_U32:
        return H5T_NATIVE_UINT32;
    case SCHEMA_U64:
        return H5T_NATIVE_UINT64;
    case SCHEMA_F32:
        break;
    }
    return H5T_NATIVE_FLOAT;
}
