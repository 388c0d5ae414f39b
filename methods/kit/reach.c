#include "methods/kit/reach.h"

#include <stdlib.h>

enum { MOVES_MOST = 16 };

/* An architecture, and how many deepenings lie between it and the smallest: the same on all ways. */
struct place {
    uint64_t index;
    int deepened;
};

static bool may_make(const struct reach *reach, const struct place *from,
                     enum nasbed_move_kind kind)
{
    if (kind == NASBED_DEEPEN)
        return from->deepened < reach->deeper;
    return reach->wider > 0 && (kind == NASBED_WIDEN || reach->extended);
}

/* Where an episode can end: anywhere, or, if the deeper does not stop, where no deepening is left. */
static bool may_end(const struct reach *reach, const struct place *at,
                    const struct nasbed_move *moves, int n)
{
    if (reach->stops || at->index == 0)
        return true;
    for (int k = 0; k < n; k++)
        if (moves[k].kind == NASBED_DEEPEN && may_make(reach, at, NASBED_DEEPEN))
            return false;
    return true;
}

size_t reach_count(const struct nasbed_trial *trial, const struct reach *reach)
{
    size_t count = (size_t)nasbed_count(trial), known = 1, ends = 0;
    bool *seen = calloc(count, sizeof *seen);
    struct place *queue = calloc(count, sizeof *queue); /* the first is the smallest network */
    for (size_t i = 0; seen && queue && i < known; i++) {
        struct nasbed_architecture from;
        struct nasbed_move moves[MOVES_MOST];
        nasbed_from_index(trial, queue[i].index, &from);
        seen[queue[i].index] = true;
        int n = nasbed_moves(trial, &from, moves, MOVES_MOST);
        for (int k = 0; k < n; k++) {
            uint64_t to = nasbed_index(trial, &moves[k].to);
            if (seen[to] || !may_make(reach, &queue[i], moves[k].kind))
                continue;
            seen[to] = true;
            queue[known++] =
                (struct place){to, queue[i].deepened + (moves[k].kind == NASBED_DEEPEN)};
        }
        ends += may_end(reach, &queue[i], moves, n);
    }
    free(seen);
    free(queue);
    return ends;
}
