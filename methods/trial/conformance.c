#include "methods/trial/conformance.h"

#include "base/random.h"
#include "base/text.h"
#include "methods/trial/trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *conformance_name(enum conformance_check check)
{
    static const char *const names[CONFORMANCE_CHECKS] = {
        [CONFORMANCE_FINISH] = "finishes with an architecture of the space",
        [CONFORMANCE_SEED] = "asks the same at the same seed",
        [CONFORMANCE_CLOCK] = "does not depend on the clock",
        [CONFORMANCE_BUDGET] = "asks for nothing when the budget is spent"};
    return names[check];
}

static void wait_for(double seconds)
{
    const struct timespec time = {.tv_sec = (time_t)seconds,
                                  .tv_nsec = (long)(1e9 * (seconds - (double)(time_t)seconds))};
    (void)nanosleep(&time, NULL);
}

/* A trial's observer: time passes otherwise. */
static void dawdle(void *context, uint64_t charge)
{
    int *calls = context;
    (void)charge;
    if ((*calls)++ < 200)
        wait_for(0.001 * (double)(1 + *calls % 3));
}

/* One trial's trace; a fault of the method's own is no error: it is `why`. */
static int run_one(const struct contest *contest, const struct method_settings *settings,
                   uint64_t seed, bool slowly, struct text *trace, char why[256],
                   struct error *error)
{
    struct trial_times times;
    int calls = 0;
    int status =
        trial_run(contest, settings, seed, slowly ? dawdle : NULL, &calls, trace, &times, error);
    why[0] = '\0';
    if (status == ERROR_STATE)
        (void)snprintf(why, 256, "seed %" PRIu64 ": %.220s", seed, error->text);
    return status == ERROR_STATE ? 0 : status;
}

/* The first line in which two traces differ, into `why`. */
static bool same(const struct text *a, const struct text *b, uint64_t seed, char why[256])
{
    size_t i = 0, line = 1;
    const char *x = a->data ? a->data : "", *y = b->data ? b->data : "";
    if (strcmp(x, y) == 0)
        return true;
    for (; x[i] && x[i] == y[i]; i++)
        line += x[i] == '\n';
    (void)snprintf(why, 256, "seed %" PRIu64 ": two runs differ in line %zu of their traces", seed,
                   line);
    return false;
}

/* The least that any network with a cost is charged at its first point. */
static uint64_t cheapest(const struct contest *contest)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t c = 0; c < contest->isomorphs->distinct; c++) {
        uint64_t charge = contest_charge(contest, c, 1);
        least = charge && charge < least ? charge : least;
    }
    return least;
}

/* Refusals while not even the cheapest could be paid. */
static int late_requests(const struct text *trace, uint64_t least)
{
    int late = 0;
    for (const char *at = trace->data; at && (at = strstr(at, "{\"event\":\"refuse\"")); at++) {
        const char *left = strstr(at, "\"left\":");
        late += left && strtoull(left + 7, NULL, 10) < least;
    }
    return late;
}

/* Note that a check failed, the first time. */
static void fail(struct conformance *result, enum conformance_check check, const char *why)
{
    if (result->verdict[check] == CONFORMANCE_FAILED)
        return;
    result->verdict[check] = CONFORMANCE_FAILED;
    (void)snprintf(result->why[check], sizeof result->why[check], "%s", why);
}

static void leave_open(struct conformance *result, enum conformance_check check, const char *why)
{
    if (result->verdict[check] == CONFORMANCE_FAILED)
        return;
    result->verdict[check] = CONFORMANCE_UNTESTED;
    (void)snprintf(result->why[check], sizeof result->why[check], "%s", why);
}

/* Twice at one time; the first trace is kept. */
static int check_seed(const struct contest *contest, const struct method_settings *settings,
                      uint64_t seed, struct text *trace, struct conformance *result,
                      struct error *error)
{
    struct text again = {0};
    char why[256];
    int status = run_one(contest, settings, seed, false, trace, why, error);
    if (!status && why[0])
        fail(result, CONFORMANCE_FINISH, why);
    if (!status)
        status = run_one(contest, settings, seed, false, &again, why, error);
    if (!status && why[0])
        fail(result, CONFORMANCE_FINISH, why);
    if (!status && !same(trace, &again, seed, why))
        fail(result, CONFORMANCE_SEED, why);
    int late = status ? 0 : late_requests(trace, cheapest(contest));
    (void)snprintf(why, sizeof why, "seed %" PRIu64 ": %d requests when nothing could be paid",
                   seed, late);
    if (late > 1)
        fail(result, CONFORMANCE_BUDGET, why);
    text_free(&again);
    return status;
}

/* Once more, later and slower. */
static int check_clock(const struct contest *contest, const struct method_settings *settings,
                       uint64_t seed, const struct text *trace, struct conformance *result,
                       struct error *error)
{
    struct text later = {0};
    char why[256];
    int status = run_one(contest, settings, seed, true, &later, why, error);
    if (!status && (why[0] || !same(trace, &later, seed, why)))
        fail(result, CONFORMANCE_CLOCK, why);
    text_free(&later);
    return status;
}

static bool passed(const struct conformance *result, enum conformance_check check)
{
    return result->verdict[check] == CONFORMANCE_PASSED;
}

/* A trial that fails leaves no trace to judge; what asks otherwise at once does so later, too. */
static void leave_rest_open(struct conformance *result)
{
    static const char trials[] = "trials failed", runs[] = "two runs differ already";
    bool failed = !passed(result, CONFORMANCE_FINISH);
    if (failed)
        leave_open(result, CONFORMANCE_SEED, trials);
    if (failed)
        leave_open(result, CONFORMANCE_BUDGET, trials);
    if (failed || !passed(result, CONFORMANCE_SEED))
        leave_open(result, CONFORMANCE_CLOCK, failed ? trials : runs);
}

int conformance_run(const struct contest *contest, const struct method_settings *settings,
                    uint64_t first, struct conformance *result, struct error *error)
{
    struct text trace[CONFORMANCE_SEEDS] = {{0}};
    int status = 0;
    *result = (struct conformance){.why = {""}};
    for (uint64_t i = 0; i < CONFORMANCE_SEEDS && !status; i++)
        status = check_seed(contest, settings, first + i, &trace[i], result, error);
    leave_rest_open(result);
    bool open = !status && passed(result, CONFORMANCE_CLOCK);
    if (open)
        wait_for(1.1); /* another second of the clock */
    for (uint64_t i = 0; i < CONFORMANCE_SEEDS && open && !status; i++)
        status = check_clock(contest, settings, first + i, &trace[i], result, error);
    for (int i = 0; i < CONFORMANCE_SEEDS; i++)
        text_free(&trace[i]);
    return status;
}

/* The negative control ------------------------------------------------------------------------- */

struct control {
    struct contest contest;
    struct isomorphs isomorphs;
    struct source source;
    const struct contest *real;
    uint32_t *permuted[PROTOCOL_POINTS]; /* [points][distinct] */
};

/* Row `network` is made of the points of others; the last and the test belong together. */
static bool read_permuted(void *context, uint32_t network, uint32_t seed,
                          struct table_record *record)
{
    const struct control *control = context;
    int T = control->real->training->points;
    struct table_record other;
    for (int t = 1; t <= T; t++) {
        if (!bank_read(control->real->bank, control->permuted[t - 1][network], seed, &other))
            return false;
        if (t == T) {
            record->test_accuracy = other.test_accuracy;
            record->test_loss = other.test_loss;
        }
        record->point[t - 1] = other.point[t - 1];
    }
    record->network = network;
    record->seed = seed;
    return true;
}

static bool permute(struct control *control)
{
    uint32_t n = control->isomorphs.distinct;
    for (int t = 0; t < control->real->training->points; t++) {
        uint32_t *p = control->permuted[t] = malloc(n * sizeof *p);
        struct random_stream stream = random_stream((uint64_t)t, RANDOM_SAMPLE, 0, 2);
        if (!p)
            return false;
        for (uint32_t i = 0; i < n; i++) { /* Fisher and Yates, inside out */
            uint32_t j = random_below(&stream, i + 1);
            p[i] = p[j];
            p[j] = i;
        }
    }
    return true;
}

/* The same number of queries for all: the mean cost for each network. */
static bool level_costs(struct control *control)
{
    struct isomorphs *isomorphs = &control->isomorphs;
    uint64_t *macs = malloc(isomorphs->distinct * sizeof *macs), sum = 0;
    for (uint32_t i = 0; i < isomorphs->count; i++)
        sum += isomorphs->train_macs[isomorphs->class_of[i]];
    for (uint32_t c = 0; macs && c < isomorphs->distinct; c++)
        macs[c] = sum / isomorphs->count;
    isomorphs->train_macs = macs; /* ours now; the rest is the real contest's */
    return macs != NULL;
}

static void control_close(struct control *control)
{
    bank_close(control->contest.bank);
    free(control->isomorphs.train_macs);
    for (int t = 0; t < PROTOCOL_POINTS; t++)
        free(control->permuted[t]);
}

static int control_open(struct control *control, const struct contest *genuine, struct error *error)
{
    *control =
        (struct control){.contest = *genuine, .isomorphs = *genuine->isomorphs, .real = genuine};
    control->contest.bank = NULL;
    if (!level_costs(control) || !permute(control))
        return error_set(error, ERROR_MEMORY, "negative control: out of memory");
    control->source = (struct source){.read_context = control, .read = read_permuted};
    control->contest.isomorphs = &control->isomorphs;
    int status = contest_budget(&control->contest, genuine->budget, error);
    return status ? status
                  : bank_open(&control->contest.bank, &control->source, &control->contest.identity,
                              control->contest.seeds, error);
}

static double test_accuracy(const struct text *trace)
{
    const char *found = strstr(trace->data, "\"test_accuracy\":");
    return found ? strtod(found + strlen("\"test_accuracy\":"), NULL) : 0;
}

int conformance_control(const struct contest *contest, const struct method_settings *settings,
                        uint64_t first, int n, double *accuracy, struct error *error)
{
    struct control control;
    int status = control_open(&control, contest, error);
    for (int i = 0; i < n && !status; i++) {
        struct text trace = {0};
        struct trial_times times;
        status = trial_run(&control.contest, settings, first + (uint64_t)i, NULL, NULL, &trace,
                           &times, error);
        if (!status)
            accuracy[i] = test_accuracy(&trace);
        text_free(&trace);
    }
    control_close(&control);
    return status;
}
