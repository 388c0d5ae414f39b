#include "methods/trial/pipe_requests.h"

#include "base/text.h"
#include "methods/trial/pipe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS_MOST = 10000, MOVES_MOST = 256, NEIGHBOURS_MOST = 4096 };

/* A question in the making of its answer. */
struct question {
    struct pipe_session *session;
    struct nasbed_trial *trial;
    const json_t *ask;
    json_t *reply;
    struct error *error;
};

/* The answer's members. Members that memory does not suffice for are missed when it is printed. */
static void put(struct question *q, const char *name, json_t *value)
{
    (void)json_object_set_new(q->reply, name, value);
}

/* What the trial said. */
static int say(struct question *q, enum nasbed_status status)
{
    q->session->status = status;
    return 0;
}

static int architecture_of(struct question *q, struct nasbed_architecture *a)
{
    return pipe_get_architecture(q->trial, q->ask, "architecture", a, q->error);
}

static int out_of_memory(struct question *q)
{
    return error_set(q->error, ERROR_MEMORY, "out of memory");
}

/* The space ------------------------------------------------------------------------------------ */

static json_t *option_names(const struct nasbed_trial *trial,
                            const struct nasbed_architecture *prefix, int options)
{
    json_t *names = json_array();
    for (int k = 0; k < options; k++)
        (void)json_array_append_new(names, json_string(nasbed_option_name(trial, prefix, k)));
    return names;
}

static int ask_options(struct question *q)
{
    struct nasbed_architecture prefix;
    if (pipe_get_prefix(q->trial, q->ask, "prefix", &prefix, q->error))
        return q->error->code;
    int n = nasbed_options(q->trial, &prefix);
    put(q, "options", json_integer(n));
    put(q, "decision", n ? json_string(nasbed_decision_name(q->trial, &prefix)) : json_null());
    put(q, "names", option_names(q->trial, &prefix, n));
    return 0;
}

static int ask_valid(struct question *q)
{
    struct nasbed_architecture a;
    struct error why;
    bool valid = !pipe_get_architecture(q->trial, q->ask, "architecture", &a, &why);
    put(q, "valid", json_boolean(valid));
    return 0;
}

static int ask_index(struct question *q)
{
    struct nasbed_architecture a;
    if (architecture_of(q, &a))
        return q->error->code;
    put(q, "index", pipe_count(nasbed_index(q->trial, &a)));
    return 0;
}

static int ask_from_index(struct question *q)
{
    struct nasbed_architecture a;
    int64_t index;
    if (pipe_get_int(q->ask, "index", 0, (int64_t)nasbed_count(q->trial) - 1, &index, q->error))
        return q->error->code;
    nasbed_from_index(q->trial, (uint64_t)index, &a);
    put(q, "architecture", pipe_architecture(&a));
    return 0;
}

static int ask_print(struct question *q)
{
    struct nasbed_architecture a;
    char text[NASBED_TEXT];
    if (architecture_of(q, &a))
        return q->error->code;
    nasbed_print(q->trial, &a, text);
    put(q, "text", json_string(text));
    return 0;
}

static int ask_neighbours(struct question *q)
{
    struct nasbed_architecture a;
    if (architecture_of(q, &a))
        return q->error->code;
    struct nasbed_architecture *near = calloc(NEIGHBOURS_MOST, sizeof *near);
    if (!near)
        return out_of_memory(q);
    int n = nasbed_neighbours(q->trial, &a, near, NEIGHBOURS_MOST);
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        (void)json_array_append_new(list, pipe_architecture(&near[i]));
    put(q, "architectures", list);
    free(near);
    return 0;
}

static int ask_random(struct question *q)
{
    struct nasbed_architecture a;
    nasbed_random(q->trial, &a);
    put(q, "architecture", pipe_architecture(&a));
    return 0;
}

static int ask_mutate(struct question *q)
{
    struct nasbed_architecture a;
    if (architecture_of(q, &a))
        return q->error->code;
    nasbed_mutate(q->trial, &a, &a);
    put(q, "architecture", pipe_architecture(&a));
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
    put(q, "value", json_integer(nasbed_below(q->trial, (uint32_t)n)));
    return 0;
}

/* One number, or with "n" a list of so many. */
static int draw(struct question *q, double (*one)(struct nasbed_trial *))
{
    int64_t n;
    if (!json_object_get(q->ask, "n")) {
        put(q, "value", pipe_real(one(q->trial)));
        return 0;
    }
    if (pipe_get_int(q->ask, "n", 0, NUMBERS_MOST, &n, q->error))
        return q->error->code;
    json_t *list = json_array();
    for (int64_t i = 0; i < n; i++)
        (void)json_array_append_new(list, pipe_real(one(q->trial)));
    put(q, "values", list);
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

/* The budget, and asking ----------------------------------------------------------------------- */

static int ask_budget(struct question *q)
{
    put(q, "budget", pipe_real(nasbed_budget(q->trial)));
    put(q, "unit", pipe_count(nasbed_unit(q->trial)));
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
    if (architecture_of(q, &a) || point_of(q->trial, q->ask, &point, q->error))
        return q->error->code;
    put(q, "charge", pipe_count(nasbed_quote(q->trial, &a, point)));
    return 0;
}

static const char *const status_names[] = {[NASBED_DONE] = "done",
                                           [NASBED_REFUSED] = "refused",
                                           [NASBED_ENDED] = "ended",
                                           [NASBED_FAILED] = "failed",
                                           [NASBED_UNABLE] = "unable"};

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
    if (architecture_of(q, &a) || point_of(q->trial, q->ask, &point, q->error) ||
        pipe_get_flag_or(q->ask, "curve", false, &curve, q->error))
        return q->error->code;
    enum nasbed_status status = nasbed_query(q->trial, &a, point, &result);
    put_result(q->reply, &result, curve);
    return say(q, status);
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
        json_t *one = json_object();
        (void)json_object_set_new(one, "status", json_string(status_names[results[i].status]));
        put_result(one, &results[i], curve);
        (void)json_array_append_new(list, one);
    }
    put(q, "results", list);
}

static int ask_query_many(struct question *q)
{
    const json_t *list = json_object_get(q->ask, "requests");
    size_t n = json_array_size(list);
    bool curve;
    if (!json_is_array(list) || n > NUMBERS_MOST)
        return error_set(q->error, ERROR_ARGUMENT, "\"requests\" must be a list of at most %d",
                         NUMBERS_MOST);
    if (pipe_get_flag_or(q->ask, "curve", false, &curve, q->error))
        return q->error->code;
    struct nasbed_request *requests = calloc(n ? n : 1, sizeof *requests);
    struct nasbed_result *results = calloc(n ? n : 1, sizeof *results);
    int status = requests && results ? read_requests(q, requests) : out_of_memory(q);
    if (!status) {
        (void)say(q, nasbed_query_many(q->trial, requests, n, results));
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
    nasbed_log(q->trial, name, value);
    return 0;
}

static int ask_fail(struct question *q)
{
    const char *reason;
    if (pipe_get_text(q->ask, "reason", &reason, q->error))
        return q->error->code;
    return say(q, nasbed_fail(q->trial, reason));
}

static int ask_finish(struct question *q)
{
    struct nasbed_architecture a;
    if (architecture_of(q, &a))
        return q->error->code;
    q->session->over = true;
    return say(q, nasbed_finish(q->trial, &a));
}

/* Networks of its own -------------------------------------------------------------------------- */

static int ask_schedule(struct question *q)
{
    struct nasbed_schedule schedule;
    nasbed_schedule(q->trial, &schedule);
    put(q, "steps", json_integer(schedule.steps));
    put(q, "batch", json_integer(schedule.batch));
    put(q, "valid_images", json_integer(schedule.valid_images));
    put(q, "rate", pipe_real(schedule.rate));
    return 0;
}

static int ask_moves(struct question *q)
{
    struct nasbed_architecture a;
    if (architecture_of(q, &a))
        return q->error->code;
    struct nasbed_move *moves = calloc(MOVES_MOST, sizeof *moves);
    if (!moves)
        return out_of_memory(q);
    int n = nasbed_moves(q->trial, &a, moves, MOVES_MOST);
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:i, s:o}", "kind", pipe_move_name(moves[i].kind), "layer",
                            moves[i].layer, "to", pipe_architecture(&moves[i].to)));
    put(q, "moves", list);
    free(moves);
    return 0;
}

static int handle_of(const json_t *object, struct nasbed_network *network, struct error *error)
{
    int64_t handle;
    if (pipe_get_int(object, "network", 0, INT32_MAX, &handle, error))
        return error->code;
    network->handle = (int)handle;
    return 0;
}

static int ask_network_create(struct question *q)
{
    struct nasbed_architecture a;
    struct nasbed_network network = {0};
    if (architecture_of(q, &a))
        return q->error->code;
    enum nasbed_status status = nasbed_network_create(q->trial, &a, &network);
    put(q, "network", json_integer(network.handle));
    return say(q, status);
}

static int ask_network_copy(struct question *q)
{
    struct nasbed_network network = {0}, copy = {0};
    if (handle_of(q->ask, &network, q->error))
        return q->error->code;
    enum nasbed_status status = nasbed_network_copy(q->trial, network, &copy);
    put(q, "network", json_integer(copy.handle));
    return say(q, status);
}

static int ask_network_drop(struct question *q)
{
    struct nasbed_network network = {0};
    if (handle_of(q->ask, &network, q->error))
        return q->error->code;
    nasbed_network_drop(q->trial, network);
    return 0;
}

static int ask_network_transform(struct question *q)
{
    struct nasbed_network network = {0};
    struct nasbed_move move = {.layer = 0};
    struct nasbed_morphism how = {0};
    const char *kind;
    int64_t layer;
    if (handle_of(q->ask, &network, q->error) || pipe_get_text(q->ask, "kind", &kind, q->error) ||
        pipe_get_int(q->ask, "layer", 0, 1000, &layer, q->error) ||
        pipe_get_architecture(q->trial, q->ask, "to", &move.to, q->error) ||
        pipe_get_flag_or(q->ask, "fresh", false, &how.fresh, q->error) ||
        pipe_get_real_or(q->ask, "widen_noise", 0, &how.widen_noise, q->error) ||
        pipe_get_real_or(q->ask, "deepen_noise", 0, &how.deepen_noise, q->error))
        return q->error->code;
    move.layer = (int)layer;
    if (!pipe_move_kind(kind, &move.kind))
        return error_set(q->error, ERROR_ARGUMENT, "\"kind\" must be deepen, widen, grow or skip");
    return say(q, nasbed_network_transform(q->trial, network, &move, &how));
}

static int course_of(const json_t *object, struct nasbed_course *course, struct error *error)
{
    int64_t steps, images;
    *course = (struct nasbed_course){0};
    if (handle_of(object, &course->network, error) ||
        pipe_get_int(object, "steps", 0, INT32_MAX, &steps, error) ||
        pipe_get_int_or(object, "valid_images", 0, INT32_MAX, 0, &images, error) ||
        pipe_get_real_or(object, "from", 0, &course->from, error) ||
        pipe_get_real_or(object, "to", course->from, &course->to, error) ||
        pipe_get_flag_or(object, "restart", false, &course->restart, error))
        return error->code;
    course->steps = (int)steps;
    course->valid_images = (int)images;
    return 0;
}

static int ask_network_quote(struct question *q)
{
    struct nasbed_course course;
    if (course_of(q->ask, &course, q->error))
        return q->error->code;
    put(q, "charge", pipe_count(nasbed_network_quote(q->trial, &course)));
    return 0;
}

static void put_trained(json_t *reply, const struct nasbed_trained *trained)
{
    if (trained->status != NASBED_DONE)
        return;
    (void)json_object_set_new(reply, "charge", pipe_count(trained->charge));
    (void)json_object_set_new(reply, "valid_accuracy", pipe_real(trained->valid_accuracy));
    (void)json_object_set_new(reply, "valid_loss", pipe_real(trained->valid_loss));
    (void)json_object_set_new(reply, "train_accuracy", pipe_real(trained->train_accuracy));
    (void)json_object_set_new(reply, "train_loss", pipe_real(trained->train_loss));
}

static int ask_network_train(struct question *q)
{
    struct nasbed_course course;
    struct nasbed_trained trained;
    if (course_of(q->ask, &course, q->error))
        return q->error->code;
    enum nasbed_status status = nasbed_network_train(q->trial, &course, &trained);
    put_trained(q->reply, &trained);
    return say(q, status);
}

static int read_courses(struct question *q, const json_t *list, struct nasbed_course *courses)
{
    const json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        if (course_of(item, &courses[i], q->error))
            return error_context(q->error, "\"courses\" %zu", i);
    }
    return 0;
}

static int ask_network_train_many(struct question *q)
{
    const json_t *list = json_object_get(q->ask, "courses");
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > NUMBERS_MOST)
        return error_set(q->error, ERROR_ARGUMENT, "\"courses\" must be a list of at most %d",
                         NUMBERS_MOST);
    struct nasbed_course *courses = calloc(n ? n : 1, sizeof *courses);
    struct nasbed_trained *trained = calloc(n ? n : 1, sizeof *trained);
    int status = courses && trained ? read_courses(q, list, courses) : out_of_memory(q);
    if (!status) {
        (void)say(q, nasbed_network_train_many(q->trial, courses, n, trained));
        json_t *results = json_array();
        for (size_t i = 0; i < n; i++) {
            json_t *one = json_object();
            (void)json_object_set_new(one, "status", json_string(status_names[trained[i].status]));
            put_trained(one, &trained[i]);
            (void)json_array_append_new(results, one);
        }
        put(q, "results", results);
    }
    free(courses);
    free(trained);
    return status;
}

/* Supernets ------------------------------------------------------------------------------------ */

static json_t *choices_of(const struct nasbed_trial *trial)
{
    struct nasbed_choice choices[NASBED_CHOICES];
    int n = nasbed_choices(trial, choices);
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:i, s:i, s:i}", "name", choices[i].name,
                                                    "options", choices[i].options, "parent",
                                                    choices[i].parent, "parent_option",
                                                    choices[i].parent_option));
    return list;
}

static int ask_choices(struct question *q)
{
    put(q, "choices", choices_of(q->trial));
    return 0;
}

static int ask_path(struct question *q)
{
    struct nasbed_architecture a;
    struct nasbed_program program;
    if (architecture_of(q, &a))
        return q->error->code;
    nasbed_path(q->trial, &a, &program);
    put(q, "options", pipe_program(q->trial, &program));
    return 0;
}

static int ask_supernet_open(struct question *q)
{
    int supernet = 0;
    enum nasbed_status status = nasbed_supernet_open(q->trial, &supernet);
    put(q, "supernet", json_integer(supernet));
    return say(q, status);
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
    put(q, "charge", pipe_count(nasbed_supernet_image(q->trial)));
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
    put(q, "charge", pipe_count(nasbed_supernet_quote(q->trial, supernet, some ? &program : NULL)));
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
        put(q, "loss", pipe_real(pass->loss));
        put(q, "accuracy", pipe_real(pass->accuracy));
        put(q, "charge", pipe_count(pass->charge));
        if (weighed)
            put(q, "gradient", pipe_gradient(q->trial, pass));
    }
    return say(q, status);
}

static int ask_supernet_step(struct question *q)
{
    struct nasbed_program program;
    struct nasbed_rule rule;
    struct nasbed_pass pass;
    int supernet = 0;
    if (supernet_of(q, &supernet) || pipe_get_program(q->trial, q->ask, &program, q->error) ||
        rule_of(q, &rule))
        return q->error->code;
    return say_pass(q, nasbed_supernet_step(q->trial, supernet, &program, &rule, &pass),
                    program.weighed, &pass);
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

static int ask_supernet_unrolled(struct question *q)
{
    struct nasbed_program program;
    struct nasbed_rule rule;
    struct nasbed_pass pass;
    int supernet = 0;
    if (supernet_of(q, &supernet) || pipe_get_program(q->trial, q->ask, &program, q->error) ||
        rule_of(q, &rule))
        return q->error->code;
    return say_pass(q, nasbed_supernet_unrolled(q->trial, supernet, &program, &rule, &pass),
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
        put(q, "accuracies", accuracies);
    }
    return say(q, status);
}

static int ask_supernet_score(struct question *q)
{
    const json_t *list = json_object_get(q->ask, "architectures");
    size_t n = json_array_size(list);
    struct nasbed_scoring scoring;
    int supernet = 0;
    if (!json_is_array(list) || n > NUMBERS_MOST)
        return error_set(q->error, ERROR_ARGUMENT, "\"architectures\" must be a list of at most %d",
                         NUMBERS_MOST);
    if (supernet_of(q, &supernet) || scoring_of(q, &scoring))
        return q->error->code;
    struct nasbed_architecture *architectures = calloc(n ? n : 1, sizeof *architectures);
    double *accuracy = calloc(n ? n : 1, sizeof *accuracy);
    int status = architectures && accuracy
                     ? score(q, supernet, &scoring, list, architectures, accuracy)
                     : out_of_memory(q);
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
    return say(q, call(q->trial, supernet));
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

/* The requests --------------------------------------------------------------------------------- */

#define PROGRAM "supernet architecture options mixture "
#define RULE    "rate momentum decay clip nesterov"
#define COURSE  "network steps from to restart valid_images"

static const struct row {
    const char *name, *members; /* with spaces between; "do" besides */
    int (*answer)(struct question *);
} rows[] = {
    {"options", "prefix", ask_options},
    {"valid", "architecture", ask_valid},
    {"index", "architecture", ask_index},
    {"from_index", "index", ask_from_index},
    {"print", "architecture", ask_print},
    {"neighbours", "architecture", ask_neighbours},
    {"random", "", ask_random},
    {"mutate", "architecture", ask_mutate},
    {"stream", "method", ask_stream},
    {"below", "n", ask_below},
    {"uniform", "n", ask_uniform},
    {"normal", "n", ask_normal},
    {"budget", "", ask_budget},
    {"quote", "architecture point", ask_quote},
    {"query", "architecture point curve", ask_query},
    {"query_many", "requests curve", ask_query_many},
    {"log", "name value", ask_log},
    {"fail", "reason", ask_fail},
    {"finish", "architecture", ask_finish},
    {"schedule", "", ask_schedule},
    {"moves", "architecture", ask_moves},
    {"create", "architecture", ask_network_create},
    {"copy", "network", ask_network_copy},
    {"drop", "network", ask_network_drop},
    {"transform", "network kind layer to fresh widen_noise deepen_noise", ask_network_transform},
    {"train_quote", COURSE, ask_network_quote},
    {"train", COURSE, ask_network_train},
    {"train_many", "courses", ask_network_train_many},
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
};

enum { ROWS = sizeof rows / sizeof *rows };

static const char *sealed(const char *name)
{
    return strstr(name, "test") ? "; the test accuracy is sealed: no request gives it" : "";
}

static int unknown(const char *name, struct error *error)
{
    const char *names[ROWS];
    for (int i = 0; i < ROWS; i++)
        names[i] = rows[i].name;
    const char *near = text_nearest(name, names, ROWS);
    return error_set(error, ERROR_STATE, "asked for \"%.60s\", which there is not%s%s%s%s", name,
                     near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "",
                     sealed(name));
}

/* Whether `word` is one of the words of `list`. */
static bool among(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (*list) {
        size_t size = strcspn(list, " ");
        if (size == length && memcmp(list, word, size) == 0)
            return true;
        list += size + (list[size] == ' ');
    }
    return false;
}

static int check_members(const struct row *row, const json_t *ask, struct error *error)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)ask, name, value)
    {
        if (strcmp(name, "do") != 0 && !among(row->members, name))
            return error_set(error, ERROR_STATE,
                             "asked for \"%s\" with \"%.60s\", which it has not%s", row->name, name,
                             sealed(name));
    }
    return 0;
}

static int find_row(const json_t *ask, const struct row **row, struct error *error)
{
    const char *name = json_string_value(json_object_get(ask, "do"));
    if (!name)
        return error_set(error, ERROR_STATE,
                         "sent an object without \"do\", the name of a request");
    for (int i = 0; i < ROWS; i++)
        if (strcmp(name, rows[i].name) == 0) {
            *row = &rows[i];
            return check_members(&rows[i], ask, error);
        }
    return unknown(name, error);
}

/* A request without end or effect is a hang that talks. */
static int count_idle(struct pipe_session *session, struct error *error)
{
    uint64_t left = nasbed_left(session->trial);
    session->idle = left == session->left ? session->idle + 1 : 0;
    session->left = left;
    if (session->idle < PIPE_FREE_MOST)
        return 0;
    return error_set(error, ERROR_STATE, "made %d requests in a row that charge nothing",
                     PIPE_FREE_MOST);
}

int pipe_answer(struct pipe_session *session, const json_t *ask, json_t *reply, struct error *error)
{
    const struct row *row = NULL;
    struct question question = {
        .session = session, .trial = session->trial, .ask = ask, .reply = reply, .error = error};
    session->status = NASBED_DONE;
    if (find_row(ask, &row, error) || count_idle(session, error))
        return error->code;
    if (row->answer(&question))
        return error_context(error, "asked for \"%s\" wrongly", row->name);
    session->over |= session->status == NASBED_FAILED;
    put(&question, "status", json_string(status_names[session->status]));
    put(&question, "left", pipe_count(nasbed_left(session->trial)));
    return 0;
}

/* The hello ------------------------------------------------------------------------------------ */

/* The decisions along one path of the space's tree: always the first option, or always the last. */
static json_t *decisions_of(const struct nasbed_trial *trial, bool last)
{
    struct nasbed_architecture prefix = {0};
    json_t *list = json_array();
    int n;
    while (prefix.n < NASBED_DECISIONS && (n = nasbed_options(trial, &prefix)) > 0) {
        (void)json_array_append_new(list, json_pack("{s:s, s:o}", "name",
                                                    nasbed_decision_name(trial, &prefix), "options",
                                                    option_names(trial, &prefix, n)));
        prefix.decision[prefix.n++] = (unsigned char)(last ? n - 1 : 0);
    }
    return list;
}

/* The same decisions whatever was decided before: then they multiply to all architectures. */
static bool is_fixed(const struct nasbed_trial *trial, const json_t *first)
{
    json_t *last = decisions_of(trial, true);
    uint64_t product = 1;
    for (size_t i = 0; i < json_array_size(first); i++)
        product *= json_array_size(json_object_get(json_array_get(first, i), "options"));
    bool fixed = json_equal(first, last) && product == nasbed_count(trial);
    json_decref(last);
    return fixed;
}

/* Seeds beyond 2^63 are strings: JSON's readers disagree about them. */
static json_t *seed_of(uint64_t seed)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, seed);
    return seed <= INT64_MAX ? json_integer((json_int_t)seed) : json_string(text);
}

json_t *pipe_hello(const struct nasbed_trial *trial, uint64_t seed)
{
    json_t *decisions = decisions_of(trial, false);
    bool fixed = is_fixed(trial, decisions);
    return json_pack("{s:s, s:i, s:s, s:o, s:o, s:b, s:o, s:i, s:f, s:o, s:o, s:o}", "hello",
                     "nasbed", "version", PIPE_VERSION, "space", nasbed_space_name(trial), "count",
                     pipe_count(nasbed_count(trial)), "decisions", decisions, "fixed", (int)fixed,
                     "choices", choices_of(trial), "points", nasbed_points(trial), "budget",
                     nasbed_budget(trial), "unit", pipe_count(nasbed_unit(trial)), "left",
                     pipe_count(nasbed_left(trial)), "seed", seed_of(seed));
}
