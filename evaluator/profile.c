#include "evaluator/profile.h"

#include "base/progress.h"
#include "base/random.h"
#include "evaluator/batch.h"
#include "evaluator/peak.h"

#include <stdio.h>
#include <stdlib.h>

/* Taps of all output positions along one side that lie inside the image. */
static double taps_inside(int out, int in, const struct conv *c)
{
    double n = 0;
    for (int o = 0; o < out; o++)
        for (int k = 0; k < c->kernel; k++) {
            int at = o * c->stride + k * c->dilation - c->padding;
            n += at >= 0 && at < in;
        }
    return n;
}

double conv_macs(const struct conv *conv)
{
    return taps_inside(conv->out_rows, conv->in_rows, conv) *
           taps_inside(conv->out_columns, conv->in_columns, conv) * conv->in_channels *
           conv->out_channels / conv->groups;
}

double step_macs(const struct plan *plan, int step, enum time_part part)
{
    const struct step *s = &plan->step[step];
    bool works = (s->kind == STEP_CONV || s->kind == STEP_LINEAR) && s->input >= 0;
    if (!works || (part == TIME_DATA && s->input == plan->step[0].output))
        return 0;
    return conv_macs(&s->conv);
}

double plan_macs(const struct plan *plan)
{
    double sum = 0;
    for (int i = 0; i < plan->steps; i++)
        for (int part = 0; part < TIME_PARTS; part++)
            sum += step_macs(plan, i, (enum time_part)part);
    return sum;
}

/* Seconds outside the network's steps. */
struct outside {
    double data, loss, optimiser;
};

struct rig {
    const struct dataset *dataset;
    const struct training *training;
    struct network network;
    uint32_t *order;
    uint8_t *staging, *labels;
};

static void train(struct rig *rig, int batches, struct outside *outside)
{
    struct network *n = &rig->network;
    const int batch = rig->training->batch, blocks = batch / LANES;
    for (int i = 0; i < batches; i++) {
        double start = clock_seconds();
        uint32_t first = (uint32_t)(i * batch % (rig->dataset->train_count - batch));
        batch_train(rig->dataset, rig->training, n->kernels, 1, 0, first, rig->order + first,
                    blocks, rig->staging, network_input(n), rig->labels);
        double packed = clock_seconds();
        network_forward(n, blocks, true);
        double forward = clock_seconds();
        (void)network_loss(n, rig->labels, batch, rig->training->label_smoothing, true);
        double loss = clock_seconds();
        network_backward(n);
        double backward = clock_seconds();
        network_step(n, 0.01, rig->training->momentum, rig->training->weight_decay,
                     rig->training->decay_all);
        outside->data += packed - start;
        outside->loss += loss - forward;
        outside->optimiser += clock_seconds() - backward;
    }
}

static const char *kind_name(enum step_kind kind)
{
    static const char *const names[] = {
        [STEP_INPUT] = "input",       [STEP_CONV] = "conv",
        [STEP_COMBINE] = "combine",   [STEP_AVG_POOL] = "avg_pool",
        [STEP_MAX_POOL] = "max_pool", [STEP_GLOBAL_POOL] = "global_pool",
        [STEP_CONCAT] = "concat",     [STEP_DROP] = "drop",
        [STEP_LINEAR] = "linear"};
    return names[kind];
}

static void print_part(const struct plan *p, int step, enum time_part part, double seconds,
                       double images, double peak, struct text *out)
{
    double gflops = seconds > 0 ? 2e-9 * step_macs(p, step, part) * images / seconds : 0;
    if (gflops > 0)
        text_append(out, "  %8.3f %6.0f %4.0f %%", 1e3 * seconds, gflops, 100 * gflops / peak);
    else
        text_append(out, "  %8.3f %6s %6s", 1e3 * seconds, "", "");
}

static void print_step(const struct plan *p, int i, const struct step_time *time, int batches,
                       double peak, struct text *out)
{
    const struct step *s = &p->step[i];
    const struct tensor *t = &p->tensor[step_tensor(s)];
    char shape[48] = "";
    if (s->kind == STEP_CONV)
        (void)snprintf(shape, sizeof shape, "%dx%d/%d %d>%d", s->conv.kernel, s->conv.kernel,
                       s->conv.stride, s->conv.in_channels, s->conv.out_channels);
    else if (s->kind == STEP_COMBINE)
        (void)snprintf(shape, sizeof shape, "%d terms%s%s", s->terms, s->normed ? ", norm" : "",
                       s->rectified >= 0 ? ", relu" : "");
    text_append(out, "%4d %-11s %-20s %4d x %5zu", i, kind_name(s->kind), shape, t->channels,
                t->pixels);
    for (int part = 0; part < TIME_PARTS; part++)
        print_part(p, i, (enum time_part)part, time->seconds[part] / batches, p->blocks * LANES,
                   peak, out);
    text_append(out, "\n");
}

static void print_sums(const struct rig *rig, const struct workspace *workspace,
                       const struct outside *outside, int batches, double seconds, double peak,
                       struct text *out)
{
    const struct plan *p = &rig->network.plan;
    double images = (double)batches * rig->training->batch;
    double gflops = 2e-9 * plan_macs(p) * images / seconds;
    size_t held = (workspace->arena_size + workspace->weights_size) * sizeof(real) +
                  (size_t)rig->dataset->train_count * sizeof *rig->order +
                  batch_staging(rig->dataset);
    text_append(out,
                "\ndata %.1f %%, loss %.1f %%, optimiser %.1f %% of a step\n"
                "%.0f images/s, %.1f GFLOP/s, %.1f %% of the FMA peak (%.0f GFLOP/s, kernels %s)\n"
                "memory: %.1f MiB arena (%.1f without sharing), %.2f MiB weights, %.1f MiB in all "
                "beyond the data set\n",
                100 * outside->data / seconds, 100 * outside->loss / seconds,
                100 * outside->optimiser / seconds, images / seconds, gflops, 100 * gflops / peak,
                peak, rig->network.kernels->name, (double)(p->arena * sizeof(real)) / 0x1p20,
                (double)(p->unshared * sizeof(real)) / 0x1p20,
                (double)((3 * p->weights + p->running) * sizeof(real)) / 0x1p20,
                (double)held / 0x1p20);
}

int profile_network(const struct dataset *dataset, const struct training *training,
                    const struct graph *graph, int batches, struct workspace *workspace,
                    struct text *out, struct error *error)
{
    struct rig rig = {.dataset = dataset, .training = training};
    struct outside outside = {0};
    const struct kernels *kernels = kernels_find(NULL);
    if (!kernels)
        return error_set(error, ERROR_UNSUPPORTED, "this machine has no such kernels");
    int status = network_open(&rig.network, graph, training->batch / LANES, workspace, kernels,
                              training->batch_norm_momentum, training->batch_norm_epsilon, error);
    if (status)
        return status;
    const struct plan *p = &rig.network.plan;
    struct step_time *times = calloc((size_t)p->steps, sizeof *times);
    rig.order = calloc((size_t)dataset->train_count, sizeof *rig.order);
    rig.staging = malloc(batch_staging(dataset));
    rig.labels = malloc((size_t)training->batch);
    if (!times || !rig.order || !rig.staging || !rig.labels) {
        status = error_set(error, ERROR_MEMORY, "profile: out of memory");
        goto out;
    }
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    random_permutation(&stream, (uint32_t)dataset->train_count, rig.order);
    network_initialise(&rig.network, INITIALISE_FAN_OUT, 1);
    train(&rig, batches / 10 + 1, &outside); /* caches and pages */
    outside = (struct outside){0};
    rig.network.times = times;
    double peak = peak_gflops(0.1), started = clock_seconds();
    train(&rig, batches, &outside);
    double seconds = clock_seconds() - started;
    text_append(out, "%4s %-11s %-20s %12s  %-22s  %-22s  %s\n", "step", "", "", "output",
                "forward ms  GFLOP/s", "data gradient", "weights, norm sums");
    for (int i = 0; i < p->steps; i++)
        print_step(p, i, &times[i], batches, peak, out);
    print_sums(&rig, workspace, &outside, batches, seconds, peak, out);
out:
    free(times);
    free(rig.order);
    free(rig.staging);
    free(rig.labels);
    network_close(&rig.network);
    return status;
}
