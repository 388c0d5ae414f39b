#include "methods/trial/campaign.h"

#include "base/file.h"
#include "base/pool.h"
#include "base/progress.h"
#include "methods/trial/trace_file.h"
#include "methods/trial/trace_writer.h"
#include "methods/trial/trial.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work;

/* One trial of the campaign. */
struct job {
    struct work *work;
    const struct method_settings *settings;
    uint64_t seed;
    char *path; /* without suffix; owned */
    bool finished;
    uint64_t told; /* FLOPs that the progress line knows of */
    int status;
    struct error error;
};

struct work {
    const struct campaign *campaign;
    struct job *jobs; /* method by method */
    int n;
    atomic_bool stop;      /* something failed: start nothing more */
    pthread_mutex_t mutex; /* guards what follows */
    struct progress progress;
    uint64_t flops; /* charged so far, skipped trials not counted */
};

/* Progress: in full trainings; a trial that ends with something left counts as having spent it.
 * ---- */

static void tell(struct job *job, uint64_t flops)
{
    struct work *work = job->work;
    (void)pthread_mutex_lock(&work->mutex);
    job->told += flops;
    work->flops += flops;
    progress_update(&work->progress,
                    work->progress.skipped + work->flops / work->campaign->contest->unit_flops);
    (void)pthread_mutex_unlock(&work->mutex);
}

static void observe(void *context, uint64_t charge)
{
    tell(context, charge);
}

/* Jobs ----------------------------------------------------------------------------------------- */

static char *path_of(const struct campaign *campaign, const struct nasbed_method *method,
                     uint64_t seed)
{
    struct text path = {0};
    trace_file_path(&path, campaign->folder, campaign->contest, method->name, seed);
    if (path.failed)
        text_free(&path);
    return path.data;
}

static int make_folder(const char *path, struct error *error)
{
    char *folder = strdup(path);
    if (!folder)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    *strrchr(folder, '/') = '\0';
    int status = folder_make(folder, error);
    free(folder);
    return status;
}

/* Whether the job's trace stands already. */
static int check_job(struct job *job, struct error *error)
{
    const struct campaign *campaign = job->work->campaign;
    struct trace_writer header = {0};
    struct text path = {0};
    trace_writer_header(&header, campaign->contest, job->settings, job->seed);
    text_append(&path, "%s.trace", job->path);
    int status = trace_writer_check(&header, error);
    if (!status && path.failed)
        status = error_set(error, ERROR_MEMORY, "%s: out of memory", job->path);
    if (!status)
        status =
            trace_file_finished(path.data, header.text.data, &job->finished, campaign->say, error);
    text_free(&path);
    trace_writer_free(&header);
    return status;
}

static int prepare(struct work *work, struct error *error)
{
    const struct campaign *campaign = work->campaign;
    int status = 0;
    for (int i = 0; i < work->n && !status; i++) {
        struct job *job = &work->jobs[i];
        job->work = work;
        job->settings = &campaign->methods[i / campaign->seeds];
        job->seed = campaign->first_seed + (uint64_t)(i % campaign->seeds);
        job->path = path_of(campaign, job->settings->method, job->seed);
        if (!job->path)
            return error_set(error, ERROR_MEMORY, "trials: out of memory");
        status = make_folder(job->path, error);
        if (!status)
            status = check_job(job, error);
    }
    return status;
}

static int run_and_save(struct job *job, struct error *error)
{
    const struct campaign *campaign = job->work->campaign;
    struct text trace = {0};
    struct trial_times times;
    double started = clock_seconds();
    int status =
        trial_run(campaign->contest, job->settings, job->seed, observe, job, &trace, &times, error);
    if (status)
        (void)error_context(error, "%s", job->path);
    else
        status = trace_file_save(job->path, &trace, &times, clock_seconds() - started,
                                 campaign->machine, error);
    text_free(&trace);
    return status;
}

/* Whether a trial's error is said when it happened: the method's own fault, which stops no other trial. */
static bool is_said(const struct work *work, const struct job *job)
{
    return job->status == ERROR_STATE && work->campaign->say;
}

/* A pool task. */
static void run_job(void *argument, int worker)
{
    struct job *job = argument;
    (void)worker;
    if (atomic_load(&job->work->stop))
        return;
    job->status = run_and_save(job, &job->error);
    job->finished = !job->status;
    if (is_said(job->work, job))
        job->work->campaign->say(job->error.text);
    else if (job->status)
        atomic_store(&job->work->stop, true);
    if (job->finished) /* what is left over is spent too; one that failed has what it had */
        tell(job, job->work->campaign->contest->budget_flops - job->told);
}

static void run_all(void *argument)
{
    struct work *work = argument;
    for (int i = 0; i < work->n; i++)
        if (!work->jobs[i].finished)
            pool_submit(run_job, &work->jobs[i]);
    pool_wait();
}

static void run_work(struct work *work, struct campaign_summary *summary)
{
    const struct campaign *campaign = work->campaign;
    const struct contest *contest = campaign->contest;
    char title[96];
    for (int i = 0; i < work->n; i++)
        summary->skipped += work->jobs[i].finished;
    double total = floor(contest_trainings(contest) * work->n);
    double skipped = floor(contest_trainings(contest) * summary->skipped);
    (void)snprintf(title, sizeof title, "run %s %s, %d trial%s", contest->space->name,
                   contest->identity.protocol, work->n, work->n == 1 ? "" : "s");
    progress_start(&work->progress, title, "full trainings", (uint64_t)skipped, (uint64_t)total,
                   campaign->quiet);
    pool_run(campaign->threads, run_all, work);
    progress_end(&work->progress);
}

/* Of several errors one that stopped the campaign counts, else the first in order. No reason is given twice. */
static int sum_up(const struct work *work, struct campaign_summary *summary, struct error *error)
{
    const struct job *worst = NULL;
    for (int i = 0; i < work->n; i++) {
        const struct job *job = &work->jobs[i];
        summary->run += job->finished && job->told;
        summary->failed += job->status != 0;
        if (job->status && (!worst || (worst->status == ERROR_STATE && job->status != ERROR_STATE)))
            worst = job;
    }
    if (!worst)
        return 0;
    if (is_said(work, worst))
        return error_set(error, ERROR_STATE, "%d of %d trials failed: the reason%s above",
                         summary->failed, work->n, summary->failed > 1 ? "s stand" : " stands");
    if (error)
        *error = worst->error;
    if (summary->failed > 1)
        (void)error_context(error, "%d of %d trials failed", summary->failed, work->n);
    return worst->status;
}

int campaign_run(const struct campaign *campaign, struct campaign_summary *summary,
                 struct error *error)
{
    struct work work = {.campaign = campaign, .n = campaign->n_methods * campaign->seeds};
    *summary = (struct campaign_summary){0};
    work.jobs = calloc((size_t)work.n, sizeof *work.jobs);
    if (!work.jobs)
        return error_set(error, ERROR_MEMORY, "trials: out of memory");
    (void)pthread_mutex_init(&work.mutex, NULL);
    int status = prepare(&work, error);
    if (!status) {
        run_work(&work, summary);
        status = sum_up(&work, summary, error);
    }
    for (int i = 0; i < work.n; i++)
        free(work.jobs[i].path);
    (void)pthread_mutex_destroy(&work.mutex);
    free(work.jobs);
    return status;
}
