/* The values of the pipe's messages: architectures, moves and programs as JSON and back. */
#ifndef NASBED_METHODS_TRIAL_PIPE_VALUES_H
#define NASBED_METHODS_TRIAL_PIPE_VALUES_H

#include "base/error.h"
#include "methods/nasbed.h"

#include <jansson.h>

/* Readers: member `name` of `object`. Errors: ERROR_ARGUMENT, a sentence without its subject: `"point"
 * must be ...`. With a `standard` the member may be missing. */
int pipe_get_int(const json_t *object, const char *name, int64_t least, int64_t most,
                 int64_t *value, struct error *error);
int pipe_get_int_or(const json_t *object, const char *name, int64_t least, int64_t most,
                    int64_t standard, int64_t *value, struct error *error);
int pipe_get_real_or(const json_t *object, const char *name, double standard, double *value,
                     struct error *error);
int pipe_get_flag_or(const json_t *object, const char *name, bool standard, bool *value,
                     struct error *error);
int pipe_get_text(const json_t *object, const char *name, const char **value, struct error *error);

/* A list of decisions: an architecture of the trial's space, or what one may begin with. */
int pipe_get_architecture(const struct nasbed_trial *trial, const json_t *object, const char *name,
                          struct nasbed_architecture *out, struct error *error);
int pipe_get_prefix(const struct nasbed_trial *trial, const json_t *object, const char *name,
                    struct nasbed_architecture *out, struct error *error);

/* Of a supernet: "architecture" (its path), "options" (one option a choice, null where it is not made) or
 * "mixture" (a list of weights a choice, null for options that are left out). */
int pipe_get_program(const struct nasbed_trial *trial, const json_t *object,
                     struct nasbed_program *program, struct error *error);

/* Writers. NaN and infinities become null, as does UINT64_MAX. A NULL result: out of memory. */
json_t *pipe_architecture(const struct nasbed_architecture *architecture);
json_t *pipe_real(double value);
json_t *pipe_count(uint64_t value);
json_t *pipe_program(const struct nasbed_trial *trial, const struct nasbed_program *program);
json_t *pipe_gradient(const struct nasbed_trial *trial, const struct nasbed_pass *pass);

/* Of what may follow `prefix`. */
json_t *pipe_option_names(const struct nasbed_trial *trial,
                          const struct nasbed_architecture *prefix, int options);
/* The space's choices as a supernet sees them. */
json_t *pipe_choices(const struct nasbed_trial *trial);

const char *pipe_status_name(enum nasbed_status status);
const char *pipe_move_name(enum nasbed_move_kind kind);

/* False: no move has that name. */
bool pipe_move_kind(const char *name, enum nasbed_move_kind *kind);

#endif
