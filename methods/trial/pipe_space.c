/* What a child may ask of the space, and its random draws: free. */
#include "methods/trial/pipe_question.h"

enum { NEIGHBOURS_MOST = 4096 };

/* The space ------------------------------------------------------------------------------------ */

static int ask_options(struct question *q)
{
    struct nasbed_architecture prefix;
    if (pipe_get_prefix(q->trial, q->ask, "prefix", &prefix, q->error))
        return q->error->code;
    int n = nasbed_options(q->trial, &prefix);
    question_put(q, "options", json_integer(n));
    question_put(q, "decision",
                 n ? json_string(nasbed_decision_name(q->trial, &prefix)) : json_null());
    question_put(q, "names", pipe_option_names(q->trial, &prefix, n));
    return 0;
}

static int ask_valid(struct question *q)
{
    struct nasbed_architecture a;
    struct error why;
    bool valid = !pipe_get_architecture(q->trial, q->ask, "architecture", &a, &why);
    question_put(q, "valid", json_boolean(valid));
    return 0;
}

static int ask_index(struct question *q)
{
    struct nasbed_architecture a;
    if (question_architecture(q, &a))
        return q->error->code;
    question_put(q, "index", pipe_count(nasbed_index(q->trial, &a)));
    return 0;
}

static int ask_from_index(struct question *q)
{
    struct nasbed_architecture a;
    int64_t index;
    if (pipe_get_int(q->ask, "index", 0, (int64_t)nasbed_count(q->trial) - 1, &index, q->error))
        return q->error->code;
    nasbed_from_index(q->trial, (uint64_t)index, &a);
    question_put(q, "architecture", pipe_architecture(&a));
    return 0;
}

static int ask_print(struct question *q)
{
    struct nasbed_architecture a;
    char text[NASBED_TEXT];
    if (question_architecture(q, &a))
        return q->error->code;
    nasbed_print(q->trial, &a, text);
    question_put(q, "text", json_string(text));
    return 0;
}

/* A string that is none of the space is an answer, not the end: it may come from elsewhere. */
static int ask_parse(struct question *q)
{
    struct nasbed_architecture a;
    char why[256];
    const char *text;
    if (pipe_get_text(q->ask, "text", &text, q->error))
        return q->error->code;
    bool known = nasbed_parse(q->trial, text, &a, why, sizeof why);
    question_put(q, "architecture", known ? pipe_architecture(&a) : json_null());
    if (!known)
        question_put(q, "why", json_string(why));
    return 0;
}

static int list_neighbours(const struct nasbed_trial *trial, const struct nasbed_architecture *a,
                           void *near, int most)
{
    return nasbed_neighbours(trial, a, near, most);
}

static json_t *put_neighbour(const void *near, size_t i)
{
    return pipe_architecture((const struct nasbed_architecture *)near + i);
}

static int ask_neighbours(struct question *q)
{
    struct nasbed_architecture a;
    if (question_architecture(q, &a))
        return q->error->code;
    return question_put_list(q, "architectures", &a, NEIGHBOURS_MOST, sizeof a, list_neighbours,
                             put_neighbour);
}

static int ask_random(struct question *q)
{
    struct nasbed_architecture a;
    nasbed_random(q->trial, &a);
    question_put(q, "architecture", pipe_architecture(&a));
    return 0;
}

static int ask_mutate(struct question *q)
{
    struct nasbed_architecture a;
    if (question_architecture(q, &a))
        return q->error->code;
    nasbed_mutate(q->trial, &a, &a);
    question_put(q, "architecture", pipe_architecture(&a));
    return 0;
}

/* Chance --------------------------------------------------------------------------------------- */

static int ask_stream(struct question *q)
{
    const char *method;
    if (pipe_get_text(q->ask, "method", &method, q->error))
        return q->error->code;
    nasbed_stream(q->trial, method);
    return 0;
}

static int ask_below(struct question *q)
{
    int64_t n;
    if (pipe_get_int(q->ask, "n", 1, UINT32_MAX, &n, q->error))
        return q->error->code;
    question_put(q, "value", json_integer(nasbed_below(q->trial, (uint32_t)n)));
    return 0;
}

/* One number, or with "n" a list of so many. */
static int draw(struct question *q, double (*one)(struct nasbed_trial *))
{
    int64_t n;
    if (!json_object_get(q->ask, "n")) {
        question_put(q, "value", pipe_real(one(q->trial)));
        return 0;
    }
    if (pipe_get_int(q->ask, "n", 0, QUESTION_MOST, &n, q->error))
        return q->error->code;
    json_t *list = json_array();
    for (int64_t i = 0; i < n; i++)
        (void)json_array_append_new(list, pipe_real(one(q->trial)));
    question_put(q, "values", list);
    return 0;
}

static int ask_uniform(struct question *q)
{
    return draw(q, nasbed_uniform);
}

static int ask_normal(struct question *q)
{
    return draw(q, nasbed_normal);
}

/* The rows ------------------------------------------------------------------------------------- */

const struct pipe_row pipe_space_rows[] = {{"options", "prefix", ask_options},
                                           {"valid", "architecture", ask_valid},
                                           {"index", "architecture", ask_index},
                                           {"from_index", "index", ask_from_index},
                                           {"print", "architecture", ask_print},
                                           {"parse", "text", ask_parse},
                                           {"neighbours", "architecture", ask_neighbours},
                                           {"random", "", ask_random},
                                           {"mutate", "architecture", ask_mutate},
                                           {"stream", "method", ask_stream},
                                           {"below", "n", ask_below},
                                           {"uniform", "n", ask_uniform},
                                           {"normal", "n", ask_normal},
                                           {.name = NULL}};
