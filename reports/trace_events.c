#include "reports/fields.h"
#include "reports/trace_parts.h"
#include "tables/schema.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The ledger's two rules: what is spent is the sum of the charges, and never more than `most`. */
static int read_charge(json_t *object, struct trace_reader *reader, uint64_t most, uint64_t *charge,
                       uint64_t *spent, struct error *error)
{
    int status = field_count(object, "charge", charge, error);
    if (!status)
        status = field_count(object, "spent", spent, error);
    if (status)
        return status;
    if (*spent - *charge != reader->spent)
        return error_set(error, ERROR_FORMAT,
                         "\"spent\": %" PRIu64 " is not %" PRIu64 " + %" PRIu64, *spent,
                         reader->spent, *charge);
    if (*spent > most)
        return error_set(error, ERROR_FORMAT,
                         "\"spent\": %" PRIu64 " is more than the %" PRIu64 " there were", *spent,
                         most);
    reader->spent = *spent;
    return 0;
}

/* What is charged for is named: architecture, index, network. */
static int read_subject(json_t *object, char architecture[ARCHITECTURE_TEXT], uint64_t *index,
                        uint32_t *network, struct error *error)
{
    int number, status = field_text(object, "architecture", architecture, ARCHITECTURE_TEXT, error);
    if (!status)
        status = field_count(object, "index", index, error);
    if (!status)
        status = field_int(object, "network", 0, INT32_MAX, &number, error);
    if (!status)
        *network = (uint32_t)number;
    return status;
}

static int read_query(json_t *object, struct trace_reader *reader, struct trace_event *event,
                      struct error *error)
{
    const struct trace_header *header = &reader->trace->header;
    char architecture[ARCHITECTURE_TEXT];
    int status;
    if ((status = read_subject(object, architecture, &event->query.index, &event->query.network,
                               error)) ||
        (status = field_int(object, "point", 1, header->points, &event->query.point, error)) ||
        (status = field_real_or_null(object, "valid_accuracy", 0, 100, &event->query.valid_accuracy,
                                     error)) ||
        (status =
             field_real_or_null(object, "valid_loss", 0, 1e300, &event->query.valid_loss, error)) ||
        (status = field_flag(object, "free", &event->query.free, error)) ||
        (status = field_flag(object, "live", &event->query.live, error)) ||
        (status = read_charge(object, reader, header->budget_flops - header->reserve_flops,
                              &event->query.charge, &event->spent, error)))
        return status;
    if (event->query.free && event->query.charge)
        return error_set(error, ERROR_FORMAT, "\"charge\": %" PRIu64 " for a free answer",
                         event->query.charge);
    return 0;
}

static int read_train(json_t *object, struct trace_reader *reader, struct trace_event *event,
                      struct error *error)
{
    const struct trace_header *header = &reader->trace->header;
    char architecture[ARCHITECTURE_TEXT];
    int status;
    if ((status = read_subject(object, architecture, &event->train.index, &event->train.network,
                               error)) ||
        (status = field_int(object, "steps", 0, INT32_MAX, &event->train.steps, error)) ||
        (status = field_real_or_null(object, "valid_accuracy", 0, 100, &event->train.valid_accuracy,
                                     error)))
        return status;
    return read_charge(object, reader, header->budget_flops - header->reserve_flops,
                       &event->train.charge, &event->spent, error);
}

static int read_transform(json_t *object, struct trace_reader *reader, struct trace_event *event,
                          struct error *error)
{
    const struct trace_header *header = &reader->trace->header;
    char architecture[ARCHITECTURE_TEXT];
    int status = read_subject(object, architecture, &event->transform.index,
                              &event->transform.network, error);
    return status ? status
                  : read_charge(object, reader, header->budget_flops - header->reserve_flops,
                                &event->transform.charge, &event->spent, error);
}

static int read_step(json_t *object, struct trace_reader *reader, struct trace_event *event,
                     struct error *error)
{
    const struct trace_header *header = &reader->trace->header;
    int status;
    if ((status = field_text(object, "what", event->step.what, sizeof event->step.what, error)) ||
        (status = field_count(object, "count", &event->step.count, error)) ||
        (status = field_real_or_null(object, "loss", 0, 1e300, &event->step.loss, error)) ||
        (status = field_real(object, "accuracy", 0, 100, &event->step.accuracy, error)) ||
        (status = read_charge(object, reader, header->budget_flops - header->reserve_flops,
                              &event->step.charge, &event->spent, error)))
        return status;
    return event->step.count ? 0 : error_set(error, ERROR_FORMAT, "\"count\": 0 steps");
}

static int read_refuse(json_t *object, struct trace_reader *reader, struct trace_event *event,
                       struct error *error)
{
    int status;
    if ((status =
             field_text(object, "what", event->refuse.what, sizeof event->refuse.what, error)) ||
        (status = field_count(object, "asked", &event->refuse.asked, error)) ||
        (status = field_count(object, "left", &event->refuse.left, error)))
        return status;
    if (event->refuse.asked <= event->refuse.left)
        return error_set(error, ERROR_FORMAT,
                         "\"asked\": %" PRIu64 " were refused though %" PRIu64 " were left",
                         event->refuse.asked, event->refuse.left);
    event->spent = reader->spent;
    return 0;
}

static int read_log(json_t *object, struct trace_reader *reader, struct trace_event *event,
                    struct error *error)
{
    event->spent = reader->spent;
    int status = field_text(object, "name", event->log.name, sizeof event->log.name, error);
    return status ? status
                  : field_real_or_null(object, "value", -1e300, 1e300, &event->log.value, error);
}

static int read_test_seeds(json_t *object, struct trace_finish *finish, struct error *error)
{
    json_t *seeds;
    int status = field_array(object, "test_seeds", &seeds, error);
    if (status)
        return status;
    size_t n = json_array_size(seeds);
    if (n < 1 || n > SCHEMA_SEEDS)
        return error_set(error, ERROR_FORMAT, "\"test_seeds\": %zu seeds (1 to %d)", n,
                         SCHEMA_SEEDS);
    finish->test_seeds = calloc(n, sizeof *finish->test_seeds);
    if (!finish->test_seeds)
        return error_set(error, ERROR_MEMORY, "\"test_seeds\": out of memory");
    for (size_t i = 0; i < n; i++) {
        const json_t *seed = json_array_get(seeds, i);
        json_int_t number = json_integer_value(seed);
        if (!json_is_integer(seed) || number < 0 || number > INT32_MAX)
            return error_set(error, ERROR_FORMAT, "\"test_seeds\": must hold whole numbers from 0");
        finish->test_seeds[i] = (int)number;
    }
    finish->n_test_seeds = (int)n;
    return 0;
}

static int read_finish(json_t *object, struct trace_reader *reader, struct error *error)
{
    struct trace_finish *finish = &reader->trace->finish;
    uint64_t budget = reader->trace->header.budget_flops;
    int status;
    if ((status =
             read_subject(object, finish->architecture, &finish->index, &finish->network, error)) ||
        (status = field_real(object, "valid_accuracy", 0, 100, &finish->valid_accuracy, error)) ||
        (status = field_real(object, "test_accuracy", 0, 100, &finish->test_accuracy, error)) ||
        (status = read_test_seeds(object, finish, error)) ||
        (status = field_flag(object, "biased", &finish->biased, error)) ||
        (status = field_count(object, "params", &finish->params, error)) ||
        (status = field_count(object, "macs", &finish->macs, error)) ||
        (status = read_charge(object, reader, budget, &finish->charge, &finish->spent, error)) ||
        (status = field_count(object, "left", &finish->left, error)))
        return status;
    if (finish->left > budget - finish->spent)
        return error_set(error, ERROR_FORMAT,
                         "\"left\": %" PRIu64 " of %" PRIu64 " with %" PRIu64 " spent",
                         finish->left, budget, finish->spent);
    reader->finished = true;
    return 0;
}

/* Room for one more event, zeroed. */
static struct trace_event *event_new(struct trace_reader *reader)
{
    struct trace *trace = reader->trace;
    if (trace->n_events == reader->capacity) {
        size_t capacity = reader->capacity ? 2 * reader->capacity : 64;
        struct trace_event *grown = realloc(trace->events, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        trace->events = grown;
        reader->capacity = capacity;
    }
    struct trace_event *event = &trace->events[trace->n_events++];
    memset(event, 0, sizeof *event);
    return event;
}

/* The kinds of events: one row each. */
static const struct {
    const char *name;
    enum trace_kind kind;
    int (*read)(json_t *object, struct trace_reader *reader, struct trace_event *event,
                struct error *error);
} kinds[] = {{"query", TRACE_QUERY, read_query},    {"step", TRACE_STEP, read_step},
             {"refuse", TRACE_REFUSE, read_refuse}, {"log", TRACE_LOG, read_log},
             {"train", TRACE_TRAIN, read_train},    {"transform", TRACE_TRANSFORM, read_transform}};

int trace_event_read(json_t *object, struct trace_reader *reader, struct error *error)
{
    char name[32];
    int status = field_text(object, "event", name, sizeof name, error);
    if (status)
        return status;
    if (reader->finished)
        return error_set(error, ERROR_FORMAT, "\"%s\" after \"finish\"", name);
    if (strcmp(name, "finish") == 0)
        return read_finish(object, reader, error);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (strcmp(name, kinds[k].name) != 0)
            continue;
        struct trace_event *event = event_new(reader);
        if (!event)
            return error_set(error, ERROR_MEMORY, "out of memory");
        event->kind = kinds[k].kind;
        return kinds[k].read(object, reader, event, error);
    }
    return error_set(error, ERROR_FORMAT, "unknown event \"%s\"", name);
}
