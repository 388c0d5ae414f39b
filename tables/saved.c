#include "tables/saved.h"

#include "base/file.h"
#include "tables/hdf.h"
#include "tables/identity.h"
#include "tables/seal.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    size_t bytes;
    const char *name;
} types[] = {[SAVED_TEXT] = {1, "text"},
             [SAVED_INT] = {4, "32-bit integers"},
             [SAVED_FLOAT] = {4, "single precision"},
             [SAVED_DOUBLE] = {8, "double precision"}};

static hid_t file_type(enum saved_type type)
{
    const hid_t ids[] = {[SAVED_TEXT] = H5T_STD_U8LE,
                         [SAVED_INT] = H5T_STD_I32LE,
                         [SAVED_FLOAT] = H5T_IEEE_F32LE,
                         [SAVED_DOUBLE] = H5T_IEEE_F64LE};
    return ids[type];
}

static hid_t memory_type(enum saved_type type)
{
    const hid_t ids[] = {[SAVED_TEXT] = H5T_NATIVE_UINT8,
                         [SAVED_INT] = H5T_NATIVE_INT32,
                         [SAVED_FLOAT] = H5T_NATIVE_FLOAT,
                         [SAVED_DOUBLE] = H5T_NATIVE_DOUBLE};
    return ids[type];
}

/* ---- Writing ---------------------------------------------------------------------------------------- */

static bool put_array(hid_t file, const struct saved_array *array)
{
    bool done = false;
    hsize_t shape[1] = {array->n};
    hid_t dataset = -1, space = H5Screate_simple(1, shape, NULL),
          list = H5Pcreate(H5P_DATASET_CREATE);
    if (space >= 0 && list >= 0 && H5Pset_obj_track_times(list, 0) >= 0)
        dataset = H5Dcreate2(file, array->name, file_type(array->type), space, H5P_DEFAULT, list,
                             H5P_DEFAULT);
    if (dataset >= 0) {
        done = H5Dwrite(dataset, memory_type(array->type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                        array->data) >= 0;
        done = H5Dclose(dataset) >= 0 && done;
    }
    if (list >= 0)
        (void)H5Pclose(list);
    if (space >= 0)
        (void)H5Sclose(space);
    return done;
}

/* The file as HDF5 makes it, malloc'ed. */
static int make_image(const struct saved_array *array, int n, char **image, size_t *size,
                      struct error *error)
{
    struct hdf_errors errors = hdf_quiet();
    hid_t file = hdf_create();
    bool done = file >= 0;
    for (int i = 0; i < n && done; i++)
        done = put_array(file, &array[i]);
    done = done && !hdf_image(file, image, size);
    if (file >= 0)
        (void)H5Fclose(file);
    hdf_restore(errors);
    return done ? 0 : error_set(error, ERROR_MEMORY, "HDF5 could not make the file in memory");
}

int saved_write(const char *path, const struct table_identity *identity,
                const struct saved_array *array, int n, struct error *error)
{
    char *image = NULL;
    size_t size = 0;
    int status = make_image(array, n, &image, &size, error);
    char *sealed = status ? NULL : malloc(SEAL_BYTES + size);
    if (sealed) {
        memcpy(sealed + SEAL_BYTES, image, size);
        seal_print(identity, image, size, sealed);
        status = file_write(path, sealed, SEAL_BYTES + size, error);
    } else if (!status) {
        status = error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    }
    free(sealed);
    free(image);
    return status;
}

/* ---- Reading ---------------------------------------------------------------------------------------- */

static int get_values(hid_t dataset, struct saved_array *array, struct error *error)
{
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    hsize_t shape[1] = {0};
    bool fits = space >= 0 && type >= 0 && H5Sget_simple_extent_ndims(space) == 1 &&
                H5Sget_simple_extent_dims(space, shape, NULL) == 1 && shape[0] > 0 &&
                shape[0] < SIZE_MAX / 16 && H5Tequal(type, file_type(array->type)) > 0;
    if (type >= 0)
        (void)H5Tclose(type);
    if (space >= 0)
        (void)H5Sclose(space);
    if (!fits)
        return error_set(error, ERROR_FORMAT, "dataset \"%s\": expected a list of %s", array->name,
                         types[array->type].name);
    array->n = (size_t)shape[0];
    array->data = calloc(array->n + 1, types[array->type].bytes);
    if (!array->data)
        return error_set(error, ERROR_MEMORY, "dataset \"%s\": out of memory", array->name);
    if (H5Dread(dataset, memory_type(array->type), H5S_ALL, H5S_ALL, H5P_DEFAULT, array->data) < 0)
        return error_set(error, ERROR_FORMAT, "dataset \"%s\": cannot be read", array->name);
    return 0;
}

static int get_arrays(hid_t file, struct saved_array *array, int n, struct error *error)
{
    int status = 0;
    for (int i = 0; i < n && !status; i++) {
        hid_t dataset = H5Dopen2(file, array[i].name, H5P_DEFAULT);
        if (dataset < 0)
            return error_set(error, ERROR_FORMAT, "no dataset \"%s\": not a saved supernet",
                             array[i].name);
        status = get_values(dataset, &array[i], error);
        (void)H5Dclose(dataset);
    }
    return status;
}

static int read_sealed(const char *bytes, size_t size, const struct table_identity *wanted,
                       struct saved_array *array, int n, struct error *error)
{
    struct table_identity identity;
    char its[80], ours[80];
    int status = seal_check(bytes, size, &identity, error);
    if (status)
        return status;
    const struct identity_field *field = identity_difference(&identity, wanted, its, ours);
    if (field)
        return error_set(error, ERROR_MISMATCH, "was trained %s: its %s is %s, not %s",
                         field->other, field->name, its, ours);
    struct hdf_errors errors = hdf_quiet();
    hid_t file = hdf_open(bytes + SEAL_BYTES, size - SEAL_BYTES);
    status = file < 0 ? error_set(error, ERROR_FORMAT, "HDF5 cannot open it")
                      : get_arrays(file, array, n, error);
    if (file >= 0)
        (void)H5Fclose(file);
    hdf_restore(errors);
    return status;
}

int saved_read(const char *path, const struct table_identity *wanted, struct saved_array *array,
               int n, struct error *error)
{
    char *bytes = NULL;
    size_t size = 0;
    for (int i = 0; i < n; i++) {
        array[i].data = NULL;
        array[i].n = 0;
    }
    int status = file_read(path, &bytes, &size, error);
    if (status)
        return status;
    if ((status = read_sealed(bytes, size, wanted, array, n, error))) {
        saved_free(array, n);
        (void)error_context(error, "saved supernet %s", path);
    }
    free(bytes);
    return status;
}

void saved_free(struct saved_array *array, int n)
{
    for (int i = 0; i < n; i++) {
        free(array[i].data);
        array[i].data = NULL;
    }
}
