#include "spaces/space.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Class numbers by digest: open addressing, at most half full; 0 is an empty slot, else class + 1.
 */
struct lookup {
    uint32_t *slot;
    size_t mask; /* slots - 1, slots a power of two */
};

/* One architecture, worked out. */
struct form {
    struct digest canonical;
    uint64_t train_macs;
};

static int form_of(const struct space *space, const struct skeleton *skeleton,
                   const struct architecture *architecture, struct form *form, struct error *error)
{
    struct graph whole = {0}, simple = {0};
    int status = space->graph(architecture, skeleton, &whole, error);
    if (!status)
        status = graph_simplify(&whole, &simple, error);
    if (!status)
        status = graph_canonical(&simple, &form->canonical, error);
    if (!status)
        form->train_macs = graph_macs(&simple);
    graph_free(&simple);
    graph_free(&whole);
    return status;
}

/* The class of a digest, made if there is none yet with `index` for its representative. */
static uint32_t class_of(struct isomorphs *isomorphs, struct lookup *lookup,
                         const struct form *form, uint32_t index)
{
    size_t place = (size_t)form->canonical.low & lookup->mask;
    for (; lookup->slot[place]; place = (place + 1) & lookup->mask) {
        const struct digest *known = &isomorphs->canonical[lookup->slot[place] - 1];
        if (known->low == form->canonical.low && known->high == form->canonical.high)
            return lookup->slot[place] - 1;
    }
    uint32_t made = isomorphs->distinct++;
    lookup->slot[place] = made + 1;
    isomorphs->representative[made] = index;
    isomorphs->canonical[made] = form->canonical;
    isomorphs->train_macs[made] = form->train_macs;
    return made;
}

static int classify(struct isomorphs *isomorphs, struct lookup *lookup, const struct space *space,
                    const struct skeleton *skeleton, struct error *error)
{
    for (uint32_t i = 0; i < isomorphs->count; i++) {
        struct architecture architecture;
        struct form form;
        space->from_index(i, &architecture);
        int status = form_of(space, skeleton, &architecture, &form, error);
        if (status)
            return status;
        isomorphs->class_of[i] = class_of(isomorphs, lookup, &form, i);
        space->published_cost(&architecture, skeleton, &isomorphs->macs[i], &isomorphs->params[i]);
    }
    return 0;
}

int isomorphs_init(struct isomorphs *isomorphs, const struct space *space,
                   const struct skeleton *skeleton, struct error *error)
{
    assert(space->count >= 1 && space->count < UINT32_MAX);
    size_t n = (size_t)space->count, slots = 2;
    while (slots < 2 * n)
        slots *= 2;
    struct lookup lookup = {.slot = calloc(slots, sizeof *lookup.slot), .mask = slots - 1};
    *isomorphs = (struct isomorphs){.count = (uint32_t)n,
                                    .class_of = calloc(n, sizeof *isomorphs->class_of),
                                    .representative = calloc(n, sizeof *isomorphs->representative),
                                    .canonical = calloc(n, sizeof *isomorphs->canonical),
                                    .macs = calloc(n, sizeof *isomorphs->macs),
                                    .params = calloc(n, sizeof *isomorphs->params),
                                    .train_macs = calloc(n, sizeof *isomorphs->train_macs)};
    int status = 0;
    if (lookup.slot && isomorphs->class_of && isomorphs->representative && isomorphs->canonical &&
        isomorphs->macs && isomorphs->params && isomorphs->train_macs)
        status = classify(isomorphs, &lookup, space, skeleton, error);
    else
        status = error_set(error, ERROR_MEMORY, "%s: isomorphs: out of memory", space->name);
    if (status)
        isomorphs_free(isomorphs);
    free(lookup.slot);
    return status;
}

void isomorphs_free(struct isomorphs *isomorphs)
{
    free(isomorphs->train_macs);
    free(isomorphs->params);
    free(isomorphs->macs);
    free(isomorphs->canonical);
    free(isomorphs->representative);
    free(isomorphs->class_of);
    memset(isomorphs, 0, sizeof *isomorphs);
}

int isomorphs_graph(const struct isomorphs *isomorphs, const struct space *space,
                    const struct skeleton *skeleton, uint32_t c, struct graph *out,
                    struct error *error)
{
    assert(c < isomorphs->distinct);
    struct architecture architecture;
    struct graph whole = {0};
    space->from_index(isomorphs->representative[c], &architecture);
    int status = space->graph(&architecture, skeleton, &whole, error);
    if (!status)
        status = graph_simplify(&whole, out, error);
    graph_free(&whole);
    return status;
}
