/* DARTS: every choice relaxed to a softmax mixture; logits and weights trained in turn, on validation and
 * on training batches. Liu, Simonyan, Yang: "DARTS: Differentiable Architecture Search", ICLR 2019,
 * arXiv:1806.09055, section 2, Algorithm 1. */
#include "methods/kit/relaxation.h"
#include "methods/kit/sharing.h"

#include <math.h>
#include <string.h>

enum {
    RESTARTS = 8, /* most; a trial keeps no more supernets */
    CHOICE = 2    /* trainings of average cost that one of a choice is taken to cost */
};

struct settings {
    double share;
    int order;
    double rate, rate_end, momentum, decay, clip;
    double alpha_rate, alpha_decay, alpha_start;
    int alpha_steps;
    char first[NASBED_TEXT];
    int restarts, point;
    bool none;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

static const struct nasbed_option options[] = {
    {.name = "share",
     OPTION(share, REAL),
     .standard = "1",
     .least = 0.01,
     .most = 1,
     .help = "of the budget that the search trains for",
     .provenance = "paper: 50 epochs; here what the budget pays, the cosine over that"},
    {.name = "order",
     OPTION(order, INT),
     .standard = "1",
     .least = 1,
     .most = 2,
     .help = "of the logits' gradient: 2 unrolls one step of the weights, at 2.5 times the cost",
     .provenance = "paper: both; 1 here, which small budgets let run 2.5 times as long"},
    {.name = "rate",
     OPTION(rate, REAL),
     .standard = "0.025",
     .least = 0,
     .most = 10,
     .help = "learning rate of the weights at first, then a cosine",
     .provenance = "the authors' code"},
    {.name = "rate-end",
     OPTION(rate_end, REAL),
     .standard = "0.001",
     .least = 0,
     .most = 10,
     .help = "learning rate of the weights at the end",
     .provenance = "the authors' code; paper A.1.1: 0"},
    {.name = "momentum",
     OPTION(momentum, REAL),
     .standard = "0.9",
     .least = 0,
     .most = 1,
     .help = "of the weights' SGD, not Nesterov's",
     .provenance = "paper A.1.1"},
    {.name = "decay",
     OPTION(decay, REAL),
     .standard = "0.0003",
     .least = 0,
     .most = 1,
     .help = "of the weights",
     .provenance = "paper A.1.1"},
    {.name = "clip",
     OPTION(clip, REAL),
     .standard = "5",
     .least = 0,
     .most = 1000,
     .help = "norm that the weights' gradient is cut down to; 0: not",
     .provenance = "the authors' code"},
    {.name = "alpha-rate",
     OPTION(alpha_rate, REAL),
     .standard = "0.0003",
     .least = 0,
     .most = 10,
     .help = "Adam's learning rate of the logits, with betas 0.5 and 0.999",
     .provenance = "paper A.1.1"},
    {.name = "alpha-steps",
     OPTION(alpha_steps, INT),
     .standard = "0",
     .least = 0,
     .most = 1000000,
     .help =
         "a search of fewer steps multiplies the logits' rate by this over their number; 0: not",
     .provenance = "paper: not; 2000 lets a short search move them as far as a long one may"},
    {.name = "alpha-decay",
     OPTION(alpha_decay, REAL),
     .standard = "0.001",
     .least = 0,
     .most = 1,
     .help = "weight decay of the logits",
     .provenance = "paper A.1.1"},
    {.name = "alpha-start",
     OPTION(alpha_start, REAL),
     .standard = "0.001",
     .least = 0,
     .most = 10,
     .help = "the logits begin as this times N(0, 1)",
     .provenance = "the authors' code; paper A.1.1: 0"},
    {.name = "first",
     OPTION(first, TEXT),
     .standard = "alpha",
     .help = "what each step begins with: alpha or weights",
     .provenance = "the authors' code; NAS-Bench-201: weights"},
    {.name = "restarts",
     OPTION(restarts, INT),
     .standard = "1",
     .least = 1,
     .most = RESTARTS,
     .help = "searches that share the budget, the best choice by validation is kept; an audit has "
             "one, of all of it",
     .provenance = "paper 3.2: 4; 1 here, which a small budget lets run 4 times as long"},
    {.name = "point",
     OPTION(point, INT),
     .standard = "2",
     .least = 1,
     .most = NASBED_POINTS,
     .help = "several searches: how far their choices are trained to be compared; twice an average "
             "training's price is held for each, and what that leaves trains them further",
     .provenance = "paper 3.2: 100 of 600 epochs; here 2 of the mini protocols' 12 points"},
    {.name = "none",
     OPTION(none, FLAG),
     .standard = "yes",
     .help = "none may be decoded",
     .provenance = "NAS-Bench-201; the paper passes it over"},
    {.name = NULL}};

static const struct nasbed_preset presets[] = {
    {.name = "published",
     .settings = "order=1,rate=0.025,rate-end=0.001,momentum=0.9,decay=0.0003,clip=5,"
                 "alpha-rate=0.0003,alpha-steps=0,alpha-decay=0.001,alpha-start=0.001",
     .source = "paper A.1.1 and the authors' code, first order: the defaults; not there: its batch "
               "norm after pools, its best of 4 searches (restarts)"},
    {.name = "published-second",
     .settings = "order=2,rate=0.025,rate-end=0.001,momentum=0.9,decay=0.0003,clip=5,"
                 "alpha-rate=0.0003,alpha-steps=0,alpha-decay=0.001,alpha-start=0.001",
     .source = "the same, second order"},
    {.name = "short",
     .settings = "alpha-steps=2000",
     .source = "ours: a short search's logits move as far as a long one's may"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell",
     .kind = NASBED_NATIVE,
     .note = "as in NAS-Bench-201: no edges are selected, pools have no batch norm, batch norms "
             "have the batch's statistics"},
    {.name = "chain",
     .kind = NASBED_EXTENSION,
     .note = "five relaxed choices a block: kernels mixed before the ReLU, width by a mask on the "
             "channels, depth and skip by weighted sums"},
    SHARING_NOT_ON_MACRO,
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);

const struct nasbed_method method_darts = {
    .abi = NASBED_ABI,
    .name = "darts",
    .class_name = "GO",
    .modular = true,
    .continuous = true,
    .incomplete = true,
    .survey = "DARTS",
    .source = "Liu, Simonyan, Yang: DARTS: Differentiable Architecture Search, ICLR 2019",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run,
    .supernet = true,
    .presets = presets};

struct search {
    struct nasbed_trial *trial;
    const struct settings *set;
    bool weights_first;
    int n;          /* searches */
    uint64_t left;  /* at first */
    uint64_t steps; /* of all searches */
    int supernet;
    struct relaxation alpha;
};

static enum nasbed_status train(struct search *search);
static enum nasbed_status search_once(struct search *search, struct nasbed_architecture *choice);
static enum nasbed_status compare(const struct search *search,
                                  const struct nasbed_architecture *choice, int *best);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct search search = {.trial = trial, .set = settings, .left = nasbed_left(trial)};
    struct nasbed_architecture choice[RESTARTS];
    enum nasbed_status status = NASBED_DONE;
    int best = 0;
    search.n = sharing_audited(trial) ? 1 : search.set->restarts;
    search.weights_first = strcmp(search.set->first, "weights") == 0;
    if (!search.weights_first && strcmp(search.set->first, "alpha") != 0)
        return nasbed_fail(trial, "first: alpha or weights");
    for (int i = 0; i < search.n && status == NASBED_DONE; i++)
        status = search_once(&search, &choice[i]);
    if (status == NASBED_DONE && search.steps == 0) /* logits as they began decide */
        nasbed_log(trial, NASBED_LOG_RANDOM, 1);
    if (status == NASBED_DONE && search.n > 1)
        status = compare(&search, choice, &best);
    return status == NASBED_DONE ? nasbed_finish(trial, &choice[best]) : status;
}

static enum nasbed_status search_once(struct search *search, struct nasbed_architecture *choice)
{
    if (!relaxation_open(&search->alpha, search->trial, 0, search->set->alpha_start))
        return nasbed_fail(search->trial, "out of memory, or a space without choices");
    enum nasbed_status status = nasbed_supernet_open(search->trial, &search->supernet);
    if (status == NASBED_DONE)
        status = train(search);
    if (status == NASBED_DONE) {
        relaxation_report(&search->alpha);
        relaxation_decode(&search->alpha, search->set->none ? NULL : "none", choice);
        status = nasbed_supernet_trained(search->trial, search->supernet);
    }
    relaxation_close(&search->alpha);
    return status;
}

/* Of several searches --------------------------------------------------------------------------- */

/* What one search may spend: its part of what remains when the comparison has been left over, for which no
 * more than half is held. */
static double pays(const struct search *search)
{
    double left = (double)search->left, hold = 0;
    int points = nasbed_points(search->trial);
    int point = search->set->point < points ? search->set->point : points;
    if (search->n > 1)
        hold = CHOICE * (double)nasbed_unit(search->trial) * search->n * point / points;
    return search->set->share * (left - fmin(hold, left / 2)) / search->n;
}

/* Those of the choices that are different networks and paid for, each trained to the first point: from then
 * on its isomorphs cost nothing, which is how they are known. Choices that are all the same are not. */
static enum nasbed_status tell_apart(const struct search *search,
                                     const struct nasbed_architecture *choice,
                                     struct nasbed_request *request, int *number, int *n)
{
    enum nasbed_status status = NASBED_DONE;
    struct nasbed_result result;
    int same = 1;
    while (same < search->n && memcmp(&choice[same], choice, sizeof *choice) == 0)
        same++;
    for (int i = 0; same < search->n && i < search->n && status == NASBED_DONE; i++) {
        uint64_t price = nasbed_quote(search->trial, &choice[i], 1);
        if (price == 0 || price > nasbed_left(search->trial))
            continue;
        status = nasbed_query(search->trial, &choice[i], 1, &result);
        request[*n] = (struct nasbed_request){choice[i], 1};
        number[(*n)++] = i;
    }
    return status;
}

/* All of them at the furthest point that is paid for. */
static int furthest(const struct search *search, struct nasbed_request *request, int n)
{
    int point = nasbed_points(search->trial);
    for (;; point--) {
        double price = 0;
        for (int i = 0; i < n; i++) {
            request[i].point = point;
            price += (double)nasbed_quote(search->trial, &request[i].architecture, point);
        }
        if (price <= (double)nasbed_left(search->trial))
            return point;
    }
}

/* The choices that differ trained from scratch to the same point; where there are no two that are paid, the
 * first search's is kept. */
static enum nasbed_status compare(const struct search *search,
                                  const struct nasbed_architecture *choice, int *best)
{
    struct nasbed_request request[RESTARTS];
    struct nasbed_result result[RESTARTS];
    int number[RESTARTS], n = 0, point = 0, first = 0;
    enum nasbed_status status = tell_apart(search, choice, request, number, &n);
    if (status == NASBED_DONE && n > 1) {
        point = furthest(search, request, n);
        status = nasbed_query_many(search->trial, request, (size_t)n, result);
        for (int i = 1; i < n && status == NASBED_DONE; i++)
            if (result[i].valid_accuracy > result[first].valid_accuracy)
                first = i;
        *best = number[first];
    }
    nasbed_log(search->trial, "compared-at", point);
    return status;
}

/* One search ------------------------------------------------------------------------------------- */

/* d = grad_alpha L_val, at w (first order) or at the unrolled w'. */
static enum nasbed_status step_alpha(struct search *search, const struct nasbed_rule *rule)
{
    struct nasbed_program mixture;
    struct nasbed_pass pass;
    relaxation_mix(&search->alpha, 1, NULL, &mixture);
    enum nasbed_status status =
        search->set->order == 1
            ? nasbed_supernet_gradient(search->trial, search->supernet, &mixture, NASBED_VALIDATION,
                                       &pass)
            : nasbed_supernet_unrolled(search->trial, search->supernet, &mixture, rule, &pass);
    if (status == NASBED_DONE)
        relaxation_step(&search->alpha, 1, &mixture,
                        (const double(*)[NASBED_CHOICE_OPTIONS])pass.gradient, 0);
    return status;
}

/* Steps that the share pays: each is a pass for the weights and one, or four, for the logits. */
static uint64_t plan(struct search *search)
{
    struct nasbed_program mixture;
    relaxation_mix(&search->alpha, 1, NULL, &mixture);
    uint64_t pass = nasbed_supernet_quote(search->trial, search->supernet, &mixture);
    uint64_t passes = search->set->order == 1 ? 2 : 5;
    return (uint64_t)(pays(search) / (double)(passes * pass));
}

static enum nasbed_status step_weights(struct search *search, const struct nasbed_rule *rule)
{
    struct nasbed_program mixture;
    relaxation_mix(&search->alpha, 1, NULL, &mixture);
    return nasbed_supernet_step(search->trial, search->supernet, &mixture, rule, NULL);
}

/* Algorithm 1; in the order of the authors' code alpha comes first, then w. Where w does, the second order
 * unrolls the step that comes next. */
static enum nasbed_status train(struct search *search)
{
    const struct settings *set = search->set;
    struct nasbed_rule rule = {.momentum = set->momentum, .decay = set->decay, .clip = set->clip};
    uint64_t steps = plan(search);
    relaxation_plan(&search->alpha, set->alpha_rate, set->alpha_decay, set->alpha_steps, steps);
    for (uint64_t step = 0; step < steps; step++) {
        rule.rate = sharing_rate(set->rate, set->rate_end, step, steps);
        enum nasbed_status status =
            search->weights_first ? step_weights(search, &rule) : step_alpha(search, &rule);
        if (status == NASBED_DONE)
            status =
                search->weights_first ? step_alpha(search, &rule) : step_weights(search, &rule);
        if (status != NASBED_DONE)
            return status == NASBED_REFUSED ? NASBED_DONE : status;
        relaxation_record(&search->alpha, set->none ? NULL : "none", step, steps);
        search->steps++;
    }
    return NASBED_DONE;
}
