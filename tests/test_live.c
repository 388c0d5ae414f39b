/* Live training below a trial: courses that go on, their schedule, what they cost in function. */
#include "tests/live_fixture.h"

static struct live_fixture f;

static int setup(void **state)
{
    (void)state;
    live_open(&f, 10);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    live_close(&f);
    return 0;
}

static void graph_of(const char *text, struct architecture *architecture, struct graph *graph)
{
    struct graph whole = {0};
    struct error error;
    *graph = (struct graph){0};
    if (f.contest.space->parse(text, architecture, &error) ||
        f.contest.space->graph(architecture, &f.skeleton, &whole, &error) ||
        graph_simplify(&whole, graph, &error))
        fail_msg("%s", error.text);
    graph_free(&whole);
}

static struct live_result train(struct snapshot *network, const struct graph *graph,
                                struct live_course course)
{
    struct live_result result;
    struct error error;
    if (live_train(network, f.trainer, graph, &course, f.workspace[0], &result, &error))
        fail_msg("%s", error.text);
    return result;
}

static void assert_equal(const struct snapshot *a, const struct snapshot *b, bool moments)
{
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->steps, b->steps);
    assert_memory_equal(a->value, b->value, a->size * sizeof *a->value);
    if (moments)
        assert_memory_equal(a->moment, b->moment, a->size * sizeof *a->moment);
}

/* SGDR's formula at its ends and its middle, falling between them. */
static void schedule(void **state)
{
    (void)state;
    const struct live_course course = {.steps = 100, .from = 0.1, .to = 0.02};
    assert_true(live_rate(&course, 0) == 0.1);
    assert_true(fabs(live_rate(&course, 50) - 0.06) < 1e-15);
    assert_true(fabs(live_rate(&course, 100) - 0.02) < 1e-15);
    for (int s = 0; s < 100; s++)
        assert_true(live_rate(&course, s) > live_rate(&course, s + 1));
    const struct live_course constant = {.steps = 7, .from = 0.3, .to = 0.3};
    assert_true(live_rate(&constant, 3) == 0.3);
}

/* A course in two parts is that course, across the end of an epoch (32 steps) too; a restart is
 * not. */
static void courses_go_on(void **state)
{
    (void)state;
    struct architecture a;
    struct graph graph;
    struct snapshot whole, parts, restarted;
    struct live_course all = {.steps = 41, .from = 0.05, .to = 0.05, .valid_images = 512};
    struct live_course first = all, second = all;
    first.steps = 19;
    second.steps = 22;
    graph_of("w:3/2w:3-3+skip/4w:3", &a, &graph);
    assert_int_equal(live_begin(&whole, f.trainer, &graph, 9, f.workspace[0], NULL), 0);
    assert_int_equal(snapshot_copy(&parts, &whole, NULL), 0);
    struct live_result once = train(&whole, &graph, all);
    (void)train(&parts, &graph, first);
    assert_int_equal(snapshot_copy(&restarted, &parts, NULL), 0);
    struct live_result twice = train(&parts, &graph, second);
    second.restart = true;
    (void)train(&restarted, &graph, second);
    assert_equal(&whole, &parts, true);
    assert_true(once.valid_accuracy == twice.valid_accuracy);
    assert_memory_not_equal(whole.value, restarted.value, whole.size * sizeof *whole.value);
    snapshot_free(&whole);
    snapshot_free(&parts);
    snapshot_free(&restarted);
    graph_free(&graph);
}

/* A course of no steps evaluates, on as many images as it is told to, and leaves everything as it
 * was. */
static void evaluation_changes_nothing(void **state)
{
    (void)state;
    struct architecture a;
    struct graph graph;
    struct snapshot network, before;
    graph_of("w:3/2w:5/4w:3", &a, &graph);
    assert_int_equal(live_begin(&network, f.trainer, &graph, 3, f.workspace[1], NULL), 0);
    (void)train(&network, &graph,
                (struct live_course){.steps = 12, .from = 0.05, .valid_images = 16});
    assert_int_equal(snapshot_copy(&before, &network, NULL), 0);
    struct live_result all = train(&network, &graph, (struct live_course){.valid_images = 512});
    struct live_result again = train(&network, &graph, (struct live_course){.valid_images = 512});
    struct live_result few = train(&network, &graph, (struct live_course){.valid_images = 16});
    assert_equal(&network, &before, true);
    assert_true(isnan(all.train_loss) && isnan(all.train_accuracy));
    assert_true(all.valid_loss == again.valid_loss && all.valid_loss != few.valid_loss);
    snapshot_free(&network);
    snapshot_free(&before);
    graph_free(&graph);
}

/* Weights are those that the protocol draws: the same seed, the same network; another, another. */
static void seeds_draw_the_weights(void **state)
{
    (void)state;
    struct architecture a;
    struct graph graph;
    struct snapshot one, same, other;
    graph_of("w:3/2w:3/4w:3", &a, &graph);
    assert_int_equal(live_begin(&one, f.trainer, &graph, 5, f.workspace[0], NULL), 0);
    assert_int_equal(live_begin(&same, f.trainer, &graph, 5, f.workspace[1], NULL), 0);
    assert_int_equal(live_begin(&other, f.trainer, &graph, 6, f.workspace[0], NULL), 0);
    assert_equal(&one, &same, true);
    assert_memory_not_equal(one.value, other.value, one.size * sizeof *one.value);
    snapshot_free(&one);
    snapshot_free(&same);
    snapshot_free(&other);
    graph_free(&graph);
}

/* Every move from a trained network, without noise: validation accuracy and loss are the parent's.
 */
static void transformations_preserve(void **state)
{
    (void)state;
    struct architecture a;
    struct graph graph;
    struct snapshot parent;
    struct space_move moves[32];
    graph_of("w:3/2w:3-3/4w:5", &a, &graph);
    assert_int_equal(live_begin(&parent, f.trainer, &graph, 1, f.workspace[0], NULL), 0);
    struct live_result was = train(
        &parent, &graph, (struct live_course){.steps = 40, .from = 0.05, .valid_images = 512});
    int n = f.contest.space->moves(&a, moves, 32);
    assert_true(n > 6);
    for (int i = 0; i < n; i++) {
        char text[ARCHITECTURE_TEXT];
        struct architecture to;
        struct graph larger;
        struct snapshot child;
        struct random_stream stream = random_stream(7, RANDOM_TEST, 0, (uint32_t)i);
        f.contest.space->print(&moves[i].to, text);
        graph_of(text, &to, &larger);
        assert_int_equal(live_transform(&child, &parent, f.trainer, &moves[i], &larger,
                                        &(struct morphism){0}, f.workspace[0], &stream, NULL),
                         0);
        struct live_result is = train(&child, &larger, (struct live_course){.valid_images = 512});
        assert_true(fabs((double)(is.valid_loss - was.valid_loss)) < 1e-4);
        assert_true(fabs((double)(is.valid_accuracy - was.valid_accuracy)) < 0.4); /* 2 of 512 */
        snapshot_free(&child);
        graph_free(&larger);
    }
    snapshot_free(&parent);
    graph_free(&graph);
}

/* A gain of about 0 lets no skip in, and every other move; what is admitted goes in. */
static void small_gains_admit_no_skip(void **state)
{
    (void)state;
    struct architecture a;
    struct graph graph;
    struct snapshot network;
    struct space_move moves[32];
    graph_of("w:3-3/2w:3-3/4w:3", &a, &graph);
    assert_int_equal(live_begin(&network, f.trainer, &graph, 1, f.workspace[0], NULL), 0);
    snapshot_value(&network, 1, ROLE_GAIN)[2] = -0.0009f;
    snapshot_value(&network, 3, ROLE_GAIN)[2] = -0.0011f;
    int n = f.contest.space->moves(&a, moves, 32), skips = 0;
    for (int i = 0; i < n; i++) {
        bool skip = moves[i].kind == MOVE_SKIP;
        skips += skip;
        assert_true(morphism_admits(&network, &moves[i]) == !(skip && moves[i].layer == 1));
    }
    assert_int_equal(skips, 2);
    snapshot_free(&network);
    graph_free(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedule),
        cmocka_unit_test(courses_go_on),
        cmocka_unit_test(evaluation_changes_nothing),
        cmocka_unit_test(seeds_draw_the_weights),
        cmocka_unit_test(transformations_preserve),
        cmocka_unit_test(small_gains_admit_no_skip),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
