#include "tables/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void csv_init(struct csv *csv, FILE *stream)
{
    csv->stream = stream;
    csv->line = 0;
    csv->n = 0;
    csv->text[0] = '\0';
}

static int fail(const struct csv *csv, const char *what, struct error *error)
{
    return error_set(error, ERROR_FORMAT, "line %" PRIu64 ": %s", csv->line, what);
}

/* The next line without its end (\n or \r\n) into csv->text; *more: there was one. */
static int read_line(struct csv *csv, bool *more, struct error *error)
{
    size_t used = 0;
    int c;
    csv->line++;
    while ((c = getc_unlocked(csv->stream)) != EOF && c != '\n') {
        if (c == '\0')
            return fail(csv, "it is no text: it has a byte 0", error);
        if (used == CSV_LINE - 1)
            return fail(csv, "is longer than 65535 bytes", error);
        csv->text[used++] = (char)c;
    }
    if (c == EOF && ferror(csv->stream))
        return error_set(error, ERROR_IO, "line %" PRIu64 ": %s", csv->line, strerror(errno));
    *more = c != EOF || used > 0;
    if (used && csv->text[used - 1] == '\r')
        used--;
    csv->text[used] = '\0';
    return 0;
}

/* A field in quotes at *at, taken out of them in place; *at moves to its end: a comma or NUL. */
static int unquote(const struct csv *csv, char **at, struct error *error)
{
    char *to = *at, *from = *at + 1;
    for (; *from && (*from != '"' || from[1] == '"'); from++) {
        from += *from == '"';
        *to++ = *from;
    }
    if (!*from)
        return fail(csv, "a quote does not close", error);
    if (from[1] != ',' && from[1] != '\0')
        return fail(csv, "something follows a closing quote that is no comma", error);
    *to = '\0';
    *at = from + 1;
    return 0;
}

static int split(struct csv *csv, struct error *error)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, as spreadsheets write it */
    char *at = csv->text;
    at += csv->line == 1 && strncmp(at, mark, 3) == 0 ? 3 : 0;
    csv->n = 0;
    for (;; at++) {
        if (csv->n == CSV_FIELDS)
            return fail(csv, "has more than 256 fields", error);
        csv->field[csv->n++] = at;
        int status = *at == '"' ? unquote(csv, &at, error) : 0;
        if (status)
            return status;
        at += strcspn(at, ",");
        if (!*at)
            return 0;
        *at = '\0';
    }
}

int csv_next(struct csv *csv, bool *more, struct error *error)
{
    int status;
    do {
        status = read_line(csv, more, error);
    } while (!status && *more && csv->text[0] == '\0');
    return status || !*more ? status : split(csv, error);
}

int csv_find(const struct csv *csv, const char *name)
{
    for (int i = 0; i < csv->n; i++)
        if (strcmp(csv->field[i], name) == 0)
            return i;
    return -1;
}
