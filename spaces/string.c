#include "spaces/string.h"

#include <stdio.h>
#include <string.h>

int string_fail(const struct string_place *at, const char *what, const char *hint,
                struct error *error)
{
    enum { SHOWN_MOST = 120 };
    size_t shown = (size_t)(at->place - at->text) + strcspn(at->place, at->ends);
    if (at->text[shown])
        shown++;
    if (shown > SHOWN_MOST)
        shown = SHOWN_MOST;
    return error_set(error, ERROR_ARGUMENT, "%s at column %d of \"%.*s%s\"%s", what,
                     (int)(at->place - at->text) + 1, (int)shown, at->text,
                     at->text[shown] ? "..." : "", hint);
}

bool string_next(struct string_place *at, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(at->place, word, length) != 0)
        return false;
    at->place += length;
    return true;
}

int string_word(struct string_place *at, const char *word, struct error *error)
{
    char what[32];
    if (string_next(at, word))
        return 0;
    (void)snprintf(what, sizeof what, "expected \"%s\"", word);
    return string_fail(at, what, "", error);
}
