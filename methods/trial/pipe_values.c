#include "methods/trial/pipe_values.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Readers -------------------------------------------------------------------------------------- */

int pipe_get_int_or(const json_t *object, const char *name, int64_t least, int64_t most,
                    int64_t standard, int64_t *value, struct error *error)
{
    const json_t *found = json_object_get(object, name);
    *value = found ? json_integer_value(found) : standard;
    if ((found && !json_is_integer(found)) || *value < least || *value > most)
        return error_set(error, ERROR_ARGUMENT,
                         "\"%s\" must be an integer from %" PRId64 " to %" PRId64, name, least,
                         most);
    return 0;
}

int pipe_get_int(const json_t *object, const char *name, int64_t least, int64_t most,
                 int64_t *value, struct error *error)
{
    if (!json_object_get(object, name))
        return error_set(error, ERROR_ARGUMENT, "\"%s\" is missing", name);
    return pipe_get_int_or(object, name, least, most, least, value, error);
}

int pipe_get_real_or(const json_t *object, const char *name, double standard, double *value,
                     struct error *error)
{
    const json_t *found = json_object_get(object, name);
    *value = found ? json_number_value(found) : standard;
    if ((found && !json_is_number(found)) || !isfinite(*value))
        return error_set(error, ERROR_ARGUMENT, "\"%s\" must be a number", name);
    return 0;
}

int pipe_get_flag_or(const json_t *object, const char *name, bool standard, bool *value,
                     struct error *error)
{
    const json_t *found = json_object_get(object, name);
    *value = found ? json_is_true(found) : standard;
    if (found && !json_is_boolean(found))
        return error_set(error, ERROR_ARGUMENT, "\"%s\" must be true or false", name);
    return 0;
}

int pipe_get_text(const json_t *object, const char *name, const char **value, struct error *error)
{
    *value = json_string_value(json_object_get(object, name));
    return *value ? 0 : error_set(error, ERROR_ARGUMENT, "\"%s\" must be a string", name);
}

/* Decision after decision: each must be an option of what the ones before it allow. */
int pipe_get_prefix(const struct nasbed_trial *trial, const json_t *object, const char *name,
                    struct nasbed_architecture *out, struct error *error)
{
    const json_t *list = json_object_get(object, name);
    size_t n = json_array_size(list);
    memset(out, 0, sizeof *out);
    if (!json_is_array(list))
        return error_set(error, ERROR_ARGUMENT, "\"%s\" must be a list of decisions", name);
    for (size_t i = 0; i < n; i++) {
        const json_t *decision = json_array_get(list, i);
        json_int_t option = json_integer_value(decision);
        int options = out->n < NASBED_DECISIONS ? nasbed_options(trial, out) : 0;
        if (options == 0)
            return error_set(error, ERROR_ARGUMENT, "\"%s\" has %zu decisions: %d are enough", name,
                             n, out->n);
        if (!json_is_integer(decision) || option < 0 || option >= options)
            return error_set(error, ERROR_ARGUMENT,
                             "\"%s\": decision %d must be an integer from 0 to %d", name, out->n,
                             options - 1);
        out->decision[out->n++] = (unsigned char)option;
    }
    return 0;
}

int pipe_get_architecture(const struct nasbed_trial *trial, const json_t *object, const char *name,
                          struct nasbed_architecture *out, struct error *error)
{
    int status = pipe_get_prefix(trial, object, name, out, error);
    if (!status && !nasbed_valid(trial, out))
        status = error_set(error, ERROR_ARGUMENT, "\"%s\" has %d decisions: more are needed", name,
                           out->n);
    return status;
}

/* Programs ------------------------------------------------------------------------------------- */

static int get_weights(const json_t *weights, const struct nasbed_choice *choice, bool *present,
                       double *weight, struct error *error)
{
    if (json_is_null(weights)) /* the choice is not made */
        return 0;
    if (json_array_size(weights) != (size_t)choice->options)
        return error_set(error, ERROR_ARGUMENT, "\"mixture\": \"%s\" must be a list of %d weights",
                         choice->name, choice->options);
    for (int k = 0; k < choice->options; k++) {
        const json_t *value = json_array_get(weights, (size_t)k);
        present[k] = !json_is_null(value);
        weight[k] = json_number_value(value);
        if (present[k] && (!json_is_number(value) || !isfinite(weight[k]) || weight[k] < 0))
            return error_set(error, ERROR_ARGUMENT,
                             "\"mixture\": \"%s\": weights must not be negative, or null",
                             choice->name);
    }
    return 0;
}

static int get_option(const json_t *value, const struct nasbed_choice *choice, bool *present,
                      struct error *error)
{
    json_int_t option = json_integer_value(value);
    if (json_is_null(value))
        return 0;
    if (!json_is_integer(value) || option < 0 || option >= choice->options)
        return error_set(error, ERROR_ARGUMENT,
                         "\"options\": \"%s\" must be an integer from 0 to %d, or null",
                         choice->name, choice->options - 1);
    present[option] = true;
    return 0;
}

int pipe_get_program(const struct nasbed_trial *trial, const json_t *object,
                     struct nasbed_program *program, struct error *error)
{
    const json_t *mixture = json_object_get(object, "mixture");
    const json_t *list = mixture ? mixture : json_object_get(object, "options");
    struct nasbed_choice choices[NASBED_CHOICES];
    struct nasbed_architecture a;
    memset(program, 0, sizeof *program);
    if (!list) {
        int status = pipe_get_architecture(trial, object, "architecture", &a, error);
        if (!status)
            nasbed_path(trial, &a, program);
        return status;
    }
    int n = nasbed_choices(trial, choices), status = 0;
    if (!json_is_array(list) || json_array_size(list) != (size_t)n)
        return error_set(error, ERROR_ARGUMENT,
                         "\"%s\" must be a list with something for each of %d choices",
                         mixture ? "mixture" : "options", n);
    program->weighed = mixture != NULL;
    for (int c = 0; c < n && !status; c++) {
        const json_t *value = json_array_get(list, (size_t)c);
        status = mixture ? get_weights(value, &choices[c], program->present[c], program->weight[c],
                                       error)
                         : get_option(value, &choices[c], program->present[c], error);
    }
    return status;
}

/* Writers -------------------------------------------------------------------------------------- */

json_t *pipe_architecture(const struct nasbed_architecture *architecture)
{
    json_t *list = json_array();
    for (int i = 0; i < architecture->n; i++)
        (void)json_array_append_new(list, json_integer(architecture->decision[i]));
    return list;
}

json_t *pipe_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *pipe_count(uint64_t value)
{
    return value <= INT64_MAX ? json_integer((json_int_t)value) : json_null();
}

/* One list a choice, of what `of` gives for its options. */
static json_t *option_lists(const struct nasbed_trial *trial,
                            const double of[NASBED_CHOICES][NASBED_CHOICE_OPTIONS],
                            const bool present[NASBED_CHOICES][NASBED_CHOICE_OPTIONS])
{
    struct nasbed_choice choices[NASBED_CHOICES];
    int n = nasbed_choices(trial, choices);
    json_t *lists = json_array();
    for (int c = 0; c < n; c++) {
        json_t *list = json_array();
        for (int k = 0; k < choices[c].options; k++)
            (void)json_array_append_new(list, present && !present[c][k] ? json_null()
                                                                        : pipe_real(of[c][k]));
        (void)json_array_append_new(lists, list);
    }
    return lists;
}

json_t *pipe_gradient(const struct nasbed_trial *trial, const struct nasbed_pass *pass)
{
    return option_lists(trial, pass->gradient, NULL);
}

json_t *pipe_program(const struct nasbed_trial *trial, const struct nasbed_program *program)
{
    struct nasbed_choice choices[NASBED_CHOICES];
    int n = nasbed_choices(trial, choices);
    json_t *list = json_array();
    for (int c = 0; c < n; c++) {
        int option = 0;
        while (option < choices[c].options && !program->present[c][option])
            option++;
        (void)json_array_append_new(list, option < choices[c].options ? json_integer(option)
                                                                      : json_null());
    }
    return list;
}

/* The space ------------------------------------------------------------------------------------ */

json_t *pipe_option_names(const struct nasbed_trial *trial,
                          const struct nasbed_architecture *prefix, int options)
{
    json_t *names = json_array();
    for (int k = 0; k < options; k++)
        (void)json_array_append_new(names, json_string(nasbed_option_name(trial, prefix, k)));
    return names;
}

json_t *pipe_choices(const struct nasbed_trial *trial)
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

/* Names ---------------------------------------------------------------------------------------- */

static const char *const status_names[] = {[NASBED_DONE] = "done",
                                           [NASBED_REFUSED] = "refused",
                                           [NASBED_ENDED] = "ended",
                                           [NASBED_FAILED] = "failed",
                                           [NASBED_UNABLE] = "unable"};

const char *pipe_status_name(enum nasbed_status status)
{
    return status_names[status];
}

static const char *const moves[NASBED_MOVES] = {[NASBED_DEEPEN] = "deepen",
                                                [NASBED_WIDEN] = "widen",
                                                [NASBED_GROW] = "grow",
                                                [NASBED_SKIP] = "skip"};

const char *pipe_move_name(enum nasbed_move_kind kind)
{
    return moves[kind];
}

bool pipe_move_kind(const char *name, enum nasbed_move_kind *kind)
{
    for (int i = 0; i < NASBED_MOVES; i++)
        if (strcmp(moves[i], name) == 0) {
            *kind = (enum nasbed_move_kind)i;
            return true;
        }
    return false;
}
