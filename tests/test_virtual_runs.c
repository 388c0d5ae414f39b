/* Virtual runs against the trials that they stand for, sampled random search against its closed
 * form, and what beats it. */
#include "reports/virtual_runs.h"

#include "reports/draws.h"
#include "reports/statistics.h"
#include "reports/truth.h"
#include "tests/cell_table.h"

#include <math.h>

/* The stream that a trial of random search draws from (methods/trial/trial.c). */
static struct random_stream trial_stream(uint64_t seed)
{
    return random_stream(seed, RANDOM_METHOD, 0, (uint32_t)digest_checksum("random-search", 13));
}

/* With a trial's own stream a virtual run is that trial: draws, charges, choice. */
static void check_replay(double budget, uint32_t classes, uint64_t seeds, size_t least_free)
{
    struct cell_table cell;
    struct virtual_game game;
    cell_open(&cell, budget, classes);
    struct trace_header header = cell_header(&cell);
    assert_int_equal(virtual_game_init(&game, &cell.table, &header, NULL), 0);
    for (uint64_t seed = 0; seed < seeds; seed++) {
        struct cell_trial trial = cell_run(&cell, "random-search", seed, "");
        struct random_stream stream = trial_stream(seed);
        struct virtual_end end = virtual_run(&game, (int)(seed % CELL_SEEDS), &stream);
        assert_int_equal(end.draws, trial.n);
        assert_int_equal(end.index, trial.choice);
        assert_int_equal(end.spent, trial.spent);
        assert_true(trial.free >= least_free);
        cell_trial_free(&trial);
    }
    virtual_game_free(&game);
    cell_close(&cell);
}

static void test_replay(void **state)
{
    (void)state;
    check_replay(100, 0, 40, 2);    /* isomorphs among a hundred draws */
    check_replay(3.1, 0, 40, 0);    /* many a trial can pay for nothing but its finish */
    check_replay(100, 12, 4, 1000); /* ends after a thousand free answers */
}

static void test_runs(void **state)
{
    (void)state;
    struct cell_table cell;
    struct virtual_runs runs, again;
    struct draws draws;
    cell_open(&cell, 30, 0);
    struct trace_header header = cell_header(&cell);
    assert_int_equal(virtual_runs_init(&runs, &cell.table, &header, NULL), 0);
    assert_int_equal(virtual_runs_init(&again, &cell.table, &header, NULL), 0);
    assert_int_equal(runs.n, VIRTUAL_RUNS);
    assert_memory_equal(runs.accuracy, again.accuracy, VIRTUAL_RUNS * sizeof *runs.accuracy);
    assert_true(fabs(runs.error - (100 - sample_mean(runs.accuracy, runs.n))) < 1e-9);
    assert_true(runs.spent <= (double)header.budget_flops);
    assert_true(runs.spent > 0.9 * (double)(header.budget_flops - header.reserve_flops));
    /* Near the closed form at the mean number of draws, which their scatter and the reserve blur. */
    assert_int_equal(draws_init(&draws, &cell.table, false, 200, NULL), 0);
    size_t n = (size_t)(runs.draws + 0.5);
    assert_in_range(n, 25, 60);
    assert_true(fabs(draws.regret[n - 1] - runs.regret) < 0.1);
    draws_free(&draws);
    virtual_runs_free(&again);
    virtual_runs_free(&runs);
    cell_close(&cell);
}

static void refuse(const struct table *table, const struct trace_header *header,
                   const char *message)
{
    struct virtual_runs runs;
    struct error error;
    assert_int_equal(virtual_runs_init(&runs, table, header, &error), ERROR_MISMATCH);
    assert_string_equal(error.text, message);
}

static void test_refusals(void **state)
{
    (void)state;
    struct cell_table cell;
    char message[160], broken[] = "[training]\nbacth = 16\n";
    cell_open(&cell, 30, 0);
    struct trace_header header = cell_header(&cell);
    struct table table = cell.table;
    table.protocol_text = NULL;
    refuse(&table, &header, "the table does not say what its networks cost");
    table.protocol_text = broken;
    refuse(&table, &header,
           "the table's protocol cannot be read (line 2: unknown option \"bacth\": did you mean "
           "\"batch\"?)");
    struct trace_header poor = header;
    poor.budget_flops = header.reserve_flops - 1;
    refuse(&cell.table, &poor, "the traces reserve more than their budget");
    (void)snprintf(message, sizeof message,
                   "its dearest network costs %llu FLOPs, the traces reserve 7",
                   (unsigned long long)header.reserve_flops);
    header.reserve_flops = 7;
    refuse(&cell.table, &header, message);
    cell_close(&cell);
}

/* ---- Sampled against exact ------------------------------------------------------------------- */

enum { TRIALS = 500, MARKS = 5 };
static const size_t marks[MARKS] = {1, 3, 10, 30, 100};

/* Sum over the trials of the test error in hand after marks[] draws. */
static void sample(const struct cell_table *cell, const char *assignments, double sums[MARKS])
{
    const struct table *table = &cell->table;
    for (uint64_t seed = 0; seed < TRIALS; seed++) {
        struct cell_trial trial = cell_run(cell, "random-search", seed, assignments);
        int searched = (int)(seed % CELL_SEEDS);
        double best = -1;
        uint32_t held = 0;
        assert_true(trial.n >= marks[MARKS - 1]);
        for (size_t i = 0, mark = 0; mark < MARKS; i++) {
            uint32_t network = table->class_of[trial.asked[i]];
            double valid = (double)table_valid_accuracy(table, network, (uint32_t)searched,
                                                        table->identity.points);
            if (valid > best) {
                best = valid;
                held = network;
            }
            if (i + 1 == marks[mark]) {
                sums[mark] += 100 - truth_result(table, held, searched);
                mark++;
            }
        }
        cell_trial_free(&trial);
    }
}

/* 500 trials lie in a simultaneous 99 % band of the closed form: Bonferroni over the five marks, so
 * 0.998 at each, 3.0902 standard errors (scipy.stats.norm.isf(0.001)). */
static void check_band(const char *assignments, bool replacement)
{
    struct cell_table cell;
    struct draws draws;
    double sums[MARKS] = {0};
    cell_open(&cell, 130, 0);
    assert_int_equal(draws_init(&draws, &cell.table, replacement, 100, NULL), 0);
    sample(&cell, assignments, sums);
    for (size_t m = 0; m < MARKS; m++) {
        double exact = draws.error[marks[m] - 1], spread = draws.spread[marks[m] - 1];
        double off = (sums[m] / TRIALS - exact) / (spread / sqrt(TRIALS));
        if (!(fabs(off) <= 3.0902))
            fail_msg("%zu draws: %.4f, exactly %.4f: %.2f standard errors", marks[m],
                     sums[m] / TRIALS, exact, off);
    }
    draws_free(&draws);
    cell_close(&cell);
}

static void test_band(void **state)
{
    (void)state;
    check_band("", false);
    check_band("replacement=yes", true);
}

/* ---- Trials ---------------------------------------------------------------------------------- */

/* Uniform over the strings: 625 parts of 25 neighbouring indices each, 0.999 quantile of
 * chi-square. Drawn without replacement they are a little more even than that. */
static void test_uniform(void **state)
{
    (void)state;
    struct cell_table cell;
    int seen[625] = {0}, all = 0;
    double chi = 0;
    cell_open(&cell, 100, 0);
    for (uint64_t seed = 0; seed < 150; seed++) {
        struct cell_trial trial = cell_run(&cell, "random-search", seed, "");
        for (size_t i = 0; i < trial.n; i++, all++)
            seen[trial.asked[i] / 25]++;
        cell_trial_free(&trial);
    }
    for (int i = 0; i < 625; i++)
        chi += (seen[i] - all / 625.0) * (seen[i] - all / 625.0) / (all / 625.0);
    assert_true(all > 15000);
    assert_true(chi < 737.0);
    cell_close(&cell);
}

/* Without isomorphs nothing is free, and no network comes twice. */
static void test_unique(void **state)
{
    (void)state;
    struct cell_table cell;
    cell_open(&cell, 100, 0);
    struct cell_trial trial = cell_run(&cell, "random-search", 3, "unique=yes");
    assert_true(trial.n > 80);
    assert_int_equal(trial.free, 0);
    for (size_t i = 0; i < trial.n; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(cell.table.class_of[trial.asked[i]],
                                 cell.table.class_of[trial.asked[j]]);
    cell_trial_free(&trial);
    cell_close(&cell);
}

/* The same seed gives the same bytes, another seed other ones. */
static void test_determinism(void **state)
{
    (void)state;
    static const char *const methods[] = {"random-search", "regularized-evolution", "local-search"};
    struct cell_table cell;
    cell_open(&cell, 40, 0);
    for (int m = 0; m < 3; m++) {
        struct cell_trial once = cell_run(&cell, methods[m], 6, "");
        struct cell_trial again = cell_run(&cell, methods[m], 6, "");
        struct cell_trial other = cell_run(&cell, methods[m], 8, "");
        assert_string_equal(once.text, again.text);
        assert_true(once.asked[0] != other.asked[0] || once.asked[1] != other.asked[1]);
        cell_trial_free(&once);
        cell_trial_free(&again);
        cell_trial_free(&other);
    }
    cell_close(&cell);
}

/* What learns from its answers beats random search on a landscape that has slopes: 500 trials of
 * each against the virtual runs, at two budgets. */
static void check_better(const char *method, double budget)
{
    struct cell_table cell;
    struct virtual_runs runs;
    struct rank_test test;
    double accuracy[TRIALS];
    cell_open(&cell, budget, 0);
    struct trace_header header = cell_header(&cell);
    assert_int_equal(virtual_runs_init(&runs, &cell.table, &header, NULL), 0);
    for (uint64_t seed = 0; seed < TRIALS; seed++) {
        struct cell_trial trial = cell_run(&cell, method, seed, "");
        accuracy[seed] =
            truth_result(&cell.table, cell.table.class_of[trial.choice], (int)(seed % CELL_SEEDS));
        cell_trial_free(&trial);
    }
    assert_int_equal(mann_whitney(accuracy, TRIALS, runs.accuracy, runs.n, &test, NULL), 0);
    if (strcmp(method, "random-search") == 0)
        assert_true(test.p > 0.001); /* it is what the virtual runs are */
    else if (!(test.p < 1e-6 && test.gain > 0.6))
        fail_msg("%s at %g: p %g, P(better) %g", method, budget, test.p, test.gain);
    virtual_runs_free(&runs);
    cell_close(&cell);
}

static void test_better(void **state)
{
    (void)state;
    check_better("random-search", 50);
    check_better("regularized-evolution", 50);
    check_better("regularized-evolution", 100);
    check_better("local-search", 50);
    check_better("local-search", 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replay),      cmocka_unit_test(test_runs),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_band),
        cmocka_unit_test(test_uniform),     cmocka_unit_test(test_unique),
        cmocka_unit_test(test_determinism), cmocka_unit_test(test_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
