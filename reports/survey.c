/* The survey's tables with what was measured here beside them. */
#include "reports/survey.h"

#include "reports/grid.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- Which row is whose ---------------------------------------------------------------------- */

/* Length of a system's name without what is added to it: "DARTS" of "DARTS (1st order) + Cutout". */
static size_t stem(const char *name)
{
    size_t end = strcspn(name, ";");
    const char *marks[] = {strstr(name, " ("), strstr(name, " + ")};
    for (int i = 0; i < 2; i++)
        if (marks[i] && (size_t)(marks[i] - name) < end)
            end = (size_t)(marks[i] - name);
    return end;
}

/* True if `rows`, names separated by "; ", has `system`, whatever is added to either. */
static bool names(const char *rows, const char *system)
{
    size_t length = stem(system);
    for (const char *at = rows; at && *at; at = strchr(at, ';') ? strchr(at, ';') + 2 : NULL)
        if (stem(at) == length && strncmp(at, system, length) == 0)
            return true;
    return false;
}

/* The first row of the comparison that stands for the system: methods come with their default setting
 * before others. */
static const struct comparison_row *find_measured(const struct comparison *comparison,
                                                  const char *system)
{
    for (size_t i = 0; i < comparison->n; i++)
        if (names(comparison->rows[i].traces->header.survey, system))
            return &comparison->rows[i];
    return NULL;
}

static const char *find_method(const struct survey_method *methods, size_t n, const char *system)
{
    for (size_t i = 0; i < n; i++)
        if (methods[i].rows && names(methods[i].rows, system))
            return methods[i].method;
    return NULL;
}

/* Place by mean test error among all methods of the comparison, 1 the best. */
static size_t rank_of(const struct comparison *comparison, const struct comparison_row *row)
{
    size_t rank = 1;
    for (size_t i = 0; i < comparison->n; i++)
        rank += comparison->rows[i].error < row->error;
    return rank;
}

/* ---- Table 1 --------------------------------------------------------------------------------- */

static const struct field fields[] = {
    {"space", FIELD_TEXT, .hidden = true},
    {"protocol", FIELD_TEXT, .hidden = true},
    {"protocol_hash", FIELD_TEXT, .hidden = true},
    {"table", FIELD_TEXT, .hidden = true},
    {"numerics", FIELD_REAL, .hidden = true},
    {"budget", FIELD_REAL, .hidden = true},
    {"budget_unit", FIELD_TEXT, .hidden = true},
    {"class", FIELD_TEXT, .column = "class"},
    {"system", FIELD_TEXT, .column = "system"},
    {"venue", FIELD_TEXT, .column = "venue"},
    {"ticks", FIELD_TEXT, .column = "M C R I"},
    {"published_error", FIELD_REAL, 2, .column = "error %", .group = "published"},
    {"published_params_m", FIELD_REAL, 2, .column = "M params", .group = "published"},
    {"published_gpu_days", FIELD_REAL, 2, .column = "GPU days", .group = "published"},
    {"method", FIELD_TEXT, .column = "method", .group = "here"},
    {"kind", FIELD_TEXT, .column = "kind", .group = "here"},
    {"seeds", FIELD_REAL, .hidden = true},
    {"test_error", FIELD_REAL, 2, .column = "test error %  [95 %]", .group = "here"},
    {"test_error_std", FIELD_REAL, 2, .before = " +- "},
    {"test_error_low", FIELD_REAL, 2, .before = "  ["},
    {"test_error_high", FIELD_REAL, 2, .before = ", ", .after = "]"},
    {"params_k", FIELD_MEASURE, .column = "k params", .group = "here"},
    {"tflop", FIELD_MEASURE, .column = "TFLOP", .group = "here"},
    {"cpu_seconds", FIELD_DIGITS, .column = "CPU s", .group = "here"},
    {"regret", FIELD_REAL, 2, .column = "regret", .group = "here"},
    {"rank", FIELD_REAL, 0, .column = "rank", .group = "here"},
    {"p_holm", FIELD_PROBABILITY, .column = "p", .group = "here"},
    {"verdict", FIELD_TEXT, .column = "vs random search", .group = "here"},
    {"note", FIELD_TEXT, .hidden = true},
};

static void fill_published(struct grid *grid, const struct survey_row *row)
{
    grid_text(grid, "class", row->class);
    grid_text(grid, "system", row->system);
    grid_text(grid, "venue", row->venue);
    grid_text(grid, "ticks", row->ticks);
    grid_number(grid, "published_error", row->error);
    grid_number(grid, "published_params_m", row->params_m);
    grid_number(grid, "published_gpu_days", row->gpu_days);
    grid_text(grid, "note", row->note);
}

static void fill_measured(struct grid *grid, const struct comparison *comparison,
                          const struct comparison_row *row)
{
    grid_text(grid, "method", row->label);
    grid_text(grid, "kind", row->traces->header.kind);
    grid_number(grid, "seeds", (double)row->seeds);
    grid_number(grid, "test_error", row->error);
    grid_number(grid, "test_error_std", row->error_std);
    grid_number(grid, "test_error_low", row->error_low);
    grid_number(grid, "test_error_high", row->error_high);
    grid_number(grid, "params_k", row->params_k);
    grid_number(grid, "tflop", row->tflop);
    grid_number(grid, "cpu_seconds", row->cpu_seconds);
    grid_number(grid, "regret", row->regret);
    grid_number(grid, "rank", (double)rank_of(comparison, row));
    grid_number(grid, "p_holm", row->p_holm);
    if (row->verdict != VERDICT_NONE)
        grid_text(grid, "verdict", verdict_text(row->verdict));
}

/* Why there are no figures: never a blank that could be read as a result. */
static void fill_absent(struct grid *grid, const struct survey_row *row, const char *method)
{
    struct text said = {0};
    if (strcmp(row->class, "Human") == 0)
        text_append(&said, "designed by hand");
    else if (method)
        text_append(&said, "%s: not in these traces", method);
    else
        text_append(&said, "not implemented");
    grid_text(grid, "method", said.data ? said.data : "");
    grid->failed |= said.failed;
    text_free(&said);
}

static void fill_row(struct grid *grid, const struct survey_row *row,
                     const struct comparison *comparison, const struct survey_method *methods,
                     size_t n)
{
    const struct trace_header *header = comparison->header;
    const struct comparison_row *measured = find_measured(comparison, row->system);
    grid_row(grid);
    grid_text(grid, "space", header->space);
    grid_text(grid, "protocol", header->protocol);
    grid_text(grid, "protocol_hash", header->protocol_hash);
    grid_text(grid, "table", header->table);
    grid_number(grid, "numerics", header->numerics);
    grid_number(grid, "budget", header->budget);
    grid_text(grid, "budget_unit", trace_unit_name(header));
    fill_published(grid, row);
    if (measured)
        fill_measured(grid, comparison, measured);
    else
        fill_absent(grid, row, find_method(methods, n, row->system));
}

/* ---- Title and notes ------------------------------------------------------------------------- */

static void append_doubts(const struct survey_table *table, struct text *out)
{
    for (size_t i = 0; i < table->n; i++)
        if (table->rows[i].note[0])
            text_append(out, "%s (%s): %s\n", table->rows[i].system, table->rows[i].venue,
                        table->rows[i].note);
}

static void append_notes(const struct survey_table *table, struct text *out)
{
    text_append(out,
                "m modular; c continuous; r recycled; i incomplete training; ? unreadable in the "
                "source.\n"
                "Published: as printed by Ren et al., ACM Computing Surveys 54(4), 2021: other "
                "spaces, training and budgets than here.\n");
    append_doubts(table, out);
}

static int print_titled(const struct grid *grid, const struct text *title,
                        const struct survey_table *table, enum report_format format,
                        struct text *out, struct error *error)
{
    const struct frame frame = {.format = format, .font = "tiny\\setlength{\\tabcolsep}{2pt}"};
    struct text notes = {0};
    append_notes(table, &notes);
    frame_begin(&frame, title, out);
    int status = frame_grid(&frame, grid, out, error);
    frame_end(&frame, &notes, out);
    text_free(&notes);
    if (!status && out->failed)
        status = error_set(error, ERROR_MEMORY, "survey: out of memory");
    return status;
}

int survey_print(const struct survey *survey, const struct comparison *comparison,
                 const struct survey_method *methods, size_t n, enum report_format format,
                 bool first, struct text *out, struct error *error)
{
    struct grid grid;
    struct text title = {0};
    int status;
    grid_init(&grid, fields, sizeof fields / sizeof *fields);
    for (size_t i = 0; i < survey->cifar10.n; i++)
        fill_row(&grid, &survey->cifar10.rows[i], comparison, methods, n);
    if (format == REPORT_CSV) {
        status = grid_print_csv(&grid, first, out, error);
    } else {
        text_append(&title, "The survey's Table 1 (CIFAR-10), and here: ");
        comparison_title(comparison, &title);
        status = print_titled(&grid, &title, &survey->cifar10, format, out, error);
    }
    text_free(&title);
    grid_free(&grid);
    return status;
}

/* ---- Table 2 --------------------------------------------------------------------------------- */

static const struct field imagenet_fields[] = {
    {"class", FIELD_TEXT, .column = "class"},
    {"system", FIELD_TEXT, .column = "system"},
    {"venue", FIELD_TEXT, .column = "venue"},
    {"published_error", FIELD_REAL, 1, .column = "top-1 error %", .group = "published"},
    {"published_params_m", FIELD_REAL, 2, .column = "M params", .group = "published"},
    {"published_gpu_days", FIELD_REAL, 2, .column = "GPU days", .group = "published"},
    {"ticks", FIELD_TEXT, .hidden = true},
    {"note", FIELD_TEXT, .hidden = true},
    {"method", FIELD_TEXT, .column = "method here"},
};

int survey_print_imagenet(const struct survey *survey, const struct survey_method *methods,
                          size_t n, enum report_format format, struct text *out,
                          struct error *error)
{
    struct grid grid;
    struct text title = {0};
    grid_init(&grid, imagenet_fields, sizeof imagenet_fields / sizeof *imagenet_fields);
    for (size_t i = 0; i < survey->imagenet.n; i++) {
        const struct survey_row *row = &survey->imagenet.rows[i];
        const char *method = find_method(methods, n, row->system);
        grid_row(&grid);
        fill_published(&grid, row);
        grid_text(&grid, "method",
                  strcmp(row->class, "Human") == 0 ? "designed by hand"
                  : method                         ? method
                                                   : "not implemented");
    }
    text_append(&title, "The survey's Table 2 (ImageNet): nothing is trained on ImageNet here");
    int status = print_titled(&grid, &title, &survey->imagenet, format, out, error);
    text_free(&title);
    grid_free(&grid);
    return status;
}
