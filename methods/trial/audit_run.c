#include "methods/trial/audit_run.h"

#include "base/pool.h"
#include "base/progress.h"
#include "base/random.h"
#include "methods/trial/audit_state.h"
#include "methods/trial/sweep.h"
#include "methods/trial/trial.h"

#include <inttypes.h>
#include <math.h>
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
    struct audit_state state;
    struct memory memory;
    struct audit_scores *out;
    double started; /* thread clock at the beginning of the training */
    int status;
    struct error error;
};

struct work {
    const struct audit_run *run;
    struct job *job;    /* [seeds] */
    struct sweep sweep; /* of all architectures */
    struct sweep fixed; /* of the fixed ones */
    uint32_t index[AUDIT_FIXED];
    pthread_mutex_t
        mutex; /* guards what follows, files too: HDF5 is called by one thread at a time */
    struct progress progress;
    uint64_t done;
};

int audit_milestone(int i)
{
    static const int percent[AUDIT_MILESTONES + 1] = {10, 25, 50, 100};
    return percent[i];
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

int audit_fixed(const struct space *space, uint32_t index[AUDIT_FIXED])
{
    uint32_t count = (uint32_t)space->count, n = count < AUDIT_FIXED ? count : AUDIT_FIXED;
    struct random_stream stream = random_stream(0, RANDOM_SAMPLE, 0, 0);
    uint32_t *order = calloc(count, sizeof *order);
    if (!order)
        return -1;
    random_permutation(&stream, count, order);
    memcpy(index, order, n * sizeof *index);
    qsort(index, n, sizeof *index, ascending);
    free(order);
    return (int)n;
}

static void tell(struct work *work, uint64_t amount, uint64_t unit)
{
    (void)pthread_mutex_lock(&work->mutex);
    work->done += amount;
    progress_update(&work->progress, work->done / unit);
    (void)pthread_mutex_unlock(&work->mutex);
}

static int save(struct job *job, struct error *error)
{
    (void)pthread_mutex_lock(&job->work->mutex);
    int status = audit_state_save(&job->state, error);
    (void)pthread_mutex_unlock(&job->work->mutex);
    return status;
}

/* Training -------------------------------------------------------------------------------------- */

static void observe(void *context, uint64_t charge)
{
    struct job *job = context;
    job->out->train_flops += charge;
    tell(job->work, charge, job->work->run->contest->unit_flops);
}

/* What a killed training goes on from. */
static int keep(struct job *job, const struct supernet *supernet, const struct feed *feed,
                struct error *error)
{
    struct audit_state *state = &job->state;
    double now = clock_thread_seconds();
    audit_state_take(state, supernet);
    memcpy(state->step, feed->step, sizeof state->step);
    state->train_flops = job->out->train_flops;
    state->train_seconds += now - job->started;
    job->started = now;
    state->answer = job->memory.answer;
    state->answers = job->memory.n;
    int status = save(job, error);
    state->answer = NULL; /* the memory's */
    return status;
}

/* After a step: milestones of the budget, and the ends of epochs. */
static int stepped(void *context, const struct supernet *supernet, const struct feed *feed,
                   struct error *error)
{
    struct job *job = context;
    const struct contest *contest = job->work->run->contest;
    const struct training *t = contest->training;
    struct audit_state *state = &job->state;
    double percent = 100.0 * (double)job->out->train_flops / (double)contest->budget_flops;
    while (state->milestones < AUDIT_MILESTONES && percent >= audit_milestone(state->milestones))
        audit_state_milestone(state, supernet, job->out->train_flops);
    bool epoch = feed->step[FEED_TRAINING] % (t->train_images / t->batch) == 0;
    return epoch && state->path && !job->memory.aside ? keep(job, supernet, feed, error) : 0;
}

/* The method runs, and is given again what it was answered before. */
static int train_on(struct job *job, struct error *error)
{
    const struct audit_run *run = job->work->run;
    struct audit_state *state = &job->state;
    struct text trace = {0};
    struct trial_times times = {0};
    job->memory = (struct memory){.answer = state->answer,
                                  .n = state->answers,
                                  .capacity = state->answers,
                                  .resumed = state->answers,
                                  .value = state->value,
                                  .moment = state->moment,
                                  .size = state->size,
                                  .observer = stepped,
                                  .context = job};
    memcpy(job->memory.step, state->step, sizeof state->step);
    state->answer = NULL;
    int status = trial_train(run->contest, run->settings, job->seed, observe, job, &job->memory,
                             &job->supernet, &trace, &times, error);
    if (status && memory_replays(&job->memory) && state->path)
        (void)error_context(error, "saved supernet %s", state->path);
    memory_free(&job->memory);
    text_free(&trace);
    state->answers = 0;
    return status;
}

static int open_untrained(struct job *job, struct error *error)
{
    const struct contest *contest = job->work->run->contest;
    return supernet_open(&job->supernet, contest->space, contest->live->skeleton, contest->training,
                         job->seed, error);
}

static int train_job(struct job *job, struct error *error)
{
    struct audit_state *state = &job->state;
    bool before = state->trained;
    int status =
        before || job->work->run->untrained ? open_untrained(job, error) : train_on(job, error);
    if (status)
        return status;
    if (before) {
        audit_state_give(state, state->value, &job->supernet);
        job->out->train_flops = state->train_flops;
        tell(job->work, state->train_flops, job->work->run->contest->unit_flops);
        return 0;
    }
    audit_state_take(state, &job->supernet);
    state->trained = true;
    state->train_flops = job->out->train_flops;
    state->train_seconds += clock_thread_seconds() - job->started;
    return save(job, error);
}

static void train(void *argument, int worker)
{
    struct job *job = argument;
    (void)worker;
    job->started = clock_thread_seconds();
    job->status = train_job(job, &job->error);
    if (job->status)
        (void)error_context(&job->error, "seed %" PRIu64, job->seed);
    job->out->train_seconds = job->state.train_seconds;
}

/* Scoring ---------------------------------------------------------------------------------------- */

static int scored(void *context, const struct sweep_task *task, struct error *error)
{
    struct job *job = context;
    struct work *work = job->work;
    (void)pthread_mutex_lock(&work->mutex);
    audit_state_task(&job->state, &work->sweep, task);
    int status = audit_state_save(&job->state, error);
    (void)pthread_mutex_unlock(&work->mutex);
    tell(work, task->classes, 1);
    return status;
}

/* All architectures, as far as that was not done before. */
static int score_all(struct work *work, struct job *job, struct error *error)
{
    struct audit_scores *out = job->out;
    double seconds;
    audit_state_resume(&job->state, &work->sweep);
    for (int i = 0; i < work->sweep.tasks; i++)
        if (work->sweep.task[i].done)
            tell(work, work->sweep.task[i].classes, 1);
    int status = sweep_run(&work->sweep, &job->supernet, scored, job, &seconds, error);
    job->state.score_seconds += seconds;
    out->passes = work->sweep.classes;
    if (!status)
        sweep_scores(&work->sweep, out->score, &out->score_flops);
    return status;
}

/* The fixed architectures with the weights of one milestone. */
static int score_milestone(struct work *work, struct job *job, int i, double *score,
                           struct error *error)
{
    struct audit_state *state = &job->state;
    double *row = state->curve + i * AUDIT_FIXED, seconds;
    uint64_t flops;
    bool last = i == AUDIT_MILESTONES;
    for (uint32_t k = 0; k < work->fixed.members; k++)
        row[k] = (double)NAN;
    if (i >= state->milestones && !last)
        return 0;
    audit_state_give(state, last ? state->value : state->milestone + (size_t)i * state->size,
                     &job->supernet);
    sweep_restart(&work->fixed);
    int status = sweep_run(&work->fixed, &job->supernet, NULL, NULL, &seconds, error);
    if (status)
        return status;
    sweep_scores(&work->fixed, score, &flops);
    for (uint32_t k = 0; k < work->fixed.members; k++)
        row[k] = score[work->index[k]];
    state->score_seconds += seconds;
    return 0;
}

/* One milestone after the other, the end last. */
static int score_fixed(struct work *work, struct job *job, struct error *error)
{
    struct audit_state *state = &job->state;
    double *score = calloc((size_t)work->run->contest->space->count, sizeof *score);
    int status = score ? 0 : error_set(error, ERROR_MEMORY, "audit: out of memory");
    for (int i = state->curves; i <= AUDIT_MILESTONES && !status; i++) {
        status = score_milestone(work, job, i, score, error);
        if (status)
            break;
        state->curves++;
        tell(work, work->fixed.classes, 1);
        status = save(job, error);
    }
    free(score);
    return status;
}

/* What of the state is told. */
static int give_out(const struct job *job, struct error *error)
{
    const struct audit_state *state = &job->state;
    struct audit_scores *out = job->out;
    out->curves = state->curves;
    memcpy(out->curve, state->curve, (AUDIT_MILESTONES + 1) * AUDIT_FIXED * sizeof *state->curve);
    for (int i = 0; i <= AUDIT_MILESTONES; i++) {
        double at =
            i < AUDIT_MILESTONES ? (double)state->milestone_flops[i] : (double)out->train_flops;
        bool reached = i < state->milestones || i == AUDIT_MILESTONES;
        out->share[i] = reached ? 100 * at / (double)out->train_flops : (double)NAN;
    }
    out->score_seconds = state->score_seconds;
    out->what = strdup(state->what);
    return out->what ? 0 : error_set(error, ERROR_MEMORY, "audit: out of memory");
}

static int score_seed(struct work *work, struct job *job, struct error *error)
{
    int status = score_all(work, job, error);
    if (!status)
        status = save(job, error);
    if (!status && !work->run->untrained)
        status = score_fixed(work, job, error);
    return status ? status : give_out(job, error);
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
    int status = 0;
    uint64_t each = run->untrained ? 0 : (uint64_t)work->fixed.classes * (AUDIT_MILESTONES + 1);
    for (int i = 0; i < work->sweep.tasks; i++)
        each += work->sweep.task[i].classes;
    work->done = 0;
    progress_start(&work->progress, "audit: scoring", "networks", 0, each * (uint64_t)run->seeds,
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

/* The sweeps, which need a supernet's choices, and its size. */
static int open_sweeps(struct work *work, size_t *size, struct error *error)
{
    const struct audit_run *run = work->run;
    const struct contest *contest = run->contest;
    struct supernet supernet;
    struct supernet_scoring few = run->scoring;
    few.images = few.images < AUDIT_IMAGES ? few.images : AUDIT_IMAGES;
    int fixed = audit_fixed(contest->space, work->index);
    if (fixed < 0)
        return error_set(error, ERROR_MEMORY, "audit: out of memory");
    int status = supernet_open(&supernet, contest->space, contest->live->skeleton,
                               contest->training, run->first_seed, error);
    if (status)
        return status;
    *size = supernet.size;
    status = sweep_open(&work->sweep, contest, &supernet.choices, &run->scoring, NULL, 0, error);
    if (!status)
        status = sweep_open(&work->fixed, contest, &supernet.choices, &few, work->index,
                            (uint32_t)fixed, error);
    supernet_close(&supernet);
    return status;
}

static int open_state(struct job *job, size_t size, struct error *error)
{
    const struct audit_run *run = job->work->run;
    struct text path = {0};
    if (run->folder)
        text_append(&path, "%s/s%" PRIu64 ".h5", run->folder, job->seed);
    int status = path.failed ? error_set(error, ERROR_MEMORY, "audit: out of memory")
                             : audit_state_open(&job->state, path.data, run, job->seed, size,
                                                &job->work->sweep, error);
    text_free(&path);
    return status;
}

static int open_work(struct work *work, struct audit_scores *out, struct error *error)
{
    size_t count = (size_t)work->run->contest->space->count, seeds = (size_t)work->run->seeds;
    size_t size = 0;
    bool held = (work->job = calloc(seeds, sizeof *work->job)) != NULL;
    for (size_t i = 0; i < seeds; i++) {
        out[i] = (struct audit_scores){
            .score = calloc(count, sizeof *out[i].score),
            .curve = calloc((AUDIT_MILESTONES + 1) * AUDIT_FIXED, sizeof *out[i].curve)};
        held = held && out[i].score && out[i].curve;
    }
    int status = held ? open_sweeps(work, &size, error)
                      : error_set(error, ERROR_MEMORY, "audit: out of memory");
    for (size_t i = 0; i < seeds && !status; i++) {
        work->job[i] =
            (struct job){.work = work, .seed = work->run->first_seed + i, .out = &out[i]};
        status = open_state(&work->job[i], size, error);
    }
    return status;
}

int audit_run(const struct audit_run *run, struct audit_scores *out, struct error *error)
{
    struct work work = {.run = run};
    (void)pthread_mutex_init(&work.mutex, NULL);
    struct root root = {.work = &work, .error = error};
    root.status = open_work(&work, out, error);
    if (!root.status)
        pool_run(run->threads, run_all, &root);
    for (int i = 0; work.job && i < run->seeds; i++) {
        supernet_close(&work.job[i].supernet);
        audit_state_close(&work.job[i].state);
    }
    free(work.job);
    sweep_close(&work.sweep);
    sweep_close(&work.fixed);
    (void)pthread_mutex_destroy(&work.mutex);
    return root.status;
}

void audit_scores_free(struct audit_scores *scores)
{
    free(scores->score);
    free(scores->curve);
    free(scores->what);
    *scores = (struct audit_scores){0};
}
