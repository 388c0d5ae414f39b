#include "tables/table.h"

#include "tables/schema.h"

#include <math.h>
#include <stdlib.h>

void table_close(struct table *table)
{
    free(table->path);
    free(table->protocol_text);
    for (const struct schema_column *column = schema_columns; column->name; column++)
        free(schema_data(table, column, 0));
    *table = (struct table){0};
}

static size_t row_of(const struct table *table, uint32_t network, uint32_t seed)
{
    return (size_t)seed * table->identity.distinct + network;
}

float table_valid_accuracy(const struct table *table, uint32_t network, uint32_t seed, int point)
{
    if (!table->valid_accuracy || network >= table->identity.distinct ||
        seed >= (uint32_t)table->seeds || point < 1 || point > table->identity.points)
        return schema_nan();
    size_t points = (size_t)table->identity.points;
    return table->valid_accuracy[row_of(table, network, seed) * points + (size_t)point - 1];
}

bool table_has(const struct table *table, uint32_t network, uint32_t seed)
{
    if (table->valid_accuracy)
        return !isnan(table_valid_accuracy(table, network, seed, table->identity.points));
    return table->test_accuracy && network < table->identity.distinct &&
           seed < (uint32_t)table->seeds &&
           !isnan(table->test_accuracy[row_of(table, network, seed)]);
}

bool table_imported(const struct table *table)
{
    return table->identity.numerics == 0;
}

uint64_t table_rows(const struct table *table)
{
    uint64_t rows = 0;
    for (uint32_t seed = 0; seed < (uint32_t)table->seeds; seed++)
        for (uint32_t network = 0; network < table->identity.distinct; network++)
            rows += table_has(table, network, seed) ? 1 : 0;
    return rows;
}

bool table_complete(const struct table *table)
{
    return table_rows(table) == (uint64_t)table->seeds * table->identity.distinct;
}

/* The mean over the seeds in microseconds; false if no seed has it. */
static bool mean_time(const struct table *table, uint32_t network, size_t point, uint64_t *time)
{
    size_t points = (size_t)table->identity.points;
    double sum = 0;
    int n = 0;
    for (uint32_t seed = 0; seed < (uint32_t)table->seeds; seed++) {
        float seconds = table->train_seconds[row_of(table, network, seed) * points + point];
        sum += isnan(seconds) ? 0 : (double)seconds;
        n += !isnan(seconds);
    }
    *time = n ? (uint64_t)llround(1e6 * sum / n) : 0; /* at most 1e15 */
    return n > 0;
}

int table_times(const struct table *table, uint64_t **charges, struct error *error)
{
    size_t points = (size_t)table->identity.points;
    *charges = NULL;
    if (!table->train_seconds)
        return error_set(
            error, ERROR_MISSING,
            "table %s: has no training times, so that no budget can be in GPU seconds: "
            "give it in full trainings",
            table->path);
    uint64_t *made = calloc((size_t)table->identity.distinct * points, sizeof *made);
    if (!made)
        return error_set(error, ERROR_MEMORY, "table %s: out of memory", table->path);
    for (uint32_t network = 0; network < table->identity.distinct; network++)
        for (size_t t = 0; t < points; t++) {
            uint64_t *time = &made[network * points + t];
            if (mean_time(table, network, t, time) && (t == 0 || *time >= time[-1]))
                continue;
            free(made);
            return error_set(
                error, ERROR_MISSING,
                "table %s: network %u has no training time at point %zu, or less than at "
                "the one before: a budget in GPU seconds needs all of them",
                table->path, (unsigned)network, t + 1);
        }
    *charges = made;
    return 0;
}
