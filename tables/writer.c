#include "tables/writer.h"

#include "base/file.h"
#include "tables/hdf.h"
#include "tables/identity.h"
#include "tables/schema.h"
#include "tables/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool put_string(hid_t object, const char *name, const char *value)
{
    bool done = false;
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), attribute = -1;
    if (type >= 0 && space >= 0 && H5Tset_size(type, strlen(value) + 1) >= 0)
        attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0) {
        done = H5Awrite(attribute, type, value) >= 0;
        done = H5Aclose(attribute) >= 0 && done;
    }
    if (space >= 0)
        (void)H5Sclose(space);
    if (type >= 0)
        (void)H5Tclose(type);
    return done;
}

static bool put_number(hid_t object, const char *name, uint32_t value)
{
    bool done = false;
    hid_t space = H5Screate(H5S_SCALAR), attribute = -1;
    if (space >= 0)
        attribute = H5Acreate2(object, name, H5T_STD_U32LE, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0) {
        done = H5Awrite(attribute, H5T_NATIVE_UINT32, &value) >= 0;
        done = H5Aclose(attribute) >= 0 && done;
    }
    if (space >= 0)
        (void)H5Sclose(space);
    return done;
}

static bool put_attributes(hid_t file, const struct table *table)
{
    bool done = put_string(file, SCHEMA_ATTRIBUTE_FORMAT, SCHEMA_FORMAT);
    for (const struct identity_field *field = identity_fields; field->name; field++) {
        const char *member = (const char *)&table->identity + field->offset;
        uint32_t number;
        memcpy(&number, member, sizeof number);
        done = done && (field->kind == IDENTITY_STRING ? put_string(file, field->name, member)
                                                       : put_number(file, field->name, number));
    }
    if (table->tests_apart)
        done = done && put_number(file, SCHEMA_ATTRIBUTE_APART, 1);
    return done && put_number(file, SCHEMA_ATTRIBUTE_SEEDS, (uint32_t)table->seeds) &&
           put_string(file, SCHEMA_ATTRIBUTE_DIGEST, table->digest) &&
           put_string(file, SCHEMA_ATTRIBUTE_PROGRAM, table->program) &&
           put_string(file, SCHEMA_ATTRIBUTE_COMPILER, table->compiler) &&
           put_string(file, SCHEMA_ATTRIBUTE_LICENCE, table->licence) &&
           put_string(file, SCHEMA_ATTRIBUTE_TEXT, table->protocol_text);
}

/* How every dataset is laid out: plain values, contiguous, no times. Inflating took most of the time
 * that opening a table took, and a table is small. */
static hid_t creation_list(void)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (list >= 0 &&
        (H5Pset_layout(list, H5D_CONTIGUOUS) < 0 || H5Pset_obj_track_times(list, 0) < 0)) {
        (void)H5Pclose(list);
        return -1;
    }
    return list;
}

static bool put_column(hid_t group, const struct table *table, const struct schema_column *column,
                       int seed)
{
    hsize_t shape[2] = {schema_rows(table, column), schema_width(table, column)};
    int dimensions = column->shape == SCHEMA_POINTS ? 2 : 1;
    bool done = false;
    hid_t space = H5Screate_simple(dimensions, shape, NULL), dataset = -1;
    hid_t list = creation_list();
    if (space >= 0 && list >= 0)
        dataset = H5Dcreate2(group, column->name, hdf_file_type(column->type), space, H5P_DEFAULT,
                             list, H5P_DEFAULT);
    if (dataset >= 0) {
        done = H5Dwrite(dataset, hdf_memory_type(column->type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                        schema_data(table, column, seed)) >= 0 &&
               put_string(dataset, "unit", column->unit) &&
               put_string(dataset, "help", column->help);
        done = H5Dclose(dataset) >= 0 && done;
    }
    if (list >= 0)
        (void)H5Pclose(list);
    if (space >= 0)
        (void)H5Sclose(space);
    return done;
}

static hid_t make_group(hid_t parent, const char *name)
{
    hid_t group = -1, list = H5Pcreate(H5P_GROUP_CREATE);
    if (list >= 0 && H5Pset_obj_track_times(list, 0) >= 0)
        group = H5Gcreate2(parent, name, H5P_DEFAULT, list, H5P_DEFAULT);
    if (list >= 0)
        (void)H5Pclose(list);
    return group;
}

/* The columns that the table has, of those in runs or of those outside. */
static bool put_columns(hid_t group, const struct table *table, bool in_run, int seed)
{
    for (const struct schema_column *column = schema_columns; column->name; column++)
        if (schema_in_run(column) == in_run && schema_data(table, column, 0) &&
            !put_column(group, table, column, seed))
            return false;
    return true;
}

static bool put_runs(hid_t file, const struct table *table)
{
    hid_t runs = make_group(file, SCHEMA_RUN);
    bool done = runs >= 0;
    for (int seed = 0; seed < table->seeds && done; seed++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%d", seed);
        hid_t run = make_group(runs, name);
        done = run >= 0 && put_columns(run, table, true, seed);
        if (run >= 0)
            done = H5Gclose(run) >= 0 && done;
    }
    if (runs >= 0)
        done = H5Gclose(runs) >= 0 && done;
    return done;
}

int writer_bytes(const struct table *table, char **bytes, size_t *size, struct error *error)
{
    struct hdf_errors errors = hdf_quiet();
    char *image = NULL, *grown = NULL;
    size_t length = 0;
    int status = 0;
    hid_t file = hdf_create();
    if (file < 0 || !put_attributes(file, table) || !put_columns(file, table, false, 0) ||
        !put_runs(file, table) || hdf_image(file, &image, &length)) {
        status = error_set(error, ERROR_MEMORY, "HDF5 could not make the table in memory");
        goto out;
    }
    grown = realloc(image, length + SEAL_BYTES);
    if (!grown) {
        status = error_set(error, ERROR_MEMORY, "out of memory");
        goto out;
    }
    image = NULL;
    memmove(grown + SEAL_BYTES, grown, length);
    seal_print(&table->identity, grown + SEAL_BYTES, length, grown);
    *bytes = grown;
    *size = length + SEAL_BYTES;
out:
    free(image);
    if (file >= 0)
        (void)H5Fclose(file);
    hdf_restore(errors);
    return status;
}

int writer_write(const struct table *table, const char *path, struct error *error)
{
    char *bytes = NULL;
    size_t size = 0;
    int status = writer_bytes(table, &bytes, &size, error);
    if (status)
        return status;
    status = file_write(path, bytes, size, error);
    free(bytes);
    return status;
}
