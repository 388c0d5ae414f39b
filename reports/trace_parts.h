/* The two halves of reading a trace, for trace.c alone. */
#ifndef NASBED_REPORTS_TRACE_PARTS_H
#define NASBED_REPORTS_TRACE_PARTS_H

#include "base/error.h"
#include "reports/trace.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Line 1. What was allocated is in `header`, after an error too. */
int trace_header_read(json_t *object, struct trace_header *header, struct error *error);
void trace_header_free(struct trace_header *header);

/* The state between events. */
struct trace_reader {
    struct trace *trace; /* its header is read */
    size_t capacity;     /* of trace->events */
    uint64_t spent;      /* FLOPs so far */
    bool finished;
};

/* One event, checked against those before it. */
int trace_event_read(json_t *object, struct trace_reader *reader, struct error *error);

#endif
