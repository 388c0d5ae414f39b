/* PNAS: cells in order of increasing size. All of the smallest are trained; a surrogate learns their
 * accuracies; every survivor is enlarged in every way, the surrogate scores the enlargements without
 * training, and only the K best are trained. Liu et al.: "Progressive Neural Architecture Search",
 * ECCV 2018, arXiv:1712.00559, Algorithm 1. */
#include "methods/kit/alphabet.h"
#include "methods/kit/history.h"
#include "methods/kit/rank.h"
#include "methods/kit/regressor.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    int point, level2, level3, top;
    double round;
    bool lstm, paired;
    int width, members;
    double range, first_rate, rate;
    int first_epochs, epochs;
    bool shuffled;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

static const struct nasbed_option options[] = {
    {.name = "point",
     OPTION(point, INT),
     .standard = "0",
     .least = 0,
     .most = NASBED_POINTS,
     .help = "e1: train to this point of the schedule; 0: to a quarter of it",
     .provenance = "paper: 20 epochs, 300 to 600 in the end (from memory)"},
    {.name = "level2",
     OPTION(level2, INT),
     .standard = "0",
     .least = 0,
     .most = 100000,
     .help = "K, architectures of the second level that are trained; 0: 0.6 of the budget",
     .provenance = "paper: 256 (from memory); here by the budget: 15 of a hundred full trainings"},
    {.name = "level3",
     OPTION(level3, INT),
     .standard = "0",
     .least = 0,
     .most = 100000,
     .help = "K of the third level; 0: 1.4 of the budget",
     .provenance = "paper: 256 (from memory); here by the budget: 35 of a hundred full trainings"},
    {.name = "round",
     OPTION(round, REAL),
     .standard = "0.05",
     .least = 0.001,
     .most = 1,
     .help =
         "then, while the budget lasts, more of the last level, the surrogate fitted anew after "
         "each round of this share of the budget (but at most level3 architectures)",
     .provenance = "not the paper's, which ends with its levels: the budget is to be spent"},
    {.name = "top",
     OPTION(top, INT),
     .standard = "0",
     .least = 0,
     .most = 1000,
     .help = "how many of the best are trained to the end; 0: a fifth of the budget",
     .provenance = "by the budget: 15 of a hundred full trainings"},
    {.name = "lstm",
     OPTION(lstm, FLAG),
     .standard = "no",
     .help = "the surrogate reads strings by an LSTM, not by an MLP",
     .provenance = "the paper compares the two"},
    {.name = "paired",
     OPTION(paired, FLAG),
     .standard = "yes",
     .help = "an embedding for each pair of place and option, not one for each and their sum",
     .provenance =
         "paper: apart; chosen on `smoke`: the MLP's mean over blocks of such sums forgets "
         "which place had which option (tau-b of all of level 3 0.30, paired 0.41)"},
    {.name = "width",
     OPTION(width, INT),
     .standard = "32",
     .least = 1,
     .most = 512,
     .help = "of embeddings, the LSTM's state and the MLP's two layers",
     .provenance = "paper: 100 (from memory), for over a thousand networks"},
    {.name = "members",
     OPTION(members, INT),
     .standard = "5",
     .least = 1,
     .most = REGRESSOR_MEMBERS,
     .help = "surrogates in the ensemble, each blind to its own part of the data; 1: one, of all",
     .provenance = "paper: 5, each of 4/5 of the data (from memory)"},
    {.name = "range",
     OPTION(range, REAL),
     .standard = "0.1",
     .least = 0,
     .most = 10,
     .help = "a surrogate's weights begin uniform in [-range, range)",
     .provenance = "paper (from memory)"},
    {.name = "first-rate",
     OPTION(first_rate, REAL),
     .standard = "0.01",
     .least = 0,
     .most = 1,
     .help = "Adam's learning rate at the first level",
     .provenance = "paper (from memory)"},
    {.name = "rate",
     OPTION(rate, REAL),
     .standard = "0.002",
     .least = 0,
     .most = 1,
     .help = "and at later levels",
     .provenance = "paper (from memory)"},
    {.name = "first-epochs",
     OPTION(first_epochs, INT),
     .standard = "200",
     .least = 1,
     .most = 100000,
     .help = "steps of a fit at the first level, each over all data",
     .provenance = "not known of the paper; the method's card: 200, then 100"},
    {.name = "epochs",
     OPTION(epochs, INT),
     .standard = "100",
     .least = 1,
     .most = 100000,
     .help = "and at later levels",
     .provenance = "not known of the paper; the method's card: 200, then 100"},
    {.name = "shuffled",
     OPTION(shuffled, FLAG),
     .standard = "no",
     .help = "fit to shuffled accuracies: a surrogate that knows nothing, for comparison",
     .provenance = "a control"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell",
     .kind = NASBED_NATIVE,
     .note = "a level is a node more; edges to absent nodes are none"},
    {.name = "chain",
     .kind = NASBED_NATIVE,
     .note = "a level is a block more; absent blocks are the smallest"},
    {.name = "macro",
     .kind = NASBED_NATIVE,
     .note = "a level is a stage more; absent stages are identities"},
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);

const struct nasbed_method method_pnas = {
    .abi = NASBED_ABI,
    .name = "pnas",
    .class_name = "SMBO",
    .modular = true,
    .incomplete = true,
    .survey = "PNAS",
    .source = "Liu et al.: Progressive Neural Architecture Search, ECCV 2018",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run,
    .blas = true};

/* How a space grows: the decisions of each block by name. An architecture of level b has blocks 1 ..
 * b; the decisions of all others are their first option (none; one small layer). */
enum { BLOCKS = 3, SLOTS = 5 };

struct plan {
    const char *space;
    const char *block[BLOCKS][SLOTS];
    /* The other way to write the same network; false if there is none. NULL: never. */
    bool (*mirror)(const struct nasbed_architecture *a, struct nasbed_architecture *mirrored);
};

static bool mirror_cell(const struct nasbed_architecture *a, struct nasbed_architecture *mirrored);

static const struct plan plans[] = {
    {"cell",
     {{"edge 0>3"}, {"edge 0>1", "edge 1>3"}, {"edge 0>2", "edge 1>2", "edge 2>3"}},
     mirror_cell},
    {"chain",
     {{"depth 1", "width 1", "kernel 1.1", "kernel 1.2", "skip 1"},
      {"depth 2", "width 2", "kernel 2.1", "kernel 2.2", "skip 2"},
      {"depth 3", "width 3", "kernel 3.1", "kernel 3.2", "skip 3"}},
     NULL},
    {"macro",
     {{"layer 1", "layer 2"}, {"layer 3", "layer 4", "layer 5"}, {"layer 6", "layer 7", "layer 8"}},
     NULL}};

/* An architecture of some level: what the surrogate reads, and says. */
struct candidate {
    struct nasbed_architecture architecture;
    double predicted;
    size_t order; /* random: among equals */
};

struct search {
    struct nasbed_trial *trial;
    struct settings set; /* resolved */
    const struct plan *plan;
    struct alphabet alphabet;
    int block[ALPHABET_KINDS], slots; /* of a kind: its block, 0 .. ; slots of the widest block */
    struct regressor surrogate;
    struct history history;   /* all that was trained to e1, level by level */
    size_t parents;           /* where the last complete level begins there */
    struct example *examples; /* [history.n] of examples_capacity */
    size_t examples_capacity;
    struct candidate *pool; /* C: [pool_n] not trained yet, the best predicted first */
    size_t pool_n, pool_capacity;
    unsigned char *level_of; /* [count] last level that an index was pooled at */
    uint64_t hold;           /* FLOPs for the top */
};

static bool open_search(struct search *search);
static void close_search(struct search *search);
static bool expand_all(struct search *search, int level);
static enum nasbed_status train_best(struct search *search, int level, int K, double share);
static enum nasbed_status fit(struct search *search, int level);
static enum nasbed_status score(struct search *search, int level);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct search search = {.trial = trial, .set = *(const struct settings *)settings};
    const struct settings *set = &search.set;
    enum nasbed_status status = NASBED_DONE;
    if (!open_search(&search))
        status = nasbed_fail(trial, "out of memory, or a space that it has no plan for");
    for (int b = 1; b <= BLOCKS && status == NASBED_DONE; b++) {
        int K = b == 1 ? INT_MAX : b == 2 ? set->level2 : set->level3;
        if (!expand_all(&search, b))
            status = nasbed_fail(trial, "out of memory");
        else if (b > 1)
            status = score(&search, b);
        if (status == NASBED_DONE)
            status = train_best(&search, b, K, 1);
        if (status == NASBED_DONE)
            status = fit(&search, b);
    }
    while (status == NASBED_DONE && search.pool_n > 0) { /* what the budget still pays */
        status = score(&search, BLOCKS);
        if (status == NASBED_DONE)
            status = train_best(&search, BLOCKS, set->level3, set->round);
        if (status == NASBED_DONE)
            status = fit(&search, BLOCKS);
    }
    if (status != NASBED_FAILED)
        status = history_finish(trial, &search.history, set->point, set->top);
    close_search(&search);
    return status;
}

/* Opening -------------------------------------------------------------------------------------- */

/* What is left to the budget. */
static void settle(struct search *search)
{
    struct settings *set = &search->set;
    int T = nasbed_points(search->trial);
    double budget = nasbed_budget(search->trial);
    if (set->point == 0 || set->point > T)
        set->point = set->point == 0 ? (T + 3) / 4 : T;
    if (set->level2 == 0)
        set->level2 = 1 + (int)(0.6 * budget);
    if (set->level3 == 0)
        set->level3 = 1 + (int)(1.4 * budget);
    if (set->top == 0)
        set->top = 1 + (int)(0.2 * budget);
    search->hold = history_hold(search->trial, set->point, set->top);
    nasbed_log(search->trial, "point", set->point);
    nasbed_log(search->trial, "K of level 2", set->level2);
    nasbed_log(search->trial, "K of level 3", set->level3);
    nasbed_log(search->trial, "top", set->top);
}

/* The block of each kind of decision, and the widest block. False if a kind is in none. */
static bool read_plan(struct search *search)
{
    for (size_t p = 0; p < sizeof plans / sizeof *plans; p++)
        if (strcmp(plans[p].space, nasbed_space_name(search->trial)) == 0)
            search->plan = &plans[p];
    if (!search->plan || !alphabet_read(&search->alphabet, search->trial))
        return false;
    for (int k = 0; k < search->alphabet.kinds; k++)
        search->block[k] = -1;
    for (int b = 0; b < BLOCKS; b++)
        for (int slot = 0; slot < SLOTS && search->plan->block[b][slot]; slot++) {
            int k = alphabet_find_kind(&search->alphabet, search->plan->block[b][slot]);
            if (k >= 0)
                search->block[k] = b;
            if (slot >= search->slots)
                search->slots = slot + 1;
        }
    for (int k = 0; k < search->alphabet.kinds; k++)
        if (search->block[k] < 0)
            return false;
    return true;
}

/* Embeddings: each word, each kind of decision and "no decision"; or each pair of the first two. */
static int ids_of(const struct search *search)
{
    int words = search->alphabet.words, kinds = search->alphabet.kinds;
    return search->set.paired ? words * kinds + 1 : words + kinds + 1;
}

static bool open_search(struct search *search)
{
    const struct settings *set = &search->set;
    settle(search);
    if (!read_plan(search))
        return false;
    search->level_of = calloc(nasbed_count(search->trial), 1);
    struct regressor_shape shape = {.recurrent = set->lstm,
                                    .block = search->slots,
                                    .ids = ids_of(search),
                                    .width = set->width,
                                    .members = set->members,
                                    .range = set->range};
    return search->level_of && regressor_open(&search->surrogate, &shape);
}

static void close_search(struct search *search)
{
    regressor_close(&search->surrogate);
    history_free(&search->history);
    free(search->examples);
    free(search->pool);
    free(search->level_of);
}

/* Expansion ------------------------------------------------------------------------------------ */

static bool mirror_cell(const struct nasbed_architecture *a, struct nasbed_architecture *mirrored)
{
    static const int swapped[] = {1, 0, 2, 3, 5, 4}; /* 0>1 with 0>2, 1>3 with 2>3 */
    if (a->decision[2] != 0)                         /* 1>2 tells nodes 1 and 2 apart */
        return false;
    *mirrored = *a;
    for (int i = 0; i < 6; i++)
        mirrored->decision[i] = a->decision[swapped[i]];
    return true;
}

/* Whether the index comes first at this level. */
static bool pooled_first(struct search *search, const struct nasbed_architecture *a, int level)
{
    uint64_t index = nasbed_index(search->trial, a);
    struct nasbed_architecture mirrored;
    if (search->level_of[index] == level)
        return false;
    if (search->plan->mirror && search->plan->mirror(a, &mirrored) &&
        search->level_of[nasbed_index(search->trial, &mirrored)] == level)
        return false;
    search->level_of[index] = (unsigned char)level;
    return true;
}

static bool pool_add(struct search *search, const struct nasbed_architecture *a, int level)
{
    if (!pooled_first(search, a, level))
        return true;
    if (search->pool_n == search->pool_capacity) {
        size_t capacity = search->pool_capacity ? 2 * search->pool_capacity : 1024;
        struct candidate *grown = realloc(search->pool, capacity * sizeof *grown);
        if (!grown)
            return false;
        search->pool = grown;
        search->pool_capacity = capacity;
    }
    search->pool[search->pool_n++] = (struct candidate){.architecture = *a};
    return true;
}

/* The parent's option of the decision after `prefix`, by its kind; the first if it has none. */
static int inherited(const struct search *search, const struct nasbed_architecture *parent,
                     const struct nasbed_architecture *prefix)
{
    const char *kind = nasbed_decision_name(search->trial, prefix);
    struct nasbed_architecture before = *parent;
    for (before.n = 0; before.n < parent->n; before.n++)
        if (strcmp(nasbed_decision_name(search->trial, &before), kind) == 0)
            return parent->decision[before.n];
    return 0;
}

/* Every way to enlarge `parent` (level - 1) by block `level`, from `prefix` on. */
static bool expand(struct search *search, const struct nasbed_architecture *parent, int level,
                   struct nasbed_architecture *prefix)
{
    int choices = nasbed_options(search->trial, prefix);
    if (choices == 0)
        return pool_add(search, prefix, level);
    int kind = alphabet_find_kind(&search->alphabet, nasbed_decision_name(search->trial, prefix));
    int block = search->block[kind] + 1, first = 0, last = 0;
    if (block == level)
        last = choices - 1;
    else if (block < level)
        first = last = inherited(search, parent, prefix);
    bool added = true;
    for (int o = first; o <= last && added; o++) {
        prefix->decision[prefix->n++] = (unsigned char)o;
        added = expand(search, parent, level, prefix);
        prefix->n--;
    }
    return added;
}

/* C of `level` from S of the level before, in a random order: what ties are broken by. */
static bool expand_all(struct search *search, int level)
{
    struct nasbed_architecture prefix = {.n = 0}, none = {.n = 0};
    bool added = true;
    search->pool_n = 0;
    if (level == 1)
        added = expand(search, &none, level, &prefix);
    for (size_t i = search->parents; i < search->history.n && added; i++)
        added = expand(search, &search->history.entry[i].architecture, level, &prefix);
    search->parents = search->history.n;
    for (size_t i = search->pool_n; i > 1; i--) {
        size_t j = nasbed_below(search->trial, (uint32_t)i);
        struct candidate kept = search->pool[i - 1];
        search->pool[i - 1] = search->pool[j];
        search->pool[j] = kept;
    }
    for (size_t i = 0; i < search->pool_n; i++)
        search->pool[i].order = i;
    return added;
}

/* The surrogate -------------------------------------------------------------------------------- */

/* The option that `a` has for a decision, as the index of its name; -1: it has no such decision. */
static int word_of(const struct search *search, const struct nasbed_architecture *a, int kind)
{
    struct nasbed_architecture before = *a;
    for (before.n = 0; before.n < a->n; before.n++) {
        const char *name = nasbed_decision_name(search->trial, &before);
        if (alphabet_find_kind(&search->alphabet, name) != kind)
            continue;
        const struct alphabet_kind *found = &search->alphabet.kind[kind];
        const char *option = nasbed_option_name(search->trial, &before, a->decision[before.n]);
        return found->word[alphabet_find_token(found, option)];
    }
    return -1;
}

/* Blocks 1 .. level as tokens: what was decided and where. The MLP's blocks are all as long as the
 * longest. */
static void spell(const struct search *search, const struct nasbed_architecture *a, int level,
                  struct string *string)
{
    int words = search->alphabet.words, none = ids_of(search) - 1;
    string->n = 0;
    for (int b = 0; b < level; b++)
        for (int slot = 0; slot < search->slots; slot++) {
            const char *name = search->plan->block[b][slot];
            if (!name && search->set.lstm)
                continue;
            int kind = name ? alphabet_find_kind(&search->alphabet, name) : -1;
            int word = kind >= 0 ? word_of(search, a, kind) : -1;
            short *id = string->id[string->n++];
            id[0] = (short)(word < 0 ? none : search->set.paired ? word + words * kind : word);
            id[1] = (short)(word < 0 || search->set.paired ? -1 : words + kind);
        }
}

static int by_prediction(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->predicted != b->predicted)
        return a->predicted > b->predicted ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

/* y^ of all of C; the largest first. */
static enum nasbed_status score(struct search *search, int level)
{
    size_t n = search->pool_n;
    struct string *strings = calloc(n + 1, sizeof *strings);
    double *predicted = doubles_open(n), *scratch = doubles_open(n);
    bool allocated = strings && predicted && scratch;
    if (allocated) {
        for (size_t i = 0; i < n; i++)
            spell(search, &search->pool[i].architecture, level, &strings[i]);
        regressor_predict(&search->surrogate, strings, (int)n, predicted, scratch);
        for (size_t i = 0; i < n; i++)
            search->pool[i].predicted = predicted[i];
        qsort(search->pool, n, sizeof *search->pool, by_prediction);
    }
    free(strings);
    free(predicted);
    free(scratch);
    return allocated ? NASBED_DONE : nasbed_fail(search->trial, "out of memory");
}

/* Kendall's tau-b of prediction and measurement, on record unless there is none (all ties). */
static void log_tau(struct search *search, const char *what, int level, const double *predicted,
                    const double *measured, size_t n)
{
    char name[64];
    double tau = rank_tau_b(predicted, measured, (int)n);
    (void)snprintf(name, sizeof name, "tau-b level %d %s", level, what);
    if (!isnan(tau))
        nasbed_log(search->trial, name, tau);
}

/* Targets in a random order: what the control learns. */
static void shuffle_targets(struct search *search)
{
    for (size_t i = search->history.n; i > 1; i--) {
        size_t j = nasbed_below(search->trial, (uint32_t)i);
        double kept = search->examples[i - 1].target;
        search->examples[i - 1].target = search->examples[j].target;
        search->examples[j].target = kept;
    }
}

/* How the surrogate ranks what it was just fitted to, of the last level. */
static bool log_seen(struct search *search, int level)
{
    size_t first = search->parents, n = search->history.n - first;
    struct string *strings = calloc(n + 1, sizeof *strings);
    double *predicted = doubles_open(n), *scratch = doubles_open(n);
    bool allocated = strings && predicted && scratch;
    if (allocated) {
        for (size_t i = 0; i < n; i++)
            strings[i] = search->examples[first + i].string;
        regressor_predict(&search->surrogate, strings, (int)n, predicted, scratch);
        for (size_t i = 0; i < n; i++)
            scratch[i] = search->history.entry[first + i].accuracy;
        log_tau(search, "seen", level, predicted, scratch, n);
    }
    free(strings);
    free(predicted);
    free(scratch);
    return allocated;
}

/* Fit to all levels so far, from scratch. */
static enum nasbed_status fit(struct search *search, int level)
{
    const struct settings *set = &search->set;
    for (size_t i = 0; i < search->history.n; i++)
        search->examples[i].target = search->history.entry[i].accuracy / 100;
    if (set->shuffled)
        shuffle_targets(search);
    if (!regressor_fit(&search->surrogate, search->examples, (int)search->history.n,
                       level == 1 ? set->first_epochs : set->epochs,
                       level == 1 ? set->first_rate : set->rate, search->trial) ||
        !log_seen(search, level))
        return nasbed_fail(search->trial, "out of memory");
    return NASBED_DONE;
}

/* Training ------------------------------------------------------------------------------------- */

static bool remember(struct search *search, const struct nasbed_architecture *a, int level,
                     double accuracy)
{
    if (search->history.n == search->examples_capacity) {
        size_t capacity = search->examples_capacity ? 2 * search->examples_capacity : 256;
        struct example *grown = realloc(search->examples, capacity * sizeof *grown);
        if (!grown)
            return false;
        search->examples = grown;
        search->examples_capacity = capacity;
    }
    spell(search, a, level, &search->examples[search->history.n].string);
    return history_add(&search->history, a, accuracy);
}

/* How many of the first `n` of C can be paid to e1 with `hold` FLOPs left over, were all networks
 * different. */
static size_t affordable(const struct search *search, size_t n, uint64_t hold)
{
    uint64_t left = nasbed_left(search->trial), sum = hold;
    for (size_t i = 0; i < n; i++) {
        uint64_t charge =
            nasbed_quote(search->trial, &search->pool[i].architecture, search->set.point);
        if (charge > left || sum > left - charge)
            return i;
        sum += charge;
    }
    return n;
}

/* Train the first n of C, which can be paid, and take them out of it. */
static enum nasbed_status train(struct search *search, int level, size_t n,
                                struct nasbed_request *requests, struct nasbed_result *results)
{
    for (size_t i = 0; i < n; i++)
        requests[i] = (struct nasbed_request){search->pool[i].architecture, search->set.point};
    enum nasbed_status status = nasbed_query_many(search->trial, requests, n, results);
    for (size_t i = 0; i < n && results[i].status == NASBED_DONE; i++)
        if (!remember(search, &search->pool[i].architecture, level, results[i].valid_accuracy))
            return nasbed_fail(search->trial, "out of memory");
    search->pool_n -= n;
    memmove(search->pool, search->pool + n, search->pool_n * sizeof *search->pool);
    return status;
}

/* FLOPs to leave when this share of the budget may be spent now: at least the top's. */
static uint64_t hold_after(const struct search *search, double share)
{
    double budget = nasbed_budget(search->trial) * (double)nasbed_unit(search->trial);
    double keep = (double)nasbed_left(search->trial) - share * budget;
    return keep > (double)search->hold ? (uint64_t)keep : search->hold;
}

/* Train the first of C that `hold` allows, at most n, in `requests` and `results` [n]. */
static enum nasbed_status train_first(struct search *search, int level, size_t n, uint64_t hold,
                                      struct nasbed_request *requests,
                                      struct nasbed_result *results)
{
    enum nasbed_status status = NASBED_DONE;
    size_t pay = 1;
    /* Isomorphs of one batch are paid once: after it there may be more left than was thought. */
    for (; n > 0 && pay > 0 && status == NASBED_DONE; n -= pay)
        if ((pay = affordable(search, n, hold)) > 0)
            status = train(search, level, pay, requests, results);
    return status;
}

/* The K best of C, as far as this share of the budget goes; then how well they were predicted.
 * Refused when the budget pays for no more. */
static enum nasbed_status train_best(struct search *search, int level, int K, double share)
{
    size_t n = (size_t)K < search->pool_n ? (size_t)K : search->pool_n;
    size_t before = search->history.n;
    struct nasbed_request *requests = calloc(n + 1, sizeof *requests);
    struct nasbed_result *results = calloc(n + 1, sizeof *results);
    double *predicted = doubles_open(n), *measured = doubles_open(n);
    enum nasbed_status status = NASBED_FAILED;
    if (requests && results && predicted && measured) {
        for (size_t i = 0; i < n; i++)
            predicted[i] = search->pool[i].predicted;
        status = train_first(search, level, n, hold_after(search, share), requests, results);
        size_t done = search->history.n - before;
        for (size_t i = 0; i < done; i++)
            measured[i] = search->history.entry[before + i].accuracy;
        if (level > 1)
            log_tau(search, "unseen", level, predicted, measured, done);
        if (status == NASBED_DONE && n > 0 && done == 0)
            status = NASBED_REFUSED;
    } else {
        (void)nasbed_fail(search->trial, "out of memory");
    }
    free(requests);
    free(results);
    free(predicted);
    free(measured);
    return status;
}
