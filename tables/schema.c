#include "tables/schema.h"

#include "base/block.h"
#include "tables/identity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE_COLUMN ((size_t)2 << 20) /* bytes from which a column is a block */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "logs and digests take values as they lie in memory, little-endian");

#define COLUMN(member, unit_, type_, shape_, optional_, measure_, help_)                           \
    {                                                                                              \
        .name = #member, .unit = (unit_), .help = (help_), .type = (type_), .shape = (shape_),     \
        .optional = (optional_), .measure = (measure_), .offset = offsetof(struct table, member)   \
    }

const struct schema_column schema_columns[] = {
    COLUMN(class_of, "network", SCHEMA_U32, SCHEMA_COUNT, false, SCHEMA_NUMBER,
           "network (isomorphism class) of each architecture"),
    COLUMN(macs, "multiply-accumulates an image", SCHEMA_U64, SCHEMA_COUNT, false, SCHEMA_NUMBER,
           "as published: dead edges included"),
    COLUMN(params, "parameters", SCHEMA_U64, SCHEMA_COUNT, false, SCHEMA_NUMBER,
           "as published: dead edges included"),
    COLUMN(representative, "architecture", SCHEMA_U32, SCHEMA_DISTINCT, false, SCHEMA_NUMBER,
           "lowest architecture index of each network"),
    COLUMN(train_macs, "multiply-accumulates an image", SCHEMA_U64, SCHEMA_DISTINCT, false,
           SCHEMA_NUMBER, "of the simplified network, which is what is trained and charged"),
    COLUMN(train_loss, "nat", SCHEMA_F32, SCHEMA_POINTS, true, SCHEMA_LOSS,
           "mean over the images trained since the point before"),
    COLUMN(train_accuracy, "percent", SCHEMA_F32, SCHEMA_POINTS, true, SCHEMA_PERCENT,
           "over the images trained since the point before"),
    COLUMN(valid_loss, "nat", SCHEMA_F32, SCHEMA_POINTS, true, SCHEMA_LOSS,
           "mean, validation images"),
    COLUMN(valid_accuracy, "percent", SCHEMA_F32, SCHEMA_POINTS, true, SCHEMA_PERCENT,
           "validation images"),
    COLUMN(test_loss, "nat", SCHEMA_F32, SCHEMA_FINAL, true, SCHEMA_LOSS,
           "mean, test images, after the last point"),
    COLUMN(test_accuracy, "percent", SCHEMA_F32, SCHEMA_FINAL, true, SCHEMA_PERCENT,
           "test images, after the last point"),
    COLUMN(train_seconds, "second of the source's machine", SCHEMA_F32, SCHEMA_POINTS, true,
           SCHEMA_SECONDS, "training and evaluating up to the point, as the source gives it"),
    {.name = NULL}};

bool schema_in_run(const struct schema_column *column)
{
    return column->shape == SCHEMA_FINAL || column->shape == SCHEMA_POINTS;
}

size_t schema_rows(const struct table *table, const struct schema_column *column)
{
    return column->shape == SCHEMA_COUNT ? table->identity.count : table->identity.distinct;
}

size_t schema_width(const struct table *table, const struct schema_column *column)
{
    return column->shape == SCHEMA_POINTS ? (size_t)table->identity.points : 1;
}

size_t schema_values(const struct table *table, const struct schema_column *column)
{
    return schema_rows(table, column) * schema_width(table, column);
}

double schema_most(const struct schema_column *column)
{
    static const double most[] = {[SCHEMA_NUMBER] = (double)INFINITY,
                                  [SCHEMA_LOSS] = (double)INFINITY,
                                  [SCHEMA_PERCENT] = 100,
                                  [SCHEMA_SECONDS] = SCHEMA_SECONDS_MOST};
    return most[column->measure];
}

const char *schema_measure_name(enum schema_measure measure)
{
    static const char *const names[] = {[SCHEMA_NUMBER] = "number",
                                        [SCHEMA_LOSS] = "loss",
                                        [SCHEMA_PERCENT] = "percentage",
                                        [SCHEMA_SECONDS] = "time in seconds"};
    return names[measure];
}

bool schema_built(const struct schema_column *column)
{
    return column->measure != SCHEMA_SECONDS;
}

size_t schema_bytes(enum schema_type type)
{
    return type == SCHEMA_U64 ? 8 : 4;
}

const char *schema_type_name(enum schema_type type)
{
    static const char *const names[] = {
        [SCHEMA_U32] = "uint32", [SCHEMA_U64] = "uint64", [SCHEMA_F32] = "float32"};
    return names[type];
}

/* Pointers of every type are one representation here; memcpy keeps their types apart. */
static char *pointer_of(const struct table *table, const struct schema_column *column)
{
    char *pointer;
    memcpy(&pointer, (const char *)table + column->offset, sizeof pointer);
    return pointer;
}

void *schema_data(const struct table *table, const struct schema_column *column, int seed)
{
    char *start = pointer_of(table, column);
    if (!start)
        return NULL;
    return start + (size_t)seed * schema_values(table, column) * schema_bytes(column->type);
}

float schema_nan(void)
{
    static const uint32_t bits = 0x7fc00000u;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Bytes of a column, all runs: at most 2^31 x 64 values x 2^10 seeds x 8, no overflow in 64 bits. */
static size_t bytes_of(const struct table *table, const struct schema_column *column)
{
    size_t runs = schema_in_run(column) ? (size_t)table->seeds : 1;
    return runs * schema_values(table, column) * schema_bytes(column->type);
}

int schema_allocate(struct table *table, const struct schema_column *column, struct error *error)
{
    size_t bytes = bytes_of(table, column), room = bytes;
    void *data = bytes < LARGE_COLUMN ? malloc(bytes) : block_allocate(&room);
    if (!data)
        return error_set(error, ERROR_MEMORY, "dataset \"%s\": out of memory (%zu bytes)",
                         column->name, bytes);
    memcpy((char *)table + column->offset, &data, sizeof data);
    return 0;
}

int schema_make(struct table *table, const struct schema_column *column, struct error *error)
{
    int status = schema_allocate(table, column, error);
    if (status)
        return status;
    size_t bytes = bytes_of(table, column);
    float *results = schema_data(table, column, 0), nan = schema_nan();
    if (column->type == SCHEMA_F32)
        for (size_t i = 0; i < bytes / sizeof *results; i++)
            results[i] = nan;
    else
        memset(results, 0, bytes);
    return 0;
}

void schema_digest(const struct table *table, char digest[DIGEST_TEXT])
{
    char text[IDENTITY_TEXT], line[64];
    struct digest state = digest_bytes(text, identity_print(&table->identity, text));
    int length = snprintf(line, sizeof line, "seeds %d\n", table->seeds);
    state = digest_chain(state, line, (size_t)length);
    if (table->tests_apart)
        state = digest_chain(state, SCHEMA_ATTRIBUTE_APART "\n", sizeof SCHEMA_ATTRIBUTE_APART);
    for (const struct schema_column *column = schema_columns; column->name; column++) {
        const void *data = schema_data(table, column, 0);
        if (!data && !schema_built(column)) /* came later: tables without it keep their digest */
            continue;
        state = digest_chain(state, column->name, strlen(column->name));
        state = digest_chain(state, data ? data : "", data ? bytes_of(table, column) : 0);
    }
    digest_print(state, digest);
}
