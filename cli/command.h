/* Subcommands: one file each, `const struct command command_NAME`, one line in commands.def. */
#ifndef NASBED_CLI_COMMAND_H
#define NASBED_CLI_COMMAND_H

#include "base/error.h"
#include "base/options.h"
#include "spaces/space.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct command {
    const char *name;
    const char *summary;              /* one line for `nasbed --help` */
    const char *usage;                /* after "nasbed ": "train --space S --arch A [options]" */
    const char *examples;             /* lines that run as they stand, each ending in '\n' */
    const struct option_row *options; /* all of the command's options, or NULL */
    /* argv[0] is the subcommand's name. Returns an exit code; messages go through command_fail. */
    int (*run)(int argc, char **argv);
};

/* Parse `--name value`, `--name=value`, `--flag` into `target` (defaults are set first) by the
 * command's rows; words without "--" are moved to the front of argv[1..]; *words is their number (of
 * at most `most`). `--help` prints the help and makes the caller return EXIT_DONE.
 * Returns -1 to go on, else the exit code to return. */
int command_parse(const struct command *command, void *target, int argc, char **argv, int most,
                  int *words);

/* Run the action that argv[1] names: one of `actions`, commands called "COMMAND ACTION" that end with NULL.
 * No such word: the command's own help or error. Returns an exit code. */
int command_act(const struct command *command, const struct command *const *actions, int argc,
                char **argv);

/* Print "nasbed: COMMAND: message" on standard error; returns EXIT_USAGE for ERROR_ARGUMENT, else
 * EXIT_FAILED. */
int command_fail(const struct command *command, const struct error *error);

/* Print the usage, options and examples of a command on standard output. */
void command_help(const struct command *command);

/* A line "nasbed: ..." on standard error; fits the `say` callbacks of the rooms. */
void command_say(const char *line);

/* What was printed on standard output may not have arrived: ERROR_IO with the reason then. */
int command_flush(struct error *error);

#endif
