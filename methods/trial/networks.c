#include "methods/trial/networks.h"

#include <stdlib.h>

static int grow(struct networks *networks)
{
    int capacity = networks->capacity ? 2 * networks->capacity : 64;
    struct kept **item = realloc(networks->item, (size_t)capacity * sizeof(struct kept *));
    if (!item)
        return -1;
    networks->item = item;
    networks->capacity = capacity;
    return 0;
}

int networks_add(struct networks *networks, const struct kept *kept, int *handle,
                 struct error *error)
{
    struct kept *item = malloc(sizeof *item);
    if (!item || (networks->n == networks->capacity && grow(networks))) {
        free(item);
        return error_set(error, ERROR_MEMORY, "networks: out of memory");
    }
    *item = *kept;
    networks->item[networks->n++] = item;
    *handle = networks->n;
    return 0;
}

struct kept *networks_find(const struct networks *networks, int handle)
{
    return handle >= 1 && handle <= networks->n ? networks->item[handle - 1] : NULL;
}

bool networks_drop(struct networks *networks, int handle)
{
    struct kept *kept = networks_find(networks, handle);
    if (!kept)
        return false;
    kept_free(kept);
    free(kept);
    networks->item[handle - 1] = NULL;
    return true;
}

void networks_free(struct networks *networks)
{
    for (int handle = 1; handle <= networks->n; handle++)
        (void)networks_drop(networks, handle);
    free(networks->item);
    *networks = (struct networks){0};
}

int kept_graph(struct graph *graph, const struct space *space, const struct skeleton *skeleton,
               const struct architecture *architecture, struct error *error)
{
    struct graph whole = {0};
    int status = space->graph(architecture, skeleton, &whole, error);
    if (!status)
        status = graph_simplify(&whole, graph, error);
    graph_free(&whole);
    return status;
}

void kept_free(struct kept *kept)
{
    snapshot_free(&kept->snapshot);
    graph_free(&kept->graph);
}
