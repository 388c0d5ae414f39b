/* The profile of a network in training: time, work and share of peak of each step, and its memory. */
#ifndef NASBED_EVALUATOR_PROFILE_H
#define NASBED_EVALUATOR_PROFILE_H

#include "base/text.h"
#include "evaluator/dataset.h"
#include "evaluator/network.h"
#include "protocols/protocol.h"

/* Multiply-adds that a kernel executes for one image: taps in the padding are skipped, not counted. */
double conv_macs(const struct conv *conv);

/* Those of one part of a step; 0 for all but convolutions and linear layers. */
double step_macs(const struct plan *plan, int step, enum time_part part);

/* The same over all steps: one training step's multiply-adds an image. */
double plan_macs(const struct plan *plan);

/* Train `batches` batches of `graph` as `training` says, every step timed, and append a table to `out`:
 * milliseconds a batch, GFLOP/s and share of the peak measured beside it; the shares of data, loss and
 * optimiser; images/s; memory beyond the data set. `workspace` as for the trainer. */
int profile_network(const struct dataset *dataset, const struct training *training,
                    const struct graph *graph, int batches, struct workspace *workspace,
                    struct text *out, struct error *error);

#endif
