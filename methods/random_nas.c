/* RandomNAS: random search with weight sharing. A supernet is trained by uniform paths, one a batch; its
 * weights then rank random architectures. Li, Talwalkar: "Random Search and Reproducibility for Neural
 * Architecture Search", UAI 2019, arXiv:1902.07638, sections 2 to 4 and appendix A.2. */
#include "methods/kit/sharing.h"
#include "methods/kit/stages.h"

#include <math.h>

enum {
    TRIALS = 8,              /* most supernets that a trial of ours opens */
    TRIALS_PAPER = 4,        /* those of the paper */
    TRAININGS_OF_TRIAL = 25, /* of the budget, for each */
    STEPS_OF_ROUND = 10000
};

struct settings {
    double share, score_share, rate, rate_end, momentum, decay, clip;
    int trials, candidates, batches, finalists, verify;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

static const struct nasbed_option options[] = {
    {.name = "share",
     OPTION(share, REAL),
     .standard = "0.6",
     .least = 0.01,
     .most = 1,
     .help = "of the budget that trains the supernets, at least: so does what is not held for "
             "finalists",
     .provenance = "paper 4: not a share but 150 epochs, to which the final trainings come"},
    {.name = "score-share",
     OPTION(score_share, REAL),
     .standard = "0.4",
     .least = 0.01,
     .most = 1,
     .help = "of the rest that scores candidates and finalists, at most",
     .provenance = "chosen: of a budget of 100, 60 train, 16 score and 24 are for stage 2"},
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
    {.name = "trials",
     OPTION(trials, INT),
     .standard = "0",
     .least = 0,
     .most = TRIALS,
     .help = "supernets, each with its own seed and winners; 0: one for every 25 trainings of the "
             "budget, 1 to 4, and 1 if verify is 1; always 1 if share is 1",
     .provenance = "paper 4: 4; chosen: fewer where each would train for less than 15 trainings"},
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
     .help = "best candidates of a round that are scored on the whole validation split, at most; "
             "not again where `batches` hold it",
     .provenance = "the authors' code"},
    {.name = "verify",
     OPTION(verify, INT),
     .standard = "0",
     .least = 0,
     .most = 1000,
     .help = STAGES_VERIFY_HELP,
     .provenance = "paper 4 (stage 2): the winners of 4 supernets; here the budget is spent"},
    {.name = NULL}};

static const struct nasbed_preset presets[] = {
    {.name = "published",
     .settings = "rate=0.025,rate-end=0.001,momentum=0.9,decay=0.0003,clip=1,"
                 "trials=4,candidates=1000,batches=10,finalists=10,verify=4",
     .source = "paper 4 and 4.2.2, the authors' code; the cosine falls by steps; without stage 3, "
               "ten more trainings of the choice"},
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

struct search {
    struct nasbed_trial *trial;
    const struct settings *set;
    int trials;
    struct stages plan;             /* of all trials */
    struct nasbed_scoring few, all; /* of a candidate, of a finalist */
    bool again;                     /* a finalist's score is of more images than a candidate's */
    struct history finals[TRIALS];  /* of each supernet: finalists and their scores */
};

static void prepare(struct search *search);
static enum nasbed_status run_one(struct search *search, int number);
static bool rank(const struct search *search, struct history *ranked);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct search search = {.trial = trial, .set = settings};
    struct history ranked = {0};
    enum nasbed_status status = NASBED_DONE;
    prepare(&search);
    for (int t = 0; t < search.trials && status == NASBED_DONE; t++)
        status = run_one(&search, t);
    if (status == NASBED_DONE && !rank(&search, &ranked))
        status = nasbed_fail(trial, "out of memory");
    if (status == NASBED_DONE && !ranked.n) /* not even one candidate could be scored */
        nasbed_log(trial, NASBED_LOG_RANDOM, 1);
    if (status == NASBED_DONE)
        status = stages_finish(trial, &ranked, search.set->verify);
    for (int t = 0; t < search.trials; t++)
        history_free(&search.finals[t]);
    history_free(&ranked);
    return status;
}

/* The plan --------------------------------------------------------------------------------------- */

static int trials_of(const struct nasbed_trial *trial, const struct settings *set)
{
    if (set->share >= 1) /* nothing is scored: the one that an audit wants */
        return 1;
    if (set->trials > 0)
        return set->trials;
    double trials = nasbed_budget(trial) / TRAININGS_OF_TRIAL;
    if (set->verify == 1 || trials < 1) /* scores of different supernets do not compare */
        return 1;
    return trials < TRIALS_PAPER ? (int)trials : TRIALS_PAPER;
}

/* R of the authors' code. */
static int rounds_of(uint64_t steps)
{
    return steps < 2 * STEPS_OF_ROUND ? 1 : (int)(steps / STEPS_OF_ROUND);
}

/* FLOPs of a round in full: candidates of average cost, finalists of twice that. */
static double round_price(const struct search *search)
{
    const struct settings *set = search->set;
    double candidate = (double)stages_price(search->trial, 0, NULL, &search->few);
    double finalist = (double)stages_price(search->trial, 0, NULL, &search->all);
    return set->candidates * candidate + (search->again ? 2 * set->finalists * finalist : 0);
}

static void prepare(struct search *search)
{
    struct nasbed_trial *trial = search->trial;
    const struct settings *set = search->set;
    search->trials = trials_of(trial, set);
    search->few.images = 64 * set->batches;
    search->again =
        stages_price(trial, 0, NULL, &search->all) > stages_price(trial, 0, NULL, &search->few);
    search->plan.train = (double)nasbed_left(trial); /* at most: more rounds than there will be */
    for (int pass = 0; pass < 2; pass++) {
        uint64_t steps = (uint64_t)(search->plan.train / search->trials /
                                    (double)nasbed_supernet_quote(trial, 0, NULL));
        const struct stages_shares shares = {.train = set->share,
                                             .score = set->score_share,
                                             .enough = 1.25 * search->trials * rounds_of(steps) *
                                                       round_price(search), /* some dear */
                                             .verify = set->verify};
        search->plan = stages_plan(trial, &shares);
    }
    nasbed_log(trial, "trials", search->trials);
}

/* One trial: stage 1 ----------------------------------------------------------------------------- */

static enum nasbed_status select_one(struct search *search, int supernet, double flops,
                                     struct history *finals);

static enum nasbed_status run_one(struct search *search, int number)
{
    const struct settings *set = search->set;
    const struct sharing sharing = {
        .flops = search->plan.train / search->trials,
        .first = set->rate,
        .last = set->rate_end,
        .rule = {.momentum = set->momentum, .decay = set->decay, .clip = set->clip}};
    uint64_t steps;
    int supernet;
    enum nasbed_status status = nasbed_supernet_open(search->trial, &supernet);
    if (status == NASBED_DONE)
        status = sharing_train(search->trial, supernet, &sharing, &steps);
    if (status == NASBED_DONE)
        status = nasbed_supernet_trained(search->trial, supernet);
    if (status != NASBED_DONE)
        return status;
    int rounds = rounds_of(steps);
    double flops = search->plan.score / search->trials / rounds;
    for (int r = 0; r < rounds && status == NASBED_DONE; r++)
        status = select_one(search, supernet, flops, &search->finals[number]);
    return status;
}

/* Score those of `history` that `flops` pays; the others are dropped. */
static enum nasbed_status score(struct search *search, int supernet,
                                const struct nasbed_scoring *scoring, double flops,
                                struct history *history)
{
    (void)stages_cut(search->trial, supernet, scoring, flops, history);
    return history->n ? sharing_score(search->trial, supernet, scoring, history) : NASBED_DONE;
}

/* What a round is made of, and the FLOPs that score its candidates. */
struct round {
    int candidates, finalists;
    double few;
    bool whole; /* finalists are scored on the whole validation split */
};

/* A round in full, or in proportion to what `flops` pays of it. Where a finalist's score would leave less than
 * two candidates' (of one, if no more are wanted), all of it scores candidates. */
static struct round round_plan(const struct search *search, int supernet, double flops)
{
    const struct settings *set = search->set;
    double candidate = (double)stages_price(search->trial, supernet, NULL, &search->few);
    double finalist = (double)stages_price(search->trial, supernet, NULL, &search->all);
    double part = fmin(flops / round_price(search), 1);
    struct round round = {.candidates = (int)(part * set->candidates),
                          .finalists = (int)ceil(part * set->finalists),
                          .few = flops,
                          .whole = search->again};
    if (round.whole)
        round.few -= 2 * round.finalists * finalist;
    if (round.whole && round.few < fmin(2, set->candidates) * candidate)
        round = (struct round){.candidates = (int)fmin(flops / candidate, set->candidates),
                               .few = flops};
    if (!round.whole)
        round.finalists = stages_reach(search->trial, set->verify);
    return round;
}

/* The best of `drawn`, on the whole validation split; by their few batches where those are no fewer, or the
 * whole split is not paid. */
static enum nasbed_status finalists(struct search *search, int supernet, const struct round *round,
                                    const struct history *drawn, struct history *finals)
{
    int n = round->finalists;
    struct history best = {0}, scored = {0};
    enum nasbed_status status = NASBED_DONE;
    if (!stages_rank(drawn, n, &best) || !stages_rank(drawn, n, &scored))
        status = nasbed_fail(search->trial, "out of memory");
    if (status == NASBED_DONE && round->whole)
        status = score(search, supernet, &search->all, HUGE_VAL, &scored);
    const struct history *from = scored.n ? &scored : &best;
    for (size_t i = 0; i < from->n && status == NASBED_DONE; i++)
        if (!history_add(finals, &from->entry[i].architecture, from->entry[i].accuracy))
            status = nasbed_fail(search->trial, "out of memory");
    history_free(&best);
    history_free(&scored);
    return status;
}

/* A round: draw candidates, score them on a few batches, the best of them on the whole validation split;
 * both fewer if `flops` does not pay all. */
static enum nasbed_status select_one(struct search *search, int supernet, double flops,
                                     struct history *finals)
{
    const struct round round = round_plan(search, supernet, flops);
    struct history drawn = {0};
    struct nasbed_architecture a;
    enum nasbed_status status = NASBED_DONE;
    for (int i = 0; i < round.candidates && status == NASBED_DONE; i++) {
        nasbed_random(search->trial, &a);
        if (!history_add(&drawn, &a, 0))
            status = nasbed_fail(search->trial, "out of memory");
    }
    if (status == NASBED_DONE)
        status = score(search, supernet, &search->few, round.few, &drawn);
    if (status == NASBED_DONE && drawn.n)
        status = finalists(search, supernet, &round, &drawn, finals);
    history_free(&drawn);
    return status;
}

/* Stage 2 ---------------------------------------------------------------------------------------- */

/* The winner of every supernet, the best first, then the next of every one, and so on. False when memory
 * runs out. */
static bool rank(const struct search *search, struct history *ranked)
{
    size_t reach = (size_t)stages_reach(search->trial, search->set->verify), before;
    bool held = true;
    do {
        struct history row = {0};
        before = ranked->n;
        for (int t = 0; t < search->trials && held; t++) {
            const struct evaluated *next = history_best_but(&search->finals[t], ranked);
            held = !next || history_add(&row, &next->architecture, next->accuracy);
        }
        held = held && stages_rank(&row, search->trials, ranked);
        history_free(&row);
    } while (held && ranked->n > before && ranked->n < reach);
    return held;
}
