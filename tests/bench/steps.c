/* Whole training steps: images/s on one thread, and the share of the machine's FMA peak measured beside
 * it. Executed multiply-adds only: taps in the padding are skipped by the kernels and not counted, nor
 * is anything but convolutions and linear layers.
 *
 *   bench_steps [random cells (100)] [channels (8)] [cells (1)] [stem stride (2)] [batch (64)]
 *
 * With "supernet" for the number, what a single-path step costs: random paths through one supernet, beside the
 * same architectures as networks of their own, each on a new batch a step. With "-", architectures are read from standard input, one a line, and answered by
 * "images/s share GFLOP/s": so peers.py measures its peer in between. */
#include "base/progress.h"
#include "base/random.h"
#include "evaluator/batch.h"
#include "evaluator/network.h"
#include "evaluator/peak.h"
#include "evaluator/profile.h"
#include "evaluator/supernet.h"
#include "spaces/space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { IMAGES = 50000, ROUNDS = 5 };

struct rig {
    struct dataset data;
    struct training training;
    struct workspace workspace;
    uint32_t *order;
    uint8_t *staging, *labels;
};

static void rig_open(struct rig *rig, int batch)
{
    *rig = (struct rig){.data = {.channels = 3,
                                 .rows = 32,
                                 .columns = 32,
                                 .classes = 10,
                                 .train_count = IMAGES,
                                 .mean = {0.49f, 0.48f, 0.45f},
                                 .deviation = {0.25f, 0.24f, 0.26f}},
                        .training = {.flip = true, .crop_padding = 4, .batch = batch}};
    size_t bytes = (size_t)IMAGES * 3072;
    rig->data.train_image = aligned_alloc((size_t)2 << 20, (bytes >> 21 << 21) + ((size_t)2 << 20));
    rig->data.train_label = malloc(IMAGES);
    rig->order = malloc(IMAGES * sizeof *rig->order);
    rig->staging = malloc(batch_staging(&rig->data));
    rig->labels = malloc((size_t)batch);
    if (!rig->data.train_image || !rig->data.train_label || !rig->order || !rig->staging ||
        !rig->labels)
        exit(1);
    (void)madvise(rig->data.train_image, bytes, MADV_HUGEPAGE); /* as the data set is held */
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < bytes; i++)
        rig->data.train_image[i] = (uint8_t)(i * 2654435761u >> 13);
    for (size_t i = 0; i < IMAGES; i++)
        rig->data.train_label[i] = (uint8_t)random_below(&stream, 10);
    random_permutation(&stream, IMAGES, rig->order);
}

/* The next batch into a network's input. */
static void load(struct rig *rig, struct network *n, int step)
{
    int batch = rig->training.batch;
    uint32_t first = (uint32_t)(step * batch % (IMAGES - batch));
    batch_train(&rig->data, &rig->training, n->kernels, 1, 0, first, rig->order + first,
                batch / LANES, rig->staging, network_input(n), rig->labels);
}

/* CPU seconds of `steps` training steps of an opened network. */
static double train(struct rig *rig, struct network *n, int steps)
{
    int batch = rig->training.batch;
    double started = clock_thread_seconds();
    for (int i = 0; i < steps; i++) {
        load(rig, n, i);
        network_forward(n, batch / LANES, true);
        (void)network_loss(n, rig->labels, batch, 0, true);
        network_backward(n);
        network_step(n, 0.01, 0.9, 5e-4, true);
    }
    return clock_thread_seconds() - started;
}

struct figure {
    double images, share, gflops; /* per second; of the peak */
};

static int by_share(const void *a, const void *b)
{
    const struct figure *x = a, *y = b;
    return x->share < y->share ? -1 : x->share > y->share;
}

/* A network of its own for the architecture; ends the program where there is none. */
static void open_alone(struct rig *rig, const struct space *space, const struct skeleton *skeleton,
                       const struct architecture *a, struct graph *full, struct graph *graph,
                       struct network *n)
{
    struct error error;
    if (space->graph(a, skeleton, full, &error) || graph_simplify(full, graph, &error) ||
        network_open(n, graph, rig->training.batch / LANES, &rig->workspace, kernels_find(NULL),
                     0.1, 1e-5, &error)) {
        (void)fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
}

static struct figure measure(struct rig *rig, const struct space *space,
                             const struct skeleton *skeleton, const struct architecture *a,
                             int rounds)
{
    struct graph full = {0}, graph = {0};
    struct network n;
    open_alone(rig, space, skeleton, a, &full, &graph, &n);
    network_initialise(&n, INITIALISE_FAN_OUT, 1);
    double macs = plan_macs(&n.plan), once = train(rig, &n, 2) / 2;
    int steps = (int)(0.15 / once) + 1;
    struct figure figures[ROUNDS];
    for (int r = 0; r < rounds; r++) {
        double peak = peak_gflops(0.03), seconds = train(rig, &n, steps);
        double images = steps * rig->training.batch / seconds, gflops = 2e-9 * macs * images;
        figures[r] = (struct figure){images, gflops / peak, gflops};
    }
    qsort(figures, (size_t)rounds, sizeof *figures, by_share);
    network_close(&n);
    graph_free(&full);
    graph_free(&graph);
    return figures[rounds / 2];
}

/* ---- Single-path steps beside stand-alone ones ------------------------------------------------- */

enum { PATHS = 40, PATH_STEPS = 6, PATH_ROUNDS = 9 };

/* CPU seconds of PATH_STEPS steps of each architecture on its own, opening not counted. */
static double train_alone(struct rig *rig, const struct space *space,
                          const struct skeleton *skeleton, const struct architecture *paths)
{
    double seconds = 0;
    for (int i = 0; i < PATHS; i++) {
        struct graph full = {0}, graph = {0};
        struct network n;
        open_alone(rig, space, skeleton, &paths[i], &full, &graph, &n);
        network_initialise(&n, INITIALISE_FAN_OUT, 1);
        seconds += train(rig, &n, PATH_STEPS);
        network_close(&n);
        graph_free(&graph);
        graph_free(&full);
    }
    return seconds;
}

/* The same through a supernet, the paths taking turns, as a method's training does (its methods charge and
 * record beside that). */
static double train_paths(struct rig *rig, const struct space *space, struct supernet *supernet,
                          const struct architecture *paths)
{
    const struct supernet_rule rule = {0.01, 0.9, 5e-4, 5, true};
    int batch = rig->training.batch;
    double started = clock_thread_seconds();
    for (int i = 0; i < PATHS * PATH_STEPS; i++) {
        struct choice_program program;
        struct supernet_pass pass;
        struct error error;
        choice_path(&supernet->choices, space, &paths[i % PATHS], &program);
        if (supernet_pass_open(&pass, supernet, &program, batch / LANES, &rig->workspace,
                               kernels_find(NULL), &error)) {
            (void)fprintf(stderr, "bench: %s\n", error.text);
            exit(1);
        }
        load(rig, &pass.network, i);
        network_forward(&pass.network, batch / LANES, true);
        (void)network_loss(&pass.network, rig->labels, batch, 0, true);
        network_backward(&pass.network);
        supernet_collect(supernet, &pass);
        (void)supernet_step(supernet, &rule);
        supernet_pass_close(&pass);
    }
    return clock_thread_seconds() - started;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Rounds of both, in turn, so that what else the machine does slows both; the median of their ratios. */
static int compare_paths(struct rig *rig, const char *name, const struct skeleton *skeleton)
{
    struct error error;
    struct supernet supernet;
    struct architecture paths[PATHS];
    struct random_stream stream = random_stream(3, RANDOM_TEST, 0, 0);
    const struct space *space = space_find(name, &error);
    double ratio[PATH_ROUNDS], alone[PATH_ROUNDS], shared[PATH_ROUNDS];
    (void)strcpy(rig->training.initialisation, "kaiming-fan-out");
    rig->training.batch_norm_epsilon = 1e-5;
    if (!space || supernet_open(&supernet, space, skeleton, &rig->training, 1, &error)) {
        (void)fprintf(stderr, "bench: %s\n", error.text);
        return 1;
    }
    for (int i = 0; i < PATHS; i++)
        architecture_random(space, &stream, &paths[i]);
    (void)train_paths(rig, space, &supernet, paths); /* warm */
    for (int r = 0; r < PATH_ROUNDS; r++) {
        double images = (double)PATHS * PATH_STEPS * rig->training.batch;
        alone[r] = images / train_alone(rig, space, skeleton, paths);
        shared[r] = images / train_paths(rig, space, &supernet, paths);
        ratio[r] = shared[r] / alone[r];
    }
    qsort(ratio, PATH_ROUNDS, sizeof *ratio, ascending);
    qsort(alone, PATH_ROUNDS, sizeof *alone, ascending);
    qsort(shared, PATH_ROUNDS, sizeof *shared, ascending);
    (void)printf("%-6s %d random paths: single-path %.0f images/s, stand-alone %.0f; ratio %.3f "
                 "(%.3f to %.3f over %d rounds)\n",
                 name, PATHS, shared[PATH_ROUNDS / 2], alone[PATH_ROUNDS / 2],
                 ratio[PATH_ROUNDS / 2], ratio[0], ratio[PATH_ROUNDS - 1], PATH_ROUNDS);
    supernet_close(&supernet);
    return 0;
}

static void print(const char *name, struct figure f)
{
    (void)printf("%-34s %8.0f images/s  %6.1f GFLOP/s  %5.1f %% of peak\n", name, f.images,
                 f.gflops, 100 * f.share);
}

static int serve(struct rig *rig, const struct space *space, const struct skeleton *skeleton)
{
    char line[ARCHITECTURE_TEXT + 2];
    while (fgets(line, sizeof line, stdin)) {
        struct architecture a;
        struct error error;
        line[strcspn(line, "\n")] = '\0';
        if (space->parse(line, &a, &error)) {
            (void)fprintf(stderr, "bench: %s\n", error.text);
            return 1;
        }
        struct figure f = measure(rig, space, skeleton, &a, 1);
        (void)printf("%.6g %.6g %.6g\n", f.images, f.share, f.gflops);
        (void)fflush(stdout);
    }
    return 0;
}

static int argument(int argc, char **argv, int i, int standard)
{
    return argc > i ? atoi(argv[i]) : standard;
}

int main(int argc, char **argv)
{
    struct error error;
    struct rig rig;
    const struct space *space = space_find("cell", &error);
    int cells = argument(argc, argv, 1, 100);
    const struct skeleton skeleton = {3,
                                      32,
                                      10,
                                      argument(argc, argv, 2, 8),
                                      argument(argc, argv, 3, 1),
                                      argument(argc, argv, 4, 2)};
    rig_open(&rig, argument(argc, argv, 5, 64));
    if (argc > 1 && strcmp(argv[1], "-") == 0)
        return serve(&rig, space, &skeleton);
    if (argc > 1 && strcmp(argv[1], "supernet") == 0)
        return compare_paths(&rig, "cell", &skeleton) ||
               compare_paths(&rig, "chain", &(struct skeleton){3, 32, 10, 4, 1, 2});
    (void)printf("kernels %s, C = %d, N = %d, stem stride %d, batch %d; peak %.0f GFLOP/s\n",
                 kernels_find(NULL)->name, skeleton.channels, skeleton.cells, skeleton.stem_stride,
                 rig.training.batch, peak_gflops(0.2));
    static const struct {
        const char *name, *cell;
    } named[] = {{"all 3x3",
                  "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|"
                  "nor_conv_3x3~2|"},
                 {"3x3, skip, 1x1, pool, skip, 3x3",
                  "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|"
                  "avg_pool_3x3~0|skip_connect~1|nor_conv_3x3~2|"},
                 {"all 1x1", "|nor_conv_1x1~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|nor_conv_1x1~0|"
                             "nor_conv_1x1~1|nor_conv_1x1~2|"},
                 {"all skip", "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|"
                              "skip_connect~1|skip_connect~2|"}};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        struct architecture a;
        if (space->parse(named[i].cell, &a, &error))
            return 1;
        print(named[i].name, measure(&rig, space, &skeleton, &a, ROUNDS));
    }
    if (cells == 0)
        return 0;
    struct random_stream stream = random_stream(2, RANDOM_TEST, 0, 0);
    struct figure mean = {0};
    for (int i = 0; i < cells; i++) {
        struct architecture a;
        architecture_random(space, &stream, &a);
        struct figure f = measure(&rig, space, &skeleton, &a, 1);
        mean.images += f.images / cells;
        mean.share += f.share / cells;
        mean.gflops += f.gflops / cells;
    }
    char name[64];
    (void)snprintf(name, sizeof name, "mean of %d random cells", cells);
    print(name, mean);
    return 0;
}
