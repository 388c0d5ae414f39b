#include "reports/audit.h"

#include "reports/accuracy.h"
#include "reports/noise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct slice slices[AUDIT_SECTIONS] = {
    {"whole list", 100, 0}, {"top 10 %", 10, 0}, {"top 1 %", 1, 0}, {"top 1000", 0, 1000}};

/* Columns [count] at work. */
struct work {
    struct audit *audit;
    double *truth;
    double *rival; /* a row's scores */
    double *among; /* NaN outside a section */
};

/* ---- Rivals ---------------------------------------------------------------------------------- */

static void fill_params(const struct table *table, int point, double *out)
{
    (void)point;
    for (uint32_t i = 0; i < table->identity.count; i++)
        out[i] = (double)table->params[i];
}

static void fill_macs(const struct table *table, int point, double *out)
{
    (void)point;
    for (uint32_t i = 0; i < table->identity.count; i++)
        out[i] = (double)table->macs[i];
}

static void fill_point(const struct table *table, int point, double *out)
{
    accuracy_column(table, point, ACCURACY_ANY, out);
}

static void fill_validation(const struct table *table, int point, double *out)
{
    (void)point;
    accuracy_column(table, table->identity.points, ACCURACY_ALL, out);
}

static const struct rival {
    const char *name;
    int point; /* 0: named above */
    void (*fill)(const struct table *table, int point, double *out);
} rivals[] = {{"params", 0, fill_params}, {"macs", 0, fill_macs},
              {"", 1, fill_point},        {"", 2, fill_point},
              {"", 3, fill_point},        {"its own validation", 0, fill_validation}};

/* A point must be an early one; the validation is a rival where the test is the truth. */
static bool competes(const struct rival *rival, const struct audit_plan *plan)
{
    const struct table *table = plan->table;
    if (rival->fill == fill_validation)
        return plan->point == ACCURACY_TEST && table->valid_accuracy;
    return rival->point < table->identity.points;
}

static void name_row(struct audit_row *row, const struct rival *rival, const struct table *table)
{
    if (rival->point)
        (void)snprintf(row->name, sizeof row->name, "point %d of %d", rival->point,
                       table->identity.points);
    else
        (void)snprintf(row->name, sizeof row->name, "%s", rival->name);
}

/* ---- Sections -------------------------------------------------------------------------------- */

static struct audit_row *next_row(const struct work *work, struct audit_section *section)
{
    const struct audit_plan *plan = work->audit->plan;
    struct audit_row *row = &section->rows[section->n_rows++];
    row->agreement.n_picks = plan->n_picks;
    for (size_t i = 0; i < plan->n_picks; i++)
        row->agreement.picks[i].k = plan->picks[i];
    return row;
}

/* The row of what stands in work->rival, on the section's architectures. */
static int measure_row(const struct work *work, const struct ranking *section,
                       struct audit_row *row, struct error *error)
{
    struct ranking ranking = *section; /* borrows its truth */
    ranking.score = calloc(section->n + 1, sizeof *ranking.score);
    if (!ranking.score)
        return error_set(error, ERROR_MEMORY, "audit: out of memory");
    for (size_t i = 0; i < section->n; i++)
        ranking.score[i] = work->rival[section->architecture[i]];
    int status = ranking_measure(&ranking, &row->agreement, error);
    free(ranking.score);
    return status;
}

static int measure_rivals(const struct work *work, const struct ranking *ranking,
                          struct audit_section *section, struct error *error)
{
    const struct table *table = work->audit->plan->table;
    int status = ERROR_NONE;
    for (size_t i = 0; !status && i < sizeof rivals / sizeof *rivals; i++) {
        if (!competes(&rivals[i], work->audit->plan))
            continue;
        struct audit_row *row = next_row(work, section);
        name_row(row, &rivals[i], table);
        rivals[i].fill(table, rivals[i].point, work->rival);
        status = measure_row(work, ranking, row, error);
    }
    return status;
}

/* Where the scores choose, the ceiling is of the section's architectures; where the truth does, each
 * seed's truth chooses among all: by the mean that the seed is part of, only those would be left
 * that several trainings agree on, and then the rest of them is bound to disagree. */
static int measure_ceiling(const struct work *work, const struct ranking *whole,
                           const struct ranking *ranking, struct audit_section *section,
                           struct error *error)
{
    const struct audit_plan *plan = work->audit->plan;
    bool chooses = plan->by == RANKING_TRUTH;
    const struct ranking *members = chooses ? whole : ranking;
    if (plan->table->seeds < 2)
        return 0;
    struct audit_row *row = next_row(work, section);
    (void)snprintf(row->name, sizeof row->name, "noise ceiling");
    for (uint32_t i = 0; i < plan->table->identity.count; i++)
        work->among[i] = (double)NAN;
    for (size_t i = 0; i < members->n; i++)
        work->among[members->architecture[i]] = 0;
    int status = noise_ceiling(plan->table, plan->point, work->among,
                               chooses ? section->slice : NULL, &row->agreement, error);
    if (!status && row->agreement.n < 2)
        section->n_rows--;
    return status;
}

static int measure_section(const struct work *work, const struct ranking *whole,
                           const struct slice *slice, struct error *error)
{
    struct audit *audit = work->audit;
    struct ranking ranking;
    size_t size = slice_size(slice, whole->n);
    if (slice != slices && (size == whole->n || size < 2))
        return 0;
    struct audit_section *section = &audit->sections[audit->n_sections++];
    *section = (struct audit_section){.slice = slice, .n = size};
    int status = ranking_slice(whole, slice, audit->plan->by, &ranking, error);
    if (status)
        return status;
    if (audit->plan->scores) {
        struct audit_row *row = next_row(work, section);
        (void)snprintf(row->name, sizeof row->name, "%s", audit->plan->label);
        status = ranking_measure(&ranking, &row->agreement, error);
    }
    if (!status)
        status = measure_rivals(work, &ranking, section, error);
    if (!status)
        status = measure_ceiling(work, whole, &ranking, section, error);
    ranking_free(&ranking);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* What the list and the table have in common. `seen` [distinct] is 0. */
static void count_members(struct audit *audit, const double *truth, bool *seen)
{
    const struct audit_plan *plan = audit->plan;
    for (uint32_t i = 0; i < plan->table->identity.count; i++) {
        bool trained = !isnan(truth[i]),
             scored = plan->scores ? !isnan(plan->scores->score[i]) : trained;
        uint32_t network = plan->table->class_of[i];
        audit->trained += trained;
        audit->n += scored && trained;
        audit->untrained += scored && !trained;
        audit->networks += scored && trained && !seen[network];
        seen[network] = seen[network] || (scored && trained);
    }
}

static int check_members(struct work *work, struct error *error)
{
    struct audit *audit = work->audit;
    const struct table *table = audit->plan->table;
    if (audit->plan->point == ACCURACY_TEST && !table->test_accuracy)
        return error_set(error, ERROR_MISSING, "table %s has no test accuracy", table->path);
    if (audit->plan->point != ACCURACY_TEST && !table->valid_accuracy)
        return error_set(error, ERROR_MISSING, "table %s has no validation accuracy (--truth test)",
                         table->path);
    bool *seen = calloc(table->identity.distinct, sizeof *seen);
    if (!seen)
        return error_set(error, ERROR_MEMORY, "audit: out of memory");
    accuracy_column(table, audit->plan->point, ACCURACY_ALL, work->truth);
    count_members(audit, work->truth, seen);
    free(seen);
    if (audit->n == 0)
        return error_set(error, ERROR_MISSING,
                         "%s: none of its %zu architectures is trained in table %s",
                         audit->plan->label, audit->untrained, table->path);
    return 0;
}

int audit_make(struct audit *audit, const struct audit_plan *plan, struct error *error)
{
    size_t count = plan->table->identity.count;
    struct ranking whole = {0};
    struct work work = {.audit = audit,
                        .truth = calloc(count, sizeof *work.truth),
                        .rival = calloc(count, sizeof *work.rival),
                        .among = calloc(count, sizeof *work.among)};
    *audit = (struct audit){.plan = plan};
    int status = work.truth && work.rival && work.among
                     ? check_members(&work, error)
                     : error_set(error, ERROR_MEMORY, "audit: out of memory");
    if (!status)
        status = ranking_init(&whole, plan->scores ? plan->scores->score : work.truth, work.truth,
                              (uint32_t)count, error);
    for (size_t i = 0; !status && i < AUDIT_SECTIONS; i++)
        status = measure_section(&work, &whole, &slices[i], error);
    ranking_free(&whole);
    free(work.among);
    free(work.rival);
    free(work.truth);
    return status;
}
