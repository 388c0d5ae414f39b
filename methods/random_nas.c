/* RandomNAS: random search with weight sharing. A supernet is trained by uniform paths, one a batch; its
 * weights then rank random architectures. Li, Talwalkar: "Random Search and Reproducibility for Neural
 * Architecture Search", UAI 2019, arXiv:1902.07638, sections 2 to 4 and appendix A.2. */
#include "methods/kit/sharing.h"

#include <stdlib.h>

struct settings {
    double share, score_share, rate, rate_end, momentum, decay, clip;
    int candidates, batches, finalists, verify;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

static const struct nasbed_option options[] = {
    {.name = "share",
     OPTION(share, REAL),
     .standard = "0.6",
     .least = 0.01,
     .most = 1,
     .help = "of the budget that trains the supernet",
     .provenance = "paper 4: not a share but 150 epochs, to which the final trainings come"},
    {.name = "score-share",
     OPTION(score_share, REAL),
     .standard = "0.4",
     .least = 0.01,
     .most = 1,
     .help = "of what is left then that scores candidates at most",
     .provenance = "keeps enough for the finalists and stage 2 at budgets of some ten trainings"},
    {.name = "rate",
     OPTION(rate, REAL),
     .standard = "0.1",
     .least = 0,
     .most = 10,
     .help = "learning rate at first, then a cosine",
     .provenance =
         "the authors' code: 0.025, by epochs; 0.1 with clip 5 gave better sub-networks on "
         "fashion-mini at budget 3.5 (78.6 % on average, the published pair 73.8 %)"},
    {.name = "rate-end",
     OPTION(rate_end, REAL),
     .standard = "0.001",
     .least = 0,
     .most = 10,
     .help = "learning rate at the end",
     .provenance = "the authors' code"},
    {.name = "momentum",
     OPTION(momentum, REAL),
     .standard = "0.9",
     .least = 0,
     .most = 1,
     .help = "of SGD, not Nesterov's",
     .provenance = "the authors' code"},
    {.name = "decay",
     OPTION(decay, REAL),
     .standard = "0.0003",
     .least = 0,
     .most = 1,
     .help = "of the weights that a step uses",
     .provenance = "the authors' code; there it moves unused weights too, once they were used"},
    {.name = "clip",
     OPTION(clip, REAL),
     .standard = "5",
     .least = 0,
     .most = 1000,
     .help = "norm that the gradient is cut down to; 0: not",
     .provenance = "paper 4.2.2: 1 in place of DARTS's 5, for discrete paths; see rate"},
    {.name = "candidates",
     OPTION(candidates, INT),
     .standard = "1000",
     .least = 1,
     .most = 100000,
     .help = "random architectures of a round, at most; a round for every 10,000 steps",
     .provenance = "the authors' code"},
    {.name = "batches",
     OPTION(batches, INT),
     .standard = "10",
     .least = 1,
     .most = 100000,
     .help = "of 64 validation images that score a candidate",
     .provenance = "the authors' code"},
    {.name = "finalists",
     OPTION(finalists, INT),
     .standard = "10",
     .least = 1,
     .most = 1000,
     .help = "best candidates of a round that are scored on the whole validation split",
     .provenance = "the authors' code"},
    {.name = "verify",
     OPTION(verify, INT),
     .standard = "1",
     .least = 1,
     .most = 1000,
     .help = "best finalists that are trained from scratch (stage 2); 1: the best is the choice",
     .provenance = "paper 4: the winners of 4 supernets; one supernet here"},
    {.name = NULL}};

static const struct nasbed_preset presets[] = {
    {.name = "published",
     .settings = "rate=0.025,rate-end=0.001,momentum=0.9,decay=0.0003,clip=1,"
                 "candidates=1000,batches=10,finalists=10",
     .source = "paper 4.2.2 and the authors' code; the cosine falls by steps"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell", .kind = NASBED_NATIVE, .note = "NAS-Bench-201's RSPS, with batch statistics"},
    {.name = "chain",
     .kind = NASBED_EXTENSION,
     .note = "kernels and layers have weights of their own, a narrow layer is the first half of a "
             "wide one"},
    SHARING_NOT_ON_MACRO,
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);

const struct nasbed_method method_random_nas = {
    .abi = NASBED_ABI,
    .name = "random-nas",
    .class_name = "RS",
    .modular = true,
    .incomplete = true,
    .survey = "RandomNAS",
    .source = "Li, Talwalkar: Random Search and Reproducibility for Neural Architecture Search, "
              "UAI 2019",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run,
    .supernet = true,
    .presets = presets};

enum { STEPS_OF_ROUND = 10000 };

static enum nasbed_status select_one(struct nasbed_trial *trial, int supernet,
                                     const struct settings *set, int candidates,
                                     struct history *finals);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    const struct settings *set = settings;
    const struct sharing sharing = {
        .share = set->share,
        .first = set->rate,
        .last = set->rate_end,
        .rule = {.momentum = set->momentum, .decay = set->decay, .clip = set->clip}};
    struct history finals = {0};
    uint64_t steps;
    int supernet;
    enum nasbed_status status = nasbed_supernet_open(trial, &supernet);
    if (status == NASBED_DONE)
        status = sharing_train(trial, supernet, &sharing, &steps);
    if (status == NASBED_DONE)
        status = nasbed_supernet_trained(trial, supernet);
    if (status != NASBED_DONE)
        return status;
    int rounds = 1 + (int)(steps / STEPS_OF_ROUND) - (steps >= STEPS_OF_ROUND);
    int candidates =
        sharing_affords(trial, set->score_share / rounds, 64 * set->batches, set->candidates);
    for (int r = 0; r < rounds && status == NASBED_DONE; r++)
        status = select_one(trial, supernet, set, candidates, &finals);
    if (status != NASBED_FAILED)
        status =
            history_finish(trial, &finals, set->verify > 1 ? 1 : nasbed_points(trial), set->verify);
    history_free(&finals);
    return status;
}

/* Draw candidates, score them on a few batches, the best of them on the whole validation split. What
 * the budget does not pay is left out: `finals` has what was scored. */
static enum nasbed_status select_one(struct nasbed_trial *trial, int supernet,
                                     const struct settings *set, int candidates,
                                     struct history *finals)
{
    const struct nasbed_scoring few = {.images = 64 * set->batches}, all = {.images = 0};
    struct history drawn = {0}, best = {0};
    struct nasbed_architecture a;
    bool held = true;
    for (int i = 0; i < candidates && held; i++) {
        nasbed_random(trial, &a);
        held = history_add(&drawn, &a, 0);
    }
    enum nasbed_status status =
        held ? sharing_score(trial, supernet, &few, &drawn) : nasbed_fail(trial, "out of memory");
    for (int i = 0; i < set->finalists && status == NASBED_DONE; i++) {
        const struct evaluated *next = history_best_but(&drawn, &best);
        if (next && !history_add(&best, &next->architecture, next->accuracy))
            status = nasbed_fail(trial, "out of memory");
    }
    if (status == NASBED_DONE && sharing_score(trial, supernet, &all, &best) == NASBED_FAILED)
        status = NASBED_FAILED; /* refused: their few batches must do */
    for (size_t i = 0; i < best.n && status == NASBED_DONE; i++)
        if (!history_add(finals, &best.entry[i].architecture, best.entry[i].accuracy))
            status = nasbed_fail(trial, "out of memory");
    history_free(&drawn);
    history_free(&best);
    return status;
}
