#include "methods/trial/child.h"

#include "base/progress.h"
#include "methods/trial/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Starting ------------------------------------------------------------------------------------- */

/* pipes[i][0] is read from, [1] written to. */
enum { IN, OUT, NOISE, CONTROL, REPORT, PIPES };

static void close_pipes(int pipes[PIPES][2])
{
    for (int i = 0; i < PIPES; i++)
        for (int end = 0; end < 2; end++)
            if (pipes[i][end] >= 0)
                (void)close(pipes[i][end]);
}

static int open_pipes(int pipes[PIPES][2])
{
    memset(pipes, -1, PIPES * sizeof *pipes);
    for (int i = 0; i < PIPES; i++)
        if (pipe2(pipes[i], O_CLOEXEC))
            return errno;
    return 0;
}

/* Take one end, close the other; what is ours never blocks. */
static int take(int ends[2], int end)
{
    (void)close(ends[!end]);
    (void)fcntl(ends[end], F_SETFL, O_NONBLOCK);
    return ends[end];
}

int child_start(struct child *child, const char *command, double patience,
                void (*tell)(void *context, const char *line), void *context, struct error *error)
{
    int pipes[PIPES][2];
    int reason = open_pipes(pipes);
    *child = (struct child){.patience = patience, .tell = tell, .context = context};
    if (!reason) {
        const struct keeper keeper = {.command = command,
                                      .in = pipes[IN][0],
                                      .out = pipes[OUT][1],
                                      .noise = pipes[NOISE][1],
                                      .control = pipes[CONTROL][0],
                                      .report = pipes[REPORT][1]};
        child->keeper = keeper_start(&keeper);
        reason = child->keeper < 0 ? errno : 0;
    }
    if (reason) {
        close_pipes(pipes);
        return error_set(error, ERROR_IO, "%s: cannot be started: %s", command, strerror(reason));
    }
    child->in = take(pipes[IN], 1);
    child->out = take(pipes[OUT], 0);
    child->noise = take(pipes[NOISE], 0);
    child->control = take(pipes[CONTROL], 1);
    child->report = take(pipes[REPORT], 0);
    return 0;
}

/* Buffers -------------------------------------------------------------------------------------- */

/* Forget what was taken, and make room for more. */
static bool make_room(struct child_buffer *buffer)
{
    if (buffer->taken) {
        buffer->size -= buffer->taken;
        memmove(buffer->data, buffer->data + buffer->taken, buffer->size);
        buffer->taken = 0;
    }
    if (buffer->capacity - buffer->size > 1)
        return true;
    size_t capacity = buffer->capacity ? 2 * buffer->capacity : 4096;
    char *grown = realloc(buffer->data, capacity);
    if (!grown)
        return false;
    buffer->data = grown;
    buffer->capacity = capacity;
    return true;
}

/* Read what is there. Errors: ERROR_MEMORY. */
static int fill(struct child_buffer *buffer, int from, struct error *error)
{
    if (!make_room(buffer))
        return error_set(error, ERROR_MEMORY, "out of memory");
    ssize_t n = read(from, buffer->data + buffer->size, buffer->capacity - buffer->size - 1);
    if (n > 0)
        buffer->size += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        buffer->closed = true;
    return 0;
}

/* Cut the next whole line off; NULL if there is none. */
static char *cut_line(struct child_buffer *buffer, size_t *size)
{
    char *start = buffer->data + buffer->taken;
    size_t left = buffer->size - buffer->taken;
    char *end = left ? memchr(start, '\n', left) : NULL;
    if (!end)
        return NULL;
    *end = '\0';
    *size = (size_t)(end - start);
    buffer->taken += *size + 1;
    return start;
}

/* Its standard error --------------------------------------------------------------------------- */

static void tell(struct child *child, const char *line, size_t size)
{
    if (child->told > CHILD_NOISE_MOST || !child->tell)
        return;
    child->told += size + 1;
    child->tell(child->context, child->told > CHILD_NOISE_MOST
                                    ? "(the rest of its standard error is left out)"
                                    : line);
}

static int take_murmurs(struct child *child, struct error *error)
{
    struct child_buffer *murmurs = &child->murmurs;
    size_t size;
    char *line;
    int status = fill(murmurs, child->noise, error);
    while ((line = cut_line(murmurs, &size)))
        tell(child, line, size);
    size_t left = murmurs->size - murmurs->taken;
    if (left && (murmurs->closed || left >= 4000)) { /* a line without an end, or without one yet */
        murmurs->data[murmurs->size] = '\0';
        tell(child, murmurs->data + murmurs->taken, left);
        murmurs->taken = murmurs->size;
    }
    return status;
}

/* Waiting -------------------------------------------------------------------------------------- */

/* Wait until something can be done, until `deadline` (of clock_seconds) at the latest: what the child
 * wrote is taken in. *writable: so is its input; NULL: not asked for. ERROR_STATE: time is over. */
static int wait_for(struct child *child, double deadline, bool *writable, struct error *error)
{
    struct pollfd polled[] = {
        {.fd = child->lines.closed ? -1 : child->out, .events = POLLIN},
        {.fd = child->murmurs.closed ? -1 : child->noise, .events = POLLIN},
        {.fd = writable ? child->in : -1, .events = POLLOUT},
    };
    double left = deadline - clock_seconds();
    int ready = left <= 0 ? 0 : poll(polled, 3, (int)fmin(left * 1000 + 1, 1e9));
    if (writable)
        *writable = ready > 0 && polled[2].revents;
    if (ready == 0)
        return error_set(error, ERROR_STATE, "time is over");
    int status = 0;
    if (ready > 0 && polled[1].revents)
        status = take_murmurs(child, error);
    if (ready > 0 && polled[0].revents && !status)
        status = fill(&child->lines, child->out, error);
    return status;
}

/* How it ended, as a sentence without a subject. Its end is reported a moment after its output ends. */
static int describe_end(struct child *child, struct error *error)
{
    const char *middle = child->lines.size > child->lines.taken ? " in the middle of a line" : "";
    struct pollfd polled = {.fd = child->report, .events = POLLIN};
    int how;
    (void)poll(&polled, 1, 1000);
    if (!child->murmurs.closed)
        (void)take_murmurs(child, NULL);
    if (read(child->report, &how, sizeof how) != (ssize_t)sizeof how)
        return error_set(error, ERROR_STATE, "closed its output%s", middle);
    if (WIFSIGNALED(how))
        return error_set(error, ERROR_STATE, "was killed by signal %d (%s)%s", WTERMSIG(how),
                         strsignal(WTERMSIG(how)), middle);
    return error_set(error, ERROR_STATE, "ended with status %d%s%s", WEXITSTATUS(how),
                     WEXITSTATUS(how) == 127 ? " (no such command)" : "", middle);
}

static int too_long(struct error *error)
{
    return error_set(error, ERROR_STATE, "floods: more than %u bytes without an end of line",
                     CHILD_LINE_MOST);
}

int child_read(struct child *child, char **line, size_t *size, struct error *error)
{
    double deadline = clock_seconds() + child->patience;
    while (!(*line = cut_line(&child->lines, size))) {
        if (child->lines.size - child->lines.taken > CHILD_LINE_MOST)
            return too_long(error);
        if (child->lines.closed)
            return describe_end(child, error);
        if (wait_for(child, deadline, NULL, error))
            return error->code == ERROR_STATE
                       ? error_set(error, ERROR_STATE, "said nothing for %g s", child->patience)
                       : (int)error->code;
    }
    return *size > CHILD_LINE_MOST ? too_long(error) : 0;
}

/* write() to a child that is gone raises SIGPIPE, which would end the program: it is held back, and
 * taken off this thread when it came. */
static ssize_t write_quietly(int to, const char *bytes, size_t size)
{
    const struct timespec now = {0};
    sigset_t broken, before;
    (void)sigemptyset(&broken);
    (void)sigaddset(&broken, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &broken, &before);
    ssize_t n = write(to, bytes, size);
    int reason = errno;
    if (n < 0 && reason == EPIPE && !sigismember(&before, SIGPIPE))
        (void)sigtimedwait(&broken, NULL, &now);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return n;
}

int child_write(struct child *child, const char *bytes, size_t size, struct error *error)
{
    double deadline = clock_seconds() + child->patience;
    while (size) {
        ssize_t n = write_quietly(child->in, bytes, size);
        if (n >= 0) {
            bytes += n;
            size -= (size_t)n;
            continue;
        }
        if (errno == EPIPE) /* what it said before it went is still to be read */
            return 0;
        bool writable;
        if (errno != EAGAIN && errno != EINTR)
            return error_set(error, ERROR_STATE, "cannot be written to: %s", strerror(errno));
        if (child->lines.size - child->lines.taken > CHILD_LINE_MOST)
            return error_set(error, ERROR_STATE,
                             "floods: more than %u bytes sent without reading the answers",
                             CHILD_LINE_MOST);
        if (wait_for(child, deadline, &writable, error))
            return error->code == ERROR_STATE
                       ? error_set(error, ERROR_STATE, "read no answer for %g s", child->patience)
                       : (int)error->code;
    }
    return 0;
}

/* Ending --------------------------------------------------------------------------------------- */

/* Until its keeper has gone (which closes `report`), for `grace` seconds. */
static void wait_for_end(struct child *child, double grace)
{
    double deadline = clock_seconds() + grace, left;
    struct error error;
    while (!child->lines.closed && (left = deadline - clock_seconds()) > 0) {
        child->lines.size = child->lines.taken = 0; /* nobody listens any more */
        if (wait_for(child, deadline, NULL, &error))
            break;
    }
    while (!child->murmurs.closed && wait_for(child, deadline, NULL, &error) == 0)
        continue;
}

double child_stop(struct child *child, double grace)
{
    struct rusage usage = {0};
    int ignored;
    (void)close(child->in);
    if (grace > 0)
        wait_for_end(child, grace);
    (void)close(child->control);
    while (wait4(child->keeper, &ignored, 0, &usage) < 0 && errno == EINTR)
        continue;
    (void)close(child->out);
    (void)close(child->noise);
    (void)close(child->report);
    free(child->lines.data);
    free(child->murmurs.data);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           1e-6 * ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec);
}
