#include "base/options.h"
#include "base/text.h"
#include "protocols/classes.h"
#include "reports/fields.h"
#include "reports/trace_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As people write it: 0.9, not the 0.90000000000000002 of 17 digits. NULL: out of memory. */
static char *option_text(const json_t *value)
{
    if (json_is_string(value))
        return strdup(json_string_value(value));
    if (json_is_real(value)) {
        struct text text = {0};
        text_append_real(&text, json_real_value(value));
        if (text.failed)
            text_free(&text);
        return text.data;
    }
    return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
}

static int compare_options(const void *left, const void *right)
{
    return strcmp(((const struct trace_option *)left)->name,
                  ((const struct trace_option *)right)->name);
}

static int read_option(const char *name, const json_t *row, struct trace_option *option,
                       struct error *error)
{
    const json_t *value = json_object_get(row, "value"),
                 *standard = json_object_get(row, "default");
    const json_t *provenance = json_object_get(row, "provenance");
    if (!value || !standard || !provenance)
        return error_set(error, ERROR_FORMAT,
                         "option \"%s\": must have \"value\", \"default\" and \"provenance\"",
                         name);
    option->name = strdup(name);
    option->value = option_text(value);
    option->standard = option_text(standard);
    option->provenance = json_is_null(provenance) ? strdup("") : option_text(provenance);
    if (!option->name || !option->value || !option->standard || !option->provenance)
        return error_set(error, ERROR_MEMORY, "option \"%s\": out of memory", name);
    return 0;
}

static int read_options(json_t *object, struct trace_header *header, struct error *error)
{
    json_t *rows, *row;
    int status = field_object(object, "options", &rows, error);
    if (status)
        return status;
    size_t n = json_object_size(rows);
    header->options = calloc(n ? n : 1, sizeof *header->options);
    if (!header->options)
        return error_set(error, ERROR_MEMORY, "out of memory");
    const char *name;
    json_object_foreach(rows, name, row)
    {
        status = read_option(name, row, &header->options[header->n_options++], error);
        if (status)
            return status;
    }
    qsort(header->options, n, sizeof *header->options, compare_options);
    return 0;
}

static int read_method(json_t *object, struct trace_header *header, struct error *error)
{
    json_t *ticks;
    int status;
    if ((status = field_text(object, "method", header->method, sizeof header->method, error)) ||
        (status = field_text(object, "class", header->class, sizeof header->class, error)) ||
        (status = field_object(object, "ticks", &ticks, error)) ||
        (status = field_flag(ticks, "modular", &header->modular, error)) ||
        (status = field_flag(ticks, "continuous", &header->continuous, error)) ||
        (status = field_flag(ticks, "recycled", &header->recycled, error)) ||
        (status = field_flag(ticks, "incomplete", &header->incomplete, error)) ||
        (status =
             field_text_or_null(object, "survey", header->survey, sizeof header->survey, error)) ||
        (status = field_text(object, "kind", header->kind, sizeof header->kind, error)) ||
        (status = read_options(object, header, error)))
        return status;
    if (class_find(header->class) < 0)
        return error_set(error, ERROR_FORMAT, "\"class\": \"%s\" is none of the survey's",
                         header->class);
    if (strcmp(header->kind, "native") != 0 && strcmp(header->kind, "extension") != 0)
        return error_set(error, ERROR_FORMAT, "\"kind\": \"%s\" is neither native nor extension",
                         header->kind);
    return 0;
}

static int read_setting(json_t *object, struct trace_header *header, struct error *error)
{
    int status;
    if (json_object_get(object, "tests_apart") &&
        (status = field_flag(object, "tests_apart", &header->tests_apart, error)))
        return status;
    if ((status = field_text(object, "space", header->space, sizeof header->space, error)) ||
        (status =
             field_text(object, "protocol", header->protocol, sizeof header->protocol, error)) ||
        (status = field_digest(object, "protocol_hash", false, header->protocol_hash, error)) ||
        (status = field_digest(object, "dataset_digest", false, header->dataset_digest, error)) ||
        (status = field_digest(object, "table", true, header->table, error)) ||
        (status = field_int(object, "numerics", 0, 1000000, &header->numerics, error)) ||
        (status = field_int(object, "points", 1, 100000, &header->points, error)) ||
        (status = field_int(object, "table_seeds", 0, 100000, &header->table_seeds, error)) ||
        (status = field_int(object, "table_seed", 0, 100000, &header->table_seed, error)) ||
        (status = field_text(object, "program", header->program, sizeof header->program, error)) ||
        (status = field_count(object, "seed", &header->seed, error)))
        return status;
    if (header->table[0] && header->table_seed >= header->table_seeds)
        return error_set(error, ERROR_FORMAT, "\"table_seed\": %d of %d seeds", header->table_seed,
                         header->table_seeds);
    return 0;
}

/* Traces of methods that compute with OpenBLAS name it. */
static int read_blas(json_t *object, struct trace_header *header, struct error *error)
{
    json_t *blas;
    char library[96], kernel[48];
    if (!json_object_get(object, "blas"))
        return 0;
    int status = field_object(object, "blas", &blas, error);
    if (!status)
        status = field_text(blas, "library", library, sizeof library, error);
    if (!status)
        status = field_text(blas, "kernel", kernel, sizeof kernel, error);
    if (!status)
        (void)snprintf(header->blas, sizeof header->blas, "%s, %s", library, kernel);
    return status;
}

/* The unit of the budget, named only where it is not the usual one. */
static int read_unit(json_t *object, struct trace_header *header, struct error *error)
{
    char unit[32];
    if (!json_object_get(object, "budget_unit"))
        return 0;
    int status = field_text(object, "budget_unit", unit, sizeof unit, error);
    header->gpu_seconds = !status;
    if (status || strcmp(unit, "gpu-seconds") == 0)
        return status;
    return error_set(error, ERROR_FORMAT, "\"budget_unit\": \"%s\" is not known: gpu-seconds is",
                     unit);
}

static int read_budget(json_t *object, struct trace_header *header, struct error *error)
{
    int status = read_unit(object, header, error);
    const char *budget = header->gpu_seconds ? "budget_microseconds" : "budget_flops";
    const char *reserve = header->gpu_seconds ? "reserve_microseconds" : "reserve_flops";
    const char *unit = header->gpu_seconds ? "unit_microseconds" : "unit_flops";
    if (status || (status = field_real(object, "budget", 0, 1e12, &header->budget, error)) ||
        (status = field_count(object, budget, &header->budget_flops, error)) ||
        (status = field_count(object, reserve, &header->reserve_flops, error)) ||
        (status = field_count(object, unit, &header->unit_flops, error)))
        return status;
    if (!header->unit_flops)
        return error_set(error, ERROR_FORMAT, "\"%s\": must not be 0", unit);
    if (header->reserve_flops > header->budget_flops)
        return error_set(error, ERROR_FORMAT, "\"%s\": larger than \"%s\"", reserve, budget);
    double flops = header->budget * trace_unit(header);
    if (fabs(flops - (double)header->budget_flops) > 1 + 1e-9 * flops)
        return error_set(error, ERROR_FORMAT, "\"%s\": %" PRIu64 " are not %g times %s", budget,
                         header->budget_flops, header->budget,
                         header->gpu_seconds ? "a million" : "\"unit_flops\"");
    return 0;
}

double trace_unit(const struct trace_header *header)
{
    return header->gpu_seconds ? 1e6 : (double)header->unit_flops;
}

const char *trace_unit_text(const struct trace_header *header)
{
    return header->gpu_seconds ? "GPU seconds of the source" : "full trainings";
}

const char *trace_unit_name(const struct trace_header *header)
{
    return header->gpu_seconds ? "gpu-seconds" : "trainings";
}

int trace_header_read(json_t *object, struct trace_header *header, struct error *error)
{
    int status = read_method(object, header, error);
    if (!status)
        status = read_setting(object, header, error);
    if (!status)
        status = read_blas(object, header, error);
    if (!status)
        status = trace_origin_read(object, &header->origin, error);
    return status ? status : read_budget(object, header, error);
}

void trace_header_free(struct trace_header *header)
{
    for (size_t i = 0; i < header->n_options; i++) {
        struct trace_option *option = &header->options[i];
        free(option->name);
        free(option->value);
        free(option->standard);
        free(option->provenance);
    }
    free(header->options);
    trace_origin_free(&header->origin);
    *header = (struct trace_header){0};
}
