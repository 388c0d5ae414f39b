#include "tables/harvest.h"

#include "tables/check.h"
#include "tables/identity.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The protocol names the data set; no source has a digest of its images. */
#define UNKNOWN_DATASET "00000000000000000000000000000000"

/* ---- Rows ------------------------------------------------------------------------------------ */

int harvest_init(struct harvest *harvest, const struct import_plan *plan, struct error *error)
{
    *harvest = (struct harvest){.plan = plan};
    harvest->skeleton = protocol_skeleton(plan->protocol, plan->space->name, error);
    if (!harvest->skeleton)
        return error->code;
    if (plan->seeds < 1 || plan->seeds > SCHEMA_SEEDS)
        return error_set(error, ERROR_ARGUMENT, "%d seeds: expected 1 to %d", plan->seeds,
                         SCHEMA_SEEDS);
    struct table *table = &harvest->table;
    table->space = plan->space;
    table->seeds = plan->seeds;
    table->identity.points = plan->protocol->training.points;
    table->identity.count = table->identity.distinct = (uint32_t)plan->space->count;
    size_t rows = (size_t)plan->seeds * (size_t)plan->space->count;
    harvest->line = calloc(rows * (size_t)table->identity.points, sizeof *harvest->line);
    return harvest->line ? 0 : error_set(error, ERROR_MEMORY, "out of memory for %zu rows", rows);
}

void harvest_free(struct harvest *harvest)
{
    free(harvest->line);
    table_close(&harvest->table);
    *harvest = (struct harvest){.plan = NULL};
}

int harvest_column(struct harvest *harvest, const struct schema_column *column, struct error *error)
{
    return schema_data(&harvest->table, column, 0) ? 0
                                                   : schema_make(&harvest->table, column, error);
}

static size_t row_of(const struct harvest *harvest, const struct architecture *architecture,
                     int seed)
{
    return (size_t)seed * harvest->table.identity.count +
           (size_t)harvest->plan->space->index(architecture);
}

static size_t place_of(const struct harvest *harvest, const struct architecture *architecture,
                       int seed, int point)
{
    return row_of(harvest, architecture, seed) * (size_t)harvest->table.identity.points +
           (size_t)point - 1;
}

int harvest_claim(struct harvest *harvest, const struct architecture *architecture, int seed,
                  int point, uint64_t line, struct error *error)
{
    const struct table_identity *identity = &harvest->table.identity;
    if (seed < 0 || seed >= harvest->table.seeds)
        return error_set(error, ERROR_FORMAT, "seed %d: expected 0 to %d", seed,
                         harvest->table.seeds - 1);
    if (point < 1 || point > identity->points)
        return error_set(error, ERROR_FORMAT, "point %d: the protocol has 1 to %d", point,
                         identity->points);
    uint64_t *claim = &harvest->line[place_of(harvest, architecture, seed, point)];
    if (*claim)
        return error_set(error, ERROR_FORMAT,
                         "architecture, seed and point are those of line %" PRIu64, *claim);
    *claim = line;
    return 0;
}

int harvest_put(struct harvest *harvest, const struct schema_column *column,
                const struct architecture *architecture, int seed, int point, double value,
                struct error *error)
{
    float *results = schema_data(&harvest->table, column, 0);
    bool loss = column->measure == SCHEMA_LOSS;
    if (value < 0 || value > schema_most(column) || (isnan(value) && !loss))
        return error_set(error, ERROR_FORMAT, "%s = %g: is no %s", column->name, value,
                         schema_measure_name(column->measure));
    size_t place = column->shape == SCHEMA_POINTS ? place_of(harvest, architecture, seed, point)
                                                  : row_of(harvest, architecture, seed);
    results[place] = isnan(value) ? schema_nan() : (float)value;
    return 0;
}

/* ---- Costs ----------------------------------------------------------------------------------- */

static int check_cost(const struct harvest *harvest, const char *what, uint64_t stated,
                      uint64_t counted, struct error *error)
{
    if (stated == counted)
        return 0;
    return error_set(error, ERROR_MISMATCH,
                     "%s is %" PRIu64 ", but %s under protocol %s has %" PRIu64, what, stated,
                     harvest->plan->space->name, harvest->plan->protocol->name, counted);
}

int harvest_check_params(const struct harvest *harvest, const struct architecture *architecture,
                         uint64_t params, struct error *error)
{
    uint64_t macs, counted;
    harvest->plan->space->published_cost(architecture, harvest->skeleton, &macs, &counted);
    return check_cost(harvest, "params", params, counted, error);
}

int harvest_check_macs(const struct harvest *harvest, const struct architecture *architecture,
                       uint64_t macs, struct error *error)
{
    uint64_t counted, params;
    harvest->plan->space->published_cost(architecture, harvest->skeleton, &counted, &params);
    return check_cost(harvest, "macs", macs, counted, error);
}

/* ---- What is missing ------------------------------------------------------------------------- */

/* Lines of one (architecture index, seed): the number of its points that came. */
static int points_claimed(const struct harvest *harvest, uint32_t index, int seed)
{
    size_t points = (size_t)harvest->table.identity.points;
    size_t row = (size_t)seed * harvest->table.identity.count + index;
    int claimed = 0;
    for (size_t t = 0; t < points; t++)
        claimed += harvest->line[row * points + t] != 0;
    return claimed;
}

static void print_index(const struct harvest *harvest, uint32_t index, char text[ARCHITECTURE_TEXT])
{
    struct architecture architecture;
    harvest->plan->space->from_index(index, &architecture);
    harvest->plan->space->print(&architecture, text);
}

/* A row is there with all of its points or not at all. */
static int check_points(const struct harvest *harvest, struct error *error)
{
    char text[ARCHITECTURE_TEXT];
    for (int seed = 0; seed < harvest->table.seeds; seed++)
        for (uint32_t i = 0; i < harvest->table.identity.count; i++) {
            int claimed = points_claimed(harvest, i, seed);
            if (claimed == 0 || claimed == harvest->table.identity.points)
                continue;
            print_index(harvest, i, text);
            return error_set(error, ERROR_FORMAT, "architecture %s, seed %d: has %d of %d points",
                             text, seed, claimed, harvest->table.identity.points);
        }
    return 0;
}

/* Seeds up to the highest that has a row; 0: there is no row. */
static int seeds_met(const struct harvest *harvest)
{
    for (int seed = harvest->table.seeds; seed > 0; seed--)
        for (uint32_t i = 0; i < harvest->table.identity.count; i++)
            if (points_claimed(harvest, i, seed - 1))
                return seed;
    return 0;
}

/* Every architecture under every seed, unless the plan says that some may be missing. */
static int check_whole(const struct harvest *harvest, struct error *error)
{
    uint64_t missing = 0, first = 0;
    char text[ARCHITECTURE_TEXT];
    uint64_t count = harvest->table.identity.count;
    for (uint64_t row = (uint64_t)harvest->table.seeds * count; row-- > 0;) {
        if (points_claimed(harvest, (uint32_t)(row % count), (int)(row / count)))
            continue;
        missing++;
        first = row;
    }
    if (!missing || harvest->plan->partial)
        return 0;
    print_index(harvest, (uint32_t)(first % count), text);
    return error_set(error, ERROR_FORMAT,
                     "%" PRIu64 " of %" PRIu64
                     " rows are missing, the first being architecture %s, "
                     "seed %d",
                     missing, (uint64_t)harvest->table.seeds * count, text, (int)(first / count));
}

static int check_rows(struct harvest *harvest, struct error *error)
{
    int status = check_points(harvest, error);
    if (status)
        return status;
    int seeds = seeds_met(harvest);
    if (seeds == 0)
        return error_set(error, ERROR_FORMAT, "has no rows");
    harvest->table.seeds = seeds; /* those above are the end of every column */
    return check_whole(harvest, error);
}

/* ---- The table ------------------------------------------------------------------------------- */

static int describe(struct table *table, const struct harvest *harvest, const char *source_digest,
                    struct error *error)
{
    const struct import_plan *plan = harvest->plan;
    struct table_identity *identity = &table->identity;
    struct text text = {0};
    *identity = harvest->table.identity; /* points and count; numerics 0: imported */
    (void)snprintf(identity->space, sizeof identity->space, "%s", plan->space->name);
    int length = snprintf(identity->protocol, sizeof identity->protocol, "%s%s-%s", plan->name,
                          plan->search_on_test ? "-searched-on-test" : "",
                          plan->reading == IMPORT_EACH ? "each" : "classes");
    if (length >= (int)sizeof identity->protocol)
        return error_set(error, ERROR_ARGUMENT,
                         "name \"%s\": with what is appended it is longer than %zu bytes",
                         plan->name, sizeof identity->protocol - 1);
    if (strlen(plan->licence) >= sizeof table->licence)
        return error_set(error, ERROR_ARGUMENT, "licence \"%s\" is longer than %zu bytes",
                         plan->licence, sizeof table->licence - 1);
    (void)snprintf(identity->protocol_hash, DIGEST_TEXT, "%s", source_digest);
    (void)snprintf(identity->dataset_digest, DIGEST_TEXT, UNKNOWN_DATASET);
    (void)snprintf(table->program, sizeof table->program, "nasbed %s (imported)", NASBED_VERSION);
    (void)snprintf(table->compiler, sizeof table->compiler, "%s", SCHEMA_COMPILER);
    (void)snprintf(table->licence, sizeof table->licence, "%s", plan->licence);
    protocol_normal(plan->protocol, plan->space->name, &text);
    table->protocol_text = text.data;
    table->space = plan->space;
    table->seeds = harvest->table.seeds;
    table->tests_apart = plan->tests_apart;
    return text.failed ? error_set(error, ERROR_MEMORY, "out of memory") : 0;
}

/* Memory for all columns outside the runs, and for those of results that the source has. */
static int allocate(struct table *table, const struct harvest *harvest, struct error *error)
{
    int status = 0;
    for (const struct schema_column *column = schema_columns; column->name && !status; column++)
        if (!schema_in_run(column) || schema_data(&harvest->table, column, 0))
            status = schema_make(table, column, error);
    return status;
}

/* MACs of the simplified network of an architecture: what its training is charged by. */
static int trained_macs(const struct harvest *harvest, uint32_t index, uint64_t *macs,
                        struct error *error)
{
    struct architecture architecture;
    struct cost cost;
    harvest->plan->space->from_index(index, &architecture);
    int status =
        architecture_cost(harvest->plan->space, harvest->skeleton, &architecture, &cost, error);
    *macs = status ? 0 : cost.train_macs;
    return status;
}

static int fill_costs(struct table *table, const struct harvest *harvest, struct error *error)
{
    for (uint32_t i = 0; i < table->identity.count; i++) {
        struct architecture architecture;
        harvest->plan->space->from_index(i, &architecture);
        harvest->plan->space->published_cost(&architecture, harvest->skeleton, &table->macs[i],
                                             &table->params[i]);
    }
    for (uint32_t c = 0; c < table->identity.distinct; c++) {
        int status = trained_macs(harvest, table->representative[c], &table->train_macs[c], error);
        if (status)
            return status;
    }
    return 0;
}

/* The mean over the members of each class of one column under one seed, [distinct][width] from
 * [count][width]; members without a value do not count. */
static void average(const struct table *table, const float *each, size_t width, double *sum,
                    uint32_t *n, float *out)
{
    size_t values = (size_t)table->identity.distinct * width;
    memset(sum, 0, values * sizeof *sum);
    memset(n, 0, values * sizeof *n);
    for (uint32_t i = 0; i < table->identity.count; i++)
        for (size_t t = 0; t < width; t++) {
            size_t place = table->class_of[i] * width + t;
            if (isnan(each[i * width + t]))
                continue;
            sum[place] += (double)each[i * width + t];
            n[place]++;
        }
    for (size_t place = 0; place < values; place++)
        out[place] = n[place] ? (float)(sum[place] / n[place]) : schema_nan();
}

static int fill_results(struct table *table, const struct harvest *harvest, struct error *error)
{
    size_t most = (size_t)table->identity.distinct * (size_t)table->identity.points;
    double *sum = calloc(most, sizeof *sum);
    uint32_t *n = calloc(most, sizeof *n);
    int status = sum && n ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    for (const struct schema_column *column = schema_columns; column->name && !status; column++)
        for (int seed = 0; seed < table->seeds && schema_in_run(column); seed++)
            if (schema_data(table, column, 0))
                average(table, schema_data(&harvest->table, column, seed),
                        schema_width(table, column), sum, n, schema_data(table, column, seed));
    free(n);
    free(sum);
    return status;
}

/* Which architectures are one network does not depend on the skeleton: the smallest tells. */
static int find_classes(const struct harvest *harvest, struct isomorphs *isomorphs,
                        struct error *error)
{
    struct skeleton small = *harvest->skeleton;
    small.cells = small.cells ? 1 : 0;
    return isomorphs_init(isomorphs, harvest->plan->space, &small, error);
}

static void number_each(struct table *table)
{
    for (uint32_t i = 0; i < table->identity.count; i++)
        table->class_of[i] = table->representative[i] = i;
}

static int fill(struct table *table, const struct harvest *harvest,
                const struct isomorphs *isomorphs, struct error *error)
{
    int status = allocate(table, harvest, error);
    if (status)
        return status;
    if (isomorphs) {
        memcpy(table->class_of, isomorphs->class_of, isomorphs->count * sizeof *table->class_of);
        memcpy(table->representative, isomorphs->representative,
               isomorphs->distinct * sizeof *table->representative);
    } else {
        number_each(table);
    }
    status = fill_costs(table, harvest, error);
    if (!status)
        status = fill_results(table, harvest, error);
    return status;
}

/* With the plan's search_on_test, what the source calls test accuracy is both. */
static int show_tests(struct harvest *harvest, struct error *error)
{
    struct table *table = &harvest->table;
    if (!harvest->plan->search_on_test)
        return 0;
    if (table->valid_accuracy || !table->test_accuracy || table->identity.points != 1)
        return error_set(error, ERROR_ARGUMENT,
                         "searching on the test accuracy is for sources that have one point and no "
                         "validation accuracy");
    for (const struct schema_column *column = schema_columns; column->name; column++)
        if (strcmp(column->name, "valid_accuracy") == 0 && schema_make(table, column, error))
            return error->code;
    memcpy(table->valid_accuracy, table->test_accuracy,
           (size_t)table->seeds * table->identity.count * sizeof *table->valid_accuracy);
    return 0;
}

int harvest_table(struct harvest *harvest, const char *source_digest, struct table *table,
                  struct error *error)
{
    struct isomorphs isomorphs = {.count = 0};
    bool classes = harvest->plan->reading == IMPORT_CLASSES;
    *table = (struct table){.seeds = 0};
    int status = check_rows(harvest, error);
    if (!status)
        status = show_tests(harvest, error);
    if (!status && classes)
        status = find_classes(harvest, &isomorphs, error);
    if (status)
        return status;
    status = describe(table, harvest, source_digest, error);
    if (classes)
        table->identity.distinct = isomorphs.distinct;
    if (!status)
        status = identity_valid(&table->identity, error);
    if (!status)
        status = fill(table, harvest, classes ? &isomorphs : NULL, error);
    if (!status) {
        schema_digest(table, table->digest);
        status = check_table(table, error);
    }
    isomorphs_free(&isomorphs);
    if (status)
        table_close(table);
    return status;
}
