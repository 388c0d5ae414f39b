/* Strings of architectures: reading them word by word, with errors that name the column. Internal to
 * spaces/. */
#ifndef NASBED_SPACES_STRING_H
#define NASBED_SPACES_STRING_H

#include "base/error.h"

#include <stdbool.h>

/* A string being read. */
struct string_place {
    const char *text;  /* all of it */
    const char *place; /* where the next word begins */
    const char *ends;  /* characters that end a part: an error shows the text up to one */
};

/* ERROR_ARGUMENT: "WHAT at column N of "text..."HINT". */
int string_fail(const struct string_place *at, const char *what, const char *hint,
                struct error *error);

/* True, and past it, if `word` comes next. */
bool string_next(struct string_place *at, const char *word);

/* The same for a word that has to come: fails with `expected "WORD"`. */
int string_word(struct string_place *at, const char *word, struct error *error);

#endif
