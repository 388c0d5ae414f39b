/* Regularized (aging) evolution: a queue of trained models; each cycle the best of a random sample
 * is mutated, its child trained and appended, and the oldest model dies, not the worst. Real,
 * Aggarwal, Huang, Le: "Regularized Evolution for Image Classifier Architecture Search", AAAI 2019,
 * arXiv:1802.01548, Algorithm 1. */
#include "methods/kit/history.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct settings {
    int population, sample; /* P, S; 0: by the budget */
    bool aging;
    double identity;
    int point, top;
    int patience;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

static const struct nasbed_option options[] = {
    {.name = "population",
     OPTION(population, INT),
     .standard = "0",
     .least = 0,
     .most = 100000,
     .help = "P, models alive; 0: 2, 4, 10, 25 or 100, by the evaluations that the budget pays",
     .provenance = "paper: 100; NAS-Bench-201's scripts: 10; between them by the budget"},
    {.name = "sample",
     OPTION(sample, INT),
     .standard = "0",
     .least = 0,
     .most = 100000,
     .help = "S, models of a tournament, drawn with replacement; 0: 2, 2, 3, 8 or 25, beside P",
     .provenance = "paper: 25; NAS-Bench-201's scripts: 3; between them by the budget"},
    {.name = "aging",
     OPTION(aging, FLAG),
     .standard = "yes",
     .help = "the oldest dies; no: the worst of the sample (the paper's non-aging control)",
     .provenance = "paper"},
    {.name = "identity",
     OPTION(identity, REAL),
     .standard = "0",
     .least = 0,
     .most = 1,
     .help = "probability that a child is its parent, evaluated again",
     .provenance = "paper: 0.05; 0 here, where evaluating again gives the same value"},
    {.name = "point",
     OPTION(point, INT),
     .standard = "0",
     .least = 0,
     .most = NASBED_POINTS,
     .help = "evaluate at this point of the schedule; 0: at its end",
     .provenance = "the paper's proxy is 25 epochs; the end is every method's default here"},
    {.name = "top",
     OPTION(top, INT),
     .standard = "5",
     .least = 1,
     .most = 1000,
     .help = "with `point`: how many of the best of the history are trained to the end",
     .provenance = "the last 5 to 10 full trainings of a budget of 100"},
    {.name = "patience",
     OPTION(patience, INT),
     .standard = "200",
     .least = 1,
     .most = 1000000,
     .help = "end after this many cycles in a row without a new network",
     .provenance = "chosen: a queue that only repeats itself has converged"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell",
     .kind = NASBED_NATIVE,
     .note = "operation mutation only: there is no wiring to mutate"},
    {.name = "chain", .kind = NASBED_NATIVE, .note = "one field of one block mutates"},
    {.name = "macro", .kind = NASBED_NATIVE, .note = "one layer's choice mutates"},
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);

const struct nasbed_method method_regularized_evolution = {
    .abi = NASBED_ABI,
    .name = "regularized-evolution",
    .class_name = "EA",
    .modular = true,
    .survey = "AmoebaNet",
    .source =
        "Real et al.: Regularized Evolution for Image Classifier Architecture Search, AAAI 2019",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run};

struct search {
    struct nasbed_trial *trial;
    struct settings set;       /* P and S resolved */
    struct history population; /* a queue: the oldest first */
    struct history history;    /* all that was evaluated */
    uint64_t hold;
    int fruitless; /* cycles in a row without a new network */
    int children;  /* evaluated */
};

/* Places in the population. */
struct tournament {
    size_t best, worst;
};

static void settle(struct search *search);
static enum nasbed_status train_eval(struct search *search, const struct nasbed_architecture *a);
static struct tournament tournament(struct search *search);
static void mutate(struct search *search, const struct nasbed_architecture *parent,
                   struct nasbed_architecture *child);
static void discard(struct history *population, size_t place);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct search search = {.trial = trial, .set = *(const struct settings *)settings};
    struct history *population = &search.population;
    struct nasbed_architecture a;
    enum nasbed_status status = NASBED_DONE;

    settle(&search);
    while (status == NASBED_DONE && population->n < (size_t)search.set.population) {
        nasbed_random(trial, &a);
        status = train_eval(&search, &a);
    }
    while (status == NASBED_DONE && search.fruitless < search.set.patience) {
        struct tournament sample = tournament(&search);
        mutate(&search, &population->entry[sample.best].architecture, &a);
        status = train_eval(&search, &a);
        if (status == NASBED_DONE) {
            discard(population, search.set.aging ? 0 : sample.worst);
            search.children++;
        }
    }
    if (status != NASBED_FAILED && !search.children)
        nasbed_log(trial, NASBED_LOG_RANDOM, 1);
    if (status != NASBED_FAILED) /* the best of the history, not of the living */
        status = history_finish(trial, &search.history, search.set.point, search.set.top);
    history_free(&search.population);
    history_free(&search.history);
    return status;
}

/* Resolve what is left to the budget. */
static void settle(struct search *search)
{
    static const struct {
        double evaluations; /* up to so many */
        int population, sample;
    } sizes[] = {{8, 2, 2}, {20, 4, 2}, {100, 10, 3}, {400, 25, 8}, {HUGE_VAL, 100, 25}};
    struct settings *set = &search->set;
    int T = nasbed_points(search->trial), row = 0;

    set->point = history_point(search->trial, set->point);
    while (nasbed_budget(search->trial) * T / set->point > sizes[row].evaluations)
        row++;
    if (set->population == 0)
        set->population = sizes[row].population;
    if (set->sample == 0)
        set->sample = sizes[row].sample;
    search->hold = history_hold(search->trial, set->point, set->top);
    nasbed_log(search->trial, "population", set->population);
    nasbed_log(search->trial, "sample", set->sample);
}

/* Evaluate `a` and append it to population and history. */
static enum nasbed_status train_eval(struct search *search, const struct nasbed_architecture *a)
{
    struct nasbed_result v;
    enum nasbed_status status =
        history_evaluate(&search->history, search->trial, a, search->set.point, search->hold, &v);
    if (status != NASBED_DONE)
        return status;
    search->fruitless = v.free ? search->fruitless + 1 : 0;
    if (!history_add(&search->population, a, v.valid_accuracy))
        return nasbed_fail(search->trial, "out of memory");
    return NASBED_DONE;
}

/* S draws from the population, uniform, with replacement: the first of the best and of the worst.
 */
static struct tournament tournament(struct search *search)
{
    const struct history *population = &search->population;
    struct tournament found = {0};
    assert(population->entry && "the population was filled first");
    for (int i = 0; i < search->set.sample; i++) {
        size_t drawn = nasbed_below(search->trial, (uint32_t)population->n);
        double accuracy = population->entry[drawn].accuracy;
        if (i == 0 || accuracy > population->entry[found.best].accuracy)
            found.best = drawn;
        if (i == 0 || accuracy < population->entry[found.worst].accuracy)
            found.worst = drawn;
    }
    return found;
}

static void mutate(struct search *search, const struct nasbed_architecture *parent,
                   struct nasbed_architecture *child)
{
    if (search->set.identity > 0 && nasbed_uniform(search->trial) < search->set.identity)
        *child = *parent;
    else
        nasbed_mutate(search->trial, parent, child);
}

/* Take one model out of the queue; the others keep their order. */
static void discard(struct history *population, size_t place)
{
    population->n--;
    memmove(&population->entry[place], &population->entry[place + 1],
            (population->n - place) * sizeof *population->entry);
}
