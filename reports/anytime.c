#include "reports/anytime.h"

#include "reports/statistics.h"

#include <stdlib.h>

/* ---- One curve ------------------------------------------------------------------------------- */

/* A move of one of the trials. */
struct move {
    uint64_t spent;
    double value;
    size_t trial;
};

static int compare_moves(const void *left, const void *right)
{
    const struct move *a = *(const struct move *const *)left,
                      *b = *(const struct move *const *)right;
    if (a->spent != b->spent)
        return a->spent < b->spent ? -1 : 1;
    return (a > b) - (a < b); /* of one trial the later move stands later in the array */
}

static void add_step(struct anytime_curve *curve, uint64_t spent, const double *values, size_t n)
{
    struct anytime_step step = {.spent = spent, .mean = sample_mean(values, n)};
    if (n > 1)
        step.error = sample_error(values, n);
    struct anytime_step *last = curve->n ? &curve->steps[curve->n - 1] : NULL;
    if (last && last->spent == spent) /* several trials moved at once */
        *last = step;
    else if (!last || last->mean != step.mean || last->error != step.error)
        curve->steps[curve->n++] = step;
}

static size_t gather_moves(const struct anytime_curve *curve, struct move *moves)
{
    size_t n = 0;
    for (size_t t = 0; t < curve->row->seeds; t++)
        for (size_t i = 0; i < curve->trials[t].n; i++)
            moves[n++] =
                (struct move){curve->trials[t].moves[i].spent, curve->trials[t].moves[i].value, t};
    return n;
}

/* Walk through the `n` moves of all trials by what was spent; `order` [n], `values` and `begun`
 * [trials] are spare. */
static void sweep(const struct move *moves, size_t n, const struct move **order, double *values,
                  bool *begun, struct anytime_curve *curve)
{
    size_t trials = curve->row->seeds, waiting = trials;
    for (size_t i = 0; i < n; i++)
        order[i] = &moves[i];
    qsort(order, n, sizeof *order, compare_moves);
    for (size_t i = 0; i < n; i++) {
        const struct move *move = order[i];
        waiting -= !begun[move->trial];
        begun[move->trial] = true;
        values[move->trial] = move->value;
        if (!waiting)
            add_step(curve, move->spent, values, trials);
    }
}

static int follow_trials(struct anytime_curve *curve, const struct table *table,
                         struct error *error)
{
    int status = ERROR_NONE;
    curve->trials = calloc(curve->row->seeds, sizeof *curve->trials);
    if (!curve->trials)
        return error_set(error, ERROR_MEMORY, "anytime curves: out of memory");
    for (size_t i = 0; !status && i < curve->row->seeds; i++) {
        const struct trace *trace = &curve->row->traces[i];
        curve->late |= trajectory_source(trace, table) == TRAJECTORY_NOTHING;
        curve->unjudged |= !table && trajectory_needs_table(trace);
        status = trajectory_init(&curve->trials[i], trace, table, error);
    }
    return status;
}

static int make_curve(struct anytime_curve *curve, const struct table *table, struct error *error)
{
    size_t most = 0, trials = curve->row->seeds;
    int status = follow_trials(curve, table, error);
    if (status)
        return status;
    for (size_t i = 0; i < trials; i++)
        most += curve->trials[i].n;
    double *values = calloc(trials, sizeof *values);
    bool *begun = calloc(trials, sizeof *begun);
    struct move *moves = calloc(most, sizeof *moves);
    const struct move **order = calloc(most, sizeof *order);
    curve->steps = calloc(most + 1, sizeof *curve->steps);
    if (!values || !begun || !moves || !order || !curve->steps) {
        status = error_set(error, ERROR_MEMORY, "anytime curves: out of memory");
        goto out;
    }
    sweep(moves, gather_moves(curve, moves), order, values, begun, curve);
    struct anytime_step last = curve->steps[curve->n - 1]; /* what is in hand stays in hand */
    last.spent = curve->row->traces->header.budget_flops;
    if (curve->steps[curve->n - 1].spent < last.spent)
        curve->steps[curve->n++] = last;
out:
    free(order);
    free(moves);
    free(begun);
    free(values);
    return status;
}

int anytime_init(struct anytime *anytime, const struct comparison *comparison,
                 const struct table *table, struct error *error)
{
    *anytime = (struct anytime){.comparison = comparison, .regret = !comparison->no_regret[0]};
    anytime->curves = calloc(comparison->n, sizeof *anytime->curves);
    if (!anytime->curves)
        return error_set(error, ERROR_MEMORY, "anytime curves: out of memory");
    int status = ERROR_NONE;
    for (size_t i = 0; !status && i < comparison->n; i++) {
        struct anytime_curve *curve = &anytime->curves[anytime->n++];
        curve->row = &comparison->rows[i];
        status = make_curve(curve, anytime->regret ? table : NULL, error);
    }
    if (status)
        anytime_free(anytime);
    return status;
}

/* ---- What is missing ------------------------------------------------------------------------- */

/* "darts, enas: SAID": the curves that are unjudged, or late for another reason. */
static void explain(const struct anytime *anytime, bool unjudged, const char *said,
                    struct text *out)
{
    size_t n = 0;
    for (size_t i = 0; i < anytime->n; i++) {
        const struct anytime_curve *curve = &anytime->curves[i];
        if (unjudged ? curve->unjudged : curve->late && !curve->unjudged)
            text_append(out, "%s%s", n++ ? ", " : "", curve->row->label);
    }
    if (n)
        text_append(out, ": %s\n", said);
}

void anytime_explain(const struct anytime *anytime, struct text *out)
{
    explain(anytime, true,
            "what they have in hand before they finish is on record, an architecture or a network "
            "that grows with weights of its own. What it is worth when it is trained as all are, a "
            "table would say, and there is none: the curve shows only what was trained so.",
            out);
    explain(anytime, false,
            "nothing is on record of what they have in hand before they finish (weights are shared "
            "and say of no architecture what it is worth): the curve begins where the last of the "
            "trials has finished.",
            out);
}

void anytime_free(struct anytime *anytime)
{
    for (size_t i = 0; i < anytime->n; i++) {
        struct anytime_curve *curve = &anytime->curves[i];
        for (size_t t = 0; curve->trials && t < curve->row->seeds; t++)
            trajectory_free(&curve->trials[t]);
        free(curve->trials);
        free(curve->steps);
    }
    free(anytime->curves);
    *anytime = (struct anytime){0};
}
