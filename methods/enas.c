/* ENAS: all candidates are parts of one network with one set of weights. In turn the weights are trained
 * through architectures that an LSTM samples, and the LSTM by the policy gradient of their validation
 * accuracy. Pham, Guan, Zoph, Le, Dean: "Efficient Neural Architecture Search via Parameter Sharing",
 * ICML 2018, arXiv:1802.03268, section 2.2. */
#include "methods/kit/adam.h"
#include "methods/kit/policy.h"
#include "methods/kit/sharing.h"
#include "methods/kit/stages.h"

#include <math.h>
#include <stdlib.h>

struct settings {
    double share;
    int rounds, warm;
    double rate, rate_end, momentum, decay, clip;
    int updates, samples;
    double control_rate;
    bool hat;
    double bound, temperature, entropy, baseline;
    int units, final, images;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

static const struct nasbed_option options[] = {
    {.name = "share",
     OPTION(share, REAL),
     .standard = "0.9",
     .least = 0.01,
     .most = 1,
     .help = "of the budget that the alternation costs, at least: so does what the last samples do "
             "not need",
     .provenance = "paper: 150 (micro) or 310 (macro) epochs, then 10 to 100 samples"},
    {.name = "rounds",
     OPTION(rounds, INT),
     .standard = "0",
     .least = 0,
     .most = 10000,
     .help = "of weights, then controller; 0: one for every 300 steps of the weights, 10 at least; "
             "fewer where a round would not pay a controller step",
     .provenance = "paper: an epoch each, of 282 steps (micro) or 352 (macro)"},
    {.name = "warm",
     OPTION(warm, INT),
     .standard = "1",
     .least = 0,
     .most = 10000,
     .help = "rounds without a controller's phase, at first",
     .provenance = "paper: none; the first rewards of a short search are noise"},
    {.name = "rate",
     OPTION(rate, REAL),
     .standard = "0.05",
     .least = 0,
     .most = 10,
     .help = "learning rate of the weights at first, then a cosine",
     .provenance = "the authors' scripts"},
    {.name = "rate-end",
     OPTION(rate_end, REAL),
     .standard = "0.0005",
     .least = 0,
     .most = 10,
     .help = "learning rate of the weights at the end",
     .provenance = "the authors' scripts; there with restarts, here one cosine"},
    {.name = "momentum",
     OPTION(momentum, REAL),
     .standard = "0.9",
     .least = 0,
     .most = 1,
     .help = "of the weights' SGD, Nesterov's",
     .provenance = "the authors' scripts"},
    {.name = "decay",
     OPTION(decay, REAL),
     .standard = "0.0001",
     .least = 0,
     .most = 1,
     .help = "of the weights that a step uses",
     .provenance = "the authors' scripts, micro; macro: 2.5e-4; their loss has the sum of squares, "
                   "not half of it: twice that as a decay"},
    {.name = "clip",
     OPTION(clip, REAL),
     .standard = "5",
     .least = 0,
     .most = 1000,
     .help = "norm that the weights' gradient is cut down to; 0: not",
     .provenance = "the authors' scripts; their code appends the unclipped gradient"},
    {.name = "updates",
     OPTION(updates, INT),
     .standard = "0",
     .least = 0,
     .most = 10000,
     .help = "S, controller steps of a round; 0: as many samples as the weights make steps; fewer "
             "where they would cost over a third of the round",
     .provenance = "the authors' scripts: 30 x 10 samples for 282 steps (micro), 50 x 20 for 352 "
                   "(macro); 0 grows with the budget as theirs grow with the epochs"},
    {.name = "samples",
     OPTION(samples, INT),
     .standard = "10",
     .least = 1,
     .most = 1000,
     .help = "G, architectures of a controller step, each on its own validation batch",
     .provenance = "the authors' scripts, micro"},
    {.name = "control-rate",
     OPTION(control_rate, REAL),
     .standard = "0.0035",
     .least = 0,
     .most = 1,
     .help =
         "Adam's learning rate of the controller, with beta 0 and 0.999, epsilon 1e-3; 0: uniform "
         "for ever, but for its random start",
     .provenance = "the authors' scripts, micro"},
    {.name = "epsilon-hat",
     OPTION(hat, FLAG),
     .standard = "yes",
     .help = "Adam's epsilon stands beside the uncorrected root of the second moment",
     .provenance = "TensorFlow 1, which the authors used; NAS-Bench-201: no"},
    {.name = "bound",
     OPTION(bound, REAL),
     .standard = "2.5",
     .least = 0,
     .most = 100,
     .help = "C: logits are C tanh(z / T); 0: z",
     .provenance = "paper's recurrent cells and NAS-Bench-201; the authors' micro script: 1.1 for "
                   "inputs, 1.1 / 2.5 for operations; macro: 1.5"},
    {.name = "temperature",
     OPTION(temperature, REAL),
     .standard = "1",
     .least = 0.01,
     .most = 100,
     .help = "T",
     .provenance = "the authors' scripts: none; NAS-Bench-201: 5"},
    {.name = "entropy",
     OPTION(entropy, REAL),
     .standard = "0.0001",
     .least = 0,
     .most = 10,
     .help = "weight of the policy's entropy in the reward, as a constant",
     .provenance = "the authors' scripts"},
    {.name = "baseline",
     OPTION(baseline, REAL),
     .standard = "0.99",
     .least = 0,
     .most = 0.99999,
     .help = "decay of the moving average of rewards, which begins at 0",
     .provenance = "the authors' scripts"},
    {.name = "units",
     OPTION(units, INT),
     .standard = "64",
     .least = 1,
     .most = 1024,
     .help = "of the LSTM's one layer; weights begin uniform in +-0.1",
     .provenance = "the authors' code; paper: 100"},
    {.name = "final",
     OPTION(final, INT),
     .standard = "100",
     .least = 1,
     .most = 10000,
     .help = "n, samples of the last policy, of which the best is the choice; fewer where the rest "
             "of the budget pays fewer",
     .provenance = "NAS-Bench-201; the authors print 10 an epoch"},
    {.name = "images",
     OPTION(images, INT),
     .standard = "192",
     .least = 64,
     .most = 10000000,
     .help = "of the validation split that score those",
     .provenance = "paper: one minibatch (160 in the micro script), the same for all"},
    {.name = NULL}};

static const struct nasbed_preset presets[] = {
    {.name = "published",
     .settings = "rounds=150,warm=0,rate=0.05,rate-end=0.0005,momentum=0.9,decay=0.0002,"
                 "clip=0,updates=30,samples=10,control-rate=0.0035,epsilon-hat=yes,bound=0.44,"
                 "temperature=1,entropy=0.0001,baseline=0.99,units=64,final=10,"
                 "images=192",
     .source = "the authors' micro script, its bound of 1.1 over 2.5 as for operations, its decay "
               "doubled since its loss has the whole sum of squares, its clipping off since its "
               "code applies none; not there: restarts of the rate, batch 160, the start of the "
               "operations' bias at 10 for separable convolutions and their fixed 0.25 against "
               "-0.25, decay of weights that a step does not use, dropout (keep 0.9), path dropout "
               "(keep 0.6), the auxiliary head"},
    {.name = "nasbench201",
     .settings = "rounds=250,warm=0,rate=0.05,rate-end=0.0005,momentum=0.9,"
                 "decay=0.00025,updates=50,samples=20,control-rate=0.001,epsilon-hat=no,bound=2.5,"
                 "temperature=5,entropy=0.0001,final=100",
     .source = "NAS-Bench-201's ENAS; its LSTM has two layers of 32, this one 64"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell",
     .kind = NASBED_EXTENSION,
     .note = "six operations, no inputs to choose: NAS-Bench-201's ENAS"},
    {.name = "chain",
     .kind = NASBED_EXTENSION,
     .note =
         "the macro search; a skip is a decision like width and depth: a block has one at most, "
         "over its second layer, so there is nothing for anchors to choose among, nor for the "
         "paper's penalty to thin out"},
    SHARING_NOT_ON_MACRO,
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);

const struct nasbed_method method_enas = {
    .abi = NASBED_ABI,
    .name = "enas",
    .class_name = "RL",
    .modular = true,
    .continuous = true,
    .incomplete = true,
    .survey = "ENAS",
    .source = "Pham et al.: Efficient Neural Architecture Search via Parameter Sharing, ICML 2018",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run,
    .blas = true,
    .supernet = true,
    .presets = presets};

struct search {
    struct nasbed_trial *trial;
    struct settings set;
    int supernet;
    struct policy policy;
    struct adam adam;
    double b;                /* baseline */
    double entropy;          /* of the policy, mean over the last controller step's samples */
    double left, flops;      /* of the budget: at first; for the alternation */
    int rounds, warm;        /* as the budget has them */
    uint64_t steps, updates; /* of the weights, of the controller */
    /* of one controller step, [samples] */
    struct nasbed_architecture *sample;
    double *accuracy, *advantage, *log_probability;
};

static bool open_search(struct search *search);
static void close_search(struct search *search);
static void plan(struct search *search);
static enum nasbed_status alternate(struct search *search);
static enum nasbed_status derive(struct search *search);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct search search = {.trial = trial, .set = *(const struct settings *)settings};
    enum nasbed_status status = NASBED_DONE;
    if (!open_search(&search))
        status = nasbed_fail(trial, "out of memory, or a space with too many kinds of decisions");
    if (status == NASBED_DONE)
        status = nasbed_supernet_open(trial, &search.supernet);
    if (status == NASBED_DONE)
        plan(&search);
    if (status == NASBED_DONE)
        status = alternate(&search);
    if (status == NASBED_DONE)
        status = nasbed_supernet_trained(trial, search.supernet);
    if (status == NASBED_DONE)
        status = derive(&search);
    close_search(&search);
    return status;
}

static bool open_search(struct search *search)
{
    const struct settings *set = &search->set;
    size_t most = (size_t)(set->samples > set->final ? set->samples : set->final);
    const struct policy_shape shape = {.units = set->units,
                                       .layers = 1,
                                       .range = 0.1,
                                       .bound = set->bound,
                                       .temperature = set->temperature};
    search->sample = calloc(most, sizeof *search->sample);
    search->accuracy = doubles_open(most);
    search->advantage = doubles_open(most);
    search->log_probability = doubles_open(most);
    if (!search->sample || !search->accuracy || !search->advantage || !search->log_probability ||
        !policy_open(&search->policy, search->trial, &shape, (int)most) ||
        !adam_open(&search->adam, &search->policy.parameters, set->control_rate))
        return false;
    search->adam.beta1 = 0;
    search->adam.epsilon = 1e-3;
    search->adam.hat = set->hat;
    return true;
}

static void close_search(struct search *search)
{
    adam_close(&search->adam);
    policy_close(&search->policy);
    free(search->sample);
    free(search->accuracy);
    free(search->advantage);
    free(search->log_probability);
}

/* The plan --------------------------------------------------------------------------------------- */

enum { ROUND_STEPS = 300, ROUNDS_LEAST = 10 };

/* FLOPs that the alternation has cost. */
static double spent(const struct search *search)
{
    return search->left - (double)nasbed_left(search->trial);
}

/* A controller's phase has up to a round's FLOPs: one that pays no step of it would never get one. So there are
 * at most so many rounds, of which as large a part is warm. */
static void lengthen_rounds(struct search *search, double most)
{
    double wanted = search->rounds;
    if (wanted > most)
        search->rounds = most < 1 ? 1 : (int)most;
    int warm = (int)ceil(search->set.warm * search->rounds / wanted);
    search->warm = warm < search->rounds ? warm : search->rounds - 1;
}

/* What the last samples need is left over, with a margin for a policy that has come to like the dear ones;
 * then rounds by what a step of the weights and its sample for the controller cost on average. */
static void plan(struct search *search)
{
    const struct settings *set = &search->set;
    const struct nasbed_scoring scoring = {.images = set->images};
    double step = (double)nasbed_supernet_quote(search->trial, search->supernet, NULL);
    double final =
        2.0 * set->final * (double)stages_price(search->trial, search->supernet, NULL, &scoring);
    search->left = (double)nasbed_left(search->trial);
    search->flops = search->left - fmin(final, (1 - set->share) * search->left);
    double rounds = search->flops / (step * 4 / 3) / ROUND_STEPS;
    search->rounds = rounds < ROUNDS_LEAST ? ROUNDS_LEAST : (int)rounds;
    if (set->rounds > 0)
        search->rounds = set->rounds;
    lengthen_rounds(search, search->flops / (set->samples * step));
    nasbed_log(search->trial, "rounds", search->rounds);
}

/* Controller steps of a round where they are given: at most those that a third of it pays on average. */
static double updates_of_round(const struct search *search)
{
    const struct settings *set = &search->set;
    double step = (double)nasbed_supernet_quote(search->trial, search->supernet, NULL);
    return fmin(set->updates, search->flops / search->rounds / (set->samples * step));
}

/* The part of a round's FLOPs that is left to its controller steps: a sample, forward alone, is a third of a
 * step of the weights, and may be a dear one; what they do not need goes on to the next round. */
static double controller_share(const struct search *search)
{
    const struct settings *set = &search->set;
    double step = (double)nasbed_supernet_quote(search->trial, search->supernet, NULL);
    double round = search->flops / search->rounds;
    double part =
        set->updates ? updates_of_round(search) * set->samples / 3.0 * step / round : 0.25;
    return 1.2 * part;
}

/* The alternation -------------------------------------------------------------------------------- */

/* FLOPs forward and backward on one batch. */
static double price(const struct search *search, const struct nasbed_architecture *a,
                    struct nasbed_program *path)
{
    nasbed_path(search->trial, a, path);
    return (double)nasbed_supernet_quote(search->trial, search->supernet, path);
}

/* (a) One sampled architecture a batch, until the alternation has cost `end`; the controller is only
 * sampled. */
static enum nasbed_status train_weights(struct search *search, double end)
{
    const struct settings *set = &search->set;
    struct nasbed_rule rule = {
        .momentum = set->momentum, .decay = set->decay, .clip = set->clip, .nesterov = true};
    for (;; search->steps++) {
        struct nasbed_program path;
        policy_sample(&search->policy, search->trial, 1, search->sample, search->log_probability);
        if (spent(search) + price(search, &search->sample[0], &path) > end)
            return NASBED_DONE;
        rule.rate = sharing_rate(set->rate, set->rate_end, (uint64_t)spent(search),
                                 (uint64_t)search->flops);
        enum nasbed_status status =
            nasbed_supernet_step(search->trial, search->supernet, &path, &rule, NULL);
        if (status != NASBED_DONE)
            return status;
    }
}

/* One step: R = accuracy + lambda H of each sample, b <- b - (1 - d)(b - R) before it is used; down
 * the gradient of the mean of (R - b) (- log p). */
static void reinforce(struct search *search)
{
    const struct settings *set = &search->set;
    search->entropy = 0;
    for (int g = 0; g < set->samples; g++) {
        double entropy = policy_entropy(&search->policy, g);
        double reward = search->accuracy[g] / 100 + set->entropy * entropy;
        search->entropy += entropy / set->samples;
        search->b -= (1 - set->baseline) * (search->b - reward);
        search->advantage[g] = (reward - search->b) / set->samples;
    }
    parameters_clear(&search->policy.parameters);
    policy_back(&search->policy, search->advantage, 0);
    adam_step(&search->adam, &search->policy.parameters);
}

/* (b) S steps of G samples each, until the alternation has cost `end`; the weights stay as they are. */
static enum nasbed_status train_controller(struct search *search, uint64_t S, double end)
{
    const struct settings *set = &search->set;
    const struct nasbed_scoring next = {.next = true};
    for (uint64_t s = 0; s < S; s++, search->updates++) {
        struct nasbed_program path;
        double flops = 0;
        policy_sample(&search->policy, search->trial, set->samples, search->sample,
                      search->log_probability);
        for (int g = 0; g < set->samples; g++)
            flops += price(search, &search->sample[g], &path) / 3;
        if (spent(search) + flops > end)
            break;
        enum nasbed_status status =
            nasbed_supernet_score(search->trial, search->supernet, search->sample,
                                  (size_t)set->samples, &next, search->accuracy);
        if (status != NASBED_DONE)
            return status;
        reinforce(search);
    }
    if (search->updates > 0) {
        nasbed_log(search->trial, "entropy", search->entropy);
        nasbed_log(search->trial, "baseline", search->b);
    }
    return NASBED_DONE;
}

/* Rounds end by what they have cost, not by steps: what the policy samples gets dearer or cheaper. The
 * controller may take up to a third of the next round: the weights get their part of every one. What the
 * ledger refuses ends the alternation, as the end of its FLOPs does. */
static enum nasbed_status alternate(struct search *search)
{
    const struct settings *set = &search->set;
    enum nasbed_status status = NASBED_DONE;
    bool paid = search->flops > 0;
    double part = paid ? controller_share(search) : 0, given = paid ? updates_of_round(search) : 0;
    double round = search->flops / search->rounds;
    for (int r = 0; paid && r < search->rounds && status == NASBED_DONE; r++) {
        double end = round * (r + 1);
        uint64_t before = search->steps;
        bool warm = r < search->warm;
        status = train_weights(search, warm ? end : end - part * (end - spent(search)));
        uint64_t samples = search->steps - before;
        uint64_t S = set->updates > 0
                         ? (uint64_t)(given * (r + 1)) - (uint64_t)(given * r)
                         : (samples + (uint64_t)set->samples - 1) / (uint64_t)set->samples;
        if (status == NASBED_DONE && !warm)
            status = train_controller(search, S, fmin(end + round / 3, search->flops));
    }
    nasbed_log(search->trial, "updates", (double)search->updates);
    return status == NASBED_REFUSED ? NASBED_DONE : status;
}

/* The choice ------------------------------------------------------------------------------------- */

/* For analysis alone: what the last policy holds for the best is not asked about. */
static void record_argmax(struct search *search)
{
    struct nasbed_architecture a;
    double log_probability;
    policy_argmax(&search->policy, search->trial, &a, &log_probability);
    nasbed_log(search->trial, "argmax" NASBED_LOG_INDEX, (double)nasbed_index(search->trial, &a));
}

/* Samples of the last policy, as many as are paid; the best of them on the same validation images. */
static enum nasbed_status derive(struct search *search)
{
    const struct settings *set = &search->set;
    const struct nasbed_scoring scoring = {.images = set->images};
    struct history drawn = {0};
    enum nasbed_status status = NASBED_DONE;
    policy_sample(&search->policy, search->trial, set->final, search->sample,
                  search->log_probability);
    for (int i = 0; i < set->final && status == NASBED_DONE; i++)
        if (!history_add(&drawn, &search->sample[i], 0))
            status = nasbed_fail(search->trial, "out of memory");
    if (status == NASBED_DONE)
        (void)stages_cut(search->trial, search->supernet, &scoring, HUGE_VAL, &drawn);
    record_argmax(search);
    nasbed_log(search->trial, "scored", (double)drawn.n);
    if (search->updates == 0) /* of draws of the policy as it began, whatever scores them */
        nasbed_log(search->trial, NASBED_LOG_RANDOM, 1);
    if (status == NASBED_DONE && drawn.n > 0)
        status = sharing_score(search->trial, search->supernet, &scoring, &drawn);
    if (status == NASBED_DONE)
        status = nasbed_finish(search->trial,
                               drawn.n ? &history_best(&drawn)->architecture : &search->sample[0]);
    history_free(&drawn);
    return status;
}
