/* nasbed table query: the curve of one architecture. */
#include "cli/table.h"

#include "tables/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct settings {
    int point, seed;
};

static const struct option_row options[] = {{"point", OPTION_INT, offsetof(struct settings, point),
                                             "0", 0, PROTOCOL_POINTS, "this point alone; 0: all",
                                             NULL},
                                            {"seed", OPTION_INT, offsetof(struct settings, seed),
                                             "-1", -1, 1023, "this seed alone; -1: all", NULL},
                                            {.name = NULL}};

static void print_value(const float *column, size_t i)
{
    if (column)
        (void)printf(" %14.4f", (double)column[i]);
    else
        (void)printf(" %14s", "-");
}

static void print_point(const struct table *table, uint32_t network, uint32_t seed, int point)
{
    size_t row = (size_t)seed * table->identity.distinct + network;
    size_t i = row * (size_t)table->identity.points + (size_t)point - 1;
    (void)printf("%4" PRIu32 " %5d", seed, point);
    print_value(table->train_loss, i);
    print_value(table->train_accuracy, i);
    print_value(table->valid_loss, i);
    print_value(table->valid_accuracy, i);
    if (point == table->identity.points)
        print_value(table->test_accuracy, row);
    (void)printf("\n");
}

static void print_head(const struct table *table, const struct architecture *architecture)
{
    char text[ARCHITECTURE_TEXT];
    uint64_t index = table->space->index(architecture);
    uint32_t network = table->class_of[index];
    table->space->print(architecture, text);
    (void)printf("architecture  %s\n", text);
    (void)printf("index         %" PRIu64 "; network %" PRIu32 ", trained as index %" PRIu32 "\n",
                 index, network, table->representative[network]);
    (void)printf("params        %" PRIu64 "\nmacs          %" PRIu64 "\n\n", table->params[index],
                 table->macs[index]);
    (void)printf("%4s %5s %14s %14s %14s %14s %14s\n", "seed", "point", "train loss", "train acc %",
                 "valid loss", "valid acc %", "test acc %");
}

static int check_point(const struct table *table, const struct settings *settings,
                       struct error *error)
{
    if (settings->point > table->identity.points)
        return error_set(error, ERROR_ARGUMENT, "point = %d: the table has points 1 to %d",
                         settings->point, table->identity.points);
    return 0;
}

/* The seeds that are asked for and were trained; with `prints`, print them. */
static int count_rows(const struct table *table, uint32_t network, const struct settings *settings,
                      bool prints)
{
    int rows = 0;
    for (uint32_t seed = 0; seed < (uint32_t)table->seeds; seed++) {
        if ((settings->seed >= 0 && seed != (uint32_t)settings->seed) ||
            !table_has(table, network, seed))
            continue;
        rows++;
        for (int t = 1; prints && t <= table->identity.points; t++)
            if (settings->point == 0 || settings->point == t)
                print_point(table, network, seed, t);
    }
    return rows;
}

static int print_rows(const struct table *table, const struct architecture *architecture,
                      const struct settings *settings, struct error *error)
{
    uint64_t index = table->space->index(architecture);
    uint32_t network = table->class_of[index];
    if (count_rows(table, network, settings, false)) {
        print_head(table, architecture);
        (void)count_rows(table, network, settings, true);
        return command_flush(error);
    }
    char seed[32] = "";
    if (settings->seed >= 0)
        (void)snprintf(seed, sizeof seed, " with seed %d", settings->seed);
    return error_set(error, ERROR_MISSING,
                     "%s: index %" PRIu64 " (network %" PRIu32 ") was not trained%s", table->path,
                     index, network, seed);
}

static int query(const char *path, const char *word, const struct settings *settings,
                 struct error *error)
{
    struct table table;
    struct architecture architecture;
    int status = table_open_known(&table, path, error);
    if (status)
        return status;
    status = check_point(&table, settings, error);
    if (!status)
        status = architecture_read(table.space, word, &architecture, error);
    if (!status)
        status = print_rows(&table, &architecture, settings, error);
    table_close(&table);
    return status;
}

static int run(int argc, char **argv)
{
    struct settings settings;
    struct error error;
    int words;
    int code = command_parse(&command_table_query, &settings, argc, argv, 2, &words);
    if (code >= 0)
        return code;
    if (words != 2)
        (void)error_set(&error, ERROR_ARGUMENT,
                        "expected the FILE.h5 of a table and an architecture");
    return words != 2 || query(argv[1], argv[2], &settings, &error)
               ? command_fail(&command_table_query, &error)
               : EXIT_DONE;
}

const struct command command_table_query = {
    .name = "table query",
    .summary = "the curve of one architecture, and its test accuracy",
    .usage = "table query FILE.h5 ARCHITECTURE [options]\n\n"
             "ARCHITECTURE is a string or an index. Isomorphs have the curve of their network.",
    .examples = "  nasbed table query smoke.h5 11239\n"
                "  nasbed table query smoke.h5 "
                "'|nor_conv_1x1~0|+|none~0|avg_pool_3x3~1|+|nor_conv_3x3~0|none~1|nor_conv_1x1~2|' "
                "--seed 0\n" TABLE_OF_EXAMPLES,
    .options = options,
    .run = run,
};
