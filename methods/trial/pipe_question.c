#include "methods/trial/pipe_question.h"

#include <stdlib.h>

void question_put(struct question *q, const char *name, json_t *value)
{
    (void)json_object_set_new(q->reply, name, value);
}

int question_say(struct question *q, enum nasbed_status status)
{
    q->session->status = status;
    return 0;
}

json_t *question_result(enum nasbed_status status)
{
    json_t *result = json_object();
    (void)json_object_set_new(result, "status", json_string(pipe_status_name(status)));
    return result;
}

int question_architecture(struct question *q, struct nasbed_architecture *a)
{
    return pipe_get_architecture(q->trial, q->ask, "architecture", a, q->error);
}

int question_list(struct question *q, const char *name, const json_t **list, size_t *n)
{
    *list = json_object_get(q->ask, name);
    *n = json_array_size(*list);
    if (json_is_array(*list) && *n <= QUESTION_MOST)
        return 0;
    return error_set(q->error, ERROR_ARGUMENT, "\"%s\" must be a list of at most %d", name,
                     QUESTION_MOST);
}

int question_put_list(struct question *q, const char *name, const struct nasbed_architecture *a,
                      int most, size_t size,
                      int (*list)(const struct nasbed_trial *, const struct nasbed_architecture *,
                                  void *items, int most),
                      json_t *(*one)(const void *items, size_t i))
{
    void *items = calloc((size_t)most, size);
    if (!items)
        return question_out_of_memory(q);
    int n = list(q->trial, a, items, most);
    json_t *made = json_array();
    for (int i = 0; i < n; i++)
        (void)json_array_append_new(made, one(items, (size_t)i));
    question_put(q, name, made);
    free(items);
    return 0;
}

int question_out_of_memory(struct question *q)
{
    return error_set(q->error, ERROR_MEMORY, "out of memory");
}
