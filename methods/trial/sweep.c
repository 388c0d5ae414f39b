#include "methods/trial/sweep.h"

#include "base/digest.h"
#include "base/pool.h"
#include "base/progress.h"
#include "evaluator/live.h"
#include "evaluator/scoring.h"

#include <stdlib.h>
#include <string.h>

enum {
    IMAGES = 256, /* of a task: what networks have in common is kept for so many */
    TASKS = 32    /* about so many: a fair share for some threads, and little to lose */
};

/* ---- Classes ---------------------------------------------------------------------------------------- */

struct labelled {
    struct digest digest;   /* of the class */
    uint32_t index, lowest; /* the architecture; the lowest of its class */
    uint64_t macs;
};

static int by_digest(const void *a, const void *b)
{
    const struct labelled *x = a, *y = b;
    if (x->digest.high != y->digest.high)
        return x->digest.high < y->digest.high ? -1 : 1;
    if (x->digest.low != y->digest.low)
        return x->digest.low < y->digest.low ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int by_lowest(const void *a, const void *b)
{
    const struct labelled *x = a, *y = b;
    if (x->lowest != y->lowest)
        return x->lowest < y->lowest ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static bool same_class(const struct labelled *a, const struct labelled *b)
{
    return a->digest.high == b->digest.high && a->digest.low == b->digest.low;
}

static void path_of(const struct space *space, const struct choice_graph *choices, uint32_t index,
                    struct choice_program *path)
{
    struct architecture a;
    space->from_index(index, &a);
    choice_path(choices, space, &a, path);
}

static int label(const struct space *space, const struct choice_graph *choices, uint32_t index,
                 struct labelled *labelled, struct error *error)
{
    struct choice_program path;
    struct graph graph = {0};
    path_of(space, choices, index, &path);
    int status = choice_select(choices, &path, &graph, error);
    if (!status)
        *labelled = (struct labelled){choice_digest(&graph), index, index, graph_macs(&graph)};
    graph_free(&graph);
    return status;
}

/* Classes in the order of their lowest architectures: neighbours in the space's order differ in its last
 * decisions, which lie near the output. */
static void order_classes(struct sweep *sweep, struct labelled *labelled)
{
    uint32_t n = sweep->members;
    qsort(labelled, n, sizeof *labelled, by_digest);
    for (uint32_t i = 1; i < n; i++)
        if (same_class(&labelled[i - 1], &labelled[i]))
            labelled[i].lowest = labelled[i - 1].lowest;
    qsort(labelled, n, sizeof *labelled, by_lowest);
    for (uint32_t i = 0; i < n; i++) {
        sweep->member[i] = labelled[i].index;
        if (i == 0 || labelled[i].lowest != labelled[i - 1].lowest)
            sweep->class[sweep->classes++] =
                (struct sweep_class){.first = i, .macs = labelled[i].macs};
        sweep->class[sweep->classes - 1].count++;
    }
}

static int find_classes(struct sweep *sweep, const struct choice_graph *choices,
                        const uint32_t *index, struct error *error)
{
    size_t n = sweep->members ? sweep->members : 1;
    struct labelled *labelled = calloc(n, sizeof *labelled);
    sweep->member = calloc(n, sizeof *sweep->member);
    sweep->class = calloc(n, sizeof *sweep->class);
    int status = labelled && sweep->member && sweep->class ? 0
                                                           : error_set(error, ERROR_MEMORY,
                                                                       "scores: out of memory");
    for (uint32_t i = 0; i < sweep->members && !status; i++)
        status = label(sweep->contest->space, choices, index ? index[i] : i, &labelled[i], error);
    if (!status)
        order_classes(sweep, labelled);
    free(labelled);
    return status;
}

/* ---- Tasks ------------------------------------------------------------------------------------------ */

static int at_most(int n, int most)
{
    return n < most ? n : most;
}

/* Recalibrated statistics are taken once for all images; else the images are divided, too. */
static int plan_tasks(struct sweep *sweep, struct error *error)
{
    int images = sweep->scoring.images;
    int step = sweep->scoring.recalibrate ? images : at_most(images, IMAGES);
    int blocks = (images + step - 1) / step, runs = (TASKS + blocks - 1) / blocks;
    sweep->size = (size_t)blocks * sweep->classes;
    sweep->task = calloc((size_t)blocks * (size_t)runs, sizeof *sweep->task);
    sweep->correct = calloc(sweep->size ? sweep->size : 1, sizeof *sweep->correct);
    if (!sweep->task || !sweep->correct)
        return error_set(error, ERROR_MEMORY, "scores: out of memory");
    int *correct = sweep->correct;
    for (int block = 0; block < blocks; block++)
        for (int run = 0; run < runs; run++) {
            uint64_t from = (uint64_t)sweep->classes * (uint64_t)run / (uint64_t)runs;
            uint64_t to = (uint64_t)sweep->classes * (uint64_t)(run + 1) / (uint64_t)runs;
            struct sweep_task *task = &sweep->task[sweep->tasks++];
            *task = (struct sweep_task){.first_image = block * step,
                                        .images = at_most(images - block * step, step),
                                        .first = (uint32_t)from,
                                        .classes = (uint32_t)(to - from),
                                        .correct = correct};
            correct += task->classes;
        }
    return 0;
}

int sweep_open(struct sweep *sweep, const struct contest *contest,
               const struct choice_graph *choices, const struct supernet_scoring *scoring,
               const uint32_t *index, uint32_t n, struct error *error)
{
    *sweep = (struct sweep){.contest = contest,
                            .scoring = *scoring,
                            .members = index ? n : (uint32_t)contest->space->count};
    int status = supernet_scoring_check(scoring, contest->training, error);
    if (!status)
        status = find_classes(sweep, choices, index, error);
    if (!status)
        status = plan_tasks(sweep, error);
    if (status)
        sweep_close(sweep);
    return status;
}

void sweep_close(struct sweep *sweep)
{
    free(sweep->member);
    free(sweep->class);
    free(sweep->task);
    free(sweep->correct);
    *sweep = (struct sweep){0};
}

void sweep_restart(struct sweep *sweep)
{
    for (int i = 0; i < sweep->tasks; i++)
        sweep->task[i].done = false;
}

/* ---- Running ---------------------------------------------------------------------------------------- */

/* One task on its way through the pool. */
struct errand {
    struct sweep *sweep;
    struct sweep_task *task;
    const struct supernet *supernet;
    sweep_observer *observer;
    void *context;
    double seconds;
    int status;
    struct error error;
};

static void path_of_class(const struct errand *errand, uint32_t i, struct choice_program *path)
{
    const struct sweep *sweep = errand->sweep;
    uint32_t class = errand->task->first + i;
    path_of(sweep->contest->space, &errand->supernet->choices,
            sweep->member[sweep->class[class].first], path);
}

/* Statistics of each batch: what the networks have in common is computed once. */
static int run_shared(struct errand *errand, struct workspace *workspace)
{
    struct sweep_task *task = errand->task;
    struct scoring *scoring;
    int status = scoring_open(&scoring, errand->supernet, errand->sweep->contest->live->trainer,
                              task->first_image, task->images, workspace, &errand->error);
    for (uint32_t i = 0; i < task->classes && !status; i++) {
        struct choice_program path;
        uint64_t macs;
        path_of_class(errand, i, &path);
        status = scoring_score(scoring, &path, &task->correct[i], &macs, &errand->error);
    }
    scoring_close(scoring);
    return status;
}

/* Recalibrated statistics: one network after the other. */
static int run_plain(struct errand *errand, struct workspace *workspace)
{
    struct sweep_task *task = errand->task;
    int status = 0;
    for (uint32_t i = 0; i < task->classes && !status; i++) {
        struct choice_program path;
        struct supernet_score score;
        path_of_class(errand, i, &path);
        status = supernet_evaluate(errand->supernet, &path, errand->sweep->contest->live->trainer,
                                   &errand->sweep->scoring, workspace, &score, &errand->error);
        task->correct[i] = score.correct;
    }
    return status;
}

static void run_errand(void *argument, int worker)
{
    struct errand *errand = argument;
    const struct sweep *sweep = errand->sweep;
    struct workspace *workspace = sweep->contest->live->workspace[worker];
    double started = clock_thread_seconds();
    errand->status =
        sweep->scoring.recalibrate ? run_plain(errand, workspace) : run_shared(errand, workspace);
    errand->seconds = clock_thread_seconds() - started;
    errand->task->done = !errand->status;
    if (!errand->status && errand->observer)
        errand->status = errand->observer(errand->context, errand->task, &errand->error);
}

int sweep_run(struct sweep *sweep, const struct supernet *supernet, sweep_observer *observer,
              void *context, double *seconds, struct error *error)
{
    struct errand *errand = calloc((size_t)sweep->tasks, sizeof *errand);
    int status = 0;
    *seconds = 0;
    if (!errand)
        return error_set(error, ERROR_MEMORY, "scores: out of memory");
    for (int i = 0; i < sweep->tasks; i++) {
        errand[i] = (struct errand){.sweep = sweep,
                                    .task = &sweep->task[i],
                                    .supernet = supernet,
                                    .observer = observer,
                                    .context = context};
        if (!sweep->task[i].done)
            pool_submit(run_errand, &errand[i]);
    }
    pool_wait();
    for (int i = 0; i < sweep->tasks; i++) {
        *seconds += errand[i].seconds;
        if (errand[i].status && !status) {
            status = errand[i].status;
            *error = errand[i].error;
        }
    }
    free(errand);
    return status;
}

void sweep_scores(const struct sweep *sweep, double *score, uint64_t *flops)
{
    uint64_t images =
        (uint64_t)(sweep->scoring.images + sweep->scoring.recalibrate * SUPERNET_BATCH);
    *flops = 0;
    for (uint32_t i = 0; i < sweep->classes; i++) {
        const struct sweep_class *class = &sweep->class[i];
        int correct = 0;
        for (int k = 0; k < sweep->tasks; k++) {
            const struct sweep_task *task = &sweep->task[k];
            if (task->first <= i && i < task->first + task->classes)
                correct += task->correct[i - task->first];
        }
        *flops += 2 * class->macs * images;
        for (uint32_t m = 0; m < class->count; m++)
            score[sweep->member[class->first + m]] = 100.0 * correct / sweep->scoring.images;
    }
}
