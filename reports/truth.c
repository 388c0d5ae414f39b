#include "reports/truth.h"

#include "reports/accuracy.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int truth_refuse(const struct table *table, const struct trace_header *header, char *reason,
                 size_t size)
{
    reason[0] = '\0';
    if (!header->table[0])
        (void)snprintf(reason, size,
                       "the networks were trained live, there is no table to know "
                       "the best from");
    else if (!table)
        (void)snprintf(reason, size, "table %.8s was not given (--table)", header->table);
    else if (strcmp(table->digest, header->table) != 0)
        (void)snprintf(reason, size, "the traces are from table %.8s, the one at hand is %.8s",
                       header->table, table->digest);
    else if (!table_complete(table))
        (void)snprintf(reason, size, "table %.8s is incomplete (%" PRIu64 " of %" PRIu64 " rows)",
                       header->table, table_rows(table),
                       (uint64_t)table->identity.distinct * (uint64_t)table->seeds);
    return reason[0] != '\0';
}

double truth_accuracy(const struct table *table, uint32_t network, const int *seeds, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)table->test_accuracy[(size_t)seeds[i] * table->identity.distinct + network];
    return sum / n;
}

double truth_best(const struct table *table, const int *seeds, int n)
{
    double best = -1;
    for (uint32_t network = 0; network < table->identity.distinct; network++)
        best = fmax(best, truth_accuracy(table, network, seeds, n));
    return best;
}

double truth_result(const struct table *table, uint32_t network, int seed)
{
    return table->seeds == 1 ? accuracy_of(table, network, ACCURACY_TEST, seed)
                             : accuracy_without(table, network, ACCURACY_TEST, seed);
}

double truth_best_result(const struct table *table, int seed)
{
    double best = -1;
    for (uint32_t network = 0; network < table->identity.distinct; network++)
        best = fmax(best, truth_result(table, network, seed));
    return best;
}

void truth_average(const struct table *table, double *mean, double *deviation)
{
    double sum = 0, square = 0, count = table->identity.count;
    for (uint32_t i = 0; i < table->identity.count; i++)
        sum += accuracy_of(table, table->class_of[i], ACCURACY_TEST, ACCURACY_ALL);
    *mean = sum / count;
    for (uint32_t i = 0; i < table->identity.count; i++) {
        double off = accuracy_of(table, table->class_of[i], ACCURACY_TEST, ACCURACY_ALL) - *mean;
        square += off * off;
    }
    *deviation = sqrt(square / count);
}

/* The network that an event is about; 0 where it is about none. */
static uint32_t network_of(const struct trace_event *event)
{
    switch (event->kind) {
    case TRACE_QUERY:
        return event->query.network;
    case TRACE_TRAIN:
        return event->train.network;
    case TRACE_TRANSFORM:
        return event->transform.network;
    default:
        return 0;
    }
}

/* A record of the incumbent names an architecture by its index. */
static bool is_stranger(const struct table *table, const struct trace_event *event)
{
    double value = event->log.value;
    return event->kind == TRACE_LOG && strcmp(event->log.name, TRACE_INCUMBENT) == 0 &&
           !(value >= 0 && value < table->identity.count && floor(value) == value);
}

static int check_networks(const struct table *table, const struct trace *trace, struct error *error)
{
    uint32_t distinct = table->identity.distinct;
    for (size_t i = 0; i < trace->n_events; i++) {
        uint32_t network = network_of(&trace->events[i]);
        if (network >= distinct)
            return error_set(error, ERROR_MISMATCH,
                             "trace %s: network %" PRIu32 " is not in the table (%" PRIu32
                             " networks)",
                             trace->path, network, distinct);
        if (is_stranger(table, &trace->events[i]))
            return error_set(error, ERROR_MISMATCH,
                             "trace %s: \"" TRACE_INCUMBENT "\" is on record as %.12g, which is no "
                             "architecture of the table (0 to %" PRIu32 ")",
                             trace->path, trace->events[i].log.value, table->identity.count - 1);
    }
    const struct trace_finish *finish = &trace->finish;
    if (finish->index >= table->identity.count || table->class_of[finish->index] != finish->network)
        return error_set(error, ERROR_MISMATCH,
                         "trace %s: architecture %" PRIu64 " is not network %" PRIu32
                         " in the table",
                         trace->path, finish->index, finish->network);
    return 0;
}

int truth_check(const struct table *table, const struct trace *trace, struct error *error)
{
    const struct trace_finish *finish = &trace->finish;
    for (int i = 0; i < finish->n_test_seeds; i++)
        if (finish->test_seeds[i] >= table->seeds)
            return error_set(error, ERROR_MISMATCH,
                             "trace %s: test seed %d is not in the table (%d seeds)", trace->path,
                             finish->test_seeds[i], table->seeds);
    int status = check_networks(table, trace, error);
    if (status)
        return status;
    double accuracy =
        truth_accuracy(table, finish->network, finish->test_seeds, finish->n_test_seeds);
    if (fabs(accuracy - finish->test_accuracy) > 1e-4) /* the table's values are floats */
        return error_set(
            error, ERROR_MISMATCH,
            "trace %s: test accuracy %.4f, but the table has %.4f for network %" PRIu32,
            trace->path, finish->test_accuracy, accuracy, finish->network);
    return 0;
}
