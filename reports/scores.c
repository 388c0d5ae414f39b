#include "reports/scores.h"

#include "base/file.h"
#include "base/options.h"
#include "base/text.h"
#include "reports/accuracy.h"
#include "tables/identity.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "architecture,score"

#define MARK "# supernet scores, nasbed 1"

struct reading {
    struct scores *scores;
    const struct space *space;
    size_t line, bad;     /* the line at hand; bad lines so far */
    struct error first;   /* what is wrong with the first of them */
    struct error unknown; /* the first line whose architecture the space has not */
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

static void leave_unknown(struct reading *reading, const char *word)
{
    leave_out(reading, &reading->scores->unknown);
    if (reading->scores->unknown.n == 1)
        (void)error_set(&reading->unknown, ERROR_FORMAT,
                        "line %zu: %s has no architecture \"%.64s\"", reading->line,
                        reading->space->name, word);
}

static void complain(struct reading *reading, const char *what, const char *word)
{
    if (reading->bad++ == 0)
        (void)error_set(&reading->first, ERROR_FORMAT, "line %zu: %s \"%.64s\"", reading->line,
                        what, word);
}

/* The cells after the score, in their order; false: they are not what the heading promises. */
static bool read_points(struct reading *reading, char *cells, uint64_t index)
{
    struct scores *scores = reading->scores;
    for (int i = 0; i < scores->points; i++) {
        struct scores_point *point = &scores->point[i];
        double score;
        if (!cells)
            return false;
        char *comma = strchr(cells, ',');
        if (comma)
            *comma = '\0';
        if (*cells && !text_parse_real(cells, &score))
            return false;
        if (*cells && index < reading->space->count) {
            point->score[index] = score;
            point->n++;
        }
        cells = comma ? comma + 1 : NULL;
    }
    return !cells;
}

/* Where a line's scores belong: space->count if they count not. */
static uint64_t place_line(struct reading *reading, const char *word)
{
    struct scores *scores = reading->scores;
    uint64_t index = find_architecture(reading->space, word);
    if (index == reading->space->count) {
        leave_unknown(reading, word);
    } else if (!isnan(scores->score[index])) {
        leave_out(reading, &scores->doubled);
        index = reading->space->count;
    }
    return index;
}

/* One line without its end, cut into pieces as it is read. */
static void read_line(struct reading *reading, char *line)
{
    struct scores *scores = reading->scores;
    char *comma = strchr(line, ','), *rest = comma ? strchr(comma + 1, ',') : NULL;
    double score;
    if (line[strspn(line, " \t")] == '\0')
        return;
    if (!comma || (rest && !scores->points)) {
        complain(reading, "expected an architecture, a comma and a score, not", line);
        return;
    }
    *comma = '\0';
    if (rest)
        *rest++ = '\0';
    if (!text_parse_real(comma + 1, &score)) {
        complain(reading, "the score is no finite number:", comma + 1);
        return;
    }
    uint64_t index = place_line(reading, line);
    if (index < reading->space->count) {
        scores->score[index] = score;
        scores->n++;
    }
    if (!read_points(reading, rest, index))
        complain(reading, "its scores on the way are not what the heading says, after", comma + 1);
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

/* ---- The heading, and the comment above it ----------------------------------------------------- */

static double *no_scores(const struct space *space)
{
    double *score = calloc((size_t)space->count, sizeof *score);
    for (uint64_t i = 0; score && i < space->count; i++)
        score[i] = (double)NAN;
    return score;
}

/* "architecture,score,at_10,at_100" */
static int read_heading(struct reading *reading, const char *line, struct error *error)
{
    struct scores *scores = reading->scores;
    size_t head = strlen(HEADER);
    bool fits = strncmp(line, HEADER, head) == 0;
    for (const char *at = line + head; fits && *at; scores->points++) {
        struct scores_point *point = &scores->point[scores->points];
        char word[8];
        uint64_t percent;
        size_t length = strcspn(at + 1, ",");
        fits = scores->points < SCORES_POINTS && strncmp(at, ",at_", 4) == 0 && length < 7;
        (void)snprintf(word, sizeof word, "%.*s", fits ? (int)length - 3 : 0, at + 4);
        fits = fits && text_parse_u64(word, &percent) && percent >= 1 && percent <= 100 &&
               (!scores->points || (int)percent > point[-1].percent);
        if (!fits)
            break;
        *point = (struct scores_point){
            .percent = (int)percent, .share = (double)NAN, .score = no_scores(reading->space)};
        if (!point->score)
            return error_set(error, ERROR_MEMORY, "out of memory");
        at += 1 + length;
    }
    return fits ? 0
                : error_set(error, ERROR_FORMAT, "line %zu: expected \"" HEADER "\", not \"%.64s\"",
                            reading->line, line);
}

/* A line `name value` of the source that is none of its identity. */
static int read_fact(struct reading *reading, const char *line, struct error *error)
{
    struct scores *scores = reading->scores;
    struct scores_source *source = &scores->source;
    double value;
    if (strncmp(line, "supernet ", 9) == 0 && !source->supernet)
        return (source->supernet = strdup(line + 9))
                   ? 0
                   : error_set(error, ERROR_MEMORY, "out of memory");
    if (strncmp(line, "spent ", 6) == 0 && text_parse_real(line + 6, &value))
        source->spent = value;
    for (int i = 0; i < scores->points; i++) {
        char name[16];
        int length = snprintf(name, sizeof name, "at_%d ", scores->point[i].percent);
        if (strncmp(line, name, (size_t)length) == 0 && text_parse_real(line + length, &value))
            scores->point[i].share = value;
    }
    return 0;
}

/* The source, out of the comment's lines without their marks. */
static int read_source(struct reading *reading, const struct text *comment, struct error *error)
{
    struct scores_source *source = &reading->scores->source;
    size_t used;
    int status = identity_parse(comment->data, &source->identity, &used, error);
    if (!status && strcmp(source->identity.space, reading->space->name) != 0)
        return error_set(error, ERROR_MISMATCH,
                         "its scores are of the space %s, not of %s (choose a "
                         "table of %s)",
                         source->identity.space, reading->space->name, source->identity.space);
    for (char *line = status ? NULL : comment->data + used; line && *line && !status;) {
        char *next = cut_line(line);
        status = read_fact(reading, line, error);
        line = next;
    }
    source->known = !status;
    return status;
}

/* Past the comments and the heading, the first of which must be at `text`. */
static int read_head(struct reading *reading, char *text, char **rest, struct error *error)
{
    struct text comment = {0};
    bool ours = false;
    char *line = text, *next = cut_line(line);
    for (reading->line = 1; *line == '#'; reading->line++) {
        ours |= reading->line == 1 && strcmp(line, MARK) == 0;
        if (ours && reading->line > 1)
            text_append(&comment, "%s\n", line + (line[1] == ' ' ? 2 : 1));
        line = next;
        next = cut_line(line);
    }
    *rest = next;
    int status = read_heading(reading, line, error);
    if (!status && ours && (comment.failed || !comment.data))
        status = error_set(error, comment.failed ? ERROR_MEMORY : ERROR_FORMAT,
                           comment.failed ? "out of memory" : "its header is empty");
    if (!status && ours)
        status = read_source(reading, &comment, error);
    text_free(&comment);
    return status;
}

/* ---- The whole --------------------------------------------------------------------------------- */

/* "TEXT (and N more lines like it)" of the first of `n` lines. */
static int refuse_lines(const struct error *first, uint64_t n, struct error *error)
{
    if (n > 1)
        return error_set(error, ERROR_FORMAT, "%s (and %" PRIu64 " more line%s like it)",
                         first->text, n - 1, n == 2 ? "" : "s");
    return error_set(error, ERROR_FORMAT, "%s", first->text);
}

static int check_lines(const struct reading *reading, struct error *error)
{
    const struct scores *scores = reading->scores;
    if (reading->bad)
        return refuse_lines(&reading->first, reading->bad, error);
    if (!scores->n && scores->unknown.n)
        return refuse_lines(&reading->unknown, scores->unknown.n, error);
    return scores->n ? 0 : error_set(error, ERROR_FORMAT, "has no scores");
}

static int read_text(struct reading *reading, char *text, size_t size, struct error *error)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, as spreadsheets write it */
    char *next;
    if (strlen(text) != size)
        return error_set(error, ERROR_FORMAT, "it is no text: it has a byte 0 at %zu",
                         strlen(text));
    text += strncmp(text, mark, 3) == 0 ? 3 : 0;
    int status = read_head(reading, text, &next, error);
    if (status)
        return status;
    for (reading->line++; *next; reading->line++) {
        char *line = next;
        next = cut_line(line);
        read_line(reading, line);
    }
    return check_lines(reading, error);
}

int scores_read(struct scores *scores, const char *path, const struct space *space,
                struct error *error)
{
    char *text;
    size_t size;
    *scores = (struct scores){.source.spent = (double)NAN};
    int status = file_read(path, &text, &size, error);
    if (status)
        return status;
    struct reading reading = {.scores = scores, .space = space};
    scores->score = no_scores(space);
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
    for (int i = 0; i < scores->points; i++)
        free(scores->point[i].score);
    free(scores->source.supernet);
    free(scores->score);
    *scores = (struct scores){0};
}

/* ---- Writing ----------------------------------------------------------------------------------- */

static void print_fact(const char *name, double value, struct text *out)
{
    if (isnan(value))
        return;
    text_append(out, "# %s ", name);
    text_append_real(out, value);
    text_append(out, "\n");
}

static void print_source(const struct scores *scores, struct text *out)
{
    const struct scores_source *source = &scores->source;
    char identity[IDENTITY_TEXT];
    (void)identity_print(&source->identity, identity);
    text_append(out, MARK "\n");
    for (const char *line = identity; *line; line += strcspn(line, "\n") + 1)
        text_append(out, "# %.*s\n", (int)strcspn(line, "\n"), line);
    text_append(out, "# supernet %s\n", source->supernet);
    print_fact("spent", source->spent, out);
    for (int i = 0; i < scores->points; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "at_%d", scores->point[i].percent);
        print_fact(name, scores->point[i].share, out);
    }
}

static void print_cell(double score, struct text *out)
{
    text_append(out, ",");
    if (!isnan(score))
        text_append_real(out, score);
}

void scores_print(const struct scores *scores, const struct space *space, struct text *out)
{
    if (scores->source.known)
        print_source(scores, out);
    text_append(out, HEADER);
    for (int i = 0; i < scores->points; i++)
        text_append(out, ",at_%d", scores->point[i].percent);
    text_append(out, "\n");
    for (uint64_t i = 0; i < space->count; i++) {
        struct architecture a;
        char name[ARCHITECTURE_TEXT];
        if (isnan(scores->score[i]))
            continue;
        space->from_index(i, &a);
        space->print(&a, name);
        text_append(out, "%s", name);
        print_cell(scores->score[i], out);
        for (int k = 0; k < scores->points; k++)
            print_cell(scores->point[k].score[i], out);
        text_append(out, "\n");
    }
}

bool scores_foreign(const struct scores_source *source, const struct table_identity *identity,
                    struct text *out)
{
    const struct table_identity *own = &source->identity;
    if (strcmp(own->protocol_hash, identity->protocol_hash) != 0)
        text_append(out, "protocol %s (%.8s), not %s (%.8s)", own->protocol, own->protocol_hash,
                    identity->protocol, identity->protocol_hash);
    else if (strcmp(own->dataset_digest, identity->dataset_digest) != 0)
        text_append(out, "data set %.8s, not %.8s", own->dataset_digest, identity->dataset_digest);
    else if (own->numerics != identity->numerics)
        text_append(out, "numerics %d, not %d", own->numerics, identity->numerics);
    else
        return false;
    return true;
}
