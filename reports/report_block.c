/* The blocks of a report: one budget of a section, its tables and its curves. */
#include "reports/anytime.h"
#include "reports/figure.h"
#include "reports/logged.h"
#include "reports/report_parts.h"
#include "reports/runtime.h"

#include <string.h>

/* ---- Names of files -------------------------------------------------------------------------- */

void report_name(const struct collection *collection, size_t start, bool budget, struct text *out)
{
    const struct trace_header *header = &collection->traces[start].header;
    bool table = false, numerics = false, budgets = false;
    for (size_t i = 0; i < collection->n; i++) {
        const struct trace_header *other = &collection->traces[i].header;
        if (strcmp(other->space, header->space) != 0 ||
            strcmp(other->protocol, header->protocol) != 0)
            continue;
        table = table || strcmp(other->table, header->table) != 0;
        numerics = numerics || other->numerics != header->numerics;
        budgets = budgets || other->budget_flops != header->budget_flops ||
                  other->gpu_seconds != header->gpu_seconds;
    }
    figure_name(out, header->space);
    text_append(out, "-");
    figure_name(out, header->protocol);
    if (table)
        text_append(out, "-%.8s", header->table[0] ? header->table : "live");
    if (numerics)
        text_append(out, "-n%d", header->numerics);
    if (budget && budgets)
        text_append(out, "-b%.12g%s", header->budget, header->gpu_seconds ? "s" : "");
}

/* ---- Figures --------------------------------------------------------------------------------- */

/* Where a format of the comparison tables goes: into its file, or into the page. */
static struct text *table_sink(struct report *report, struct ground *ground, int format)
{
    return format == REPORT_HTML ? &ground->page.body : &report->tables[format];
}

int report_draw(struct report *report, struct ground *ground, const char *name, const char *label,
                struct error *error)
{
    const char *folder = ground->plan->out;
    struct error reason;
    int undrawn = figure_draw(folder, name, &reason);
    if (undrawn == ERROR_MEMORY) {
        *error = reason;
        return undrawn;
    }
    if (undrawn) {
        text_append(&report->warnings,
                    "%s: the plot %s is left out; its data and script lie in %s\n", reason.text,
                    name, folder);
        report->failed += undrawn != ERROR_MISSING;
    } else {
        text_append(&report->plots, "%s/%s.svg\n%s/%s.png\n", folder, name, folder, name);
    }
    return page_figure(&ground->page, folder, name, label, undrawn ? reason.text : NULL, error);
}

/* Write the data and the script of a figure; then draw it. */
static int plot(struct report *report, struct ground *ground, const char *prefix,
                const char *ending, const char *label, int written, struct error *error)
{
    struct text name = {0};
    text_append(&name, "%s-%s", prefix, ending);
    int status = written       ? written
                 : name.failed ? report_out_of_memory(error)
                               : report_draw(report, ground, name.data, label, error);
    text_free(&name);
    return status;
}

static int plot_runtime(struct report *report, struct ground *ground, const struct runtime *runtime,
                        const char *prefix, struct error *error)
{
    const char *out = ground->plan->out;
    int status = ERROR_NONE;
    if (runtime->n_targets)
        status =
            plot(report, ground, prefix, "ecdf", "Share of targets reached over what was spent",
                 runtime_write_ecdf(runtime, out, prefix, error), error);
    if (!status && runtime->baseline && runtime->n > 1)
        status = plot(report, ground, prefix, "crossing",
                      "Median over what was spent, and from where it is below random search",
                      runtime_write_crossing(runtime, out, prefix, error), error);
    return status;
}

/* Which curves are missing, and why. */
static int explain_curves(struct ground *ground, const struct anytime *anytime, struct error *error)
{
    struct text notes = {0};
    anytime_explain(anytime, &notes);
    for (char *line = notes.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        page_note(&ground->page, line);
    }
    int status = notes.failed ? report_out_of_memory(error) : 0;
    text_free(&notes);
    return status;
}

/* The curves of a block and what follows from them. */
static int report_curves(struct report *report, struct ground *ground,
                         const struct anytime *anytime, const char *prefix, bool first,
                         struct error *error)
{
    struct runtime runtime;
    int status = plot(report, ground, prefix, "anytime",
                      anytime->regret ? "Regret over what was spent"
                                      : "Validation error of the incumbent over what was spent",
                      anytime_write(anytime, ground->plan->out, prefix, error), error);
    if (!status)
        status = explain_curves(ground, anytime, error);
    if (!status)
        status = runtime_init(&runtime, anytime, error);
    if (status)
        return status;
    status = runtime_print(&runtime, REPORT_HTML, false, &ground->page.body, error);
    if (!status)
        status = runtime_print(&runtime, REPORT_CSV, first, &report->runtime, error);
    if (!status)
        status = plot_runtime(report, ground, &runtime, prefix, error);
    runtime_free(&runtime);
    return status;
}

static int print_comparison(struct report *report, struct ground *ground,
                            const struct comparison *comparison, bool first, struct error *error)
{
    int status = ERROR_NONE;
    for (int format = 0; !status && format < REPORT_FORMATS; format++) {
        struct text *out = table_sink(report, ground, format);
        if (!first && format != REPORT_CSV)
            text_append(out, "\n");
        status = comparison_print(comparison, (enum report_format)format, first, out, error);
    }
    return status;
}

static int print_survey(struct report *report, struct ground *ground,
                        const struct comparison *comparison, bool first, struct error *error)
{
    int status = ERROR_NONE;
    page_fold(&ground->page, "The survey's Table 1, and what was measured here");
    for (int format = 0; !status && format < REPORT_FORMATS; format++) {
        struct text *out = format == REPORT_HTML ? &ground->page.body : &report->survey[format];
        if (!first && format != REPORT_CSV)
            text_append(out, "\n");
        status =
            survey_print(&ground->survey, comparison, ground->plan->methods,
                         ground->plan->n_methods, (enum report_format)format, first, out, error);
    }
    page_unfold(&ground->page);
    return status;
}

/* Blocks whose methods logged nothing have no table. */
static int print_logged(struct report *report, struct ground *ground,
                        const struct comparison *comparison, struct error *error)
{
    int status = ERROR_NONE;
    for (int format = 0; !status && format < REPORT_FORMATS; format++) {
        bool page = format == REPORT_HTML;
        struct text *out = page ? &ground->page.body : &report->logged[format], block = {0};
        status = logged_print(comparison, (enum report_format)format, !out->size, &block, error);
        if (!status && block.size)
            text_append(out, "%s%s", out->size && format != REPORT_CSV ? "\n" : "", block.data);
        text_free(&block);
    }
    return status;
}

static int print_block(struct report *report, struct ground *ground,
                       const struct comparison *comparison, size_t start, const struct table *table,
                       struct error *error)
{
    struct anytime anytime;
    struct text title = {0}, prefix = {0};
    text_append(&title, "Budget %.12g%s", comparison->header->budget,
                comparison->header->gpu_seconds ? " GPU seconds" : "");
    report_name(ground->collection, start, true, &prefix);
    int status = title.failed || prefix.failed ? report_out_of_memory(error) : 0;
    if (!status) {
        page_part(&ground->page, title.data);
        status = print_comparison(report, ground, comparison, start == 0, error);
    }
    if (!status && !(status = anytime_init(&anytime, comparison, table, error))) {
        status = report_curves(report, ground, &anytime, prefix.data, start == 0, error);
        anytime_free(&anytime);
    }
    if (!status)
        status = print_logged(report, ground, comparison, error);
    if (!status)
        status = print_survey(report, ground, comparison, start == 0, error);
    text_free(&prefix);
    text_free(&title);
    return status;
}

int report_block(struct report *report, struct ground *ground, size_t start,
                 const struct table *table, struct error *error)
{
    struct comparison comparison;
    int status = comparison_init(&comparison, ground->collection, start, table, error);
    if (status)
        return status;
    status = print_block(report, ground, &comparison, start, table, error);
    if (!status)
        status = across_add(&ground->across, &comparison, error);
    comparison_free(&comparison);
    return status;
}
