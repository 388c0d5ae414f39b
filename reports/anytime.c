#include "reports/anytime.h"

#include "reports/statistics.h"
#include "reports/truth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- One trial ------------------------------------------------------------------------------- */

/* From `spent` on the trial's incumbent is worth `value`. */
struct move {
    uint64_t spent;
    double value;
    size_t trial;
};

struct moves {
    struct move *items; /* [n], of room for `capacity` */
    size_t n, capacity;
};

/* What is known of one network so far. */
struct candidate {
    uint32_t network;
    int point; /* 0: not asked yet */
    double valid_accuracy;
};

/* How an incumbent is judged in one trial. */
struct judge {
    const struct table *table; /* NULL: by validation error */
    const struct trace_finish *finish;
    double best; /* test accuracy, percent */
};

static double judge_value(const struct judge *judge, uint32_t network, double valid_accuracy)
{
    if (!judge->table)
        return 100 - valid_accuracy;
    return judge->best - truth_accuracy(judge->table, network, judge->finish->test_seeds,
                                        judge->finish->n_test_seeds);
}

static void add_move(struct moves *moves, size_t trial, uint64_t spent, double value)
{
    moves->items[moves->n++] = (struct move){spent, value, trial};
}

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    return (a->network > b->network) - (a->network < b->network);
}

/* The networks that a trace asks about, ascending, each once, none asked yet. */
static size_t find_candidates(const struct trace *trace, struct candidate *candidates)
{
    size_t n = 0, distinct = 0;
    for (size_t i = 0; i < trace->n_events; i++)
        if (trace->events[i].kind == TRACE_QUERY)
            candidates[n++] = (struct candidate){.network = trace->events[i].query.network};
    qsort(candidates, n, sizeof *candidates, compare_candidates);
    for (size_t i = 0; i < n; i++)
        if (!distinct || candidates[distinct - 1].network != candidates[i].network)
            candidates[distinct++] = candidates[i];
    return distinct;
}

/* The best candidate; among equals the first in order of network. */
static const struct candidate *find_best(const struct candidate *candidates, size_t n)
{
    const struct candidate *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (candidates[i].point && (!best || candidates[i].valid_accuracy > best->valid_accuracy))
            best = &candidates[i];
    return best;
}

/* Append the moves of one trial: where its incumbent, or what is known of it, changes. */
static int follow_trial(const struct trace *trace, size_t trial, const struct judge *judge,
                        struct moves *moves, struct error *error)
{
    struct candidate *candidates = calloc(trace->n_events + 1, sizeof *candidates);
    if (!candidates)
        return error_set(error, ERROR_MEMORY, "anytime curves: out of memory");
    size_t n = find_candidates(trace, candidates);
    const struct candidate *incumbent = NULL;
    for (size_t i = 0; i < trace->n_events; i++) {
        const struct trace_event *event = &trace->events[i];
        if (event->kind != TRACE_QUERY || isnan(event->query.valid_accuracy))
            continue;
        struct candidate key = {.network = event->query.network};
        struct candidate *asked =
            bsearch(&key, candidates, n, sizeof *candidates, compare_candidates);
        if (event->query.point < asked->point) /* an earlier point of a known curve: nothing new */
            continue;
        asked->point = event->query.point;
        asked->valid_accuracy = event->query.valid_accuracy;
        if (asked == incumbent) /* it may have fallen behind another */
            incumbent = find_best(candidates, n);
        else if (!incumbent || asked->valid_accuracy > incumbent->valid_accuracy)
            incumbent = asked;
        else
            continue;
        add_move(moves, trial, event->spent,
                 judge_value(judge, incumbent->network, incumbent->valid_accuracy));
    }
    const struct trace_finish *finish = &trace->finish;
    add_move(moves, trial, finish->spent,
             judge_value(judge, finish->network, finish->valid_accuracy));
    free(candidates);
    return 0;
}

/* ---- One curve ------------------------------------------------------------------------------- */

static int compare_moves(const void *left, const void *right)
{
    const struct move *a = *(const struct move *const *)left,
                      *b = *(const struct move *const *)right;
    if (a->spent != b->spent)
        return a->spent < b->spent ? -1 : 1;
    return (a > b) - (a < b); /* of one trial the later move stands later in the array */
}

static int gather_moves(const struct comparison_row *row, const struct table *table,
                        struct moves *moves, struct error *error)
{
    size_t most = 0;
    for (size_t i = 0; i < row->seeds; i++)
        most += row->traces[i].n_events + 1;
    moves->items = calloc(most, sizeof *moves->items);
    if (!moves->items)
        return error_set(error, ERROR_MEMORY, "anytime curves: out of memory");
    int status = ERROR_NONE;
    for (size_t i = 0; !status && i < row->seeds; i++) {
        const struct trace_finish *finish = &row->traces[i].finish;
        struct judge judge = {.table = table, .finish = finish};
        if (table)
            judge.best = truth_best(table, finish->test_seeds, finish->n_test_seeds);
        status = follow_trial(&row->traces[i], i, &judge, moves, error);
    }
    return status;
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

/* Walk through the moves of all trials by what was spent; `values` and `begun` are spare,
 * [trials]. */
static void sweep(const struct moves *moves, const struct move **order, size_t trials,
                  double *values, bool *begun, struct anytime_curve *curve)
{
    for (size_t i = 0; i < moves->n; i++)
        order[i] = &moves->items[i];
    qsort(order, moves->n, sizeof *order, compare_moves);
    size_t waiting = trials;
    for (size_t i = 0; i < moves->n; i++) {
        const struct move *move = order[i];
        waiting -= !begun[move->trial];
        begun[move->trial] = true;
        values[move->trial] = move->value;
        if (!waiting)
            add_step(curve, move->spent, values, trials);
    }
}

static int make_curve(struct anytime_curve *curve, const struct table *table, struct error *error)
{
    struct moves moves = {0};
    size_t trials = curve->row->seeds;
    const struct move **order = NULL;
    double *values = calloc(trials, sizeof *values);
    bool *begun = calloc(trials, sizeof *begun);
    int status = gather_moves(curve->row, table, &moves, error);
    if (status)
        goto out;
    order = calloc(moves.n, sizeof *order);
    curve->steps = calloc(moves.n + 1, sizeof *curve->steps);
    if (!values || !begun || !order || !curve->steps) {
        status = error_set(error, ERROR_MEMORY, "anytime curves: out of memory");
        goto out;
    }
    sweep(&moves, order, trials, values, begun, curve);
    struct anytime_step last = curve->steps[curve->n - 1]; /* what is in hand stays in hand */
    last.spent = curve->row->traces->header.budget_flops;
    if (curve->steps[curve->n - 1].spent < last.spent)
        curve->steps[curve->n++] = last;
out:
    free(order);
    free(moves.items);
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

void anytime_free(struct anytime *anytime)
{
    for (size_t i = 0; i < anytime->n; i++)
        free(anytime->curves[i].steps);
    free(anytime->curves);
    *anytime = (struct anytime){0};
}
