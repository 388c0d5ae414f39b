/* Importing NAS-Bench-Macro: one JSON object, an entry an architecture, in any order. */
#include "tables/harvest.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static const struct schema_column *test_accuracy(void)
{
    const struct schema_column *column = schema_columns;
    while (strcmp(column->name, "test_accuracy") != 0)
        column++;
    return column;
}

/* The member `name`, a whole number from 0. */
static int read_count(const json_t *entry, const char *name, uint64_t *value, struct error *error)
{
    const json_t *member = json_object_get(entry, name);
    *value = 0;
    if (!json_is_integer(member) || json_integer_value(member) < 0)
        return error_set(error, ERROR_FORMAT, "\"%s\": %s", name,
                         member ? "expected a whole number" : "missing");
    *value = (uint64_t)json_integer_value(member);
    return 0;
}

static int read_costs(const struct harvest *harvest, const struct architecture *architecture,
                      const json_t *entry, struct error *error)
{
    uint64_t params, flops;
    int status = read_count(entry, "params", &params, error);
    if (!status)
        status = harvest_check_params(harvest, architecture, params, error);
    if (!status)
        status = read_count(entry, "flops", &flops, error);
    if (!status)
        status = harvest_check_macs(harvest, architecture, flops, error);
    return status;
}

/* One number for each seed of the plan, neither more nor fewer. */
static int read_tests(struct harvest *harvest, const struct architecture *architecture,
                      const json_t *entry, uint64_t number, struct error *error)
{
    const json_t *tests = json_object_get(entry, "test_acc");
    int seeds = harvest->table.seeds, status = 0;
    if (!json_is_array(tests) || json_array_size(tests) != (size_t)seeds)
        return error_set(error, ERROR_FORMAT, "\"test_acc\": expected an array of %d numbers",
                         seeds);
    for (int seed = 0; seed < seeds && !status; seed++) {
        const json_t *test = json_array_get(tests, (size_t)seed);
        if (!json_is_number(test))
            return error_set(error, ERROR_FORMAT, "\"test_acc\": seed %d: expected a number", seed);
        status = harvest_claim(harvest, architecture, seed, 1, number, error);
        if (!status)
            status = harvest_put(harvest, test_accuracy(), architecture, seed, 1,
                                 json_number_value(test), error);
    }
    return status;
}

static int read_entry(struct harvest *harvest, const char *name, const json_t *entry,
                      uint64_t number, struct error *error)
{
    struct architecture architecture;
    int status = harvest->plan->space->parse(name, &architecture, error);
    if (status)
        return error->code = ERROR_FORMAT;
    if (!json_is_object(entry))
        return error_set(error, ERROR_FORMAT, "expected an object");
    status = read_costs(harvest, &architecture, entry, error);
    if (!status)
        status = read_tests(harvest, &architecture, entry, number, error);
    return status;
}

static int read_entries(struct harvest *harvest, json_t *root, struct error *error)
{
    const char *name;
    json_t *entry;
    int status = harvest_column(harvest, test_accuracy(), error);
    if (!status && !json_is_object(root))
        return error_set(error, ERROR_FORMAT, "line 1: expected an object");
    json_object_foreach(root, name, entry)
    {
        status = status ? status : read_entry(harvest, name, entry, ++harvest->lines, error);
        if (status)
            return error_context(error, "entry \"%.64s\"", name);
    }
    return status;
}

int import_read_macro(struct harvest *harvest, const char *text, size_t size, struct error *error)
{
    json_error_t wrong;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &wrong);
    if (!root && !wrong.text[0]) /* the library names whatever is wrong with a text */
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (!root)
        return error_set(error, ERROR_FORMAT, "line %d, column %d: %s", wrong.line, wrong.column,
                         wrong.text);
    int status = read_entries(harvest, root, error);
    json_decref(root);
    return status;
}
