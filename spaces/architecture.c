#include "spaces/space.h"

#include "base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

int architecture_read(const struct space *space, const char *word,
                      struct architecture *architecture, struct error *error)
{
    int64_t index;
    int status = space->parse(word, architecture, error); /* a string of digits is a string */
    if (!status || !text_parse_int(word, &index))
        return status;
    if (index < 0 || (uint64_t)index >= space->count)
        return error_set(error, ERROR_ARGUMENT,
                         "index %" PRId64 ": %s has the indices 0 to %" PRIu64, index, space->name,
                         space->count - 1);
    space->from_index((uint64_t)index, architecture);
    return 0;
}

bool architecture_valid(const struct space *space, const struct architecture *architecture)
{
    if (architecture->n < 0 || architecture->n > space->decisions_max)
        return false;
    struct architecture prefix = *architecture;
    for (prefix.n = 0; prefix.n < architecture->n; prefix.n++)
        if (architecture->decision[prefix.n] >= space->options(&prefix))
            return false;
    return space->options(&prefix) == 0;
}

bool architecture_equal(const struct architecture *a, const struct architecture *b)
{
    return a->n == b->n && memcmp(a->decision, b->decision, (size_t)a->n) == 0;
}

void architecture_random(const struct space *space, struct random_stream *stream,
                         struct architecture *out)
{
    assert(space->count >= 1 && space->count <= UINT32_MAX);
    space->from_index(random_below(stream, (uint32_t)space->count), out);
}

/* The first n decisions of an architecture. */
static struct architecture prefix_of(const struct architecture *architecture, int n)
{
    struct architecture prefix = {.n = n};
    memcpy(prefix.decision, architecture->decision, (size_t)n);
    return prefix;
}

/* What `parent` chose where its decision has the name `name`; -1: it has no such decision. */
static int choice_named(const struct space *space, const struct architecture *parent,
                        const char *name)
{
    for (int i = 0; i < parent->n; i++) {
        struct architecture prefix = prefix_of(parent, i);
        if (strcmp(space->decision_name(&prefix), name) == 0)
            return parent->decision[i];
    }
    return -1;
}

/* Decide what is still open in `child` as `parent` did; where that is not possible, by `stream`, or
 * for the first option if it is NULL. */
static void complete_like(const struct space *space, const struct architecture *parent,
                          struct random_stream *stream, struct architecture *child)
{
    for (int options; (options = space->options(child)) > 0; child->n++) {
        assert(child->n < ARCHITECTURE_MAX);
        int choice = choice_named(space, parent, space->decision_name(child));
        if (choice < 0 || choice >= options)
            choice = stream ? (int)random_below(stream, (uint32_t)options) : 0;
        child->decision[child->n] = (unsigned char)choice;
    }
}

int architecture_neighbours(const struct space *space, const struct architecture *architecture,
                            struct architecture *out, int capacity)
{
    int written = 0;
    for (int i = 0; i < architecture->n; i++) {
        struct architecture prefix = prefix_of(architecture, i);
        int options = space->options(&prefix);
        for (int option = 0; option < options && written < capacity; option++) {
            if (option == architecture->decision[i])
                continue;
            out[written] = prefix;
            out[written].decision[out[written].n++] = (unsigned char)option;
            complete_like(space, architecture, NULL, &out[written]);
            written++;
        }
    }
    return written;
}

void architecture_mutate(const struct space *space, const struct architecture *parent,
                         struct random_stream *stream, struct architecture *child)
{
    int open[ARCHITECTURE_MAX], options[ARCHITECTURE_MAX];
    uint32_t n = 0;
    for (int i = 0; i < parent->n; i++) {
        struct architecture prefix = prefix_of(parent, i);
        options[i] = space->options(&prefix);
        if (options[i] > 1)
            open[n++] = i;
    }
    assert(n > 0 && "a space without a choice");
    int place = open[random_below(stream, n)];
    int choice = (int)random_below(stream, (uint32_t)options[place] - 1);
    choice += choice >= parent->decision[place]; /* any but the parent's */
    struct architecture changed = prefix_of(parent, place);
    changed.decision[changed.n++] = (unsigned char)choice;
    complete_like(space, parent, stream, &changed);
    *child = changed;
}

int architecture_cost(const struct space *space, const struct skeleton *skeleton,
                      const struct architecture *architecture, struct cost *cost,
                      struct error *error)
{
    struct graph whole = {0}, simple = {0};
    int status = space->graph(architecture, skeleton, &whole, error);
    if (!status)
        status = graph_simplify(&whole, &simple, error);
    if (!status) {
        space->published_cost(architecture, skeleton, &cost->macs, &cost->params);
        cost->train_macs = graph_macs(&simple);
    }
    graph_free(&simple);
    graph_free(&whole);
    return status;
}
