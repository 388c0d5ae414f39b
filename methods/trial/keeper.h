/* The keeper of a child process: a process of its own that runs a command and ends it, with all that it
 * started, when the command ends, when it is told to, or when the program that started it is gone. */
#ifndef NASBED_METHODS_TRIAL_KEEPER_H
#define NASBED_METHODS_TRIAL_KEEPER_H

#include <sys/types.h>

struct keeper {
    const char *command;
    int in, out, noise; /* the command's standard input, output and error */
    int control;        /* its other end closes: end the command */
    int report;         /* how the command ended goes here, as waitpid says it (an int) */
};

/* The keeper's process, to be waited for; -1 and errno. Its descriptors stay open here. */
pid_t keeper_start(const struct keeper *keeper);

#endif
