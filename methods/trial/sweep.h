/* Sweeps: many architectures scored with the shared weights of one supernet, what these make equal once,
 * in tasks that are finished and kept one by one. */
#ifndef NASBED_METHODS_TRIAL_SWEEP_H
#define NASBED_METHODS_TRIAL_SWEEP_H

#include "base/error.h"
#include "evaluator/supernet.h"
#include "methods/trial/contest.h"

#include <stdbool.h>
#include <stdint.h>

/* A class of architectures that run the same operations with the same weights: they differ in dead edges
 * alone. */
struct sweep_class {
    uint32_t first, count; /* of sweep.member */
    uint64_t macs;         /* of one image */
};

/* Some of the classes on some of the images. */
struct sweep_task {
    int first_image, images;
    uint32_t first, classes;
    int *correct; /* [classes] images classified rightly */
    bool done;
};

struct sweep {
    const struct contest *contest; /* borrowed, with a trainer */
    struct supernet_scoring scoring;
    uint32_t members, classes;
    uint32_t *member;          /* [members] indices of architectures, class after class */
    struct sweep_class *class; /* [classes] in order of their lowest architectures */
    int tasks;
    struct sweep_task *task;
    int *correct; /* [tasks] x their classes, what the tasks' point into */
    size_t size;  /* of `correct` */
};

/* Plan the sweep of `n` architectures (index[n], ascending; NULL: all of the space). The plan, and so what a
 * finished task is, depends on nothing else. Errors: ERROR_ARGUMENT for images that are no whole batches
 * or more than there are; ERROR_MEMORY. */
int sweep_open(struct sweep *sweep, const struct contest *contest,
               const struct choice_graph *choices, const struct supernet_scoring *scoring,
               const uint32_t *index, uint32_t n, struct error *error);
void sweep_close(struct sweep *sweep);

/* Forget what was finished: for the next supernet. */
void sweep_restart(struct sweep *sweep);

/* Told of a finished task, by the thread that finished it. Returns 0, or an error that ends the sweep. */
typedef int sweep_observer(void *context, const struct sweep_task *task, struct error *error);

/* Inside pool_run: run the tasks that are not done, one thread each; `observer` may be NULL. `seconds`
 * receives their CPU time. Errors: those of scoring_score and of the observer. */
int sweep_run(struct sweep *sweep, const struct supernet *supernet, sweep_observer *observer,
              void *context, double *seconds, struct error *error);

/* After it: accuracy in percent of each member into score[architecture's index]; what the forward passes
 * of all classes alone cost, which is what they are charged. */
void sweep_scores(const struct sweep *sweep, double *score, uint64_t *flops);

#endif
