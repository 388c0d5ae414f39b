#include "reports/trajectory.h"

#include "reports/statistics.h"
#include "reports/truth.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- One trial ------------------------------------------------------------------------------- */

/* What is known of one network so far. */
struct candidate {
    uint32_t network;
    int point; /* 0: not asked */
    bool known;
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

static void add_move(struct trajectory *trajectory, uint64_t spent, double value)
{
    trajectory->moves[trajectory->n++] = (struct trajectory_move){spent, value};
}

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    return (a->network > b->network) - (a->network < b->network);
}

/* What event `event` says of a network; false if that is nothing. A network that has grown has no
 * point: any query of its class outweighs it. */
static bool answers(const struct trace_event *event, bool grown, struct candidate *answer)
{
    if (event->kind == TRACE_QUERY)
        *answer = (struct candidate){.network = event->query.network,
                                     .point = event->query.point,
                                     .valid_accuracy = event->query.valid_accuracy};
    else if (event->kind == TRACE_TRAIN && grown)
        *answer = (struct candidate){.network = event->train.network,
                                     .valid_accuracy = event->train.valid_accuracy};
    else
        return false;
    answer->known = !isnan(answer->valid_accuracy);
    return answer->known;
}

static bool is_record(const struct trace_event *event)
{
    return event->kind == TRACE_LOG && strcmp(event->log.name, TRACE_INCUMBENT) == 0;
}

bool trajectory_needs_table(const struct trace *trace)
{
    for (size_t i = 0; i < trace->n_events; i++)
        if (trace->events[i].kind == TRACE_TRAIN || is_record(&trace->events[i]))
            return true;
    return false;
}

enum trajectory_source trajectory_source(const struct trace *trace, const struct table *table)
{
    struct candidate answer;
    enum trajectory_source source = TRAJECTORY_NOTHING;
    for (size_t i = 0; i < trace->n_events; i++)
        if (table && is_record(&trace->events[i]))
            return TRAJECTORY_RECORDS;
        else if (answers(&trace->events[i], table != NULL, &answer))
            source = TRAJECTORY_ANSWERS;
    return source;
}

/* The networks that a trace tells about, ascending, each once, none known yet. */
static size_t find_candidates(const struct trace *trace, bool grown, struct candidate *candidates)
{
    size_t n = 0, distinct = 0;
    struct candidate answer;
    for (size_t i = 0; i < trace->n_events; i++)
        if (answers(&trace->events[i], grown, &answer))
            candidates[n++] = (struct candidate){.network = answer.network};
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
        if (candidates[i].known && (!best || candidates[i].valid_accuracy > best->valid_accuracy))
            best = &candidates[i];
    return best;
}

/* Append the moves: where the incumbent, or what is known of it, changes. `candidates` is spare,
 * [n_events]. */
static void follow_answers(struct trajectory *trajectory, const struct trace *trace,
                           const struct judge *judge, struct candidate *candidates)
{
    bool grown = judge->table != NULL;
    size_t n = find_candidates(trace, grown, candidates);
    const struct candidate *incumbent = NULL;
    struct candidate answer;
    for (size_t i = 0; i < trace->n_events; i++) {
        const struct trace_event *event = &trace->events[i];
        if (!answers(event, grown, &answer))
            continue;
        struct candidate *asked =
            bsearch(&answer, candidates, n, sizeof *candidates, compare_candidates);
        if (answer.point < asked->point) /* an earlier point of a known curve: nothing new */
            continue;
        *asked = answer;
        if (asked == incumbent) /* it may have fallen behind another */
            incumbent = find_best(candidates, n);
        else if (!incumbent || asked->valid_accuracy > incumbent->valid_accuracy)
            incumbent = asked;
        else
            continue;
        add_move(trajectory, event->spent,
                 judge_value(judge, incumbent->network, incumbent->valid_accuracy));
    }
}

/* truth_check has seen that the records name architectures of the table. */
static void follow_records(struct trajectory *trajectory, const struct trace *trace,
                           const struct judge *judge)
{
    for (size_t i = 0; i < trace->n_events; i++)
        if (is_record(&trace->events[i]))
            add_move(trajectory, trace->events[i].spent,
                     judge_value(judge, judge->table->class_of[(size_t)trace->events[i].log.value],
                                 (double)NAN));
}

int trajectory_init(struct trajectory *trajectory, const struct trace *trace,
                    const struct table *table, struct error *error)
{
    const struct trace_finish *finish = &trace->finish;
    struct judge judge = {.table = table, .finish = finish};
    struct candidate *candidates = calloc(trace->n_events + 1, sizeof *candidates);
    *trajectory = (struct trajectory){calloc(trace->n_events + 1, sizeof *trajectory->moves), 0};
    if (!candidates || !trajectory->moves) {
        free(candidates);
        trajectory_free(trajectory);
        return error_set(error, ERROR_MEMORY, "trajectory: out of memory");
    }
    if (table)
        judge.best = truth_best(table, finish->test_seeds, finish->n_test_seeds);
    if (trajectory_source(trace, table) == TRAJECTORY_RECORDS)
        follow_records(trajectory, trace, &judge);
    else
        follow_answers(trajectory, trace, &judge, candidates);
    add_move(trajectory, finish->spent,
             judge_value(&judge, finish->network, finish->valid_accuracy));
    free(candidates);
    return 0;
}

void trajectory_free(struct trajectory *trajectory)
{
    free(trajectory->moves);
    *trajectory = (struct trajectory){0};
}

/* ---- Questions to one ------------------------------------------------------------------------ */

double trajectory_at(const struct trajectory *trajectory, uint64_t spent)
{
    double value = (double)NAN;
    for (size_t i = 0; i < trajectory->n && trajectory->moves[i].spent <= spent; i++)
        value = trajectory->moves[i].value;
    return value;
}

/* True if the value of move `i` ever held: the last of those at one spending did. */
static bool holds(const struct trajectory *trajectory, size_t i)
{
    return i + 1 == trajectory->n || trajectory->moves[i + 1].spent > trajectory->moves[i].spent;
}

uint64_t trajectory_reach(const struct trajectory *trajectory, double target)
{
    for (size_t i = 0; i < trajectory->n; i++)
        if (trajectory->moves[i].value <= target && holds(trajectory, i))
            return trajectory->moves[i].spent;
    return TRAJECTORY_NEVER;
}

/* ---- Several --------------------------------------------------------------------------------- */

/* A trial's move, and where it stands in the order of all. */
struct arrival {
    uint64_t spent;
    double value;
    size_t trial, place;
};

static int compare_arrivals(const void *left, const void *right)
{
    const struct arrival *a = left, *b = right;
    if (a->spent != b->spent)
        return a->spent < b->spent ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static size_t gather(const struct trajectory *trials, size_t n, struct arrival *arrivals)
{
    size_t count = 0;
    for (size_t t = 0; t < n; t++)
        for (size_t i = 0; i < trials[t].n; i++, count++)
            arrivals[count] =
                (struct arrival){trials[t].moves[i].spent, trials[t].moves[i].value, t, count};
    qsort(arrivals, count, sizeof *arrivals, compare_arrivals);
    return count;
}

/* Let go of the value `old` (NaN: of none) in ascending values[n] and take in `new`. */
static size_t replace(double *values, size_t n, double old, double new)
{
    size_t at = 0;
    if (!isnan(old)) {
        while (values[at] < old)
            at++;
        memmove(values + at, values + at + 1, (--n - at) * sizeof *values);
    }
    for (at = n; at > 0 && values[at - 1] > new; at--)
        values[at] = values[at - 1];
    values[at] = new;
    return n + 1;
}

/* `held` [n] is NaN where a trial has not begun; `sorted` [n] is what those that have hold. */
static void sweep(const struct arrival *arrivals, size_t count, size_t n, double *held,
                  double *sorted, struct trajectory *median)
{
    size_t begun = 0;
    for (size_t t = 0; t < n; t++)
        held[t] = (double)NAN;
    for (size_t i = 0; i < count; i++) {
        const struct arrival *arrival = &arrivals[i];
        if (!isnan(arrival->value)) { /* what is not known changes nothing */
            begun = replace(sorted, begun, held[arrival->trial], arrival->value);
            held[arrival->trial] = arrival->value;
        }
        if (begun < n || (i + 1 < count && arrivals[i + 1].spent == arrival->spent))
            continue;
        double value = sample_quantile(sorted, n, 0.5);
        if (!median->n || median->moves[median->n - 1].value != value)
            add_move(median, arrival->spent, value);
    }
}

int trajectory_median(const struct trajectory *trials, size_t n, struct trajectory *median,
                      struct error *error)
{
    size_t most = 0;
    for (size_t t = 0; t < n; t++)
        most += trials[t].n;
    struct arrival *arrivals = calloc(most + 1, sizeof *arrivals);
    double *held = calloc(n + 1, sizeof *held), *sorted = calloc(n + 1, sizeof *sorted);
    *median = (struct trajectory){calloc(most + 1, sizeof *median->moves), 0};
    int status = arrivals && held && sorted && median->moves
                     ? 0
                     : error_set(error, ERROR_MEMORY, "median of trials: out of memory");
    if (!status)
        sweep(arrivals, gather(trials, n, arrivals), n, held, sorted, median);
    else
        trajectory_free(median);
    free(sorted);
    free(held);
    free(arrivals);
    return status;
}

uint64_t trajectory_overtakes(const struct trajectory *a, const struct trajectory *b, uint64_t end)
{
    uint64_t since = TRAJECTORY_NEVER;
    double value_a = (double)NAN, value_b = (double)NAN;
    for (size_t i = 0, j = 0; i < a->n || j < b->n;) {
        uint64_t next_a = i < a->n ? a->moves[i].spent : TRAJECTORY_NEVER;
        uint64_t next_b = j < b->n ? b->moves[j].spent : TRAJECTORY_NEVER;
        uint64_t next = next_a < next_b ? next_a : next_b;
        if (next > end)
            break;
        for (; i < a->n && a->moves[i].spent == next; i++)
            value_a = a->moves[i].value;
        for (; j < b->n && b->moves[j].spent == next; j++)
            value_b = b->moves[j].value;
        if (!(value_a < value_b)) /* one that has not begun is NaN: neither is below */
            since = TRAJECTORY_NEVER;
        else if (since == TRAJECTORY_NEVER)
            since = next;
    }
    return since;
}
