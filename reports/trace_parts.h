/* The parts of reading a trace, for trace*.c alone. */
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

/* The member "origin" of line 1; none is no error. What was allocated is in `origin`, after an error too. */
int trace_origin_read(json_t *object, struct trace_origin *origin, struct error *error);
void trace_origin_free(struct trace_origin *origin);

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
