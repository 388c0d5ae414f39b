/* Options as rows: command lines, protocol keys and methods' settings are parsed, checked, documented
 * and recorded from the same tables. */
#ifndef NASBED_BASE_OPTIONS_H
#define NASBED_BASE_OPTIONS_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum option_type {
    OPTION_INT,  /* int */
    OPTION_U64,  /* uint64_t */
    OPTION_REAL, /* double */
    OPTION_FLAG, /* bool; on a command line it takes no value */
    OPTION_TEXT  /* char[OPTION_TEXT_SIZE] */
};

#define OPTION_TEXT_SIZE 256

/* One row; a table ends with a row whose name is NULL. */
struct option_row {
    const char *name;
    enum option_type type;
    size_t offset;        /* of the value in the target struct */
    const char *standard; /* default value as text; NULL: must be given */
    double least, most;   /* for numbers, inclusive; both 0: not limited */
    const char *help;     /* one line */
    const char
        *provenance; /* where the default comes from, or NULL ("published", "chosen on ...") */
};

const struct option_row *option_find(const struct option_row *rows, const char *name);

/* Set every value of `target` to its default; rows without one become 0, false or "". */
void options_default(const struct option_row *rows, void *target);

/* Parse `value` into the row `name` of `target`. Errors: ERROR_ARGUMENT naming the nearest known
 * option, or what value is wrong and which are allowed. `target` is unchanged then. */
int options_set(const struct option_row *rows, void *target, const char *name, const char *value,
                struct error *error);

/* Set from "name=value,name=value"; an empty string sets nothing. */
int options_parse_list(const struct option_row *rows, void *target, const char *list,
                       struct error *error);

/* Append the value of one row as text (the form options_set reads; reals print shortest exactly). */
void options_print(const struct option_row *row, const void *target, struct text *out);

/* Append the shortest decimal form of `value` that reads back to the same double. */
void text_append_real(struct text *out, double value);

#endif
