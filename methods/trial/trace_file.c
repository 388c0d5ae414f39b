#include "methods/trial/trace_file.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/options.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void trace_file_path(struct text *path, const char *folder, const struct contest *contest,
                     const char *method, uint64_t seed)
{
    text_append(path, "%s/%s/%s/b", folder, contest->space->name, method);
    text_append_real(path, contest->budget);
    text_append(path, "%s/s%" PRIu64, contest->times ? "s" : "", seed);
}

/* True if the last line is there and its checksum is that of all lines before it. */
static bool whole(const char *data, size_t size)
{
    if (size == 0 || data[size - 1] != '\n')
        return false;
    size_t start = size - 1;
    while (start > 0 && data[start - 1] != '\n')
        start--;
    char expected[17];
    (void)snprintf(expected, sizeof expected, "%016" PRIx64, digest_checksum(data, start));
    json_t *last = json_loadb(data + start, size - start, 0, NULL);
    const char *checksum = json_string_value(json_object_get(last, "checksum"));
    bool same = checksum && strcmp(checksum, expected) == 0;
    json_decref(last);
    return same;
}

/* Length of FOLDER/SPACE/METHOD in FOLDER/SPACE/METHOD/bBUDGET/sSEED.trace: a method that was changed
 * has more than one trial there. */
static int method_folder(const char *path)
{
    size_t length = strlen(path);
    for (int parts = 2; parts > 0 && length > 0; parts -= path[length] == '/')
        length--;
    return (int)length;
}

static int mismatch(const char *path, const char *what, const json_t *found, const json_t *wanted,
                    struct error *error)
{
    const size_t flags = JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15);
    char *was = found ? json_dumps(found, flags) : NULL;
    char *now = wanted ? json_dumps(wanted, flags) : NULL;
    int status = error_set(error, ERROR_MISMATCH,
                           "%s: was run with %s = %s, this run has %s: choose another --out, or "
                           "remove the method's trials, %.*s",
                           path, what, was ? was : "nothing", now ? now : "nothing",
                           method_folder(path), path);
    free(now);
    free(was);
    return status;
}

/* Options are equal if their values are; defaults and provenance may have been reworded. */
static int compare_options(const char *path, const json_t *found, json_t *wanted,
                           struct error *error)
{
    const char *name;
    json_t *row;
    json_object_foreach(wanted, name, row)
    {
        const json_t *now = json_object_get(row, "value");
        const json_t *was = json_object_get(json_object_get(found, name), "value");
        if (!was || !json_equal(was, now))
            return mismatch(path, name, was, now, error);
    }
    return 0;
}

/* A method from outside is what its files hold, wherever they are and however it was called. */
static int compare_origin(const char *path, const json_t *found, const json_t *wanted,
                          struct error *error)
{
    const json_t *before = json_object_get(found, "files");
    json_t *files = json_object_get(wanted, "files"), *now;
    const char *name;
    if (json_object_size(before) != json_object_size(files))
        return mismatch(path, "files of the method", before, files, error);
    json_object_foreach(files, name, now)
    {
        const char *other;
        json_t *was;
        bool there = false;
        json_object_foreach((json_t *)before, other, was)
        {
            there = there || json_equal(was, now);
        }
        if (!there)
            return mismatch(path, name, json_object_get(before, name), now, error);
    }
    return 0;
}

/* What makes two trials one; the version of the program does not. */
static int compare(const char *path, const json_t *found, const json_t *wanted, struct error *error)
{
    static const char *const members[] = {"format",
                                          "version",
                                          "method",
                                          "space",
                                          "protocol_hash",
                                          "dataset_digest",
                                          "numerics",
                                          "points",
                                          "table",
                                          "table_seeds",
                                          "table_seed",
                                          "budget_flops",
                                          "seed",
                                          "reserve_flops",
                                          "budget_unit",
                                          "budget_microseconds",
                                          "reserve_microseconds"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const json_t *was = json_object_get(found, members[i]);
        const json_t *now = json_object_get(wanted, members[i]);
        if ((was || now) && (!was || !now || !json_equal(was, now)))
            return mismatch(path, members[i], was, now, error);
    }
    int status = compare_options(path, json_object_get(found, "options"),
                                 json_object_get(wanted, "options"), error);
    return status ? status
                  : compare_origin(path, json_object_get(found, "origin"),
                                   json_object_get(wanted, "origin"), error);
}

int trace_file_finished(const char *path, const char *header, bool *finished,
                        void (*say)(const char *line), struct error *error)
{
    char *data = NULL;
    size_t size;
    json_t *found = NULL, *wanted = NULL;
    json_error_t parsing;
    struct error reading;
    int status = ERROR_NONE;

    *finished = false;
    if (file_read(path, &data, &size, &reading)) {
        if (reading.code != ERROR_MISSING)
            status = error_set(error, reading.code, "%s", reading.text);
        goto out;
    }
    if (!whole(data, size)) {
        char line[1100];
        (void)snprintf(line, sizeof line, "%s: was cut or changed: run again", path);
        if (say)
            say(line);
        goto out;
    }
    found = json_loadb(data, strcspn(data, "\n"), 0, NULL);
    wanted = json_loads(header, 0, &parsing);
    if (!wanted)
        status = error_set(error,
                           json_error_code(&parsing) == json_error_out_of_memory ? ERROR_MEMORY
                                                                                 : ERROR_FORMAT,
                           "%s: the header of its trace: %s", path, parsing.text);
    else
        status = compare(path, found, wanted, error);
    *finished = !status;
out:
    json_decref(wanted);
    json_decref(found);
    free(data);
    return status;
}

static int save_times(const char *path, const struct trial_times *times, double wall_seconds,
                      const char *machine, struct error *error)
{
    json_t *object =
        json_pack("{s:f,s:f,s:f,s:s}", "wall_seconds", wall_seconds, "cpu_seconds",
                  times->own + times->train, "train_seconds", times->train, "machine", machine);
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    int status = line ? file_write(path, line, strlen(line), error)
                      : error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    free(line);
    json_decref(object);
    return status;
}

int trace_file_save(const char *path, const struct text *trace, const struct trial_times *times,
                    double wall_seconds, const char *machine, struct error *error)
{
    struct text trace_path = {0}, time_path = {0};
    text_append(&trace_path, "%s.trace", path);
    text_append(&time_path, "%s.time", path);
    int status = trace_path.failed || time_path.failed
                     ? error_set(error, ERROR_MEMORY, "%s: out of memory", path)
                     : save_times(time_path.data, times, wall_seconds, machine, error);
    if (!status)
        status = file_write(trace_path.data, trace->data, trace->size, error);
    text_free(&time_path);
    text_free(&trace_path);
    return status;
}
