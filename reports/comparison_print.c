/* The comparison table as people and programs read it: one grid of cells, its title and its
 * notes. */
#include "reports/comparison.h"
#include "reports/grid.h"
#include "reports/setting.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The columns, from left to right; what is hidden stands in CSV alone. */
static const struct field fields[] = {
    SETTING_FIELDS,
    {"budget_flops", FIELD_REAL, .hidden = true},
    {"seeds", FIELD_REAL, .hidden = true},
    {"class", FIELD_TEXT, .column = "class"},
    {"label", FIELD_TEXT, .column = "method"},
    {"method", FIELD_TEXT, .hidden = true},
    {"options", FIELD_TEXT, .hidden = true},
    {"origin", FIELD_TEXT, .hidden = true}, /* digest of the files; empty: built in */
    {"kind", FIELD_TEXT, .hidden = true},
    {"survey", FIELD_TEXT, .hidden = true},
    {"modular", FIELD_FLAG, .column = "M C R I"},
    {"continuous", FIELD_FLAG, .before = " "},
    {"recycled", FIELD_FLAG, .before = " "},
    {"incomplete", FIELD_FLAG, .before = " "},
    {"test_error", FIELD_REAL, 2, .column = "mean +- std  [95 %]", .group = "test error %"},
    {"test_error_std", FIELD_REAL, 2, .before = " +- "},
    {"test_error_low", FIELD_REAL, 2, .before = "  ["},
    {"test_error_high", FIELD_REAL, 2, .before = ", ", .after = "]"},
    {"test_error_iqm", FIELD_REAL, .hidden = true},
    {"params_k", FIELD_MEASURE, .column = "k", .group = "params"},
    {"tflop", FIELD_MEASURE, .column = "TFLOP", .group = "search cost"},
    {"gpu_seconds", FIELD_MEASURE, .column = "GPU s", .group = "search cost"},
    {"cpu_seconds", FIELD_DIGITS, .column = "CPU s", .group = "search cost"},
    {"regret", FIELD_REAL, 2, .column = "regret"},
    {"regret_std", FIELD_REAL, 2, .hidden = true},
    {"regret_low", FIELD_REAL, 2, .hidden = true},
    {"regret_high", FIELD_REAL, 2, .hidden = true},
    {"relative_improvement", FIELD_REAL, 2, .hidden = true},
    {"equal_draws", FIELD_MEASURE, .column = "draws", .group = "vs random search"},
    {"p_better", FIELD_REAL, 2, .column = "P(better)  [95 %]", .group = "vs random search"},
    {"p_better_low", FIELD_REAL, 2, .before = "  ["},
    {"p_better_high", FIELD_REAL, 2, .before = ", ", .after = "]"},
    {"p", FIELD_PROBABILITY, .hidden = true},
    {"p_holm", FIELD_PROBABILITY, .column = "p", .group = "vs random search"},
    {"verdict", FIELD_TEXT, .column = "verdict", .group = "vs random search"},
    {"baseline", FIELD_TEXT, .hidden = true},
    {"baseline_runs", FIELD_REAL, .hidden = true},
    {"baseline_error", FIELD_REAL, .hidden = true},
    {"baseline_regret", FIELD_REAL, .hidden = true},
    {"average_error", FIELD_REAL, .hidden = true},
};

/* ---- Cells ----------------------------------------------------------------------------------- */

static void fill_setting(struct grid *grid, const struct comparison_row *row)
{
    const struct trace_header *header = &row->traces->header;
    setting_fill(grid, header);
    if (!header->gpu_seconds)
        grid_number(grid, "budget_flops", (double)header->budget_flops);
    grid_number(grid, "seeds", (double)row->seeds);
    grid_text(grid, "class", header->class);
    grid_text(grid, "label", row->label);
    grid_text(grid, "method", header->method);
    grid_text(grid, "options", row->options);
    grid_text(grid, "origin", header->origin.digest);
    grid_text(grid, "kind", header->kind);
    grid_text(grid, "survey", header->survey);
    grid_number(grid, "modular", header->modular);
    grid_number(grid, "continuous", header->continuous);
    grid_number(grid, "recycled", header->recycled);
    grid_number(grid, "incomplete", header->incomplete);
}

/* What random search is here: the same in every row. */
static void fill_baseline(struct grid *grid, const struct comparison *comparison)
{
    const struct comparison_row *baseline = comparison->baseline;
    if (comparison->runs.n) {
        grid_text(grid, "baseline", "virtual");
        grid_number(grid, "baseline_runs", (double)comparison->runs.n);
        grid_number(grid, "baseline_error", comparison->runs.error);
        grid_number(grid, "baseline_regret", comparison->runs.regret);
    } else if (baseline) {
        grid_text(grid, "baseline", "trials");
        grid_number(grid, "baseline_runs", (double)baseline->seeds);
        grid_number(grid, "baseline_error", baseline->error);
        grid_number(grid, "baseline_regret", baseline->regret);
    }
    grid_number(grid, "average_error", comparison->average);
}

/* People read of a number that one draw, or all of them, bound on which side it lies. */
static void fill_draws(struct grid *grid, const struct comparison *comparison,
                       const struct comparison_row *row)
{
    char beyond[32];
    (void)snprintf(beyond, sizeof beyond, ">%zu", comparison->draws.n);
    if (!comparison->draws.n || comparison_is_random(row))
        return;
    grid_number(grid, "equal_draws", row->equal_draws);
    if (isnan(row->equal_draws))
        grid_text(grid, "equal_draws", beyond);
    else if (row->equal_draws <= 1)
        grid_text(grid, "equal_draws", "<1");
}

static void fill_row(struct grid *grid, const struct comparison *comparison,
                     const struct comparison_row *row)
{
    grid_row(grid);
    fill_setting(grid, row);
    grid_number(grid, "test_error", row->error);
    grid_number(grid, "test_error_std", row->error_std);
    grid_number(grid, "test_error_low", row->error_low);
    grid_number(grid, "test_error_high", row->error_high);
    grid_number(grid, "test_error_iqm", row->error_iqm);
    grid_number(grid, "params_k", row->params_k);
    grid_number(grid, "tflop", row->tflop);
    grid_number(grid, "gpu_seconds", row->gpu_seconds);
    grid_number(grid, "cpu_seconds", row->cpu_seconds);
    grid_number(grid, "regret", row->regret);
    grid_number(grid, "regret_std", row->regret_std);
    grid_number(grid, "regret_low", row->regret_low);
    grid_number(grid, "regret_high", row->regret_high);
    grid_number(grid, "relative_improvement", row->improvement);
    fill_draws(grid, comparison, row);
    grid_number(grid, "p_better", row->p_better);
    grid_number(grid, "p_better_low", row->p_better_low);
    grid_number(grid, "p_better_high", row->p_better_high);
    grid_number(grid, "p", row->p);
    grid_number(grid, "p_holm", row->p_holm);
    if (row->verdict != VERDICT_NONE)
        grid_text(grid, "verdict", verdict_text(row->verdict));
    fill_baseline(grid, comparison);
}

/* ---- Title ----------------------------------------------------------------------------------- */

static void seeds_range(const struct comparison *comparison, size_t *least, size_t *most)
{
    *least = *most = comparison->rows[0].seeds;
    for (size_t i = 1; i < comparison->n; i++) {
        size_t seeds = comparison->rows[i].seeds;
        *least = seeds < *least ? seeds : *least;
        *most = seeds > *most ? seeds : *most;
    }
}

/* "4 seeds", or "4 to 10 seeds" where the methods differ. */
static void append_seeds(const struct comparison *comparison, struct text *out)
{
    size_t least, most;
    seeds_range(comparison, &least, &most);
    if (least < most)
        text_append(out, "%zu to ", least);
    text_append(out, "%zu %s", most, most == 1 ? "seed" : "seeds");
}

void comparison_title(const struct comparison *comparison, struct text *out)
{
    const struct trace_header *header = comparison->header;
    text_append(out, "%s, %s (numerics %d), budget %.12g %s, ", header->space, header->protocol,
                header->numerics, header->budget, trace_unit_text(header));
    append_seeds(comparison, out);
    if (header->table[0])
        text_append(out, ", table %.8s", header->table);
    else
        text_append(out, ", trained live");
}

/* ---- Notes ----------------------------------------------------------------------------------- */

static void note_verdict(const struct comparison *comparison, struct text *out)
{
    size_t tests = 0, decided = 0;
    for (size_t i = 0; i < comparison->n; i++) {
        const struct comparison_row *row = &comparison->rows[i];
        tests += isnan(row->p) ? 0 : 1;
        decided += row->verdict >= VERDICT_UNDECIDED ? 1 : 0;
    }
    if (!comparison->baseline && !comparison->runs.n) {
        text_append(out, " There is no " COLLECTION_BASELINE " at this budget to compare with.");
    } else if (tests && !decided) {
        text_append(out, " ");
        append_seeds(comparison, out);
        text_append(out, ": too few for a verdict (%d are needed).", COMPARISON_SEEDS);
    } else if (tests) {
        text_append(out, "\nThe verdict is at %g %%; p is Mann-Whitney's, Holm over %zu %s.",
                    COMPARISON_ALPHA * 100, tests, tests == 1 ? "method" : "methods");
    }
    text_append(out, "\n");
}

/* Random search as the table has it. */
static void note_truth(const struct comparison *comparison, struct text *out)
{
    const struct virtual_runs *runs = &comparison->runs;
    const struct draws *draws = &comparison->draws;
    if (runs->n) {
        size_t n = runs->draws < 1.5 ? 1 : (size_t)(runs->draws + 0.5);
        text_append(out,
                    "Random search is %zu virtual runs on the table: test error %.2f, regret %.2f "
                    "after %.1f draws (%zu in closed form: %.2f).\n",
                    runs->n, runs->error, runs->regret, runs->draws, n, draws->regret[n - 1]);
    } else if (comparison->no_runs[0]) {
        text_append(out, "No virtual runs of random search: %s.\n", comparison->no_runs);
    }
    if (draws->n)
        text_append(
            out,
            "draws: number of random-search draws with the same expected regret; <1: one is "
            "no worse; >%zu: not even all of them are as good; a dash: random search itself, "
            "whose number would only say how lucky its seeds were.\n"
            "The average architecture has a test error of %.2f +- %.2f.\n",
            draws->n, comparison->average, comparison->average_std);
}

static void note_random(const struct comparison *comparison, struct text *out)
{
    for (size_t i = 0; i < comparison->n; i++) {
        const struct comparison_row *row = &comparison->rows[i];
        if (row->random_only)
            text_append(
                out,
                "%s is random search by construction in %zu of %zu trials: the budget ended "
                "among its first draws.\n",
                row->label, row->random_only, row->seeds);
    }
}

/* The first trial of a row that was called otherwise than its first: the words around the files may be
 * options. */
static void note_call(const struct comparison_row *row, struct text *out)
{
    const char *first = row->traces->header.origin.what;
    for (size_t i = 1; i < row->seeds; i++) {
        const struct trace_header *header = &row->traces[i].header;
        if (strcmp(header->origin.what, first) == 0)
            continue;
        text_append(out,
                    "%s: not all trials were called alike: \"%s\", but \"%s\" with seed %" PRIu64
                    " (the manifest has all).\n",
                    row->label, first, header->origin.what, header->seed);
        return;
    }
}

/* Methods from outside are what their files hold; a name alone says little of them. */
static void note_origins(const struct comparison *comparison, struct text *out)
{
    bool several = false;
    for (size_t i = 1; i < comparison->n; i++) {
        const struct trace_header *before = &comparison->rows[i - 1].traces->header;
        const struct trace_header *header = &comparison->rows[i].traces->header;
        several = several || (strcmp(before->method, header->method) == 0 &&
                              strcmp(before->origin.digest, header->origin.digest) != 0);
    }
    if (several)
        text_append(out,
                    "One name, other files: in parentheses are the first digits of their digest "
                    "(manifest.csv has it in full).\n");
    for (size_t i = 0; i < comparison->n; i++)
        note_call(&comparison->rows[i], out);
}

static void note_seeds(const struct comparison *comparison, struct text *out)
{
    size_t least, most;
    seeds_range(comparison, &least, &most);
    if (least == most)
        return;
    text_append(out, "The methods have unequal numbers of seeds:");
    for (size_t i = 0; i < comparison->n; i++)
        text_append(out, "%s %s %zu", i ? "," : "", comparison->rows[i].label,
                    comparison->rows[i].seeds);
    text_append(out, ".\n");
}

bool trace_one_noise(const struct trace_header *header)
{
    return header->tests_apart && header->table_seeds == 1;
}

void note_noise(bool biased, bool one_noise, struct text *out)
{
    if (biased)
        text_append(out,
                    "Biased: a result is tested on the very training that its search saw; test "
                    "error and regret look better than they are.\n");
    else if (one_noise)
        text_append(out,
                    "A search saw other trainings than those it is tested on. The table has one "
                    "number an architecture: all trials meet the same noise, which +- leaves "
                    "out.\n");
}

/* Why the search cost is less than the budget, and what of it is time. */
static void note_costs(const struct comparison *comparison, struct text *out)
{
    const struct trace_header *header = comparison->header;
    const char *unit = trace_unit_text(header);
    text_append(out,
                "Of the budget %.3g %s are a reserve for the final choice, as much as training the "
                "dearest architecture takes: no search can spend them, also where its choice then "
                "costs less or nothing.\n",
                (double)header->reserve_flops / trace_unit(header), unit);
    if (header->table[0])
        text_append(out, "CPU s: the method's own time; reading the table counts nothing.\n");
}

/* What must be read with the table, a line each. */
static void append_notes(const struct comparison *comparison, struct text *out)
{
    bool extended = false, timeless = false;
    for (size_t i = 0; i < comparison->n; i++) {
        const struct comparison_row *row = &comparison->rows[i];
        extended = extended || strcmp(row->traces->header.kind, "extension") == 0;
        timeless = timeless || isnan(row->cpu_seconds);
    }
    text_append(out, "m modular; c continuous; r recycled; i incomplete training.");
    note_verdict(comparison, out);
    note_seeds(comparison, out);
    note_origins(comparison, out);
    note_random(comparison, out);
    note_truth(comparison, out);
    if (comparison->no_regret[0])
        text_append(out, "No regret: %s.\n", comparison->no_regret);
    note_noise(comparison->biased, trace_one_noise(comparison->header), out);
    if (timeless)
        text_append(out, "No CPU seconds where a trial has no times beside its trace.\n");
    if (extended)
        text_append(out, "* an extension of the published method to this space.\n");
    note_costs(comparison, out);
}

/* ---- The forms ------------------------------------------------------------------------------- */

static int print_framed(const struct comparison *comparison, const struct grid *grid,
                        enum report_format format, struct text *out, struct error *error)
{
    const struct frame frame = {.format = format,
                                .font = "footnotesize\\setlength{\\tabcolsep}{3pt}"};
    struct text title = {0}, notes = {0};
    comparison_title(comparison, &title);
    append_notes(comparison, &notes);
    return frame_print(&frame, &title, grid, &notes, out, error);
}

/* People read the search's cost in the unit of the budget alone. */
static void show_unit(struct field *shown, size_t n, bool gpu_seconds)
{
    const char *other = gpu_seconds ? "tflop" : "gpu_seconds";
    for (size_t f = 0; f < n; f++)
        shown[f].hidden = shown[f].hidden || strcmp(shown[f].name, other) == 0;
}

int comparison_print(const struct comparison *comparison, enum report_format format, bool first,
                     struct text *out, struct error *error)
{
    struct grid grid;
    struct field shown[sizeof fields / sizeof *fields];
    memcpy(shown, fields, sizeof fields);
    show_unit(shown, sizeof fields / sizeof *fields, comparison->header->gpu_seconds);
    grid_init(&grid, shown, sizeof fields / sizeof *fields);
    for (size_t i = 0; i < comparison->n; i++)
        fill_row(&grid, comparison, &comparison->rows[i]);
    int status = format == REPORT_CSV ? grid_print_csv(&grid, first, out, error)
                                      : print_framed(comparison, &grid, format, out, error);
    grid_free(&grid);
    if (!status && out->failed)
        status = error_set(error, ERROR_MEMORY, "comparison: out of memory");
    return status;
}
