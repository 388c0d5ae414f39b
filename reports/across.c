#include "reports/across.h"

#include "reports/grid.h"
#include "reports/label.h"
#include "reports/paired.h"
#include "reports/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct error *error)
{
    return error_set(error, ERROR_MEMORY, "method against method: out of memory");
}

/* ---- What is kept ---------------------------------------------------------------------------- */

/* "cell, cifar10-mini (numerics 1), table 7ab1e7ab": what tells a block from the others of its
 * budget. */
static char *name_block(const struct trace_header *header)
{
    struct text name = {0};
    text_append(&name, "%s, %s (numerics %d), ", header->space, header->protocol, header->numerics);
    if (header->table[0])
        text_append(&name, "table %.8s", header->table);
    else
        text_append(&name, "trained live");
    if (name.failed)
        text_free(&name);
    return name.data;
}

static bool fill_entry(struct across_entry *entry, const struct comparison *comparison,
                       const struct comparison_row *row)
{
    *entry = (struct across_entry){
        .block = name_block(comparison->header),
        .header = &row->traces->header,
        .budget = {comparison->header->budget, trace_unit_name(comparison->header)},
        .accuracy = calloc(row->seeds, sizeof *entry->accuracy),
        .seeds = row->seeds,
        .virtual = comparison->runs.n > 0};
    if (!entry->block || !entry->accuracy)
        return false;
    for (size_t i = 0; i < row->seeds; i++)
        entry->accuracy[i] = row->traces[i].finish.test_accuracy;
    return true;
}

int across_add(struct across *across, const struct comparison *comparison, struct error *error)
{
    size_t n = across->n + comparison->n;
    struct across_entry *grown = realloc(across->entries, n * sizeof *grown);
    if (!grown)
        return out_of_memory(error);
    across->entries = grown;
    for (size_t i = 0; i < comparison->n; i++)
        if (!fill_entry(&grown[across->n++], comparison, &comparison->rows[i]))
            return out_of_memory(error);
    return 0;
}

void across_free(struct across *across)
{
    for (size_t i = 0; i < across->n; i++) {
        free(across->entries[i].block);
        free(across->entries[i].accuracy);
    }
    free(across->entries);
    *across = (struct across){0};
}

/* ---- One budget ------------------------------------------------------------------------------ */

static bool same_budget(struct across_budget a, struct across_budget b)
{
    return a.amount == b.amount && strcmp(a.unit, b.unit) == 0;
}

/* The blocks of one budget, the methods that all of them have, and what follows. */
struct panel {
    struct across_budget budget;
    const struct across_entry **entry; /* [blocks][methods] */
    const char **block;                /* [blocks] */
    size_t blocks, methods;
    const struct trace_header **header; /* [entries] of all entries of the budget */
    size_t entries;
    struct text *label;   /* [methods] */
    struct text left_out; /* methods that not all blocks have: "a (1 of 2), b (1 of 2)" */
    double *better;    /* [methods][methods] P(row beats column), ties half: mean over the blocks */
    double *p;         /* [methods][methods] of the pairs; NaN below FRIEDMAN_BLOCKS blocks */
    double *mean_rank; /* [methods] 1 is the best */
    double least;      /* least p that a pair can have */
    struct friedman_test friedman;
};

static bool is_of(const struct across_entry *entry, struct across_budget budget, const char *block)
{
    return same_budget(entry->budget, budget) && strcmp(entry->block, block) == 0;
}

/* The method of `header` in that block; labels do not matter, which depend on the block. */
static const struct across_entry *find_entry(const struct across *across,
                                             struct across_budget budget, const char *block,
                                             const struct trace_header *header)
{
    for (size_t i = 0; i < across->n; i++) {
        const struct across_entry *entry = &across->entries[i];
        if (is_of(entry, budget, block) && !collection_compare_methods(entry->header, header))
            return entry;
    }
    return NULL;
}

/* The first entry of the next block of that budget, from `i` on. */
static size_t next_block(const struct across *across, struct across_budget budget, size_t i)
{
    const char *before = i > 0 ? across->entries[i - 1].block : NULL;
    while (i < across->n && (!same_budget(across->entries[i].budget, budget) ||
                             (before && same_budget(across->entries[i - 1].budget, budget) &&
                              strcmp(across->entries[i].block, before) == 0)))
        before = across->entries[i++].block;
    return i;
}

static size_t count_blocks(const struct across *across, struct across_budget budget,
                           const struct trace_header *header)
{
    size_t n = 0;
    for (size_t i = next_block(across, budget, 0); i < across->n;
         i = next_block(across, budget, i + 1))
        n += find_entry(across, budget, across->entries[i].block, header) != NULL;
    return n;
}

/* The blocks, and the headers of everything in them. */
static void find_blocks(struct panel *panel, const struct across *across)
{
    for (size_t b = next_block(across, panel->budget, 0); b < across->n;
         b = next_block(across, panel->budget, b + 1))
        panel->block[panel->blocks++] = across->entries[b].block;
    for (size_t i = 0; i < across->n; i++)
        if (same_budget(across->entries[i].budget, panel->budget))
            panel->header[panel->entries++] = across->entries[i].header;
}

/* Which entries: the methods that all blocks have, in the order of the first block. */
static void find_entries(struct panel *panel, const struct across *across)
{
    size_t n = 0;
    for (size_t b = 0; b < panel->blocks; b++)
        for (size_t i = 0; i < across->n; i++) {
            const struct across_entry *entry = &across->entries[i];
            if (is_of(entry, panel->budget, panel->block[0]) &&
                count_blocks(across, panel->budget, entry->header) == panel->blocks)
                panel->entry[n++] =
                    find_entry(across, panel->budget, panel->block[b], entry->header);
        }
    panel->methods = n / panel->blocks;
}

/* True if an entry before the i-th is of the same method. */
static bool is_repeated(const struct panel *panel, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (!collection_compare_methods(panel->header[k], panel->header[i]))
            return true;
    return false;
}

/* Labels tell a method from everything else of the budget; so are those named that are left out. */
static int name_methods(struct panel *panel, const struct across *across, struct error *error)
{
    bool failed = false;
    for (size_t m = 0; m < panel->methods; m++) {
        label_append(&panel->label[m], panel->entry[m]->header, panel->header, panel->entries);
        failed = failed || panel->label[m].failed;
    }
    for (size_t i = 0; i < panel->entries; i++) {
        size_t n = count_blocks(across, panel->budget, panel->header[i]);
        if (n == panel->blocks || is_repeated(panel, i))
            continue;
        text_append(&panel->left_out, "%s", panel->left_out.size ? ", " : "");
        label_append(&panel->left_out, panel->header[i], panel->header, panel->entries);
        text_append(&panel->left_out, " (%zu of %zu)", n, panel->blocks);
    }
    return failed || panel->left_out.failed ? out_of_memory(error) : 0;
}

static int compare_all(struct panel *panel, struct error *error)
{
    size_t m = panel->methods;
    struct rank_test test;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++) {
            double sum = i == j ? (double)NAN : 0;
            for (size_t b = 0; b < panel->blocks && i != j; b++) {
                const struct across_entry *x = panel->entry[b * m + i];
                const struct across_entry *y = panel->entry[b * m + j];
                int status =
                    mann_whitney(x->accuracy, x->seeds, y->accuracy, y->seeds, &test, error);
                if (status)
                    return status;
                sum += test.gain;
            }
            panel->better[i * m + j] = sum / (double)panel->blocks;
            panel->p[i * m + j] = (double)NAN;
        }
    return 0;
}

/* Over the mean test errors of the blocks. */
static int test_blocks(struct panel *panel, struct error *error)
{
    size_t n = panel->blocks * panel->methods;
    double *value = calloc(n, sizeof *value);
    if (!value)
        return out_of_memory(error);
    for (size_t i = 0; i < n; i++)
        value[i] = 100 - sample_mean(panel->entry[i]->accuracy, panel->entry[i]->seeds);
    int status = friedman(value, panel->blocks, panel->methods, COMPARISON_SEED, &panel->friedman,
                          panel->mean_rank, error);
    if (!status && panel->blocks >= FRIEDMAN_BLOCKS)
        status =
            friedman_pairs(value, panel->blocks, panel->methods, panel->p, &panel->least, error);
    free(value);
    return status;
}

static void panel_close(struct panel *panel)
{
    for (size_t m = 0; panel->label && m < panel->methods; m++)
        text_free(&panel->label[m]);
    text_free(&panel->left_out);
    free(panel->label);
    free(panel->header);
    free(panel->block);
    free(panel->entry);
    free(panel->better);
    free(panel->p);
    free(panel->mean_rank);
    *panel = (struct panel){0};
}

/* Everything is at most as long as there are entries. */
static bool make_room(struct panel *panel, size_t n)
{
    panel->entry = calloc(n, sizeof *panel->entry);
    panel->block = calloc(n, sizeof *panel->block);
    panel->header = calloc(n, sizeof *panel->header);
    panel->label = calloc(n, sizeof *panel->label);
    return panel->entry && panel->block && panel->header && panel->label;
}

static int compute(struct panel *panel, struct error *error)
{
    size_t m = panel->methods;
    panel->better = calloc(m * m + 1, sizeof *panel->better);
    panel->p = calloc(m * m + 1, sizeof *panel->p);
    panel->mean_rank = calloc(m + 1, sizeof *panel->mean_rank);
    int status = panel->better && panel->p && panel->mean_rank ? 0 : out_of_memory(error);
    if (!status)
        status = compare_all(panel, error);
    if (!status && m > 1)
        status = test_blocks(panel, error);
    return status;
}

static int panel_open(struct panel *panel, const struct across *across, struct across_budget budget,
                      struct error *error)
{
    *panel = (struct panel){.budget = budget};
    int status = make_room(panel, across->n) ? 0 : out_of_memory(error);
    if (!status) {
        find_blocks(panel, across);
        find_entries(panel, across);
        status = name_methods(panel, across, error);
    }
    if (!status)
        status = compute(panel, error);
    if (status)
        panel_close(panel);
    return status;
}

/* ---- For people ------------------------------------------------------------------------------ */

static void append_title(const struct panel *panel, struct text *out)
{
    bool seconds = strcmp(panel->budget.unit, "trainings") != 0;
    text_append(out, "Method against method, budget %.12g%s: P(row beats column), ties half",
                panel->budget.amount, seconds ? " GPU seconds" : "");
    if (panel->blocks > 1)
        text_append(out, ", mean over %zu blocks", panel->blocks);
}

/* What its P(better) is here, and in the comparisons. */
static void note_random(const struct panel *panel, struct text *out)
{
    for (size_t i = 0; i < panel->blocks * panel->methods; i++) {
        const struct across_entry *entry = panel->entry[i];
        if (!entry->virtual || strcmp(entry->header->method, COLLECTION_BASELINE) != 0)
            continue;
        text_append(
            out,
            COLLECTION_BASELINE
            " is its own %zu %s here, and virtual runs on the table in the comparison, whose "
            "P(better) can therefore be another, even in direction: believe that one, which "
            "does not hang on the luck of few seeds.\n",
            entry->seeds, entry->seeds == 1 ? "seed" : "seeds");
        return;
    }
}

static void append_notes(const struct panel *panel, struct text *out)
{
    for (size_t b = 0; b < panel->blocks && panel->blocks > 1; b++)
        text_append(out, "%s%s", b ? "; " : "Blocks: ", panel->block[b]);
    text_append(out, panel->blocks > 1 ? ".\n" : "");
    if (panel->left_out.size)
        text_append(
            out,
            "Left out, because not all blocks have them (with these options, of these files): "
            "%s.\n",
            panel->left_out.data);
    if (panel->methods < 2) {
        text_append(out, "Nothing is left to compare.\n");
        return;
    }
    note_random(panel, out);
    if (panel->blocks < FRIEDMAN_BLOCKS) {
        text_append(out, "No test over spaces and tables: Friedman's needs %d of them.\n",
                    FRIEDMAN_BLOCKS);
        return;
    }
    text_append(out, "Friedman over %zu blocks: chi-square %.2f, p %.3g (permutations).\n",
                panel->blocks, panel->friedman.statistic, panel->friedman.p);
    if (panel->least >= COMPARISON_ALPHA)
        text_append(out,
                    "Pairs are not judged: with %zu blocks and %zu methods their p (signed-rank, "
                    "Holm) cannot fall below %.2g.\n",
                    panel->blocks, panel->methods, panel->least);
}

/* Columns: the method, [mean rank,] then each method. `fields` and `names` are room for them. */
static void fill_matrix(const struct panel *panel, const double *value, enum field_kind kind,
                        struct field *fields, char (*names)[24], struct grid *grid)
{
    size_t m = panel->methods, n = 0;
    bool ranked = panel->blocks > 1;
    fields[n++] = (struct field){"method", FIELD_TEXT, .column = "method"};
    if (ranked)
        fields[n++] = (struct field){"mean_rank", FIELD_REAL, 2, .column = "mean rank"};
    for (size_t j = 0; j < m; j++) {
        (void)snprintf(names[j], sizeof names[j], "m%zu", j);
        fields[n++] = (struct field){names[j], kind, 2, .column = panel->label[j].data};
    }
    grid_init(grid, fields, n);
    for (size_t i = 0; i < m; i++) {
        grid_row(grid);
        grid_text(grid, "method", panel->label[i].data);
        if (ranked)
            grid_number(grid, "mean_rank", panel->mean_rank[i]);
        for (size_t j = 0; j < m; j++)
            grid_number(grid, names[j], value[i * m + j]);
    }
}

static int print_matrix(const struct panel *panel, const double *value, enum field_kind kind,
                        const struct frame *frame, struct text *out, struct error *error)
{
    struct grid grid = {0};
    struct field *fields = calloc(panel->methods + 2, sizeof *fields);
    char(*names)[24] = calloc(panel->methods, sizeof *names);
    int status = fields && names ? 0 : out_of_memory(error);
    if (!status) {
        fill_matrix(panel, value, kind, fields, names, &grid);
        status = frame_grid(frame, &grid, out, error);
    }
    grid_free(&grid);
    free(names);
    free(fields);
    return status;
}

static int print_panel(const struct panel *panel, enum report_format format, struct text *out,
                       struct error *error)
{
    const struct frame frame = {.format = format, .font = "footnotesize"};
    struct text title = {0}, notes = {0};
    append_title(panel, &title);
    append_notes(panel, &notes);
    text_append(out, "\n");
    frame_begin(&frame, &title, out);
    int status =
        panel->methods > 1 ? print_matrix(panel, panel->better, FIELD_REAL, &frame, out, error) : 0;
    if (!status && panel->methods > 1 && panel->blocks >= FRIEDMAN_BLOCKS &&
        panel->least < COMPARISON_ALPHA) {
        text_append(out, "\np of each pair: signed-rank over the blocks, Holm over all pairs\n%s",
                    format == REPORT_MARKDOWN ? "\n" : "");
        status = print_matrix(panel, panel->p, FIELD_PROBABILITY, &frame, out, error);
    }
    frame_end(&frame, &notes, out);
    text_free(&notes);
    text_free(&title);
    return status;
}

/* ---- For programs ---------------------------------------------------------------------------- */

static const struct field pair_fields[] = {
    {.name = "budget", .kind = FIELD_REAL},
    {.name = "budget_unit", .kind = FIELD_TEXT},
    {.name = "blocks", .kind = FIELD_REAL},
    {.name = "method", .kind = FIELD_TEXT},
    {.name = "other", .kind = FIELD_TEXT},
    {.name = "p_better", .kind = FIELD_REAL},
    {.name = "mean_rank", .kind = FIELD_REAL},
    {.name = "p_pair", .kind = FIELD_PROBABILITY},
    {.name = "p_friedman", .kind = FIELD_PROBABILITY},
};

static int print_pairs(const struct panel *panel, bool first, struct text *out, struct error *error)
{
    struct grid grid;
    size_t m = panel->methods;
    grid_init(&grid, pair_fields, sizeof pair_fields / sizeof *pair_fields);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++) {
            if (i == j)
                continue;
            grid_row(&grid);
            grid_number(&grid, "budget", panel->budget.amount);
            grid_text(&grid, "budget_unit", panel->budget.unit);
            grid_number(&grid, "blocks", (double)panel->blocks);
            grid_text(&grid, "method", panel->label[i].data);
            grid_text(&grid, "other", panel->label[j].data);
            grid_number(&grid, "p_better", panel->better[i * m + j]);
            grid_number(&grid, "mean_rank", panel->mean_rank[i]);
            grid_number(&grid, "p_pair", panel->p[i * m + j]);
            grid_number(&grid, "p_friedman", panel->friedman.p);
        }
    int status = grid_print_csv(&grid, first, out, error);
    grid_free(&grid);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static bool is_new_budget(const struct across *across, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (same_budget(across->entries[before].budget, across->entries[i].budget))
            return false;
    return true;
}

/* Than the comparison, which shows two methods of one block already: or that nothing could be compared. */
static bool tells_more(const struct panel *panel)
{
    return panel->methods > 2 ||
           (panel->blocks > 1 && (panel->methods == 2 || panel->left_out.size));
}

static int print_formats(const struct panel *panel, struct text *const out[REPORT_FORMATS],
                         struct error *error)
{
    int status = ERROR_NONE;
    for (int format = 0; !status && format < REPORT_FORMATS; format++)
        if (format != REPORT_CSV)
            status = print_panel(panel, (enum report_format)format, out[format], error);
        else if (panel->methods > 1)
            status = print_pairs(panel, !out[format]->size, out[format], error);
    return status;
}

int across_print(const struct across *across, struct text *const out[REPORT_FORMATS],
                 struct error *error)
{
    int status = ERROR_NONE;
    for (size_t i = 0; !status && i < across->n; i++) {
        struct panel panel;
        if (!is_new_budget(across, i))
            continue;
        status = panel_open(&panel, across, across->entries[i].budget, error);
        if (status)
            return status;
        if (tells_more(&panel))
            status = print_formats(&panel, out, error);
        panel_close(&panel);
    }
    for (int format = 0; !status && format < REPORT_FORMATS; format++)
        status = out[format]->failed ? out_of_memory(error) : 0;
    return status;
}
