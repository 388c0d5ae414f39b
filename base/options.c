#include "base/options.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct option_row *option_find(const struct option_row *rows, const char *name)
{
    for (const struct option_row *row = rows; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static int unknown(const struct option_row *rows, const char *name, struct error *error)
{
    const char *names[128] = {NULL};
    size_t n = 0;
    for (const struct option_row *row = rows; row->name && n < 128; row++)
        names[n++] = row->name;
    const char *near = text_nearest(name, names, n);
    if (near)
        return error_set(error, ERROR_ARGUMENT, "unknown option \"%s\": did you mean \"%s\"?", name,
                         near);
    struct text list = {0};
    for (size_t i = 0; i < n; i++)
        text_append(&list, "%s%s", i ? ", " : "", names[i]);
    int code = error_set(error, ERROR_ARGUMENT, "unknown option \"%s\": %s%s", name,
                         n ? "one of " : "there are none", list.data ? list.data : "");
    text_free(&list);
    return code;
}

/* Limits of integers are written as integers. */
static void append_limit(const struct option_row *row, double limit, struct text *out)
{
    if (row->type == OPTION_REAL)
        text_append_real(out, limit);
    else
        text_append(out, "%.0f", limit);
}

static int out_of_range(const struct option_row *row, const char *value, struct error *error)
{
    struct text least = {0}, most = {0};
    append_limit(row, row->least, &least);
    append_limit(row, row->most, &most);
    int code = error_set(error, ERROR_ARGUMENT, "%s = %s: must be from %s to %s", row->name, value,
                         least.data ? least.data : "", most.data ? most.data : "");
    text_free(&most);
    text_free(&least);
    return code;
}

/* A number too large for its type, told from what is no number. */
static bool is_integer(const char *value)
{
    value += *value == '-' || *value == '+';
    return *value && value[strspn(value, "0123456789")] == '\0';
}

static int no_int(const struct option_row *row, const char *value, struct error *error)
{
    bool limited = row->least != 0 || row->most != 0;
    if (!is_integer(value))
        return error_set(error, ERROR_ARGUMENT, "%s = %s: must be an integer", row->name, value);
    if (limited)
        return out_of_range(row, value, error);
    return error_set(error, ERROR_ARGUMENT, "%s = %s: must be from %" PRId32 " to %" PRId32,
                     row->name, value, INT32_MIN, INT32_MAX);
}

static bool in_range(const struct option_row *row, double value)
{
    return (row->least == 0 && row->most == 0) || (value >= row->least && value <= row->most);
}

static int set_row(const struct option_row *row, void *target, const char *value,
                   struct error *error)
{
    char *place = (char *)target + row->offset;
    switch (row->type) {
    case OPTION_INT: {
        int64_t number;
        if (!text_parse_int(value, &number) || number < INT32_MIN || number > INT32_MAX)
            return no_int(row, value, error);
        if (!in_range(row, (double)number))
            return out_of_range(row, value, error);
        int narrow = (int)number;
        memcpy(place, &narrow, sizeof narrow);
        return 0;
    }
    case OPTION_U64: {
        uint64_t number;
        if (!text_parse_u64(value, &number))
            return error_set(error, ERROR_ARGUMENT, "%s = %s: must be a whole number from 0 up",
                             row->name, value);
        if (!in_range(row, (double)number))
            return out_of_range(row, value, error);
        memcpy(place, &number, sizeof number);
        return 0;
    }
    case OPTION_REAL: {
        double number;
        if (!text_parse_real(value, &number))
            return error_set(error, ERROR_ARGUMENT, "%s = %s: must be a number", row->name, value);
        if (!in_range(row, number))
            return out_of_range(row, value, error);
        memcpy(place, &number, sizeof number);
        return 0;
    }
    case OPTION_FLAG: {
        bool on =
            strcmp(value, "1") == 0 || strcmp(value, "true") == 0 || strcmp(value, "yes") == 0;
        if (!on && strcmp(value, "0") != 0 && strcmp(value, "false") != 0 &&
            strcmp(value, "no") != 0)
            return error_set(error, ERROR_ARGUMENT, "%s = %s: must be yes or no", row->name, value);
        memcpy(place, &on, sizeof on);
        return 0;
    }
    case OPTION_TEXT:
        if (strlen(value) >= OPTION_TEXT_SIZE)
            return error_set(error, ERROR_ARGUMENT, "%s: text of %zu bytes is too long (most: %d)",
                             row->name, strlen(value), OPTION_TEXT_SIZE - 1);
        memset(place, 0, OPTION_TEXT_SIZE);
        memcpy(place, value, strlen(value));
        return 0;
    }
    return error_set(error, ERROR_STATE, "%s: option row of no known type", row->name);
}

void options_default(const struct option_row *rows, void *target)
{
    for (const struct option_row *row = rows; row->name; row++) {
        static const size_t sizes[] = {[OPTION_INT] = sizeof(int),
                                       [OPTION_U64] = sizeof(uint64_t),
                                       [OPTION_REAL] = sizeof(double),
                                       [OPTION_FLAG] = sizeof(bool),
                                       [OPTION_TEXT] = OPTION_TEXT_SIZE};
        memset((char *)target + row->offset, 0, sizes[row->type]);
        if (row->standard) {
            struct error error;
            int status = set_row(row, target, row->standard, &error);
            assert(!status && "a default outside its own range");
            (void)status;
        }
    }
}

int options_set(const struct option_row *rows, void *target, const char *name, const char *value,
                struct error *error)
{
    const struct option_row *row = option_find(rows, name);
    if (!row)
        return unknown(rows, name, error);
    return set_row(row, target, value, error);
}

int options_parse_list(const struct option_row *rows, void *target, const char *list,
                       struct error *error)
{
    while (*list) {
        size_t length = strcspn(list, ",");
        const char *equals = memchr(list, '=', length);
        if (!equals)
            return error_set(error, ERROR_ARGUMENT, "\"%.*s\": expected name=value", (int)length,
                             list);
        char *pair = strndup(list, length);
        if (!pair)
            return error_set(error, ERROR_MEMORY, "out of memory");
        pair[equals - list] = '\0';
        int status = options_set(rows, target, pair, pair + (equals - list) + 1, error);
        free(pair);
        if (status)
            return status;
        list += length;
        if (*list == ',')
            list++;
    }
    return 0;
}

void text_append_real(struct text *out, double value)
{
    char word[32];
    int digits = 1; /* those before the point are all written: 30, not 3e+01 */
    for (double power = 10; power <= fabs(value) && digits < 15; power *= 10)
        digits++;
    for (; digits <= 17; digits++) {
        (void)snprintf(word, sizeof word, "%.*g", digits, value);
        if (strtod(word, NULL) == value)
            break;
    }
    text_append(out, "%s", word);
}

void options_print(const struct option_row *row, const void *target, struct text *out)
{
    const char *place = (const char *)target + row->offset;
    switch (row->type) {
    case OPTION_INT: {
        int value;
        memcpy(&value, place, sizeof value);
        text_append(out, "%d", value);
        break;
    }
    case OPTION_U64: {
        uint64_t value;
        memcpy(&value, place, sizeof value);
        text_append(out, "%" PRIu64, value);
        break;
    }
    case OPTION_REAL: {
        double value;
        memcpy(&value, place, sizeof value);
        text_append_real(out, value);
        break;
    }
    case OPTION_FLAG: {
        bool value;
        memcpy(&value, place, sizeof value);
        text_append(out, "%s", value ? "yes" : "no");
        break;
    }
    case OPTION_TEXT:
        text_append(out, "%s", place);
        break;
    }
}
