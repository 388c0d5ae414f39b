#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool reserve(struct text *text, size_t more)
{
    if (text->failed)
        return false;
    if (text->size + more + 1 <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < text->size + more + 1)
        capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void text_append(struct text *text, const char *format, ...)
{
    va_list arguments, copy;
    va_start(arguments, format);
    va_copy(copy, arguments);
    int need = vsnprintf(NULL, 0, format, copy);
    va_end(copy);
    if (need >= 0 && reserve(text, (size_t)need)) {
        (void)vsnprintf(text->data + text->size, (size_t)need + 1, format, arguments);
        text->size += (size_t)need;
    }
    va_end(arguments);
}

void text_append_bytes(struct text *text, const char *bytes, size_t size)
{
    if (!reserve(text, size))
        return;
    memcpy(text->data + text->size, bytes, size);
    text->size += size;
    text->data[text->size] = '\0';
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

bool text_parse_int(const char *word, int64_t *value)
{
    char *end;
    errno = 0;
    long long parsed = strtoll(word, &end, 10);
    if (errno || end == word || *end || isspace((unsigned char)*word))
        return false;
    *value = parsed;
    return true;
}

bool text_parse_u64(const char *word, uint64_t *value)
{
    char *end;
    errno = 0;
    if (*word < '0' || *word > '9')
        return false;
    unsigned long long parsed = strtoull(word, &end, 10);
    if (errno || *end)
        return false;
    *value = parsed;
    return true;
}

bool text_parse_real(const char *word, double *value)
{
    /* The program never calls setlocale, so strtod reads the C locale's decimal point. */
    char *end;
    double parsed = strtod(word, &end);
    if (end == word || *end || isspace((unsigned char)*word) || !isfinite(parsed))
        return false;
    *value = parsed;
    return true;
}

static size_t edit_distance(const char *a, const char *b)
{
    size_t n = strlen(b), row[65];
    if (n > 64)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t cost = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            size_t least = row[j] < row[j - 1] ? row[j] : row[j - 1];
            row[j] = least + 1 < cost ? least + 1 : cost;
        }
    }
    return row[n];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t n)
{
    size_t limit = strlen(word) / 3, least = strlen(word) < 5 ? 1 : 2;
    size_t best = (limit < least ? least : limit) + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < n; i++) {
        size_t distance = edit_distance(word, candidates[i]);
        if (distance < best) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
