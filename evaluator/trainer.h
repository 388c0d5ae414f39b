/* The trainer: one graph, one seed, one protocol, one thread: the same bits everywhere. */
#ifndef NASBED_EVALUATOR_TRAINER_H
#define NASBED_EVALUATOR_TRAINER_H

#include "base/error.h"
#include "evaluator/dataset.h"
#include "protocols/protocol.h"
#include "spaces/graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names the arithmetic: raised by every change that alters a bit of any result. */
#define NUMERICS_VERSION 1

struct training_point {
    float train_loss, train_accuracy; /* mean over the images since the last point; percent */
    float valid_loss, valid_accuracy; /* percent */
};

struct training_result {
    int points;                                   /* reached */
    struct training_point point[PROTOCOL_POINTS]; /* [0] is point 1 */
    float test_loss, test_accuracy;               /* at T, if asked for; else NaN */
    double seconds;                               /* CPU; not reproducible, never in a table */
    struct digest weights;                        /* of the weights and statistics at the end */
};

/* Everything that all trainings under one protocol share, read only: data, split, schedule. */
struct trainer;
int trainer_open(struct trainer **trainer, const struct protocol *protocol,
                 const struct dataset *dataset, struct error *error);
void trainer_close(struct trainer *trainer);

/* One worker's memory; grows to the largest network seen, nothing is allocated in a step. */
struct workspace;
struct workspace *workspace_open(void);
void workspace_close(struct workspace *workspace);
size_t workspace_bytes(const struct workspace *workspace);

/* Called after every point; returning true stops the training there (NULL: never). */
typedef bool training_observer(void *context, int point, const struct training_point *values);

/* Train `graph` (simplified) with `seed` from scratch to point `last` (1..T) of the full-length
 * schedule; with `test` also evaluate the test set at T (last = T). */
int trainer_train(const struct trainer *trainer, const struct graph *graph, uint64_t seed, int last,
                  bool test, struct workspace *workspace, training_observer *observer,
                  void *context, struct training_result *result, struct error *error);

#endif
