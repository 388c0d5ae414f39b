#include "reports/ranks.h"

#include <stdlib.h>

struct place {
    double value;
    size_t position;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

int ranks_order(const double *x, size_t n, size_t *order, struct error *error)
{
    struct place *places = calloc(n ? n : 1, sizeof *places);
    if (!places)
        return error_set(error, ERROR_MEMORY, "ranks of %zu values: out of memory", n);
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){x[i], i};
    qsort(places, n, sizeof *places, compare_places);
    for (size_t i = 0; i < n; i++)
        order[i] = places[i].position;
    free(places);
    return 0;
}

int ranks_doubled(const double *x, size_t n, uint64_t *doubled, double *ties, struct error *error)
{
    size_t *order = calloc(n ? n : 1, sizeof *order);
    if (!order)
        return error_set(error, ERROR_MEMORY, "ranks of %zu values: out of memory", n);
    int status = ranks_order(x, n, order, error);
    double sum = 0;
    for (size_t start = 0, end; !status && start < n; start = end) {
        for (end = start + 1; end < n && x[order[end]] == x[order[start]];)
            end++;
        for (size_t i = start; i < end; i++) /* places start+1 .. end: their mean, doubled */
            doubled[order[i]] = (uint64_t)(start + 1 + end);
        double t = (double)(end - start);
        sum += t * t * t - t;
    }
    if (ties)
        *ties = sum;
    free(order);
    return status;
}
