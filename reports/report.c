#include "base/file.h"
#include "reports/report_parts.h"

#include <stdlib.h>
#include <string.h>

int report_out_of_memory(struct error *error)
{
    return error_set(error, ERROR_MEMORY, "report: out of memory");
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
    int status = summary.failed ? report_out_of_memory(error)
                                : page_write(&ground->page, ground->plan->out, summary.data,
                                             &report->warnings, error);
    text_free(&summary);
    return status;
}

static void warn(struct report *report, const struct collection *collection)
{
    report->damaged += collection->n_damages;
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
    if (!status && report->rankings.size)
        status = write_table(&report->rankings, folder, "rankings.csv", error);
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
        status = score_files_open(&ground.scores, plan->folders, plan->n_folders, error);
    if (!status)
        status = folder_make(plan->out, error);
    for (size_t start = 0, end; !status && start < collection.n; start = end) {
        end = collection_end(&collection, start, COLLECTION_SECTION);
        status = report_section(report, &ground, start, &end, error);
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
        status = report_out_of_memory(error);
    page_free(&ground.page);
    score_files_close(&ground.scores);
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
    text_free(&report->rankings);
    text_free(&report->manifest);
    text_free(&report->plots);
    text_free(&report->warnings);
}
