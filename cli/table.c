/* nasbed table: finds the action and runs it. */
#include "cli/table.h"

static const struct command *const actions[] = {
    &command_table_build,  &command_table_merge,  &command_table_info,
    &command_table_query,  &command_table_export, &command_table_import,
    &command_table_verify, &command_table_diff,   NULL};

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

static int run(int argc, char **argv)
{
    return command_act(&command_table, actions, argc, argv);
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
