/* nasbed table export: a table as comma-separated values. */
#include "cli/table.h"

#include "tables/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    bool csv, final;
};

static const struct option_row options[] = {
    {"csv", OPTION_FLAG, offsetof(struct settings, csv), "no", 0, 0,
     "comma-separated values with a header line (the one form there is)", NULL},
    {"final", OPTION_FLAG, offsetof(struct settings, final), "no", 0, 0, "the last point alone",
     NULL},
    {.name = NULL}};

/* A comma, then the shortest text that reads back as the same float; nothing where the table has no
 * such column, `nan` for a loss that diverged. */
static void put_value(const float *column, size_t i)
{
    char text[32] = "";
    for (int digits = 6; column && digits <= 9; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, (double)column[i]);
        if (strtof(text, NULL) == column[i])
            break;
    }
    if (column && isnan(column[i]))
        (void)snprintf(text, sizeof text, "nan");
    (void)printf(",%s", text);
}

static void put_row(const struct table *table, const char *architecture, uint32_t network,
                    uint32_t seed, bool final)
{
    int points = table->identity.points;
    size_t row = (size_t)seed * table->identity.distinct + network;
    for (int t = final ? points : 1; t <= points; t++) {
        size_t i = row * (size_t)points + (size_t)t - 1;
        (void)printf("%s,%u,%d", architecture, (unsigned)seed, t);
        put_value(table->train_loss, i);
        put_value(table->train_accuracy, i);
        put_value(table->valid_loss, i);
        put_value(table->valid_accuracy, i);
        put_value(t == points ? table->test_accuracy : NULL, row);
        (void)printf("\n");
    }
}

static int export_csv(const struct table *table, bool final, struct error *error)
{
    char text[ARCHITECTURE_TEXT];
    struct architecture architecture;
    (void)printf("architecture,seed,point,train_loss,train_accuracy,valid_loss,valid_accuracy,"
                 "test_accuracy\n");
    for (uint32_t i = 0; i < table->identity.count && !ferror(stdout); i++) {
        uint32_t network = table->class_of[i];
        table->space->from_index(i, &architecture);
        table->space->print(&architecture, text);
        for (uint32_t seed = 0; seed < (uint32_t)table->seeds; seed++)
            if (table_has(table, network, seed))
                put_row(table, text, network, seed, final);
    }
    return command_flush(error);
}

static int export_table(const char *path, const void *values, struct error *error)
{
    const struct settings *settings = values;
    struct table table;
    if (!settings->csv)
        return error_set(error, ERROR_ARGUMENT, "say in which form: --csv");
    int status = table_open_known(&table, path, error);
    if (status)
        return status;
    status = export_csv(&table, settings->final, error);
    table_close(&table);
    return status;
}

static int run(int argc, char **argv)
{
    struct settings settings;
    return table_act(&command_table_export, &settings, argc, argv, export_table);
}

const struct command command_table_export = {
    .name = "table export",
    .summary = "every row of a table as comma-separated values",
    .usage = "table export FILE.h5 --csv [--final]\n\n"
             "Columns: architecture, seed, point, train_loss, train_accuracy, valid_loss,\n"
             "valid_accuracy, test_accuracy (accuracies in percent; the test only at the last\n"
             "point). Every architecture of the space that was trained: isomorphs have the values\n"
             "of their network.",
    .examples = "  nasbed table export smoke.h5 --csv\n"
                "  nasbed table export smoke.h5 --csv --final > smoke.csv\n",
    .options = options,
    .run = run,
};
