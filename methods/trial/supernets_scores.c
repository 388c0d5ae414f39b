/* Architectures scored with the weights of a trial's supernets. */
#include "methods/trial/supernets_parts.h"

#include "base/pool.h"
#include "base/progress.h"
#include "evaluator/trainer_parts.h"

#include <stdlib.h>
#include <string.h>

/* One architecture to score, a pool task. */
struct scoring {
    const struct contest *contest;
    const struct supernet *supernet;
    const struct supernet_scoring *how;
    struct choice_program path;
    struct supernet_score score;
    double seconds;
    struct error error;
};

static void score_one(void *argument, int worker)
{
    struct scoring *s = argument;
    double started = clock_thread_seconds();
    s->error.code = ERROR_NONE;
    (void)supernet_evaluate(s->supernet, &s->path, s->contest->live->trainer, s->how,
                            s->contest->live->workspace[worker], &s->score, &s->error);
    s->seconds = clock_thread_seconds() - started;
}

static enum nasbed_status plan_scores(struct trial *trial, const struct trial_supernet *net,
                                      const struct nasbed_architecture *architectures, size_t n,
                                      const struct supernet_scoring *how, struct scoring *scorings,
                                      uint64_t *flops)
{
    const struct contest *contest = trial->contest;
    for (size_t i = 0; i < n; i++) {
        struct architecture a = trial_inward(&architectures[i]);
        if (!architecture_valid(contest->space, &a))
            return trial_misused(trial, "scores what is no architecture of the space");
        scorings[i] = (struct scoring){.contest = contest, .supernet = &net->supernet, .how = how};
        choice_path(&net->supernet.choices, contest->space, &a, &scorings[i].path);
        uint64_t macs =
            contest->isomorphs->train_macs[contest->isomorphs->class_of[contest->space->index(&a)]];
        *flops += 2 * macs * (uint64_t)(how->images + how->recalibrate * SUPERNET_BATCH);
    }
    return NASBED_DONE;
}

/* One path on the next batch of the validation split: here, since that comes in turn. */
static void score_next(struct trial_supernet *net, struct scoring *s)
{
    const struct contest *contest = s->contest;
    const struct training *t = contest->training;
    struct supernet_pass pass;
    double started = clock_thread_seconds();
    s->error.code = ERROR_NONE;
    if (supernet_pass_open(&pass, &net->supernet, &s->path, t->batch / LANES,
                           contest->live->workspace[pool_worker()], contest->live->trainer->kernels,
                           &s->error))
        return;
    feed_load(&net->feed, FEED_VALIDATION, network_input(&pass.network));
    feed_next(&net->feed, FEED_VALIDATION);
    network_forward(&pass.network, t->batch / LANES, true);
    struct loss loss = network_loss(&pass.network, net->feed.labels, t->batch, 0, false);
    s->score = (struct supernet_score){.loss = loss.sum / t->batch,
                                       .accuracy = 100.0 * loss.correct / t->batch,
                                       .macs = pass.macs};
    supernet_pass_close(&pass);
    s->seconds = clock_thread_seconds() - started;
}

static enum nasbed_status score_all(struct trial *trial, struct trial_supernet *net, bool next,
                                    struct scoring *scorings, size_t n, double *accuracy,
                                    double *loss)
{
    for (size_t i = 0; i < n; i++) {
        if (next)
            score_next(net, &scorings[i]);
        else
            pool_submit(score_one, &scorings[i]);
    }
    pool_wait();
    *loss = 0;
    for (size_t i = 0; i < n; i++) {
        if (scorings[i].error.code)
            return supernets_fail(trial, &scorings[i].error);
        accuracy[i] = scorings[i].score.accuracy;
        *loss += scorings[i].score.loss;
        trial->times.train += scorings[i].seconds;
    }
    return NASBED_DONE;
}

/* All at once, for the trace; `loss`: their sum. */
static void tally(struct trial *trial, uint64_t flops, double loss, const double *accuracy,
                  size_t n)
{
    struct step_tally more = {.count = n, .charge = flops, .loss = loss};
    for (size_t i = 0; i < n; i++)
        more.accuracy += accuracy[i];
    trace_writer_steps(&trial->trace, TALLY_SCORE, &more);
}

/* The same from memory, and into it: the sum of losses, then the accuracies. */
static enum nasbed_status recall_scores(struct trial *trial, struct memory_request request,
                                        size_t n, double *accuracy)
{
    uint64_t flops;
    const double *numbers;
    enum nasbed_status status = supernets_recall(trial, request, n + 1, &flops, &numbers);
    if (status != NASBED_DONE)
        return status;
    for (size_t i = 0; i < n; i++)
        accuracy[i] = numbers[1 + i];
    tally(trial, flops, numbers[0], accuracy, n);
    return status;
}

static enum nasbed_status remember_scores(struct trial *trial, struct memory_request request,
                                          enum nasbed_status status, uint64_t flops, double loss,
                                          const double *accuracy, size_t n)
{
    double *numbers = calloc(n + 1, sizeof *numbers);
    if (!numbers)
        return trial_misused(trial, "answers: out of memory");
    numbers[0] = loss;
    if (status == NASBED_DONE)
        memcpy(numbers + 1, accuracy, n * sizeof *numbers);
    status = supernets_remember(trial, request, status, flops, numbers, n + 1);
    free(numbers);
    return status;
}

static enum nasbed_status compute_scores(struct trial *trial, struct trial_supernet *net,
                                         const struct nasbed_architecture *architectures, size_t n,
                                         const struct supernet_scoring *how, bool next,
                                         double *accuracy)
{
    uint64_t flops = 0;
    double loss = 0;
    struct scoring *scorings = calloc(n ? n : 1, sizeof *scorings);
    enum nasbed_status status =
        scorings ? supernets_restore(trial, net) : trial_misused(trial, "scores: out of memory");
    if (status == NASBED_DONE)
        status = plan_scores(trial, net, architectures, n, how, scorings, &flops);
    if (status == NASBED_DONE)
        status = supernets_charge(trial, TALLY_SCORE, flops);
    if (status == NASBED_DONE)
        status = score_all(trial, net, next, scorings, n, accuracy, &loss);
    if (status == NASBED_DONE)
        tally(trial, flops, loss, accuracy, n);
    free(scorings);
    if (!trial->memory)
        return status;
    return remember_scores(trial, supernets_request_scores(trial, architectures, n, how, next),
                           status, flops, loss, accuracy, n);
}

/* Images that are scored where so many are asked for, at least one batch; 0: all. */
static int whole_batches(const struct trial *trial, int images)
{
    int most = trial->contest->training->valid_images;
    if (images <= 0 || images > most)
        images = most;
    return images < SUPERNET_BATCH ? SUPERNET_BATCH : images / SUPERNET_BATCH * SUPERNET_BATCH;
}

enum nasbed_status trial_supernet_score(struct nasbed_trial *face, int supernet,
                                        const struct nasbed_architecture *architectures, size_t n,
                                        const struct nasbed_scoring *scoring, double *accuracy)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = supernets_find(trial, supernet);
    struct supernet_scoring how = {.images = whole_batches(trial, scoring->images),
                                   .recalibrate = scoring->recalibrate};
    if (scoring->next) /* what it is charged for */
        how = (struct supernet_scoring){.images = trial->contest->training->batch};
    if (!net)
        return NASBED_FAILED;
    trial_pause(trial);
    enum nasbed_status status =
        memory_replays(trial->memory)
            ? recall_scores(trial,
                            supernets_request_scores(trial, architectures, n, &how, scoring->next),
                            n, accuracy)
            : compute_scores(trial, net, architectures, n, &how, scoring->next, accuracy);
    trial_resume(trial);
    return status;
}
