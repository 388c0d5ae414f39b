/* The actions of `nasbed method`, each a command of its own: options, help and examples. */
#ifndef NASBED_CLI_METHOD_H
#define NASBED_CLI_METHOD_H

#include "cli/command.h"

extern const struct command command_method_list, command_method_show, command_method_new;

#endif
