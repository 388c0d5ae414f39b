#include "reports/report.h"

#include "reports/across.h"
#include "reports/anytime.h"
#include "reports/collection.h"
#include "reports/figure.h"
#include "reports/logged.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- The truth ------------------------------------------------------------------------------- */

/* The table that judges one section: opened for it. */
struct referee {
    struct table table;
    bool open;
};

static const struct table *referee_table(const struct referee *referee)
{
    return referee->open ? &referee->table : NULL;
}

/* The table that was named, else the released one, if there is any. Networks trained live have
 * none. */
static int referee_open(struct referee *referee, const struct report_plan *plan,
                        const struct trace_header *header, struct error *error)
{
    *referee = (struct referee){0};
    if (!header->table[0])
        return 0;
    char *released = plan->table ? NULL : table_released(header->space, header->protocol);
    const char *path = plan->table ? plan->table : released;
    int status = path ? table_open(&referee->table, path, error) : 0;
    referee->open = path && !status;
    free(released);
    return status;
}

static void referee_close(struct referee *referee)
{
    if (referee->open)
        table_close(&referee->table);
}

/* ---- Names of files -------------------------------------------------------------------------- */

/* "cell-cifar10-mini", and behind it only what tells it from the other blocks: the table, the
 * numerics version, the budget. */
static void name_block(const struct collection *collection, size_t start, struct text *out)
{
    const struct trace_header *header = &collection->traces[start].header;
    bool table = false, numerics = false, budget = false;
    for (size_t i = 0; i < collection->n; i++) {
        const struct trace_header *other = &collection->traces[i].header;
        if (strcmp(other->space, header->space) != 0 ||
            strcmp(other->protocol, header->protocol) != 0)
            continue;
        table = table || strcmp(other->table, header->table) != 0;
        numerics = numerics || other->numerics != header->numerics;
        budget = budget || other->budget_flops != header->budget_flops ||
                 other->gpu_seconds != header->gpu_seconds;
    }
    figure_name(out, header->space);
    text_append(out, "-");
    figure_name(out, header->protocol);
    if (table)
        text_append(out, "-%.8s", header->table[0] ? header->table : "live");
    if (numerics)
        text_append(out, "-n%d", header->numerics);
    if (budget)
        text_append(out, "-b%.12g%s", header->budget, header->gpu_seconds ? "s" : "");
}

/* ---- Blocks ---------------------------------------------------------------------------------- */

/* Run gnuplot. Its failure costs the plot, not the report. */
static int draw(struct report *report, const char *folder, const char *prefix, struct error *error)
{
    struct text name = {0};
    struct error reason;
    text_append(&name, "%s-anytime", prefix);
    int undrawn = name.failed ? error_set(&reason, ERROR_MEMORY, "report: out of memory")
                              : figure_draw(folder, name.data, &reason);
    if (undrawn == ERROR_MEMORY) {
        *error = reason;
    } else if (undrawn) {
        text_append(&report->warnings,
                    "%s: the plot %s is left out; its data and script lie in %s\n", reason.text,
                    name.data, folder);
        report->failed += undrawn != ERROR_MISSING;
    } else {
        text_append(&report->plots, "%s/%s.svg\n%s/%s.png\n", folder, name.data, folder, name.data);
    }
    text_free(&name);
    return undrawn == ERROR_MEMORY ? undrawn : 0;
}

static int plot_block(struct report *report, const struct comparison *comparison,
                      const struct collection *collection, size_t start, const struct table *table,
                      const char *folder, struct error *error)
{
    struct anytime anytime;
    struct text prefix = {0};
    int status = anytime_init(&anytime, comparison, table, error);
    if (status)
        return status;
    name_block(collection, start, &prefix);
    status = prefix.failed ? error_set(error, ERROR_MEMORY, "report: out of memory")
                           : anytime_write(&anytime, folder, prefix.data, error);
    if (!status)
        status = draw(report, folder, prefix.data, error);
    text_free(&prefix);
    anytime_free(&anytime);
    return status;
}

/* What all blocks of a report have in common. */
struct ground {
    const struct report_plan *plan;
    const struct collection *collection;
    struct survey survey;
    struct across across;
};

/* Blocks whose methods logged nothing have no table. */
static int print_logged(struct report *report, const struct comparison *comparison,
                        enum report_format format, struct error *error)
{
    struct text *out = &report->logged[format], block = {0};
    int status = logged_print(comparison, format, !out->size, &block, error);
    if (!status && block.size)
        text_append(out, "%s%s", out->size && format != REPORT_CSV ? "\n" : "", block.data);
    text_free(&block);
    return status;
}

static int print_block(struct report *report, const struct ground *ground,
                       const struct comparison *comparison, bool first, struct error *error)
{
    int status = ERROR_NONE;
    for (int format = 0; !status && format < REPORT_FORMATS; format++) {
        if (!first && format != REPORT_CSV) {
            text_append(&report->tables[format], "\n");
            text_append(&report->survey[format], "\n");
        }
        status = comparison_print(comparison, (enum report_format)format, first,
                                  &report->tables[format], error);
        if (!status)
            status = survey_print(&ground->survey, comparison, ground->plan->methods,
                                  ground->plan->n_methods, (enum report_format)format, first,
                                  &report->survey[format], error);
        if (!status)
            status = print_logged(report, comparison, (enum report_format)format, error);
    }
    return status;
}

static int report_block(struct report *report, struct ground *ground, size_t start,
                        const struct table *table, struct error *error)
{
    struct comparison comparison;
    int status = comparison_init(&comparison, ground->collection, start, table, error);
    if (status)
        return status;
    status = print_block(report, ground, &comparison, start == 0, error);
    if (!status)
        status = across_add(&ground->across, &comparison, error);
    if (!status)
        status = plot_block(report, &comparison, ground->collection, start, table,
                            ground->plan->out, error);
    comparison_free(&comparison);
    return status;
}

static int report_section(struct report *report, struct ground *ground, size_t start, size_t end,
                          struct error *error)
{
    struct referee referee;
    int status =
        referee_open(&referee, ground->plan, &ground->collection->traces[start].header, error);
    while (!status && start < end) {
        status = report_block(report, ground, start, referee_table(&referee), error);
        start = collection_end(ground->collection, start, COLLECTION_BLOCK);
    }
    referee_close(&referee);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* What follows from all blocks, or from none. */
static int report_rest(struct report *report, const struct ground *ground, struct error *error)
{
    struct text *out[REPORT_FORMATS];
    for (int format = 0; format < REPORT_FORMATS; format++)
        out[format] = format == REPORT_CSV ? &report->pairs : &report->tables[format];
    int status = across_print(&ground->across, out, error);
    for (int format = 0; !status && format < REPORT_FORMATS; format++) {
        if (format == REPORT_CSV)
            continue;
        text_append(&report->survey[format], "\n");
        status =
            survey_print_imagenet(&ground->survey, ground->plan->methods, ground->plan->n_methods,
                                  (enum report_format)format, &report->survey[format], error);
    }
    return status;
}

static void warn(struct report *report, const struct collection *collection)
{
    report->damaged = collection->n_damages;
    for (size_t i = 0; i < collection->n_damages; i++) {
        text_append(&report->warnings, "left out: %s\n", collection->damages[i]);
        text_append(&report->tables[REPORT_TEXT], "Left out: %s\n", collection->damages[i]);
        text_append(&report->tables[REPORT_MARKDOWN], "%sLeft out: %s\n", i ? "" : "\n",
                    collection->damages[i]);
    }
    if (collection->merged)
        text_append(&report->warnings,
                    "%zu of the traces are there more than once and count once\n",
                    collection->merged);
}

static int write_table(const struct text *table, const char *folder, const char *name,
                       struct error *error)
{
    struct text path = {0};
    text_append(&path, "%s/%s", folder, name);
    int status = path.failed || table->failed
                     ? error_set(error, ERROR_MEMORY, "report: out of memory")
                     : file_write(path.data, table->data ? table->data : "", table->size, error);
    text_free(&path);
    return status;
}

static int write_tables(const struct report *report, const char *folder, struct error *error)
{
    static const char *const names[REPORT_FORMATS] = {"comparison.txt", "comparison.md",
                                                      "comparison.csv", "comparison.tex"};
    static const char *const surveys[REPORT_FORMATS] = {"survey.txt", "survey.md", "survey.csv",
                                                        "survey.tex"};
    static const char *const logged[REPORT_FORMATS] = {"logged.txt", "logged.md", "logged.csv",
                                                       "logged.tex"};
    int status = ERROR_NONE;
    for (int format = 0; !status && format < REPORT_FORMATS; format++) {
        status = write_table(&report->tables[format], folder, names[format], error);
        if (!status)
            status = write_table(&report->survey[format], folder, surveys[format], error);
        if (!status)
            status = write_table(&report->logged[format], folder, logged[format], error);
    }
    if (!status && report->pairs.size)
        status = write_table(&report->pairs, folder, "pairs.csv", error);
    return status;
}

int report_make(struct report *report, const struct report_plan *plan, struct error *error)
{
    struct collection collection;
    struct ground ground = {.plan = plan, .collection = &collection};
    *report = (struct report){0};
    int status = collection_open(&collection, plan->folders, plan->n_folders, error);
    if (status)
        return status;
    status = survey_open(&ground.survey, error);
    if (!status)
        status = folder_make(plan->out, error);
    for (size_t start = 0, end; !status && start < collection.n; start = end) {
        end = collection_end(&collection, start, COLLECTION_SECTION);
        status = report_section(report, &ground, start, end, error);
    }
    if (!status)
        status = report_rest(report, &ground, error);
    warn(report, &collection);
    if (!status)
        status = write_tables(report, plan->out, error);
    if (!status && (report->plots.failed || report->warnings.failed))
        status = error_set(error, ERROR_MEMORY, "report: out of memory");
    across_free(&ground.across);
    survey_free(&ground.survey);
    collection_close(&collection);
    if (status)
        report_free(report);
    return status;
}

void report_free(struct report *report)
{
    for (int format = 0; format < REPORT_FORMATS; format++) {
        text_free(&report->tables[format]);
        text_free(&report->survey[format]);
        text_free(&report->logged[format]);
    }
    text_free(&report->pairs);
    text_free(&report->plots);
    text_free(&report->warnings);
}
