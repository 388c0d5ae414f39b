/* SNAS: the architecture a random variable, relaxed by the concrete distribution; its logits and the
 * weights follow one loss, the temperature falls. Xie, Zheng, Liu, Lin: "SNAS: Stochastic Neural
 * Architecture Search", ICLR 2019, arXiv:1812.09926, sections 2.2 and 2.3; without the resource term. */
#include "base/numeric.h"
#include "methods/kit/relaxation.h"
#include "methods/kit/sharing.h"

struct settings {
    double share, rate, rate_end, momentum, decay, clip;
    double alpha_rate, alpha_decay, alpha_mean, alpha_deviation, alpha_clip;
    int alpha_steps;
    double hot, cold;
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
     .provenance = "the authors' code"},
    {.name = "alpha-steps",
     OPTION(alpha_steps, INT),
     .standard = "0",
     .least = 0,
     .most = 1000000,
     .help = "the logits' rate is multiplied by this over the number of steps; 0: not",
     .provenance = "paper: not; 2000 lets a short search move them as far as a long one may"},
    {.name = "alpha-decay",
     OPTION(alpha_decay, REAL),
     .standard = "0.001",
     .least = 0,
     .most = 1,
     .help = "weight decay of the logits",
     .provenance = "the authors' code"},
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
     .provenance = "the authors' code"},
    {.name = "cold",
     OPTION(cold, REAL),
     .standard = "0.03",
     .least = 0.001,
     .most = 100,
     .help = "temperature at the end",
     .provenance = "the authors' code"},
    {.name = "none",
     OPTION(none, FLAG),
     .standard = "yes",
     .help = "none may be decoded",
     .provenance = "the authors' code"},
    {.name = NULL}};

static const struct nasbed_preset presets[] = {
    {.name = "published",
     .settings = "rate=0.025,rate-end=0.001,momentum=0.9,decay=0.0003,clip=5,"
                 "alpha-rate=0.0003,alpha-steps=0,alpha-decay=0.001,alpha-mean=1,"
                 "alpha-deviation=0.01,alpha-clip=10,hot=1,cold=0.03",
     .source = "the authors' code and the search command of its README: the defaults"},
    {.name = "short",
     .settings = "alpha-steps=2000",
     .source = "ours: a short search's logits move as far as a long one's may"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell", .kind = NASBED_NATIVE, .note = "one sample a step for all cells"},
    {.name = "chain",
     .kind = NASBED_EXTENSION,
     .note = "five concrete choices a block: kernels mixed before the ReLU, width by a mask on the "
             "channels, depth and skip by weighted sums"},
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

struct search {
    struct nasbed_trial *trial;
    const struct settings *set;
    int supernet;
    struct relaxation alpha; /* log alpha of the paper */
};

static enum nasbed_status train(struct search *search);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct search search = {.trial = trial, .set = settings};
    struct nasbed_architecture choice;
    if (!relaxation_open(&search.alpha, trial, search.set->alpha_mean, search.set->alpha_deviation))
        return nasbed_fail(trial, "out of memory, or a space without choices");
    enum nasbed_status status = nasbed_supernet_open(trial, &search.supernet);
    if (status == NASBED_DONE)
        status = train(&search);
    if (status == NASBED_DONE) {
        nasbed_log(trial, "logit-spread", relaxation_spread(&search.alpha));
        nasbed_log(trial, "entropy", relaxation_entropy(&search.alpha));
        status = nasbed_supernet_trained(trial, search.supernet);
    }
    if (status == NASBED_DONE) {
        relaxation_decode(&search.alpha, search.set->none ? NULL : "none", &choice);
        status = nasbed_finish(trial, &choice);
    }
    relaxation_close(&search.alpha);
    return status;
}

/* G = - log(- log U), U away from 0 and 1. */
static void draw_gumbel(struct nasbed_trial *trial, const struct relaxation *alpha,
                        double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS])
{
    for (int i = 0; i < alpha->n; i++)
        for (int k = 0; k < alpha->choice[i].options; k++) {
            double u = nasbed_uniform(trial);
            u = u < 1e-12 ? 1e-12 : u > 1 - 1e-12 ? 1 - 1e-12 : u;
            noise[i][k] = -numeric_log(-numeric_log(u));
        }
}

/* Each step: one sample Z of the whole architecture, one loss, both gradients from it. */
static enum nasbed_status train(struct search *search)
{
    const struct settings *set = search->set;
    struct relaxation *alpha = &search->alpha;
    struct nasbed_rule rule = {.momentum = set->momentum, .decay = set->decay, .clip = set->clip};
    double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
    struct nasbed_program z;
    struct nasbed_pass pass;
    relaxation_mix(alpha, 1, NULL, &z);
    uint64_t steps = sharing_steps(search->trial, set->share,
                                   nasbed_supernet_quote(search->trial, search->supernet, &z));
    alpha->adam.beta1 = 0.5;
    alpha->adam.rate =
        set->alpha_rate * (set->alpha_steps ? (double)set->alpha_steps / (double)steps : 1);
    alpha->decay = set->alpha_decay;
    for (uint64_t step = 0; step < steps; step++) {
        double lambda = set->hot + (set->cold - set->hot) * (double)step / (double)steps;
        rule.rate = sharing_rate(set->rate, set->rate_end, step, steps);
        draw_gumbel(search->trial, alpha, noise);
        relaxation_mix(alpha, lambda, (const double(*)[NASBED_CHOICE_OPTIONS])noise, &z);
        enum nasbed_status status =
            nasbed_supernet_step(search->trial, search->supernet, &z, &rule, &pass);
        if (status != NASBED_DONE)
            return status == NASBED_REFUSED ? NASBED_DONE : status;
        relaxation_step(alpha, lambda, &z, (const double(*)[NASBED_CHOICE_OPTIONS])pass.gradient,
                        set->alpha_clip);
        relaxation_record(alpha, set->none ? NULL : "none", step, steps);
    }
    return NASBED_DONE;
}
