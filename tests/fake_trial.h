/* A trial for tests of methods: no program behind it, only the interface. Architectures are those of
 * `space` (fake_space) or else numbers below `count` (four decisions, low byte first), unless a test
 * brings its own draws; a full training costs `unit` FLOPs, or what `price` says; every query is charged
 * anew unless `continues` or `free` is set. */
#ifndef NASBED_TESTS_FAKE_TRIAL_H
#define NASBED_TESTS_FAKE_TRIAL_H

#include "base/random.h"
#include "methods/nasbed.h"
#include "methods/trial/registry.h"
#include "methods/trial/trial_parts.h"
#include "spaces/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_QUERIES 20000

/* A network of the method's own, and one training of one. */
struct fake_network {
    struct nasbed_architecture architecture;
    int steps; /* trained so far, its ancestors' included */
    bool alive;
};

struct fake_course {
    struct nasbed_course course;
    struct nasbed_architecture architecture;
    int steps; /* in all */
    double accuracy;
};

struct fake_trial {
    struct nasbed_trial face; /* first */
    struct random_stream stream;
    uint64_t count, unit, left, spent;
    int points;
    bool free;      /* every answer is free */
    bool continues; /* what was paid for an architecture counts */
    uint64_t (*class_of)(
        const struct nasbed_architecture *); /* equal for isomorphs, of which one is paid
                                                                 (`continues`); NULL: there are none */
    uint64_t (*price)(const struct nasbed_architecture *); /* of a full training; NULL: unit */
    bool curves; /* answers have the points before the last, too; else NaN */
    double (*accuracy)(struct fake_trial *, const struct nasbed_architecture *, int point);
    void (*random)(struct fake_trial *, struct nasbed_architecture *);
    void (*mutate)(struct fake_trial *, const struct nasbed_architecture *,
                   struct nasbed_architecture *);
    void (*on_log)(struct fake_trial *, const char *name, double value); /* NULL: into `logged` */
    const struct space *space; /* or NULL: options[4] of each decision */
    int options[4];
    void *context; /* of the test */

    /* Networks: 10 steps a point; their accuracy is `learned`, or else that of a full training. */
    double (*learned)(struct fake_trial *, const struct nasbed_architecture *, int steps);
    enum nasbed_move_kind unable; /* moves of this kind are not admitted; NASBED_MOVES: all are */
    uint64_t transform_charge;    /* FLOPs of a move */
    struct fake_network *network; /* [networks] of FAKE_QUERIES */
    struct fake_course *taught;   /* [lessons] of FAKE_QUERIES */
    int networks, alive, most_alive, lessons, transformed;

    struct nasbed_architecture *asked; /* [n] of FAKE_QUERIES, what was answered */
    int *asked_point;
    double *answered;
    int n, refused, finished, failed;
    char logged[256]; /* "name value;" each */
    struct nasbed_architecture choice;
};

static inline struct fake_trial *fake_of(const struct nasbed_trial *face)
{
    return (struct fake_trial *)(uintptr_t)face;
}

static inline struct nasbed_architecture fake_architecture(uint64_t index)
{
    struct nasbed_architecture a = {.n = 4};
    for (int i = 0; i < 4; i++)
        a.decision[i] = (unsigned char)(index >> (8 * i));
    return a;
}

static inline uint64_t fake_index(const struct nasbed_architecture *a)
{
    uint64_t index = 0;
    for (int i = 0; i < a->n && i < 8; i++)
        index |= (uint64_t)a->decision[i] << (8 * i);
    return index;
}

static inline uint64_t fake_api_count(const struct nasbed_trial *face)
{
    return fake_of(face)->count;
}

static inline uint64_t fake_api_index(const struct nasbed_trial *face,
                                      const struct nasbed_architecture *a)
{
    struct architecture inward = trial_inward(a);
    const struct space *space = fake_of(face)->space;
    return space ? space->index(&inward) : fake_index(a);
}

static inline const char *fake_api_space_name(const struct nasbed_trial *face)
{
    return fake_of(face)->space->name;
}

static inline int fake_api_options(const struct nasbed_trial *face,
                                   const struct nasbed_architecture *prefix)
{
    struct architecture inward = trial_inward(prefix);
    if (fake_of(face)->space)
        return fake_of(face)->space->options(&inward);
    return prefix->n < 4 ? fake_of(face)->options[prefix->n] : 0;
}

static inline const char *fake_api_decision_name(const struct nasbed_trial *face,
                                                 const struct nasbed_architecture *prefix)
{
    struct architecture inward = trial_inward(prefix);
    return fake_of(face)->space->decision_name(&inward);
}

static inline const char *fake_api_option_name(const struct nasbed_trial *face,
                                               const struct nasbed_architecture *prefix, int option)
{
    struct architecture inward = trial_inward(prefix);
    return fake_of(face)->space->option_name(&inward, option);
}

static inline int fake_api_neighbours(const struct nasbed_trial *face,
                                      const struct nasbed_architecture *a,
                                      struct nasbed_architecture *out, int capacity)
{
    int n = 0;
    for (int i = 0; i < 4; i++)
        for (int option = 0; option < fake_of(face)->options[i] && n < capacity; option++)
            if (option != a->decision[i]) {
                out[n] = *a;
                out[n++].decision[i] = (unsigned char)option;
            }
    return n;
}

static inline void fake_api_random(struct nasbed_trial *face, struct nasbed_architecture *out)
{
    struct fake_trial *fake = fake_of(face);
    if (fake->random)
        fake->random(fake, out);
    else if (fake->space) {
        struct architecture drawn = {.n = 0};
        architecture_random(fake->space, &fake->stream, &drawn);
        *out = trial_outward(&drawn);
    } else
        *out = fake_architecture(random_below(&fake->stream, (uint32_t)fake->count));
}

static inline void fake_api_mutate(struct nasbed_trial *face,
                                   const struct nasbed_architecture *parent,
                                   struct nasbed_architecture *child)
{
    fake_of(face)->mutate(fake_of(face), parent, child);
}

static inline uint32_t fake_api_below(struct nasbed_trial *face, uint32_t n)
{
    return random_below(&fake_of(face)->stream, n);
}

static inline double fake_api_uniform(struct nasbed_trial *face)
{
    return random_uniform(&fake_of(face)->stream);
}

static inline double fake_api_normal(struct nasbed_trial *face)
{
    return random_normal(&fake_of(face)->stream);
}

static inline int fake_api_points(const struct nasbed_trial *face)
{
    return fake_of(face)->points;
}

static inline double fake_api_budget(const struct nasbed_trial *face)
{
    return (double)(fake_of(face)->left + fake_of(face)->spent) / (double)fake_of(face)->unit;
}

static inline uint64_t fake_api_unit(const struct nasbed_trial *face)
{
    return fake_of(face)->unit;
}

static inline uint64_t fake_api_left(const struct nasbed_trial *face)
{
    return fake_of(face)->left;
}

static inline bool fake_isomorphs(const struct fake_trial *fake,
                                  const struct nasbed_architecture *a,
                                  const struct nasbed_architecture *b)
{
    if (fake->class_of)
        return fake->class_of(a) == fake->class_of(b);
    return a->n == b->n && memcmp(a->decision, b->decision, (size_t)a->n) == 0;
}

static inline uint64_t fake_api_quote(const struct nasbed_trial *face,
                                      const struct nasbed_architecture *a, int point)
{
    const struct fake_trial *fake = fake_of(face);
    int paid = 0;
    for (int i = 0; fake->continues && i < fake->n; i++)
        if (fake->asked_point[i] > paid && fake_isomorphs(fake, &fake->asked[i], a))
            paid = fake->asked_point[i];
    if (fake->free || point <= paid)
        return 0;
    uint64_t whole = fake->price ? fake->price(a) : fake->unit;
    return whole * (uint64_t)(point - paid) / (uint64_t)fake->points;
}

static inline enum nasbed_status fake_api_query(struct nasbed_trial *face,
                                                const struct nasbed_request *requests, size_t n,
                                                struct nasbed_result *results)
{
    struct fake_trial *fake = fake_of(face);
    for (size_t i = 0; i < n; i++) {
        const struct nasbed_architecture *a = &requests[i].architecture;
        uint64_t charge = fake_api_quote(face, a, requests[i].point);
        if (charge > fake->left || fake->n == FAKE_QUERIES) {
            fake->refused++;
            return results[i].status = NASBED_REFUSED;
        }
        fake->left -= charge;
        fake->spent += charge;
        results[i] = (struct nasbed_result){
            .point = requests[i].point, .charge = charge, .free = charge == 0};
        results[i].valid_accuracy = fake->accuracy(fake, a, requests[i].point);
        for (int t = 1; t <= requests[i].point; t++)
            results[i].curve[t - 1].valid_accuracy =
                fake->curves ? fake->accuracy(fake, a, t) : (double)NAN;
        fake->asked[fake->n] = *a;
        fake->asked_point[fake->n] = requests[i].point;
        fake->answered[fake->n++] = results[i].valid_accuracy;
    }
    return NASBED_DONE;
}

static inline void fake_api_log(struct nasbed_trial *face, const char *name, double value)
{
    struct fake_trial *fake = fake_of(face);
    size_t used = strlen(fake->logged);
    if (fake->on_log)
        fake->on_log(fake, name, value);
    else
        (void)snprintf(fake->logged + used, sizeof fake->logged - used, "%s %g;", name, value);
}

static inline enum nasbed_status fake_api_fail(struct nasbed_trial *face, const char *reason)
{
    (void)reason;
    fake_of(face)->failed++;
    return NASBED_FAILED;
}

static inline enum nasbed_status fake_api_finish(struct nasbed_trial *face,
                                                 const struct nasbed_architecture *a)
{
    struct fake_trial *fake = fake_of(face);
    fake->choice = *a;
    fake->finished++;
    return NASBED_DONE;
}

/* Networks of the method's own ----------------------------------------------------------------- */

#define FAKE_STEPS 10 /* a point */

static inline void fake_api_schedule(const struct nasbed_trial *face,
                                     struct nasbed_schedule *schedule)
{
    *schedule = (struct nasbed_schedule){
        .steps = FAKE_STEPS * fake_of(face)->points, .batch = 16, .valid_images = 100, .rate = 0.1};
}

static inline int fake_api_moves(const struct nasbed_trial *face,
                                 const struct nasbed_architecture *a, struct nasbed_move *out,
                                 int capacity)
{
    struct space_move moves[32];
    struct architecture inward = trial_inward(a);
    int n = fake_of(face)->space->moves(&inward, moves, 32);
    for (int i = 0; i < n && i < capacity; i++)
        out[i] = (struct nasbed_move){.kind = (enum nasbed_move_kind)moves[i].kind,
                                      .layer = moves[i].layer,
                                      .to = trial_outward(&moves[i].to)};
    return n < capacity ? n : capacity;
}

static inline struct fake_network *fake_network_of(const struct nasbed_trial *face,
                                                   struct nasbed_network network)
{
    struct fake_trial *fake = fake_of(face);
    assert_in_range(network.handle, 1, fake->networks);
    assert_true(fake->network[network.handle - 1].alive);
    return &fake->network[network.handle - 1];
}

static inline enum nasbed_status fake_add_network(struct fake_trial *fake,
                                                  const struct fake_network *network,
                                                  struct nasbed_network *out)
{
    assert_true(fake->networks < FAKE_QUERIES);
    fake->network[fake->networks++] = *network;
    out->handle = fake->networks;
    fake->alive++;
    if (fake->alive > fake->most_alive)
        fake->most_alive = fake->alive;
    return NASBED_DONE;
}

static inline enum nasbed_status fake_api_create(struct nasbed_trial *face,
                                                 const struct nasbed_architecture *a,
                                                 struct nasbed_network *out)
{
    return fake_add_network(fake_of(face), &(struct fake_network){*a, 0, true}, out);
}

static inline enum nasbed_status
fake_api_copy(struct nasbed_trial *face, struct nasbed_network network, struct nasbed_network *out)
{
    struct fake_network copy = *fake_network_of(face, network);
    return fake_add_network(fake_of(face), &copy, out);
}

static inline enum nasbed_status fake_api_transform(struct nasbed_trial *face,
                                                    struct nasbed_network network,
                                                    const struct nasbed_move *move,
                                                    const struct nasbed_morphism *morphism)
{
    struct fake_network *it = fake_network_of(face, network);
    struct nasbed_move moves[32];
    int n = fake_api_moves(face, &it->architecture, moves, 32);
    bool known = false;
    (void)morphism;
    for (int i = 0; i < n; i++)
        known = known || memcmp(&moves[i].to, &move->to, sizeof move->to) == 0;
    assert_true(known);
    if (move->kind == fake_of(face)->unable)
        return NASBED_UNABLE;
    if (fake_of(face)->transform_charge > fake_of(face)->left)
        return NASBED_REFUSED;
    fake_of(face)->left -= fake_of(face)->transform_charge;
    fake_of(face)->spent += fake_of(face)->transform_charge;
    it->architecture = move->to;
    fake_of(face)->transformed++;
    return NASBED_DONE;
}

static inline uint64_t fake_api_network_quote(const struct nasbed_trial *face,
                                              const struct nasbed_course *course)
{
    const struct fake_trial *fake = fake_of(face);
    return fake->unit * (uint64_t)course->steps / (uint64_t)(FAKE_STEPS * fake->points);
}

static inline enum nasbed_status fake_api_train(struct nasbed_trial *face,
                                                const struct nasbed_course *courses, size_t n,
                                                struct nasbed_trained *trained)
{
    struct fake_trial *fake = fake_of(face);
    memset(trained, 0, n * sizeof *trained);
    for (size_t i = 0; i < n; i++) {
        struct fake_network *it = fake_network_of(face, courses[i].network);
        uint64_t charge = fake_api_network_quote(face, &courses[i]);
        if (charge > fake->left || fake->lessons == FAKE_QUERIES) {
            fake->refused++;
            for (; i < n; i++)
                trained[i].status = NASBED_REFUSED;
            return NASBED_REFUSED;
        }
        fake->left -= charge;
        fake->spent += charge;
        it->steps += courses[i].steps;
        trained[i].charge = charge;
        trained[i].valid_accuracy = fake->learned
                                        ? fake->learned(fake, &it->architecture, it->steps)
                                        : fake->accuracy(fake, &it->architecture, fake->points);
        fake->taught[fake->lessons++] = (struct fake_course){courses[i], it->architecture,
                                                             it->steps, trained[i].valid_accuracy};
    }
    return NASBED_DONE;
}

static inline void fake_api_drop(struct nasbed_trial *face, struct nasbed_network network)
{
    if (!network.handle)
        return;
    fake_network_of(face, network)->alive = false;
    fake_of(face)->alive--;
}

static inline void fake_api_from_index(const struct nasbed_trial *face, uint64_t index,
                                       struct nasbed_architecture *out)
{
    struct architecture found = {.n = 0};
    fake_of(face)->space->from_index(index, &found);
    *out = trial_outward(&found);
}

static const struct nasbed_api fake_api = {.abi = NASBED_ABI,
                                           .size = sizeof(struct nasbed_api),
                                           .space_name = fake_api_space_name,
                                           .count = fake_api_count,
                                           .options = fake_api_options,
                                           .decision_name = fake_api_decision_name,
                                           .option_name = fake_api_option_name,
                                           .index = fake_api_index,
                                           .neighbours = fake_api_neighbours,
                                           .random = fake_api_random,
                                           .mutate = fake_api_mutate,
                                           .below = fake_api_below,
                                           .uniform = fake_api_uniform,
                                           .normal = fake_api_normal,
                                           .points = fake_api_points,
                                           .budget = fake_api_budget,
                                           .unit = fake_api_unit,
                                           .left = fake_api_left,
                                           .quote = fake_api_quote,
                                           .query = fake_api_query,
                                           .log = fake_api_log,
                                           .fail = fake_api_fail,
                                           .finish = fake_api_finish,
                                           .from_index = fake_api_from_index,
                                           .schedule = fake_api_schedule,
                                           .moves = fake_api_moves,
                                           .network_create = fake_api_create,
                                           .network_copy = fake_api_copy,
                                           .network_transform = fake_api_transform,
                                           .network_quote = fake_api_network_quote,
                                           .network_train = fake_api_train,
                                           .network_drop = fake_api_drop};

/* A trial over `count` architectures that pays for `evaluations` full trainings. */
static inline void fake_init(struct fake_trial *fake, uint64_t count, uint64_t evaluations,
                             uint64_t seed)
{
    *fake = (struct fake_trial){.face = {&fake_api},
                                .stream = random_stream(seed, RANDOM_TEST, 0, 0),
                                .count = count,
                                .unit = 1200,
                                .left = 1200 * evaluations,
                                .points = 12,
                                .asked = calloc(FAKE_QUERIES, sizeof *fake->asked),
                                .asked_point = calloc(FAKE_QUERIES, sizeof(int)),
                                .answered = calloc(FAKE_QUERIES, sizeof(double)),
                                .unable = NASBED_MOVES,
                                .network = calloc(FAKE_QUERIES, sizeof *fake->network),
                                .taught = calloc(FAKE_QUERIES, sizeof *fake->taught)};
}

/* Let it be over the architectures of a space. */
static inline void fake_space(struct fake_trial *fake, const struct space *space)
{
    assert_non_null(space);
    fake->space = space;
    fake->count = space->count;
}

static inline void fake_free(struct fake_trial *fake)
{
    free(fake->asked);
    free(fake->asked_point);
    free(fake->answered);
    free(fake->network);
    free(fake->taught);
}

/* Run a registered method with `assignments` ("name=value,..."); it must finish once and not fail. */
static inline void fake_run(struct fake_trial *fake, const char *name, const char *assignments)
{
    struct error error;
    struct method_settings settings;
    const struct nasbed_method *method = method_find(name, &error);
    assert_non_null(method);
    assert_int_equal(method_settings_init(&settings, method, &error), 0);
    assert_int_equal(options_parse_list(settings.row, settings.values, assignments, &error), 0);
    assert_int_equal(method->run(&fake->face, settings.values), NASBED_DONE);
    assert_int_equal(fake->finished, 1);
    assert_int_equal(fake->failed, 0);
    method_settings_free(&settings);
}

#endif
