#include "reports/report.h"

#include "reports/across.h"
#include "reports/anytime.h"
#include "reports/checklist.h"
#include "reports/collection.h"
#include "reports/figure.h"
#include "reports/logged.h"
#include "reports/manifest.h"
#include "reports/page.h"
#include "reports/runtime.h"
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
        budget = budget || other->budget_flops != header->budget_flops;
    }
    figure_name(out, header->space);
    text_append(out, "-");
    figure_name(out, header->protocol);
    if (table)
        text_append(out, "-%.8s", header->table[0] ? header->table : "live");
    if (numerics)
        text_append(out, "-n%d", header->numerics);
    if (budget)
        text_append(out, "-b%.12g", header->budget);
}

/* ---- Blocks ---------------------------------------------------------------------------------- */

/* What all blocks of a report have in common. */
struct ground {
    const struct report_plan *plan;
    const struct collection *collection;
    struct survey survey;
    struct across across;
    struct page page;
};

static int out_of_memory(struct error *error)
{
    return error_set(error, ERROR_MEMORY, "report: out of memory");
}

/* Where a format of the comparison tables goes: into its file, or into the page. */
static struct text *table_sink(struct report *report, struct ground *ground, int format)
{
    return format == REPORT_HTML ? &ground->page.body : &report->tables[format];
}

/* Run gnuplot on the figure `name`, which is then in the page, as `label` says it. Its failure costs
 * the figure, not the report. */
static int draw(struct report *report, struct ground *ground, const char *name, const char *label,
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
                 : name.failed ? out_of_memory(error)
                               : draw(report, ground, name.data, label, error);
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
    text_append(&title, "Budget %.12g", comparison->header->budget);
    name_block(ground->collection, start, &prefix);
    int status = title.failed || prefix.failed ? out_of_memory(error) : 0;
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

static int report_block(struct report *report, struct ground *ground, size_t start,
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

/* ---- Sections -------------------------------------------------------------------------------- */

/* "cell, cifar10-mini, table 7ab1e7ab (numerics 1)", and all its digests. */
static int begin_section(struct ground *ground, const struct trace_header *header,
                         struct error *error)
{
    struct text title = {0}, detail = {0};
    text_append(&title, "%s, %s, ", header->space, header->protocol);
    if (header->table[0])
        text_append(&title, "table %.8s", header->table);
    else
        text_append(&title, "trained live");
    text_append(&title, " (numerics %d)", header->numerics);
    text_append(&detail, "Protocol hash %s. Data set digest %s.", header->protocol_hash,
                header->dataset_digest);
    if (header->table[0])
        text_append(&detail, " Table digest %s.", header->table);
    int status = title.failed || detail.failed ? out_of_memory(error) : 0;
    if (!status)
        page_section(&ground->page, title.data, detail.data);
    text_free(&detail);
    text_free(&title);
    return status;
}

/* What a section says of its own traces: which they are, and how the comparison was made. */
static int end_section(struct report *report, struct ground *ground, size_t start, size_t end,
                       struct error *error)
{
    struct checklist checklist;
    struct page *page = &ground->page;
    int status = checklist_make(&checklist, ground->collection, start, end, error);
    if (status)
        return status;
    page_part(page, "Best practices");
    status = checklist_print(&checklist, REPORT_HTML, &page->body, error);
    page_part(page, "Manifest");
    if (!status)
        status =
            manifest_print(ground->collection, start, end, REPORT_HTML, false, &page->body, error);
    if (!status)
        status = manifest_print(ground->collection, start, end, REPORT_CSV, start == 0,
                                &report->manifest, error);
    checklist_free(&checklist);
    return status;
}

static int report_section(struct report *report, struct ground *ground, size_t start, size_t end,
                          struct error *error)
{
    struct referee referee;
    const struct trace_header *header = &ground->collection->traces[start].header;
    int status = referee_open(&referee, ground->plan, header, error);
    if (!status)
        status = begin_section(ground, header, error);
    for (size_t block = start; !status && block < end;
         block = collection_end(ground->collection, block, COLLECTION_BLOCK))
        status = report_block(report, ground, block, referee_table(&referee), error);
    if (!status)
        status = end_section(report, ground, start, end, error);
    referee_close(&referee);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* Method against method, over all sections. */
static int report_across(struct report *report, struct ground *ground, struct error *error)
{
    struct text *out[REPORT_FORMATS], html = {0};
    for (int format = 0; format < REPORT_FORMATS; format++)
        out[format] = format == REPORT_CSV    ? &report->pairs
                      : format == REPORT_HTML ? &html
                                              : &report->tables[format];
    int status = across_print(&ground->across, out, error);
    if (!status && html.size) {
        page_section(&ground->page, "Method against method", NULL);
        text_append_bytes(&ground->page.body, html.data, html.size);
    }
    text_free(&html);
    return status;
}

static int report_imagenet(struct report *report, struct ground *ground, struct error *error)
{
    int status = ERROR_NONE;
    page_section(&ground->page, "The survey's Table 2", NULL);
    page_fold(&ground->page, "ImageNet: published figures");
    for (int format = 0; !status && format < REPORT_FORMATS; format++) {
        struct text *out = format == REPORT_HTML ? &ground->page.body : &report->survey[format];
        if (format == REPORT_CSV)
            continue;
        text_append(out, "\n");
        status =
            survey_print_imagenet(&ground->survey, ground->plan->methods, ground->plan->n_methods,
                                  (enum report_format)format, out, error);
    }
    return status;
}

static int write_page(const struct report *report, struct ground *ground, struct error *error)
{
    struct text summary = {0};
    size_t n = ground->collection->n;
    text_append(&summary,
                "%zu %s. Every figure and table follows from them and from the tables "
                "that judge, by nasbed report.",
                n, n == 1 ? "trace" : "traces");
    int status = summary.failed ? out_of_memory(error)
                                : page_write(&ground->page, ground->plan->out, summary.data,
                                             &report->warnings, error);
    text_free(&summary);
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
    static const char *const names[REPORT_FILES] = {"comparison.txt", "comparison.md",
                                                    "comparison.csv", "comparison.tex"};
    static const char *const surveys[REPORT_FILES] = {"survey.txt", "survey.md", "survey.csv",
                                                      "survey.tex"};
    static const char *const logged[REPORT_FILES] = {"logged.txt", "logged.md", "logged.csv",
                                                     "logged.tex"};
    int status = ERROR_NONE;
    for (int format = 0; !status && format < REPORT_FILES; format++) {
        status = write_table(&report->tables[format], folder, names[format], error);
        if (!status)
            status = write_table(&report->survey[format], folder, surveys[format], error);
        if (!status)
            status = write_table(&report->logged[format], folder, logged[format], error);
    }
    if (!status && report->pairs.size)
        status = write_table(&report->pairs, folder, "pairs.csv", error);
    if (!status)
        status = write_table(&report->runtime, folder, "runtime.csv", error);
    if (!status)
        status = write_table(&report->manifest, folder, "manifest.csv", error);
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
        status = report_across(report, &ground, error);
    if (!status)
        status = report_imagenet(report, &ground, error);
    warn(report, &collection);
    if (!status)
        status = write_tables(report, plan->out, error);
    if (!status)
        status = write_page(report, &ground, error);
    if (!status && (report->plots.failed || report->warnings.failed))
        status = out_of_memory(error);
    page_free(&ground.page);
    across_free(&ground.across);
    survey_free(&ground.survey);
    collection_close(&collection);
    if (status)
        report_free(report);
    return status;
}

void report_free(struct report *report)
{
    for (int format = 0; format < REPORT_FILES; format++) {
        text_free(&report->tables[format]);
        text_free(&report->survey[format]);
        text_free(&report->logged[format]);
    }
    text_free(&report->pairs);
    text_free(&report->runtime);
    text_free(&report->manifest);
    text_free(&report->plots);
    text_free(&report->warnings);
}
