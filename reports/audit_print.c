/* Audits as people and programs read them: a grid a section, its columns after the picks. Of several seeds
 * the scores have a row for each statistic over them, then one for each. */
#include "reports/accuracy.h"
#include "reports/audit.h"
#include "reports/grid.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct field leading[] = {
    {"space", FIELD_TEXT, .hidden = true},
    {"protocol", FIELD_TEXT, .hidden = true},
    {"numerics", FIELD_REAL, .hidden = true},
    {"table", FIELD_TEXT, .hidden = true},
    {"truth", FIELD_TEXT, .hidden = true},
    {"section", FIELD_TEXT, .hidden = true},
    {"by", FIELD_TEXT, .hidden = true},
    {"per", FIELD_TEXT, .hidden = true},
    {"ranking", FIELD_TEXT, .column = ""},
    {"statistic", FIELD_TEXT, .before = "  "},
    {"trained_percent", FIELD_REAL, .hidden = true},
    {"n", FIELD_REAL, .column = "n"},
    {"tau_b", FIELD_REAL, 3, .column = "tau-b"},
    {"spearman", FIELD_REAL, 3, .column = "Spearman"},
    {"weighted_tau", FIELD_REAL, 3, .column = "weighted tau"},
    {"sparse_tau_b", FIELD_REAL, 3, .column = "sparse", .group = "tau-b"},
    {"tau_b_equal_params", FIELD_REAL, 3, .column = "equal params", .group = "tau-b"},
    {"tied_score", FIELD_REAL, 3, .column = "score", .group = "tied pairs"},
    {"tied_truth", FIELD_REAL, 3, .column = "truth", .group = "tied pairs"},
};

/* Of the bootstrap over architectures: after the picks, and for people only where there is one. */
static const struct field trailing[] = {
    {"tau_b_architectures_low", FIELD_REAL, 3, .column = "tau-b", .group = AUDIT_INTERVALS,
     .before = "[", .after = ", "},
    {"tau_b_architectures_high", FIELD_REAL, 3, .after = "]"},
    {"spearman_architectures_low", FIELD_REAL, 3, .column = "Spearman", .group = AUDIT_INTERVALS,
     .before = "[", .after = ", "},
    {"spearman_architectures_high", FIELD_REAL, 3, .after = "]"},
};

enum {
    LEADING = sizeof leading / sizeof *leading,
    TRAILING = sizeof trailing / sizeof *trailing,
    PER_PICK = 3,
    MOST = LEADING + PER_PICK * AGREEMENT_PICKS + TRAILING
};

/* The fields of one audit, and the texts that those of the picks borrow. */
struct columns {
    struct field fields[MOST];
    size_t n;
    char names[PER_PICK * AGREEMENT_PICKS][48], groups[AGREEMENT_PICKS][48];
};

static void add_field(struct columns *columns, size_t pick, size_t which, const char *name,
                      const char *column, int decimals, size_t k)
{
    char *text = columns->names[pick * PER_PICK + which];
    (void)snprintf(text, sizeof columns->names[0], "%s_%zu", name, k);
    columns->fields[columns->n++] = (struct field){.name = text,
                                                   .kind = FIELD_REAL,
                                                   .decimals = decimals,
                                                   .column = column,
                                                   .group = columns->groups[pick]};
}

static void make_columns(struct columns *columns, const struct audit_plan *plan)
{
    memcpy(columns->fields, leading, sizeof leading);
    columns->n = LEADING;
    for (size_t i = 0; i < plan->n_picks; i++) {
        size_t k = plan->picks[i];
        (void)snprintf(columns->groups[i], sizeof columns->groups[i], "its top %zu", k);
        add_field(columns, i, 0, "precision", "P", 2, k);
        add_field(columns, i, 1, "rank", "best", 0, k);
        add_field(columns, i, 2, "regret", "regret", 2, k);
    }
    for (size_t i = 0; i < TRAILING; i++) {
        struct field *field = &columns->fields[columns->n++];
        *field = trailing[i];
        field->hidden = plan->resamples == 0;
    }
}

static const char *side_name(enum ranking_side by)
{
    return by == RANKING_TRUTH ? "truth" : "scores";
}

static const char *unit_name(enum audit_unit per)
{
    return per == AUDIT_CLASSES ? "class" : "string";
}

/* Whether a side of the ranking chose who is in it. */
static bool chosen(const struct audit_section *section)
{
    return section->slice->most || (section->slice->percent && section->slice->percent < 100);
}

/* False of what was scored on the way: its rows have names of their own. */
static bool sliced(const struct audit_section *section)
{
    return section->slice->percent + section->slice->most > 0;
}

/* What stands above a section, and is the same in all its rows. */
struct place {
    const struct audit_report *report;
    const struct columns *columns;
    const struct audit_section *section; /* of the first audit */
};

/* Whose line it is. */
struct line {
    const char *name, *statistic;
    double share; /* audit_row.share */
};

static void fill_setting(struct grid *grid, const struct audit_plan *plan)
{
    const struct table_identity *identity = &plan->table->identity;
    grid_text(grid, "space", identity->space);
    grid_text(grid, "protocol", identity->protocol);
    grid_number(grid, "numerics", identity->numerics);
    grid_text(grid, "table", plan->table->digest);
    grid_text(grid, "truth", plan->point == ACCURACY_TEST ? "test" : "validation");
}

static void fill_row(struct grid *grid, const struct place *place, const struct line *line,
                     const struct agreement *agreement)
{
    const struct audit_plan *plan = place->report->audits[0].plan;
    grid_row(grid);
    fill_setting(grid, plan);
    grid_text(grid, "section", place->section->slice->title);
    grid_text(grid, "by", side_name(plan->by));
    grid_text(grid, "per", unit_name(plan->per));
    grid_text(grid, "ranking", line->name);
    grid_text(grid, "statistic", line->statistic);
    grid_number(grid, "trained_percent", line->share);
    grid_number(grid, "n", agreement->n);
    grid_number(grid, "tau_b", agreement->tau);
    grid_number(grid, "spearman", agreement->rho);
    grid_number(grid, "weighted_tau", agreement->weighted);
    grid_number(grid, "sparse_tau_b", agreement->sparse);
    grid_number(grid, "tau_b_equal_params", agreement->within);
    grid_number(grid, "tied_score", agreement->tied_score);
    grid_number(grid, "tied_truth", agreement->tied_truth);
    for (size_t i = 0; i < agreement->n_picks; i++) {
        const char(*names)[48] = &place->columns->names[i * PER_PICK];
        grid_number(grid, names[0], agreement->picks[i].precision);
        grid_number(grid, names[1], agreement->picks[i].rank);
        grid_number(grid, names[2], agreement->picks[i].regret);
    }
}

/* The row of that name in the same section of another audit; NULL: it has no such section, or row. */
static const struct audit_row *find_row(const struct audit *audit, const struct place *place,
                                        const struct audit_row *row)
{
    size_t at = (size_t)(row - place->section->rows);
    for (size_t s = 0; s < audit->n_sections; s++) {
        const struct audit_section *section = &audit->sections[s];
        if (section->slice != place->section->slice)
            continue;
        if (row->scores) /* by its place: the label is each seed's own */
            return at < section->n_rows && section->rows[at].scores ? &section->rows[at] : NULL;
        for (size_t r = 0; r < section->n_rows; r++)
            if (!section->rows[r].scores && strcmp(section->rows[r].name, row->name) == 0)
                return &section->rows[r];
    }
    return NULL;
}

/* A row as each seed's audit has it. */
struct gathered {
    struct agreement *agreement; /* [n] nothing, where one has it not */
    double *share;               /* [n] NaN there */
};

/* The mean of the shares of training is returned: of those that have the row. */
static double gather(const struct place *place, const struct audit_row *row,
                     const struct gathered *gathered)
{
    const struct audit_report *report = place->report;
    double sum = 0;
    size_t n = 0;
    for (size_t k = 0; k < report->n; k++) {
        const struct audit_row *its = find_row(&report->audits[k], place, row);
        gathered->agreement[k] = its ? its->agreement : row->agreement;
        gathered->share[k] = its ? its->share : (double)NAN;
        if (!its)
            agreement_none(&gathered->agreement[k]);
        sum += its ? its->share : 0;
        n += its != NULL;
    }
    return sum / (double)n; /* the first audit has it */
}

static void put_intervals(struct grid *grid, const struct audit_row *row)
{
    grid_number(grid, "tau_b_architectures_low", row->tau.low);
    grid_number(grid, "tau_b_architectures_high", row->tau.high);
    grid_number(grid, "spearman_architectures_low", row->rho.low);
    grid_number(grid, "spearman_architectures_high", row->rho.high);
}

static void fill_seeds(struct grid *grid, const struct place *place, const struct audit_row *row,
                       const char *name, const struct gathered *gathered)
{
    const struct audit_report *report = place->report;
    for (size_t k = 0; k < report->n; k++) {
        const struct audit_row *its = find_row(&report->audits[k], place, row);
        const struct line line = {name, report->audits[k].plan->label, gathered->share[k]};
        fill_row(grid, place, &line, &gathered->agreement[k]);
        if (its)
            put_intervals(grid, its);
    }
}

/* One line of the scores a statistic, and one a seed; one line of a rival. The bootstrap over architectures
 * is each seed's own: it is no part of what is said over the seeds. */
static int fill_rows(struct grid *grid, const struct place *place, const struct audit_row *row,
                     const struct gathered *gathered, struct error *error)
{
    const struct audit_report *report = place->report;
    const char *name = row->scores && sliced(place->section) ? report->label : row->name;
    struct agreement_spread spread;
    double share = gather(place, row, gathered);
    int status = agreement_spread(gathered->agreement, report->n, &spread, error);
    if (status)
        return status;
    if (report->n == 1 || !row->scores) {
        fill_row(grid, place, &(struct line){name, NULL, share}, &spread.mean);
        put_intervals(grid, row);
        return 0;
    }
    spread.deviation.n = spread.low.n = spread.high.n = spread.mean.n;
    fill_row(grid, place, &(struct line){name, "mean", share}, &spread.mean);
    fill_row(grid, place, &(struct line){name, "std", share}, &spread.deviation);
    fill_row(grid, place, &(struct line){name, "95 % from", share}, &spread.low);
    fill_row(grid, place, &(struct line){name, "95 % to", share}, &spread.high);
    fill_seeds(grid, place, row, name, gathered);
    return 0;
}

static int fill_section(struct grid *grid, const struct place *place, struct error *error)
{
    const struct gathered gathered = {.agreement =
                                          calloc(place->report->n, sizeof *gathered.agreement),
                                      .share = calloc(place->report->n, sizeof *gathered.share)};
    int status = gathered.agreement && gathered.share
                     ? 0
                     : error_set(error, ERROR_MEMORY, "audit: out of memory");
    for (size_t r = 0; r < place->section->n_rows && !status; r++)
        status = fill_rows(grid, place, &place->section->rows[r], &gathered, error);
    free(gathered.share);
    free(gathered.agreement);
    return status;
}

/* "top 10 % by truth, per string: 1563 architectures" */
static void append_title(const struct place *place, struct text *out)
{
    const struct audit *audit = &place->report->audits[0];
    const struct slice *slice = place->section->slice;
    bool by = chosen(place->section);
    bool classes = audit->plan->per == AUDIT_CLASSES;
    text_append(out, "%s%s%s, per %s: %zu %s", slice->title, by ? " by " : "",
                by ? side_name(audit->plan->by) : "", unit_name(audit->plan->per),
                place->section->n, classes ? "classes" : "architectures");
}

static void print_left_out(const struct audit_report *report, const struct audit_plan *plan,
                           const struct scores_left_out *kind, const char *what, struct text *out)
{
    if (kind->n)
        text_append(out, "%s%sleft out: %" PRIu64 " %s (first in line %zu)\n",
                    report->n > 1 ? plan->label : "", report->n > 1 ? ": " : "", kind->n, what,
                    kind->line);
}

static void print_truth(const struct audit_report *report, struct text *out)
{
    const struct audit_plan *plan = report->audits[0].plan;
    const struct table_identity *identity = &plan->table->identity;
    if (plan->point == ACCURACY_TEST)
        text_append(out, "truth: test accuracy");
    else
        text_append(out, "truth: validation accuracy at point %d", plan->point);
    text_append(out, " in %%, %s (numerics %d, table %.8s), mean over its seeds (at most %d)\n",
                identity->protocol, identity->numerics, plan->table->digest, plan->table->seeds);
}

/* Where the scores are from, as far as their files say. */
static void print_source(const struct audit_report *report, const struct audit_plan *plan,
                         struct text *out)
{
    const struct scores_source *source = &plan->scores->source;
    struct text other = {0};
    if (!source->known)
        return;
    text_append(out, "%s: %s, trained under %s (numerics %d)\n",
                report->n > 1 ? plan->label : "scores", source->supernet, source->identity.protocol,
                source->identity.numerics);
    if (scores_foreign(source, &plan->table->identity, &other))
        text_append(out, "        not as the table was: %s\n", other.data ? other.data : "");
    out->failed |= other.failed;
    text_free(&other);
}

static void print_head(const struct audit_report *report, struct text *out)
{
    const struct audit *audit = &report->audits[0];
    print_truth(report, out);
    for (size_t k = 0; k < report->n; k++)
        print_source(report, report->audits[k].plan, out);
    text_append(out,
                "%zu architectures (%zu networks) are scored and trained; the table has %zu of "
                "%" PRIu32 "\n",
                audit->n, audit->networks, audit->trained, audit->plan->table->identity.count);
    if (audit->untrained)
        text_append(out, "left out: %zu that the table has not\n", audit->untrained);
    for (size_t k = 0; k < report->n; k++) {
        const struct audit_plan *plan = report->audits[k].plan;
        print_left_out(report, plan, &plan->scores->unknown, "that the space does not know", out);
        print_left_out(report, plan, &plan->scores->doubled, "named before", out);
    }
}

/* A section in a format for people; what is said of all of them goes around the first and the last. */
static int print_framed(const struct place *place, const struct grid *grid,
                        const struct frame *frame, struct text *out, struct error *error)
{
    const struct audit_report *report = place->report;
    const struct audit *audit = &report->audits[0];
    struct text title = {0}, notes = {0};
    text_append(&title, "How well does %s rank %s? ", report->label,
                audit->plan->table->identity.space);
    append_title(place, &title);
    if (place->section == audit->sections)
        print_head(report, &notes);
    if (place->section == &audit->sections[audit->n_sections - 1])
        audit_print_notes(report, &notes);
    int status = frame_print(frame, &title, grid, &notes, out, error);
    text_append(out, "\n");
    return status;
}

static int print_section(const struct place *place, enum report_format format, struct text *out,
                         struct error *error)
{
    const struct frame frame = {.format = format,
                                .font = "footnotesize\\setlength{\\tabcolsep}{3pt}"};
    struct grid grid;
    grid_init(&grid, place->columns->fields, place->columns->n);
    int status = fill_section(&grid, place, error);
    if (!status && format == REPORT_CSV) {
        status =
            grid_print_csv(&grid, place->section == place->report->audits[0].sections, out, error);
    } else if (!status && format == REPORT_TEXT) {
        text_append(out, "\n");
        append_title(place, out);
        text_append(out, "\n");
        status = grid_print_text(&grid, out, error);
    } else if (!status) {
        status = print_framed(place, &grid, &frame, out, error);
    }
    grid_free(&grid);
    return status;
}

int audit_print(const struct audit_report *report, enum report_format format, struct text *out,
                struct error *error)
{
    const struct audit *audit = &report->audits[0];
    struct columns columns;
    int status = ERROR_NONE;
    make_columns(&columns, audit->plan);
    if (format == REPORT_TEXT) {
        text_append(out, "how well does %s rank %s?\n", report->label,
                    audit->plan->table->identity.space);
        print_head(report, out);
    }
    for (size_t i = 0; !status && i < audit->n_sections; i++) {
        const struct place place = {report, &columns, &audit->sections[i]};
        status = print_section(&place, format, out, error);
    }
    if (!status)
        status = audit_print_operations(report, format, out, error);
    if (format == REPORT_TEXT) {
        text_append(out, "\n");
        audit_print_notes(report, out);
        text_append(out, "\n");
    }
    if (!status && (format == REPORT_TEXT || format == REPORT_MARKDOWN))
        status = audit_conclude(report, out, error);
    if (!status && out->failed)
        status = error_set(error, ERROR_MEMORY, "audit: out of memory");
    return status;
}
