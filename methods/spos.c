/* SPOS: single-path one-shot. A supernet is trained by uniform paths; then evolution searches among
 * them, batch-norm statistics taken anew for each candidate. Guo et al.: "Single Path One-Shot Neural
 * Architecture Search with Uniform Sampling", ECCV 2020, arXiv:1904.00420, sections 3.2 and 3.4. */
#include "methods/kit/sharing.h"
#include "methods/kit/stages.h"

#include <stdlib.h>
#include <string.h>

struct settings {
    double share, score_share, rate, rate_end, momentum, decay, clip;
    int population, generations, top, crossovers, mutations;
    double probability;
    int images, recalibrate, verify;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

static const struct nasbed_option options[] = {
    {.name = "share",
     OPTION(share, REAL),
     .standard = "0.6",
     .least = 0.01,
     .most = 1,
     .help =
         "of the budget that trains the supernet, at least: so does what is not held for finalists",
     .provenance = "paper: not a share but 150,000 steps"},
    {.name = "score-share",
     OPTION(score_share, REAL),
     .standard = "0.25",
     .least = 0.01,
     .most = 1,
     .help = "of the rest that scores candidates, at most",
     .provenance = "chosen: of a budget of 100, 60 train, 10 score and 30 are for finalists"},
    {.name = "rate",
     OPTION(rate, REAL),
     .standard = "0.2",
     .least = 0,
     .most = 10,
     .help = "learning rate at first, then a cosine",
     .provenance =
         "paper: 0.5 at batch 1,024, linear; of 0.05, 0.1 and 0.2 at batch 64 the last gave "
         "the best mean accuracy of sub-networks on fashion-mini at budget 3.5"},
    {.name = "rate-end",
     OPTION(rate_end, REAL),
     .standard = "0",
     .least = 0,
     .most = 10,
     .help = "learning rate at the end",
     .provenance = "paper: 0"},
    {.name = "momentum",
     OPTION(momentum, REAL),
     .standard = "0.9",
     .least = 0,
     .most = 1,
     .help = "of SGD, Nesterov's",
     .provenance = "the authors' code; Nesterov as in the protocols here"},
    {.name = "decay",
     OPTION(decay, REAL),
     .standard = "0.0003",
     .least = 0,
     .most = 1,
     .help = "of the weights that a step uses",
     .provenance = "the authors' code: 4e-5 on ImageNet; DARTS's value on CIFAR-10"},
    {.name = "clip",
     OPTION(clip, REAL),
     .standard = "5",
     .least = 0,
     .most = 1000,
     .help = "norm that the gradient is cut down to; 0: not",
     .provenance = "DARTS's value; the authors' code does not clip"},
    {.name = "population",
     OPTION(population, INT),
     .standard = "50",
     .least = 1,
     .most = 10000,
     .help =
         "P, random candidates at first; then of every generation, or crossovers + mutations if "
         "these are more. Halved while the scores that the budget pays fill fewer than 5 "
         "generations, and top, crossovers and mutations with it",
     .provenance = "the authors' code; it has no budget"},
    {.name = "generations",
     OPTION(generations, INT),
     .standard = "20",
     .least = 1,
     .most = 10000,
     .help = "G, the first random one included, at most",
     .provenance = "the authors' code"},
    {.name = "top",
     OPTION(top, INT),
     .standard = "10",
     .least = 1,
     .most = 1000,
     .help = "k, best ever seen, which are the parents",
     .provenance = "the authors' code"},
    {.name = "crossovers",
     OPTION(crossovers, INT),
     .standard = "25",
     .least = 0,
     .most = 10000,
     .help = "of a generation",
     .provenance = "the authors' code"},
    {.name = "mutations",
     OPTION(mutations, INT),
     .standard = "25",
     .least = 0,
     .most = 10000,
     .help = "of a generation",
     .provenance = "the authors' code"},
    {.name = "probability",
     OPTION(probability, REAL),
     .standard = "0.1",
     .least = 0,
     .most = 1,
     .help = "that a mutation draws a decision anew",
     .provenance = "the authors' code"},
    {.name = "images",
     OPTION(images, INT),
     .standard = "1024",
     .least = 64,
     .most = 10000000,
     .help = "of the validation split that score a candidate",
     .provenance = "the authors' code: 8,000; here a tenth of the split, for small budgets"},
    {.name = "recalibrate",
     OPTION(recalibrate, INT),
     .standard = "8",
     .least = 0,
     .most = 100000,
     .help = "batches of 64 training images for a candidate's statistics; 0: each batch its own",
     .provenance = "the authors' code: 200 of 128; a fixed subset will do, say its maintainers"},
    {.name = "verify",
     OPTION(verify, INT),
     .standard = "0",
     .least = 0,
     .most = 1000,
     .help = STAGES_VERIFY_HELP,
     .provenance = "paper: 1; here a supernet's ranks are rough, and the budget is spent"},
    {.name = NULL}};

static const struct nasbed_preset presets[] = {
    {.name = "published",
     .settings = "rate=0.03125,rate-end=0,momentum=0.9,decay=0.00004,clip=0,"
                 "population=50,generations=20,top=10,crossovers=25,mutations=25,"
                 "probability=0.1,images=8000,recalibrate=400,verify=1",
     .source = "the authors' code; its rate of 0.5 at batch 1,024 by the linear rule for 64, and a "
               "cosine for its line; the sizes are halved by the budget as without it"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell",
     .kind = NASBED_EXTENSION,
     .note = "one operation an edge, shared by all cells; the paper's choice blocks are a chain"},
    {.name = "chain",
     .kind = NASBED_NATIVE,
     .note = "a narrow layer is the first half of a wide one"},
    SHARING_NOT_ON_MACRO,
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);

const struct nasbed_method method_spos = {
    .abi = NASBED_ABI,
    .name = "spos",
    .class_name = "EA",
    .incomplete = true,
    .source = "Guo et al.: Single Path One-Shot Neural Architecture Search with Uniform Sampling, "
              "ECCV 2020",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run,
    .supernet = true,
    .presets = presets};

struct search {
    struct nasbed_trial *trial;
    const struct settings *set;
    int supernet;
    struct nasbed_scoring scoring;
    int population, top, crossovers, mutations; /* as the budget has them */
    double left;                                /* FLOPs that may still score */
    bool *seen;                                 /* [count] scored or about to be */
    struct history archive;                     /* all that was scored */
    struct history children, parents;
    bool starved;   /* memory ran out for a child */
    size_t bred;    /* children that have parents: the first so many */
    size_t evolved; /* of those, over all generations, the ones that were scored */
};

static enum nasbed_status prepare(struct search *search);
static enum nasbed_status evolve(struct search *search);
static enum nasbed_status finish(struct search *search);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    const struct settings *set = settings;
    struct search search = {.trial = trial,
                            .set = set,
                            .scoring = {.images = set->images, .recalibrate = set->recalibrate}};
    enum nasbed_status status = prepare(&search);
    if (status != NASBED_DONE)
        return status;
    search.seen = calloc((size_t)nasbed_count(trial), sizeof *search.seen);
    status = search.seen ? evolve(&search) : nasbed_fail(trial, "out of memory");
    if (status != NASBED_FAILED)
        status = finish(&search);
    history_free(&search.archive);
    history_free(&search.children);
    history_free(&search.parents);
    free(search.seen);
    return status;
}

/* The supernet ----------------------------------------------------------------------------------- */

enum { GENERATIONS = 5 }; /* that the population is halved for */

/* Candidates of a generation that has parents: random ones fill it up to P, they do not cut it. */
static int generation_size(const struct settings *set)
{
    int children = set->crossovers + set->mutations;
    return children > set->population ? children : set->population;
}

/* Of the first generation, which has no parents, when the others are of `size`. */
static int first_size(const struct settings *set, int size)
{
    int p = (int)((int64_t)set->population * size / generation_size(set));
    int least = set->population < 2 ? 1 : 2;
    return p > least ? p : least;
}

/* P, and what is in proportion to it, for so many scores. */
static void size_population(struct search *search, double scores)
{
    const struct settings *set = search->set;
    int size = generation_size(set);
    int others = (set->generations < GENERATIONS ? set->generations : GENERATIONS) - 1;
    while (size > 2 && first_size(set, size) + (double)size * others > scores)
        size = size < 4 ? 2 : size / 2;
    double part = (double)size / generation_size(set);
    int p = first_size(set, size);
    search->population = p;
    search->top = (int)(part * set->top);
    if (search->top < 2) /* one parent has no other to be crossed with */
        search->top = set->top < 2 ? set->top : 2;
    search->crossovers = (int)(part * set->crossovers);
    search->mutations = (int)(part * (set->crossovers + set->mutations)) - search->crossovers;
    nasbed_log(search->trial, "population", p);
}

/* Of G generations in full. */
static double all_scores(const struct settings *set)
{
    return set->population + (double)generation_size(set) * (set->generations - 1);
}

/* Divide the budget and train the supernet. */
static enum nasbed_status prepare(struct search *search)
{
    struct nasbed_trial *trial = search->trial;
    const struct settings *set = search->set;
    double price = (double)stages_price(trial, 0, NULL, &search->scoring);
    const struct stages_shares shares = {.train = set->share,
                                         .score = set->score_share,
                                         .enough = 2 * price * all_scores(set), /* some are dear */
                                         .verify = set->verify};
    struct stages plan = stages_plan(trial, &shares);
    const struct sharing sharing = {
        .flops = plan.train,
        .first = set->rate,
        .last = set->rate_end,
        .rule = {
            .momentum = set->momentum, .decay = set->decay, .clip = set->clip, .nesterov = true}};
    uint64_t steps;
    search->left = plan.score;
    size_population(search, plan.score / price);
    enum nasbed_status status = nasbed_supernet_open(trial, &search->supernet);
    if (status == NASBED_DONE)
        status = sharing_train(trial, search->supernet, &sharing, &steps);
    return status == NASBED_DONE ? nasbed_supernet_trained(trial, search->supernet) : status;
}

/* The next generation ---------------------------------------------------------------------------- */

/* Take a child that was not seen before; false: it was, or memory ran out (`starved`). */
static bool take(struct search *search, const struct nasbed_architecture *child)
{
    bool *seen = &search->seen[nasbed_index(search->trial, child)];
    if (*seen || search->starved)
        return false;
    search->starved = !history_add(&search->children, child, 0);
    return *seen = !search->starved;
}

/* A parent's option of the decision that follows `prefix`; -1: it does not make that decision. */
static int option_of(const struct nasbed_trial *trial, const struct nasbed_architecture *parent,
                     const struct nasbed_architecture *prefix)
{
    const char *name = nasbed_decision_name(trial, prefix);
    struct nasbed_architecture before = *parent;
    for (before.n = 0; before.n < parent->n; before.n++)
        if (strcmp(nasbed_decision_name(trial, &before), name) == 0)
            return parent->decision[before.n];
    return -1;
}

/* Each decision from either parent; from the one that makes it where the other does not. */
static void cross(struct nasbed_trial *trial, const struct nasbed_architecture *mother,
                  const struct nasbed_architecture *father, struct nasbed_architecture *child)
{
    *child = (struct nasbed_architecture){.n = 0};
    for (int n; (n = nasbed_options(trial, child)) > 0; child->n++) {
        int a = option_of(trial, mother, child), b = option_of(trial, father, child);
        bool first = b < 0 || (a >= 0 && nasbed_below(trial, 2) == 0);
        int option = first ? a : b;
        if (option < 0)
            option = (int)nasbed_below(trial, (uint32_t)n);
        child->decision[child->n] = (unsigned char)option;
    }
}

/* Each decision anew with some probability; those that the parent does not make, always. */
static void mutate(struct nasbed_trial *trial, double probability,
                   const struct nasbed_architecture *parent, struct nasbed_architecture *child)
{
    *child = (struct nasbed_architecture){.n = 0};
    for (int n; (n = nasbed_options(trial, child)) > 0; child->n++) {
        int option = option_of(trial, parent, child);
        if (option < 0 || nasbed_uniform(trial) < probability)
            option = (int)nasbed_below(trial, (uint32_t)n);
        child->decision[child->n] = (unsigned char)option;
    }
}

enum { TRIES = 10 }; /* for every child wanted, as in the authors' code: a bound, not a promise */

static const struct nasbed_architecture *parent(struct search *search)
{
    uint32_t i = nasbed_below(search->trial, (uint32_t)search->parents.n);
    return &search->parents.entry[i].architecture;
}

/* The next generation: crossovers, mutations, and random ones up to P. False when memory runs out. */
static bool breed(struct search *search)
{
    const struct settings *set = search->set;
    struct nasbed_trial *trial = search->trial;
    struct nasbed_architecture child;
    search->children.n = 0;
    int left = search->parents.n ? search->crossovers : 0;
    for (int tries = left * TRIES; left > 0 && tries > 0; tries--) {
        const struct nasbed_architecture *mother = parent(search), *father = parent(search);
        cross(trial, mother, father, &child);
        left -= take(search, &child);
    }
    left = search->parents.n ? search->mutations : 0;
    for (int tries = left * TRIES; left > 0 && tries > 0; tries--) {
        mutate(trial, set->probability, parent(search), &child);
        left -= take(search, &child);
    }
    search->bred = search->children.n;
    left = search->population - (int)search->children.n;
    for (int tries = left * TRIES; left > 0 && tries > 0; tries--) {
        nasbed_random(trial, &child);
        left -= take(search, &child);
    }
    return !search->starved;
}

/* The search ------------------------------------------------------------------------------------- */

/* Score the children that the budget of scores pays. *whole: it paid all of them. */
static enum nasbed_status score(struct search *search, bool *whole)
{
    struct nasbed_trial *trial = search->trial;
    struct history *children = &search->children;
    *whole = stages_cut(trial, search->supernet, &search->scoring, search->left, children) == 0;
    if (children->n == 0)
        return NASBED_DONE;
    double before = (double)nasbed_left(trial);
    enum nasbed_status status = sharing_score(trial, search->supernet, &search->scoring, children);
    search->left -= before - (double)nasbed_left(trial);
    search->evolved += search->bred < children->n ? search->bred : children->n;
    return status;
}

/* The children, scored, join the archive; its k best are the parents. */
static bool select_parents(struct search *search)
{
    bool held = true;
    for (size_t i = 0; i < search->children.n && held; i++)
        held = history_add(&search->archive, &search->children.entry[i].architecture,
                           search->children.entry[i].accuracy);
    search->parents.n = 0;
    return held && stages_rank(&search->archive, search->top, &search->parents);
}

/* Generations until there are G, nothing new comes, or the budget does not pay all of one. */
static enum nasbed_status evolve(struct search *search)
{
    bool whole = true;
    int g = 0;
    for (; g < search->set->generations && whole; g++) {
        if (!breed(search))
            return nasbed_fail(search->trial, "out of memory");
        if (search->children.n == 0)
            break;
        enum nasbed_status status = score(search, &whole);
        if (status != NASBED_DONE)
            return status;
        if (!select_parents(search))
            return nasbed_fail(search->trial, "out of memory");
        if (search->children.n == 0)
            break;
    }
    nasbed_log(search->trial, "generations", g);
    return NASBED_DONE;
}

static enum nasbed_status finish(struct search *search)
{
    struct nasbed_trial *trial = search->trial;
    struct history ranked = {0};
    enum nasbed_status status;
    if (search->evolved == 0)
        nasbed_log(trial, NASBED_LOG_RANDOM, 1);
    if (stages_rank(&search->archive, stages_reach(trial, search->set->verify), &ranked))
        status = stages_finish(trial, &ranked, search->set->verify);
    else
        status = nasbed_fail(trial, "out of memory");
    history_free(&ranked);
    return status;
}
