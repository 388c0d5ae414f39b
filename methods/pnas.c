/* PNAS: cells in order of increasing size. All of the smallest are trained; a surrogate learns their
 * accuracies; every survivor is enlarged in every way, the surrogate scores the enlargements without
 * training, and only the K best are trained. Liu et al.: "Progressive Neural Architecture Search",
 * ECCV 2018, arXiv:1712.00559, Algorithm 1. */
#include "methods/kit/history.h"
#include "methods/kit/levels.h"
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
     .help = "K, networks of the second level that are trained, what is free not counted; 0: what "
             "0.15 of the budget takes to e1 at average cost (T/4: 0.6 of the budget), and no more "
             "than 0.3 of it pays",
     .provenance = "paper: 256 (from memory); here by the budget: 15 of a hundred full trainings"},
    {.name = "level3",
     OPTION(level3, INT),
     .standard = "0",
     .least = 0,
     .most = 100000,
     .help = "K of the third level; 0: what 0.35 of the budget takes to e1 at average cost",
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
     .help = "for how many of the best networks the budget is held back to train them to the end; "
             "what is left then goes to the next; 0: what 0.15 of the budget takes from e1 to the "
             "end at average cost, none if e1 is the end",
     .provenance = "by the budget: 15 of a hundred full trainings"},
    {.name = "lstm",
     OPTION(lstm, FLAG),
     .standard = "no",
     .help = "the surrogate reads strings by an LSTM, not by an MLP; some twenty times slower",
     .provenance =
         "the paper compares the two; every edge's options of a worth of their own, and pairwise: "
         "regret at budget 30 on `cell` and `chain` 2.2 and 3.5, the paired MLP 1.1 and 1.8"},
    {.name = "paired",
     OPTION(paired, FLAG),
     .standard = "yes",
     .help =
         "beside its option's embedding a token has one of the pair of place and option; no: of "
         "the place, and the MLP, whose mean over blocks loses the order, cannot see which block "
         "has which option",
     .provenance =
         "paper: apart, but there inputs vary and tell blocks apart; every edge's options of a "
         "worth of their own, and pairwise: tau-b of unseen level 2 and 3 by 60 of level 2, `cell` "
         "0.76 and 0.33, apart 0.55 and 0.22, LSTM 0.69 and 0.10; `chain` 0.74 and 0.45, apart "
         "0.51 and 0.29, LSTM 0.65 and 0.28"},
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

struct search {
    struct nasbed_trial *trial;
    struct settings set; /* resolved */
    struct levels levels;
    struct regressor surrogate;
    struct history history;   /* all that was trained to e1, level by level */
    size_t parents;           /* where the last complete level begins there */
    struct example *examples; /* [history.n] of capacity */
    double *predicted; /* likewise: what was said of it before it was trained; NaN: it was known */
    size_t capacity;
    struct candidates pool; /* C: not trained yet, the best predicted first */
    size_t chosen;          /* networks that the surrogate chose, and were trained */
    int reached;            /* the last level that anything was paid for */
    double share2;          /* of the budget, that level 2 may take: its networks may be dear */
    uint64_t hold;          /* FLOPs for the top */
    struct nasbed_architecture unpaid; /* the first passed over as too dear; n = 0: none */
};

static bool open_search(struct search *search);
static void close_search(struct search *search);
static bool expand(struct search *search, int level);
static enum nasbed_status train_best(struct search *search, int level, int K, double share);
static enum nasbed_status fit(struct search *search, int level);
static enum nasbed_status score(struct search *search, int level);
static void name_refusal(struct search *search);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct search search = {.trial = trial, .set = *(const struct settings *)settings};
    const struct settings *set = &search.set;
    enum nasbed_status status = NASBED_DONE;
    if (!open_search(&search))
        status = nasbed_fail(trial, "out of memory, or a space that it has no plan for");
    for (int b = 1; b <= LEVELS && status == NASBED_DONE; b++) {
        int K = b == 1 ? INT_MAX : b == 2 ? set->level2 : set->level3;
        if (!expand(&search, b))
            status = nasbed_fail(trial, "out of memory");
        else if (b > 1)
            status = score(&search, b);
        if (status == NASBED_DONE)
            status = train_best(&search, b, K, b == 2 ? search.share2 : 1);
        if (status == NASBED_DONE)
            status = fit(&search, b);
    }
    while (status == NASBED_DONE && search.pool.n > 0) { /* what the budget still pays */
        status = score(&search, LEVELS);
        if (status == NASBED_DONE)
            status = train_best(&search, LEVELS, set->level3, set->round);
        if (status == NASBED_DONE)
            status = fit(&search, LEVELS);
    }
    if (status != NASBED_FAILED) {
        if (search.chosen == 0)
            nasbed_log(trial, NASBED_LOG_RANDOM, 1);
        nasbed_log(trial, "levels", search.reached);
        name_refusal(&search);
        /* The top and, what was held back for them being an estimate, whatever it pays beyond. */
        status = history_finish(trial, &search.history, set->point, INT_MAX);
    }
    close_search(&search);
    return status;
}

/* Opening -------------------------------------------------------------------------------------- */

/* How many networks this share of the budget takes through `points` of the schedule at average cost, and
 * one. A table may have one point alone: then each costs a full training. */
static int networks(const struct search *search, double share, int points)
{
    double trainings = share * nasbed_budget(search->trial);
    return 1 + (int)(trainings * nasbed_points(search->trial) / points + 1e-9);
}

/* What is left to the budget. */
static void settle(struct search *search)
{
    struct settings *set = &search->set;
    int T = nasbed_points(search->trial);
    if (set->point == 0 || set->point > T)
        set->point = set->point == 0 ? (T + 3) / 4 : T;
    search->share2 = set->level2 == 0 ? 0.3 : 1;
    if (set->level2 == 0)
        set->level2 = networks(search, 0.15, set->point);
    if (set->level3 == 0)
        set->level3 = networks(search, 0.35, set->point);
    if (set->top == 0 && set->point < T)
        set->top = networks(search, 0.15, T - set->point);
    search->hold = history_hold(search->trial, set->point, set->top);
    nasbed_log(search->trial, "point", set->point);
    nasbed_log(search->trial, "K of level 2", set->level2);
    nasbed_log(search->trial, "K of level 3", set->level3);
    nasbed_log(search->trial, "top", set->top);
}

static bool open_search(struct search *search)
{
    const struct settings *set = &search->set;
    settle(search);
    if (!levels_open(&search->levels, search->trial))
        return false;
    struct regressor_shape shape = {.recurrent = set->lstm,
                                    .block = search->levels.slots,
                                    .ids = levels_ids(&search->levels, set->paired),
                                    .width = set->width,
                                    .members = set->members,
                                    .range = set->range};
    return regressor_open(&search->surrogate, &shape);
}

static void close_search(struct search *search)
{
    regressor_close(&search->surrogate);
    levels_close(&search->levels);
    history_free(&search->history);
    free(search->examples);
    free(search->predicted);
    free(search->pool.entry);
}

/* C of `level` from S of the level before. */
static bool expand(struct search *search, int level)
{
    bool expanded =
        levels_expand(&search->levels, level, &search->history, search->parents, &search->pool);
    search->parents = search->history.n;
    return expanded;
}

/* The surrogate -------------------------------------------------------------------------------- */

static void spell(const struct search *search, const struct nasbed_architecture *a, int level,
                  struct string *string)
{
    levels_spell(&search->levels, a, level, search->set.paired, !search->set.lstm, string);
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
    size_t n = search->pool.n;
    struct string *strings = calloc(n + 1, sizeof *strings);
    double *predicted = doubles_open(n), *scratch = doubles_open(n);
    bool allocated = strings && predicted && scratch;
    if (allocated) {
        for (size_t i = 0; i < n; i++)
            spell(search, &search->pool.entry[i].architecture, level, &strings[i]);
        regressor_predict(&search->surrogate, strings, (int)n, predicted, scratch);
        for (size_t i = 0; i < n; i++)
            search->pool.entry[i].predicted = predicted[i];
        qsort(search->pool.entry, n, sizeof *search->pool.entry, by_prediction);
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

enum { BATCH = 256 };

/* Networks that are trained side by side. */
struct batch {
    struct nasbed_request request[BATCH];
    struct nasbed_result result[BATCH];
    double predicted[BATCH];
    size_t n;
};

/* What is known already is remembered, too: it has children of its own at the next level, and that its
 * string, which no other entry of its level has, means the same is what a fit is to learn of it. */
static bool remember(struct search *search, const struct nasbed_architecture *a, int level,
                     double predicted, double accuracy)
{
    size_t n = search->history.n;
    if (n == search->capacity) {
        size_t capacity = n ? 2 * n : 256;
        struct example *examples = realloc(search->examples, capacity * sizeof *examples);
        if (examples)
            search->examples = examples;
        double *kept = realloc(search->predicted, capacity * sizeof *kept);
        if (kept)
            search->predicted = kept;
        if (!examples || !kept)
            return false;
        search->capacity = capacity;
    }
    spell(search, a, level, &search->examples[n].string);
    search->predicted[n] = predicted;
    return history_add(&search->history, a, accuracy);
}

static bool affordable(uint64_t left, uint64_t hold, uint64_t charge)
{
    return charge <= left && hold <= left - charge;
}

/* Take a batch out of C, the best predicted first: as many as can be paid to e1 with `hold` FLOPs left
 * over, were all networks different, and at most `most` that cost anything. A network that is known
 * already, as an isomorph is, answers for free and takes no place among the K; at the last level,
 * where it has no children to come, it is passed over. So is what the budget pays no more, whatever
 * else is left out; one that only this batch cannot pay waits for the next. */
static void take(struct search *search, int level, size_t most, uint64_t hold, struct batch *batch)
{
    struct candidates *pool = &search->pool;
    uint64_t left = nasbed_left(search->trial), sum = hold;
    size_t taken = 0;
    batch->n = 0;
    for (; taken < pool->n && most > 0 && batch->n < BATCH; taken++) {
        const struct candidate *next = &pool->entry[taken];
        uint64_t charge = nasbed_quote(search->trial, &next->architecture, search->set.point);
        if (charge == 0 && level == LEVELS)
            continue;
        if (!affordable(left, search->hold, charge)) {
            if (search->unpaid.n == 0)
                search->unpaid = next->architecture;
            continue;
        }
        if (!affordable(left, sum, charge))
            break;
        sum += charge;
        most -= charge > 0;
        batch->predicted[batch->n] = next->predicted;
        batch->request[batch->n++] = (struct nasbed_request){next->architecture, search->set.point};
    }
    pool->n -= taken;
    memmove(pool->entry, pool->entry + taken, pool->n * sizeof *pool->entry);
}

/* Train a batch; *paid += those that cost anything. */
static enum nasbed_status train(struct search *search, int level, struct batch *batch, size_t *paid)
{
    enum nasbed_status status =
        nasbed_query_many(search->trial, batch->request, batch->n, batch->result);
    for (size_t i = 0; i < batch->n && batch->result[i].status == NASBED_DONE; i++) {
        bool known = batch->result[i].free;
        if (!remember(search, &batch->request[i].architecture, level,
                      known ? (double)NAN : batch->predicted[i], batch->result[i].valid_accuracy))
            return nasbed_fail(search->trial, "out of memory");
        *paid += !known;
    }
    return status;
}

/* FLOPs to leave when this share of the budget may be spent now: at least the top's. */
static uint64_t hold_after(const struct search *search, double share)
{
    double budget = nasbed_budget(search->trial) * (double)nasbed_unit(search->trial);
    double keep = (double)nasbed_left(search->trial) - share * budget;
    return keep > (double)search->hold ? (uint64_t)keep : search->hold;
}

/* How well what was trained since `before` had been ranked. What was known has been fitted to before,
 * as an isomorph. */
static bool log_unseen(struct search *search, int level, size_t before)
{
    size_t n = 0;
    double *predicted = doubles_open(search->history.n),
           *measured = doubles_open(search->history.n);
    bool allocated = predicted && measured;
    for (size_t i = before; i < search->history.n && allocated; i++)
        if (!isnan(search->predicted[i])) {
            predicted[n] = search->predicted[i];
            measured[n++] = search->history.entry[i].accuracy;
        }
    if (allocated)
        log_tau(search, "unseen", level, predicted, measured, n);
    free(predicted);
    free(measured);
    return allocated;
}

/* The K best of C, as far as this share of the budget goes, but one at least if the budget itself pays
 * for it; then how well they were predicted. Refused when it pays for no more. */
static enum nasbed_status train_best(struct search *search, int level, int K, double share)
{
    size_t before = search->history.n, paid = 0;
    uint64_t hold = hold_after(search, share);
    struct batch *batch = calloc(1, sizeof *batch);
    enum nasbed_status status = batch ? NASBED_DONE : NASBED_FAILED;
    while (status == NASBED_DONE && paid < (size_t)K) {
        /* Isomorphs of one batch are paid once: after it there may be more left than was thought. */
        take(search, level, (size_t)K - paid, hold, batch);
        if (batch->n == 0 && search->history.n == before)
            take(search, level, 1, search->hold, batch);
        if (batch->n == 0)
            break;
        status = train(search, level, batch, &paid);
    }
    free(batch);
    if (paid > 0)
        search->reached = level;
    if (level > 1) {
        search->chosen += paid;
        if (status != NASBED_FAILED && !log_unseen(search, level, before))
            status = NASBED_FAILED;
    }
    if (status == NASBED_FAILED)
        return nasbed_fail(search->trial, "out of memory");
    return status == NASBED_DONE && search->history.n == before ? NASBED_REFUSED : status;
}

/* Where nothing is to be completed no query is refused, and the trace would not say why the search
 * ended: one of what was passed over is asked for. */
static void name_refusal(struct search *search)
{
    const struct nasbed_architecture *unpaid = &search->unpaid;
    struct nasbed_result result;
    if (unpaid->n == 0 || search->set.point < nasbed_points(search->trial))
        return;
    uint64_t charge = nasbed_quote(search->trial, unpaid, search->set.point);
    if (charge > nasbed_left(search->trial) && charge < UINT64_MAX)
        (void)nasbed_query(search->trial, unpaid, search->set.point, &result);
}
