/* The actions of `nasbed table`, each a command of its own: options, help and examples. */
#ifndef NASBED_CLI_TABLE_H
#define NASBED_CLI_TABLE_H

#include "cli/command.h"

extern const struct command command_table_build, command_table_merge;
extern const struct command command_table_info, command_table_query, command_table_export;
extern const struct command command_table_verify;

#endif
