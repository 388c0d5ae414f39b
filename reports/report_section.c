/* The sections of a report: what is said of all traces that share a space, a table and a numerics
 * version. */
#include "reports/checklist.h"
#include "reports/manifest.h"
#include "reports/rankings.h"
#include "reports/report_parts.h"
#include "reports/truth.h"

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
    text_append(&detail, "Protocol hash %s.", header->protocol_hash);
    if (header->numerics) /* 0: imported, its data were never here */
        text_append(&detail, " Data set digest %s.", header->dataset_digest);
    if (header->table[0])
        text_append(&detail, " Table digest %s.", header->table);
    int status = title.failed || detail.failed ? report_out_of_memory(error) : 0;
    if (!status)
        page_section(&ground->page, title.data, detail.data);
    text_free(&detail);
    text_free(&title);
    return status;
}

/* The scatter of each supernet. */
static int draw_supernets(struct report *report, struct ground *ground,
                          const struct rankings *rankings, size_t start, struct error *error)
{
    int status = ERROR_NONE;
    for (size_t i = 0; !status && i < rankings->n && rankings->rows[i].seeds; i++) {
        struct text prefix = {0}, name = {0};
        report_name(ground->collection, start, false, &prefix);
        text_append(&name, "%s-", prefix.data ? prefix.data : "");
        rankings_name(rankings, i, &name);
        status = prefix.failed || name.failed
                     ? report_out_of_memory(error)
                     : rankings_write(rankings, i, ground->plan->out, prefix.data, error);
        if (!status)
            status = report_draw(report, ground, name.data,
                                 "Score with shared weights against accuracy trained alone", error);
        text_free(&name);
        text_free(&prefix);
    }
    return status;
}

/* What ranks the space, where there is a table that knows. */
static int rank(struct report *report, struct ground *ground, size_t start,
                const struct table *table, struct error *error)
{
    struct rankings rankings;
    const struct trace_header *header = &ground->collection->traces[start].header;
    page_part(&ground->page, "Ranking correlations");
    if (!table || strcmp(table->digest, header->table) != 0 || !table->valid_accuracy) {
        page_note(&ground->page, header->table[0]
                                     ? "The table of these traces, with validation accuracies, is "
                                       "not at hand (--table): nothing to rank against."
                                     : "The networks were trained live: there is no table to rank "
                                       "against.");
        return 0;
    }
    int status = rankings_make(&rankings, table, &ground->scores, error);
    if (status)
        return status;
    status = rankings_print(&rankings, REPORT_HTML, false, &ground->page.body, error);
    if (!status)
        status =
            rankings_print(&rankings, REPORT_CSV, !report->rankings.size, &report->rankings, error);
    if (!status)
        status = draw_supernets(report, ground, &rankings, start, error);
    for (const char *line = rankings.left_out.data; line && *line; line += strcspn(line, "\n") + 1)
        text_append(&report->warnings, "left out: %.*s\n", (int)strcspn(line, "\n"), line);
    report->damaged += rankings.damaged;
    rankings_free(&rankings);
    return status;
}

/* What a section says of its own traces: which they are, and how the comparison was made. */
static int end_section(struct report *report, struct ground *ground, size_t start, size_t end,
                       const struct table *table, struct error *error)
{
    struct checklist checklist;
    struct page *page = &ground->page;
    int status = checklist_make(&checklist, ground->collection, start, end, table, error);
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

/* What the table of its own digest contradicts, by what it measured or by which architectures there are,
 * is no better than a damaged trace: the others are reported without it. */
static int leave_out_false(struct ground *ground, size_t start, size_t *end,
                           const struct table *table, struct error *error)
{
    struct collection *collection = ground->collection;
    char reason[160];
    int status = ERROR_NONE;
    if (truth_refuse(table, &collection->traces[start].header, reason, sizeof reason))
        return 0;
    for (size_t i = start; !status && i < *end;) {
        struct error damage;
        if (!truth_check(table, &collection->traces[i], &damage)) {
            i++;
            continue;
        }
        status = collection_leave_out(collection, i, damage.text, error);
        *end -= !status;
    }
    return status;
}

/* Traces [start, end), at least one. */
static int print_section(struct report *report, struct ground *ground, size_t start, size_t end,
                         const struct table *table, struct error *error)
{
    int status = begin_section(ground, &ground->collection->traces[start].header, error);
    for (size_t block = start; !status && block < end;
         block = collection_end(ground->collection, block, COLLECTION_BLOCK))
        status = report_block(report, ground, block, table, error);
    if (!status)
        status = rank(report, ground, start, table, error);
    return status ? status : end_section(report, ground, start, end, table, error);
}

int report_section(struct report *report, struct ground *ground, size_t start, size_t *end,
                   struct error *error)
{
    struct referee referee;
    int status =
        referee_open(&referee, ground->plan, &ground->collection->traces[start].header, error);
    if (!status)
        status = leave_out_false(ground, start, end, referee_table(&referee), error);
    if (!status && start < *end)
        status = print_section(report, ground, start, *end, referee_table(&referee), error);
    referee_close(&referee);
    return status;
}
