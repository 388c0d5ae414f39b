/* NAS-RL: an LSTM writes architectures one decision at a time; each child is trained from scratch,
 * and its validation accuracy is the reward of a policy gradient step. Zoph, Le: "Neural
 * Architecture Search with Reinforcement Learning", ICLR 2017, arXiv:1611.01578, section 3. */
#include "base/numeric.h"
#include "methods/kit/adam.h"
#include "methods/kit/history.h"
#include "methods/kit/policy.h"

#include <stdlib.h>
#include <string.h>

struct settings {
    int units, layers;
    double range, rate;
    int children, last;
    double power, decay, entropy;
    bool repeat, schedule, uniform_init;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

static const struct nasbed_option options[] = {
    {.name = "units",
     OPTION(units, INT),
     .standard = "35",
     .least = 1,
     .most = 1024,
     .help = "hidden units of a controller layer; tokens are embedded in as many",
     .provenance = "paper 4.1; the size of its embeddings is not given"},
    {.name = "layers",
     OPTION(layers, INT),
     .standard = "2",
     .least = 1,
     .most = LSTM_LAYERS,
     .help = "LSTM layers of the controller",
     .provenance = "paper 4.1"},
    {.name = "range",
     OPTION(range, REAL),
     .standard = "0.08",
     .least = 0,
     .most = 10,
     .help = "the controller's weights begin uniform in [-range, range)",
     .provenance = "paper 4.1"},
    {.name = "rate",
     OPTION(rate, REAL),
     .standard = "0.003",
     .least = 0,
     .most = 1,
     .help = "Adam's learning rate; 0: a frozen policy, for comparison",
     .provenance =
         "paper 4.1: 0.0006, for 12,800 children, moves little in a hundred; chosen on `smoke`, "
         "`cell` and `chain`, budgets 30 and 100, repeats passed over: 0.003 spent 95 % or more in "
         "18 of 18 trials; 0.006 drew 9,252 children for 114 networks; 0.01 ended with 65 and 68 "
         "of "
         "97 spent in 2 of 4"},
    {.name = "children",
     OPTION(children, INT),
     .standard = "1",
     .least = 1,
     .most = 64,
     .help = "m, architectures of a gradient step",
     .provenance = "paper: 8 (4.1) and 1 (4.2); 1 here, where a hundred are all there are"},
    {.name = "last",
     OPTION(last, INT),
     .standard = "5",
     .least = 1,
     .most = NASBED_POINTS,
     .help = "the reward is of the best of this many last points of a child's curve",
     .provenance = "paper 4.1: of the last 5 epochs"},
    {.name = "power",
     OPTION(power, REAL),
     .standard = "3",
     .least = 1,
     .most = 10,
     .help = "and of that accuracy, as a share, to this power",
     .provenance = "paper 4.1: cubed"},
    {.name = "decay",
     OPTION(decay, REAL),
     .standard = "0.9",
     .least = 0,
     .most = 0.9999,
     .help = "of the moving average of rewards, the baseline",
     .provenance = "paper: not given; NAS-Bench-201's REINFORCE: 0.9"},
    {.name = "entropy",
     OPTION(entropy, REAL),
     .standard = "0",
     .least = 0,
     .most = 10,
     .help = "weight of the policy's entropy beside the reward",
     .provenance = "paper: none; it came with NASNet and ENAS"},
    {.name = "repeat",
     OPTION(repeat, FLAG),
     .standard = "no",
     .help = "a child whose network was paid before, isomorphs too, updates the policy by the "
             "reward that "
             "it had; no: it is passed over, and the next are drawn",
     .provenance =
         "paper: it is trained again; a trial has one figure of a network, so that is not to be "
         "had. "
         "Chosen on `smoke`: with yes 3 of 3 trials of 100 on `chain` ended by free answers, 45 to "
         "57 spent; with no 5 of 5 spent 96 or more of 97"},
    {.name = "schedule",
     OPTION(schedule, FLAG),
     .standard = "yes",
     .help = "where depth is decided: shallow at first, one layer more at each third of the budget",
     .provenance = "paper 4.1: 6 layers, 2 more every 1,600 children"},
    {.name = "uniform-init",
     OPTION(uniform_init, FLAG),
     .standard = "no",
     .help = "where depth is decided: a second layer begins with a bias of ln 4, so that all "
             "architectures are about as likely",
     .provenance =
         "not the paper's: 4 of a block's 20 forms in `chain` have one layer, and without it "
         "half of the draws"},
    {.name = NULL}};

static const struct nasbed_preset presets[] = {
    {.name = "published",
     .settings = "units=35,layers=2,range=0.08,rate=0.0006,children=8,last=5,power=3,entropy=0,"
                 "repeat=yes,schedule=yes,uniform-init=no",
     .source =
         "paper 4.1; without its 100 replicas of the controller, and a child that comes again "
         "is not trained again: here it would be the same training"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell",
     .kind = NASBED_NATIVE,
     .note = "six operations; no skips to anchor, no length to vary"},
    {.name = "chain", .kind = NASBED_NATIVE, .note = "skips are sums, the paper's concatenations"},
    {.name = "macro", .kind = NASBED_NATIVE, .note = "eight choices; no skips to anchor"},
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);

const struct nasbed_method method_nas_rl = {
    .abi = NASBED_ABI,
    .name = "nas-rl",
    .class_name = "RL",
    .survey = "NAS-RL",
    .source = "Zoph, Le: Neural Architecture Search with Reinforcement Learning, ICLR 2017",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run,
    .blas = true,
    .presets = presets};

/* Section 3.3: at a layer's anchor point, whether each earlier layer feeds it. In `chain` only the
 * first layer of a block can skip, around the second. */
static const struct policy_anchor anchors[] = {{"skip 1", "kernel 1.1", "yes"},
                                               {"skip 2", "kernel 2.1", "yes"},
                                               {"skip 3", "kernel 3.1", "yes"},
                                               {NULL, NULL, NULL}};

struct search {
    struct nasbed_trial *trial;
    struct settings set;
    struct policy policy;
    struct adam adam;
    struct baseline baseline; /* b */
    struct history history;
    uint64_t total; /* FLOPs at the start */
    int updates;
    /* of one step, [children] */
    struct nasbed_architecture *child;
    struct nasbed_request *request;
    struct nasbed_result *result;
    double *reward, *advantage, *log_probability;
};

static bool open_search(struct search *search);
static void close_search(struct search *search);
static enum nasbed_status train_children(struct search *search);
static void reinforce(struct search *search);

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct search search = {.trial = trial, .set = *(const struct settings *)settings};
    enum nasbed_status status = NASBED_DONE;
    if (!open_search(&search))
        status = nasbed_fail(trial, "out of memory, or a space with too many kinds of decisions");
    while (status == NASBED_DONE) {
        policy_sample(&search.policy, trial, search.set.children, search.child,
                      search.log_probability);
        status = train_children(&search);
        if (status == NASBED_DONE)
            reinforce(&search);
    }
    if (status != NASBED_FAILED) /* the best child, not the policy's favourite */
        status = history_finish(trial, &search.history, nasbed_points(trial), 1);
    close_search(&search);
    return status;
}

static bool is_depth(const struct nasbed_trial *trial, const struct nasbed_architecture *prefix)
{
    return strncmp(nasbed_decision_name(trial, prefix), "depth ", 6) == 0;
}

/* Whether an option keeps to the layers that the schedule allows by now: 1, 2, 3 blocks of two. */
static bool shallow(const void *context, const struct nasbed_trial *trial,
                    const struct nasbed_architecture *prefix, int option)
{
    const struct search *search = context;
    struct nasbed_architecture before = *prefix;
    if (option == 0 || !is_depth(trial, prefix))
        return true;
    double left = (double)nasbed_left(trial);
    double spent = search->total ? 1 - left / (double)search->total : 1;
    int deeper = option;
    for (before.n = 0; before.n < prefix->n; before.n++)
        if (is_depth(trial, &before))
            deeper += before.decision[before.n];
    return !search->set.schedule || deeper <= 1 + (int)(3 * spent);
}

/* Anchor points that the space has, on record: its note says where there are some. */
static void log_anchors(const struct search *search)
{
    int found = 0;
    for (int k = 0; k < search->policy.alphabet.kinds; k++)
        found += search->policy.anchor[k] != NULL;
    nasbed_log(search->trial, "anchors", found);
}

/* Of a block's 4 forms of one layer and 16 of two each would be equally likely, were all weights 0. */
static void bias_depth(struct policy *policy)
{
    for (int k = 0; k < policy->alphabet.kinds; k++)
        if (strncmp(policy->alphabet.kind[k].name, "depth ", 6) == 0) {
            int two = alphabet_find_token(&policy->alphabet.kind[k], "2");
            policy->parameters.value[policy->head[k].bias + two] += numeric_log(4);
        }
}

static bool open_search(struct search *search)
{
    const struct settings *set = &search->set;
    size_t m = (size_t)set->children;
    struct policy_shape shape = {.units = set->units,
                                 .layers = set->layers,
                                 .range = set->range,
                                 .anchors = anchors,
                                 .allows = shallow,
                                 .context = search};
    search->baseline.decay = set->decay;
    search->total = nasbed_left(search->trial);
    search->child = calloc(m, sizeof *search->child);
    search->request = calloc(m, sizeof *search->request);
    search->result = calloc(m, sizeof *search->result);
    search->reward = doubles_open(m);
    search->advantage = doubles_open(m);
    search->log_probability = doubles_open(m);
    if (!search->child || !search->request || !search->result || !search->reward ||
        !search->advantage || !search->log_probability ||
        !policy_open(&search->policy, search->trial, &shape, set->children) ||
        !adam_open(&search->adam, &search->policy.parameters, set->rate))
        return false;
    log_anchors(search);
    if (set->uniform_init)
        bias_depth(&search->policy);
    return true;
}

static void close_search(struct search *search)
{
    adam_close(&search->adam);
    policy_close(&search->policy);
    history_free(&search->history);
    free(search->child);
    free(search->request);
    free(search->result);
    free(search->reward);
    free(search->advantage);
    free(search->log_probability);
}

/* The best validation accuracy (percent) of the last points that the table has. */
static double best_of_last(const struct nasbed_result *result, int last)
{
    double best = result->valid_accuracy;
    for (int t = result->point - 1; t >= 0 && t >= result->point - last; t--)
        if (result->curve[t].valid_accuracy > best) /* false for NaN */
            best = result->curve[t].valid_accuracy;
    return best;
}

/* Train the children side by side, R_k = accuracy^3. A child that comes again is not trained again,
 * as the paper's is: what a table has of it is what it answered before, and its reward the one that it
 * had. */
static enum nasbed_status train_children(struct search *search)
{
    int m = search->set.children;
    for (int k = 0; k < m; k++)
        search->request[k] =
            (struct nasbed_request){search->child[k], nasbed_points(search->trial)};
    enum nasbed_status status =
        nasbed_query_many(search->trial, search->request, (size_t)m, search->result);
    for (int k = 0; k < m && search->result[k].status == NASBED_DONE; k++) {
        double accuracy = best_of_last(&search->result[k], search->set.last);
        search->reward[k] = numeric_exp(search->set.power * numeric_log(accuracy / 100));
        if (!history_add(&search->history, &search->child[k], accuracy))
            return nasbed_fail(search->trial, "out of memory");
    }
    return status;
}

/* Whether child k takes part in the update. */
static bool counts(const struct search *search, int k)
{
    return search->set.repeat || !search->result[k].free;
}

/* grad J = 1/m sum_k (R_k - b) grad log P(a_k), over the m children that count; b is of earlier ones
 * alone. Where repeats do not count, children are drawn from P on condition that they are new, and
 * the gradient of that condition's probability is left out: it is not known. The entropy is the
 * mean over all children, those included. */
static void reinforce(struct search *search)
{
    int children = search->set.children, m = 0;
    double mean = 0;
    for (int k = 0; k < children; k++)
        m += counts(search, k);
    if (m == 0)
        return;
    for (int k = 0; k < children; k++)
        mean += counts(search, k) ? search->reward[k] / m : 0;
    double b = baseline_value(&search->baseline, mean);
    for (int k = 0; k < children; k++)
        search->advantage[k] = counts(search, k) ? (search->reward[k] - b) / m : 0;
    if (search->updates++ % 10 == 0)
        nasbed_log(search->trial, "entropy", policy_entropy(&search->policy, 0));
    parameters_clear(&search->policy.parameters);
    policy_back(&search->policy, search->advantage, search->set.entropy / children);
    adam_step(&search->adam, &search->policy.parameters);
    baseline_update(&search->baseline, mean);
}
