/* What a child may ask of supernets, whose weights architectures share. */
#include "methods/trial/pipe_question.h"

#include <stdlib.h>
#include <string.h>

static int ask_choices(struct question *q)
{
    question_put(q, "choices", pipe_choices(q->trial));
    return 0;
}

static int ask_path(struct question *q)
{
    struct nasbed_architecture a;
    struct nasbed_program program;
    if (question_architecture(q, &a))
        return q->error->code;
    nasbed_path(q->trial, &a, &program);
    question_put(q, "options", pipe_program(q->trial, &program));
    return 0;
}

static int ask_supernet_open(struct question *q)
{
    int supernet = 0;
    enum nasbed_status status = nasbed_supernet_open(q->trial, &supernet);
    question_put(q, "supernet", json_integer(supernet));
    return question_say(q, status);
}

static int supernet_of(struct question *q, int *supernet)
{
    int64_t number;
    if (pipe_get_int_or(q->ask, "supernet", 0, INT32_MAX, 0, &number, q->error))
        return q->error->code;
    *supernet = (int)number;
    return 0;
}

static int ask_supernet_image(struct question *q)
{
    question_put(q, "charge", pipe_count(nasbed_supernet_image(q->trial)));
    return 0;
}

static int ask_supernet_quote(struct question *q)
{
    struct nasbed_program program;
    int supernet = 0;
    bool some = json_object_get(q->ask, "architecture") || json_object_get(q->ask, "options") ||
                json_object_get(q->ask, "mixture");
    if (supernet_of(q, &supernet) ||
        (some && pipe_get_program(q->trial, q->ask, &program, q->error)))
        return q->error->code;
    question_put(q, "charge",
                 pipe_count(nasbed_supernet_quote(q->trial, supernet, some ? &program : NULL)));
    return 0;
}

static int rule_of(struct question *q, struct nasbed_rule *rule)
{
    const json_t *ask = q->ask;
    if (pipe_get_real_or(ask, "rate", 0, &rule->rate, q->error) ||
        pipe_get_real_or(ask, "momentum", 0, &rule->momentum, q->error) ||
        pipe_get_real_or(ask, "decay", 0, &rule->decay, q->error) ||
        pipe_get_real_or(ask, "clip", 0, &rule->clip, q->error) ||
        pipe_get_flag_or(ask, "nesterov", false, &rule->nesterov, q->error))
        return q->error->code;
    return 0;
}

/* The pass that a step, a gradient or an unrolled gradient made. */
static int say_pass(struct question *q, enum nasbed_status status, bool weighed,
                    const struct nasbed_pass *pass)
{
    if (status == NASBED_DONE) {
        question_put(q, "loss", pipe_real(pass->loss));
        question_put(q, "accuracy", pipe_real(pass->accuracy));
        question_put(q, "charge", pipe_count(pass->charge));
        if (weighed)
            question_put(q, "gradient", pipe_gradient(q->trial, pass));
    }
    return question_say(q, status);
}

/* A step, or the gradient at the weights that a step would make: the same question of both. */
static int ask_pass(struct question *q,
                    enum nasbed_status (*run)(struct nasbed_trial *, int,
                                              const struct nasbed_program *,
                                              const struct nasbed_rule *, struct nasbed_pass *))
{
    struct nasbed_program program;
    struct nasbed_rule rule;
    struct nasbed_pass pass;
    int supernet = 0;
    if (supernet_of(q, &supernet) || pipe_get_program(q->trial, q->ask, &program, q->error) ||
        rule_of(q, &rule))
        return q->error->code;
    return say_pass(q, run(q->trial, supernet, &program, &rule, &pass), program.weighed, &pass);
}

static int ask_supernet_step(struct question *q)
{
    return ask_pass(q, nasbed_supernet_step);
}

static int ask_supernet_unrolled(struct question *q)
{
    return ask_pass(q, nasbed_supernet_unrolled);
}

static int ask_supernet_gradient(struct question *q)
{
    struct nasbed_program program;
    struct nasbed_pass pass;
    const char *part;
    int supernet = 0;
    if (supernet_of(q, &supernet) || pipe_get_program(q->trial, q->ask, &program, q->error) ||
        pipe_get_text(q->ask, "part", &part, q->error))
        return q->error->code;
    bool training = strcmp(part, "training") == 0;
    if (!training && strcmp(part, "validation") != 0)
        return error_set(q->error, ERROR_ARGUMENT, "\"part\" must be training or validation");
    return say_pass(q,
                    nasbed_supernet_gradient(q->trial, supernet, &program,
                                             training ? NASBED_TRAINING : NASBED_VALIDATION, &pass),
                    program.weighed, &pass);
}

static int scoring_of(struct question *q, struct nasbed_scoring *scoring)
{
    int64_t images, recalibrate;
    if (pipe_get_int_or(q->ask, "images", 0, INT32_MAX, 0, &images, q->error) ||
        pipe_get_int_or(q->ask, "recalibrate", 0, 100000, 0, &recalibrate, q->error) ||
        pipe_get_flag_or(q->ask, "next", false, &scoring->next, q->error))
        return q->error->code;
    scoring->images = (int)images;
    scoring->recalibrate = (int)recalibrate;
    return 0;
}

static int score(struct question *q, int supernet, const struct nasbed_scoring *scoring,
                 const json_t *list, struct nasbed_architecture *architectures, double *accuracy)
{
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n; i++) {
        json_t *item = json_pack("{s:O}", "architecture", json_array_get(list, i));
        int status =
            pipe_get_architecture(q->trial, item, "architecture", &architectures[i], q->error);
        json_decref(item);
        if (status)
            return error_context(q->error, "\"architectures\" %zu", i);
    }
    enum nasbed_status status =
        nasbed_supernet_score(q->trial, supernet, architectures, n, scoring, accuracy);
    if (status == NASBED_DONE) {
        json_t *accuracies = json_array();
        for (size_t i = 0; i < n; i++)
            (void)json_array_append_new(accuracies, pipe_real(accuracy[i]));
        question_put(q, "accuracies", accuracies);
    }
    return question_say(q, status);
}

static int ask_supernet_score(struct question *q)
{
    const json_t *list;
    size_t n;
    struct nasbed_scoring scoring;
    int supernet = 0;
    if (question_list(q, "architectures", &list, &n) || supernet_of(q, &supernet) ||
        scoring_of(q, &scoring))
        return q->error->code;
    struct nasbed_architecture *architectures = calloc(n ? n : 1, sizeof *architectures);
    double *accuracy = calloc(n ? n : 1, sizeof *accuracy);
    int status = architectures && accuracy
                     ? score(q, supernet, &scoring, list, architectures, accuracy)
                     : question_out_of_memory(q);
    free(architectures);
    free(accuracy);
    return status;
}

/* One call that takes a supernet and nothing else. */
static int with_supernet(struct question *q, enum nasbed_status (*call)(struct nasbed_trial *, int))
{
    int supernet = 0;
    if (supernet_of(q, &supernet))
        return q->error->code;
    return question_say(q, call(q->trial, supernet));
}

/* In an audit this is the end: the supernet is all that is wanted. */
static int ask_supernet_trained(struct question *q)
{
    int status = with_supernet(q, nasbed_supernet_trained);
    q->session->over = q->session->status == NASBED_ENDED;
    return status;
}

static int ask_save(struct question *q)
{
    return with_supernet(q, nasbed_supernet_save);
}

static int ask_restore(struct question *q)
{
    return with_supernet(q, nasbed_supernet_restore);
}

/* The rows ------------------------------------------------------------------------------------- */

#define PROGRAM "supernet architecture options mixture "
#define RULE    "rate momentum decay clip nesterov"

const struct pipe_row pipe_supernet_rows[] = {
    {"choices", "", ask_choices},
    {"path", "architecture", ask_path},
    {"supernet", "", ask_supernet_open},
    {"image_quote", "", ask_supernet_image},
    {"step_quote", PROGRAM, ask_supernet_quote},
    {"step", PROGRAM RULE, ask_supernet_step},
    {"gradient", PROGRAM "part", ask_supernet_gradient},
    {"unrolled", PROGRAM RULE, ask_supernet_unrolled},
    {"score", "supernet architectures images recalibrate next", ask_supernet_score},
    {"trained", "supernet", ask_supernet_trained},
    {"save", "supernet", ask_save},
    {"restore", "supernet", ask_restore},
    {.name = NULL}};
