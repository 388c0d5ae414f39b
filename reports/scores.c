#include "reports/scores.h"

#include "base/text.h"
#include "reports/accuracy.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "architecture,score"

struct reading {
    struct scores *scores;
    const struct space *space;
    size_t line, bad;   /* the line at hand; bad lines so far */
    struct error first; /* what is wrong with the first of them */
};

/* Index of the architecture that `word` names, or space->count if there is none such. */
static uint64_t find_architecture(const struct space *space, const char *word)
{
    struct architecture architecture;
    return architecture_read(space, word, &architecture, NULL) ? space->count
                                                               : space->index(&architecture);
}

static void leave_out(struct reading *reading, struct scores_left_out *kind)
{
    if (kind->n++ == 0)
        kind->line = reading->line;
}

static void complain(struct reading *reading, const char *what, const char *word)
{
    if (reading->bad++ == 0)
        (void)error_set(&reading->first, ERROR_FORMAT, "line %zu: %s \"%.64s\"", reading->line,
                        what, word);
}

/* One line without its end, cut into pieces as it is read. */
static void read_line(struct reading *reading, char *line)
{
    struct scores *scores = reading->scores;
    char *comma = strchr(line, ',');
    double score;
    if (line[strspn(line, " \t")] == '\0')
        return;
    if (!comma || strchr(comma + 1, ',')) {
        complain(reading, "expected an architecture, a comma and a score, not", line);
        return;
    }
    *comma = '\0';
    if (!text_parse_real(comma + 1, &score)) {
        complain(reading, "the score is no finite number:", comma + 1);
        return;
    }
    uint64_t index = find_architecture(reading->space, line);
    if (index == reading->space->count) {
        leave_out(reading, &scores->unknown);
    } else if (!isnan(scores->score[index])) {
        leave_out(reading, &scores->doubled);
    } else {
        scores->score[index] = score;
        scores->n++;
    }
}

/* Cut the line at `at` off the rest, its line feed and carriage return taken away; returns where
 * the next begins. */
static char *cut_line(char *at)
{
    char *end = at + strcspn(at, "\n");
    char *next = *end ? end + 1 : end;
    *end = '\0';
    if (end > at && end[-1] == '\r')
        end[-1] = '\0';
    return next;
}

static int read_text(struct reading *reading, char *text, size_t size, struct error *error)
{
    if (strlen(text) != size)
        return error_set(error, ERROR_FORMAT, "it is no text: it has a byte 0 at %zu",
                         strlen(text));
    char *next = cut_line(text);
    if (strcmp(text, HEADER) != 0)
        return error_set(error, ERROR_FORMAT, "line 1: expected \"" HEADER "\", not \"%.64s\"",
                         text);
    for (reading->line = 2; *next; reading->line++) {
        char *line = next;
        next = cut_line(line);
        read_line(reading, line);
    }
    if (reading->bad > 1)
        return error_set(error, ERROR_FORMAT, "%s (and %zu more lines like it)",
                         reading->first.text, reading->bad - 1);
    if (reading->bad)
        return error_set(error, ERROR_FORMAT, "%s", reading->first.text);
    return 0;
}

int scores_read(struct scores *scores, const char *path, const struct space *space,
                struct error *error)
{
    char *text;
    size_t size, count = (size_t)space->count;
    *scores = (struct scores){0};
    int status = file_read(path, &text, &size, error);
    if (status)
        return status;
    struct reading reading = {.scores = scores, .space = space};
    scores->score = calloc(count, sizeof *scores->score);
    for (size_t i = 0; scores->score && i < count; i++)
        scores->score[i] = (double)NAN;
    status = scores->score ? read_text(&reading, text, size, error)
                           : error_set(error, ERROR_MEMORY, "out of memory");
    free(text);
    if (status) {
        scores_free(scores);
        return error_context(error, "%s", path);
    }
    return 0;
}

int scores_of_table(struct scores *scores, const struct table *table, const struct space *space,
                    struct error *error)
{
    uint32_t count = table->identity.count;
    *scores = (struct scores){0};
    if (table->space != space)
        return error_set(error, ERROR_MISMATCH, "table %s: is of space %s, not %s", table->path,
                         table->identity.space, space->name);
    if (!table->valid_accuracy)
        return error_set(error, ERROR_MISSING,
                         "table %s: has no validation accuracy, which would be the score",
                         table->path);
    scores->score = calloc(count, sizeof *scores->score);
    if (!scores->score)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", table->path);
    accuracy_column(table, table->identity.points, ACCURACY_ALL, scores->score);
    for (uint32_t i = 0; i < count; i++)
        scores->n += isnan(scores->score[i]) ? 0 : 1;
    return 0;
}

void scores_free(struct scores *scores)
{
    free(scores->score);
    *scores = (struct scores){0};
}
