/* What the files that answer a child's requests share: a question in the making of its answer, and the rows
 * of requests, one table a subject. */
#ifndef NASBED_METHODS_TRIAL_PIPE_QUESTION_H
#define NASBED_METHODS_TRIAL_PIPE_QUESTION_H

#include "methods/trial/pipe_requests.h"

#include <stddef.h>

#define QUESTION_MOST 10000 /* most items of a list in a request */

struct question {
    struct pipe_session *session;
    struct nasbed_trial *trial;
    const json_t *ask;
    json_t *reply;
    struct error *error;
};

/* A request: what it may have and who answers it. `answer` returns 0 or the code of q->error: it was asked
 * wrongly. */
struct pipe_row {
    const char *name, *members; /* with spaces between; "do" besides */
    int (*answer)(struct question *q);
};

/* Each ends with a row whose name is NULL. */
extern const struct pipe_row pipe_space_rows[], pipe_query_rows[];
extern const struct pipe_row pipe_network_rows[], pipe_supernet_rows[];

/* An answer's member; takes `value` over. Members that memory does not suffice for are missed when it is
 * printed. */
void question_put(struct question *q, const char *name, json_t *value);

/* What the trial said is what the answer says. Returns 0. */
int question_say(struct question *q, enum nasbed_status status);

/* An item of a list of results: an object that has its status. */
json_t *question_result(enum nasbed_status status);

/* The request's members "architecture" and, a list of at most QUESTION_MOST, `name`. */
int question_architecture(struct question *q, struct nasbed_architecture *a);
int question_list(struct question *q, const char *name, const json_t **list, size_t *n);

/* A member that is a list of what the trial knows of an architecture: `list` fills in at most `most` items of
 * `size` bytes and returns their number, `one` makes item i JSON. */
int question_put_list(struct question *q, const char *name, const struct nasbed_architecture *a,
                      int most, size_t size,
                      int (*list)(const struct nasbed_trial *, const struct nasbed_architecture *,
                                  void *items, int most),
                      json_t *(*one)(const void *items, size_t i));

/* Sets the error. */
int question_out_of_memory(struct question *q);

#endif
