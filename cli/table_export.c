/* nasbed table export: a table as comma-separated values or as JSON lines. */
#include "cli/table.h"

#include "tables/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    bool csv, jsonl, final;
};

static const struct option_row options[] = {{"csv", OPTION_FLAG, offsetof(struct settings, csv),
                                             "no", 0, 0,
                                             "comma-separated values with a header line", NULL},
                                            {"jsonl", OPTION_FLAG, offsetof(struct settings, jsonl),
                                             "no", 0, 0, "JSON lines: an object a point", NULL},
                                            {"final", OPTION_FLAG, offsetof(struct settings, final),
                                             "no", 0, 0, "the last point alone", NULL},
                                            {.name = NULL}};

/* The shortest text that reads back as the same float; `what` for one that is no number. */
static void print_float(float value, const char *what)
{
    char text[32] = "";
    for (int digits = 6; digits <= 9; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    (void)printf("%s", what && !isfinite(value) ? what : isnan(value) ? "nan" : text);
}

/* One point of a row: the columns of results in the order of the forms' headers, NULL where the
 * table or this point has none, and where the value stands. */
enum { VALUES = 6 };

static const char *const names[VALUES] = {"train_loss",     "train_accuracy", "valid_loss",
                                          "valid_accuracy", "test_accuracy",  "train_seconds"};

struct point {
    const char *architecture;
    int values; /* in CSV: times, the last, stand there only where the table has them */
    uint32_t seed;
    int point;
    const float *column[VALUES];
    size_t at[VALUES];
};

/* Nothing where there is no such column, `nan` for a loss that diverged. */
static void print_csv(const struct point *point)
{
    (void)printf("%s,%u,%d", point->architecture, (unsigned)point->seed, point->point);
    for (int i = 0; i < point->values; i++) {
        (void)printf(",");
        if (point->column[i])
            print_float(point->column[i][point->at[i]], NULL);
    }
    (void)printf("\n");
}

/* No member where there is no such column; `null` for a loss that diverged, since JSON has no word
 * for it. Strings of architectures hold nothing that would have to be escaped. */
static void print_json(const struct point *point)
{
    (void)printf("{\"architecture\":\"%s\",\"seed\":%u,\"point\":%d", point->architecture,
                 (unsigned)point->seed, point->point);
    for (int i = 0; i < VALUES; i++) {
        if (!point->column[i])
            continue;
        (void)printf(",\"%s\":", names[i]);
        print_float(point->column[i][point->at[i]], "null");
    }
    (void)printf("}\n");
}

static void put_row(const struct table *table, const char *architecture, uint32_t network,
                    uint32_t seed, const struct settings *settings)
{
    int points = table->identity.points;
    size_t row = (size_t)seed * table->identity.distinct + network;
    for (int t = settings->final ? points : 1; t <= points; t++) {
        size_t i = row * (size_t)points + (size_t)t - 1;
        struct point point = {architecture,
                              table->train_seconds ? VALUES : VALUES - 1,
                              seed,
                              t,
                              {table->train_loss, table->train_accuracy, table->valid_loss,
                               table->valid_accuracy, t == points ? table->test_accuracy : NULL,
                               table->train_seconds},
                              {i, i, i, i, row, i}};
        if (settings->jsonl)
            print_json(&point);
        else
            print_csv(&point);
    }
}

static int export_rows(const struct table *table, const struct settings *settings,
                       struct error *error)
{
    char text[ARCHITECTURE_TEXT];
    struct architecture architecture;
    if (settings->csv)
        (void)printf("architecture,seed,point,train_loss,train_accuracy,valid_loss,valid_accuracy,"
                     "test_accuracy%s\n",
                     table->train_seconds ? ",train_seconds" : "");
    for (uint32_t i = 0; i < table->identity.count && !ferror(stdout); i++) {
        uint32_t network = table->class_of[i];
        table->space->from_index(i, &architecture);
        table->space->print(&architecture, text);
        for (uint32_t seed = 0; seed < (uint32_t)table->seeds; seed++)
            if (table_has(table, network, seed))
                put_row(table, text, network, seed, settings);
    }
    return command_flush(error);
}

static int export_table(const char *path, const void *values, struct error *error)
{
    const struct settings *settings = values;
    struct table table;
    if (settings->csv == settings->jsonl)
        return error_set(error, ERROR_ARGUMENT, "say in which form: --csv or --jsonl");
    int status = table_open_known(&table, path, error);
    if (status)
        return status;
    status = export_rows(&table, settings, error);
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
    .summary = "every row of a table as comma-separated values or JSON lines",
    .usage = "table export FILE.h5 --csv|--jsonl [--final]\n\n"
             "Columns: architecture, seed, point, train_loss, train_accuracy, valid_loss,\n"
             "valid_accuracy, test_accuracy (accuracies in percent; the test only at the last\n"
             "point). Every architecture of the space that was trained: isomorphs have the values\n"
             "of their network. A column that the table lacks is empty in CSV, absent in JSON.",
    .examples = "  nasbed table export smoke.h5 --csv\n"
                "  nasbed table export smoke.h5 --csv --final > smoke.csv\n"
                "  nasbed table export smoke.h5 --jsonl > smoke.jsonl\n" TABLE_OF_EXAMPLES,
    .options = options,
    .run = run,
};
