/* Local search (hill climbing): from the best of a few random architectures go to a better
 * neighbour until there is none, then begin anew at random. White, Nolen, Savani: "Exploring the
 * Loss Landscape in Neural Architecture Search", UAI 2021, arXiv:2005.02960 (first version: "Local
 * Search is State of the Art for NAS Benchmarks"), Algorithm 1 and its variants. Loss there is
 * validation error; here accuracy is climbed. */
#include "methods/kit/history.h"

#include <stdlib.h>

struct settings {
    int start;
    bool whole, restart;
    int point, top;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

static const struct nasbed_option options[] = {
    {.name = "start",
     OPTION(start, INT),
     .standard = "10",
     .least = 1,
     .most = 100000,
     .help = "random architectures of which the best is where a climb begins",
     .provenance = "the authors' code where it is compared with others; Algorithm 1: 1"},
    {.name = "whole",
     OPTION(whole, FLAG),
     .standard = "no",
     .help = "look at the whole neighbourhood and go to its best; no: go to the first better one "
             "met in random order",
     .provenance = "the authors' code where it is compared with others; Algorithm 1: yes"},
    {.name = "restart",
     OPTION(restart, FLAG),
     .standard = "yes",
     .help = "where no neighbour is better begin anew at random; no: after each look go on from "
             "the best architecture whose neighbours were not looked at",
     .provenance = "the authors' code; their comparisons have it both ways"},
    {.name = "point",
     OPTION(point, INT),
     .standard = "0",
     .least = 0,
     .most = NASBED_POINTS,
     .help = "evaluate at this point of the schedule; 0: at its end",
     .provenance = "paper: full trainings"},
    {.name = "top",
     OPTION(top, INT),
     .standard = "5",
     .least = 1,
     .most = 1000,
     .help = "with `point`: how many of the best of the history are trained to the end",
     .provenance = "the last 5 to 10 full trainings of a budget of 100"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell", .kind = NASBED_NATIVE, .note = "24 neighbours: another operation on one edge"},
    {.name = "chain",
     .kind = NASBED_NATIVE,
     .note = "neighbours differ in one field of one block; a layer that comes new has its first "
             "options"},
    {.name = "macro", .kind = NASBED_NATIVE, .note = "16 neighbours: another choice in one layer"},
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);

/* Not in the survey: its class is that of NASH, which climbs too; it has none of the four ticks. */
const struct nasbed_method method_local_search = {
    .abi = NASBED_ABI,
    .name = "local-search",
    .class_name = "EA",
    .source = "White et al.: Exploring the Loss Landscape in Neural Architecture Search, UAI 2021",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run};

struct search {
    struct nasbed_trial *trial;
    struct settings set;
    struct history history;  /* all that was evaluated */
    struct history expanded; /* whose neighbours were looked at, if that matters */
    uint64_t hold;
    int minima; /* climbs that ended where no neighbour is better */
    bool climbs;
};

static enum nasbed_status begin(struct search *search, struct evaluated *v);
static enum nasbed_status step(struct search *search, struct evaluated *v, bool *moved);
static enum nasbed_status look(struct search *search, struct nasbed_architecture *near, int n,
                               struct evaluated *v);
static enum nasbed_status go_on(struct search *search, const struct nasbed_architecture *from,
                                struct evaluated *v, bool *moved);
static enum nasbed_status evaluate(struct search *search, const struct nasbed_architecture *a,
                                   struct evaluated *u);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct search search = {.trial = trial, .set = *(const struct settings *)settings};
    struct evaluated v = {.accuracy = 0};
    enum nasbed_status status = NASBED_DONE;

    search.set.point = history_point(trial, search.set.point);
    search.hold = history_hold(trial, search.set.point, search.set.top);
    while (status == NASBED_DONE) { /* one climb after the other */
        bool moved = true;
        status = begin(&search, &v);
        while (status == NASBED_DONE && moved)
            status = step(&search, &v, &moved);
    }
    if (status != NASBED_FAILED) {
        nasbed_log(trial, "minima", search.minima);
        if (!search.climbs)
            nasbed_log(trial, NASBED_LOG_RANDOM, 1);
        status = history_finish(trial, &search.history, search.set.point, search.set.top);
    }
    history_free(&search.history);
    history_free(&search.expanded);
    return status;
}

/* v = the best of a few random architectures. */
static enum nasbed_status begin(struct search *search, struct evaluated *v)
{
    enum nasbed_status status = NASBED_DONE;
    struct evaluated u;
    for (int i = 0; i < search->set.start; i++) {
        nasbed_random(search->trial, &u.architecture);
        status = evaluate(search, &u.architecture, &u);
        if (status != NASBED_DONE)
            return status;
        if (i == 0 || u.accuracy > v->accuracy)
            *v = u;
    }
    search->climbs = true;
    return status;
}

/* Neighbours of `a`: each of its decisions, with each of the other options. */
static int count_neighbours(const struct nasbed_trial *trial, const struct nasbed_architecture *a)
{
    struct nasbed_architecture prefix = *a;
    int n = 0;
    for (prefix.n = 0; prefix.n < a->n; prefix.n++)
        n += nasbed_options(trial, &prefix) - 1;
    return n;
}

/* One step of the climb: v becomes a better neighbour; *moved: there is where to go on from. */
static enum nasbed_status step(struct search *search, struct evaluated *v, bool *moved)
{
    struct nasbed_architecture from = v->architecture;
    double before = v->accuracy;
    int n = count_neighbours(search->trial, &from);
    struct nasbed_architecture *near = calloc(n > 0 ? (size_t)n : 1, sizeof *near);
    if (!near)
        return nasbed_fail(search->trial, "out of memory");
    n = nasbed_neighbours(search->trial, &from, near, n);
    enum nasbed_status status = look(search, near, n, v);
    free(near);
    *moved = v->accuracy > before;
    if (status != NASBED_DONE)
        return status;
    search->minima += !*moved;
    return search->set.restart ? NASBED_DONE : go_on(search, &from, v, moved);
}

/* Evaluate neighbours in random order; v becomes the best of them if it is better than v. What is
 * known answers for free, and counts. */
static enum nasbed_status look(struct search *search, struct nasbed_architecture *near, int n,
                               struct evaluated *v)
{
    for (int i = 0; i < n; i++) {
        struct evaluated u;
        int drawn = i + (int)nasbed_below(search->trial, (uint32_t)(n - i));
        struct nasbed_architecture next = near[drawn];
        near[drawn] = near[i];
        near[i] = next;
        enum nasbed_status status = evaluate(search, &next, &u);
        if (status != NASBED_DONE)
            return status;
        if (u.accuracy > v->accuracy) {
            *v = u;
            if (!search->set.whole)
                break;
        }
    }
    return NASBED_DONE;
}

/* v = the best of the history whose neighbours were not looked at; none is left: not moved. */
static enum nasbed_status go_on(struct search *search, const struct nasbed_architecture *from,
                                struct evaluated *v, bool *moved)
{
    if (!history_add(&search->expanded, from, 0))
        return nasbed_fail(search->trial, "out of memory");
    const struct evaluated *next = history_best_but(&search->history, &search->expanded);
    *moved = next != NULL;
    if (next)
        *v = *next;
    return NASBED_DONE;
}

static enum nasbed_status evaluate(struct search *search, const struct nasbed_architecture *a,
                                   struct evaluated *u)
{
    struct nasbed_result result;
    enum nasbed_status status = history_evaluate(&search->history, search->trial, a,
                                                 search->set.point, search->hold, &result);
    if (status == NASBED_DONE)
        *u = (struct evaluated){*a, result.valid_accuracy};
    return status;
}
