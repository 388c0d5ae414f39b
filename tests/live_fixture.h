/* Live training without the real data: the space `chain` under the protocol `smoke`, on images made
 * up here. */
#ifndef NASBED_TESTS_LIVE_FIXTURE_H
#define NASBED_TESTS_LIVE_FIXTURE_H

#include "base/pool.h"
#include "evaluator/live.h"
#include "methods/trial/trial.h"
#include "tests/trial_events.h"

#include <stdio.h>

enum { LIVE_WORKERS = 2, LIVE_TRAIN = 2048, LIVE_TEST = 512, LIVE_IMAGE = 3 * 32 * 32 };

struct live_fixture {
    struct protocol protocol;
    struct skeleton skeleton;
    struct isomorphs isomorphs;
    struct dataset data;
    struct trainer *trainer;
    struct workspace *workspace[LIVE_WORKERS];
    struct live_site live;
    struct source source;
    struct contest contest;
};

/* Images of ten classes: a bright patch whose place and colour follow the label, in noise. */
static inline void live_draw(uint8_t *image, uint8_t *label, int n, uint64_t seed)
{
    struct random_stream stream = random_stream(seed, RANDOM_TEST, 0, 0);
    for (int i = 0; i < n; i++) {
        label[i] = (uint8_t)random_below(&stream, 10);
        for (int k = 0; k < LIVE_IMAGE; k++) {
            int row = k % 1024 / 32, column = k % 32, channel = k / 1024;
            int near = abs(row - 6 - 2 * label[i]) + abs(column - 26 + 2 * label[i]) < 9;
            int bright = near && (label[i] >> channel) % 2 ? 90 : 0;
            image[i * LIVE_IMAGE + k] =
                (uint8_t)(random_below(&stream, 130) + (unsigned)bright + 10u * (unsigned)near);
        }
    }
}

static inline void live_data(struct dataset *data)
{
    *data = (struct dataset){.name = "cifar10",
                             .channels = 3,
                             .rows = 32,
                             .columns = 32,
                             .classes = 10,
                             .train_count = LIVE_TRAIN,
                             .test_count = LIVE_TEST,
                             .train_image = malloc((size_t)LIVE_TRAIN * LIVE_IMAGE),
                             .test_image = malloc((size_t)LIVE_TEST * LIVE_IMAGE),
                             .train_label = malloc(LIVE_TRAIN),
                             .test_label = malloc(LIVE_TEST),
                             .mean = {0.5f, 0.5f, 0.5f},
                             .deviation = {0.25f, 0.25f, 0.25f}};
    assert_true(data->train_image && data->test_image && data->train_label && data->test_label);
    live_draw(data->train_image, data->train_label, LIVE_TRAIN, 41);
    live_draw(data->test_image, data->test_label, LIVE_TEST, 42);
}

/* A row of the bank: trained from scratch by the protocol's schedule. */
static inline int live_row(void *context, uint32_t network, uint32_t seed, int last, int worker,
                           struct table_record *record, double *cpu_seconds, struct error *error)
{
    const struct live_fixture *f = context;
    struct training_result result;
    struct graph graph = {0};
    int status =
        isomorphs_graph(&f->isomorphs, f->contest.space, &f->skeleton, network, &graph, error);
    if (!status)
        status = trainer_train(f->trainer, &graph, seed, last, last == f->contest.training->points,
                               f->workspace[worker], NULL, NULL, &result, error);
    graph_free(&graph);
    for (int t = 0; !status && t < last; t++) {
        record->point[t].valid_accuracy = result.point[t].valid_accuracy;
        record->point[t].valid_loss = result.point[t].valid_loss;
    }
    record->test_accuracy = result.test_accuracy;
    *cpu_seconds = 0;
    return status;
}

static inline void live_open(struct live_fixture *f, double budget)
{
    struct error error;
    *f = (struct live_fixture){.data = {.name = ""}};
    if (protocol_open(&f->protocol, NASBED_TEST_SOURCE "/protocols/smoke.ini", &error))
        fail_msg("%s", error.text);
    f->skeleton = *protocol_skeleton(&f->protocol, "chain", &error);
    const struct space *space = space_find("chain", &error);
    assert_int_equal(isomorphs_init(&f->isomorphs, space, &f->skeleton, &error), 0);
    live_data(&f->data);
    assert_int_equal(trainer_open(&f->trainer, &f->protocol, &f->data, &error), 0);
    for (int i = 0; i < LIVE_WORKERS; i++)
        assert_non_null(f->workspace[i] = workspace_open());
    f->live = (struct live_site){
        .trainer = f->trainer, .skeleton = &f->skeleton, .workspace = f->workspace};
    f->source = (struct source){.train_context = f, .train = live_row};
    f->contest = (struct contest){.space = space,
                                  .training = &f->protocol.training,
                                  .isomorphs = &f->isomorphs,
                                  .seeds = 1,
                                  .live = &f->live,
                                  .identity = {.space = "chain",
                                               .protocol = "smoke",
                                               .numerics = NUMERICS_VERSION,
                                               .points = f->protocol.training.points,
                                               .count = f->isomorphs.count,
                                               .distinct = f->isomorphs.distinct}};
    assert_int_equal(contest_budget(&f->contest, budget, &error), 0);
    assert_int_equal(bank_open(&f->contest.bank, &f->source, &f->contest.identity, 1, &error), 0);
}

static inline void live_close(struct live_fixture *f)
{
    bank_close(f->contest.bank);
    for (int i = 0; i < LIVE_WORKERS; i++)
        workspace_close(f->workspace[i]);
    trainer_close(f->trainer);
    free(f->data.train_image);
    free(f->data.test_image);
    free(f->data.train_label);
    free(f->data.test_label);
    isomorphs_free(&f->isomorphs);
    protocol_close(&f->protocol);
}

/* One trial on so many workers. */
struct live_trial {
    struct live_fixture *fixture;
    const struct nasbed_method *method;
    const char *options; /* "name=value,..." */
    uint64_t seed;
    struct text trace; /* to be freed */
    struct error error;
    int status;
};

static inline void live_trial_root(void *argument)
{
    struct live_trial *t = argument;
    struct method_settings settings;
    struct trial_times times;
    assert_int_equal(method_settings_init(&settings, t->method, &t->error), 0);
    assert_int_equal(
        options_parse_list(settings.row, settings.values, t->options ? t->options : "", &t->error),
        0);
    t->status = trial_run(&t->fixture->contest, &settings, t->seed, NULL, NULL, &t->trace, &times,
                          &t->error);
    method_settings_free(&settings);
}

static inline void live_run(struct live_trial *trial, int workers)
{
    pool_run(workers, live_trial_root, trial);
}

static inline void live_run_ok(struct live_trial *trial, int workers)
{
    live_run(trial, workers);
    if (trial->status)
        fail_msg("%s", trial->error.text);
}

/* Charges add up, and nothing is beyond what there was; returns what was spent before the finish.
 */
static inline uint64_t live_check_ledger(const struct live_fixture *f, const struct text *trace)
{
    uint64_t spent = 0, most = f->contest.budget_flops - f->contest.reserve_flops;
    for (const char *line = trace->data; *line; line += strcspn(line, "\n") + 1) {
        json_t *object = json_loadb(line, strcspn(line, "\n"), 0, NULL);
        const char *event = json_string_value(json_object_get(object, "event"));
        bool last = event && strcmp(event, "finish") == 0;
        if (event && json_object_get(object, "charge")) {
            spent += count_at(object, "charge");
            assert_true(count_at(object, "spent") == spent);
            assert_true(spent <= (last ? f->contest.budget_flops : most));
        }
        if (event && strcmp(event, "refuse") == 0) {
            assert_true(count_at(object, "left") == most - spent);
            assert_true(count_at(object, "asked") > count_at(object, "left"));
        }
        json_decref(object);
    }
    return spent;
}

#endif
