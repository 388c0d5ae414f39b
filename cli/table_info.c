/* nasbed table info: what a table holds, and its landmarks. */
#include "cli/table.h"

#include "protocols/protocol.h"
#include "tables/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double quantiles[] = {0, 0.05, 0.25, 0.5, 0.75, 0.95, 1};

enum { QUANTILES = sizeof quantiles / sizeof quantiles[0] };

/* One number for each architecture that the table has it for. */
struct sample {
    double *value;          /* [n], ascending once sorted */
    uint32_t *architecture; /* [n] whose value it was, before sorting */
    uint32_t n;
};

static void sample_free(struct sample *sample)
{
    free(sample->value);
    free(sample->architecture);
}

/* False: out of memory. */
static bool sample_init(struct sample *sample, uint32_t count)
{
    *sample = (struct sample){.value = calloc(count, sizeof *sample->value),
                              .architecture = calloc(count, sizeof *sample->architecture)};
    if (sample->value && sample->architecture)
        return true;
    sample_free(sample);
    return false;
}

static void sample_add(struct sample *sample, uint32_t architecture, double value)
{
    if (isnan(value))
        return;
    sample->architecture[sample->n] = architecture;
    sample->value[sample->n++] = value;
}

/* The architecture with the highest value. */
static uint32_t sample_best(const struct sample *sample)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < sample->n; i++)
        if (sample->value[i] > sample->value[best])
            best = i;
    return sample->architecture[best];
}

static double sample_mean(const struct sample *sample)
{
    double sum = 0;
    for (uint32_t i = 0; i < sample->n; i++)
        sum += sample->value[i];
    return sum / sample->n;
}

static int compare(const void *a, const void *b)
{
    double left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

static double sorted_quantile(const struct sample *sample, double share)
{
    double place = share * (sample->n - 1);
    uint32_t below = (uint32_t)place, above = below + 1 < sample->n ? below + 1 : below;
    return sample->value[below] + (place - below) * (sample->value[above] - sample->value[below]);
}

static void print_sample(const char *name, struct sample *sample, const char *format)
{
    double mean = sample_mean(sample);
    qsort(sample->value, sample->n, sizeof *sample->value, compare);
    (void)printf("%-14s", name);
    for (int i = 0; i < QUANTILES; i++)
        (void)printf(format, sorted_quantile(sample, quantiles[i]));
    (void)printf(format, mean);
    (void)printf("\n");
}

/* Mean over the seeds that were trained, of validation accuracy at `point`, or (0) of test
 * accuracy. */
static double mean_accuracy(const struct table *table, uint32_t network, int point)
{
    double sum = 0;
    int n = 0;
    for (uint32_t seed = 0; seed < (uint32_t)table->seeds; seed++) {
        size_t row = (size_t)seed * table->identity.distinct + network;
        if (!table_has(table, network, seed) || (point == 0 && !table->test_accuracy))
            continue;
        sum += (double)(point ? table_valid_accuracy(table, network, seed, point)
                              : table->test_accuracy[row]);
        n++;
    }
    return n ? sum / n : (double)NAN;
}

static void collect(const struct table *table, int point, struct sample *sample)
{
    sample->n = 0;
    for (uint32_t i = 0; i < table->identity.count; i++)
        sample_add(sample, i, mean_accuracy(table, table->class_of[i], point));
}

static void print_head(const struct table *table)
{
    const struct table_identity *identity = &table->identity;
    uint64_t rows = table_rows(table), all = (uint64_t)identity->distinct * (uint64_t)table->seeds;
    (void)printf("table         %s\n", table->path);
    (void)printf("space         %s: %" PRIu32 " architectures, %" PRIu32 " networks%s\n",
                 identity->space, identity->count, identity->distinct,
                 table->space ? "" : " (unknown to this program)");
    (void)printf("protocol      %s, %d points, hash %s\n", identity->protocol, identity->points,
                 identity->protocol_hash);
    (void)printf("data set      digest %s\n", identity->dataset_digest);
    (void)printf("numerics      %d\n", identity->numerics);
    (void)printf("digest        %s\n", table->digest);
    (void)printf("made by       %s, %s; licence %s\n", table->program, table->compiler,
                 table->licence);
    (void)printf("rows          %" PRIu64 " of %" PRIu64 " (%d seed%s)%s\n", rows, all,
                 table->seeds, table->seeds == 1 ? "" : "s", rows == all ? ", complete" : "");
}

static void print_columns(void)
{
    (void)printf("%-14s%12s%12s%12s%12s%12s%12s%12s%12s\n", "", "least", "5 %", "25 %", "median",
                 "75 %", "95 %", "most", "mean");
}

static void print_best(const struct table *table, const char *what, uint32_t architecture)
{
    struct architecture decisions;
    char text[ARCHITECTURE_TEXT] = "";
    if (table->space) {
        table->space->from_index(architecture, &decisions);
        table->space->print(&decisions, text);
    }
    uint32_t network = table->class_of[architecture];
    (void)printf("%-14sindex %" PRIu32 " %s: validation %.2f %%", what, architecture, text,
                 mean_accuracy(table, network, table->identity.points));
    if (table->test_accuracy)
        (void)printf(", test %.2f %%", mean_accuracy(table, network, 0));
    (void)printf("\n");
}

static void print_accuracies(const struct table *table, struct sample *sample)
{
    collect(table, table->identity.points, sample);
    (void)printf("\naccuracy in %% at the last point, mean over seeds, of %" PRIu32
                 " architectures\n",
                 sample->n);
    uint32_t best = sample_best(sample);
    print_columns();
    print_sample("validation", sample, "%12.2f");
    collect(table, 0, sample);
    if (sample->n)
        print_sample("test", sample, "%12.2f");
    print_best(table, "best valid.", best);
    if (sample->n) {
        collect(table, 0, sample);
        print_best(table, "best test", sample_best(sample));
    }
}

static void print_curve(const struct table *table, struct sample *sample)
{
    (void)printf("\nmean curve    point          validation accuracy in %%\n");
    for (int t = 1; t <= table->identity.points; t++) {
        collect(table, t, sample);
        (void)printf("              %5d          %19.2f\n", t, sample_mean(sample));
    }
}

/* The protocol by which a full training is charged, if this program has the very same. */
static void print_charge(const struct table *table, double mean_macs)
{
    struct protocol protocol;
    char hash[DIGEST_TEXT];
    if (protocol_open(&protocol, table->identity.protocol, NULL))
        return;
    digest_print(protocol_hash(&protocol, table->identity.space), hash);
    if (strcmp(hash, table->identity.protocol_hash) == 0) {
        double flops =
            mean_macs * (double)protocol_charge(&protocol.training, 1, table->identity.points);
        (void)printf("%-14s%.4g TFLOP: the mean over the space's strings\n", "full training",
                     1e-12 * flops);
    }
    protocol_close(&protocol);
}

static void print_costs(const struct table *table, struct sample *sample)
{
    (void)printf("\ncost of the %" PRIu32 " architectures\n", table->identity.count);
    print_columns();
    sample->n = 0;
    for (uint32_t i = 0; i < table->identity.count; i++)
        sample_add(sample, i, (double)table->params[i]);
    print_sample("params", sample, "%12.0f");
    sample->n = 0;
    for (uint32_t i = 0; i < table->identity.count; i++)
        sample_add(sample, i, (double)table->macs[i]);
    print_sample("macs", sample, "%12.0f");
    sample->n = 0;
    for (uint32_t i = 0; i < table->identity.count; i++)
        sample_add(sample, i, (double)table->train_macs[table->class_of[i]]);
    print_sample("trained macs", sample, "%12.0f");
    print_charge(table, sample_mean(sample));
}

static int info(const char *path, struct error *error)
{
    struct table table;
    struct sample sample;
    int status = table_open(&table, path, error);
    if (status)
        return status;
    if (!sample_init(&sample, table.identity.count)) {
        status = error_set(error, ERROR_MEMORY, "%s: out of memory", path);
        goto out;
    }
    print_head(&table);
    if (table_rows(&table)) {
        print_accuracies(&table, &sample);
        print_curve(&table, &sample);
    }
    print_costs(&table, &sample);
    sample_free(&sample);
    status = command_flush(error);
out:
    table_close(&table);
    return status;
}

static int run(int argc, char **argv)
{
    struct error error;
    int words;
    int code = command_parse(&command_table_info, NULL, argc, argv, 1, &words);
    if (code >= 0)
        return code;
    if (words != 1)
        (void)error_set(&error, ERROR_ARGUMENT, "expected the FILE.h5 of a table");
    return words != 1 || info(argv[1], &error) ? command_fail(&command_table_info, &error)
                                               : EXIT_DONE;
}

const struct command command_table_info = {
    .name = "table info",
    .summary = "what a table holds: identity, rows, quantiles of accuracy, curve, cost",
    .usage = "table info FILE.h5",
    .examples = "  nasbed table info smoke.h5\n",
    .run = run,
};
