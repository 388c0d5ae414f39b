/* Trials without training: the space `cell`, a small schedule and made-up rows, read or "trained".
 */
#ifndef NASBED_TESTS_TRIAL_FIXTURE_H
#define NASBED_TESTS_TRIAL_FIXTURE_H

#include "methods/trial/bank.h"
#include "methods/trial/contest.h"
#include "methods/trial/registry.h"
#include "methods/trial/trial.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURE_POINTS 4

/* What the made-up rows depend on, and what was done. */
struct fixture {
    struct training training;
    struct isomorphs isomorphs;
    struct source source;
    struct contest contest;
    unsigned long test_salt; /* another value: other test accuracies, nothing else */
    uint32_t table_rows;     /* networks below this are in the table, if it is read at all */
    int fail_after;          /* trainings that succeed; -1: all */
    atomic_int trainings, points_trained;
};

static inline uint32_t fixture_hash(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t x = a * 0x9e3779b97f4a7c15u + b * 0xbf58476d1ce4e5b9u + c * 0x94d049bb133111ebu + 1;
    x ^= x >> 31;
    x *= 0xd6e8feb86659fd93u;
    return (uint32_t)(x >> 33);
}

static inline float fixture_valid(uint32_t network, uint32_t seed, int point)
{
    return 10.0f + (float)(fixture_hash(network, seed, (uint64_t)point) % 8000) / 100.0f;
}

static inline float fixture_test(const struct fixture *fixture, uint32_t network, uint32_t seed)
{
    return 10.0f + (float)(fixture_hash(network, seed, 1000 + fixture->test_salt) % 8000) / 100.0f;
}

static inline void fixture_fill(const struct fixture *fixture, uint32_t network, uint32_t seed,
                                int last, struct table_record *record)
{
    record->network = network;
    record->seed = seed;
    for (int t = 1; t <= last; t++) {
        record->point[t - 1].valid_accuracy = fixture_valid(network, seed, t);
        record->point[t - 1].valid_loss = 1.0f;
        record->point[t - 1].train_accuracy = 50.0f;
        record->point[t - 1].train_loss = 1.5f;
    }
    if (last == FIXTURE_POINTS) {
        record->test_accuracy = fixture_test(fixture, network, seed);
        record->test_loss = 2.0f;
    }
}

static inline bool fixture_read(void *context, uint32_t network, uint32_t seed,
                                struct table_record *record)
{
    const struct fixture *fixture = context;
    if (network >= fixture->table_rows)
        return false;
    fixture_fill(fixture, network, seed, FIXTURE_POINTS, record);
    return true;
}

static inline int fixture_train(void *context, uint32_t network, uint32_t seed, int last,
                                int worker, struct table_record *record, double *cpu_seconds,
                                struct error *error)
{
    struct fixture *fixture = context;
    (void)worker;
    if (fixture->fail_after >= 0 && atomic_load(&fixture->trainings) >= fixture->fail_after)
        return error_set(error, ERROR_IO, "the machine is on fire");
    (void)atomic_fetch_add(&fixture->trainings, 1);
    (void)atomic_fetch_add(&fixture->points_trained, last);
    fixture_fill(fixture, network, seed, last, record);
    *cpu_seconds = 0.25 * last;
    return 0;
}

/* A contest with `seeds` table seeds; rows are read if `table`, else trained. */
static inline void fixture_open(struct fixture *fixture, bool table, int seeds, double budget)
{
    struct error error;
    const struct space *space = space_find("cell", &error);
    const struct skeleton skeleton = {.input_channels = 3,
                                      .input_size = 32,
                                      .classes = 10,
                                      .channels = 4,
                                      .cells = 1,
                                      .stem_stride = 2};
    *fixture = (struct fixture){.fail_after = -1, .table_rows = table ? UINT32_MAX : 0};
    fixture->training = (struct training){.train_images = 1024,
                                          .valid_images = 512,
                                          .valid_images_early = 256,
                                          .test_images = 512,
                                          .epochs = 2,
                                          .batch = 32,
                                          .points = FIXTURE_POINTS,
                                          .seeds = seeds};
    static struct isomorphs isomorphs; /* worked out once, for all fixtures of a test */
    if (!isomorphs.count)
        assert_int_equal(isomorphs_init(&isomorphs, space, &skeleton, &error), 0);
    fixture->isomorphs = isomorphs;
    fixture->source = (struct source){.read_context = fixture,
                                      .read = table ? fixture_read : NULL,
                                      .train_context = fixture,
                                      .train = fixture_train};
    struct contest *contest = &fixture->contest;
    *contest = (struct contest){.space = space,
                                .training = &fixture->training,
                                .isomorphs = &fixture->isomorphs,
                                .seeds = seeds,
                                .identity = {.space = "cell",
                                             .protocol = "made-up",
                                             .protocol_hash = "0123456789abcdef0123456789abcdef",
                                             .dataset_digest = "fedcba9876543210fedcba9876543210",
                                             .numerics = 1,
                                             .points = FIXTURE_POINTS,
                                             .count = fixture->isomorphs.count,
                                             .distinct = fixture->isomorphs.distinct}};
    if (table)
        (void)strcpy(contest->table, "00112233445566778899aabbccddeeff");
    assert_int_equal(contest_budget(contest, budget, &error), 0);
    assert_int_equal(bank_open(&contest->bank, &fixture->source, &contest->identity, seeds, &error),
                     0);
}

static inline void fixture_close(struct fixture *fixture)
{
    bank_close(fixture->contest.bank);
}

/* Forget what was trained. */
static inline void fixture_forget(struct fixture *fixture)
{
    struct contest *contest = &fixture->contest;
    bank_close(contest->bank);
    fixture->trainings = 0;
    fixture->points_trained = 0;
    assert_int_equal(
        bank_open(&contest->bank, &fixture->source, &contest->identity, contest->seeds, NULL), 0);
}

/* Short fits of a method that has a surrogate: they teach little, but here the trial is what is tested. */
static inline void fixture_short_fits(struct method_settings *settings)
{
    for (const struct option_row *row = settings->row; row->name; row++)
        if (strcmp(row->name, "epochs") == 0 || strcmp(row->name, "first-epochs") == 0) {
            char text[32];
            (void)snprintf(text, sizeof text, "%s=5", row->name);
            assert_int_equal(options_parse_list(settings->row, settings->values, text, NULL), 0);
        }
}

/* The methods that a table of `cell` answers (supernets need images: test_trial_supernet.c), in the order of
 * the registry; NULL past the end. */
static inline const struct nasbed_method *fixture_method(int i)
{
    for (int k = 0; method_at(k); k++)
        if (!method_at(k)->supernet &&
            method_space(method_at(k), "cell")->kind != NASBED_UNDEFINED && i-- == 0)
            return method_at(k);
    return NULL;
}

/* Run one trial of a method with its default options, but for short fits. */
static inline int fixture_run(struct fixture *fixture, const struct nasbed_method *method,
                              uint64_t seed, struct text *trace, struct error *error)
{
    struct method_settings settings;
    struct trial_times times;
    assert_int_equal(method_settings_init(&settings, method, error), 0);
    fixture_short_fits(&settings);
    int status = trial_run(&fixture->contest, &settings, seed, NULL, NULL, trace, &times, error);
    method_settings_free(&settings);
    return status;
}

/* A method made of one function, for a test. */
#define FIXTURE_METHOD(function)                                                                   \
    static const struct nasbed_option function##_options[] = {{.name = NULL}};                     \
    static const struct nasbed_space function##_spaces[] = {{"cell", NASBED_NATIVE, NULL},         \
                                                            {NULL, NASBED_UNDEFINED, NULL}};       \
    static const struct nasbed_method function##_method = {.abi = NASBED_ABI,                      \
                                                           .name = #function,                      \
                                                           .class_name = "RS",                     \
                                                           .source = "test",                       \
                                                           .spaces = function##_spaces,            \
                                                           .options = function##_options,          \
                                                           .run = (function),                      \
                                                           .networks = true,                       \
                                                           .supernet = true}

#endif
