/* What a child may ask of networks of its own. */
#include "methods/trial/pipe_question.h"

#include <stdlib.h>

enum { MOVES_MOST = 256 };

static int ask_schedule(struct question *q)
{
    struct nasbed_schedule schedule;
    nasbed_schedule(q->trial, &schedule);
    question_put(q, "steps", json_integer(schedule.steps));
    question_put(q, "batch", json_integer(schedule.batch));
    question_put(q, "valid_images", json_integer(schedule.valid_images));
    question_put(q, "rate", pipe_real(schedule.rate));
    return 0;
}

static int list_moves(const struct nasbed_trial *trial, const struct nasbed_architecture *a,
                      void *moves, int most)
{
    return nasbed_moves(trial, a, moves, most);
}

static json_t *put_move(const void *moves, size_t i)
{
    const struct nasbed_move *move = (const struct nasbed_move *)moves + i;
    return json_pack("{s:s, s:i, s:o}", "kind", pipe_move_name(move->kind), "layer", move->layer,
                     "to", pipe_architecture(&move->to));
}

static int ask_moves(struct question *q)
{
    struct nasbed_architecture a;
    if (question_architecture(q, &a))
        return q->error->code;
    return question_put_list(q, "moves", &a, MOVES_MOST, sizeof(struct nasbed_move), list_moves,
                             put_move);
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
    if (question_architecture(q, &a))
        return q->error->code;
    enum nasbed_status status = nasbed_network_create(q->trial, &a, &network);
    question_put(q, "network", json_integer(network.handle));
    return question_say(q, status);
}

static int ask_network_copy(struct question *q)
{
    struct nasbed_network network = {0}, copy = {0};
    if (handle_of(q->ask, &network, q->error))
        return q->error->code;
    enum nasbed_status status = nasbed_network_copy(q->trial, network, &copy);
    question_put(q, "network", json_integer(copy.handle));
    return question_say(q, status);
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
    return question_say(q, nasbed_network_transform(q->trial, network, &move, &how));
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
    question_put(q, "charge", pipe_count(nasbed_network_quote(q->trial, &course)));
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
    return question_say(q, status);
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
    const json_t *list;
    size_t n;
    if (question_list(q, "courses", &list, &n))
        return q->error->code;
    struct nasbed_course *courses = calloc(n ? n : 1, sizeof *courses);
    struct nasbed_trained *trained = calloc(n ? n : 1, sizeof *trained);
    int status = courses && trained ? read_courses(q, list, courses) : question_out_of_memory(q);
    if (!status) {
        (void)question_say(q, nasbed_network_train_many(q->trial, courses, n, trained));
        json_t *results = json_array();
        for (size_t i = 0; i < n; i++) {
            json_t *one = question_result(trained[i].status);
            put_trained(one, &trained[i]);
            (void)json_array_append_new(results, one);
        }
        question_put(q, "results", results);
    }
    free(courses);
    free(trained);
    return status;
}

/* The rows ------------------------------------------------------------------------------------- */

#define COURSE "network steps from to restart valid_images"

const struct pipe_row pipe_network_rows[] = {
    {"schedule", "", ask_schedule},
    {"moves", "architecture", ask_moves},
    {"create", "architecture", ask_network_create},
    {"copy", "network", ask_network_copy},
    {"drop", "network", ask_network_drop},
    {"transform", "network kind layer to fresh widen_noise deepen_noise", ask_network_transform},
    {"train_quote", COURSE, ask_network_quote},
    {"train", COURSE, ask_network_train},
    {"train_many", "courses", ask_network_train_many},
    {.name = NULL}};
