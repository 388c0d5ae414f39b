/* Random search: draw architectures uniformly, train them, keep the best on validation. What does
 * not beat it at equal budget has not searched. Bergstra, Bengio: "Random Search for
 * Hyper-Parameter Optimization", JMLR 13 (2012). */
#include "methods/kit/history.h"

#include <stdlib.h>

struct settings {
    bool replacement, unique;
    int first; /* option `short` */
    int top;
};

static const struct nasbed_option options[] = {
    {.name = "replacement",
     .type = NASBED_OPTION_FLAG,
     .offset = offsetof(struct settings, replacement),
     .standard = "no",
     .help = "draw with replacement (an architecture may come twice)",
     .provenance = "paying twice for a known row is absurd"},
    {.name = "unique",
     .type = NASBED_OPTION_FLAG,
     .offset = offsetof(struct settings, unique),
     .standard = "no",
     .help = "pass over what would answer for free: isomorphs of what was paid, networks without "
             "cost",
     .provenance = "uniform over strings is the published baseline; a variant only"},
    {.name = "short",
     .type = NASBED_OPTION_INT,
     .offset = offsetof(struct settings, first),
     .standard = "0",
     .least = 0,
     .most = NASBED_POINTS,
     .help = "train to this point of the schedule at first; 0: to the end",
     .provenance =
         "full training is the plain method; DARTS's random search looks at 100 of 600 epochs"},
    {.name = "top",
     .type = NASBED_OPTION_INT,
     .offset = offsetof(struct settings, top),
     .standard = "5",
     .least = 1,
     .most = 1000,
     .help = "with `short`: how many of the best are trained to the end",
     .provenance = "chosen for budgets of some ten trainings; DARTS retrained the best one"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {{.name = "cell", .kind = NASBED_NATIVE},
                                             {.name = "chain", .kind = NASBED_NATIVE},
                                             {.name = "macro", .kind = NASBED_NATIVE},
                                             {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);

const struct nasbed_method method_random_search = {
    .abi = NASBED_ABI,
    .name = "random-search",
    .class_name = "RS",
    .source = "Bergstra, Bengio: Random Search for Hyper-Parameter Optimization, JMLR 13 (2012)",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run};

/* The draws, and which indices came up. */
struct urn {
    bool *drawn; /* [count]; NULL: with replacement */
    uint64_t left;
    int unique; /* point at which a draw must cost something; 0: it need not */
};

static bool urn_draw(struct urn *urn, struct nasbed_trial *trial, struct nasbed_architecture *a);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    const struct settings *set = settings;
    int point = history_point(trial, set->first);
    uint64_t hold = history_hold(trial, point, set->top);
    struct urn urn = {.left = nasbed_count(trial), .unique = set->unique ? point : 0};
    struct history history = {0};
    struct nasbed_architecture a;
    struct nasbed_result v;
    enum nasbed_status status = NASBED_DONE;

    if ((!set->replacement || set->unique) && !(urn.drawn = calloc(urn.left, sizeof *urn.drawn)))
        return nasbed_fail(trial, "out of memory");
    /* When the next draw cannot be paid it is over: a cheaper one instead would bias the sample. */
    while (status == NASBED_DONE && urn_draw(&urn, trial, &a))
        status = history_evaluate(&history, trial, &a, point, hold, &v);
    if (status != NASBED_FAILED)
        status = history_finish(trial, &history, point, set->top);
    history_free(&history);
    free(urn.drawn);
    return status;
}

/* The next architecture, uniform over those that may come; false if none is left. */
static bool urn_draw(struct urn *urn, struct nasbed_trial *trial, struct nasbed_architecture *a)
{
    do {
        if (urn->left == 0)
            return false;
        do {
            nasbed_random(trial, a);
        } while (urn->drawn && urn->drawn[nasbed_index(trial, a)]);
        if (urn->drawn) {
            urn->drawn[nasbed_index(trial, a)] = true;
            urn->left--;
        }
    } while (urn->unique && nasbed_quote(trial, a, urn->unique) == 0);
    return true;
}
