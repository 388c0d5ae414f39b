#include "reports/logged.h"

#include "reports/grid.h"
#include "reports/setting.h"
#include "reports/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct field fields[] = {
    SETTING_FIELDS,
    {"label", FIELD_TEXT, .column = "method"},
    {"options", FIELD_TEXT, .hidden = true},
    {"name", FIELD_TEXT, .column = "logged"},
    {"trials", FIELD_REAL, .column = "trials"},
    {"of", FIELD_REAL, .before = " of "},
    {"records", FIELD_REAL, 1, .column = "records"},
    {"first", FIELD_REAL, 3, .column = "first"},
    {"last", FIELD_REAL, 3, .column = "mean +- std  [95 %]", .group = "last"},
    {"last_std", FIELD_REAL, 3, .before = " +- "},
    {"last_low", FIELD_REAL, 3, .before = "  ["},
    {"last_high", FIELD_REAL, 3, .before = ", ", .after = "]"},
};

static int out_of_memory(struct error *error)
{
    return error_set(error, ERROR_MEMORY, "what the methods logged: out of memory");
}

/* One name in the trials of one row; a trial counts if it logged a number under it. */
struct series {
    double *first, *last; /* [n] a trial that has it each */
    size_t n, records;    /* records: of all of them */
};

static bool is_log(const struct trace_event *event, const char *name)
{
    return event->kind == TRACE_LOG && strcmp(event->log.name, name) == 0;
}

static void add_trial(struct series *series, const struct trace *trace, const char *name)
{
    size_t found = 0;
    for (size_t i = 0; i < trace->n_events; i++) {
        const struct trace_event *event = &trace->events[i];
        if (!is_log(event, name) || isnan(event->log.value))
            continue;
        if (!found++)
            series->first[series->n] = event->log.value;
        series->last[series->n] = event->log.value;
    }
    series->n += found > 0;
    series->records += found;
}

static void fill_setting(struct grid *grid, const struct comparison_row *row)
{
    const struct trace_header *header = &row->traces->header;
    setting_fill(grid, header);
    grid_text(grid, "label", row->label);
    grid_text(grid, "options", row->options);
}

/* People read what is the same in all trials once, without a spread. */
static void say_constant(struct grid *grid, const char *name, const double *values, size_t n)
{
    char said[32];
    for (size_t i = 1; i < n; i++)
        if (values[i] != values[0])
            return;
    (void)snprintf(said, sizeof said, "%.6g", values[0]);
    grid_text(grid, name, said);
    if (strcmp(name, "last") != 0)
        return;
    grid_text(grid, "last_std", "");
    grid_text(grid, "last_low", "");
    grid_text(grid, "last_high", "");
}

static int fill_series(struct grid *grid, const struct comparison_row *row, const char *name,
                       const struct series *series, struct error *error)
{
    struct interval interval;
    int status = bootstrap_mean(series->last, series->n, COMPARISON_LEVEL, COMPARISON_SEED,
                                &interval, error);
    if (status)
        return status;
    grid_row(grid);
    fill_setting(grid, row);
    grid_text(grid, "name", name);
    grid_number(grid, "trials", (double)series->n);
    grid_number(grid, "of", (double)row->seeds);
    grid_number(grid, "records", (double)series->records / (double)series->n);
    grid_number(grid, "first", sample_mean(series->first, series->n));
    grid_number(grid, "last", sample_mean(series->last, series->n));
    grid_number(grid, "last_std", sample_deviation(series->last, series->n));
    grid_number(grid, "last_low", interval.low);
    grid_number(grid, "last_high", interval.high);
    say_constant(grid, "first", series->first, series->n);
    say_constant(grid, "last", series->last, series->n);
    return 0;
}

static int fill_name(struct grid *grid, const struct comparison_row *row, const char *name,
                     struct error *error)
{
    struct series series = {.first = calloc(row->seeds, sizeof(double)),
                            .last = calloc(row->seeds, sizeof(double))};
    int status = series.first && series.last ? ERROR_NONE : out_of_memory(error);
    for (size_t i = 0; !status && i < row->seeds; i++)
        add_trial(&series, &row->traces[i], name);
    if (!status && series.n)
        status = fill_series(grid, row, name, &series, error);
    free(series.first);
    free(series.last);
    return status;
}

/* Whether that is the index of an architecture: the mean of indices is nothing. */
static bool is_index(const char *name)
{
    size_t n = strlen(name), suffix = strlen(TRACE_INDEX);
    return strcmp(name, TRACE_INCUMBENT) == 0 ||
           (n >= suffix && strcmp(name + n - suffix, TRACE_INDEX) == 0);
}

/* Whether the row's trials before `trial`, or this one's events before `event`, logged that name. */
static bool seen(const struct comparison_row *row, size_t trial, size_t event)
{
    const char *name = row->traces[trial].events[event].log.name;
    for (size_t i = 0; i <= trial; i++) {
        size_t n = i < trial ? row->traces[i].n_events : event;
        for (size_t j = 0; j < n; j++)
            if (is_log(&row->traces[i].events[j], name))
                return true;
    }
    return false;
}

static int fill_row(struct grid *grid, const struct comparison_row *row, struct error *error)
{
    for (size_t i = 0; i < row->seeds; i++)
        for (size_t j = 0; j < row->traces[i].n_events; j++) {
            const struct trace_event *event = &row->traces[i].events[j];
            if (event->kind != TRACE_LOG || is_index(event->log.name) || seen(row, i, j))
                continue;
            int status = fill_name(grid, row, event->log.name, error);
            if (status)
                return status;
        }
    return 0;
}

static int print_framed(const struct comparison *comparison, const struct grid *grid,
                        enum report_format format, struct text *out, struct error *error)
{
    const struct frame frame = {.format = format, .font = "footnotesize"};
    struct text title = {0}, notes = {0};
    text_append(&title, "Logged by the methods: ");
    comparison_title(comparison, &title);
    text_append(&notes,
                "A trial counts if it logged the name; records: how often, on average; first "
                "and last: of its values, means over the trials.\n");
    return frame_print(&frame, &title, grid, &notes, out, error);
}

int logged_print(const struct comparison *comparison, enum report_format format, bool first,
                 struct text *out, struct error *error)
{
    struct grid grid;
    int status = ERROR_NONE;
    grid_init(&grid, fields, sizeof fields / sizeof *fields);
    for (size_t i = 0; !status && i < comparison->n; i++)
        status = fill_row(&grid, &comparison->rows[i], error);
    if (!status && (grid.n_rows || grid.failed))
        status = format == REPORT_CSV ? grid_print_csv(&grid, first, out, error)
                                      : print_framed(comparison, &grid, format, out, error);
    grid_free(&grid);
    return !status && out->failed ? out_of_memory(error) : status;
}
