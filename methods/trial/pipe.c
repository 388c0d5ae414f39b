#include "methods/trial/pipe.h"

#include "methods/trial/child.h"
#include "methods/trial/pipe_requests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seconds that a child may take to end by itself, after its finish or when it was told that the trial has
 * failed by no fault of its own. */
static const double grace = 2;

/* What it writes to standard error, in its name. */
struct voice {
    const struct pipe_settings *settings;
    uint64_t seed;
};

static void pass_on(void *context, const char *line)
{
    const struct voice *voice = context;
    char text[512];
    (void)snprintf(text, sizeof text, "%.120s, seed %" PRIu64 ": %s", voice->settings->command,
                   voice->seed, line);
    voice->settings->say(text);
}

/* Lines ---------------------------------------------------------------------------------------- */

static int send(struct child *child, json_t *message, struct error *error)
{
    char *text = json_dumps(message, JSON_COMPACT | JSON_REAL_PRECISION(17));
    size_t size = text ? strlen(text) : 0;
    int status = text ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    if (!status) {
        text[size] = '\n'; /* in place of the NUL */
        status = child_write(child, text, size + 1, error);
    }
    free(text);
    return status;
}

/* The next request, to be released by the caller. */
static int receive(struct child *child, json_t **ask, struct error *error)
{
    char *line;
    size_t size;
    json_error_t wrong;
    *ask = NULL;
    if (child_read(child, &line, &size, error))
        return error->code;
    *ask = json_loadb(line, size, JSON_REJECT_DUPLICATES, &wrong);
    if (*ask && json_is_object(*ask))
        return 0;
    if (*ask) {
        json_decref(*ask);
        *ask = NULL;
        return error_set(error, ERROR_STATE, "sent a line that is no JSON object: %.100s", line);
    }
    return error_set(error, ERROR_STATE, "sent a line that is no JSON (%s at column %d): %.100s",
                     wrong.text, wrong.column, line);
}

/* Tell the child why it is over, as far as it listens. */
static void send_failure(struct child *child, const char *reason)
{
    struct error ignored;
    json_t *message = json_pack("{s:s, s:s}", "status", "failed", "reason", reason);
    child->patience = 0; /* what its pipe takes now */
    if (message)
        (void)send(child, message, &ignored);
    json_decref(message);
}

/* The conversation ----------------------------------------------------------------------------- */

/* One request and its answer. */
static int answer(struct child *child, struct pipe_session *session, struct error *error)
{
    json_t *ask = NULL, *reply = json_object();
    int status =
        reply ? receive(child, &ask, error) : error_set(error, ERROR_MEMORY, "out of memory");
    if (!status) {
        status = pipe_answer(session, ask, reply, error);
        json_decref(ask);
    }
    if (!status && session->status != NASBED_FAILED)
        status = send(child, reply, error);
    json_decref(reply);
    return status;
}

static int talk(struct child *child, struct pipe_session *session, uint64_t seed,
                struct error *error)
{
    json_t *hello = pipe_hello(session->trial, seed);
    int status =
        hello ? send(child, hello, error) : error_set(error, ERROR_MEMORY, "out of memory");
    json_decref(hello);
    while (!status && !session->over)
        status = answer(child, session, error);
    return status;
}

enum nasbed_status pipe_run(struct nasbed_trial *trial, const struct pipe_settings *settings,
                            uint64_t seed, const struct error *failure, double *seconds)
{
    struct voice voice = {.settings = settings, .seed = seed};
    struct pipe_session session = {.trial = trial};
    struct child child;
    struct error error;
    *seconds = 0;
    if (child_start(&child, settings->command, settings->patience, settings->say ? pass_on : NULL,
                    &voice, &error))
        return nasbed_fail(trial, error.text);
    int status = talk(&child, &session, seed, &error);
    if (status)
        send_failure(&child, error.text);
    else if (session.status == NASBED_FAILED)
        send_failure(&child, failure ? failure->text : "the trial has failed");
    *seconds = child_stop(&child, status ? 0 : grace);
    return status ? nasbed_fail(trial, error.text) : session.status;
}
