/* The state of one seed's audit, kept in a file: the supernet, trained or under way, and the scores that
 * were made with it. */
#ifndef NASBED_METHODS_TRIAL_AUDIT_STATE_H
#define NASBED_METHODS_TRIAL_AUDIT_STATE_H

#include "base/error.h"
#include "evaluator/feed.h"
#include "methods/trial/audit_run.h"
#include "methods/trial/memory.h"
#include "methods/trial/sweep.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audit_state {
    char *path;                     /* NULL: kept nowhere */
    char *what;                     /* method, options, seed, budget, BLAS: what trained it */
    struct table_identity identity; /* space, protocol, data set, arithmetic */
    bool trained;
    int milestones;                             /* reached */
    uint64_t milestone_flops[AUDIT_MILESTONES]; /* charged up to each */
    uint64_t train_flops;                       /* charged */
    double train_seconds, score_seconds;
    size_t size;
    float *value, *moment; /* [size] */
    float *milestone;      /* [AUDIT_MILESTONES][size] weights on the way */
    int64_t step[FEED_PARTS];
    double *answer; /* [answers] of the memory; none once it is trained */
    size_t answers;
    struct supernet_scoring scoring;
    int tasks;
    int *done;    /* [tasks] of the sweep */
    int *correct; /* [correct_size] */
    size_t correct_size;
    int curves;    /* rows that are filled: milestones, the trained supernet last */
    double *curve; /* [AUDIT_MILESTONES + 1][AUDIT_FIXED] NaN: a milestone that was not reached */
};

/* An empty state for a supernet of `size` weights and this sweep, or that of the file at `path` (NULL: kept
 * nowhere). Scores that the file has of another sweep are dropped; one of an earlier format that does not
 * say at which charge its milestones were taken has them where they were due. What a killed process left of
 * writing it is removed. Errors: ERROR_MISMATCH where the file
 * has another method, options, seed, budget or (of a method that computes with it) BLAS, space, protocol,
 * data set or arithmetic, saying which and what to do, and where it has answers of an earlier format,
 * which were kept without their requests; ERROR_FORMAT where its format is a later one; those of
 * saved_read; ERROR_MEMORY. */
int audit_state_open(struct audit_state *state, const char *path, const struct audit_run *run,
                     uint64_t seed, size_t size, const struct sweep *sweep, struct error *error);
void audit_state_close(struct audit_state *state);

/* Write it. Errors: those of saved_write. */
int audit_state_save(const struct audit_state *state, struct error *error);

/* Into the state: the supernet now; a milestone of it, after `flops` were charged; a finished task. */
void audit_state_take(struct audit_state *state, const struct supernet *supernet);
void audit_state_milestone(struct audit_state *state, const struct supernet *supernet,
                           uint64_t flops);
void audit_state_task(struct audit_state *state, const struct sweep *sweep,
                      const struct sweep_task *task);

/* Out of it: a supernet's weights (`value`: those of now, or a milestone's); what a sweep need not do. */
void audit_state_give(const struct audit_state *state, const float *value,
                      struct supernet *supernet);
void audit_state_resume(const struct audit_state *state, struct sweep *sweep);

#endif
