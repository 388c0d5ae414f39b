#include "tables/check.h"

#include "tables/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every class has its lowest index for a representative, and representatives ascend. */
static int check_classes(const struct table *table, struct error *error)
{
    const struct table_identity *identity = &table->identity;
    uint32_t next = 0; /* classes whose first member was met */
    for (uint32_t i = 0; i < identity->count; i++) {
        uint32_t class = table->class_of[i];
        if (class > next || class >= identity->distinct)
            return error_set(error, ERROR_FORMAT,
                             "dataset \"class_of\": architecture %u is of network %u: out of order "
                             "or out of range",
                             (unsigned)i, (unsigned)class);
        if (class < next)
            continue;
        if (table->representative[class] != i)
            return error_set(error, ERROR_FORMAT,
                             "dataset \"representative\": network %u: is %u, its lowest is %u",
                             (unsigned)class, (unsigned)table->representative[class], (unsigned)i);
        next++;
    }
    if (next < identity->distinct)
        return error_set(error, ERROR_FORMAT,
                         "dataset \"class_of\": network %u has no architecture", (unsigned)next);
    return 0;
}

/* Whether one of the values is below 0 or above `most`; NaN is neither. Without a branch, so that the
 * loop becomes vector instructions: it goes over every value of every table that is opened. */
static bool has_impossible(const float *value, size_t n, float most)
{
    unsigned impossible = 0;
    for (size_t i = 0; i < n; i++)
        impossible |= (unsigned)(value[i] < 0) | (unsigned)(value[i] > most);
    return impossible != 0;
}

/* Every value is possible: accuracies are percentages or absent, losses not negative. */
static int check_results(const struct table *table, const struct schema_column *column, int seed,
                         struct error *error)
{
    const float *value = schema_data(table, column, seed), most = (float)schema_most(column);
    size_t n = schema_values(table, column), width = schema_width(table, column), i = 0;
    if (!has_impossible(value, n, most))
        return 0;
    while (!has_impossible(&value[i], 1, most))
        i++;
    return error_set(error, ERROR_FORMAT, "run %d: dataset \"%s\": network %zu: %g is no %s", seed,
                     column->name, i / width, (double)value[i],
                     schema_measure_name(column->measure));
}

/* A space that this program knows has as many architectures as it says. */
static int check_space(const struct table *table, struct error *error)
{
    const struct space *space = space_find(table->identity.space, NULL);
    if (space && space->count != table->identity.count)
        return error_set(error, ERROR_FORMAT, "has %u architectures, but space \"%s\" has %llu",
                         (unsigned)table->identity.count, space->name,
                         (unsigned long long)space->count);
    return 0;
}

/* An imported table may lack one of the two, no table both. */
static int check_accuracies(const struct table *table, struct error *error)
{
    if (table->valid_accuracy || table->test_accuracy)
        return 0;
    return error_set(error, ERROR_FORMAT,
                     "datasets \"valid_accuracy\" and \"test_accuracy\": both are missing");
}

int check_table(const struct table *table, struct error *error)
{
    char digest[DIGEST_TEXT];
    int status = check_space(table, error);
    if (!status)
        status = check_accuracies(table, error);
    if (!status)
        status = check_classes(table, error);
    for (const struct schema_column *column = schema_columns; column->name; column++)
        for (int seed = 0; seed < table->seeds && !status; seed++)
            if (schema_in_run(column) && schema_data(table, column, 0))
                status = check_results(table, column, seed, error);
    if (status)
        return status;
    schema_digest(table, digest);
    if (strcmp(digest, table->digest) != 0)
        return error_set(error, ERROR_DIGEST, "its data have digest %s, but it says %s", digest,
                         table->digest);
    return 0;
}
