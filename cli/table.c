/* nasbed table: finds the action and runs it. */
#include "cli/table.h"

#include "base/text.h"

#include <string.h>

static const struct {
    const char *name;
    const struct command *command;
} actions[] = {{"build", &command_table_build},   {"merge", &command_table_merge},
               {"info", &command_table_info},     {"query", &command_table_query},
               {"export", &command_table_export}, {"import", &command_table_import},
               {"verify", &command_table_verify}, {"diff", &command_table_diff}};

enum { ACTIONS = sizeof actions / sizeof actions[0] };

extern const struct command command_table;

int table_open_known(struct table *table, const char *path, struct error *error)
{
    int status = table_open(table, path, error);
    if (status || table->space)
        return status;
    status = error_set(error, ERROR_UNSUPPORTED, "%s: space \"%s\" is unknown to this program",
                       path, table->identity.space);
    table_close(table);
    return status;
}

int table_act(const struct command *command, void *settings, int argc, char **argv,
              int (*act)(const char *path, const void *settings, struct error *error))
{
    struct error error;
    int words;
    int code = command_parse(command, settings, argc, argv, 1, &words);
    if (code >= 0)
        return code;
    if (words != 1)
        (void)error_set(&error, ERROR_ARGUMENT, "expected the FILE.h5 of a table");
    return words != 1 || act(argv[1], settings, &error) ? command_fail(command, &error) : EXIT_DONE;
}

/* Nothing that is an action: help, an option, an unknown word. */
static int run_none(int argc, char **argv)
{
    struct error error;
    const char *names[ACTIONS];
    int words;
    int code = command_parse(&command_table, NULL, argc, argv, 1, &words);
    if (code >= 0)
        return code;
    for (int i = 0; i < ACTIONS; i++)
        names[i] = actions[i].name;
    const char *near = words ? text_nearest(argv[1], names, ACTIONS) : NULL;
    if (words)
        (void)error_set(
            &error, ERROR_ARGUMENT,
            "unknown action \"%s\"%s%s%s: one of build, merge, info, query, export, import, "
            "verify, diff",
            argv[1], near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    else
        (void)error_set(
            &error, ERROR_ARGUMENT,
            "expected an action: build, merge, info, query, export, import, verify or diff");
    return command_fail(&command_table, &error);
}

static int run(int argc, char **argv)
{
    for (int i = 0; argc > 1 && i < ACTIONS; i++)
        if (strcmp(argv[1], actions[i].name) == 0)
            return actions[i].command->run(argc - 1, argv + 1);
    return run_none(argc, argv);
}

const struct command command_table = {
    .name = "table",
    .summary =
        "build tables of trained networks, merge, read, export, import, verify and compare them",
    .usage = "table build|merge|info|query|export|import|verify|diff [options]\n\n"
             "  build   train the networks of a space, resumable at any moment\n"
             "  merge   one table out of the logs of several shards\n"
             "  info    what a table holds, and its landmarks\n"
             "  query   the curve of one architecture\n"
             "  export  comma-separated values, or JSON lines\n"
             "  import  results that were measured elsewhere\n"
             "  verify  train some rows again, and compare them to the bit\n"
             "  diff    two tables: how far apart, how alike they rank\n\n"
             "`nasbed table ACTION --help` shows the options of one.",
    .examples =
        "  nasbed table build --space cell --protocol smoke --rows 4 --seeds 1 --out smoke.h5\n"
        "  nasbed table info smoke.h5\n"
        "  nasbed table export smoke.h5 --csv --final > smoke.csv\n",
    .run = run,
};
