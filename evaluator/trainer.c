#include "evaluator/trainer.h"

#include "base/numeric.h"
#include "base/progress.h"
#include "base/random.h"
#include "evaluator/batch.h"
#include "evaluator/trainer_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int trainer_open(struct trainer **trainer, const struct protocol *protocol,
                 const struct dataset *dataset, struct error *error)
{
    const struct training *t = &protocol->training;
    struct trainer *self = calloc(1, sizeof *self);
    if (!self)
        return error_set(error, ERROR_MEMORY, "trainer: out of memory");
    self->protocol = protocol;
    self->dataset = dataset;
    int status = 0;
    self->kernels = kernels_find(NULL);
    if (!self->kernels) {
        status = error_set(error, ERROR_UNSUPPORTED,
                           "NASBED_KERNELS=%s: this machine has no such kernels",
                           getenv("NASBED_KERNELS"));
        goto out;
    }
    if (strcmp(t->dataset, dataset->name) != 0) {
        status = error_set(error, ERROR_MISMATCH, "protocol %s is about %s, the data is %s",
                           protocol->name, t->dataset, dataset->name);
        goto out;
    }
    if (t->test_images > dataset->test_count) {
        status = error_set(error, ERROR_ARGUMENT, "protocol %s: test_images = %d, %s has %d",
                           protocol->name, t->test_images, dataset->name, dataset->test_count);
        goto out;
    }
    self->split = calloc((size_t)(t->train_images + t->valid_images), sizeof *self->split);
    if (!self->split) {
        status = error_set(error, ERROR_MEMORY, "trainer: out of memory");
        goto out;
    }
    status =
        dataset_split(dataset, t->split_seed, t->train_images, t->valid_images, self->split, error);
out:
    if (status)
        trainer_close(self);
    else
        *trainer = self;
    return status;
}

void trainer_close(struct trainer *trainer)
{
    if (!trainer)
        return;
    free(trainer->split);
    free(trainer);
}

struct workspace *workspace_open(void)
{
    return calloc(1, sizeof(struct workspace));
}

void workspace_close(struct workspace *workspace)
{
    if (!workspace)
        return;
    free(workspace->arena);
    free(workspace->weights);
    free(workspace);
}

size_t workspace_bytes(const struct workspace *workspace)
{
    return (workspace->arena_size + workspace->weights_size) * sizeof(real);
}

/* Linear warm-up from 0 over a fraction of all steps, then half a cosine to 0 (Loshchilov and Hutter
 * 2017, one period). */
static double rate_at(const struct training *t, int64_t step, int64_t steps)
{
    double warm = t->warmup * (double)steps;
    if ((double)step < warm)
        return t->learning_rate * (double)(step + 1) / (warm + 1);
    double through = ((double)step - warm) / ((double)steps - warm);
    return t->learning_rate * 0.5 * (1.0 + numeric_cos(NUMERIC_PI * through));
}

void run_shuffle(struct run *run, uint32_t epoch)
{
    uint32_t n = (uint32_t)run->t->train_images;
    struct random_stream stream = random_stream(run->seed, RANDOM_SHUFFLE, epoch, 0);
    random_permutation(&stream, n, run->order);
    for (uint32_t i = 0; i < n; i++)
        run->order[i] = run->trainer->split[run->order[i]];
}

void run_step(struct run *run, double rate, struct loss *sum)
{
    const struct training *t = run->t;
    const struct trainer *trainer = run->trainer;
    int64_t per_epoch = t->train_images / t->batch;
    uint32_t epoch = (uint32_t)(run->step / per_epoch);
    uint32_t first = (uint32_t)(run->step % per_epoch) * (uint32_t)t->batch;
    if (first == 0)
        run_shuffle(run, epoch);
    int blocks = t->batch / LANES;
    batch_train(trainer->dataset, t, trainer->kernels, run->seed, epoch, first, run->order + first,
                blocks, run->staging, network_input(&run->network), run->labels);
    network_forward(&run->network, blocks, true);
    struct loss loss = network_loss(&run->network, run->labels, t->batch, t->label_smoothing, true);
    network_backward(&run->network);
    network_step(&run->network, rate, t->momentum, t->weight_decay, t->decay_all);
    sum->sum += loss.sum;
    sum->correct += loss.correct;
    run->step++;
}

void run_evaluate(struct run *run, bool test, int count, float *loss, float *accuracy)
{
    const struct trainer *trainer = run->trainer;
    struct loss sum = {0};
    for (int at = 0; at < count; at += run->t->batch) {
        int n = count - at < run->t->batch ? count - at : run->t->batch;
        batch_plain(trainer->dataset, trainer->kernels, test,
                    test ? NULL : trainer->split + run->t->train_images, (uint32_t)at, n,
                    network_input(&run->network), run->labels);
        network_forward(&run->network, (n + LANES - 1) / LANES, false);
        struct loss part = network_loss(&run->network, run->labels, n, 0, false);
        sum.sum += part.sum;
        sum.correct += part.correct;
    }
    *loss = (float)(sum.sum / count);
    *accuracy = (float)(100.0 * sum.correct / count);
}

enum initialisation training_initialisation(const struct training *t)
{
    return strcmp(t->initialisation, "uniform-fan-in") == 0 ? INITIALISE_FAN_IN
                                                            : INITIALISE_FAN_OUT;
}

void run_initialise(struct run *run)
{
    network_initialise(&run->network, training_initialisation(run->t), run->seed);
}

static struct digest weights_digest(const struct network *network)
{
    struct digest d = digest_bytes(network->weights, network->plan.weights * sizeof(real));
    return digest_chain(d, network->running, network->plan.running * sizeof(real));
}

static void train_points(struct run *run, int last, training_observer *observer, void *context,
                         struct training_result *result)
{
    const struct training *t = run->t;
    for (int point = 1; point <= last; point++) {
        struct training_point *p = &result->point[point - 1];
        struct loss sum = {0};
        int64_t from = run->step, to = protocol_step_of_point(t, point);
        while (run->step < to)
            run_step(run, rate_at(t, run->step, run->steps), &sum);
        double images = (double)(to - from) * t->batch;
        p->train_loss = (float)(sum.sum / images);
        p->train_accuracy = (float)(100.0 * sum.correct / images);
        run_evaluate(run, false, point < t->points ? t->valid_images_early : t->valid_images,
                     &p->valid_loss, &p->valid_accuracy);
        result->points = point;
        if (observer && observer(context, point, p))
            return;
    }
}

int run_open(struct run *run, const struct trainer *trainer, const struct graph *graph,
             uint64_t seed, struct workspace *workspace, struct error *error)
{
    const struct training *t = &trainer->protocol->training;
    *run = (struct run){.trainer = trainer, .t = t, .seed = seed, .steps = protocol_steps(t)};
    int status = network_open(&run->network, graph, t->batch / LANES, workspace, trainer->kernels,
                              t->batch_norm_momentum, t->batch_norm_epsilon, error);
    if (status)
        return status;
    run->order = malloc((size_t)t->train_images * sizeof *run->order);
    run->staging = malloc(batch_staging(trainer->dataset));
    run->labels = malloc((size_t)t->batch);
    if (run->order && run->staging && run->labels)
        return 0;
    run_close(run);
    return error_set(error, ERROR_MEMORY, "training: out of memory");
}

void run_close(struct run *run)
{
    free(run->order);
    free(run->staging);
    free(run->labels);
    network_close(&run->network);
}

int trainer_train(const struct trainer *trainer, const struct graph *graph, uint64_t seed, int last,
                  bool test, struct workspace *workspace, training_observer *observer,
                  void *context, struct training_result *result, struct error *error)
{
    const struct training *t = &trainer->protocol->training;
    double started = clock_thread_seconds();
    struct run run;
    memset(result, 0, sizeof *result);
    result->test_loss = result->test_accuracy = NAN;
    if (last < 1 || last > t->points || (test && last != t->points))
        return error_set(error, ERROR_ARGUMENT, "point %d: must be from 1 to %d%s", last, t->points,
                         test ? " (and the last one for a test)" : "");
    int status = run_open(&run, trainer, graph, seed, workspace, error);
    if (status)
        return status;
    run_initialise(&run);
    train_points(&run, last, observer, context, result);
    if (test && result->points == t->points)
        run_evaluate(&run, true, t->test_images, &result->test_loss, &result->test_accuracy);
    result->weights = weights_digest(&run.network);
    result->seconds = clock_thread_seconds() - started;
    run_close(&run);
    return 0;
}
