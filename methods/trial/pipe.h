/* The pipe: a method in any language, a child process that asks in lines of JSON what a built-in method
 * asks by calls. Every message is described in methods/PIPE.md. */
#ifndef NASBED_METHODS_TRIAL_PIPE_H
#define NASBED_METHODS_TRIAL_PIPE_H

#include "base/error.h"
#include "methods/nasbed.h"

#include <stdint.h>

#define PIPE_VERSION   1
#define PIPE_FREE_MOST 1000000 /* requests in a row that charge nothing: it is not going to end */

struct pipe_settings {
    const char *command;
    double patience; /* seconds that a line of the child, and an answer's reading, may take */
    void (*say)(const char *line); /* takes its standard error; may be NULL */
};

/* The run of a method: one child from hello to finish. What it does wrong fails the trial and says so; why
 * the trial fails of itself (`failure`, read then; NULL: unknown) is told to the child.
 * `seed` is told to the child. *seconds: CPU seconds of the child. */
enum nasbed_status pipe_run(struct nasbed_trial *trial, const struct pipe_settings *settings,
                            uint64_t seed, const struct error *failure, double *seconds);

#endif
