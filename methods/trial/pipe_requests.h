/* What a method may ask over the pipe: one row a request, answered through nasbed.h alone, so that a child
 * process can see no more than a built-in method does. */
#ifndef NASBED_METHODS_TRIAL_PIPE_REQUESTS_H
#define NASBED_METHODS_TRIAL_PIPE_REQUESTS_H

#include "methods/trial/pipe_values.h"

struct pipe_session {
    struct nasbed_trial *trial;
    enum nasbed_status status; /* of the last request */
    bool over;                 /* finished, failed, or nothing more is wanted */
    uint64_t left;             /* FLOPs, after the last request */
    int idle;                  /* requests in a row that charged nothing */
};

/* The first message: the space, the budget, the seed. NULL: out of memory. */
json_t *pipe_hello(const struct nasbed_trial *trial, uint64_t seed);

/* Answer one request: members of `reply`. Errors: ERROR_STATE or ERROR_ARGUMENT, a sentence without its
 * subject, for a request that makes no sense; ERROR_MEMORY. A request that the trial fails at makes session->status NASBED_FAILED. */
int pipe_answer(struct pipe_session *session, const json_t *ask, json_t *reply,
                struct error *error);

#endif
