/* Opening tables: the whole file into memory, the seal first, then HDF5, then every value. */
#include "base/file.h"
#include "tables/check.h"
#include "tables/hdf.h"
#include "tables/identity.h"
#include "tables/schema.h"
#include "tables/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTE_MAX 65536 /* bytes of the longest text attribute */

/* The text attribute `name`, malloc'ed into *value. */
static int get_string(hid_t object, const char *name, char **value, struct error *error)
{
    int status = 0;
    hid_t type = -1, memory = -1;
    *value = NULL;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return error_set(error, ERROR_FORMAT, "attribute \"%s\": missing", name);
    type = H5Aget_type(attribute);
    size_t size = type >= 0 ? H5Tget_size(type) : 0;
    if (type < 0 || H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 ||
        H5Aget_storage_size(attribute) != size || size == 0 || size > ATTRIBUTE_MAX) {
        status = error_set(error, ERROR_FORMAT,
                           "attribute \"%s\": wrong type (a text of fixed "
                           "length expected)",
                           name);
        goto out;
    }
    memory = H5Tcopy(H5T_C_S1);
    *value = calloc(size + 1, 1);
    if (!*value || memory < 0 || H5Tset_size(memory, size + 1) < 0) {
        status = error_set(error, ERROR_MEMORY, "attribute \"%s\": out of memory", name);
        goto out;
    }
    if (H5Aread(attribute, memory, *value) < 0)
        status = error_set(error, ERROR_FORMAT, "attribute \"%s\": cannot be read", name);
out:
    if (status) {
        free(*value);
        *value = NULL;
    }
    if (memory >= 0)
        (void)H5Tclose(memory);
    if (type >= 0)
        (void)H5Tclose(type);
    (void)H5Aclose(attribute);
    return status;
}

/* The text attribute `name` into an array of `size` bytes. */
static int get_array(hid_t object, const char *name, char *out, size_t size, struct error *error)
{
    char *value;
    int status = get_string(object, name, &value, error);
    if (!value)
        return status;
    if (strlen(value) >= size)
        status = error_set(error, ERROR_FORMAT, "attribute \"%s\": longer than %zu bytes", name,
                           size - 1);
    else
        memcpy(out, value, strlen(value) + 1);
    free(value);
    return status;
}

static int get_number(hid_t object, const char *name, uint32_t *value, struct error *error)
{
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return error_set(error, ERROR_FORMAT, "attribute \"%s\": missing", name);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    int status = 0;
    if (type < 0 || space < 0 || H5Tequal(type, H5T_STD_U32LE) <= 0 ||
        H5Sget_simple_extent_npoints(space) != 1)
        status = error_set(error, ERROR_FORMAT,
                           "attribute \"%s\": wrong type (one uint32 expected)", name);
    else if (H5Aread(attribute, H5T_NATIVE_UINT32, value) < 0)
        status = error_set(error, ERROR_FORMAT, "attribute \"%s\": cannot be read", name);
    if (space >= 0)
        (void)H5Sclose(space);
    if (type >= 0)
        (void)H5Tclose(type);
    (void)H5Aclose(attribute);
    return status;
}

static int read_identity(hid_t file, struct table_identity *identity, struct error *error)
{
    for (const struct identity_field *field = identity_fields; field->name; field++) {
        char *member = (char *)identity + field->offset;
        uint32_t number = 0;
        int status = field->kind == IDENTITY_STRING
                         ? get_array(file, field->name, member, field->size, error)
                         : get_number(file, field->name, &number, error);
        if (status)
            return status;
        if (field->kind == IDENTITY_NUMBER)
            memcpy(member, &number, sizeof number);
    }
    return identity_valid(identity, error);
}

static int read_apart(hid_t file, struct table *table, struct error *error)
{
    uint32_t apart = 0;
    if (H5Aexists(file, SCHEMA_ATTRIBUTE_APART) <= 0)
        return 0;
    int status = get_number(file, SCHEMA_ATTRIBUTE_APART, &apart, error);
    table->tests_apart = apart == 1;
    return status;
}

static int read_attributes(hid_t file, struct table *table, struct error *error)
{
    char format[64];
    uint32_t seeds = 0;
    int status = get_array(file, SCHEMA_ATTRIBUTE_FORMAT, format, sizeof format, error);
    if (!status && strcmp(format, SCHEMA_FORMAT) != 0)
        return error_set(error, ERROR_UNSUPPORTED, "format is \"%s\", this program reads \"%s\"",
                         format, SCHEMA_FORMAT);
    if (!status)
        status = read_identity(file, &table->identity, error);
    if (!status)
        status = get_number(file, SCHEMA_ATTRIBUTE_SEEDS, &seeds, error);
    if (!status && (seeds < 1 || seeds > SCHEMA_SEEDS))
        return error_set(error, ERROR_FORMAT, "attribute \"seeds\": %u is not 1 to %d",
                         (unsigned)seeds, SCHEMA_SEEDS);
    table->seeds = (int)seeds;
    if (!status)
        status = read_apart(file, table, error);
    if (!status)
        status = get_array(file, SCHEMA_ATTRIBUTE_DIGEST, table->digest, DIGEST_TEXT, error);
    if (!status)
        status =
            get_array(file, SCHEMA_ATTRIBUTE_PROGRAM, table->program, sizeof table->program, error);
    if (!status)
        status = get_array(file, SCHEMA_ATTRIBUTE_COMPILER, table->compiler, sizeof table->compiler,
                           error);
    if (!status)
        status =
            get_array(file, SCHEMA_ATTRIBUTE_LICENCE, table->licence, sizeof table->licence, error);
    return status ? status : get_string(file, SCHEMA_ATTRIBUTE_TEXT, &table->protocol_text, error);
}

static int check_shape(hid_t dataset, const struct table *table, const struct schema_column *column,
                       struct error *error)
{
    hid_t space = H5Dget_space(dataset);
    hsize_t shape[H5S_MAX_RANK] = {0};
    int dimensions = space >= 0 ? H5Sget_simple_extent_dims(space, shape, NULL) : -1;
    size_t rows = schema_rows(table, column), width = schema_width(table, column);
    if (space >= 0)
        (void)H5Sclose(space);
    if (column->shape == SCHEMA_POINTS) {
        if (dimensions != 2 || shape[0] != rows || shape[1] != width)
            return error_set(error, ERROR_FORMAT, "wrong shape (%zu x %zu expected)", rows, width);
    } else if (dimensions != 1 || shape[0] != rows) {
        return error_set(error, ERROR_FORMAT, "wrong shape (%zu expected)", rows);
    }
    return 0;
}

/* One dataset into the column's memory, which is made for the first seed. A column of results is in
 * all runs or in none. */
static int read_dataset(hid_t group, struct table *table, const struct schema_column *column,
                        int seed, struct error *error)
{
    bool there = H5Lexists(group, column->name, H5P_DEFAULT) > 0;
    bool before = schema_data(table, column, 0) != NULL;
    if (!there && column->optional && (seed == 0 || !before))
        return 0;
    if (!there)
        return error_set(error, ERROR_FORMAT, "missing");
    if (seed > 0 && !before)
        return error_set(error, ERROR_FORMAT, "is not in run 0");
    hid_t dataset = H5Dopen2(group, column->name, H5P_DEFAULT);
    if (dataset < 0)
        return error_set(error, ERROR_FORMAT, "cannot be opened");
    hid_t type = H5Dget_type(dataset);
    int status = 0;
    if (type < 0 || H5Tequal(type, hdf_file_type(column->type)) <= 0)
        status = error_set(error, ERROR_FORMAT, "wrong type (%s expected)",
                           schema_type_name(column->type));
    else
        status = check_shape(dataset, table, column, error);
    if (!status && seed == 0)
        status = schema_allocate(table, column, error);
    if (!status && H5Dread(dataset, hdf_memory_type(column->type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                           schema_data(table, column, seed)) < 0)
        status = error_set(error, ERROR_FORMAT, "cannot be read");
    if (type >= 0)
        (void)H5Tclose(type);
    (void)H5Dclose(dataset);
    return status;
}

static int read_columns(hid_t group, struct table *table, bool in_run, int seed,
                        struct error *error)
{
    for (const struct schema_column *column = schema_columns; column->name; column++) {
        if (schema_in_run(column) != in_run)
            continue;
        int status = read_dataset(group, table, column, seed, error);
        if (status)
            return error_context(error, "dataset \"%s\"", column->name);
    }
    return 0;
}

static int read_run(hid_t file, struct table *table, int seed, struct error *error)
{
    char name[32];
    (void)snprintf(name, sizeof name, SCHEMA_RUN "/%d", seed);
    hid_t run = H5Gopen2(file, name, H5P_DEFAULT);
    int status = run < 0 ? error_set(error, ERROR_FORMAT, "group \"%s\" is missing", name)
                         : read_columns(run, table, true, seed, error);
    if (run >= 0)
        (void)H5Gclose(run);
    return status ? error_context(error, "run %d", seed) : 0;
}

static int read_image(struct table *table, const char *bytes, size_t size, struct error *error)
{
    struct table_identity sealed;
    int status = seal_check(bytes, size, &sealed, error);
    if (status)
        return status;
    hid_t file = hdf_open(bytes, size);
    if (file < 0)
        return error_set(error, ERROR_FORMAT, "HDF5 cannot open it");
    status = read_attributes(file, table, error);
    if (!status)
        status = identity_check(&table->identity, &sealed, error);
    if (!status)
        status = read_columns(file, table, false, 0, error);
    for (int seed = 0; seed < table->seeds && !status; seed++)
        status = read_run(file, table, seed, error);
    (void)H5Fclose(file);
    return status ? status : check_table(table, error);
}

int table_open(struct table *table, const char *path, struct error *error)
{
    char *bytes = NULL;
    size_t size = 0;
    struct hdf_errors errors = hdf_quiet();
    *table = (struct table){0};
    struct error reason; /* begins with the path */
    int status = file_read(path, &bytes, &size, &reason);
    if (status) {
        status = error_set(error, reason.code, "table %s", reason.text);
        goto out;
    }
    table->path = strdup(path);
    status = table->path ? read_image(table, bytes, size, error)
                         : error_set(error, ERROR_MEMORY, "out of memory");
    if (status)
        (void)error_context(error, "table %s", path);
    else
        table->space = space_find(table->identity.space, NULL);
out:
    if (status)
        table_close(table);
    free(bytes);
    hdf_restore(errors);
    return status;
}
