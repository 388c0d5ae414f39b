/* Networks of a method's own: handles, what they inherit, what is charged and refused, and that
 * threads do not count. */
#include "tests/live_fixture.h"

static struct live_fixture f;

static int setup(void **state)
{
    (void)state;
    live_open(&f, 5);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    live_close(&f);
    return 0;
}

#define LIVE_METHOD(function)                                                                      \
    static const struct nasbed_option function##_options[] = {{.name = NULL}};                     \
    static const struct nasbed_space function##_spaces[] = {{"chain", NASBED_NATIVE, NULL},        \
                                                            {NULL, NASBED_UNDEFINED, NULL}};       \
    static const struct nasbed_method function##_method = {.abi = NASBED_ABI,                      \
                                                           .name = #function,                      \
                                                           .class_name = "RL",                     \
                                                           .source = "test",                       \
                                                           .spaces = function##_spaces,            \
                                                           .options = function##_options,          \
                                                           .run = (function),                      \
                                                           .networks = true}

static struct nasbed_network begin(struct nasbed_trial *trial, uint64_t index)
{
    struct nasbed_architecture a;
    struct nasbed_network network;
    nasbed_from_index(trial, index, &a);
    assert_int_equal(nasbed_network_create(trial, &a, &network), NASBED_DONE);
    return network;
}

static enum nasbed_status end(struct nasbed_trial *trial)
{
    struct nasbed_architecture a;
    nasbed_from_index(trial, 0, &a);
    return nasbed_finish(trial, &a);
}

static struct nasbed_trained train(struct nasbed_trial *trial, struct nasbed_network network,
                                   int steps)
{
    struct nasbed_trained trained;
    struct nasbed_course course = {.network = network, .steps = steps, .from = 0.05};
    assert_int_equal(nasbed_network_train(trial, &course, &trained), NASBED_DONE);
    return trained;
}

/* Inheritance ---------------------------------------------------------------------------------- */

static const struct nasbed_morphism exact = {.fresh = false};

/* The function goes from parent to child through the handles: copies are equal, moves keep it,
 * training a child leaves the parent as it was. */
static enum nasbed_status inherits(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_architecture a;
    struct nasbed_move moves[16];
    struct nasbed_network parent = begin(trial, 0), copy;
    (void)options;
    struct nasbed_trained was = train(trial, parent, 40);
    assert_int_equal(nasbed_network_copy(trial, parent, &copy), NASBED_DONE);
    assert_int_not_equal(copy.handle, parent.handle);
    assert_true(train(trial, copy, 0).valid_loss == was.valid_loss);
    nasbed_from_index(trial, 0, &a);
    for (int generation = 0; generation < 6;
         generation++) { /* the last move each: grow, deepen, .. */
        int n = nasbed_moves(trial, &a, moves, 16);
        assert_int_equal(nasbed_network_transform(trial, copy, &moves[n - 1], &exact), NASBED_DONE);
        a = moves[n - 1].to;
        assert_true(fabs(train(trial, copy, 0).valid_loss - was.valid_loss) < 1e-4);
    }
    struct nasbed_trained better = train(trial, copy, 10);
    assert_true(better.valid_loss != was.valid_loss);
    assert_true(isfinite(better.train_loss));
    assert_true(train(trial, parent, 0).valid_loss == was.valid_loss);
    nasbed_network_drop(trial, copy);
    nasbed_network_drop(trial, (struct nasbed_network){0}); /* none: nothing */
    assert_true(train(trial, parent, 0).valid_loss == was.valid_loss);
    return end(trial);
}
LIVE_METHOD(inherits);

static void children_inherit(void **state)
{
    (void)state;
    struct live_trial trial = {.fixture = &f, .method = &inherits_method, .seed = 1};
    live_run_ok(&trial, 1);
    (void)live_check_ledger(&f, &trial.trace);
    text_free(&trial.trace);
}

/* Inherited children are ahead of the same architectures from scratch after the same steps. */
static double gains[2]; /* mean accuracy: inherited, from scratch */

static enum nasbed_status compares(struct nasbed_trial *trial, const void *options)
{
    enum { CHILDREN = 8, STEPS = 16 };
    struct nasbed_network parent = begin(trial, 0);
    (void)options;
    (void)train(trial, parent, 60);
    gains[0] = gains[1] = 0;
    for (int k = 0; k < CHILDREN; k++) {
        struct nasbed_architecture a;
        struct nasbed_network child, scratch;
        nasbed_from_index(trial, 0, &a);
        assert_int_equal(nasbed_network_copy(trial, parent, &child), NASBED_DONE);
        for (int i = 0; i < 2; i++) {
            struct nasbed_move moves[16];
            int n = nasbed_moves(trial, &a, moves, 16),
                drawn = (int)nasbed_below(trial, (uint32_t)n);
            assert_int_equal(nasbed_network_transform(trial, child, &moves[drawn], &exact),
                             NASBED_DONE);
            a = moves[drawn].to;
        }
        assert_int_equal(nasbed_network_create(trial, &a, &scratch), NASBED_DONE);
        gains[0] += train(trial, child, STEPS).valid_accuracy / CHILDREN;
        gains[1] += train(trial, scratch, STEPS).valid_accuracy / CHILDREN;
        nasbed_network_drop(trial, child);
        nasbed_network_drop(trial, scratch);
    }
    return end(trial);
}
LIVE_METHOD(compares);

static void inherited_children_are_ahead(void **state)
{
    (void)state;
    struct live_trial trial = {.fixture = &f, .method = &compares_method, .seed = 2};
    live_run_ok(&trial, 1);
    (void)printf("8 children, 16 steps: inherited %.2f %%, from scratch %.2f %%\n", gains[0],
                 gains[1]);
    assert_true(gains[0] > gains[1] + 5);
    text_free(&trial.trace);
}

/* Charges -------------------------------------------------------------------------------------- */

/* 2 x MACs x (3 x images trained + images evaluated), quoted and charged; what measures nothing is
 * free. */
static enum nasbed_status charges(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_network network = begin(trial, 0);
    struct nasbed_move moves[16];
    struct nasbed_architecture a;
    struct nasbed_schedule schedule;
    struct nasbed_trained trained;
    (void)options;
    nasbed_schedule(trial, &schedule);
    assert_int_equal(schedule.steps, 64);
    assert_int_equal(schedule.batch, 32);
    assert_int_equal(schedule.valid_images, 512);
    assert_true(schedule.rate == 0.05);
    uint64_t left = nasbed_left(trial), macs = f.isomorphs.train_macs[0];
    struct nasbed_course course = {
        .network = network, .steps = 5, .from = 0.01, .to = 0.01, .valid_images = 100};
    uint64_t wanted = 2 * macs * (3 * 5 * 32 + 100);
    assert_true(nasbed_network_quote(trial, &course) == wanted);
    assert_int_equal(nasbed_network_train(trial, &course, &trained), NASBED_DONE);
    assert_true(trained.charge == wanted && nasbed_left(trial) == left - wanted);
    course.valid_images = 0; /* all; so is more than there are */
    assert_true(nasbed_network_quote(trial, &course) == 2 * macs * (3 * 5 * 32 + 512));
    course.valid_images = 513;
    assert_true(nasbed_network_quote(trial, &course) == 2 * macs * (3 * 5 * 32 + 512));
    course.network.handle = 99;
    assert_true(nasbed_network_quote(trial, &course) == UINT64_MAX);
    left = nasbed_left(trial);
    nasbed_from_index(trial, 0, &a);
    for (int k = 0; k < nasbed_moves(trial, &a, moves, 16); k++) {
        struct nasbed_network copy;
        bool free = moves[k].kind == NASBED_WIDEN || moves[k].kind == NASBED_GROW;
        uint64_t of_child = f.isomorphs.train_macs[nasbed_index(trial, &moves[k].to)];
        assert_int_equal(nasbed_network_copy(trial, network, &copy), NASBED_DONE);
        assert_int_equal(nasbed_network_transform(trial, copy, &moves[k], &exact), NASBED_DONE);
        left -= free ? 0 : 2 * of_child * 32;
        assert_true(nasbed_left(trial) == left);
    }
    return end(trial);
}
LIVE_METHOD(charges);

static void charges_are_what_was_computed(void **state)
{
    (void)state;
    struct live_trial trial = {.fixture = &f, .method = &charges_method, .seed = 0};
    live_run_ok(&trial, 1);
    (void)live_check_ledger(&f, &trial.trace);
    json_t *event = event_at(&trial.trace, "train", 0);
    assert_int_equal(count_at(event, "steps"), 5);
    assert_int_equal(count_at(event, "valid_images"), 100);
    assert_true(real_at(event, "rate_from") == 0.01);
    assert_string_equal(json_string_value(json_object_get(event, "architecture")), "w:3/2w:3/4w:3");
    json_decref(event);
    event = event_at(&trial.trace, "transform", 0);
    assert_string_equal(json_string_value(json_object_get(event, "move")), "deepen");
    json_decref(event);
    text_free(&trial.trace);
}

/* Train four side by side until nothing is left: the last batch is paid in part, in order. */
static int paid_in_the_last;

static enum nasbed_status spends(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_course courses[4];
    struct nasbed_trained trained[4];
    enum nasbed_status status = NASBED_DONE;
    (void)options;
    for (int k = 0; k < 4; k++)
        courses[k] = (struct nasbed_course){
            .network = begin(trial, 777 * (uint64_t)k), .steps = 6, .from = 0.05, .restart = true};
    while (status == NASBED_DONE)
        status = nasbed_network_train_many(trial, courses, 4, trained);
    assert_int_equal(status, NASBED_REFUSED);
    for (paid_in_the_last = 0; trained[paid_in_the_last].status == NASBED_DONE; paid_in_the_last++)
        continue;
    for (int k = paid_in_the_last; k < 4; k++)
        assert_int_equal(trained[k].status, NASBED_REFUSED);
    courses[0].steps = 0; /* something smaller may still be paid */
    courses[0].valid_images = 1;
    assert_int_equal(nasbed_network_train(trial, courses, trained), NASBED_DONE);
    return end(trial);
}
LIVE_METHOD(spends);

static void ledgers_refuse_in_order(void **state)
{
    (void)state;
    struct live_trial trial = {.fixture = &f, .method = &spends_method, .seed = 3};
    live_run_ok(&trial, 2);
    (void)live_check_ledger(&f, &trial.trace);
    assert_true(paid_in_the_last > 0 && paid_in_the_last < 4);
    json_t *refused = event_at(&trial.trace, "refuse", 0);
    assert_non_null(refused);
    assert_string_equal(json_string_value(json_object_get(refused, "what")), "train");
    assert_int_equal(count_at(refused, "steps"), 6);
    json_decref(refused);
    text_free(&trial.trace);
}

/* A transformation that is to be measured can be refused, too; the network stays what it was. */
static enum nasbed_status starves(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_network network = begin(trial, 0);
    struct nasbed_architecture a;
    struct nasbed_move moves[16];
    (void)options;
    struct nasbed_course course = {.network = network, .valid_images = 1};
    struct nasbed_trained trained;
    uint64_t cheapest = nasbed_network_quote(trial, &course);
    course.from = 0.01;
    while (nasbed_left(trial) >= 33 * cheapest) {
        course.steps = (int)((nasbed_left(trial) / cheapest - 1) / (3 * 32));
        course.valid_images = course.steps ? 1 : 32;
        if (course.steps > 64)
            course.steps = 64;
        assert_int_equal(nasbed_network_train(trial, &course, &trained), NASBED_DONE);
    }
    nasbed_from_index(trial, 0, &a);
    assert_true(nasbed_moves(trial, &a, moves, 16) > 0 && moves[0].kind == NASBED_DEEPEN);
    assert_int_equal(nasbed_network_transform(trial, network, &moves[0], &exact), NASBED_REFUSED);
    assert_int_equal(nasbed_network_transform(trial, network, &moves[2], &exact), NASBED_DONE);
    return end(trial);
}
LIVE_METHOD(starves);

static void transformations_are_refused(void **state)
{
    (void)state;
    struct live_trial trial = {.fixture = &f, .method = &starves_method, .seed = 3};
    live_run_ok(&trial, 1);
    (void)live_check_ledger(&f, &trial.trace);
    json_t *refused = event_at(&trial.trace, "refuse", 0);
    assert_string_equal(json_string_value(json_object_get(refused, "what")), "transform");
    assert_string_equal(json_string_value(json_object_get(refused, "architecture")),
                        "w:3-3/2w:3/4w:3");
    json_decref(refused);
    text_free(&trial.trace);
}

/* Threads -------------------------------------------------------------------------------------- */

static void threads_do_not_count(void **state)
{
    (void)state;
    struct live_trial one = {.fixture = &f, .method = &spends_method, .seed = 5};
    struct live_trial two = one, other = one;
    other.seed = 6;
    live_run_ok(&one, 1);
    live_run_ok(&two, 2);
    live_run_ok(&other, 2);
    assert_string_equal(one.trace.data, two.trace.data);
    assert_string_not_equal(one.trace.data, other.trace.data);
    text_free(&one.trace);
    text_free(&two.trace);
    text_free(&other.trace);
}

/* Misuse --------------------------------------------------------------------------------------- */

enum misuse { DROPPED, DROPPED_TWICE, NEVER, TWICE_AT_ONCE, NO_MOVE, NO_SENSE, NO_ARCHITECTURE };

static enum misuse misuse;

static enum nasbed_status misuses(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_network network = begin(trial, 0), again;
    struct nasbed_course twice[2] = {{.network = network, .steps = 1, .from = 0.1},
                                     {.network = network, .steps = 1, .from = 0.1}};
    struct nasbed_trained trained[2];
    struct nasbed_move move;
    struct nasbed_architecture a;
    (void)options;
    nasbed_from_index(trial, 0, &a);
    (void)nasbed_moves(trial, &a, &move, 1);
    switch (misuse) {
    case DROPPED:
        nasbed_network_drop(trial, network);
        assert_int_not_equal(begin(trial, 0).handle, network.handle); /* never given again */
        return nasbed_network_train(trial, twice, trained);
    case DROPPED_TWICE:
        nasbed_network_drop(trial, network);
        nasbed_network_drop(trial, network);
        return nasbed_network_copy(trial, network, &again);
    case NEVER:
        return nasbed_network_copy(trial, (struct nasbed_network){17}, &again);
    case TWICE_AT_ONCE:
        return nasbed_network_train_many(trial, twice, 2, trained);
    case NO_MOVE:
        move.layer = 4;
        return nasbed_network_transform(trial, network, &move, &exact);
    case NO_SENSE:
        twice[0].from = (double)NAN;
        return nasbed_network_train(trial, twice, trained);
    default:
        a.n = 2;
        return nasbed_network_create(trial, &a, &again);
    }
}
LIVE_METHOD(misuses);

static void misuse_is_named(void **state)
{
    (void)state;
    static const char *const messages[] = {
        [DROPPED] = "misuses: uses a network that was dropped or never was (handle 1)",
        [DROPPED_TWICE] = "misuses: uses a network that was dropped or never was (handle 1)",
        [NEVER] = "misuses: uses a network that was dropped or never was (handle 17)",
        [TWICE_AT_ONCE] = "misuses: trains one network twice at once (handle 1)",
        [NO_MOVE] = "misuses: transforms a network by what is no move of it (handle 1)",
        [NO_SENSE] = "misuses: asks for a training that makes no sense (handle 1)",
        [NO_ARCHITECTURE] = "misuses: begins a network of what is no architecture of the space"};
    for (int m = DROPPED; m <= NO_ARCHITECTURE; m++) {
        struct live_trial trial = {.fixture = &f, .method = &misuses_method};
        misuse = (enum misuse)m;
        live_run(&trial, 1);
        assert_int_equal(trial.status, ERROR_STATE);
        assert_string_equal(trial.error.text, messages[m]);
        assert_null(trial.trace.data);
    }
}

/* Where no data were opened there are no networks. */
static enum nasbed_status begins(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_architecture a;
    struct nasbed_network network = {3};
    (void)options;
    nasbed_from_index(trial, 0, &a);
    enum nasbed_status status = nasbed_network_create(trial, &a, &network);
    assert_int_equal(network.handle, 0);
    return status;
}
LIVE_METHOD(begins);

static void networks_need_data(void **state)
{
    (void)state;
    struct live_trial trial = {.fixture = &f, .method = &begins_method};
    f.contest.live = NULL;
    live_run(&trial, 1);
    f.contest.live = &f.live;
    assert_int_equal(trial.status, ERROR_STATE);
    assert_string_equal(
        trial.error.text,
        "begins: begins a network of its own, but the run has opened no data for it: "
        "a method in C says so (.networks, .supernet), for one of --exec --live does");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_inherit),
        cmocka_unit_test(inherited_children_are_ahead),
        cmocka_unit_test(charges_are_what_was_computed),
        cmocka_unit_test(ledgers_refuse_in_order),
        cmocka_unit_test(transformations_are_refused),
        cmocka_unit_test(threads_do_not_count),
        cmocka_unit_test(misuse_is_named),
        cmocka_unit_test(networks_need_data),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
