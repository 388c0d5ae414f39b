/* Opening tables and asking them, for every file that is named: milliseconds to open one, all of its
 * checks included, beside what reading the file and its digest alone take; microseconds to go over a
 * whole column; nanoseconds a random query; memory. CPU time, so that a busy machine does not count,
 * but for the one that says otherwise.
 *   bench_tables FILE.h5... */
#include "base/digest.h"
#include "base/file.h"
#include "base/random.h"
#include "tables/schema.h"
#include "tables/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { TIMES = 21, QUERIES = 1 << 22 };

static double seconds(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

struct times {
    double cpu[TIMES], wall[TIMES];
};

/* The median and least of them; sorts. */
static double median(double time[TIMES])
{
    qsort(time, TIMES, sizeof *time, by_value);
    return time[TIMES / 2];
}

/* Opens and closes again, or (`whole` false) reads the file and digests it; 0, or -1 with a message. */
static int measure_open(const char *path, bool whole, struct times *times)
{
    for (int i = 0; i < TIMES; i++) {
        struct error error;
        struct table table = {0};
        char *bytes = NULL;
        size_t size = 0;
        double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
        int status =
            whole ? table_open(&table, path, &error) : file_read(path, &bytes, &size, &error);
        struct digest digest = digest_bytes(bytes ? bytes : "", size);
        times->cpu[i] = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        times->wall[i] = seconds(CLOCK_MONOTONIC) - wall;
        if (!status && digest.high == 0)
            (void)fprintf(stderr, "bench_tables: a digest of zero\n"); /* so that it is computed */
        table_close(&table);
        free(bytes);
        if (status) {
            (void)fprintf(stderr, "bench_tables: %s\n", error.text);
            return -1;
        }
    }
    return 0;
}

/* Every value of the validation (or else the test) accuracy, added up. */
static double measure_column(const struct table *table, size_t *values, double *sum)
{
    double time[TIMES];
    const float *column = table->valid_accuracy ? table->valid_accuracy : table->test_accuracy;
    *values = (size_t)table->seeds * table->identity.distinct *
              (table->valid_accuracy ? (size_t)table->identity.points : 1);
    for (int i = 0; i < TIMES; i++) {
        double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (size_t k = 0; k < *values; k++)
            *sum += (double)column[k];
        time[i] = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    }
    return median(time);
}

/* One query: the network of a random architecture, its last validation (or test) accuracy under a
 * random seed. What is drawn is drawn before the clock starts. */
static double measure_queries(const struct table *table, double *sum)
{
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    uint32_t *index = malloc(QUERIES * sizeof *index), *seed = malloc(QUERIES * sizeof *seed);
    if (!index || !seed)
        exit(1);
    for (int i = 0; i < QUERIES; i++) {
        index[i] = random_below(&stream, table->identity.count);
        seed[i] = random_below(&stream, (uint32_t)table->seeds);
    }
    double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < QUERIES; i++) {
        uint32_t network = table->class_of[index[i]];
        *sum += (double)(table->valid_accuracy
                             ? table_valid_accuracy(table, network, seed[i], table->identity.points)
                             : table->test_accuracy[seed[i] * table->identity.distinct + network]);
    }
    double time = (seconds(CLOCK_PROCESS_CPUTIME_ID) - start) / QUERIES;
    free(seed);
    free(index);
    return time;
}

/* Bytes of the columns that an open table holds. */
static size_t held(const struct table *table)
{
    size_t bytes = 0;
    for (const struct schema_column *column = schema_columns; column->name; column++)
        if (schema_data(table, column, 0))
            bytes += schema_values(table, column) * schema_bytes(column->type) *
                     (schema_in_run(column) ? (size_t)table->seeds : 1);
    return bytes;
}

static void print_table(const char *path, const struct table *table)
{
    (void)printf("%s: %" PRIu32 " architectures, %" PRIu32 " networks, %d seed%s, %d point%s\n",
                 path, table->identity.count, table->identity.distinct, table->seeds,
                 table->seeds == 1 ? "" : "s", table->identity.points,
                 table->identity.points == 1 ? "" : "s");
}

static int measure(const char *path)
{
    static double sum; /* of all that was read, so that nothing of it can be left out */
    struct times whole, alone;
    struct table table;
    struct error error;
    struct rusage usage;
    size_t values;
    if (measure_open(path, true, &whole) || measure_open(path, false, &alone) ||
        table_open(&table, path, &error))
        return -1;
    double cpu = median(whole.cpu), wall = median(whole.wall), file = median(alone.cpu);
    (void)getrusage(RUSAGE_SELF, &usage);
    double column = measure_column(&table, &values, &sum), query = measure_queries(&table, &sum);
    print_table(path, &table);
    (void)printf("  open          %8.2f ms, least %.2f (by the clock %.2f); the file and its "
                 "digest alone %.2f\n",
                 1e3 * cpu, 1e3 * whole.cpu[0], 1e3 * wall, 1e3 * file);
    (void)printf("  full column   %8.2f us for %zu values\n", 1e6 * column, values);
    (void)printf("  random query  %8.2f ns\n", 1e9 * query);
    (void)printf("  memory        %8.2f MiB held; most of the process so far %.1f MiB\n",
                 (double)held(&table) / 0x1p20, (double)usage.ru_maxrss / 1024);
    table_close(&table);
    return sum == 0.0625; /* which it is not */
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: bench_tables FILE.h5...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        if (measure(argv[i]))
            return 1;
    return 0;
}
