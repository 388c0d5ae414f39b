#include "reports/audit.h"

#include "reports/accuracy.h"
#include "reports/noise.h"
#include "reports/resampling.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLICES = 4 };

static const struct slice slices[SLICES] = {
    {"whole list", 100, 0}, {"top 10 %", 10, 0}, {"top 1 %", 1, 0}, {"top 1000", 0, 1000}};

static const struct slice connected = {"with a path to the output", 100, 0};

static const struct slice on_the_way = {"scored on the way", 0, 0};

/* The members of a class so far. */
struct class_mean {
    uint32_t first, n;
    double
        above; /* sum of what they are above the first: 0 where all are equal, whatever the rounding */
};

/* Columns [count] at work. */
struct work {
    struct audit *audit;
    double *truth;  /* of each architecture */
    double *judged; /* of each member of the list at hand, or class of members */
    double *score;
    double *rival;            /* a row's scores */
    double *among;            /* NaN outside a section */
    bool *member;             /* of the list at hand: scored and trained */
    struct class_mean *means; /* of the classes, of which there are at most `count` */
};

/* ---- Classes --------------------------------------------------------------------------------- */

static const uint32_t *classes_of(const struct audit_plan *plan)
{
    return plan->isomorphs ? plan->isomorphs->class_of : plan->table->class_of;
}

/* Parameters; the members of a class have not the same, dead edges being counted. */
static const uint64_t *strata_of(const struct audit_plan *plan)
{
    return plan->per == AUDIT_STRINGS ? plan->table->params : NULL;
}

/* What is no member becomes NaN; by class, each class is left at its lowest member, as its members' mean. */
static void reduce(const struct work *work, double *column)
{
    const struct audit_plan *plan = work->audit->plan;
    const uint32_t *class_of = classes_of(plan);
    uint32_t count = plan->table->identity.count;
    bool classes = plan->per == AUDIT_CLASSES;
    memset(work->means, 0, count * sizeof *work->means);
    for (uint32_t i = 0; i < count; i++) {
        struct class_mean *mean = &work->means[class_of[i]];
        if (!work->member[i])
            continue;
        if (mean->n++ == 0)
            mean->first = i;
        mean->above += column[i] - column[mean->first];
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct class_mean *mean = &work->means[class_of[i]];
        if (!work->member[i] || (classes && i != mean->first))
            column[i] = (double)NAN;
        else if (classes)
            column[i] += mean->above / mean->n;
    }
}

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

/* What a training said itself, of the truth it is part of: only where no other training can judge it. */
static void fill_point(const struct table *table, int point, double *out)
{
    accuracy_column(table, point, ACCURACY_ANY, out);
}

enum { LAST = -1 }; /* in place of a point */

static const struct rival {
    const char *name;
    int point; /* of the table, whose name it has then; 0: it costs nothing */
    void (*fill)(const struct table *table, int point, double *out);
} rivals[] = {{"params", 0, fill_params}, {"macs", 0, fill_macs},
              {"", 1, fill_point},        {"", 2, fill_point},
              {"", 3, fill_point},        {"its own validation", LAST, fill_point}};

static int point_of(const struct rival *rival, const struct table *table)
{
    return rival->point == LAST ? table->identity.points : rival->point;
}

/* A point must be an early one; the validation is a rival where the test is the truth. */
static bool competes(const struct rival *rival, const struct audit_plan *plan)
{
    const struct table *table = plan->table;
    if (rival->point == LAST)
        return plan->point == ACCURACY_TEST && table->valid_accuracy;
    return rival->point < table->identity.points;
}

static void name_row(struct audit_row *row, const struct rival *rival, const struct table *table)
{
    if (rival->point > 0)
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
    row->share = (double)NAN;
    row->tau = row->rho = (struct interval){(double)NAN, (double)NAN};
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

/* Who is ranked in a section. Where the scores choose, what leaves a seed out is of the section's
 * architectures; where the truth does, each seed's truth chooses among all: by the mean that the seed is part
 * of, only those would be left that several trainings agree on, and then the rest of them is bound to
 * disagree. */
struct place {
    const struct ranking *ranking; /* the section's own */
    const struct ranking *members; /* of whom each seed's others choose the slice */
    const struct slice *slice;     /* NULL: all of them */
};

/* The accuracy at a point, of one seed, judged by the others; n < 2: they have too few in common. */
static int measure_seeds(const struct work *work, const struct place *place, int point,
                         struct agreement *agreement, struct error *error)
{
    const struct audit_plan *plan = work->audit->plan;
    const struct ranking *members = place->members;
    for (uint32_t i = 0; i < plan->table->identity.count; i++)
        work->among[i] = (double)NAN;
    for (size_t i = 0; i < members->n; i++)
        work->among[members->architecture[i]] = 0;
    int status = noise_leave_one_out(plan->table, point, plan->point, work->among, place->slice,
                                     agreement, error);
    if (!strata_of(plan))
        agreement->within = (double)NAN;
    return status;
}

static int measure_rival(const struct work *work, const struct place *place,
                         const struct rival *rival, struct audit_row *row, struct error *error)
{
    const struct table *table = work->audit->plan->table;
    int point = point_of(rival, table);
    if (point && table->seeds > 1) {
        int status = measure_seeds(work, place, point, &row->agreement, error);
        if (status || row->agreement.n >= 2)
            return status;
    }
    row->itself = point != 0;
    work->audit->itself |= row->itself;
    rival->fill(table, point, work->rival);
    reduce(work, work->rival);
    return measure_row(work, place->ranking, row, error);
}

static int measure_rivals(const struct work *work, const struct place *place,
                          struct audit_section *section, struct error *error)
{
    int status = ERROR_NONE;
    for (size_t i = 0; !status && i < sizeof rivals / sizeof *rivals; i++) {
        if (!competes(&rivals[i], work->audit->plan))
            continue;
        struct audit_row *row = next_row(work, section);
        name_row(row, &rivals[i], work->audit->plan->table);
        status = measure_rival(work, place, &rivals[i], row, error);
    }
    return status;
}

static int measure_ceiling(const struct work *work, const struct place *place,
                           struct audit_section *section, struct error *error)
{
    const struct audit_plan *plan = work->audit->plan;
    if (plan->table->seeds < 2)
        return 0;
    struct audit_row *row = next_row(work, section);
    (void)snprintf(row->name, sizeof row->name, "noise ceiling");
    int status = measure_seeds(work, place, plan->point, &row->agreement, error);
    if (!status && row->agreement.n < 2)
        section->n_rows--;
    return status;
}

/* A row of the scores that are audited. */
static struct audit_row *scores_row(const struct work *work, struct audit_section *section,
                                    const char *name)
{
    struct audit_row *row = next_row(work, section);
    (void)snprintf(row->name, sizeof row->name, "%s", name);
    row->scores = true;
    return row;
}

/* The scores' own row, with its intervals. */
static int measure_scores(const struct work *work, const struct ranking *ranking,
                          struct audit_row *row, struct error *error)
{
    size_t resamples = work->audit->plan->resamples;
    int status = ranking_measure(ranking, &row->agreement, error);
    if (!status && resamples)
        status = bootstrap_correlations(ranking->score, ranking->truth, ranking->n, resamples,
                                        AGREEMENT_LEVEL, 0, &row->tau, &row->rho, error);
    return status;
}

static int measure_section(const struct work *work, const struct ranking *whole,
                           const struct slice *slice, struct error *error)
{
    struct audit *audit = work->audit;
    struct ranking ranking;
    struct audit_section *section = &audit->sections[audit->n_sections++];
    *section = (struct audit_section){.slice = slice, .n = slice_size(slice, whole->n)};
    int status = ranking_slice(whole, slice, audit->plan->by, &ranking, error);
    if (status)
        return status;
    if (audit->plan->scores)
        status =
            measure_scores(work, &ranking, scores_row(work, section, audit->plan->label), error);
    bool chooses = audit->plan->by == RANKING_TRUTH;
    const struct place place = {&ranking, chooses ? whole : &ranking, chooses ? slice : NULL};
    if (!status)
        status = measure_rivals(work, &place, section, error);
    if (!status)
        status = measure_ceiling(work, &place, section, error);
    ranking_free(&ranking);
    return status;
}

/* The section of what has a path to the output; none where all have, or fewer than two. */
static int measure_connected(const struct work *work, const struct ranking *whole,
                             struct error *error)
{
    const bool *has_path = work->audit->plan->connected;
    struct ranking rest;
    size_t n = 0;
    if (!has_path)
        return 0;
    int status = ranking_slice(whole, slices, RANKING_TRUTH, &rest, error); /* a copy */
    for (size_t i = 0; !status && i < rest.n; i++)
        if (has_path[rest.architecture[i]]) {
            rest.architecture[n] = rest.architecture[i];
            rest.score[n] = rest.score[i];
            rest.truth[n++] = rest.truth[i];
        }
    if (!status && n >= 2 && n < rest.n) {
        rest.n = n;
        status = measure_section(work, &rest, &connected, error);
    }
    ranking_free(&rest);
    return status;
}

static int measure_slices(const struct work *work, const struct ranking *whole, struct error *error)
{
    int status = measure_section(work, whole, &slices[0], error);
    if (!status)
        status = measure_connected(work, whole, error);
    for (size_t i = 1; !status && i < SLICES; i++) {
        size_t size = slice_size(&slices[i], whole->n);
        if (size >= 2 && size < whole->n)
            status = measure_section(work, whole, &slices[i], error);
    }
    return status;
}

/* The truth of the list at hand. */
static void judge(const struct work *work)
{
    memcpy(work->judged, work->truth,
           work->audit->plan->table->identity.count * sizeof *work->judged);
    reduce(work, work->judged);
}

static int measure_sections(struct work *work, struct error *error)
{
    const struct audit_plan *plan = work->audit->plan;
    uint32_t count = plan->table->identity.count;
    struct ranking whole = {0};
    memcpy(work->score, plan->scores ? plan->scores->score : work->truth,
           count * sizeof *work->score);
    for (uint32_t i = 0; i < count; i++)
        work->member[i] = !isnan(work->score[i]) && !isnan(work->truth[i]);
    reduce(work, work->score);
    judge(work);
    int status = ranking_init(&whole, work->score, work->judged, count, error);
    whole.stratum = strata_of(plan);
    if (!status)
        status = measure_slices(work, &whole, error);
    if (!status && plan->scores && plan->per == AUDIT_STRINGS)
        status = operations_count(&work->audit->operations, plan->table->space, &whole, error);
    ranking_free(&whole);
    return status;
}

/* ---- On the way ------------------------------------------------------------------------------ */

/* Scored at every point that was reached, and trained; false: none is. */
static bool find_scored_on_the_way(struct work *work)
{
    const struct scores *scores = work->audit->plan->scores;
    bool any = false;
    for (uint32_t i = 0; i < work->audit->plan->table->identity.count; i++) {
        bool member = scores && scores->points && !isnan(work->truth[i]);
        for (int k = 0; member && k < scores->points; k++)
            member = scores->point[k].n == 0 || !isnan(scores->point[k].score[i]);
        any |= work->member[i] = member;
    }
    return any;
}

/* A row a point; the ranking of the last is kept for the rivals. */
static int measure_points(const struct work *work, struct audit_section *section,
                          struct ranking *ranking, struct error *error)
{
    const struct scores *scores = work->audit->plan->scores;
    uint32_t count = work->audit->plan->table->identity.count;
    int status = 0;
    for (int k = 0; k < scores->points && !status; k++) {
        const struct scores_point *point = &scores->point[k];
        char name[64];
        (void)snprintf(name, sizeof name, "at %d %%", point->percent);
        struct audit_row *row = scores_row(work, section, name);
        row->share = point->share;
        agreement_none(&row->agreement);
        if (!point->n)
            continue;
        memcpy(work->score, point->score, count * sizeof *work->score);
        reduce(work, work->score);
        ranking_free(ranking);
        status = ranking_init(ranking, work->score, work->judged, count, error);
        ranking->stratum = strata_of(work->audit->plan);
        if (!status)
            status = measure_scores(work, ranking, row, error);
    }
    return status;
}

static int measure_on_the_way(struct work *work, struct error *error)
{
    struct audit *audit = work->audit;
    struct ranking ranking = {0};
    if (!find_scored_on_the_way(work))
        return 0;
    judge(work);
    struct audit_section *section = &audit->sections[audit->n_sections++];
    *section = (struct audit_section){.slice = &on_the_way};
    int status = measure_points(work, section, &ranking, error);
    section->n = ranking.n;
    const struct place place = {&ranking, &ranking, NULL};
    if (!status && ranking.n)
        status = measure_rivals(work, &place, section, error);
    if (!status && ranking.n)
        status = measure_ceiling(work, &place, section, error);
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
        return error_set(
            error, ERROR_MISSING, "%s: none of its %zu architecture%s is trained in table %s",
            audit->plan->label, audit->untrained, audit->untrained == 1 ? "" : "s", table->path);
    return 0;
}

int audit_make(struct audit *audit, const struct audit_plan *plan, struct error *error)
{
    size_t count = plan->table->identity.count;
    struct work work = {.audit = audit,
                        .truth = calloc(count, sizeof *work.truth),
                        .judged = calloc(count, sizeof *work.judged),
                        .score = calloc(count, sizeof *work.score),
                        .rival = calloc(count, sizeof *work.rival),
                        .among = calloc(count, sizeof *work.among),
                        .member = calloc(count, sizeof *work.member),
                        .means = calloc(count, sizeof *work.means)};
    *audit = (struct audit){.plan = plan};
    int status = work.truth && work.judged && work.score && work.rival && work.among &&
                         work.member && work.means
                     ? check_members(&work, error)
                     : error_set(error, ERROR_MEMORY, "audit: out of memory");
    if (!status)
        status = measure_sections(&work, error);
    if (!status)
        status = measure_on_the_way(&work, error);
    free(work.means);
    free(work.member);
    free(work.among);
    free(work.rival);
    free(work.score);
    free(work.judged);
    free(work.truth);
    return status;
}
