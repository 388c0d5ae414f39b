/* Traces of test trials, looked into. */
#ifndef NASBED_TESTS_TRIAL_EVENTS_H
#define NASBED_TESTS_TRIAL_EVENTS_H

#include "base/text.h"
#include "tests/trial_fixture.h"

#include <jansson.h>

/* The next event of a kind from `*line` on (a trace's data at first), which is moved behind it; NULL
 * past the last. The caller releases it. */
static inline json_t *event_next(const char **line, const char *kind)
{
    json_t *object = NULL;
    while (!object && **line) {
        size_t length = strcspn(*line, "\n");
        object = json_loadb(*line, length, 0, NULL);
        const char *name = json_string_value(json_object_get(object, "event"));
        if (!name || strcmp(name, kind) != 0) {
            json_decref(object);
            object = NULL;
        }
        *line += length + 1;
    }
    return object;
}

/* The n-th (from 0). */
static inline json_t *event_at(const struct text *trace, const char *kind, int n)
{
    const char *line = trace->data;
    json_t *object = event_next(&line, kind);
    for (; object && n > 0; n--) {
        json_decref(object);
        object = event_next(&line, kind);
    }
    return object;
}

static inline uint64_t count_at(const json_t *object, const char *name)
{
    assert_true(json_is_integer(json_object_get(object, name)));
    return (uint64_t)json_integer_value(json_object_get(object, name));
}

static inline double real_at(const json_t *object, const char *name)
{
    assert_true(json_is_number(json_object_get(object, name)));
    return json_number_value(json_object_get(object, name));
}

static inline void run_ok(struct fixture *fixture, const struct nasbed_method *method,
                          uint64_t seed, struct text *trace)
{
    struct error error = {.text = ""};
    if (fixture_run(fixture, method, seed, trace, &error))
        fail_msg("%s", error.text);
}

/* Number of lines in which two traces differ, `member` and the checksum left aside; -1: in length.
 */
static inline int differences(const struct text *a, const struct text *b, const char *member)
{
    const char *left = a->data, *right = b->data;
    int n = 0;
    while (*left && *right) {
        json_t *x = json_loadb(left, strcspn(left, "\n"), 0, NULL);
        json_t *y = json_loadb(right, strcspn(right, "\n"), 0, NULL);
        const char *const ignored[] = {member, "checksum"};
        for (int i = 0; i < 2; i++) {
            (void)json_object_del(x, ignored[i]);
            (void)json_object_del(y, ignored[i]);
        }
        n += !json_equal(x, y);
        json_decref(x);
        json_decref(y);
        left += strcspn(left, "\n") + 1;
        right += strcspn(right, "\n") + 1;
    }
    return *left || *right ? -1 : n;
}

#endif
