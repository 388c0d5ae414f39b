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
};

enum {
    LEADING = sizeof leading / sizeof *leading,
    PER_PICK = 3,
    MOST = LEADING + PER_PICK * AGREEMENT_PICKS
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
}

static const char *side_name(enum ranking_side by)
{
    return by == RANKING_TRUTH ? "truth" : "scores";
}

static const char *unit_name(enum audit_unit per)
{
    return per == AUDIT_CLASSES ? "class" : "string";
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

static void fill_row(struct grid *grid, const struct place *place, const char *name,
                     const char *statistic, double share, const struct agreement *agreement)
{
    const struct audit_plan *plan = place->report->audits[0].plan;
    grid_row(grid);
    grid_text(grid, "section", place->section->slice->title);
    grid_text(grid, "by", side_name(plan->by));
    grid_text(grid, "per", unit_name(plan->per));
    grid_text(grid, "ranking", name);
    grid_text(grid, "statistic", statistic);
    grid_number(grid, "trained_percent", share);
    grid_number(grid, "n", agreement->n);
    grid_number(grid, "tau_b", agreement->tau);
    grid_number(grid, "spearman", agreement->rho);
    grid_number(grid, "weighted_tau", agreement->weighted);
    for (size_t i = 0; i < agreement->n_picks; i++) {
        const char(*names)[48] = &place->columns->names[i * PER_PICK];
        grid_number(grid, names[0], agreement->picks[i].precision);
        grid_number(grid, names[1], agreement->picks[i].rank);
        grid_number(grid, names[2], agreement->picks[i].regret);
    }
}

/* Row `r` of a section as each seed's audit has it, into agreements [n]; NaN where one has it not. The mean
 * of their shares of training is returned. */
static double gather(const struct place *place, size_t r, struct agreement *agreements)
{
    const struct audit_report *report = place->report;
    double share = 0;
    for (size_t k = 0; k < report->n; k++) {
        const struct audit *audit = &report->audits[k];
        agreements[k] = place->section->rows[r].agreement;
        agreement_none(&agreements[k]);
        for (size_t s = 0; s < audit->n_sections; s++)
            if (audit->sections[s].slice == place->section->slice &&
                r < audit->sections[s].n_rows) {
                agreements[k] = audit->sections[s].rows[r].agreement;
                share += audit->sections[s].rows[r].share / (double)report->n;
            }
    }
    return share;
}

/* One line of the scores a statistic, and one a seed; one line of a rival. */
static int fill_rows(struct grid *grid, const struct place *place, size_t r,
                     struct agreement *agreements, struct error *error)
{
    const struct audit_report *report = place->report;
    const struct audit_row *row = &place->section->rows[r];
    const char *name = row->scores && sliced(place->section) ? report->label : row->name;
    struct agreement_spread spread;
    double share = gather(place, r, agreements);
    int status = agreement_spread(agreements, report->n, &spread, error);
    if (status)
        return status;
    if (report->n == 1 || !row->scores) {
        fill_row(grid, place, name, NULL, share, &spread.mean);
        return 0;
    }
    spread.deviation.n = spread.low.n = spread.high.n = spread.mean.n;
    fill_row(grid, place, name, "mean", share, &spread.mean);
    fill_row(grid, place, name, "std", share, &spread.deviation);
    fill_row(grid, place, name, "95 % from", share, &spread.low);
    fill_row(grid, place, name, "95 % to", share, &spread.high);
    for (size_t k = 0; k < report->n; k++) {
        const struct audit_plan *plan = report->audits[k].plan;
        fill_row(grid, place, name, plan->label, share, &agreements[k]);
    }
    return 0;
}

static int fill_section(struct grid *grid, const struct place *place, struct error *error)
{
    struct agreement *agreements = calloc(place->report->n, sizeof *agreements);
    int status = agreements ? 0 : error_set(error, ERROR_MEMORY, "audit: out of memory");
    for (size_t r = 0; r < place->section->n_rows && !status; r++)
        status = fill_rows(grid, place, r, agreements, error);
    free(agreements);
    return status;
}

/* "top 10 % by truth, per string: 1563 architectures" */
static void append_title(const struct place *place, struct text *out)
{
    const struct audit *audit = &place->report->audits[0];
    const struct slice *slice = place->section->slice;
    bool by = place->section != audit->sections && sliced(place->section);
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

/* How far each seed's training was at the points, and which of them it never came to. */
static void print_points(const struct audit_report *report, struct text *out)
{
    for (size_t k = 0; k < report->n; k++) {
        const struct audit_plan *plan = report->audits[k].plan;
        const struct scores *scores = plan->scores;
        const char *label = report->n > 1 ? plan->label : "The supernet";
        if (!scores->points)
            continue;
        text_append(out, "%s:", label);
        for (int i = 0; i < scores->points; i++) {
            const struct scores_point *point = &scores->point[i];
            if (!point->n)
                text_append(out, " no point at %d %%, where its training had ended;",
                            point->percent);
            else if (!isnan(point->share))
                text_append(out, " at %d %% it had %.1f %% of its training;", point->percent,
                            point->share);
        }
        if (!isnan(scores->source.spent))
            text_append(out, " all of it took %.1f %% of the budget.", scores->source.spent);
        text_append(out, "\n");
    }
}

static void print_seeds(const struct audit_report *report, struct text *out)
{
    if (report->n < 2)
        return;
    text_append(
        out,
        "Mean, std and 95 %% interval (Student's t, cut to what the statistic can be) are over "
        "%zu supernet seeds%s.\n",
        report->n,
        report->n < 10 ? ": few, so that the interval stands on their being about normal" : "");
}

static void print_notes(const struct audit_report *report, struct text *out)
{
    const struct audit *audit = &report->audits[0];
    const struct audit_plan *plan = audit->plan;
    text_append(out,
                "Its top k: P, the share of them in the true top k; best, the true rank of the "
                "best of them; regret in %%.\n");
    text_append(out, "Points are of one training, the lowest seed that is there.\n");
    if (plan->table->seeds > 1)
        text_append(out,
                    "Noise ceiling: one seed against the mean of the others%s, mean over the "
                    "seeds.\n",
                    plan->by == RANKING_TRUTH ? ", which then choose the top" : "");
    else
        text_append(out, "The table has one seed: no noise ceiling.\n");
    if (plan->per == AUDIT_CLASSES)
        text_append(out,
                    "Per class: architectures that are one network count once, with the mean of "
                    "their scores.\n");
    else
        text_append(out,
                    "Per string: architectures that are one network count each (per class: once, "
                    "with the mean of their scores).\n");
    print_seeds(report, out);
    if (!sliced(&audit->sections[audit->n_sections - 1])) {
        text_append(
            out, "Scored on the way: fixed architectures, the same in every audit, when so much of "
                 "the budget was spent.\n");
        print_points(report, out);
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
        print_notes(report, &notes);
    int status = frame_print(frame, &title, grid, &notes, out, error);
    text_append(out, "\n");
    return status;
}

static int print_section(const struct place *place, enum report_format format, struct text *out,
                         struct error *error)
{
    const struct frame frame = {format, "footnotesize", "\\\\\n"};
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
    if (format == REPORT_TEXT) {
        text_append(out, "\n");
        print_notes(report, out);
    }
    if (!status && out->failed)
        status = error_set(error, ERROR_MEMORY, "audit: out of memory");
    return status;
}
