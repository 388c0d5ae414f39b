/* Morphisms: what each move does to every tensor, what it refuses, and that the function stays. On small
 * networks with made-up weights; test_morphism_images.c has trained ones. */
#include "tests/morphism_fixture.h"

enum { BLOCKS = 4, CLASSES = 5, LOGITS = BLOCKS * LANES * CLASSES, SIZE = 16, W = 3 };

static struct laboratory lab;
static real *images;

static int open_laboratory(void **state)
{
    (void)state;
    struct error error;
    lab = (struct laboratory){
        .chain = space_find("chain", &error),
        .skeleton = {.input_channels = 2, .input_size = SIZE, .classes = CLASSES, .channels = W},
        .kernels = kernels_find(NULL),
        .blocks = BLOCKS};
    size_t n = (size_t)BLOCKS * 2 * tensor_plane(SIZE, SIZE) * LANES;
    images = aligned_alloc(64, n * sizeof *images);
    if (!lab.chain || !images)
        return -1;
    struct random_stream stream = random_stream(51, RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < n; i++)
        images[i] = (real)random_normal(&stream);
    return 0;
}

static int close_laboratory(void **state)
{
    (void)state;
    free(images);
    free(lab.workspace.arena);
    free(lab.workspace.weights);
    return 0;
}

/* As if trained: gains away from 1 and of both signs, running statistics of these images but for noise,
 * moments that are not zero. */
static struct specimen make_parent(const char *text)
{
    struct specimen parent = {.architecture = fixture_parse(&lab, text)};
    parent.graph = fixture_graph(&lab, &parent.architecture);
    struct network network = fixture_network(&lab, &parent.graph, BLOCKS);
    struct random_stream stream = random_stream(52, RANDOM_TEST, 0, 0);
    struct error error;
    struct snapshot *s = &parent.snapshot;
    network_initialise(&network, INITIALISE_FAN_OUT, 1);
    assert_int_equal(snapshot_init(s, &parent.graph, &error), 0);
    snapshot_take(s, &network);
    for (int i = 0; i < s->parameters; i++) {
        const struct parameter *p = &s->parameter[i];
        for (size_t k = p->first; k < p->first + p->count; k++) {
            double noise = random_normal(&stream);
            s->moment[k] = (real)(p->role < ROLE_MEAN ? noise : 0);
            if (p->role == ROLE_GAIN)
                s->value[k] = (real)(noise < 0 ? -0.4 + 0.2 * noise : 0.4 + 0.2 * noise);
            else if (p->role == ROLE_OFFSET)
                s->value[k] = (real)(0.5 * noise);
            else if (p->layer < 0) /* so that logits come from the image, not from biases */
                s->value[k] = (real)(p->role == ROLE_KERNEL ? noise : 0.05 * noise);
        }
    }
    snapshot_put(s, &network);
    memcpy(network_input(&network), images,
           network.plan.tensor[network.plan.step[0].output].size * sizeof(real));
    network.momentum = 1;
    network_forward(&network, BLOCKS, true);
    snapshot_take(s, &network);
    for (int i = 0; i < s->parameters; i++) {
        const struct parameter *p = &s->parameter[i];
        for (size_t k = p->first; p->role >= ROLE_MEAN && k < p->first + p->count; k++)
            s->value[k] *= (real)(1 + 0.02 * random_normal(&stream));
    }
    s->seed = 12;
    s->steps = 34;
    network_close(&network);
    return parent;
}

static struct morphism_site site_with(const real *measured_on)
{
    return (struct morphism_site){.workspace = &lab.workspace,
                                  .kernels = lab.kernels,
                                  .epsilon = EPSILON,
                                  .images = measured_on,
                                  .blocks = BLOCKS};
}

/* The move of `kind` at `layer`, the n-th such. */
static struct space_move find_move(const struct specimen *parent, enum move_kind kind, int layer,
                                   int n)
{
    struct space_move moves[MOVES_MOST];
    int count = lab.chain->moves(&parent->architecture, moves, MOVES_MOST);
    for (int i = 0; i < count; i++)
        if (moves[i].kind == kind && moves[i].layer == layer && n-- == 0)
            return moves[i];
    fail_msg("no %s at layer %d", move_name(kind), layer);
    return moves[0];
}

/* A copy of the parent after a move. */
static struct specimen moved(const struct specimen *parent, struct space_move move,
                             const struct morphism *morphism, const real *measured_on)
{
    struct specimen child = fixture_copy(&lab, parent);
    struct morphism_site site = site_with(measured_on);
    struct random_stream stream = random_stream(53, RANDOM_TEST, 0, 0);
    fixture_apply(&lab, &child, &move, morphism, &site, &stream);
    return child;
}

static const real *values(const struct specimen *specimen, int layer, enum role role)
{
    return snapshot_value(&specimen->snapshot, layer, role);
}

/* All tensors of a layer are the parent's, bit for bit. */
static void assert_layer_kept(const struct specimen *parent, const struct specimen *child,
                              int layer)
{
    for (int i = 0; i < child->snapshot.parameters; i++) {
        const struct parameter *p = &child->snapshot.parameter[i];
        if (p->layer == layer)
            assert_memory_equal(child->snapshot.value + p->first, values(parent, layer, p->role),
                                p->count * sizeof(real));
    }
}

/* Every move of networks with and without skips: function, moments, seed; the parent is left alone. */
static void check_every_move(const char *text, const struct morphism *morphism,
                             const real *measured_on)
{
    static double before[LOGITS], after[LOGITS];
    struct specimen parent = make_parent(text), untouched = fixture_copy(&lab, &parent);
    struct space_move moves[MOVES_MOST];
    int n = lab.chain->moves(&parent.architecture, moves, MOVES_MOST);
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        struct specimen child = moved(&parent, moves[i], morphism, measured_on);
        fixture_logits(&lab, &parent, images, false, before);
        fixture_logits(&lab, &child, images, false, after);
        assert_true(fixture_change(before, after, LOGITS) < 1e-5);
        fixture_logits(&lab, &parent, images, true, before);
        fixture_logits(&lab, &child, images, true, after);
        double change = fixture_distance(before, after, LOGITS);
        if (measured_on || moves[i].kind == MOVE_WIDEN || moves[i].kind == MOVE_GROW)
            assert_true(change < (moves[i].kind == MOVE_SKIP ? 0.02 : 1e-3));
        else
            assert_true(change > (moves[i].kind == MOVE_SKIP ? 0.05 : 0.1));
        for (size_t k = 0; k < child.snapshot.size; k++)
            assert_true(child.snapshot.moment[k] == 0);
        assert_int_equal(child.snapshot.seed, 12);
        assert_int_equal(child.snapshot.steps, 34);
        fixture_free(&child);
    }
    assert_memory_equal(parent.snapshot.value, untouched.snapshot.value,
                        parent.snapshot.size * sizeof(real));
    assert_memory_equal(parent.snapshot.moment, untouched.snapshot.moment,
                        parent.snapshot.size * sizeof(real));
    fixture_free(&untouched);
    fixture_free(&parent);
}

static void test_every_move(void **state)
{
    (void)state;
    static const char *const parents[] = {"w:3/2w:3/4w:3", "w:3-3+skip/2w:3-5/4w:5-3+skip",
                                          "2w:5-3/2w:3-3+skip/4w:3"};
    const struct morphism copies = {0}, fresh = {.fresh = true};
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
        check_every_move(parents[i], &copies, images);
        check_every_move(parents[i], &copies, NULL);
        check_every_move(parents[i], &fresh, images);
    }
}

/* The channel that channel j of the widened layer is a copy of, found by its offset. */
static int copied(const struct specimen *parent, const struct specimen *child, int layer, int n,
                  int j)
{
    for (int i = 0; i < n; i++)
        if (values(child, layer, ROLE_OFFSET)[j] == values(parent, layer, ROLE_OFFSET)[i])
            return i;
    fail_msg("layer %d: channel %d is no copy", layer, j);
    return 0;
}

static void test_widen_copies(void **state)
{
    (void)state;
    enum { N = W, M = 2 * W, NEXT = 2 * W };
    struct specimen parent = make_parent("w:3-5+skip/2w:3/4w:3");
    struct specimen child =
        moved(&parent, find_move(&parent, MOVE_WIDEN, 0, 0), &(struct morphism){0}, images);
    int source[M], count[N] = {0};
    for (int j = 0; j < M; j++) {
        source[j] = copied(&parent, &child, 0, N, j);
        count[source[j]]++;
        assert_true(j >= N || source[j] == j);
        /* the same for both layers of the block, and every tensor of them */
        assert_int_equal(copied(&parent, &child, 1, N, j), source[j]);
        for (int layer = 0; layer < 2; layer++)
            for (int role = ROLE_GAIN; role <= ROLE_VARIANCE; role++)
                assert_true(values(&child, layer, (enum role)role)[j] ==
                            values(&parent, layer, (enum role)role)[source[j]]);
        assert_memory_equal(values(&child, 0, ROLE_KERNEL) + j * 2 * 9,
                            values(&parent, 0, ROLE_KERNEL) + source[j] * 2 * 9,
                            2 * 9 * sizeof(real));
    }
    const real *inner = values(&child, 1, ROLE_KERNEL), *was = values(&parent, 1, ROLE_KERNEL);
    for (int o = 0; o < M; o++)
        for (int i = 0; i < M; i++)
            for (int k = 0; k < 25; k++)
                assert_true(inner[(o * M + i) * 25 + k] ==
                            was[(source[o] * N + source[i]) * 25 + k] / (real)count[source[i]]);
    /* the reader: what replicas bring together is what the one brought */
    const real *reader = values(&child, 2, ROLE_KERNEL), *read = values(&parent, 2, ROLE_KERNEL);
    for (int o = 0; o < NEXT; o++)
        for (int i = 0; i < N; i++) {
            double sum = 0;
            for (int j = 0; j < M; j++)
                sum += source[j] == i ? (double)reader[(o * M + j) * 9 + 4] : 0;
            assert_true(fabs(sum - (double)read[(o * N + i) * 9 + 4]) < 1e-6);
        }
    assert_layer_kept(&parent, &child, 4);
    assert_layer_kept(&parent, &child, -1);
    fixture_free(&child);
    fixture_free(&parent);
}

/* The classifier reads the last block through the global pool. */
static void test_widen_before_the_classifier(void **state)
{
    (void)state;
    enum { N = 4 * W };
    struct specimen parent = make_parent("w:3/2w:3/4w:3");
    struct specimen child =
        moved(&parent, find_move(&parent, MOVE_WIDEN, 4, 0), &(struct morphism){0}, images);
    const real *wide = values(&child, -1, ROLE_KERNEL), *was = values(&parent, -1, ROLE_KERNEL);
    for (int c = 0; c < CLASSES; c++) {
        double sum = 0, expected = 0;
        for (int j = 0; j < 2 * N; j++)
            sum += (double)wide[c * 2 * N + j];
        for (int i = 0; i < N; i++)
            expected += (double)was[c * N + i];
        assert_true(fabs(sum - expected) < 1e-6);
    }
    assert_memory_equal(values(&child, -1, ROLE_BIAS), values(&parent, -1, ROLE_BIAS),
                        CLASSES * sizeof(real));
    assert_layer_kept(&parent, &child, 0);
    assert_layer_kept(&parent, &child, 2);
    fixture_free(&child);
    fixture_free(&parent);
}

/* Fresh channels: drawn with the variance of an initial network, read by no old one. */
static void test_widen_fresh(void **state)
{
    (void)state;
    enum { N = 2 * W, M = 4 * W };
    struct specimen parent = make_parent("w:3/2w:3-5+skip/4w:3");
    struct specimen child = moved(&parent, find_move(&parent, MOVE_WIDEN, 2, 0),
                                  &(struct morphism){.fresh = true}, images);
    const real *second = values(&child, 3, ROLE_KERNEL), *next = values(&child, 4, ROLE_KERNEL);
    double squares = 0;
    for (int o = 0; o < M; o++)
        for (int i = 0; i < M; i++)
            for (int k = 0; k < 25; k++) {
                real w = second[(o * M + i) * 25 + k];
                if (o >= N)
                    squares += (double)w * (double)w;
                else if (i >= N)
                    assert_true(w == 0);
                else
                    assert_true(w == values(&parent, 3, ROLE_KERNEL)[(o * N + i) * 25 + k]);
            }
    double expected = 2.0 / (25 * M), found = squares / ((M - N) * M * 25);
    assert_true(found > 0.9 * expected && found < 1.1 * expected);
    for (int o = 0; o < 4 * W; o++)
        for (int j = N; j < M; j++)
            for (int k = 0; k < 9; k++)
                assert_true(next[(o * M + j) * 9 + k] == 0);
    for (int layer = 2; layer < 4; layer++)
        for (int j = N; j < M; j++) {
            assert_true(values(&child, layer, ROLE_GAIN)[j] == 1);
            assert_true(values(&child, layer, ROLE_OFFSET)[j] == 0);
            assert_true(values(&child, layer, ROLE_MEAN)[j] != 0); /* measured */
            assert_true(values(&child, layer, ROLE_VARIANCE)[j] != 1);
        }
    fixture_free(&child);
    fixture_free(&parent);
}

static void test_grow(void **state)
{
    (void)state;
    struct specimen parent = make_parent("w:3/2w:3-3/4w:3");
    struct specimen child =
        moved(&parent, find_move(&parent, MOVE_GROW, 3, 0), &(struct morphism){0}, images);
    const real *large = values(&child, 3, ROLE_KERNEL), *was = values(&parent, 3, ROLE_KERNEL);
    for (int w = 0; w < 4 * W * W; w++)
        for (int row = 0; row < 5; row++)
            for (int column = 0; column < 5; column++) {
                bool inside = row > 0 && row < 4 && column > 0 && column < 4;
                real expected = inside ? was[w * 9 + (row - 1) * 3 + column - 1] : 0;
                assert_true(large[w * 25 + row * 5 + column] == expected);
            }
    for (int layer = -1; layer < 5; layer++)
        if (layer != 3)
            assert_layer_kept(&parent, &child, layer);
    assert_memory_equal(values(&child, 3, ROLE_GAIN), values(&parent, 3, ROLE_GAIN),
                        2 * W * sizeof(real));
    fixture_free(&child);
    fixture_free(&parent);
}

/* Mean and unbiased variance of what a layer gives in its first channel, in training mode, from the arena
 * after the parent's own forward pass; it must be the last layer, whose place nothing uses again. */
static void input_statistics(const struct specimen *parent, int layer, double *mean,
                             double *variance)
{
    struct network network = fixture_network(&lab, &parent->graph, BLOCKS);
    const struct plan *p = &network.plan;
    snapshot_put(&parent->snapshot, &network);
    memcpy(network_input(&network), images, p->tensor[p->step[0].output].size * sizeof(real));
    struct {
        double sum, squares, n;
    } found = {0};
    network_forward(&network, BLOCKS, true);
    for (int i = 0; i < p->steps; i++) {
        const struct step *s = &p->step[i];
        if (s->kind != STEP_COMBINE || parent->graph.node[s->node].layer != layer)
            continue;
        const struct tensor *t = &p->tensor[s->rectified];
        size_t plane = t->pixels | 1;
        for (size_t b = 0; b < BLOCKS; b++)
            for (size_t k = 0; k < t->pixels * LANES; k++) {
                double x =
                    (double)network.arena[t->value + b * (size_t)t->channels * plane * LANES + k];
                found.sum += x;
                found.squares += x * x;
                found.n++;
            }
    }
    assert_true(found.n > 0);
    *mean = found.sum / found.n;
    *variance = (found.squares - found.n * *mean * *mean) / (found.n - 1);
    network_close(&network);
}

static void test_deepen(void **state)
{
    (void)state;
    enum { N = 4 * W };
    struct specimen parent = make_parent("w:3/2w:3/4w:3");
    struct space_move move = find_move(&parent, MOVE_DEEPEN, 5, 1);
    struct specimen child = moved(&parent, move, &(struct morphism){0}, images);
    const real *kernel = values(&child, 5, ROLE_KERNEL);
    for (int o = 0; o < N; o++)
        for (int i = 0; i < N; i++)
            for (int k = 0; k < 25; k++)
                assert_true(kernel[(o * N + i) * 25 + k] == (real)(o == i && k == 12));
    for (int k = 0; k < N; k++) {
        double variance = (double)values(&child, 5, ROLE_VARIANCE)[k];
        assert_true(fabs((double)values(&child, 5, ROLE_GAIN)[k] - sqrt(variance + EPSILON)) <
                    1e-6);
        assert_true(values(&child, 5, ROLE_OFFSET)[k] == values(&child, 5, ROLE_MEAN)[k]);
    }
    double mean, variance;
    input_statistics(&parent, 4, &mean, &variance);
    assert_true(fabs((double)values(&child, 5, ROLE_MEAN)[0] - mean) < 1e-4 * (1 + mean));
    assert_true(fabs((double)values(&child, 5, ROLE_VARIANCE)[0] / variance - 1) < 1e-4);
    for (int layer = -1; layer < 5; layer++)
        assert_layer_kept(&parent, &child, layer);
    fixture_free(&child);
    child = moved(&parent, move, &(struct morphism){0}, NULL);
    for (int k = 0; k < N; k++) {
        assert_true(fabs((double)values(&child, 5, ROLE_GAIN)[k] - 1) < 1e-6);
        assert_true(values(&child, 5, ROLE_OFFSET)[k] == 0);
        assert_true(values(&child, 5, ROLE_MEAN)[k] == 0);
    }
    fixture_free(&child);
    fixture_free(&parent);
}

/* Statistics of all norms as a batch of the images gives them in training mode. */
static struct specimen seen_by(const struct specimen *specimen)
{
    struct specimen seen = fixture_copy(&lab, specimen);
    struct network network = fixture_network(&lab, &seen.graph, BLOCKS);
    snapshot_put(&seen.snapshot, &network);
    memcpy(network_input(&network), images,
           network.plan.tensor[network.plan.step[0].output].size * sizeof(real));
    network.momentum = 1;
    network_forward(&network, BLOCKS, true);
    snapshot_take(&seen.snapshot, &network);
    network_close(&network);
    return seen;
}

/* Running statistics of the norm at layer 3 differ from a batch's after the move as before it; where its
 * variance was another by magnitudes (channel 0), they are the batch's. */
static void test_skip_statistics(void **state)
{
    (void)state;
    enum { N = 2 * W };
    struct specimen parent = make_parent("w:3/2w:3-3/4w:3");
    snapshot_value(&parent.snapshot, 3, ROLE_VARIANCE)[0] *= 100;
    struct specimen child =
        moved(&parent, find_move(&parent, MOVE_SKIP, 3, 0), &(struct morphism){0}, images);
    struct specimen before = seen_by(&parent), after = seen_by(&child);
    for (int k = 0; k < N; k++) {
        double ran = (double)values(&parent, 3, ROLE_VARIANCE)[k] + EPSILON;
        double runs = (double)values(&child, 3, ROLE_VARIANCE)[k] + EPSILON;
        double was = (double)values(&before, 3, ROLE_VARIANCE)[k] + EPSILON;
        double is = (double)values(&after, 3, ROLE_VARIANCE)[k] + EPSILON;
        double ratio = k == 0 ? 1 : ran / was;
        assert_true(k == 0 || fabs(ratio - 1) > 1e-3);
        assert_true(fabs(runs / is / ratio - 1) < 1e-5);
        double shift =
            (double)values(&child, 3, ROLE_MEAN)[k] - (double)values(&after, 3, ROLE_MEAN)[k];
        double shifted =
            (double)values(&parent, 3, ROLE_MEAN)[k] - (double)values(&before, 3, ROLE_MEAN)[k];
        assert_true(fabs(shift - shifted) < 1e-5 && fabs(shifted) > 1e-5);
    }
    fixture_free(&after);
    fixture_free(&before);
    fixture_free(&child);
    fixture_free(&parent);
}

static void test_skip(void **state)
{
    (void)state;
    enum { N = 2 * W };
    struct specimen parent = make_parent("w:3/2w:3-3/4w:3");
    struct specimen child =
        moved(&parent, find_move(&parent, MOVE_SKIP, 3, 0), &(struct morphism){0}, images);
    const real *kernel = values(&child, 3, ROLE_KERNEL), *was = values(&parent, 3, ROLE_KERNEL);
    for (int o = 0; o < N; o++)
        for (int i = 0; i < N; i++)
            for (int k = 0; k < 9; k++) {
                double s = sqrt((double)values(&parent, 3, ROLE_VARIANCE)[o] + EPSILON);
                double gain = (double)values(&parent, 3, ROLE_GAIN)[o];
                double expected = o == i && k == 4 ? s / gain : 0;
                double taken =
                    (double)was[(o * N + i) * 9 + k] - (double)kernel[(o * N + i) * 9 + k];
                assert_true(fabs(taken - expected) < 1e-5 * (1 + fabs(expected)));
            }
    for (int layer = -1; layer < 5; layer++)
        if (layer != 3)
            assert_layer_kept(&parent, &child, layer);
    fixture_free(&child);
    fixture_free(&parent);
}

/* A skip around a fresh identity leaves nothing of the kernel, and works. */
static void test_skip_around_an_identity(void **state)
{
    (void)state;
    static double before[LOGITS], after[LOGITS];
    struct specimen parent = make_parent("w:3/2w:3/4w:3");
    struct specimen deep =
        moved(&parent, find_move(&parent, MOVE_DEEPEN, 3, 0), &(struct morphism){0}, images);
    struct specimen child =
        moved(&deep, find_move(&deep, MOVE_SKIP, 3, 0), &(struct morphism){0}, images);
    const struct parameter *kernel = snapshot_find(&child.snapshot, 3, ROLE_KERNEL, 0);
    for (size_t k = 0; k < kernel->count; k++)
        assert_true(fabs((double)child.snapshot.value[kernel->first + k]) < 1e-6);
    for (int training = 0; training < 2; training++) {
        fixture_logits(&lab, &parent, images, training, before);
        fixture_logits(&lab, &child, images, training, after);
        assert_true(fixture_change(before, after, LOGITS) < 1e-3);
    }
    fixture_free(&child);
    fixture_free(&deep);
    fixture_free(&parent);
}

/* Noise of widening lies on the copies alone and has the deviation asked for. */
static void test_noise(void **state)
{
    (void)state;
    enum { N = 4 * W, WINDOW = 2 * W * 9 };
    struct specimen parent = make_parent("w:3/2w:3/4w:3");
    struct space_move wide = find_move(&parent, MOVE_WIDEN, 4, 0);
    struct specimen exact = moved(&parent, wide, &(struct morphism){0}, images);
    struct specimen noisy = moved(&parent, wide, &(struct morphism){.widen_noise = 0.01}, images);
    const real *a = values(&exact, 4, ROLE_KERNEL), *b = values(&noisy, 4, ROLE_KERNEL);
    double noise = 0, power = 0;
    assert_memory_equal(a, b, N * WINDOW * sizeof(real));
    for (int k = N * WINDOW; k < 2 * N * WINDOW; k++) {
        noise += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
        power += (double)a[k] * (double)a[k];
    }
    assert_true(sqrt(noise / power) > 0.009 && sqrt(noise / power) < 0.011);
    for (int layer = -1; layer < 4; layer++)
        if (layer != 1 && layer != 3)
            for (int i = 0; i < exact.snapshot.parameters; i++)
                if (exact.snapshot.parameter[i].layer == layer)
                    assert_layer_kept(&exact, &noisy, layer);
    fixture_free(&exact);
    fixture_free(&noisy);
    static double before[LOGITS], after[LOGITS];
    struct specimen deep = moved(&parent, find_move(&parent, MOVE_DEEPEN, 3, 0),
                                 &(struct morphism){.deepen_noise = 1e-3}, images);
    assert_true(values(&deep, 3, ROLE_KERNEL)[0] != 0); /* a corner of the window */
    fixture_logits(&lab, &parent, images, false, before);
    fixture_logits(&lab, &deep, images, false, after);
    double change = fixture_distance(before, after, LOGITS);
    assert_true(change > 1e-6 && change < 0.01);
    fixture_free(&deep);
    fixture_free(&parent);
}

/* The same stream gives the same bits, another one other copies. */
static void test_replay(void **state)
{
    (void)state;
    struct specimen parent = make_parent("w:3/2w:3/4w:3");
    struct space_move move = find_move(&parent, MOVE_WIDEN, 4, 0);
    struct specimen child[3];
    for (int i = 0; i < 3; i++) {
        struct morphism_site site = site_with(images);
        struct random_stream stream = random_stream(i < 2 ? 60 : 61, RANDOM_TEST, 0, 0);
        child[i] = fixture_copy(&lab, &parent);
        fixture_apply(&lab, &child[i], &move, &(struct morphism){.widen_noise = 0.01}, &site,
                      &stream);
    }
    size_t bytes = child[0].snapshot.size * sizeof(real);
    assert_memory_equal(child[0].snapshot.value, child[1].snapshot.value, bytes);
    assert_memory_not_equal(child[0].snapshot.value, child[2].snapshot.value, bytes);
    for (int i = 0; i < 3; i++)
        fixture_free(&child[i]);
    fixture_free(&parent);
}

static void check_refused(const struct specimen *parent, enum move_kind kind, int layer,
                          const char *to, enum error_code code, const char *message)
{
    struct space_move move = {.kind = kind, .layer = layer, .to = fixture_parse(&lab, to)};
    struct graph graph = fixture_graph(&lab, &move.to);
    struct morphism_site site = site_with(images);
    struct random_stream stream = random_stream(54, RANDOM_TEST, 0, 0);
    struct snapshot child;
    struct error error;
    assert_int_equal(morphism_apply(&child, &parent->snapshot, &move, &graph, &(struct morphism){0},
                                    &site, &stream, &error),
                     code);
    assert_string_equal(error.text, message);
    assert_null(child.value);
    graph_free(&graph);
}

static void test_refused(void **state)
{
    (void)state;
    struct specimen parent = make_parent("w:3/2w:3-3/4w:3");
    check_refused(&parent, MOVE_DEEPEN, 1, "w:3/2w:3-3/4w:3-3", ERROR_MISMATCH,
                  "deepen at layer 1: layer 5 was not there before");
    check_refused(&parent, MOVE_DEEPEN, 3, "w:3/2w:3-3/4w:3", ERROR_MISMATCH,
                  "deepen at layer 3: layer 3 is there already");
    check_refused(&parent, MOVE_DEEPEN, 1, "w:3/2w:3-3/4w:3", ERROR_MISMATCH,
                  "deepen at layer 1: the layer is not a convolution of as many channels in as out "
                  "and a norm");
    check_refused(&parent, MOVE_WIDEN, 0, "w:3/2w:3-3/8w:3", ERROR_MISMATCH,
                  "widen at layer 0: the layer does not widen in this graph");
    check_refused(&parent, MOVE_WIDEN, 0, "2w:3/2w:5-3/4w:3", ERROR_MISMATCH,
                  "widen at layer 0: layer 2: a tensor of 6x3x3x3 cannot become one of 6x6x5x5");
    check_refused(&parent, MOVE_GROW, 0, "w:3/2w:3-3/4w:3", ERROR_MISMATCH,
                  "grow at layer 0: the kernel does not grow in this graph");
    check_refused(&parent, MOVE_GROW, 0, "w:5/2w:3/4w:3", ERROR_MISMATCH,
                  "grow at layer 0: 5 of 22 tensors have no place in this graph");
    check_refused(&parent, MOVE_SKIP, 3, "w:3/2w:3-3/4w:3", ERROR_MISMATCH,
                  "skip at layer 3: the layer has no skip in this graph");
    snapshot_value(&parent.snapshot, 3, ROLE_GAIN)[2] = (real)-0.0005;
    check_refused(
        &parent, MOVE_SKIP, 3, "w:3/2w:3-3+skip/4w:3", ERROR_UNSUPPORTED,
        "skip at layer 3: channel 2 has a gain of -0.0005: below 0.001 the identity cannot "
        "be taken off the kernel");
    fixture_free(&parent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_move),
        cmocka_unit_test(test_widen_copies),
        cmocka_unit_test(test_widen_before_the_classifier),
        cmocka_unit_test(test_widen_fresh),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_deepen),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_skip_statistics),
        cmocka_unit_test(test_skip_around_an_identity),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, open_laboratory, close_laboratory);
}
