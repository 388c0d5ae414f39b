/* A trial: one method in one space with one seed and one budget. It answers the method's questions,
 * charges its account and writes its trace. */
#ifndef NASBED_METHODS_TRIAL_TRIAL_H
#define NASBED_METHODS_TRIAL_TRIAL_H

#include "base/error.h"
#include "base/text.h"
#include "methods/trial/contest.h"
#include "methods/trial/registry.h"

#include <stdint.h>

/* CPU seconds of one trial; not reproducible, never in a trace. */
struct trial_times {
    double own;   /* of the method itself */
    double train; /* of training the rows that it asked for, whoever did it */
};

struct supernet; /* evaluator/supernet.h */
struct memory;   /* methods/trial/memory.h */

/* Told of every charge, from the trial's thread. */
typedef void trial_observer(void *context, uint64_t charge);

/* Run the method to its end; the trace's lines are appended to `trace` (zero-initialised, freed by
 * the caller). Errors: those of a training, ERROR_MEMORY; ERROR_STATE naming the method when it
 * asks what makes no sense, gives up or returns without having finished. */
int trial_run(const struct contest *contest, const struct method_settings *settings, uint64_t seed,
              trial_observer *observer, void *context, struct text *trace,
              struct trial_times *times, struct error *error);

/* Run the method until its supernet is trained, and take that: the caller closes it. The trace has no
 * finish. With a `memory` (or NULL) it goes on from what is there, and adds to it; the observer is told
 * of charges that are made again, too. Errors: those of trial_run; ERROR_STATE naming a method that trains none. */
int trial_train(const struct contest *contest, const struct method_settings *settings,
                uint64_t seed, trial_observer *observer, void *context, struct memory *memory,
                struct supernet *supernet, struct text *trace, struct trial_times *times,
                struct error *error);

#endif
