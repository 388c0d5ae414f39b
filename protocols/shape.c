#include "protocols/shape.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

static const struct shape shapes[] = {
    {.name = "cifar10",
     .channels = 3,
     .size = 32,
     .classes = 10,
     .train_count = 50000,
     .test_count = 10000},
    /* 28 x 28 in the files; a border of two zeros makes it the size that every skeleton takes. */
    {.name = "fashion-mnist",
     .channels = 1,
     .size = 32,
     .classes = 10,
     .train_count = 60000,
     .test_count = 10000},
};

enum { SHAPES = sizeof shapes / sizeof *shapes };

const struct shape *shape_at(int i)
{
    return i >= 0 && i < SHAPES ? &shapes[i] : NULL;
}

const struct shape *shape_find(const char *name, struct error *error)
{
    const char *names[SHAPES];
    for (size_t i = 0; i < SHAPES; i++) {
        names[i] = shapes[i].name;
        if (strcmp(name, names[i]) == 0)
            return &shapes[i];
    }
    const char *near = text_nearest(name, names, SHAPES);
    struct text known = {0};
    for (size_t i = 0; i < SHAPES; i++)
        text_append(&known, "%s%s", i ? ", " : "", names[i]);
    if (near)
        (void)error_set(error, ERROR_ARGUMENT, "unknown data set \"%s\": did you mean \"%s\"?",
                        name, near);
    else
        (void)error_set(error, ERROR_ARGUMENT, "unknown data set \"%s\": one of %s", name,
                        known.data ? known.data : "");
    text_free(&known);
    return NULL;
}
