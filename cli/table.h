/* The actions of `nasbed table`, each a command of its own: options, help and examples. */
#ifndef NASBED_CLI_TABLE_H
#define NASBED_CLI_TABLE_H

#include "cli/command.h"
#include "tables/table.h"

extern const struct command command_table_build, command_table_merge;
extern const struct command command_table_info, command_table_query, command_table_export;
extern const struct command command_table_verify, command_table_import, command_table_diff;

/* At the end of examples: where the table that they read comes from. */
#define TABLE_OF_EXAMPLES                                                                          \
    "\nThat table is made by: nasbed table build --space cell --protocol smoke --rows 4 --seeds "  \
    "1 "                                                                                           \
    "--out smoke.h5\n"

/* Open a table whose space this program knows; closed by the caller. Errors: those of table_open,
 * ERROR_UNSUPPORTED. */
int table_open_known(struct table *table, const char *path, struct error *error);

/* The whole run of an action on the one FILE.h5 that it is given; `settings` are what the command's
 * options fill. Returns an exit code. */
int table_act(const struct command *command, void *settings, int argc, char **argv,
              int (*act)(const char *path, const void *settings, struct error *error));

#endif
