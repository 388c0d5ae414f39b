/* What a child may ask of the budget, its queries, which are charged, and the end. */
#include "methods/trial/pipe_question.h"

#include <stdlib.h>
#include <string.h>

static int ask_budget(struct question *q)
{
    question_put(q, "budget", pipe_real(nasbed_budget(q->trial)));
    question_put(q, "unit", pipe_count(nasbed_unit(q->trial)));
    return 0; /* "left" is in every answer */
}

static int point_of(const struct nasbed_trial *trial, const json_t *object, int *point,
                    struct error *error)
{
    int64_t value;
    int T = nasbed_points(trial);
    if (pipe_get_int_or(object, "point", 1, T, T, &value, error))
        return error->code;
    *point = (int)value;
    return 0;
}

static int ask_quote(struct question *q)
{
    struct nasbed_architecture a;
    int point = 0;
    if (question_architecture(q, &a) || point_of(q->trial, q->ask, &point, q->error))
        return q->error->code;
    question_put(q, "charge", pipe_count(nasbed_quote(q->trial, &a, point)));
    return 0;
}

static json_t *curve_of(const struct nasbed_result *result)
{
    json_t *curve = json_array();
    for (int t = 0; t < result->point; t++) {
        const struct nasbed_point *p = &result->curve[t];
        json_t *point = json_object();
        (void)json_object_set_new(point, "train_loss", pipe_real(p->train_loss));
        (void)json_object_set_new(point, "train_accuracy", pipe_real(p->train_accuracy));
        (void)json_object_set_new(point, "valid_loss", pipe_real(p->valid_loss));
        (void)json_object_set_new(point, "valid_accuracy", pipe_real(p->valid_accuracy));
        (void)json_array_append_new(curve, point);
    }
    return curve;
}

static void put_result(json_t *reply, const struct nasbed_result *result, bool curve)
{
    if (result->status != NASBED_DONE)
        return;
    (void)json_object_set_new(reply, "valid_accuracy", pipe_real(result->valid_accuracy));
    (void)json_object_set_new(reply, "valid_loss", pipe_real(result->valid_loss));
    (void)json_object_set_new(reply, "point", json_integer(result->point));
    (void)json_object_set_new(reply, "charge", pipe_count(result->charge));
    (void)json_object_set_new(reply, "free", json_boolean(result->free));
    if (curve)
        (void)json_object_set_new(reply, "curve", curve_of(result));
}

static int ask_query(struct question *q)
{
    struct nasbed_architecture a;
    struct nasbed_result result;
    int point = 0;
    bool curve;
    if (question_architecture(q, &a) || point_of(q->trial, q->ask, &point, q->error) ||
        pipe_get_flag_or(q->ask, "curve", false, &curve, q->error))
        return q->error->code;
    enum nasbed_status status = nasbed_query(q->trial, &a, point, &result);
    put_result(q->reply, &result, curve);
    return question_say(q, status);
}

/* A list of {"architecture":, "point":}. */
static int read_requests(struct question *q, struct nasbed_request *requests)
{
    const json_t *list = json_object_get(q->ask, "requests"), *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        if (pipe_get_architecture(q->trial, item, "architecture", &requests[i].architecture,
                                  q->error) ||
            point_of(q->trial, item, &requests[i].point, q->error))
            return error_context(q->error, "\"requests\" %zu", i);
    }
    return 0;
}

static void put_results(struct question *q, const struct nasbed_result *results, size_t n,
                        bool curve)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *one = question_result(results[i].status);
        put_result(one, &results[i], curve);
        (void)json_array_append_new(list, one);
    }
    question_put(q, "results", list);
}

static int ask_query_many(struct question *q)
{
    const json_t *list;
    size_t n;
    bool curve;
    if (question_list(q, "requests", &list, &n) ||
        pipe_get_flag_or(q->ask, "curve", false, &curve, q->error))
        return q->error->code;
    struct nasbed_request *requests = calloc(n ? n : 1, sizeof *requests);
    struct nasbed_result *results = calloc(n ? n : 1, sizeof *results);
    int status = requests && results ? read_requests(q, requests) : question_out_of_memory(q);
    if (!status) {
        (void)question_say(q, nasbed_query_many(q->trial, requests, n, results));
        put_results(q, results, n, curve);
    }
    free(requests);
    free(results);
    return status;
}

static int ask_log(struct question *q)
{
    const char *name;
    double value;
    if (pipe_get_text(q->ask, "name", &name, q->error) ||
        pipe_get_real_or(q->ask, "value", 0, &value, q->error))
        return q->error->code;
    if (strlen(name) > 63)
        return error_set(q->error, ERROR_ARGUMENT, "\"name\" must have at most 63 bytes");
    double most = (double)nasbed_count(q->trial) - 1;
    if (strcmp(name, NASBED_LOG_INCUMBENT) == 0 && !(value >= 0 && value <= most))
        return error_set(
            q->error, ERROR_ARGUMENT,
            "\"value\" of an incumbent must be the index of an architecture, from 0 to %.0f", most);
    nasbed_log(q->trial, name, value);
    return 0;
}

static int ask_fail(struct question *q)
{
    const char *reason;
    if (pipe_get_text(q->ask, "reason", &reason, q->error))
        return q->error->code;
    return question_say(q, nasbed_fail(q->trial, reason));
}

static int ask_finish(struct question *q)
{
    struct nasbed_architecture a;
    if (question_architecture(q, &a))
        return q->error->code;
    q->session->over = true;
    return question_say(q, nasbed_finish(q->trial, &a));
}

/* The rows ------------------------------------------------------------------------------------- */

const struct pipe_row pipe_query_rows[] = {{"budget", "", ask_budget},
                                           {"quote", "architecture point", ask_quote},
                                           {"query", "architecture point curve", ask_query},
                                           {"query_many", "requests curve", ask_query_many},
                                           {"log", "name value", ask_log},
                                           {"fail", "reason", ask_fail},
                                           {"finish", "architecture", ask_finish},
                                           {.name = NULL}};
