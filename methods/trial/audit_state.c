#include "methods/trial/audit_state.h"

#include "base/file.h"
#include "base/text.h"
#include "methods/kit/blas.h"
#include "tables/saved.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CURVE = (AUDIT_MILESTONES + 1) * AUDIT_FIXED };

/* The counts, in the order of the file. */
enum {
    TRAINED,
    REACHED,
    FLOPS,
    TRAIN_SECONDS,
    SCORE_SECONDS,
    TRAINING_STEP,
    VALIDATION_STEP,
    ANSWERS,
    IMAGES,
    RECALIBRATE,
    CURVES,
    MILESTONE_FLOPS,                              /* [AUDIT_MILESTONES] from format 2 on */
    VERSION = MILESTONE_FLOPS + AUDIT_MILESTONES, /* from format 3 on */
    COUNTS,
    COUNTS_2 = VERSION,
    COUNTS_1 = MILESTONE_FLOPS
};

/* 3: an answer has the digest of its request. Files of before are read where their training is over: no
 * answer of them is given again. */
enum { FORMAT = 3 };

enum { WHAT, NUMBERS, VALUE, MOMENT, MILESTONE, ANSWER, DONE, CORRECT, CURVE_SCORES, ARRAYS };

/* Method, seed, budget, options; of a method that computes with BLAS, which one: with another its
 * trajectory is another, so that a training cannot go on under it. */
static int describe(struct audit_state *state, const struct audit_run *run, uint64_t seed,
                    struct error *error)
{
    const struct method_settings *settings = run->settings;
    struct text what = {0};
    text_append(&what, "%s%s seed %" PRIu64 ", %" PRIu64 " FLOPs", settings->method->name,
                run->untrained ? " untrained" : "", seed, run->contest->budget_flops);
    for (const struct option_row *row = settings->row; row->name; row++) {
        text_append(&what, ", %s=", row->name);
        options_print(row, settings->values, &what);
    }
    if (settings->method->blas && !run->untrained) {
        char library[BLAS_NAME];
        blas_library(library);
        text_append(&what, ", blas=%s %s", library, blas_kernel());
    }
    if (what.failed) {
        text_free(&what);
        return error_set(error, ERROR_MEMORY, "audit: out of memory");
    }
    state->what = what.data;
    return 0;
}

static int allocate(struct audit_state *state, struct error *error)
{
    state->value = calloc(state->size, sizeof *state->value);
    state->moment = calloc(state->size, sizeof *state->moment);
    state->milestone = calloc(AUDIT_MILESTONES * state->size, sizeof *state->milestone);
    state->done = calloc((size_t)state->tasks + 1, sizeof *state->done);
    state->correct = calloc(state->correct_size + 1, sizeof *state->correct);
    state->curve = calloc(CURVE, sizeof *state->curve);
    if (state->value && state->moment && state->milestone && state->done && state->correct &&
        state->curve)
        return 0;
    return error_set(error, ERROR_MEMORY, "audit of %zu weights: out of memory", state->size);
}

static void describe_arrays(struct saved_array array[ARRAYS])
{
    static const struct saved_array rows[ARRAYS] = {
        [WHAT] = {"what", SAVED_TEXT, NULL, 0},
        [NUMBERS] = {"counts", SAVED_DOUBLE, NULL, 0},
        [VALUE] = {"value", SAVED_FLOAT, NULL, 0},
        [MOMENT] = {"moment", SAVED_FLOAT, NULL, 0},
        [MILESTONE] = {"milestone", SAVED_FLOAT, NULL, 0},
        [ANSWER] = {"answer", SAVED_DOUBLE, NULL, 0},
        [DONE] = {"done", SAVED_INT, NULL, 0},
        [CORRECT] = {"correct", SAVED_INT, NULL, 0},
        [CURVE_SCORES] = {"curve", SAVED_DOUBLE, NULL, 0}};
    memcpy(array, rows, sizeof rows);
}

/* ---- Reading ---------------------------------------------------------------------------------------- */

/* Append the parts of two descriptions that differ, each "method seed 5" or "rate=0.1". */
static void compare(const char *found, const char *wanted, struct text *out)
{
    while (*found || *wanted) {
        size_t a = strcspn(found, ","), b = strcspn(wanted, ",");
        if (a != b || memcmp(found, wanted, a) != 0)
            text_append(out, "%sits %.*s is %.*s here", out->size ? ", " : "", a ? (int)a : 7,
                        a ? found : "nothing", b ? (int)b : 7, b ? wanted : "nothing");
        found += a + strspn(found + a, ", ");
        wanted += b + strspn(wanted + b, ", ");
    }
}

static int check_what(const struct audit_state *state, const char *found, struct error *error)
{
    struct text differences = {0};
    if (strcmp(found, state->what) == 0)
        return 0;
    compare(found, state->what, &differences);
    int status = error_set(error, ERROR_MISMATCH, "was made by another audit: %s",
                           differences.data ? differences.data : "");
    text_free(&differences);
    return status;
}

static int check_format(const struct saved_array *numbers, struct error *error)
{
    const double *number = numbers->data;
    bool earlier = numbers->n == COUNTS_1 || numbers->n == COUNTS_2;
    if (!earlier && (numbers->n < COUNTS || number[VERSION] != FORMAT))
        return error_set(error, ERROR_FORMAT, "is not of format %d, which this nasbed keeps",
                         FORMAT);
    if (earlier && !number[TRAINED] && number[ANSWERS] != 0)
        return error_set(error, ERROR_MISMATCH,
                         "was begun by an earlier nasbed, which did not keep what was asked beside "
                         "what was answered: its training cannot be checked");
    return 0;
}

static int check(const struct audit_state *state, const struct saved_array array[ARRAYS],
                 struct error *error)
{
    const double *number = array[NUMBERS].data;
    int status = check_format(&array[NUMBERS], error);
    if (!status)
        status = check_what(state, array[WHAT].data, error);
    if (status)
        return status;
    if (array[NUMBERS].n > COUNTS || array[VALUE].n != state->size ||
        array[MOMENT].n != state->size || array[MILESTONE].n != AUDIT_MILESTONES * state->size ||
        array[CURVE_SCORES].n != CURVE || !(number[ANSWERS] >= 0) ||
        number[ANSWERS] > (double)array[ANSWER].n || !(number[REACHED] >= 0) ||
        number[REACHED] > AUDIT_MILESTONES || !(number[CURVES] >= 0) ||
        number[CURVES] > AUDIT_MILESTONES + 1 || !(number[FLOPS] >= 0 && number[FLOPS] < 0x1p63))
        return error_set(error, ERROR_FORMAT, "is of another shape");
    for (int i = 0; array[NUMBERS].n >= COUNTS_2 && i < AUDIT_MILESTONES; i++)
        if (!(number[MILESTONE_FLOPS + i] >= 0 && number[MILESTONE_FLOPS + i] < 0x1p63))
            return error_set(error, ERROR_FORMAT, "is of another shape");
    return 0;
}

/* Scores count only where they are of this sweep. */
static void take_scores(struct audit_state *state, const struct saved_array array[ARRAYS])
{
    const double *number = array[NUMBERS].data;
    if (number[IMAGES] != state->scoring.images ||
        number[RECALIBRATE] != state->scoring.recalibrate ||
        array[DONE].n != (size_t)state->tasks || array[CORRECT].n != state->correct_size)
        return;
    memcpy(state->done, array[DONE].data, array[DONE].n * sizeof *state->done);
    memcpy(state->correct, array[CORRECT].data, array[CORRECT].n * sizeof *state->correct);
    memcpy(state->curve, array[CURVE_SCORES].data, CURVE * sizeof *state->curve);
    state->curves = (int)number[CURVES];
    state->score_seconds = number[SCORE_SECONDS];
}

static void take_arrays(struct audit_state *state, struct saved_array array[ARRAYS],
                        uint64_t budget_flops)
{
    const double *number = array[NUMBERS].data;
    state->trained = number[TRAINED] != 0;
    state->milestones = (int)number[REACHED];
    state->train_flops = (uint64_t)number[FLOPS];
    for (int i = 0; i < state->milestones; i++)
        state->milestone_flops[i] =
            array[NUMBERS].n >= COUNTS_2
                ? (uint64_t)number[MILESTONE_FLOPS + i]
                : (uint64_t)((double)budget_flops * audit_milestone(i) / 100);
    state->train_seconds = number[TRAIN_SECONDS];
    state->step[FEED_TRAINING] = (int64_t)number[TRAINING_STEP];
    state->step[FEED_VALIDATION] = (int64_t)number[VALIDATION_STEP];
    memcpy(state->value, array[VALUE].data, state->size * sizeof *state->value);
    memcpy(state->moment, array[MOMENT].data, state->size * sizeof *state->moment);
    memcpy(state->milestone, array[MILESTONE].data,
           AUDIT_MILESTONES * state->size * sizeof *state->milestone);
    state->answers = (size_t)number[ANSWERS];
    state->answer = array[ANSWER].data; /* taken over */
    array[ANSWER].data = NULL;
    take_scores(state, array);
}

static int load(struct audit_state *state, uint64_t budget_flops, struct error *error)
{
    struct saved_array array[ARRAYS];
    describe_arrays(array);
    int status = saved_read(state->path, &state->identity, array, ARRAYS, error);
    if (status == ERROR_MISSING) /* nothing was done yet */
        return 0;
    if (!status && (status = check(state, array, error)))
        (void)error_context(error, "saved supernet %s", state->path);
    if (!status)
        take_arrays(state, array, budget_flops);
    else
        (void)error_context(error,
                            "the audit cannot go on (audit as it was begun, delete the file, or "
                            "choose another --out)");
    saved_free(array, ARRAYS);
    return status;
}

int audit_state_open(struct audit_state *state, const char *path, const struct audit_run *run,
                     uint64_t seed, size_t size, const struct sweep *sweep, struct error *error)
{
    *state = (struct audit_state){.identity = run->contest->identity,
                                  .size = size,
                                  .scoring = run->scoring,
                                  .tasks = sweep->tasks,
                                  .correct_size = sweep->size};
    int status = describe(state, run, seed, error);
    if (!status)
        status = allocate(state, error);
    if (!status && path && !(state->path = strdup(path)))
        status = error_set(error, ERROR_MEMORY, "audit: out of memory");
    if (!status && path)
        status = load(state, run->contest->budget_flops, error);
    if (!status && path)
        file_clean(path);
    if (status)
        audit_state_close(state);
    return status;
}

void audit_state_close(struct audit_state *state)
{
    free(state->path);
    free(state->what);
    free(state->value);
    free(state->moment);
    free(state->milestone);
    free(state->answer);
    free(state->done);
    free(state->correct);
    free(state->curve);
    *state = (struct audit_state){0};
}

/* ---- Writing ---------------------------------------------------------------------------------------- */

int audit_state_save(const struct audit_state *state, struct error *error)
{
    const uint64_t *at = state->milestone_flops;
    double none = 0;
    double number[COUNTS] = {[TRAINED] = state->trained,
                             [REACHED] = state->milestones,
                             [FLOPS] = (double)state->train_flops,
                             [TRAIN_SECONDS] = state->train_seconds,
                             [SCORE_SECONDS] = state->score_seconds,
                             [TRAINING_STEP] = (double)state->step[FEED_TRAINING],
                             [VALIDATION_STEP] = (double)state->step[FEED_VALIDATION],
                             [ANSWERS] = (double)state->answers,
                             [IMAGES] = state->scoring.images,
                             [RECALIBRATE] = state->scoring.recalibrate,
                             [CURVES] = state->curves,
                             [MILESTONE_FLOPS] = (double)at[0],
                             [MILESTONE_FLOPS + 1] = (double)at[1],
                             [MILESTONE_FLOPS + 2] = (double)at[2],
                             [VERSION] = FORMAT};
    struct saved_array array[ARRAYS];
    const struct {
        void *data;
        size_t n;
    } held[ARRAYS] = {
        [WHAT] = {state->what, strlen(state->what)},
        [NUMBERS] = {number, COUNTS},
        [VALUE] = {state->value, state->size},
        [MOMENT] = {state->moment, state->size},
        [MILESTONE] = {state->milestone, AUDIT_MILESTONES * state->size},
        [ANSWER] = {state->answers ? state->answer : &none, state->answers ? state->answers : 1},
        [DONE] = {state->done, (size_t)state->tasks},
        [CORRECT] = {state->correct, state->correct_size},
        [CURVE_SCORES] = {state->curve, CURVE}};
    if (!state->path)
        return 0;
    describe_arrays(array);
    for (int i = 0; i < ARRAYS; i++) {
        array[i].data = held[i].data;
        array[i].n = held[i].n;
    }
    return saved_write(state->path, &state->identity, array, ARRAYS, error);
}

/* ---- In and out ------------------------------------------------------------------------------------- */

void audit_state_take(struct audit_state *state, const struct supernet *supernet)
{
    for (size_t i = 0; i < state->size; i++) {
        state->value[i] = (float)supernet->value[i];
        state->moment[i] = (float)supernet->moment[i];
    }
}

void audit_state_milestone(struct audit_state *state, const struct supernet *supernet,
                           uint64_t flops)
{
    state->milestone_flops[state->milestones] = flops;
    float *to = state->milestone + (size_t)state->milestones++ * state->size;
    for (size_t i = 0; i < state->size; i++)
        to[i] = (float)supernet->value[i];
}

void audit_state_task(struct audit_state *state, const struct sweep *sweep,
                      const struct sweep_task *task)
{
    size_t at = (size_t)(task->correct - sweep->correct);
    memcpy(state->correct + at, task->correct, task->classes * sizeof *state->correct);
    state->done[task - sweep->task] = 1;
}

void audit_state_give(const struct audit_state *state, const float *value,
                      struct supernet *supernet)
{
    for (size_t i = 0; i < state->size; i++)
        supernet->value[i] = (real)value[i];
}

void audit_state_resume(const struct audit_state *state, struct sweep *sweep)
{
    memcpy(sweep->correct, state->correct, sweep->size * sizeof *sweep->correct);
    for (int i = 0; i < sweep->tasks; i++)
        sweep->task[i].done = state->done[i] != 0;
}
