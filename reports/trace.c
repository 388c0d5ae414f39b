#include "reports/trace.h"

#include "base/file.h"
#include "base/text.h"
#include "reports/fields.h"
#include "reports/trace_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    const char *start;
    size_t size; /* without the line feed */
};

/* The next line at *position; false at the end. */
static bool line_next(const char *data, size_t size, size_t *position, struct line *line)
{
    if (*position >= size)
        return false;
    const char *start = data + *position;
    const char *feed = memchr(start, '\n', size - *position);
    line->start = start;
    line->size = feed ? (size_t)(feed - start) : size - *position;
    *position += line->size + 1;
    return true;
}

/* Format and version come first, so that a file of another version is told apart from a damaged
 * one. */
static int read_version(struct line line, struct error *error)
{
    json_t *object;
    char format[32];
    int version, status = fields_parse(line.start, line.size, &object, error);
    if (status)
        return error_context(error, "line 1");
    if (field_text(object, "format", format, sizeof format, error) ||
        strcmp(format, TRACE_FORMAT) != 0)
        status = error_set(error, ERROR_FORMAT, "line 1: this is no " TRACE_FORMAT);
    else if (field_int(object, "version", 0, INT32_MAX, &version, error))
        status = error_context(error, "line 1");
    else if (version != TRACE_VERSION)
        status = error_set(error, ERROR_UNSUPPORTED, "version %d; this program reads version %d",
                           version, TRACE_VERSION);
    json_decref(object);
    return status;
}

/* All lines up to `size` bytes: the header and the events. */
static int read_body(struct trace *trace, const char *data, size_t size, struct error *error)
{
    struct trace_reader reader = {.trace = trace};
    struct line line;
    uint64_t number = 0;
    for (size_t position = 0; line_next(data, size, &position, &line);) {
        json_t *object;
        number++;
        int status = fields_parse(line.start, line.size, &object, error);
        if (!status)
            status = number == 1 ? trace_header_read(object, &trace->header, error)
                                 : trace_event_read(object, &reader, error);
        json_decref(object);
        if (status)
            return error_context(error, "line %" PRIu64, number);
    }
    if (number != trace->lines)
        return error_set(error, ERROR_FORMAT,
                         "last line: \"lines\": %" PRIu64 ", but there are %" PRIu64, trace->lines,
                         number);
    if (!reader.finished)
        return error_set(error, ERROR_FORMAT, "there is no \"finish\": the trial did not end");
    return 0;
}

/* Find the last line, check its checksum over everything before it; *body becomes the size of
 * that. */
static int read_end(struct trace *trace, const char *data, size_t size, size_t *body,
                    struct error *error)
{
    size_t end = size && data[size - 1] == '\n' ? size - 1 : size, start = end;
    while (start > 0 && data[start - 1] != '\n')
        start--;
    json_t *object = NULL;
    bool last = false;
    char printed[17], expected[17];
    if (fields_parse(data + start, end - start, &object, error) ||
        field_flag(object, "end", &last, error) || !last ||
        field_count(object, "lines", &trace->lines, error) ||
        field_text(object, "checksum", expected, sizeof expected, error)) {
        json_decref(object);
        return error_set(error, ERROR_DIGEST,
                         "there is no last line with a checksum (the file was cut)");
    }
    json_decref(object);
    trace->checksum = digest_checksum(data, start);
    (void)snprintf(printed, sizeof printed, "%016" PRIx64, trace->checksum);
    if (strcmp(printed, expected) != 0)
        return error_set(
            error, ERROR_DIGEST,
            "checksum differs: %s is written, the lines give %s (the file was changed)", expected,
            printed);
    *body = start;
    return 0;
}

static int read_trace(struct trace *trace, const char *data, size_t size, struct error *error)
{
    struct line first;
    size_t position = 0, body = 0;
    if (!line_next(data, size, &position, &first))
        return error_set(error, ERROR_DIGEST, "is empty");
    int status = read_version(first, error);
    if (!status)
        status = read_end(trace, data, size, &body, error);
    return status ? status : read_body(trace, data, body, error);
}

/* The .time file beside the trace; nothing if there is none. */
static int read_times(struct trace *trace, struct error *error)
{
    char *data = NULL;
    size_t size, stem = strlen(trace->path);
    struct text path = {0};
    json_t *object = NULL;
    if (stem > 6 && strcmp(trace->path + stem - 6, ".trace") == 0)
        stem -= 6;
    text_append(&path, "%.*s.time", (int)stem, trace->path);
    if (path.failed)
        return error_set(error, ERROR_MEMORY, "out of memory");
    int status = ERROR_NONE;
    if (!file_exists(path.data))
        goto out;
    if ((status = file_read(path.data, &data, &size, error)))
        goto out;
    struct trace_times *times = &trace->times;
    if ((status = fields_parse(data, size, &object, error)) ||
        (status = field_real(object, "wall_seconds", 0, 1e12, &times->wall_seconds, error)) ||
        (status = field_real(object, "cpu_seconds", 0, 1e12, &times->cpu_seconds, error)) ||
        (status = field_real(object, "train_seconds", 0, 1e12, &times->train_seconds, error)))
        status = error_context(error, "times %s", path.data);
    times->known = !status;
out:
    json_decref(object);
    free(data);
    text_free(&path);
    return status;
}

int trace_open(struct trace *trace, const char *path, struct error *error)
{
    char *data = NULL;
    size_t size;
    *trace = (struct trace){.path = strdup(path)};
    int status = trace->path ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    if (!status && !(status = file_read(path, &data, &size, error))) {
        status = read_trace(trace, data, size, error);
        if (!status)
            status = read_times(trace, error);
        if (status)
            (void)error_context(error, "trace %s", path);
    }
    free(data);
    if (status)
        trace_close(trace);
    return status;
}

void trace_close(struct trace *trace)
{
    trace_header_free(&trace->header);
    free(trace->finish.test_seeds);
    free(trace->events);
    free(trace->path);
    *trace = (struct trace){0};
}
