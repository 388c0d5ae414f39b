#include "methods/trial/audit_run.h"

#include "base/pool.h"
#include "base/progress.h"
#include "methods/trial/sweep.h"
#include "methods/trial/trial.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work;

/* The supernet of one seed, a pool task. */
struct job {
    struct work *work;
    uint64_t seed;
    struct supernet supernet;
    struct audit_scores *out;
    int status;
    struct error error;
};

struct work {
    const struct audit_run *run;
    struct job *job;       /* [seeds] */
    struct sweep sweep;
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

/* Scoring ---------------------------------------------------------------------------------------- */

static int scored(void *context, const struct sweep_task *task, struct error *error)
{
    struct job *job = context;
    (void)error;
    tell(job->work, task->classes, 1);
    return 0;
}

static int score_seed(struct work *work, struct job *job, struct error *error)
{
    struct audit_scores *out = job->out;
    sweep_restart(&work->sweep);
    int status =
        sweep_run(&work->sweep, &job->supernet, scored, job, &out->score_seconds, error);
    out->passes = work->sweep.classes;
    if (!status)
        sweep_scores(&work->sweep, out->score, &out->score_flops);
    return status;
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
    uint64_t tasks = 0;
    int status = sweep_open(&work->sweep, run->contest, &work->job[0].supernet.choices,
                            &run->scoring, NULL, 0, error);
    for (int i = 0; i < work->sweep.tasks; i++)
        tasks += work->sweep.task[i].classes;
    work->done = 0;
    progress_start(&work->progress, "audit: scoring", "networks", 0, tasks * (uint64_t)run->seeds,
                   run->quiet);
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
    sweep_close(&work.sweep);
    (void)pthread_mutex_destroy(&work.mutex);
    return root.status;
}

void audit_scores_free(struct audit_scores *scores)
{
    free(scores->score);
    *scores = (struct audit_scores){0};
}
