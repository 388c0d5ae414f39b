/* SNAS: the architecture a random variable, relaxed by the concrete distribution; its logits and the
 * weights follow one loss, which has its expected cost in it, the temperature falls. Xie, Zheng, Liu, Lin:
 * "SNAS: Stochastic Neural Architecture Search", ICLR 2019, arXiv:1812.09926, sections 2.2 to 2.4. */
#include "methods/kit/relaxation.h"
#include "methods/kit/resource.h"
#include "methods/kit/sharing.h"
#include "methods/kit/stages.h"

#include <math.h>
#include <string.h>

struct settings {
    double share, rate, rate_end, momentum, decay, clip;
    double alpha_rate, alpha_decay, alpha_mean, alpha_deviation, alpha_clip;
    int alpha_steps;
    double hot, cold;
    char constraint[NASBED_TEXT];
    double eta;
    bool none, child;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

static const struct nasbed_option options[] = {
    {.name = "share",
     OPTION(share, REAL),
     .standard = "1",
     .least = 0.01,
     .most = 1,
     .help = "of the budget that the search trains for",
     .provenance = "paper: 150 epochs; here what the budget pays, both schedules over that"},
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
     .provenance = "the authors' code"},
    {.name = "momentum",
     OPTION(momentum, REAL),
     .standard = "0.9",
     .least = 0,
     .most = 1,
     .help = "of the weights' SGD, not Nesterov's",
     .provenance = "the authors' code"},
    {.name = "decay",
     OPTION(decay, REAL),
     .standard = "0.0003",
     .least = 0,
     .most = 1,
     .help = "of the weights",
     .provenance = "the authors' code"},
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
     .provenance = "the authors' code on several GPUs; on one it takes this rate for plain SGD"},
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
     .provenance = "the authors' code on several GPUs; on one: 0"},
    {.name = "alpha-mean",
     OPTION(alpha_mean, REAL),
     .standard = "1",
     .least = -10,
     .most = 10,
     .help = "mean of the logits at first",
     .provenance = "the authors' code; only differences count, but for the decay"},
    {.name = "alpha-deviation",
     OPTION(alpha_deviation, REAL),
     .standard = "0.01",
     .least = 0,
     .most = 10,
     .help = "their standard deviation",
     .provenance = "the authors' code"},
    {.name = "alpha-clip",
     OPTION(alpha_clip, REAL),
     .standard = "10",
     .least = 0,
     .most = 1000,
     .help = "norm that their gradient is cut down to; 0: not",
     .provenance = "the authors' code"},
    {.name = "hot",
     OPTION(hot, REAL),
     .standard = "1",
     .least = 0.001,
     .most = 100,
     .help = "temperature at first, then linear",
     .provenance = "the authors' code; that it falls is its README's --temp_annealing"},
    {.name = "cold",
     OPTION(cold, REAL),
     .standard = "0.03",
     .least = 0.001,
     .most = 100,
     .help = "temperature at the end",
     .provenance = "the authors' code"},
    {.name = "constraint",
     OPTION(constraint, TEXT),
     .standard = "discrete",
     .help =
         "expected cost in the loss: none; discrete: under softmax(alpha); reparam: of the sample; "
         "policy: by its score",
     .provenance = "paper 2.4: all; discrete here: exact, and at any temperature without bias"},
    {.name = "eta",
     OPTION(eta, REAL),
     .standard = "0.001",
     .least = 0,
     .most = 1e6,
     .help = "weight of the logarithm of the expected multiply-accumulates",
     .provenance =
         "the authors' code: 0.01 with --log_penalty, for policy 0.0001; its README: 0.0015; its "
         "cost is "
         "parameters, FLOPs and memory access alike. Chosen on fashion-mini, `cell`, budget 10: "
         "mean "
         "test accuracy of three seeds 87.8 % with 0.001 as without a constraint (87.8 %) at fewer "
         "multiply-accumulates; 81.6 % with 0.01, pools and skips alone"},
    {.name = "none",
     OPTION(none, FLAG),
     .standard = "yes",
     .help = "none may be decoded",
     .provenance = "the authors' code"},
    {.name = "child",
     OPTION(child, FLAG),
     .standard = "yes",
     .help =
         "what is decoded is validated once with the shared weights, which is charged and logged",
     .provenance =
         "paper: the child keeps the accuracy; the search leaves its price over where that "
         "is less than a tenth of the budget"},
    {.name = NULL}};

static const struct nasbed_preset presets[] = {
    {.name = "published",
     .settings = "rate=0.025,rate-end=0.001,momentum=0.9,decay=0.0003,clip=5,"
                 "alpha-rate=0.0003,alpha-steps=0,alpha-decay=0.001,alpha-mean=1,"
                 "alpha-deviation=0.01,alpha-clip=10,hot=1,cold=0.03,"
                 "constraint=reparam,eta=0.01",
     .source =
         "the search command for one GPU of the authors' README (8 cells): its cost is "
         "reparametrised, the default's is not; not there: its drop-path of 0.3, its plain SGD of "
         "the logits (this Adam is the code's for several GPUs), parameters and memory access in "
         "the cost"},
    {.name = "short",
     .settings = "alpha-steps=2000",
     .source = "ours: a short search's logits move as far as a long one's may"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell",
     .kind = NASBED_NATIVE,
     .note =
         "one sample a step for all cells; the cost is every edge's multiply-accumulates, of which "
         "pools, skips and none have none; pools have no batch norm"},
    {.name = "chain",
     .kind = NASBED_EXTENSION,
     .note =
         "five concrete choices a block: kernels mixed before the ReLU, width by a mask on the "
         "channels, depth and skip by weighted sums; the cost is the whole network's, a product "
         "of choices, and at a temperature above 0 reparam estimates it with a bias"},
    SHARING_NOT_ON_MACRO,
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);

const struct nasbed_method method_snas = {
    .abi = NASBED_ABI,
    .name = "snas",
    .class_name = "GO",
    .modular = true,
    .continuous = true,
    .incomplete = true,
    .survey = "SNAS",
    .source = "Xie, Zheng, Liu, Lin: SNAS: Stochastic Neural Architecture Search, ICLR 2019",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run,
    .supernet = true,
    .presets = presets};

enum constraint { FREE, DISCRETE, REPARAM, POLICY, CONSTRAINTS };

struct search {
    struct nasbed_trial *trial;
    const struct settings *set;
    int supernet;
    struct relaxation alpha; /* log alpha of the paper */
    enum constraint constraint;
    struct resource resource;
    struct nasbed_program nothing; /* the path of nothing but `none`, if there is one */
    uint64_t nothing_flops;        /* of a step of it; 0: there is none */
    uint64_t dead;                 /* samples without a connection */
    uint64_t steps;
};

static enum nasbed_status open_search(struct search *search);
static enum nasbed_status train(struct search *search);
static enum nasbed_status report(struct search *search);
static enum nasbed_status validate_child(struct search *search,
                                         const struct nasbed_architecture *child);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct search search = {.trial = trial, .set = settings};
    struct nasbed_architecture choice;
    if (!relaxation_open(&search.alpha, trial, search.set->alpha_mean, search.set->alpha_deviation))
        return nasbed_fail(trial, "out of memory, or a space without choices");
    enum nasbed_status status = open_search(&search);
    if (status == NASBED_DONE)
        status = train(&search);
    if (status == NASBED_DONE && search.steps == 0) /* logits as they began decide */
        nasbed_log(trial, NASBED_LOG_RANDOM, 1);
    if (status == NASBED_DONE)
        status = report(&search);
    if (status == NASBED_DONE) {
        relaxation_decode(&search.alpha, search.set->none ? NULL : "none", &choice);
        status = validate_child(&search, &choice);
    }
    if (status == NASBED_DONE)
        status = nasbed_finish(trial, &choice);
    relaxation_close(&search.alpha);
    return status;
}

/* Samples without a connection ----------------------------------------------------------------------- */

/* What a path of nothing but `none` costs: the classifier alone, as any path without a connection. */
static void find_nothing(struct search *search)
{
    struct nasbed_architecture a = {.n = 0};
    for (int most; (most = nasbed_options(search->trial, &a)) > 0; a.n++) {
        int none = 0;
        while (none < most && strcmp(nasbed_option_name(search->trial, &a, none), "none") != 0)
            none++;
        if (none == most)
            return;
        a.decision[a.n] = (unsigned char)none;
    }
    nasbed_path(search->trial, &a, &search->nothing);
    search->nothing_flops =
        nasbed_supernet_quote(search->trial, search->supernet, &search->nothing);
}

/* Whether the options of the largest weights leave no connection. Such samples are counted, not drawn
 * anew: that would change what they are drawn from. */
static bool is_dead(const struct search *search, const struct nasbed_program *z)
{
    struct nasbed_program path = {.weighed = false};
    bool none = false;
    for (int i = 0; i < search->alpha.n; i++) {
        int best = 0;
        for (int k = 1; k < search->alpha.choice[i].options; k++)
            best = z->weight[i][k] > z->weight[i][best] ? k : best;
        path.present[i][best] = true;
        none = none || search->nothing.present[i][best];
    }
    return none &&
           nasbed_supernet_quote(search->trial, search->supernet, &path) == search->nothing_flops;
}

/* The search ----------------------------------------------------------------------------------------- */

static enum nasbed_status open_search(struct search *search)
{
    static const char *const names[CONSTRAINTS] = {"none", "discrete", "reparam", "policy"};
    while (search->constraint < CONSTRAINTS &&
           strcmp(names[search->constraint], search->set->constraint) != 0)
        search->constraint++;
    if (search->constraint == CONSTRAINTS)
        return nasbed_fail(search->trial, "constraint: none, discrete, reparam or policy");
    enum nasbed_status status = nasbed_supernet_open(search->trial, &search->supernet);
    if (status != NASBED_DONE)
        return status;
    find_nothing(search);
    if (!resource_open(&search->resource, search->trial, search->supernet))
        return nasbed_fail(search->trial, "what the space's options cost is not to be found out");
    return NASBED_DONE;
}

/* What is held for the child's validation, which costs less than the mixture's: nothing in an audit, which
 * has no child, nor where it would be a tenth of what is left or more. */
static double held(const struct search *search, double pass)
{
    struct nasbed_schedule schedule;
    double left = (double)nasbed_left(search->trial);
    nasbed_schedule(search->trial, &schedule);
    double child = pass * schedule.valid_images / (3.0 * schedule.batch);
    bool wanted = search->set->child && !sharing_audited(search->trial);
    return wanted && child < 0.1 * left ? child : 0;
}

/* Steps that the share pays. */
static uint64_t plan(const struct search *search)
{
    struct nasbed_program mixture;
    relaxation_mix(&search->alpha, 1, NULL, &mixture);
    double pass = (double)nasbed_supernet_quote(search->trial, search->supernet, &mixture);
    double left = (double)nasbed_left(search->trial);
    return (uint64_t)(fmin(search->set->share * left, left - held(search, pass)) / pass);
}

/* Add the gradient of eta E[C(Z)]: C exactly under softmax(alpha), of the sample and through it, or times
 * the gradient of the sample's log density. */
static void constrain(struct search *search, double lambda, const struct nasbed_program *z,
                      const double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS])
{
    double gradient[NASBED_CHOICES][NASBED_CHOICE_OPTIONS], of[NASBED_CHOICES] = {0};
    double cost[NASBED_CHOICES] = {0}, eta = search->set->eta;
    struct relaxation *alpha = &search->alpha;
    struct nasbed_program p = *z;
    if (search->constraint == DISCRETE)
        relaxation_mix(alpha, 1, NULL, &p);
    (void)resource_penalty(&search->resource, (const double(*)[NASBED_CHOICE_OPTIONS])p.weight,
                           gradient, of);
    for (int i = 0; i < alpha->n; i++) {
        for (int k = 0; k < alpha->choice[i].options; k++)
            gradient[i][k] *= eta;
        int part = search->resource.part[i];
        cost[i] = part < 0 ? 0 : eta * of[part];
    }
    if (search->constraint == POLICY)
        relaxation_score(alpha, noise, cost);
    else
        relaxation_backward(alpha, search->constraint == DISCRETE ? 1 : lambda, &p,
                            (const double(*)[NASBED_CHOICE_OPTIONS])gradient);
}

/* One sample Z of the whole architecture, one loss, both gradients from it. */
static enum nasbed_status step_both(struct search *search, const struct nasbed_rule *rule,
                                    double lambda)
{
    double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
    struct relaxation *alpha = &search->alpha;
    struct nasbed_program z;
    struct nasbed_pass pass;
    relaxation_gumbel(alpha, noise);
    relaxation_mix(alpha, lambda, (const double(*)[NASBED_CHOICE_OPTIONS])noise, &z);
    enum nasbed_status status =
        nasbed_supernet_step(search->trial, search->supernet, &z, rule, &pass);
    if (status != NASBED_DONE)
        return status;
    search->dead += search->nothing_flops && is_dead(search, &z);
    relaxation_clear(alpha);
    relaxation_backward(alpha, lambda, &z, (const double(*)[NASBED_CHOICE_OPTIONS])pass.gradient);
    if (search->constraint != FREE)
        constrain(search, lambda, &z, (const double(*)[NASBED_CHOICE_OPTIONS])noise);
    relaxation_update(alpha, search->set->alpha_clip);
    return status;
}

static enum nasbed_status train(struct search *search)
{
    const struct settings *set = search->set;
    struct relaxation *alpha = &search->alpha;
    struct nasbed_rule rule = {.momentum = set->momentum, .decay = set->decay, .clip = set->clip};
    uint64_t steps = plan(search);
    relaxation_plan(alpha, set->alpha_rate, set->alpha_decay, set->alpha_steps, steps);
    for (uint64_t step = 0; step < steps; step++) {
        double lambda = set->hot + (set->cold - set->hot) * (double)step / (double)steps;
        rule.rate = sharing_rate(set->rate, set->rate_end, step, steps);
        enum nasbed_status status = step_both(search, &rule, lambda);
        if (status != NASBED_DONE)
            return status == NASBED_REFUSED ? NASBED_DONE : status;
        relaxation_record(alpha, set->none ? NULL : "none", step, steps);
        search->steps++;
    }
    return NASBED_DONE;
}

/* The end -------------------------------------------------------------------------------------------- */

static enum nasbed_status report(struct search *search)
{
    struct nasbed_program p;
    relaxation_mix(&search->alpha, 1, NULL, &p);
    relaxation_report(&search->alpha);
    nasbed_log(search->trial, "expected-macs",
               resource_macs(&search->resource, (const double(*)[NASBED_CHOICE_OPTIONS])p.weight));
    if (search->nothing_flops)
        nasbed_log(search->trial, "dead-samples", (double)search->dead);
    return nasbed_supernet_trained(search->trial, search->supernet);
}

/* What is decoded keeps its accuracy with the weights that it inherits, or does not: the paper's claim. */
static enum nasbed_status validate_child(struct search *search,
                                         const struct nasbed_architecture *child)
{
    const struct nasbed_scoring all = {.images = 0};
    double accuracy;
    uint64_t price = stages_price(search->trial, search->supernet, child, &all);
    if (!search->set->child || price > nasbed_left(search->trial))
        return NASBED_DONE;
    enum nasbed_status status =
        nasbed_supernet_score(search->trial, search->supernet, child, 1, &all, &accuracy);
    if (status == NASBED_DONE)
        nasbed_log(search->trial, "child-accuracy", accuracy);
    return status == NASBED_REFUSED ? NASBED_DONE : status;
}
