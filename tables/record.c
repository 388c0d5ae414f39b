#include "tables/record.h"

#include "tables/schema.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

size_t record_bytes(int points)
{
    return 16 + 16 * (size_t)points + 8;
}

static bool is_percent(float value)
{
    return value >= 0.0f && value <= 100.0f; /* false for NaN */
}

int record_check(const struct table_record *record, const struct table_identity *identity,
                 struct error *error)
{
    if (record->network >= identity->distinct)
        return error_set(error, ERROR_ARGUMENT, "there is no network %" PRIu32 " (of %" PRIu32 ")",
                         record->network, identity->distinct);
    if (record->seed >= SCHEMA_SEEDS)
        return error_set(error, ERROR_ARGUMENT, "seed %" PRIu32 " is too large (at most %d)",
                         record->seed, SCHEMA_SEEDS - 1);
    for (int t = 0; t < identity->points; t++) {
        if (!is_percent(record->point[t].train_accuracy))
            return error_set(error, ERROR_ARGUMENT, "training accuracy at point %d is %g", t + 1,
                             (double)record->point[t].train_accuracy);
        if (!is_percent(record->point[t].valid_accuracy))
            return error_set(error, ERROR_ARGUMENT, "validation accuracy at point %d is %g", t + 1,
                             (double)record->point[t].valid_accuracy);
    }
    if (!is_percent(record->test_accuracy))
        return error_set(error, ERROR_ARGUMENT, "test accuracy is %g",
                         (double)record->test_accuracy);
    return 0;
}

static void put(unsigned char **at, const void *value, size_t size)
{
    memcpy(*at, value, size);
    *at += size;
}

static void put_float(unsigned char **at, float value)
{
    float one = isnan(value) ? schema_nan() : value;
    put(at, &one, sizeof one);
}

void record_encode(const struct table_record *record, int points,
                   unsigned char bytes[RECORD_BYTES_MAX])
{
    unsigned char *at = bytes;
    put(&at, &record->network, 4);
    put(&at, &record->seed, 4);
    put_float(&at, record->test_loss);
    put_float(&at, record->test_accuracy);
    for (int t = 0; t < points; t++) {
        put_float(&at, record->point[t].train_loss);
        put_float(&at, record->point[t].train_accuracy);
        put_float(&at, record->point[t].valid_loss);
        put_float(&at, record->point[t].valid_accuracy);
    }
    uint64_t checksum = digest_checksum(bytes, (size_t)(at - bytes));
    put(&at, &checksum, 8);
}

static void take(const unsigned char **at, void *value, size_t size)
{
    memcpy(value, *at, size);
    *at += size;
}

bool record_decode(const unsigned char *bytes, int points, struct table_record *record)
{
    const unsigned char *at = bytes;
    uint64_t stated, checksum = digest_checksum(bytes, record_bytes(points) - 8);
    memcpy(&stated, bytes + record_bytes(points) - 8, sizeof stated);
    if (stated != checksum)
        return false;
    take(&at, &record->network, 4);
    take(&at, &record->seed, 4);
    take(&at, &record->test_loss, 4);
    take(&at, &record->test_accuracy, 4);
    for (int t = 0; t < points; t++) {
        take(&at, &record->point[t].train_loss, 4);
        take(&at, &record->point[t].train_accuracy, 4);
        take(&at, &record->point[t].valid_loss, 4);
        take(&at, &record->point[t].valid_accuracy, 4);
    }
    for (int t = points; t < PROTOCOL_POINTS; t++) {
        float nan = schema_nan();
        record->point[t].train_loss = record->point[t].train_accuracy = nan;
        record->point[t].valid_loss = record->point[t].valid_accuracy = nan;
    }
    return true;
}

bool record_equal(const struct table_record *a, const struct table_record *b, int points)
{
    unsigned char left[RECORD_BYTES_MAX], right[RECORD_BYTES_MAX];
    record_encode(a, points, left);
    record_encode(b, points, right);
    return memcmp(left, right, record_bytes(points)) == 0;
}

static float value_at(const float *column, size_t i)
{
    return column ? column[i] : schema_nan();
}

void record_from_table(const struct table *table, uint32_t network, uint32_t seed,
                       struct table_record *record)
{
    size_t row = (size_t)seed * table->identity.distinct + network;
    size_t first = row * (size_t)table->identity.points;
    *record = (struct table_record){.network = network, .seed = seed};
    record->test_loss = value_at(table->test_loss, row);
    record->test_accuracy = value_at(table->test_accuracy, row);
    for (int t = 0; t < PROTOCOL_POINTS; t++) {
        bool used = t < table->identity.points;
        size_t i = first + (size_t)t;
        record->point[t].train_loss = value_at(used ? table->train_loss : NULL, i);
        record->point[t].train_accuracy = value_at(used ? table->train_accuracy : NULL, i);
        record->point[t].valid_loss = value_at(used ? table->valid_loss : NULL, i);
        record->point[t].valid_accuracy = value_at(used ? table->valid_accuracy : NULL, i);
    }
}

static void set_value(float *column, size_t i, float value)
{
    if (column)
        column[i] = isnan(value) ? schema_nan() : value;
}

void record_into_table(const struct table_record *record, struct table *table)
{
    size_t row = (size_t)record->seed * table->identity.distinct + record->network;
    size_t first = row * (size_t)table->identity.points;
    set_value(table->test_loss, row, record->test_loss);
    set_value(table->test_accuracy, row, record->test_accuracy);
    for (int t = 0; t < table->identity.points; t++) {
        size_t i = first + (size_t)t;
        set_value(table->train_loss, i, record->point[t].train_loss);
        set_value(table->train_accuracy, i, record->point[t].train_accuracy);
        set_value(table->valid_loss, i, record->point[t].valid_loss);
        set_value(table->valid_accuracy, i, record->point[t].valid_accuracy);
    }
}
