#include "spaces/space.h"

#include "base/text.h"

#include <assert.h>
#include <string.h>

#define SPACE(name) extern const struct space space_##name;
#include "spaces/spaces.def"
#undef SPACE

static const struct space *const spaces[] = {
#define SPACE(name) &space_##name,
#include "spaces/spaces.def"
#undef SPACE
};

enum { SPACES = sizeof spaces / sizeof *spaces };

const struct space *space_at(int i)
{
    return i >= 0 && i < SPACES ? spaces[i] : NULL;
}

const struct space *space_find(const char *name, struct error *error)
{
    const char *names[SPACES];
    for (int i = 0; i < SPACES; i++) {
        names[i] = spaces[i]->name;
        if (strcmp(name, names[i]) == 0)
            return spaces[i];
    }
    const char *near = text_nearest(name, names, SPACES);
    struct text known = {0};
    for (int i = 0; i < SPACES; i++)
        text_append(&known, "%s%s", i ? ", " : "", names[i]);
    if (near)
        (void)error_set(error, ERROR_ARGUMENT, "unknown space \"%s\": did you mean \"%s\"?", name,
                        near);
    else
        (void)error_set(error, ERROR_ARGUMENT, "unknown space \"%s\": one of %s", name,
                        known.data ? known.data : "none");
    text_free(&known);
    return NULL;
}

const char *move_name(enum move_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        MOVE_LIST(X)
#undef X
    };
    assert((int)kind >= 0 && kind < MOVE_KINDS);
    return names[kind];
}
