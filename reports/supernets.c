#include "reports/supernets.h"

#include "reports/grid.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const struct field fields[] = {
    {"space", FIELD_TEXT, .column = "space"},
    {"table_protocol", FIELD_TEXT, .column = "table"},
    {"table", FIELD_TEXT, .hidden = true},
    {"truth", FIELD_TEXT, .hidden = true},
    {"supernet", FIELD_TEXT, .column = "supernet"},
    {"budget", FIELD_TEXT, .column = "budget"},
    {"trained_under", FIELD_TEXT, .hidden = true},
    {"seeds", FIELD_REAL, 0, .column = "seeds"},
    {"n", FIELD_REAL, 0, .column = "n"},
    {"tied_score", FIELD_REAL, .hidden = true},
    {"tied_truth", FIELD_REAL, .hidden = true},
    {"accuracy", FIELD_REAL, 1, .column = "accuracy"},
    {"tau_b", FIELD_REAL, 3, .column = "mean [95 %]", .group = "tau-b"},
    {"tau_b_low", FIELD_REAL, 3, .before = " [", .after = ", "},
    {"tau_b_high", FIELD_REAL, 3, .after = "]"},
    {"tau_b_std", FIELD_REAL, 3, .hidden = true},
    {"tau_b_seeds", FIELD_TEXT, .column = "each seed", .group = "tau-b"},
    {"tau_b_params", FIELD_REAL, 3, .column = "params", .group = "tau-b beside it"},
    {"tau_b_macs", FIELD_REAL, 3, .column = "FLOPs", .group = "tau-b beside it"},
    {"tau_b_untrained", FIELD_REAL, 3, .column = "untrained", .group = "tau-b beside it"},
    {"tau_b_ceiling", FIELD_REAL, 3, .column = "ceiling", .group = "tau-b beside it"},
    {"top_10_percent", FIELD_REAL, 3, .column = "it", .group = "within the true top 10 %"},
    {"top_10_percent_params", FIELD_REAL, 3, .column = "params",
     .group = "within the true top 10 %"},
    {"top_10_percent_ceiling", FIELD_REAL, 3, .column = "ceiling",
     .group = "within the true top 10 %"},
};

/* A rival's row, or none of it. */
static const struct rankings_row *find_rival(const struct rankings *rankings, const char *name)
{
    for (size_t i = 0; i < rankings->n; i++)
        if (!rankings->rows[i].seeds && strcmp(rankings->rows[i].name, name) == 0)
            return &rankings->rows[i];
    return NULL;
}

/* The control of this method, else of any: an untrained supernet is the space's, not a method's. */
static const struct rankings_row *find_untrained(const struct rankings *rankings,
                                                 const char *method)
{
    const struct rankings_row *any = NULL;
    size_t length = strlen(method);
    for (size_t i = 0; i < rankings->n; i++) {
        const struct rankings_row *row = &rankings->rows[i];
        if (!row->seeds || !row->untrained)
            continue;
        const char *its = rankings->files->files[row->first].method;
        if (strncmp(its, method, length) == 0 && strcmp(its + length, "-untrained") == 0)
            return row;
        any = any ? any : row;
    }
    return any;
}

static void put(struct grid *grid, const char *name, const struct rankings_row *row, bool tenth)
{
    if (row)
        grid_number(grid, name, tenth ? row->tenth.tau : row->whole.tau);
}

static void fill_row(struct grid *grid, const struct rankings *rankings,
                     const struct rankings_row *row)
{
    const struct table *table = rankings->table;
    const struct score_file *file = &rankings->files->files[row->first];
    grid_row(grid);
    grid_text(grid, "space", table->identity.space);
    grid_text(grid, "table_protocol", table->identity.protocol);
    grid_text(grid, "table", table->digest);
    grid_text(grid, "truth", rankings->test ? "test" : "validation");
    grid_text(grid, "supernet", file->method);
    grid_text(grid, "budget", file->budget);
    grid_text(grid, "trained_under", row->under[0] ? row->under : NULL);
    grid_number(grid, "seeds", (double)row->seeds);
    grid_number(grid, "n", row->whole.n);
    grid_number(grid, "tied_score", row->whole.tied_score);
    grid_number(grid, "tied_truth", row->whole.tied_truth);
    grid_number(grid, "accuracy", row->accuracy);
    grid_number(grid, "tau_b", row->whole.tau);
    grid_number(grid, "tau_b_low", row->tau.low);
    grid_number(grid, "tau_b_high", row->tau.high);
    grid_number(grid, "tau_b_std", row->tau_std);
    grid_text(grid, "tau_b_seeds", row->each.data);
    put(grid, "tau_b_params", find_rival(rankings, "params"), false);
    put(grid, "tau_b_macs", find_rival(rankings, "macs"), false);
    put(grid, "tau_b_untrained", find_untrained(rankings, file->method), false);
    put(grid, "tau_b_ceiling", find_rival(rankings, "noise ceiling"), false);
    put(grid, "top_10_percent", row, true);
    put(grid, "top_10_percent_params", find_rival(rankings, "params"), true);
    put(grid, "top_10_percent_ceiling", find_rival(rankings, "noise ceiling"), true);
}

static void append_table(const struct rankings *rankings, struct text *out)
{
    const struct table *table = rankings->table;
    const struct rankings_row *all = find_rival(rankings, "params"); /* it ranks all there is */
    size_t trained = all ? (size_t)all->whole.n : 0;
    text_append(
        out,
        "%s: %s accuracy of %s (numerics %d, table %.8s), mean over its seeds (at most %d); it "
        "has %zu of %" PRIu32 " architectures%s.\n",
        table->identity.space, rankings->test ? "test" : "validation", table->identity.protocol,
        table->identity.numerics, table->digest, table->seeds, trained, table->identity.count,
        trained < table->identity.count ? ": what it lacks counts nowhere" : "");
    if (table->seeds < 2)
        text_append(out, "%s: the table has one seed: no noise ceiling.\n", table->identity.space);
    rankings_protocols(rankings, out);
}

static void append_notes(const struct rankings *rankings, size_t n, struct text *out)
{
    bool few = false, incomplete = false;
    for (size_t k = 0; k < n; k++) {
        append_table(&rankings[k], out);
        for (size_t i = 0; i < rankings[k].n && rankings[k].rows[i].seeds; i++) {
            few |= !rankings[k].rows[i].untrained && rankings[k].rows[i].seeds < 10;
            incomplete |= rankings[k].rows[i].whole.n < rankings[k].table->identity.count;
        }
    }
    text_append(
        out,
        "Kendall's tau-b of the scores with the truth, per string: mean over the supernet "
        "seeds, its 95 %% interval by Student's t%s, and each seed's. Accuracy: the mean of "
        "the scores, in %%.\n",
        few ? " (few seeds: it stands on their being about normal)" : "");
    if (incomplete)
        text_append(out,
                    "n: architectures that are scored and that the table has; beside it all that "
                    "the table has count.\n");
    text_append(
        out, "Beside it: what costs nothing, on the same table. Untrained: the same scores, of "
             "supernets as they begin. Ceiling: one training against the others of the table.\n");
    text_append(out,
                "Within the true top 10 %% accuracies lie in a narrower range, which lowers the "
                "tau-b that a ranking can reach there: compare it with the others there.\n");
}

static int print_framed(const struct rankings *rankings, size_t n, const struct grid *grid,
                        enum report_format format, struct text *out, struct error *error)
{
    const struct frame frame = {.format = format, .font = "tiny\\setlength{\\tabcolsep}{2pt}"};
    struct text title = {0}, notes = {0};
    text_append(&title, "How well supernets rank");
    append_notes(rankings, n, &notes);
    return frame_print(&frame, &title, grid, &notes, out, error);
}

int supernets_print(const struct rankings *rankings, size_t n, enum report_format format,
                    struct text *out, struct error *error)
{
    struct grid grid;
    grid_init(&grid, fields, sizeof fields / sizeof *fields);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < rankings[k].n; i++)
            if (rankings[k].rows[i].seeds && !rankings[k].rows[i].untrained)
                fill_row(&grid, &rankings[k], &rankings[k].rows[i]);
    int status = format == REPORT_CSV ? grid_print_csv(&grid, true, out, error)
                                      : print_framed(rankings, n, &grid, format, out, error);
    grid_free(&grid);
    if (!status && out->failed)
        status = error_set(error, ERROR_MEMORY, "supernets: out of memory");
    return status;
}
