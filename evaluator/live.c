#include "evaluator/live.h"

#include "base/numeric.h"
#include "base/progress.h"
#include "evaluator/batch.h"
#include "evaluator/trainer_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double live_rate(const struct live_course *course, int64_t step)
{
    double through = (double)step / (double)course->steps;
    return course->to + (course->from - course->to) * 0.5 * (1 + numeric_cos(NUMERIC_PI * through));
}

int live_begin(struct snapshot *network, const struct trainer *trainer, const struct graph *graph,
               uint64_t seed, struct workspace *workspace, struct error *error)
{
    struct run run;
    int status = snapshot_init(network, graph, error);
    if (status)
        return status;
    status = run_open(&run, trainer, graph, seed, workspace, error);
    if (status) {
        snapshot_free(network);
        return status;
    }
    run_initialise(&run);
    snapshot_take(network, &run.network);
    run_close(&run);
    return 0;
}

/* Where the training of a network stands: its next batch. */
static void resume(struct run *run, const struct snapshot *network)
{
    int64_t per_epoch = run->t->train_images / run->t->batch;
    run->step = network->steps;
    run_shuffle(run, (uint32_t)(run->step / per_epoch));
}

static void train(struct run *run, const struct live_course *course, struct live_result *result)
{
    struct loss sum = {0};
    double images = (double)course->steps * run->t->batch;
    for (int64_t s = 0; s < course->steps; s++)
        run_step(run, live_rate(course, s), &sum);
    result->train_loss = course->steps ? (float)(sum.sum / images) : nanf("");
    result->train_accuracy = course->steps ? (float)(100.0 * sum.correct / images) : nanf("");
}

int live_train(struct snapshot *network, const struct trainer *trainer, const struct graph *graph,
               const struct live_course *course, struct workspace *workspace,
               struct live_result *result, struct error *error)
{
    struct run run;
    double started = clock_thread_seconds();
    int status = run_open(&run, trainer, graph, network->seed, workspace, error);
    if (status)
        return status;
    snapshot_put(network, &run.network);
    if (course->restart)
        memset(run.network.moment, 0, run.network.plan.weights * sizeof(real));
    resume(&run, network);
    train(&run, course, result);
    run_evaluate(&run, false, course->valid_images, &result->valid_loss, &result->valid_accuracy);
    snapshot_take(network, &run.network);
    result->seconds = clock_thread_seconds() - started;
    run_close(&run);
    return 0;
}

/* What a network's next step reads, in memory that no workspace has: 64-byte aligned, freed with
 * free(). NULL: out of memory. */
static real *next_batch(const struct snapshot *network, const struct trainer *trainer)
{
    const struct training *t = &trainer->protocol->training;
    const struct dataset *d = trainer->dataset;
    int64_t per_epoch = t->train_images / t->batch;
    uint32_t epoch = (uint32_t)(network->steps / per_epoch);
    uint32_t first = (uint32_t)(network->steps % per_epoch) * (uint32_t)t->batch;
    size_t reals = (size_t)t->batch * (size_t)d->channels * tensor_plane(d->rows, d->columns);
    real *images = aligned_alloc(64, reals * sizeof *images);
    struct run run = {.trainer = trainer,
                      .t = t,
                      .seed = network->seed,
                      .order = malloc((size_t)t->train_images * sizeof *run.order),
                      .staging = malloc(batch_staging(d)),
                      .labels = malloc((size_t)t->batch)};
    if (images && run.order && run.staging && run.labels) {
        run_shuffle(&run, epoch);
        batch_train(d, t, trainer->kernels, run.seed, epoch, first, run.order + first,
                    t->batch / LANES, run.staging, images, run.labels);
    } else {
        free(images);
        images = NULL;
    }
    free(run.order);
    free(run.staging);
    free(run.labels);
    return images;
}

int live_transform(struct snapshot *child, const struct snapshot *parent,
                   const struct trainer *trainer, const struct space_move *move,
                   const struct graph *to, const struct morphism *morphism,
                   struct workspace *workspace, struct random_stream *stream, struct error *error)
{
    const struct training *t = &trainer->protocol->training;
    real *images = NULL;
    if (morphism_passes(morphism, move->kind) && !(images = next_batch(parent, trainer)))
        return error_set(error, ERROR_MEMORY, "images for the statistics: out of memory");
    struct morphism_site site = {.workspace = workspace,
                                 .kernels = trainer->kernels,
                                 .epsilon = t->batch_norm_epsilon,
                                 .images = images,
                                 .blocks = t->batch / LANES};
    int status = morphism_apply(child, parent, move, to, morphism, &site, stream, error);
    free(images);
    return status;
}
