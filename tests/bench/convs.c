/* Convolutions alone: forward, data gradient and weight gradient of the shapes that matter, executed
 * GFLOP/s and share of the FMA peak measured beside it; with oneDNN's on the same shapes, batch and
 * thread count, if the build has it (its multiply-adds counted the same way).
 *
 *   bench_convs [batch (64)] */
#include "base/progress.h"
#include "evaluator/kernels/kernels.h"
#include "evaluator/peak.h"
#include "evaluator/profile.h"
#include "tests/bench/onednn.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 7, PARTS = 3 };

static const struct conv shapes[] = {
    {8, 16, 16, 8, 16, 16, 3, 1, 1, 1, 1},   {16, 8, 8, 16, 8, 8, 3, 1, 1, 1, 1},
    {32, 4, 4, 32, 4, 4, 3, 1, 1, 1, 1},     {16, 32, 32, 16, 32, 32, 3, 1, 1, 1, 1},
    {32, 16, 16, 32, 16, 16, 3, 1, 1, 1, 1}, {64, 8, 8, 64, 8, 8, 3, 1, 1, 1, 1},
    {8, 16, 16, 8, 16, 16, 1, 1, 0, 1, 1},   {16, 8, 8, 16, 8, 8, 1, 1, 0, 1, 1},
    {32, 4, 4, 32, 4, 4, 1, 1, 0, 1, 1},     {64, 8, 8, 64, 8, 8, 1, 1, 0, 1, 1},
    {3, 32, 32, 8, 16, 16, 3, 2, 1, 1, 1},   {8, 16, 16, 16, 8, 8, 3, 2, 1, 1, 1},
    {16, 8, 8, 32, 4, 4, 3, 2, 1, 1, 1},     {8, 16, 16, 8, 16, 16, 5, 1, 2, 1, 1},
    {16, 16, 16, 16, 16, 16, 3, 1, 1, 1, 16}};

static real *buffer(size_t n)
{
    real *data = aligned_alloc(64, (n * sizeof *data + 63) / 64 * 64);
    if (!data)
        exit(1);
    for (size_t i = 0; i < n; i++)
        data[i] = (real)((double)(i * 2654435761u % 1000) / 1000 - 0.5);
    return data;
}

struct ours {
    const struct kernels *kernels;
    struct conv conv;
    int blocks;
    real *x, *y, *w, *gx, *gw, *statistics;
};

static void run_ours(void *context, int part)
{
    struct ours *o = context;
    if (part == 0)
        o->kernels->conv_forward(&o->conv, o->blocks, o->x, o->w, o->y, o->statistics);
    else if (part == 1)
        o->kernels->conv_data(&o->conv, o->blocks, o->y, o->w, o->gx, false, NULL);
    else
        o->kernels->conv_weight(&o->conv, o->blocks, o->x, o->y, o->gw);
}

/* Seconds of one call, over about 20 ms. */
static double time_calls(void (*run)(void *, int), void *context, int part)
{
    run(context, part);
    int count = 0;
    double started = clock_thread_seconds(), taken;
    do {
        for (int i = 0; i < 4; i++)
            run(context, part);
        count += 4;
        taken = clock_thread_seconds() - started;
    } while (taken < 0.02);
    return taken / count;
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Median share of peak over rounds; *gflops is that round's. */
static double share(void (*run)(void *, int), void *context, int part, double flops, double *gflops)
{
    double shares[ROUNDS], rates[ROUNDS];
    for (int r = 0; r < ROUNDS; r++) {
        double peak = peak_gflops(0.005);
        rates[r] = 1e-9 * flops / time_calls(run, context, part);
        shares[r] = rates[r] / peak;
    }
    qsort(shares, ROUNDS, sizeof *shares, ascending);
    qsort(rates, ROUNDS, sizeof *rates, ascending);
    *gflops = rates[ROUNDS / 2];
    return shares[ROUNDS / 2];
}

static void measure(const struct conv *c, int batch)
{
    static const char *const parts[PARTS] = {"forward", "data", "weight"};
    size_t blocks = (size_t)batch / LANES;
    size_t nx = blocks * (size_t)c->in_channels * tensor_plane(c->in_rows, c->in_columns) * LANES;
    size_t ny =
        blocks * (size_t)c->out_channels * tensor_plane(c->out_rows, c->out_columns) * LANES;
    size_t nw = (size_t)(c->in_channels / c->groups * c->out_channels * c->kernel * c->kernel);
    struct ours ours = {
        kernels_find(NULL), *c,         (int)blocks,
        buffer(nx),         buffer(ny), buffer(nw),
        buffer(nx),         buffer(nw), buffer(2 * (size_t)c->out_channels * LANES)};
    struct onednn *peer = onednn_open(c, batch);
    double flops = 2 * conv_macs(c) * batch;
    (void)printf("%dx%d/%d %3d>%-3d %2dx%-2d groups %-2d", c->kernel, c->kernel, c->stride,
                 c->in_channels, c->out_channels, c->out_rows, c->out_columns, c->groups);
    for (int part = 0; part < PARTS; part++) {
        double rate, theirs = 0, mine = share(run_ours, &ours, part, flops, &rate);
        (void)printf("  %s %4.0f %3.0f %%", parts[part], rate, 100 * mine);
        if (peer) {
            (void)share(onednn_run, peer, part, flops, &theirs);
            (void)printf(" (%4.0f)", theirs);
        }
    }
    (void)printf("\n");
    onednn_close(peer);
    free(ours.x);
    free(ours.y);
    free(ours.w);
    free(ours.gx);
    free(ours.gw);
    free(ours.statistics);
}

int main(int argc, char **argv)
{
    int batch = argc > 1 ? atoi(argv[1]) : 64;
    if (batch < LANES || batch % LANES) {
        (void)fprintf(stderr, "bench_convs: the batch must be a multiple of %d\n", LANES);
        return 2;
    }
    (void)printf("kernels %s, batch %d, GFLOP/s and share of peak (%.0f GFLOP/s); in brackets %s\n",
                 kernels_find(NULL)->name, batch, peak_gflops(0.2), onednn_version());
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        measure(&shapes[i], batch);
    return 0;
}
