/* Training and scoring supernets on images: scores do not depend on threads or order, statistics are
 * those of the batch or recalibrated ones, batches come as documented; training teaches. */
#include "base/pool.h"
#include "evaluator/feed.h"
#include "evaluator/supernet.h"
#include "evaluator/trainer_parts.h"
#include "spaces/space.h"
#include "tests/made_data.h"

#include <math.h>

static struct made_data made;
static const struct space *space;
static struct supernet supernet;

enum { PATHS = 12 };

/* 300 steps of uniform paths. */
static void train(void)
{
    const struct supernet_rule rule = {
        .rate = 0.05, .momentum = 0.9, .decay = 3e-4, .clip = 5, .nesterov = true};
    struct random_stream stream = random_stream(5, RANDOM_TEST, 0, 0);
    struct feed feed;
    struct error error;
    assert_int_equal(feed_open(&feed, made.trainer, 1, &error), 0);
    for (int step = 0; step < 300; step++) {
        struct architecture a = {.n = 0};
        struct choice_program path;
        struct supernet_pass pass;
        architecture_random(space, &stream, &a);
        choice_path(&supernet.choices, space, &a, &path);
        assert_int_equal(supernet_pass_open(&pass, &supernet, &path, 2, made.workspace[0],
                                            made.trainer->kernels, &error),
                         0);
        feed_load(&feed, FEED_TRAINING, network_input(&pass.network));
        feed_next(&feed, FEED_TRAINING);
        network_forward(&pass.network, 2, true);
        (void)network_loss(&pass.network, feed.labels, 32, 0, true);
        network_backward(&pass.network);
        supernet_collect(&supernet, &pass);
        (void)supernet_step(&supernet, &rule);
        supernet_pass_close(&pass);
    }
    feed_close(&feed);
}

static int setup(void **state)
{
    struct error error;
    (void)state;
    made_open(&made);
    space = space_find("chain", &error);
    const struct skeleton *skeleton = protocol_skeleton(&made.protocol, "chain", &error);
    return supernet_open(&supernet, space, skeleton, &made.protocol.training, 7, &error);
}

static int teardown(void **state)
{
    (void)state;
    supernet_close(&supernet);
    made_close(&made);
    return 0;
}

static struct supernet_score score_of(uint64_t index, int images, int recalibrate)
{
    const struct supernet_scoring scoring = {.images = images, .recalibrate = recalibrate};
    struct architecture a;
    struct choice_program path;
    struct supernet_score score;
    struct error error;
    space->from_index(index, &a);
    choice_path(&supernet.choices, space, &a, &path);
    if (supernet_evaluate(&supernet, &path, made.trainer, &scoring, made.workspace[pool_worker()],
                          &score, &error))
        fail_msg("%s", error.text);
    return score;
}

static void test_training_teaches(void **state)
{
    (void)state;
    double before = 0, after = 0;
    for (uint64_t i = 0; i < PATHS; i++)
        before += score_of(i * 700, 512, 0).accuracy / PATHS;
    train();
    for (uint64_t i = 0; i < PATHS; i++)
        after += score_of(i * 700, 512, 0).accuracy / PATHS;
    assert_true(before < 15);
    assert_true(after > 25);
}

static struct supernet_score scores[PATHS];

static void score_task(void *argument, int worker)
{
    struct supernet_score *score = argument;
    (void)worker;
    *score = score_of((uint64_t)(score - scores) * 700, 256, 2);
}

static void score_tasks(void *argument)
{
    (void)argument;
    for (int i = 0; i < PATHS; i++)
        pool_submit(score_task, &scores[i]);
    pool_wait();
}

/* One thread forwards, two threads, one thread backwards: the same bits. */
static void test_threads_and_order_do_not_count(void **state)
{
    (void)state;
    struct supernet_score one[PATHS];
    pool_run(1, score_tasks, NULL);
    memcpy(one, scores, sizeof one);
    pool_run(2, score_tasks, NULL);
    for (int i = PATHS - 1; i >= 0; i--) {
        struct supernet_score again = score_of((uint64_t)i * 700, 256, 2);
        assert_true(one[i].loss == scores[i].loss && one[i].accuracy == scores[i].accuracy);
        assert_true(one[i].loss == again.loss && one[i].accuracy == again.accuracy);
    }
}

/* Each batch's own statistics, one batch's for all, the mean of eight: three scores; the last is near
 * the first. */
static void test_statistics(void **state)
{
    (void)state;
    double own = score_of(4000, 256, 0).loss, once = score_of(4000, 256, 1).loss;
    double often = score_of(4000, 256, 8).loss;
    assert_true(own != once && once != often);
    assert_true(fabs(often - own) < 0.2);
}

static void refuse(int images, int recalibrate, const char *message)
{
    const struct supernet_scoring scoring = {.images = images, .recalibrate = recalibrate};
    struct choice_program all;
    struct supernet_score score;
    struct error error;
    choice_everything(&supernet.choices, &all);
    assert_int_equal(supernet_evaluate(&supernet, &all, made.trainer, &scoring, made.workspace[0],
                                       &score, &error),
                     ERROR_ARGUMENT);
    assert_string_equal(error.text, message);
}

static void test_refusals(void **state)
{
    (void)state;
    refuse(100, 0, "scoring on 100 images: must be a multiple of 64, at most 512");
    refuse(576, 0, "scoring on 576 images: must be a multiple of 64, at most 512");
    refuse(64, 17, "recalibrating on 17 batches: must be 0 to 16");
}

/* The batch at hand comes again until the next is asked for; an epoch has each validation image once,
 * none of them is of the training split. */
static void test_feed(void **state)
{
    (void)state;
    struct feed feed;
    struct error error;
    uint8_t first[32], count[MADE_IMAGES] = {0};
    size_t reals = (size_t)2 * 3 * tensor_plane(32, 32) * LANES;
    real *x = aligned_alloc(64, reals * sizeof *x), *y = aligned_alloc(64, reals * sizeof *y);
    assert_int_equal(feed_open(&feed, made.trainer, 3, &error), 0);
    memset(x, 0, reals * sizeof *x);
    memset(y, 0, reals * sizeof *y);
    feed_load(&feed, FEED_TRAINING, x);
    memcpy(first, feed.labels, sizeof first);
    feed_load(&feed, FEED_TRAINING, y);
    assert_memory_equal(first, feed.labels, sizeof first);
    assert_memory_equal(x, y, reals * sizeof *x);
    feed_next(&feed, FEED_TRAINING);
    feed_load(&feed, FEED_TRAINING, y);
    assert_memory_not_equal(x, y, reals * sizeof *x);
    for (int step = 0; step < 512 / 32; step++) {
        feed_load(&feed, FEED_VALIDATION, x);
        for (int i = 0; i < 32; i++)
            count[feed.order[FEED_VALIDATION][step * 32 + i]]++;
        feed_next(&feed, FEED_VALIDATION);
    }
    for (int i = 0; i < 1024 + 512; i++)
        assert_int_equal(count[made.trainer->split[i]], i >= 1024);
    feed_close(&feed);
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training_teaches), /* first: the others score what it trained */
        cmocka_unit_test(test_threads_and_order_do_not_count),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_feed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
