/* Importing comma-separated values: a header line names columns, the plan says which of them holds
 * what. */
#include "base/text.h"
#include "tables/csv.h"
#include "tables/harvest.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a column can hold besides results. */
enum role {
    ROLE_ARCHITECTURE,
    ROLE_SEED,
    ROLE_POINT,
    ROLE_PARAMS,
    ROLE_MACS,
    ROLE_EPOCH_SECONDS, /* with the next: train_seconds, for sources that time an epoch */
    ROLE_VALID_SECONDS,
    ROLES
};

static const char *const roles[ROLES] = {"architecture", "seed",          "point",        "params",
                                         "macs",         "epoch_seconds", "valid_seconds"};

enum { RESULTS = 16 }; /* room for the schema's columns of results */

/* Where things stand in a line: field numbers, -1: nowhere. */
struct binding {
    int role[ROLES];
    int n; /* columns of results */
    struct {
        const struct schema_column *column;
        int field;
    } result[RESULTS];
};

/* What one line says before its results. */
struct row {
    struct architecture architecture;
    int seed, point;
};

/* ---- The header ------------------------------------------------------------------------------ */

static const struct schema_column *find_result(const char *name)
{
    for (const struct schema_column *column = schema_columns; column->name; column++)
        if (schema_in_run(column) && strcmp(column->name, name) == 0)
            return column;
    return NULL;
}

static int unknown_field(const char *name, struct error *error)
{
    const char *names[ROLES + RESULTS];
    struct text list = {0};
    size_t n = 0;
    for (; n < ROLES; n++)
        names[n] = roles[n];
    for (const struct schema_column *column = schema_columns; column->name; column++)
        if (schema_in_run(column))
            names[n++] = column->name;
    for (size_t i = 0; i < n; i++)
        text_append(&list, "%s%s", i ? ", " : "", names[i]);
    const char *near = text_nearest(name, names, n);
    int code = error_set(error, ERROR_ARGUMENT, "columns: unknown field \"%.64s\"%s%s%s: one of %s",
                         name, near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "",
                         list.data ? list.data : "");
    text_free(&list);
    return code;
}

/* Bind the table's field `name` to field number `field` of the lines. */
static int bind_field(struct harvest *harvest, struct binding *binding, const char *name, int field,
                      struct error *error)
{
    const struct schema_column *column = find_result(name);
    bool twice = false;
    for (int i = 0; i < ROLES; i++)
        if (strcmp(roles[i], name) == 0) {
            twice = binding->role[i] >= 0;
            binding->role[i] = field;
            return twice ? error_set(error, ERROR_ARGUMENT, "columns: %s is there twice", name) : 0;
        }
    if (!column)
        return unknown_field(name, error);
    for (int i = 0; i < binding->n; i++)
        twice = twice || binding->result[i].column == column;
    if (twice)
        return error_set(error, ERROR_ARGUMENT, "columns: %s is there twice", name);
    binding->result[binding->n].column = column;
    binding->result[binding->n++].field = field;
    return harvest_column(harvest, column, error);
}

/* One word of the plan's columns, "field=column" or "field" for both; with a "?" behind it the
 * source may lack the column. */
static int bind_word(struct harvest *harvest, struct binding *binding, const struct csv *csv,
                     char *word, struct error *error)
{
    char *equals = strchr(word, '=');
    const char *name = equals ? equals + 1 : word;
    size_t length = strlen(word);
    bool optional = length && word[length - 1] == '?';
    if (optional)
        word[length - 1] = '\0';
    if (equals)
        *equals = '\0';
    int field = csv_find(csv, name);
    if (field < 0 && optional)
        return 0;
    if (field < 0)
        return error_set(error, ERROR_FORMAT, "line %" PRIu64 ": there is no column \"%.64s\"",
                         csv->line, name);
    return bind_field(harvest, binding, word, field, error);
}

/* Times of epochs and evaluations become those of trainings: a column that the source has then. */
static int bind_times(struct harvest *harvest, const struct binding *binding, struct error *error)
{
    if (binding->role[ROLE_EPOCH_SECONDS] < 0 && binding->role[ROLE_VALID_SECONDS] < 0)
        return 0;
    if (binding->role[ROLE_EPOCH_SECONDS] < 0)
        return error_set(error, ERROR_ARGUMENT,
                         "columns: valid_seconds needs epoch_seconds beside it");
    if (harvest->table.train_seconds)
        return error_set(error, ERROR_ARGUMENT,
                         "columns: train_seconds and epoch_seconds say the same: give one of them");
    return harvest_column(harvest, find_result("train_seconds"), error);
}

static int check_binding(const struct harvest *harvest, const struct binding *binding,
                         struct error *error)
{
    if (binding->role[ROLE_ARCHITECTURE] < 0)
        return error_set(error, ERROR_ARGUMENT, "columns: architecture must be among them");
    if (!harvest->table.valid_accuracy && !harvest->table.test_accuracy)
        return error_set(error, ERROR_ARGUMENT,
                         "columns: valid_accuracy or test_accuracy must be among them");
    if (binding->role[ROLE_POINT] < 0 && harvest->table.identity.points > 1)
        return error_set(error, ERROR_ARGUMENT,
                         "columns: point must be among them, since the protocol has %d points",
                         harvest->table.identity.points);
    return 0;
}

static int bind_columns(struct harvest *harvest, struct binding *binding, const struct csv *csv,
                        struct error *error)
{
    const char *list = harvest->plan->columns;
    int status = 0;
    *binding = (struct binding){.role = {-1, -1, -1, -1, -1, -1, -1}};
    while (*list && !status) {
        char word[160];
        size_t length = strcspn(list, ",");
        if (length >= sizeof word)
            return error_set(error, ERROR_ARGUMENT, "columns: \"%.64s...\" is too long", list);
        memcpy(word, list, length);
        word[length] = '\0';
        status = bind_word(harvest, binding, csv, word, error);
        list += length + (list[length] == ',');
    }
    if (!status)
        status = check_binding(harvest, binding, error);
    return status ? status : bind_times(harvest, binding, error);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static const char *field_of(const struct csv *csv, int number)
{
    return csv->field[number];
}

/* A whole number from 0 of one role into *value; `absent` where no column has it. */
static int read_number(const struct csv *csv, const struct binding *binding, enum role role,
                       uint64_t absent, uint64_t *value, struct error *error)
{
    *value = absent;
    if (binding->role[role] < 0 || text_parse_u64(field_of(csv, binding->role[role]), value))
        return 0;
    return error_set(error, ERROR_FORMAT, "%s \"%.64s\": expected a whole number", roles[role],
                     field_of(csv, binding->role[role]));
}

static int read_row(const struct harvest *harvest, const struct csv *csv,
                    const struct binding *binding, struct row *row, struct error *error)
{
    uint64_t seed, point, points = (uint64_t)harvest->table.identity.points;
    const char *word = field_of(csv, binding->role[ROLE_ARCHITECTURE]);
    int status = architecture_read(harvest->plan->space, word, &row->architecture, error);
    if (status) {
        error->code = ERROR_FORMAT;
        return error_context(error, "architecture");
    }
    status = read_number(csv, binding, ROLE_SEED, 0, &seed, error);
    if (!status)
        status = read_number(csv, binding, ROLE_POINT, points, &point, error);
    if (status)
        return status;
    row->seed = seed > INT32_MAX ? INT32_MAX : (int)seed; /* claiming refuses it */
    row->point = point > INT32_MAX ? INT32_MAX : (int)point;
    return 0;
}

static int check_costs(const struct harvest *harvest, const struct csv *csv,
                       const struct binding *binding, const struct row *row, struct error *error)
{
    uint64_t params, macs;
    int status = read_number(csv, binding, ROLE_PARAMS, 0, &params, error);
    if (!status && binding->role[ROLE_PARAMS] >= 0)
        status = harvest_check_params(harvest, &row->architecture, params, error);
    if (!status)
        status = read_number(csv, binding, ROLE_MACS, 0, &macs, error);
    if (!status && binding->role[ROLE_MACS] >= 0)
        status = harvest_check_macs(harvest, &row->architecture, macs, error);
    return status;
}

/* A loss that diverged is written "nan" or "inf"; everything else is a finite number. */
static bool parse_result(const struct schema_column *column, const char *word, double *value)
{
    bool loss = column->measure == SCHEMA_LOSS;
    if (loss && (strcmp(word, "nan") == 0 || strcmp(word, "inf") == 0)) {
        *value = word[0] == 'n' ? (double)NAN : (double)INFINITY;
        return true;
    }
    return text_parse_real(word, value);
}

/* A cell may be empty only where the table has no such value: a test before the last point. */
static int read_result(struct harvest *harvest, const struct schema_column *column,
                       const char *word, const struct row *row, struct error *error)
{
    double value;
    bool last = row->point == harvest->table.identity.points;
    if (column->shape == SCHEMA_FINAL && !last && !*word)
        return 0;
    if (column->shape == SCHEMA_FINAL && !last)
        return error_set(error, ERROR_FORMAT, "%s stands at point %d: it belongs to the last, %d",
                         column->name, row->point, harvest->table.identity.points);
    if (!parse_result(column, word, &value))
        return error_set(error, ERROR_FORMAT, "%s \"%.64s\": expected a number", column->name,
                         word);
    return harvest_put(harvest, column, &row->architecture, row->seed, row->point, value, error);
}

/* Seconds of one role, 0 where no column has it. */
static int read_seconds(const struct csv *csv, const struct binding *binding, enum role role,
                        double *value, struct error *error)
{
    *value = 0;
    if (binding->role[role] < 0 ||
        (text_parse_real(field_of(csv, binding->role[role]), value) && *value >= 0))
        return 0;
    return error_set(error, ERROR_FORMAT, "%s \"%.64s\": expected seconds", roles[role],
                     field_of(csv, binding->role[role]));
}

/* Up to a point: the epochs until then, and one evaluation at every point. */
static int read_times(struct harvest *harvest, const struct csv *csv, const struct binding *binding,
                      const struct row *row, struct error *error)
{
    const struct training *training = &harvest->plan->protocol->training;
    double epoch, valid;
    int status = read_seconds(csv, binding, ROLE_EPOCH_SECONDS, &epoch, error);
    if (!status)
        status = read_seconds(csv, binding, ROLE_VALID_SECONDS, &valid, error);
    if (status || binding->role[ROLE_EPOCH_SECONDS] < 0)
        return status;
    double epochs = training->epochs * (double)protocol_step_of_point(training, row->point) /
                    (double)protocol_steps(training);
    return harvest_put(harvest, find_result("train_seconds"), &row->architecture, row->seed,
                       row->point, epochs * epoch + row->point * valid, error);
}

static int read_line(struct harvest *harvest, const struct csv *csv, const struct binding *binding,
                     int fields, struct error *error)
{
    struct row row;
    if (csv->n != fields)
        return error_set(error, ERROR_FORMAT, "has %d fields, the header %d", csv->n, fields);
    int status = read_row(harvest, csv, binding, &row, error);
    if (!status)
        status = harvest_claim(harvest, &row.architecture, row.seed, row.point, csv->line, error);
    if (!status)
        status = check_costs(harvest, csv, binding, &row, error);
    for (int i = 0; i < binding->n && !status; i++)
        status = read_result(harvest, binding->result[i].column,
                             field_of(csv, binding->result[i].field), &row, error);
    return status ? status : read_times(harvest, csv, binding, &row, error);
}

static int read_lines(struct harvest *harvest, struct csv *csv, struct error *error)
{
    struct binding binding = {.n = 0};
    bool more = false;
    int status = csv_next(csv, &more, error);
    if (!status && !more)
        status = error_set(error, ERROR_FORMAT, "is empty: expected a header line");
    if (!status)
        status = bind_columns(harvest, &binding, csv, error);
    int fields = csv->n;
    while (!status && more) {
        status = csv_next(csv, &more, error);
        if (status || !more)
            break;
        status = read_line(harvest, csv, &binding, fields, error);
        if (status)
            (void)error_context(error, "line %" PRIu64, csv->line);
        harvest->lines++;
    }
    return status;
}

int import_read_csv(struct harvest *harvest, FILE *stream, struct error *error)
{
    struct csv *csv = malloc(sizeof *csv);
    if (!csv)
        return error_set(error, ERROR_MEMORY, "out of memory");
    csv_init(csv, stream);
    int status = read_lines(harvest, csv, error);
    free(csv);
    return status;
}
