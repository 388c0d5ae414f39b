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

/* Query the `top` best of `history` to T; their accuracies there become `full`. */
static enum nasbed_status complete(struct nasbed_trial *trial, const struct history *history,
                                   int top, struct history *full)
{
    for (int i = 0; i < top; i++) {
        const struct evaluated *next = history_best_but(history, full);
        if (!next)
            break;
        struct nasbed_result result;
        enum nasbed_status status =
            nasbed_query(trial, &next->architecture, nasbed_points(trial), &result);
        if (status != NASBED_DONE)
            return status;
        if (!history_add(full, &next->architecture, result.valid_accuracy))
            return nasbed_fail(trial, "out of memory");
    }
    return NASBED_DONE;
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
