/* Opening tables and asking them: milliseconds to open, nanoseconds a random query.
 *   bench_tables FILE.h5... */
#include "base/random.h"
#include "tables/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { OPENINGS = 20, QUERIES = 1 << 22 };

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Median and least of OPENINGS; the table stays open. */
static int measure_open(struct table *table, const char *path, double *median, double *least)
{
    double time[OPENINGS];
    struct error error;
    for (int i = 0; i < OPENINGS; i++) {
        if (i)
            table_close(table);
        double start = seconds();
        if (table_open(table, path, &error)) {
            (void)fprintf(stderr, "bench_tables: %s\n", error.text);
            return -1;
        }
        time[i] = seconds() - start;
    }
    qsort(time, OPENINGS, sizeof *time, by_value);
    *median = time[OPENINGS / 2];
    *least = time[0];
    return 0;
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
    double start = seconds();
    for (int i = 0; i < QUERIES; i++) {
        uint32_t network = table->class_of[index[i]];
        *sum += (double)(table->valid_accuracy
                             ? table_valid_accuracy(table, network, seed[i], table->identity.points)
                             : table->test_accuracy[seed[i] * table->identity.distinct + network]);
    }
    double time = (seconds() - start) / QUERIES;
    free(seed);
    free(index);
    return time;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct table table;
        double median, least, sum = 0;
        if (measure_open(&table, argv[i], &median, &least))
            return 1;
        double query = measure_queries(&table, &sum);
        (void)printf("%-24s %7" PRIu32 " architectures %6" PRIu32
                     " networks %d seeds %2d points: open "
                     "%.2f ms (least %.2f), query %.1f ns (mean %.4f)\n",
                     argv[i], table.identity.count, table.identity.distinct, table.seeds,
                     table.identity.points, 1e3 * median, 1e3 * least, 1e9 * query, sum / QUERIES);
        table_close(&table);
    }
    return 0;
}
