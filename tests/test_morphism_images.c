/* Morphisms in any order keep the function: 200 compositions of 1 to 4 moves from trained networks, on 256
 * images of CIFAR-10, or where it was not fetched on images made up here. */
#include "evaluator/batch.h"
#include "tests/morphism_fixture.h"

#include <stdio.h>

enum {
    BLOCKS = 16,
    IMAGES = BLOCKS * LANES,
    CLASSES = 10,
    LOGITS = IMAGES * CLASSES,
    PARENTS = 8,
    BATCH = 64,
    STEPS = 800,
    MADE = 4096,
    COMPOSITIONS = 200,
    LONGEST = 4
};

static struct laboratory lab;
static struct dataset data;
static struct protocol protocol;
static uint32_t order[50000];
static real *plain, *augmented; /* 256 images: validation as it is; training as a step has it */
static struct specimen parents[PARENTS];
static bool is_real;

/* Images of ten classes: a blob whose place and colour follow the label, in noise. */
static void make_data(void)
{
    data = (struct dataset){.name = "cifar10",
                            .channels = 3,
                            .rows = 32,
                            .columns = 32,
                            .classes = CLASSES,
                            .train_count = MADE,
                            .mean = {0.5f, 0.5f, 0.5f},
                            .deviation = {0.25f, 0.25f, 0.25f}};
    data.train_image = malloc((size_t)MADE * 3072);
    data.train_label = malloc(MADE);
    assert_true(data.train_image && data.train_label);
    struct random_stream stream = random_stream(41, RANDOM_TEST, 0, 0);
    for (int i = 0; i < MADE; i++) {
        int label = (int)random_below(&stream, CLASSES);
        data.train_label[i] = (uint8_t)label;
        for (int k = 0; k < 3072; k++) {
            int row = k % 1024 / 32, column = k % 32, channel = k / 1024;
            int near = abs(row - 6 - 2 * label) + abs(column - 26 + 2 * label) < 9;
            int bright = near && (label >> channel) % 2 ? 90 : 0;
            data.train_image[(size_t)i * 3072 + (size_t)k] =
                (uint8_t)(random_below(&stream, 130) + (unsigned)bright + 10u * (unsigned)near);
        }
    }
}

static void load_data(void)
{
    struct error error;
    is_real = dataset_open(&data, "cifar10", NULL, &error) == 0;
    if (!is_real)
        make_data();
    int valid = is_real ? 10000 : 1024;
    assert_int_equal(dataset_split(&data, 1, data.train_count - valid, valid, order, &error), 0);
    uint8_t labels[IMAGES], *staging = malloc(batch_staging(&data));
    size_t bytes = (size_t)BLOCKS * 3 * tensor_plane(32, 32) * LANES * sizeof(real);
    plain = aligned_alloc(64, bytes);
    augmented = aligned_alloc(64, bytes);
    assert_true(staging && plain && augmented);
    batch_plain(&data, lab.kernels, false, order + data.train_count - valid, 0, IMAGES, plain,
                labels);
    batch_train(&data, &protocol.training, lab.kernels, 77, 0, 0, order, BLOCKS, staging, augmented,
                labels);
    free(staging);
}

/* The protocol's schedule, shortened: half a cosine from its peak to 0. */
static void train_parent(struct specimen *parent, uint64_t seed)
{
    const struct training *t = &protocol.training;
    struct network network = fixture_network(&lab, &parent->graph, BATCH / LANES);
    uint8_t labels[BATCH], *staging = malloc(batch_staging(&data));
    int batches = (data.train_count - 10000 > 0 ? data.train_count - 10000 : 3072) / BATCH;
    struct error error;
    assert_non_null(staging);
    network_initialise(&network, INITIALISE_FAN_OUT, seed);
    for (int step = 0; step < STEPS; step++) {
        uint32_t epoch = (uint32_t)(step / batches), first = (uint32_t)(step % batches * BATCH);
        double rate = 0.5 * t->learning_rate * (1 + cos(3.14159265 * step / STEPS));
        batch_train(&data, t, lab.kernels, seed, epoch, first, order + first, BATCH / LANES,
                    staging, network_input(&network), labels);
        network_forward(&network, BATCH / LANES, true);
        (void)network_loss(&network, labels, BATCH, 0, true);
        network_backward(&network);
        network_step(&network, rate, t->momentum, t->weight_decay, t->decay_all);
    }
    assert_int_equal(snapshot_init(&parent->snapshot, &parent->graph, &error), 0);
    snapshot_take(&parent->snapshot, &network);
    network_close(&network);
    free(staging);
}

/* The smallest network and random ones, trained. */
static int make_parents(void **state)
{
    (void)state;
    struct error error;
    struct random_stream stream = random_stream(31, RANDOM_TEST, 0, 0);
    lab = (struct laboratory){
        .chain = space_find("chain", &error), .kernels = kernels_find(NULL), .blocks = BLOCKS};
    if (protocol_open(&protocol, "cifar10-mini", &error))
        return -1;
    lab.skeleton = *protocol_skeleton(&protocol, "chain", &error);
    load_data();
    for (int i = 0; i < PARENTS; i++) {
        lab.chain->from_index(0, &parents[i].architecture);
        if (i > 0)
            architecture_random(lab.chain, &stream, &parents[i].architecture);
        parents[i].graph = fixture_graph(&lab, &parents[i].architecture);
        train_parent(&parents[i], (uint64_t)i);
    }
    (void)printf("%d networks trained on %s\n", PARENTS, is_real ? "CIFAR-10" : "made-up images");
    return 0;
}

static int free_parents(void **state)
{
    (void)state;
    for (int i = 0; i < PARENTS; i++)
        fixture_free(&parents[i]);
    free(lab.workspace.arena);
    free(lab.workspace.weights);
    free(plain);
    free(augmented);
    if (is_real) {
        dataset_close(&data);
    } else {
        free(data.train_image);
        free(data.train_label);
    }
    protocol_close(&protocol);
    return 0;
}

/* A composition's outcome. */
struct outcome {
    int moves;
    bool identity; /* a new layer is still what deepening made of it, without a skip around it */
    double evaluation; /* largest change of a logit, relative to the largest logit */
    double training;   /* length of the change of all logits, relative to theirs */
    double peak;       /* in training mode, what `evaluation` is */
};

/* Draw, apply and judge one composition. */
static struct outcome compose(const struct morphism *morphism, const struct morphism_site *site,
                              struct random_stream *stream)
{
    static double before[LOGITS], after[LOGITS];
    const struct specimen *parent = &parents[random_below(stream, PARENTS)];
    struct specimen grown = fixture_copy(&lab, parent);
    struct outcome outcome = {0};
    bool made[CHAIN_LAYERS] = {false};
    int wanted = 1 + (int)random_below(stream, LONGEST);
    for (; outcome.moves < wanted; outcome.moves++) {
        struct space_move moves[MOVES_MOST];
        int n = lab.chain->moves(&grown.architecture, moves, MOVES_MOST);
        if (n == 0)
            break;
        struct space_move move = moves[random_below(stream, (uint32_t)n)];
        fixture_apply(&lab, &grown, &move, morphism, site, stream);
        if (move.kind == MOVE_DEEPEN || move.kind == MOVE_SKIP)
            made[move.layer] = move.kind == MOVE_DEEPEN;
    }
    for (int i = 0; i < CHAIN_LAYERS; i++)
        outcome.identity |= made[i];
    fixture_logits(&lab, parent, plain, false, before);
    fixture_logits(&lab, &grown, plain, false, after);
    outcome.evaluation = fixture_change(before, after, LOGITS);
    fixture_logits(&lab, parent, augmented, true, before);
    fixture_logits(&lab, &grown, augmented, true, after);
    outcome.training = fixture_distance(before, after, LOGITS);
    outcome.peak = fixture_change(before, after, LOGITS);
    fixture_free(&grown);
    return outcome;
}

/* The largest of all compositions, and the change in training mode of those with an identity layer. */
struct summary {
    int moves, identities;
    double evaluation, training, peak, least, mean;
};

static struct summary compose_all(const char *name, const struct morphism *morphism,
                                  const real *images)
{
    struct morphism_site site = {.workspace = &lab.workspace,
                                 .kernels = lab.kernels,
                                 .epsilon = EPSILON,
                                 .images = images,
                                 .blocks = BLOCKS};
    struct random_stream stream = random_stream(32, RANDOM_TEST, 0, 0);
    struct summary all = {.least = INFINITY};
    for (int i = 0; i < COMPOSITIONS; i++) {
        struct outcome one = compose(morphism, &site, &stream);
        all.moves += one.moves;
        all.evaluation = fmax(all.evaluation, one.evaluation);
        all.training = fmax(all.training, one.training);
        all.peak = fmax(all.peak, one.peak);
        if (!one.identity)
            continue;
        all.identities++;
        all.least = fmin(all.least, one.training);
        all.mean += one.training / COMPOSITIONS;
    }
    all.mean *= (double)COMPOSITIONS / (all.identities ? all.identities : 1);
    (void)printf(
        "%s: %d compositions, %d moves; at most: evaluation %.2g, training %.2g (one logit "
        "%.2g); training with a new identity layer (%d): at least %.2g, mean %.2g\n",
        name, COMPOSITIONS, all.moves, all.evaluation, all.training, all.peak, all.identities,
        all.least, all.mean);
    assert_true(all.moves > 2 * COMPOSITIONS && all.identities > COMPOSITIONS / 4);
    return all;
}

static void test_measured(void **state)
{
    (void)state;
    struct summary all = compose_all("measured", &(struct morphism){0}, augmented);
    assert_true(all.evaluation < 1e-4);
    assert_true(all.training < 0.02);
}

static void test_fresh(void **state)
{
    (void)state;
    struct summary all =
        compose_all("fresh channels", &(struct morphism){.fresh = true}, augmented);
    assert_true(all.evaluation < 1e-4);
    assert_true(all.training < 0.02);
}

/* Without measurement evaluation is as good, and training is not: with a batch norm of gain 1 and offset
 * 0 behind an identity the logits change by a fifth on average, and always by several times what
 * measurement leaves at worst. */
static void test_unmeasured(void **state)
{
    (void)state;
    struct summary all = compose_all("unmeasured", &(struct morphism){0}, NULL);
    assert_true(all.evaluation < 1e-4);
    assert_true(all.mean > 0.2);
    assert_true(all.least > 0.06);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_measured),
                                       cmocka_unit_test(test_fresh),
                                       cmocka_unit_test(test_unmeasured)};
    return cmocka_run_group_tests(tests, make_parents, free_parents);
}
