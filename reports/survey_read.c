/* The survey's tables as files: CSV without quotes. */
#include "base/file.h"
#include "reports/survey.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 12 }; /* most of a file */

/* Which column has what; -1: not in this table. */
struct columns {
    int class, system, venue, tick[4], error, accuracy, params, gpu_days, note;
    int n;
};

static const char CIFAR10_HEADER[] = "class,system,survey_ref,venue,modular,continuous,recycle,"
                                     "incomplete,error_percent,params_millions,gpu_days,note";
static const char IMAGENET_HEADER[] = "class,system,survey_ref,venue,top1_accuracy_percent,"
                                      "top5_accuracy_percent,params_millions,image_size,gpu_days,"
                                      "note";
static const struct columns CIFAR10_COLUMNS = {0, 1, 3, {4, 5, 6, 7}, 8, -1, 9, 10, 11, 12};
static const struct columns IMAGENET_COLUMNS = {0, 1, 3, {-1, -1, -1, -1}, -1, 4, 6, 8, 9, 10};

/* Cut a line into its fields; false if there are not `n` of them. */
static bool cut(char *line, char *field[COLUMNS], int n)
{
    int count = 0;
    for (char *at = line; at && count < n; count++) {
        field[count] = at;
        at = count + 1 < n ? strchr(at, ',') : NULL; /* the last may have commas */
        if (at)
            *at++ = '\0';
    }
    return count == n;
}

/* A number that may be absent. */
static bool read_number(const char *word, double *number)
{
    *number = (double)NAN;
    return !*word || text_parse_real(word, number);
}

static bool read_ticks(char *const *field, const struct columns *columns, char ticks[8])
{
    static const char letters[] = "mcri";
    for (int i = 0; i < 4; i++) {
        const char *word = columns->tick[i] < 0 ? "?" : field[columns->tick[i]];
        if (strlen(word) != 1 || !strchr("01?", *word))
            return false;
        ticks[2 * i] = *word == '1' ? letters[i] : *word == '0' ? '.' : '?';
        ticks[2 * i + 1] = i < 3 ? ' ' : '\0';
    }
    return true;
}

static int read_row(struct survey_row *row, char *line, const struct columns *columns,
                    struct error *error)
{
    char *field[COLUMNS];
    double accuracy = (double)NAN;
    if (!cut(line, field, columns->n))
        return error_set(error, ERROR_FORMAT, "expected %d columns", columns->n);
    (void)snprintf(row->class, sizeof row->class, "%s", field[columns->class]);
    (void)snprintf(row->venue, sizeof row->venue, "%s", field[columns->venue]);
    row->system = strdup(field[columns->system]);
    row->note = strdup(field[columns->note]);
    if (!row->system || !row->note)
        return error_set(error, ERROR_MEMORY, "out of memory");
    bool read = read_ticks(field, columns, row->ticks) &&
                read_number(field[columns->params], &row->params_m) &&
                read_number(field[columns->gpu_days], &row->gpu_days);
    if (columns->accuracy >= 0) {
        read = read && read_number(field[columns->accuracy], &accuracy);
        row->error = 100 - accuracy;
    } else {
        read = read && read_number(field[columns->error], &row->error);
    }
    return read ? 0 : error_set(error, ERROR_FORMAT, "a tick or a number is none");
}

static size_t count_lines(const char *text)
{
    size_t n = 1;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static int read_table(struct survey_table *table, char *text, const char *header,
                      const struct columns *columns, struct error *error)
{
    int status = ERROR_NONE, number = 1;
    table->rows = calloc(count_lines(text), sizeof *table->rows);
    if (!table->rows)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (char *line = text, *next; !status && *line; line = next, number++) {
        size_t length = strcspn(line, "\n");
        next = line + length + (line[length] != '\0');
        line[length] = '\0';
        if (number == 1 && strcmp(line, header) != 0)
            status = error_set(error, ERROR_FORMAT, "expected \"%s\"", header);
        else if (number > 1)
            status = read_row(&table->rows[table->n++], line, columns, error);
        if (status)
            return error_context(error, "line %d", number);
    }
    return 0;
}

static int read_file(struct survey_table *table, const char *name, const char *header,
                     const struct columns *columns, struct error *error)
{
    static const char *const folders[] = {NASBED_SOURCE_SURVEY, NASBED_INSTALLED_SURVEY};
    struct text path = {0};
    char *text = NULL;
    size_t size;
    (void)file_find(folders, 2, name, &path); /* if it is nowhere, reading says so */
    int status = path.failed ? error_set(error, ERROR_MEMORY, "survey: out of memory")
                             : file_read(path.data, &text, &size, error);
    if (!status) {
        status = read_table(table, text, header, columns, error);
        if (status)
            (void)error_context(error, "%s", path.data);
    }
    free(text);
    text_free(&path);
    return status;
}

static void free_table(struct survey_table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        free(table->rows[i].system);
        free(table->rows[i].note);
    }
    free(table->rows);
}

void survey_free(struct survey *survey)
{
    free_table(&survey->cifar10);
    free_table(&survey->imagenet);
    *survey = (struct survey){0};
}

int survey_open(struct survey *survey, struct error *error)
{
    *survey = (struct survey){0};
    int status =
        read_file(&survey->cifar10, "table1_cifar10.csv", CIFAR10_HEADER, &CIFAR10_COLUMNS, error);
    if (!status)
        status = read_file(&survey->imagenet, "table2_imagenet.csv", IMAGENET_HEADER,
                           &IMAGENET_COLUMNS, error);
    if (status)
        survey_free(survey);
    return status;
}
