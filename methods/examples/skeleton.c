/* @NAME@: a search method for nasbed, written by `nasbed method new`. It is random search until you change
 * it; propose() is the place to begin.
 *
 *     cc -std=c11 -Wall -Wextra -O2 -shared -fPIC -Wl,-z,defs @INCLUDE@ @NAME@.c -o @NAME@.so
 *     nasbed run --method ./@NAME@.so,random-search --protocol smoke --budget 6 --seeds 2
 *     nasbed validate --method ./@NAME@.so --table FILE.h5
 *
 * The last one checks that it keeps the rules and says in one sentence whether it is better than random
 * search. The rules: the same seed asks the same (all chance comes from the trial, nothing from the clock),
 * nothing is asked for when the budget is spent, and the end is nasbed_finish() with the choice.
 *
 * What may be called is in nasbed.h, which says of each what it costs: the space (nasbed_options, _neighbours,
 * _mutate, _index, _print, _parse), chance (nasbed_random, _below, _uniform, _normal), the budget (nasbed_left,
 * _quote), queries (nasbed_query, and nasbed_query_many for several side by side), and, for a method that
 * says so in its descriptor below (.networks, .supernet), networks and supernets of its own. */
#include <nasbed.h>

#include <stdlib.h>

/* Options: a member here and a row below for each. They are set by  --set @NAME@.mutate=0.5  and stand in
 * every trace. */
struct settings {
    double mutate;
};

static const struct nasbed_option options[] = {
    {.name = "mutate",
     .type = NASBED_OPTION_REAL,
     .offset = offsetof(struct settings, mutate),
     .standard = "0",
     .least = 0,
     .most = 0.9,
     .help = "share of proposals that change one decision of the best so far; 0: random search",
     .provenance = "of the skeleton: say here where a default comes from"},
    {.name = NULL}};

/* The spaces that it is defined on: NASBED_NATIVE, or NASBED_EXTENSION or NASBED_UNDEFINED with a note that says
 * what was added, or why it makes no sense there. */
static const struct nasbed_space spaces[] = {{.name = "cell", .kind = NASBED_NATIVE},
                                             {.name = "chain", .kind = NASBED_NATIVE},
                                             {.name = "macro", .kind = NASBED_NATIVE},
                                             {.name = NULL}};

/* What the search knows. */
struct memory {
    bool *seen;                      /* [nasbed_count]: proposed before */
    struct nasbed_architecture best; /* on validation; best.n is 0 while there is none */
    double best_accuracy;            /* percent */
};

/* The next architecture to try. Here goes the method. */
static void propose(struct nasbed_trial *trial, const struct settings *set,
                    const struct memory *memory, struct nasbed_architecture *a)
{
    bool change = set->mutate > 0 && memory->best.n > 0 && nasbed_uniform(trial) < set->mutate;
    if (change)
        nasbed_mutate(trial, &memory->best, a);
    else
        nasbed_random(trial, a);
}

/* What an answer teaches. v->curve has every point up to the one that was asked for. */
static void learn(struct memory *memory, const struct nasbed_architecture *a,
                  const struct nasbed_result *v)
{
    if (memory->best.n == 0 || v->valid_accuracy > memory->best_accuracy) {
        memory->best = *a;
        memory->best_accuracy = v->valid_accuracy;
    }
}

/* The loop: until the budget does not pay for what is proposed (NASBED_REFUSED; something cheaper, or a
 * smaller point of the schedule, may still be paid), or nothing is left to propose. */
static enum nasbed_status search(struct nasbed_trial *trial, const struct settings *set,
                                 struct memory *memory)
{
    enum nasbed_status status = NASBED_DONE;
    uint64_t left = nasbed_count(trial);
    while (status == NASBED_DONE && left > 0) {
        struct nasbed_architecture a;
        struct nasbed_result v;
        propose(trial, set, memory, &a);
        bool *seen = &memory->seen[nasbed_index(trial, &a)];
        if (*seen)
            continue;
        *seen = true;
        left--;
        status = nasbed_query(trial, &a, nasbed_points(trial), &v); /* trained to the end */
        if (status == NASBED_DONE)
            learn(memory, &a, &v);
    }
    return status;
}

/* One trial: one space, one seed, one budget. Trials run side by side: nothing may be kept in globals. */
static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct memory memory = {.seen = calloc(nasbed_count(trial), sizeof *memory.seen)};
    if (!memory.seen)
        return nasbed_fail(trial, "out of memory");
    enum nasbed_status status = search(trial, settings, &memory);
    free(memory.seen);
    if (status == NASBED_FAILED) /* the trial knows why */
        return status;
    if (memory.best.n == 0) /* the budget paid for nothing: a draw is as good as anything */
        nasbed_random(trial, &memory.best);
    return nasbed_finish(trial, &memory.best);
}

/* What nasbed looks for in the shared object. */
const struct nasbed_method nasbed_method = {
    .abi = NASBED_ABI,
    .size = sizeof(struct nasbed_api),
    .name = "@NAME@",
    .class_name = "RS", /* or RL, EA, GO, SMBO: where reports list it */
    .source = "cite here what it follows",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run};
