/* A complete table of `cell` made up in memory, with a landscape that can be searched, and real
 * trials on it: its networks and costs are those of protocol `smoke`, its accuracies a sum over the
 * edges of the lowest string of each network, plus noise of seed and test. */
#ifndef NASBED_TESTS_CELL_TABLE_H
#define NASBED_TESTS_CELL_TABLE_H

#include "base/digest.h"
#include "base/text.h"
#include "methods/trial/trial.h"
#include "reports/trace.h"
#include "tables/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CELL_SEEDS 2

struct cell_table {
    struct table table;
    struct protocol protocol;
    struct isomorphs isomorphs;
    struct source source;
    struct contest contest;
};

/* What an option adds on an edge, percent; and what two convolutions in a row add. */
static inline double cell_quality(const struct architecture *a)
{
    static const double worth[5] = {0, 3, 4, 6, 1};
    double sum = 30;
    for (int e = 0; e < 6; e++)
        sum += worth[a->decision[e]] * (1 + 0.2 * e);
    if (a->decision[0] == 3 && a->decision[4] == 3) /* 0>1, 1>3 */
        sum += 5;
    if (a->decision[1] == 2 && a->decision[5] == 2) /* 0>2, 2>3 */
        sum += 8;
    return sum;
}

/* Validation accuracies are multiples of 0.1: many are equal. */
static inline void cell_fill(struct cell_table *cell, const struct space *space)
{
    struct random_stream noise = random_stream(5, RANDOM_TEST, 0, 0);
    struct table *table = &cell->table;
    size_t points = (size_t)table->identity.points, distinct = table->identity.distinct;
    for (size_t row = 0; row < CELL_SEEDS * distinct; row++) {
        struct architecture a;
        space->from_index(cell->isomorphs.representative[row % distinct], &a);
        double quality = cell_quality(&a);
        for (size_t t = 0; t < points; t++) {
            double seen = quality * (double)(t + 1) / (double)points + random_normal(&noise);
            table->valid_accuracy[row * points + t] = (float)(0.1 * (int)(10 * seen));
        }
        table->test_accuracy[row] = (float)(quality - 2 + 0.5 * random_normal(&noise));
    }
}

static inline bool cell_read(void *context, uint32_t network, uint32_t seed,
                             struct table_record *record)
{
    const struct table *table = context;
    size_t row = (size_t)seed * table->identity.distinct + network;
    size_t points = (size_t)table->identity.points;
    *record = (struct table_record){.network = network, .seed = seed};
    record->test_accuracy = table->test_accuracy[row];
    for (size_t t = 0; t < points; t++)
        record->point[t].valid_accuracy = table->valid_accuracy[row * points + t];
    return true;
}

/* `classes` > 0: as if the space had only so many networks, so that most answers are free. */
static inline void cell_open(struct cell_table *cell, double budget, uint32_t classes)
{
    struct error error = {.text = ""};
    const struct space *space = space_find("cell", &error);
    *cell = (struct cell_table){.table = {.seeds = CELL_SEEDS, .digest = "7ab1e"}};
    struct table *table = &cell->table;
    if (protocol_open(&cell->protocol, NASBED_TEST_SOURCE "/protocols/smoke.ini", &error) ||
        isomorphs_init(&cell->isomorphs, space, protocol_skeleton(&cell->protocol, "cell", NULL),
                       &error))
        fail_msg("%s", error.text);
    struct isomorphs *isomorphs = &cell->isomorphs;
    if (classes) {
        isomorphs->distinct = classes;
        for (uint32_t i = 0; i < isomorphs->count; i++)
            isomorphs->class_of[i] %= classes;
    }
    table->identity = (struct table_identity){.space = "cell",
                                              .protocol = "smoke",
                                              .points = cell->protocol.training.points,
                                              .count = isomorphs->count,
                                              .distinct = isomorphs->distinct};
    size_t rows = CELL_SEEDS * (size_t)isomorphs->distinct;
    table->protocol_text = cell->protocol.text;
    table->class_of = isomorphs->class_of;
    table->train_macs = isomorphs->train_macs;
    table->valid_accuracy =
        calloc(rows * (size_t)table->identity.points, sizeof *table->valid_accuracy);
    table->test_accuracy = calloc(rows, sizeof *table->test_accuracy);
    cell_fill(cell, space);
    cell->source = (struct source){.read_context = table, .read = cell_read};
    cell->contest = (struct contest){.space = space,
                                     .training = &cell->protocol.training,
                                     .isomorphs = isomorphs,
                                     .identity = table->identity,
                                     .table = "7ab1e",
                                     .seeds = CELL_SEEDS};
    if (contest_budget(&cell->contest, budget, &error))
        fail_msg("%s", error.text);
    assert_int_equal(
        bank_open(&cell->contest.bank, &cell->source, &cell->contest.identity, CELL_SEEDS, &error),
        0);
}

static inline void cell_close(struct cell_table *cell)
{
    bank_close(cell->contest.bank);
    free(cell->table.valid_accuracy);
    free(cell->table.test_accuracy);
    isomorphs_free(&cell->isomorphs);
    protocol_close(&cell->protocol);
}

/* What the traces of the contest say of its budget. */
static inline struct trace_header cell_header(const struct cell_table *cell)
{
    return (struct trace_header){.budget_flops = cell->contest.budget_flops,
                                 .reserve_flops = cell->contest.reserve_flops};
}

/* What one trial did. */
struct cell_trial {
    uint32_t *asked; /* [n] indices, in order */
    size_t n, free;
    uint32_t choice;
    uint64_t spent; /* FLOPs */
    char *text;     /* the whole trace */
};

/* The number behind "NAME": in a line of a trace. */
static inline uint64_t cell_number(const char *line, const char *name)
{
    char quoted[32];
    (void)snprintf(quoted, sizeof quoted, "\"%s\":", name);
    const char *place = strstr(line, quoted);
    assert_non_null(place);
    return strtoull(place + strlen(quoted), NULL, 10);
}

/* Run a real trial; `assignments` are options, "name=value,...". */
static inline struct cell_trial cell_run(const struct cell_table *cell, const char *method,
                                         uint64_t seed, const char *assignments)
{
    struct cell_trial trial = {0};
    struct method_settings settings;
    struct trial_times times;
    struct text text = {0};
    struct error error = {.text = ""};
    assert_int_equal(method_settings_init(&settings, method_find(method, &error), &error), 0);
    assert_int_equal(options_parse_list(settings.row, settings.values, assignments, &error), 0);
    if (trial_run(&cell->contest, &settings, seed, NULL, NULL, &text, &times, &error))
        fail_msg("%s", error.text);
    method_settings_free(&settings);
    for (char *line = text.data; *line; line += strcspn(line, "\n") + 1) {
        if (strncmp(line, "{\"event\":\"query\"", 16) == 0) {
            if ((trial.n & (trial.n - 1)) == 0)
                trial.asked =
                    realloc(trial.asked, (trial.n ? 2 * trial.n : 1) * sizeof *trial.asked);
            trial.asked[trial.n++] = (uint32_t)cell_number(line, "index");
            trial.free += cell_number(line, "charge") == 0;
            assert_true(cell_number(line, "spent") + cell->contest.reserve_flops <=
                        cell->contest.budget_flops);
        } else if (strncmp(line, "{\"event\":\"finish\"", 17) == 0) {
            trial.choice = (uint32_t)cell_number(line, "index");
            trial.spent = cell_number(line, "spent");
        }
    }
    trial.text = text.data;
    return trial;
}

static inline void cell_trial_free(struct cell_trial *trial)
{
    free(trial->asked);
    free(trial->text);
}

#endif
