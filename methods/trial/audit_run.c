#include "methods/trial/audit_run.h"

#include "base/pool.h"
#include "base/progress.h"
#include "evaluator/trainer_parts.h"
#include "methods/trial/trial.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work;

/* A class of architectures that run the same operations with the same weights. */
struct member {
    struct digest digest;
    uint32_t index;
};

/* The supernet of one seed, a pool task. */
struct job {
    struct work *work;
    uint64_t seed;
    struct supernet supernet;
    struct audit_scores *out;
    int status;
    struct error error;
};

/* One class under one supernet, a pool task. */
struct pass {
    struct job *job;
    uint32_t first, count; /* of work->member */
    double seconds;
    struct supernet_score score;
    int status;
    struct error error;
};

struct work {
    const struct audit_run *run;
    struct job *job;       /* [seeds] */
    struct member *member; /* [count] sorted by digest, then index */
    uint32_t classes;
    struct pass *pass;     /* [classes], of the seed at hand */
    pthread_mutex_t mutex; /* guards what follows */
    struct progress progress;
    uint64_t done;
};

static void tell(struct work *work, uint64_t amount, uint64_t unit)
{
    (void)pthread_mutex_lock(&work->mutex);
    work->done += amount;
    progress_update(&work->progress, work->done / unit);
    (void)pthread_mutex_unlock(&work->mutex);
}

/* Training -------------------------------------------------------------------------------------- */

static void observe(void *context, uint64_t charge)
{
    struct job *job = context;
    job->out->train_flops += charge;
    tell(job->work, charge, job->work->run->contest->unit_flops);
}

static void train(void *argument, int worker)
{
    struct job *job = argument;
    const struct audit_run *run = job->work->run;
    const struct contest *contest = run->contest;
    struct text trace = {0};
    struct trial_times times = {0};
    (void)worker;
    if (run->untrained)
        job->status = supernet_open(&job->supernet, contest->space, contest->live->skeleton,
                                    contest->training, job->seed, &job->error);
    else
        job->status = trial_train(contest, run->settings, job->seed, observe, job, &job->supernet,
                                  &trace, &times, &job->error);
    if (job->status)
        (void)error_context(&job->error, "seed %" PRIu64, job->seed);
    job->out->train_seconds = times.own + times.train;
    text_free(&trace);
}

/* Classes ---------------------------------------------------------------------------------------- */

static int by_digest(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->digest.high != y->digest.high)
        return x->digest.high < y->digest.high ? -1 : 1;
    if (x->digest.low != y->digest.low)
        return x->digest.low < y->digest.low ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static bool same_class(const struct member *a, const struct member *b)
{
    return a->digest.high == b->digest.high && a->digest.low == b->digest.low;
}

static void path_of(const struct job *job, uint32_t index, struct choice_program *path)
{
    const struct space *space = job->work->run->contest->space;
    struct architecture a;
    space->from_index(index, &a);
    choice_path(&job->supernet.choices, space, &a, path);
}

/* What shared weights make equal differs in dead edges alone: those of one class are run once. */
static int find_classes(struct work *work, struct error *error)
{
    uint32_t count = (uint32_t)work->run->contest->space->count;
    const struct job *job = &work->job[0];
    for (uint32_t i = 0; i < count; i++) {
        struct choice_program path;
        struct graph graph = {0};
        path_of(job, i, &path);
        int status = choice_select(&job->supernet.choices, &path, &graph, error);
        if (!status)
            work->member[i] = (struct member){choice_digest(&graph), i};
        graph_free(&graph);
        if (status)
            return status;
    }
    qsort(work->member, count, sizeof *work->member, by_digest);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || !same_class(&work->member[i - 1], &work->member[i]))
            work->pass[work->classes++] = (struct pass){.first = i};
        work->pass[work->classes - 1].count++;
    }
    return 0;
}

/* Scoring ---------------------------------------------------------------------------------------- */

static void score(void *argument, int worker)
{
    struct pass *pass = argument;
    const struct job *job = pass->job;
    const struct audit_run *run = job->work->run;
    struct choice_program path;
    double started = clock_thread_seconds();
    path_of(job, job->work->member[pass->first].index, &path);
    pass->status = supernet_evaluate(&job->supernet, &path, run->contest->live->trainer, &run->scoring,
                                     run->contest->live->workspace[worker], &pass->score, &pass->error);
    pass->seconds = clock_thread_seconds() - started;
    tell(job->work, 1, 1);
}

static int score_seed(struct work *work, struct job *job, struct error *error)
{
    struct audit_scores *out = job->out;
    uint64_t images =
        (uint64_t)(work->run->scoring.images + work->run->scoring.recalibrate * SUPERNET_BATCH);
    for (uint32_t i = 0; i < work->classes; i++) {
        work->pass[i].job = job;
        pool_submit(score, &work->pass[i]);
    }
    pool_wait();
    out->passes = work->classes;
    for (uint32_t i = 0; i < work->classes; i++) {
        const struct pass *pass = &work->pass[i];
        if (pass->status) {
            *error = pass->error;
            return pass->status;
        }
        out->score_flops += 2 * pass->score.macs * images;
        out->score_seconds += pass->seconds;
        for (uint32_t k = 0; k < pass->count; k++)
            out->score[work->member[pass->first + k].index] = pass->score.accuracy;
    }
    return 0;
}

/* The whole -------------------------------------------------------------------------------------- */

struct root {
    struct work *work;
    int status;
    struct error *error;
};

static void train_all(struct work *work)
{
    const struct audit_run *run = work->run;
    double total = run->untrained ? 0 : run->contest->budget * run->seeds;
    progress_start(&work->progress, "audit: training", "full trainings", 0, (uint64_t)total,
                   run->quiet || run->untrained);
    for (int i = 0; i < run->seeds; i++)
        pool_submit(train, &work->job[i]);
    pool_wait();
    progress_end(&work->progress);
}

static int score_seeds(struct work *work, struct error *error)
{
    const struct audit_run *run = work->run;
    int status = find_classes(work, error);
    work->done = 0;
    progress_start(&work->progress, "audit: scoring", "networks", 0,
                   (uint64_t)work->classes * (uint64_t)run->seeds, run->quiet);
    for (int i = 0; i < run->seeds && !status; i++)
        status = score_seed(work, &work->job[i], error);
    progress_end(&work->progress);
    return status;
}

static void run_all(void *argument)
{
    struct root *root = argument;
    struct work *work = root->work;
    train_all(work);
    for (int i = 0; i < work->run->seeds && !root->status; i++)
        if ((root->status = work->job[i].status))
            *root->error = work->job[i].error;
    if (!root->status)
        root->status = score_seeds(work, root->error);
}

static int open_work(struct work *work, struct audit_scores *out, struct error *error)
{
    size_t count = (size_t)work->run->contest->space->count, seeds = (size_t)work->run->seeds;
    bool held = (work->job = calloc(seeds, sizeof *work->job)) != NULL;
    held = (work->member = calloc(count, sizeof *work->member)) && held;
    held = (work->pass = calloc(count, sizeof *work->pass)) && held;
    for (size_t i = 0; i < seeds; i++) {
        out[i] = (struct audit_scores){.score = calloc(count, sizeof *out[i].score)};
        held = held && out[i].score;
    }
    for (size_t i = 0; i < seeds && held; i++)
        work->job[i] =
            (struct job){.work = work, .seed = work->run->first_seed + i, .out = &out[i]};
    return held ? 0 : error_set(error, ERROR_MEMORY, "audit: out of memory");
}

int audit_run(const struct audit_run *run, struct audit_scores *out, struct error *error)
{
    struct work work = {.run = run};
    (void)pthread_mutex_init(&work.mutex, NULL);
    struct root root = {.work = &work, .error = error};
    root.status = open_work(&work, out, error);
    if (!root.status)
        pool_run(run->threads, run_all, &root);
    for (int i = 0; work.job && i < run->seeds; i++)
        supernet_close(&work.job[i].supernet);
    free(work.job);
    free(work.member);
    free(work.pass);
    (void)pthread_mutex_destroy(&work.mutex);
    return root.status;
}

void audit_scores_free(struct audit_scores *scores)
{
    free(scores->score);
    *scores = (struct audit_scores){0};
}
