/* A child process that is spoken to in lines: a command of the user's, run by the shell, with a keeper
 * between it and this program. The keeper sees to it that nothing of the child outlives it, whatever it
 * started and wherever that put itself, even when this program is killed. */
#ifndef NASBED_METHODS_TRIAL_CHILD_H
#define NASBED_METHODS_TRIAL_CHILD_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_LINE_MOST  (1u << 20) /* bytes of the longest line that a child may send */
#define CHILD_NOISE_MOST (1u << 16) /* bytes of its standard error that are passed on */

/* Bytes that have come and were not taken yet. */
struct child_buffer {
    char *data; /* [capacity]; owned */
    size_t size, capacity, taken;
    bool closed;
};

struct child {
    pid_t keeper;
    int in, out, noise;          /* its standard input, output, error; ours to write, read, read */
    int control, report;         /* closing control ends it; report says how it ended */
    double patience;             /* seconds */
    struct child_buffer lines;   /* of its standard output */
    struct child_buffer murmurs; /* of its standard error */
    size_t told;                 /* bytes of standard error passed on */
    void (*tell)(void *context, const char *line); /* takes its standard error; NULL: nobody does */
    void *context;
};

/* Run `command` (/bin/sh -c) in a process group of its own. `patience`: seconds that each line and each
 * answer may take. `child` needs child_stop after success only. Errors: ERROR_IO with the reason. */
int child_start(struct child *child, const char *command, double patience,
                void (*tell)(void *context, const char *line), void *context, struct error *error);

/* The next line, without its end; it stays valid until the next call. Errors: ERROR_STATE saying what
 * the child did instead ("said nothing for 60 s", "ended with status 1"); ERROR_MEMORY. */
int child_read(struct child *child, char **line, size_t *size, struct error *error);

/* Send bytes. Errors: ERROR_STATE if it does not take them. */
int child_write(struct child *child, const char *bytes, size_t size, struct error *error);

/* End it: its standard input is closed, `grace` seconds later it and all that it started are killed.
 * Returns the CPU seconds that they took. */
double child_stop(struct child *child, double grace);

#endif
