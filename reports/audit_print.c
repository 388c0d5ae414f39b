/* Audits as people and programs read them: a grid a section, its columns after the picks. */
#include "reports/accuracy.h"
#include "reports/audit.h"
#include "reports/grid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct field leading[] = {
    {"section", FIELD_TEXT, .hidden = true},
    {"by", FIELD_TEXT, .hidden = true},
    {"ranking", FIELD_TEXT, .column = ""},
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

static void fill_row(struct grid *grid, const struct columns *columns, const struct audit *audit,
                     const struct audit_section *section, const struct audit_row *row)
{
    const struct agreement *agreement = &row->agreement;
    grid_row(grid);
    grid_text(grid, "section", section->slice->title);
    grid_text(grid, "by", side_name(audit->plan->by));
    grid_text(grid, "ranking", row->name);
    grid_number(grid, "n", agreement->n);
    grid_number(grid, "tau_b", agreement->tau);
    grid_number(grid, "spearman", agreement->rho);
    grid_number(grid, "weighted_tau", agreement->weighted);
    for (size_t i = 0; i < agreement->n_picks; i++) {
        const char(*names)[48] = &columns->names[i * PER_PICK];
        grid_number(grid, names[0], agreement->picks[i].precision);
        grid_number(grid, names[1], agreement->picks[i].rank);
        grid_number(grid, names[2], agreement->picks[i].regret);
    }
}

static int print_section(const struct audit *audit, const struct audit_section *section,
                         const struct columns *columns, bool csv, struct text *out,
                         struct error *error)
{
    struct grid grid;
    grid_init(&grid, columns->fields, columns->n);
    for (size_t i = 0; i < section->n_rows; i++)
        fill_row(&grid, columns, audit, section, &section->rows[i]);
    if (!csv && section == audit->sections)
        text_append(out, "\n%s: %zu architectures\n", section->slice->title, section->n);
    else if (!csv)
        text_append(out, "\n%s by %s: %zu architectures\n", section->slice->title,
                    side_name(audit->plan->by), section->n);
    int status = csv ? grid_print_csv(&grid, section == audit->sections, out, error)
                     : grid_print_text(&grid, out, error);
    grid_free(&grid);
    return status;
}

static void print_left_out(const struct scores_left_out *kind, const char *what, struct text *out)
{
    if (kind->n)
        text_append(out, "left out: %" PRIu64 " %s (first in line %zu)\n", kind->n, what,
                    kind->line);
}

static void print_head(const struct audit *audit, struct text *out)
{
    const struct audit_plan *plan = audit->plan;
    const struct table_identity *identity = &plan->table->identity;
    text_append(out, "how well does %s rank %s?\n", plan->label, identity->space);
    if (plan->point == ACCURACY_TEST)
        text_append(out, "truth: test accuracy");
    else
        text_append(out, "truth: validation accuracy at point %d", plan->point);
    text_append(out, " in %%, %s (numerics %d, table %.8s), mean over its seeds (at most %d)\n",
                identity->protocol, identity->numerics, plan->table->digest, plan->table->seeds);
    text_append(out,
                "%zu architectures (%zu networks) are scored and trained; the table has %zu of "
                "%" PRIu32 "\n",
                audit->n, audit->networks, audit->trained, identity->count);
    if (audit->untrained)
        text_append(out, "left out: %zu that the table has not\n", audit->untrained);
    print_left_out(&plan->scores->unknown, "that the space does not know", out);
    print_left_out(&plan->scores->doubled, "named before", out);
}

static void print_notes(const struct audit *audit, struct text *out)
{
    const struct audit_plan *plan = audit->plan;
    text_append(out,
                "\nIts top k: P, the share of them in the true top k; best, the true rank of the "
                "best of them; regret in %%.\n");
    text_append(out, "Points are of one training, the lowest seed that is there.");
    if (plan->table->seeds > 1)
        text_append(out,
                    " Noise ceiling: one seed against the mean of\nthe others%s, mean over the "
                    "seeds.",
                    plan->by == RANKING_TRUTH ? ", which then choose the top" : "");
    else
        text_append(out, " The table has one seed: no noise ceiling.");
    text_append(out, "\n");
}

int audit_print(const struct audit *audit, bool csv, struct text *out, struct error *error)
{
    struct columns columns;
    int status = ERROR_NONE;
    make_columns(&columns, audit->plan);
    if (!csv)
        print_head(audit, out);
    for (size_t i = 0; !status && i < audit->n_sections; i++)
        status = print_section(audit, &audit->sections[i], &columns, csv, out, error);
    if (!csv)
        print_notes(audit, out);
    if (!status && out->failed)
        status = error_set(error, ERROR_MEMORY, "audit: out of memory");
    return status;
}
