/* The function table of nasbed.h: what costs nothing. */
#include "methods/trial/trial_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

_Static_assert(NASBED_DECISIONS == ARCHITECTURE_MAX, "architectures differ");
_Static_assert(NASBED_TEXT == ARCHITECTURE_TEXT, "architecture texts differ in size");
_Static_assert(NASBED_POINTS == PROTOCOL_POINTS, "curves differ in length");
_Static_assert(sizeof(struct nasbed_architecture) == sizeof(struct architecture),
               "architectures differ");
_Static_assert(offsetof(struct nasbed_architecture, decision) ==
                   offsetof(struct architecture, decision),
               "architectures differ");

struct architecture trial_inward(const struct nasbed_architecture *architecture)
{
    struct architecture inward;
    memcpy(&inward, architecture, sizeof inward);
    return inward;
}

struct nasbed_architecture trial_outward(const struct architecture *architecture)
{
    struct nasbed_architecture outward;
    memcpy(&outward, architecture, sizeof outward);
    return outward;
}

struct trial *trial_of(struct nasbed_trial *face)
{
    return (struct trial *)face; /* its first member */
}

static const struct trial *trial_behind(const struct nasbed_trial *face)
{
    return (const struct trial *)face;
}

static const struct space *space_of(const struct nasbed_trial *face)
{
    return trial_behind(face)->contest->space;
}

/* The space ------------------------------------------------------------------------------------ */

static const char *api_space_name(const struct nasbed_trial *face)
{
    return space_of(face)->name;
}

static uint64_t api_count(const struct nasbed_trial *face)
{
    return space_of(face)->count;
}

static int api_options(const struct nasbed_trial *face, const struct nasbed_architecture *prefix)
{
    struct architecture inward = trial_inward(prefix);
    return space_of(face)->options(&inward);
}

static const char *api_decision_name(const struct nasbed_trial *face,
                                     const struct nasbed_architecture *prefix)
{
    struct architecture inward = trial_inward(prefix);
    return space_of(face)->decision_name(&inward);
}

static const char *api_option_name(const struct nasbed_trial *face,
                                   const struct nasbed_architecture *prefix, int option)
{
    struct architecture inward = trial_inward(prefix);
    return space_of(face)->option_name(&inward, option);
}

static bool api_valid(const struct nasbed_trial *face,
                      const struct nasbed_architecture *architecture)
{
    struct architecture inward = trial_inward(architecture);
    return architecture_valid(space_of(face), &inward);
}

static uint64_t api_index(const struct nasbed_trial *face,
                          const struct nasbed_architecture *architecture)
{
    struct architecture inward = trial_inward(architecture);
    return space_of(face)->index(&inward);
}

static void api_from_index(const struct nasbed_trial *face, uint64_t index,
                           struct nasbed_architecture *out)
{
    struct architecture found;
    memset(&found, 0, sizeof found);
    space_of(face)->from_index(index, &found);
    *out = trial_outward(&found);
}

static void api_print(const struct nasbed_trial *face,
                      const struct nasbed_architecture *architecture, char text[NASBED_TEXT])
{
    struct architecture inward = trial_inward(architecture);
    space_of(face)->print(&inward, text);
}

static bool api_parse(const struct nasbed_trial *face, const char *text,
                      struct nasbed_architecture *out, char *why, size_t size)
{
    struct architecture found;
    struct error error;
    memset(&found, 0, sizeof found);
    if (space_of(face)->parse(text, &found, &error)) {
        if (size)
            (void)snprintf(why, size, "%s", error.text);
        return false;
    }
    *out = trial_outward(&found);
    return true;
}

static int api_neighbours(const struct nasbed_trial *face,
                          const struct nasbed_architecture *architecture,
                          struct nasbed_architecture *out, int capacity)
{
    struct architecture inward = trial_inward(architecture);
    return architecture_neighbours(space_of(face), &inward, (struct architecture *)(void *)out,
                                   capacity);
}

static void api_random(struct nasbed_trial *face, struct nasbed_architecture *out)
{
    struct architecture drawn;
    memset(&drawn, 0, sizeof drawn);
    architecture_random(space_of(face), &trial_of(face)->stream, &drawn);
    *out = trial_outward(&drawn);
}

static void api_mutate(struct nasbed_trial *face, const struct nasbed_architecture *parent,
                       struct nasbed_architecture *child)
{
    struct architecture inward = trial_inward(parent), mutated;
    memset(&mutated, 0, sizeof mutated);
    architecture_mutate(space_of(face), &inward, &trial_of(face)->stream, &mutated);
    *child = trial_outward(&mutated);
}

/* Chance --------------------------------------------------------------------------------------- */

static void api_stream(struct nasbed_trial *face, const char *method)
{
    struct trial *trial = trial_of(face);
    trial->stream = trial_stream(method, trial->seed);
}

static uint32_t api_below(struct nasbed_trial *face, uint32_t n)
{
    return random_below(&trial_of(face)->stream, n);
}

static double api_uniform(struct nasbed_trial *face)
{
    return random_uniform(&trial_of(face)->stream);
}

static double api_normal(struct nasbed_trial *face)
{
    return random_normal(&trial_of(face)->stream);
}

/* The budget ----------------------------------------------------------------------------------- */

static int api_points(const struct nasbed_trial *face)
{
    return trial_behind(face)->contest->training->points;
}

static double api_budget(const struct nasbed_trial *face)
{
    return contest_trainings(trial_behind(face)->contest);
}

static uint64_t api_unit(const struct nasbed_trial *face)
{
    return trial_behind(face)->contest->unit_flops;
}

static uint64_t api_left(const struct nasbed_trial *face)
{
    const struct account *account = &trial_behind(face)->account;
    return account->ended ? 0 : ledger_left(&account->ledger);
}

static uint64_t api_quote(const struct nasbed_trial *face,
                          const struct nasbed_architecture *architecture, int point)
{
    const struct trial *trial = trial_behind(face);
    struct architecture inward = trial_inward(architecture);
    if (!architecture_valid(trial->contest->space, &inward) || point < 1 ||
        point > api_points(face))
        return UINT64_MAX;
    uint64_t index = trial->contest->space->index(&inward);
    return account_quote(&trial->account, trial->contest->isomorphs->class_of[index], point);
}

/* The record ----------------------------------------------------------------------------------- */

/* An incumbent is what reports draw curves from: it must be an architecture. */
static bool is_index(const struct trial *trial, double value)
{
    return value >= 0 && value < (double)trial->contest->isomorphs->count && value == floor(value);
}

/* The finish is a trace's last event. */
static void api_log(struct nasbed_trial *face, const char *name, double value)
{
    struct trial *trial = trial_of(face);
    if (trial->finished)
        return;
    if (strlen(name) > TRACE_LOG_NAME)
        (void)trial_misused(trial, "puts on record what has a name of more than 63 bytes");
    else if (strcmp(name, NASBED_LOG_INCUMBENT) == 0 && !is_index(trial, value))
        (void)trial_misused(trial, "puts an incumbent on record that is no architecture's index");
    else
        trace_writer_log(&trial->trace, name, value);
}

static enum nasbed_status api_fail(struct nasbed_trial *face, const char *reason)
{
    return trial_misused(trial_of(face), reason);
}

const struct nasbed_api trial_api = {.abi = NASBED_ABI,
                                     .size = sizeof(struct nasbed_api),
                                     .space_name = api_space_name,
                                     .count = api_count,
                                     .options = api_options,
                                     .decision_name = api_decision_name,
                                     .option_name = api_option_name,
                                     .valid = api_valid,
                                     .index = api_index,
                                     .from_index = api_from_index,
                                     .print = api_print,
                                     .neighbours = api_neighbours,
                                     .random = api_random,
                                     .mutate = api_mutate,
                                     .below = api_below,
                                     .uniform = api_uniform,
                                     .normal = api_normal,
                                     .points = api_points,
                                     .budget = api_budget,
                                     .unit = api_unit,
                                     .left = api_left,
                                     .quote = api_quote,
                                     .query = trial_query,
                                     .log = api_log,
                                     .fail = api_fail,
                                     .finish = trial_finish,

                                     /* ---- Networks of the method's own ---- */
                                     .schedule = trial_schedule,
                                     .moves = trial_moves,
                                     .network_create = trial_network_create,
                                     .network_copy = trial_network_copy,
                                     .network_transform = trial_network_transform,
                                     .network_quote = trial_network_quote,
                                     .network_train = trial_network_train,
                                     .network_drop = trial_network_drop,

                                     /* ---- The supernet ---- */
                                     .choices = trial_choices,
                                     .path = trial_path,
                                     .supernet_open = trial_supernet_open,
                                     .supernet_image = trial_supernet_image,
                                     .supernet_quote = trial_supernet_quote,
                                     .supernet_step = trial_supernet_step,
                                     .supernet_gradient = trial_supernet_gradient,
                                     .supernet_score = trial_supernet_score,
                                     .supernet_unrolled = trial_supernet_unrolled,
                                     .supernet_trained = trial_supernet_trained,
                                     .supernet_save = trial_supernet_save,
                                     .supernet_restore = trial_supernet_restore,

                                     .stream = api_stream,
                                     .parse = api_parse};
