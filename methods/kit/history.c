#include "methods/kit/history.h"

#include <stdlib.h>
#include <string.h>

bool history_add(struct history *history, const struct nasbed_architecture *architecture,
                 double accuracy)
{
    if (history->n == history->capacity) {
        size_t capacity = history->capacity ? 2 * history->capacity : 64;
        struct evaluated *grown = realloc(history->entry, capacity * sizeof *grown);
        if (!grown)
            return false;
        history->entry = grown;
        history->capacity = capacity;
    }
    history->entry[history->n++] = (struct evaluated){*architecture, accuracy};
    return true;
}

void history_free(struct history *history)
{
    free(history->entry);
    *history = (struct history){0};
}

const struct evaluated *history_best(const struct history *history)
{
    const struct evaluated *best = NULL;
    for (size_t i = 0; i < history->n; i++)
        if (!best || history->entry[i].accuracy > best->accuracy)
            best = &history->entry[i];
    return best;
}

uint64_t history_hold(const struct nasbed_trial *trial, int point, int top)
{
    uint64_t points = (uint64_t)nasbed_points(trial);
    return nasbed_unit(trial) / points * (points - (uint64_t)point) * (uint64_t)top;
}

bool history_affords(const struct nasbed_trial *trial,
                     const struct nasbed_architecture *architecture, int point, uint64_t hold)
{
    if (hold == 0)
        return true;
    uint64_t left = nasbed_left(trial);
    return left >= hold && nasbed_quote(trial, architecture, point) <= left - hold;
}

int history_point(const struct nasbed_trial *trial, int point)
{
    int T = nasbed_points(trial);
    return point > 0 && point < T ? point : T;
}

enum nasbed_status history_evaluate(struct history *history, struct nasbed_trial *trial,
                                    const struct nasbed_architecture *architecture, int point,
                                    uint64_t hold, struct nasbed_result *result)
{
    if (!history_affords(trial, architecture, point, hold))
        return NASBED_REFUSED;
    enum nasbed_status status = nasbed_query(trial, architecture, point, result);
    if (status == NASBED_DONE && !history_add(history, architecture, result->valid_accuracy))
        return nasbed_fail(trial, "out of memory");
    return status;
}

static bool equal(const struct nasbed_architecture *a, const struct nasbed_architecture *b)
{
    return a->n == b->n && memcmp(a->decision, b->decision, (size_t)a->n) == 0;
}

const struct evaluated *history_find(const struct history *history,
                                     const struct nasbed_architecture *architecture)
{
    for (size_t i = 0; i < history->n; i++)
        if (equal(&history->entry[i].architecture, architecture))
            return &history->entry[i];
    return NULL;
}

const struct evaluated *history_best_but(const struct history *history, const struct history *done)
{
    const struct evaluated *best = NULL;
    for (size_t i = 0; i < history->n; i++) {
        const struct evaluated *entry = &history->entry[i];
        if ((!best || entry->accuracy > best->accuracy) &&
            !history_find(done, &entry->architecture))
            best = entry;
    }
    return best;
}

/* The best first, the earlier of equals: pointers into one array tell which that is. */
static int by_accuracy(const void *left, const void *right)
{
    const struct evaluated *a = *(const struct evaluated *const *)left;
    const struct evaluated *b = *(const struct evaluated *const *)right;
    if (a->accuracy != b->accuracy)
        return a->accuracy > b->accuracy ? -1 : 1;
    return (a > b) - (a < b);
}

/* The entries in that order, [n]; NULL when memory runs out. */
static const struct evaluated **sorted(const struct history *history)
{
    const struct evaluated **order = malloc((history->n + 1) * sizeof *order);
    if (!order)
        return NULL;
    for (size_t i = 0; i < history->n; i++)
        order[i] = &history->entry[i];
    qsort(order, history->n, sizeof *order, by_accuracy);
    return order;
}

/* Query the `top` best networks of `history` to T; their accuracies there become `full`. What is paid
 * to T by now, a second time or as an isomorph, is none of them. One refusal is asked for, so that the
 * trace names it; from there on only what can be paid is. */
static enum nasbed_status complete(struct nasbed_trial *trial, const struct history *history,
                                   int top, struct history *full)
{
    const struct evaluated **order = sorted(history);
    enum nasbed_status status = order ? NASBED_DONE : nasbed_fail(trial, "out of memory");
    bool refused = false;
    for (size_t i = 0; i < history->n && top > 0 && status == NASBED_DONE; i++) {
        const struct nasbed_architecture *next = &order[i]->architecture;
        uint64_t charge = nasbed_quote(trial, next, nasbed_points(trial));
        struct nasbed_result result;
        if (charge == 0 || (refused && charge > nasbed_left(trial)))
            continue;
        status = nasbed_query(trial, next, nasbed_points(trial), &result);
        if (status == NASBED_REFUSED) {
            refused = true;
            status = NASBED_DONE;
        } else if (status == NASBED_DONE) {
            top--;
            if (!history_add(full, next, result.valid_accuracy))
                status = nasbed_fail(trial, "out of memory");
        }
    }
    free(order);
    return status;
}

enum nasbed_status history_finish(struct nasbed_trial *trial, const struct history *history,
                                  int point, int top)
{
    struct history full = {0};
    enum nasbed_status status = NASBED_DONE;
    if (point < nasbed_points(trial))
        status = complete(trial, history, top, &full);
    if (status != NASBED_FAILED) {
        const struct evaluated *choice = history_best(full.n ? &full : history);
        struct nasbed_architecture chosen;
        if (choice)
            chosen = choice->architecture;
        else
            nasbed_random(trial, &chosen);
        status = nasbed_finish(trial, &chosen);
    }
    history_free(&full);
    return status;
}
