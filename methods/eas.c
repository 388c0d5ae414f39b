/* EAS: a recurrent meta-controller decides how to transform a trained network; each child computes
 * what the network did, is trained a little more, and its validation accuracy is the reward. Cai,
 * Chen, Zhang, Yu, Wang: "Efficient Architecture Search by Network Transformation", AAAI 2018,
 * arXiv:1707.04873, and its code (han-cai/EAS, arch_search_convnet_net2net.py). `eas-ext` also
 * grows kernels and adds skips; `eas-random`, the code's own control, decides at random. Ours: the
 * deeper actor may stop, and a controller that has converged begins again, until the budget is spent
 * or every string within reach is known. */
#include "base/numeric.h"
#include "methods/kit/actors.h"
#include "methods/kit/adam.h"
#include "methods/kit/history.h"
#include "methods/kit/reach.h"

#include <math.h>
#include <stdlib.h>

struct settings {
    int embedding, units;
    double rate, entropy, baseline;
    int patience;
    int networks, wider, deeper;
    bool stop;
    double share, from;
    int images;
    double widen_noise, deepen_noise;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

enum { CONTROLLER_ROWS = 6 }; /* the first ones: what the random control does not have */

static const struct nasbed_option options[] = {
    {.name = "embedding",
     OPTION(embedding, INT),
     .standard = "16",
     .least = 1,
     .most = 1024,
     .help = "width of a token's embedding",
     .provenance = "code"},
    {.name = "units",
     OPTION(units, INT),
     .standard = "50",
     .least = 1,
     .most = 1024,
     .help = "hidden units of the encoder in each direction; the deeper actor has twice as many",
     .provenance = "code"},
    {.name = "rate",
     OPTION(rate, REAL),
     .standard = "0.005",
     .least = 0,
     .most = 1,
     .help = "Adam's learning rate; 0: a frozen controller",
     .provenance = "code: 0.002; more where there are tens of updates"},
    {.name = "entropy",
     OPTION(entropy, REAL),
     .standard = "0.1",
     .least = 0,
     .most = 10,
     .help = "weight of the mean entropy of the decisions beside the reward",
     .provenance = "code: 0.00001. On smoke (budget 30, seeds 0 to 2) a controller with 0.1 "
                   "converges 1 time in 226 episodes, with 0.01 and 0.001 13 and 15 times in 550; "
                   "with 0.3 little is learned from made rewards as close as smoke's"},
    {.name = "baseline",
     OPTION(baseline, REAL),
     .standard = "0.95",
     .least = 0,
     .most = 1,
     .help =
         "weight of the newest batch in the baseline, which begins at 0 and is updated before it "
         "is used",
     .provenance = "code (arch_manager.py)"},
    {.name = "patience",
     OPTION(patience, INT),
     .standard = "20",
     .least = 1,
     .most = 100000,
     .help = "episodes in a row without a new string after which the controller begins again",
     .provenance = "ours: the code trains for a given number of episodes; a controller that has "
                   "converged would leave the rest of the budget unspent"},
    {.name = "networks",
     OPTION(networks, INT),
     .standard = "5",
     .least = 1,
     .most = 64,
     .help = "copies of the start network that an episode transforms",
     .provenance = "code: 10; fewer where a budget pays for tens of children"},
    {.name = "wider",
     OPTION(wider, INT),
     .standard = "1",
     .least = 0,
     .most = 8,
     .help = "steps of the wider actor (and, in eas-ext, of the grower and the skipper) an episode",
     .provenance = "code: 4, with ten widths to go; a block of `chain` has one"},
    {.name = "deeper",
     OPTION(deeper, INT),
     .standard = "3",
     .least = 0,
     .most = 8,
     .help = "steps of the deeper actor an episode; with stop: at most",
     .provenance = "code: 5; three fill all blocks of `chain`"},
    {.name = "stop",
     OPTION(stop, FLAG),
     .standard = "yes",
     .help = "the deeper actor may stop before its steps are used up",
     .provenance = "ours; code: no. `chain` has room for three layers: without a stop all strings "
                   "are equally deep, and depth cannot be learned"},
    {.name = "share",
     OPTION(share, REAL),
     .standard = "0.15",
     .least = 0.001,
     .most = 10,
     .help = "training of a child, as a share of the full schedule",
     .provenance = "code: 20 epochs, of 300 that the start network has; more where the whole is 3"},
    {.name = "from",
     OPTION(from, REAL),
     .standard = "0.2",
     .least = 0,
     .most = 10,
     .help = "a child's learning rate begins at this times the protocol's peak, and falls to 0",
     .provenance = "code: 0.02 where the start network has 0.1"},
    {.name = "images",
     OPTION(images, INT),
     .standard = "5000",
     .least = 0,
     .most = 1000000,
     .help = "validation images that a child is judged on; 0: all",
     .provenance = "code"},
    {.name = "widen-noise",
     OPTION(widen_noise, REAL),
     .standard = "0.01",
     .least = 0,
     .most = 10,
     .help = "noise on copied channels, in deviations of their weights",
     .provenance = "code"},
    {.name = "deepen-noise",
     OPTION(deepen_noise, REAL),
     .standard = "0.001",
     .least = 0,
     .most = 10,
     .help = "noise on a new layer's kernel, in deviations of its weights",
     .provenance = "code"},
    {.name = NULL}};

#define PUBLISHED_CONTROLLER "embedding=16,units=50,rate=0.002,entropy=0.00001,baseline=0.95"
#define PUBLISHED_EPISODES                                                                         \
    "networks=10,wider=4,deeper=5,stop=no,share=0.0666,from=0.2,images=5000,widen-noise=0.01,"     \
    "deepen-noise=0.001"
#define PUBLISHED_SOURCE                                                                           \
    "code (arch_search_convnet_net2net.py): 20 epochs a child, 300 the start network. Its number " \
    "of episodes is not kept, but the budget; on `chain` five deepenings fill every block, which " \
    "leaves 64 strings"

static const struct nasbed_preset presets[] = {
    {.name = "published",
     .settings = PUBLISHED_CONTROLLER "," PUBLISHED_EPISODES,
     .source = PUBLISHED_SOURCE},
    {.name = NULL}};

static const struct nasbed_preset presets_random[] = {
    {.name = "published", .settings = PUBLISHED_EPISODES, .source = PUBLISHED_SOURCE},
    {.name = NULL}};

static const char cell_note[] =
    "width and depth are fixed, and an identity convolution behind a ReLU "
    "does not keep a signed input",
                  macro_note[] =
                      "no function-preserving moves are known to it: its layers are of one of "
                      "three kinds, not wider or deeper ones";

static const struct nasbed_space spaces[] = {
    {.name = "cell", .kind = NASBED_UNDEFINED, .note = cell_note},
    {.name = "macro", .kind = NASBED_UNDEFINED, .note = macro_note},
    {.name = "chain",
     .kind = NASBED_NATIVE,
     .note = "widen a block, insert a layer; 216 of the 8,000 strings can be reached"},
    {.name = NULL}};

static const struct nasbed_space spaces_extended[] = {
    {.name = "cell", .kind = NASBED_UNDEFINED, .note = cell_note},
    {.name = "macro", .kind = NASBED_UNDEFINED, .note = macro_note},
    {.name = "chain",
     .kind = NASBED_EXTENSION,
     .note = "two more actors, for kernels 3 to 5 and for skips: every string can be reached"},
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);
static enum nasbed_status run_extended(struct nasbed_trial *trial, const void *settings);
static enum nasbed_status run_random(struct nasbed_trial *trial, const void *settings);

#define SOURCE "Cai et al.: Efficient Architecture Search by Network Transformation, AAAI 2018"

const struct nasbed_method method_eas = {.abi = NASBED_ABI,
                                         .name = "eas",
                                         .class_name = "RL",
                                         .recycled = true,
                                         .incomplete = true,
                                         .survey = "EAS",
                                         .source = SOURCE,
                                         .spaces = spaces,
                                         .options = options,
                                         .options_size = sizeof(struct settings),
                                         .run = run,
                                         .blas = true,
                                         .networks = true,
                                         .presets = presets};

const struct nasbed_method method_eas_ext = {.abi = NASBED_ABI,
                                             .name = "eas-ext",
                                             .class_name = "RL",
                                             .recycled = true,
                                             .incomplete = true,
                                             .source = SOURCE ", with kernel and skip moves",
                                             .spaces = spaces_extended,
                                             .options = options,
                                             .options_size = sizeof(struct settings),
                                             .run = run_extended,
                                             .blas = true,
                                             .networks = true,
                                             .presets = presets};

const struct nasbed_method method_eas_random = {.abi = NASBED_ABI,
                                                .name = "eas-random",
                                                .class_name = "RS",
                                                .recycled = true,
                                                .incomplete = true,
                                                .source = SOURCE ": its random controller",
                                                .spaces = spaces,
                                                .options = options + CONTROLLER_ROWS,
                                                .options_size = sizeof(struct settings),
                                                .run = run_random,
                                                .networks = true,
                                                .presets = presets_random};

enum {
    STEPS_MOST = 40,
    PATH_MOST = 64,
    KNOWN_MOST = 1000 /* children in a row whose strings are known: the trial's own rule for answers
                         that are free */
};

/* One copy of the start network on its way through an episode. */
struct trajectory {
    struct nasbed_architecture architecture; /* by now */
    struct actor_step step[STEPS_MOST];
    int steps;
    struct nasbed_move path[PATH_MOST]; /* from the start */
    int moves;
    bool stopped; /* by the deeper */
    struct nasbed_network child;
    bool rewarded;
    double reward; /* R */
};

struct search {
    struct nasbed_trial *trial;
    struct settings set;
    bool extended, random;
    struct nasbed_schedule schedule;
    struct actors actors;
    struct adam adam;
    struct nasbed_network start;
    struct nasbed_architecture start_architecture;
    struct history pool;           /* strings and their accuracies; the start network's first */
    struct trajectory *trajectory; /* [set.networks] */
    struct nasbed_course *course;
    struct nasbed_trained *trained;
    int *taught; /* the trajectory of each course */
    double b;    /* baseline */
    int episodes, restarts;
    int stale;    /* episodes in a row without a new string, and since a restart */
    int known;    /* their children, without regard to restarts */
    size_t reach; /* strings that there are */
};

static bool open_search(struct search *search, struct nasbed_trial *trial,
                        const struct settings *set, bool extended, bool random);
static void close_search(struct search *search);
static enum nasbed_status train_start(struct search *search);
static void decide(struct search *search, enum actor actor, int steps);
static enum nasbed_status train_children(struct search *search);
static void learn(struct search *search);
static void restart(struct search *search);
static void log_end(const struct search *search, enum nasbed_status status);

static enum nasbed_status search_on(struct nasbed_trial *trial, const struct settings *set,
                                    bool extended, bool random)
{
    struct search search;
    enum nasbed_status status = NASBED_DONE;
    if (!open_search(&search, trial, set, extended, random))
        status = nasbed_fail(trial, "out of memory");
    if (status == NASBED_DONE)
        status = train_start(&search);
    while (status == NASBED_DONE && search.pool.n < search.reach && search.known < KNOWN_MOST) {
        for (int k = 0; k < set->networks; k++) /* an episode */
            search.trajectory[k] = (struct trajectory){.architecture = search.start_architecture};
        decide(&search, ACTOR_WIDER, set->wider);
        decide(&search, ACTOR_DEEPER, set->deeper);
        if (extended) {
            decide(&search, ACTOR_GROWER, set->wider);
            decide(&search, ACTOR_SKIPPER, set->wider);
        }
        status = train_children(&search);
        if (status == NASBED_DONE && !random) {
            learn(&search);
            restart(&search);
        }
    }
    if (status != NASBED_FAILED) {
        log_end(&search, status);
        const struct evaluated *best = history_best(&search.pool);
        status = nasbed_finish(trial, best ? &best->architecture : &search.start_architecture);
    }
    close_search(&search);
    return status;
}

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    return search_on(trial, settings, false, false);
}

static enum nasbed_status run_extended(struct nasbed_trial *trial, const void *settings)
{
    return search_on(trial, settings, true, false);
}

static enum nasbed_status run_random(struct nasbed_trial *trial, const void *settings)
{
    return search_on(trial, settings, false, true);
}

static bool open_search(struct search *search, struct nasbed_trial *trial,
                        const struct settings *set, bool extended, bool random)
{
    size_t m = (size_t)set->networks;
    *search = (struct search){.trial = trial, .set = *set, .extended = extended, .random = random};
    nasbed_schedule(trial, &search->schedule);
    nasbed_from_index(trial, 0, &search->start_architecture);
    search->reach = reach_count(trial, &(struct reach){.wider = set->wider,
                                                       .deeper = set->deeper,
                                                       .stops = set->stop,
                                                       .extended = extended});
    search->trajectory = calloc(m, sizeof *search->trajectory);
    search->course = calloc(m, sizeof *search->course);
    search->trained = calloc(m, sizeof *search->trained);
    search->taught = calloc(m, sizeof *search->taught);
    /* A random control's network is not asked. */
    int embedding = random ? 1 : set->embedding, units = random ? 1 : set->units;
    return search->reach && search->trajectory && search->course && search->trained &&
           search->taught &&
           actors_open(&search->actors, trial, embedding, units, random, set->stop) &&
           adam_open(&search->adam, &search->actors.parameters, set->rate);
}

static void close_search(struct search *search)
{
    adam_close(&search->adam);
    actors_close(&search->actors);
    history_free(&search->pool);
    free(search->trajectory);
    free(search->course);
    free(search->trained);
    free(search->taught);
}

/* The start network: the smallest, trained in full. */
static enum nasbed_status train_start(struct search *search)
{
    struct nasbed_trial *trial = search->trial;
    struct nasbed_trained trained;
    enum nasbed_status status =
        nasbed_network_create(trial, &search->start_architecture, &search->start);
    if (status != NASBED_DONE)
        return status;
    struct nasbed_course course = {.network = search->start,
                                   .steps = (int)search->schedule.steps,
                                   .from = search->schedule.rate,
                                   .restart = true,
                                   .valid_images = search->set.images};
    status = nasbed_network_train(trial, &course, &trained);
    if (status == NASBED_DONE &&
        !history_add(&search->pool, &search->start_architecture, trained.valid_accuracy))
        return nasbed_fail(trial, "out of memory");
    return status;
}

/* Steps of one actor: encode, decide, transform, in every copy. */
static void decide(struct search *search, enum actor actor, int steps)
{
    for (int s = 0; s < steps; s++)
        for (int k = 0; k < search->set.networks; k++) {
            struct trajectory *t = &search->trajectory[k];
            if (actor == ACTOR_DEEPER && t->stopped)
                continue;
            struct actor_step *step = &t->step[t->steps++];
            actors_sample(&search->actors, search->trial, actor, &t->architecture, step);
            t->moves += actors_moves(step, search->trial, &t->architecture, &t->path[t->moves]);
            t->stopped = t->stopped || actors_stopped(step);
        }
}

/* The weights follow: a copy of the start network, then all moves. *made is false where a skip does
 * not go in. */
static enum nasbed_status make_child(struct search *search, struct trajectory *t, bool *made)
{
    const struct nasbed_morphism morphism = {.widen_noise = search->set.widen_noise,
                                             .deepen_noise = search->set.deepen_noise};
    enum nasbed_status status = nasbed_network_copy(search->trial, search->start, &t->child);
    for (int i = 0; i < t->moves && status == NASBED_DONE; i++)
        status = nasbed_network_transform(search->trial, t->child, &t->path[i], &morphism);
    *made = status == NASBED_DONE;
    return status == NASBED_UNABLE ? NASBED_DONE : status;
}

/* Whether an earlier trajectory of this episode has led to the same string. */
static bool repeats(const struct search *search, int k)
{
    uint64_t index = nasbed_index(search->trial, &search->trajectory[k].architecture);
    for (int i = 0; i < k; i++)
        if (nasbed_index(search->trial, &search->trajectory[i].architecture) == index)
            return true;
    return false;
}

/* Make the children that are new; returns their number in *n. */
static enum nasbed_status make_children(struct search *search, int *n)
{
    enum nasbed_status status = NASBED_DONE;
    *n = 0;
    for (int k = 0; k < search->set.networks && status == NASBED_DONE; k++) {
        struct trajectory *t = &search->trajectory[k];
        bool made;
        if (history_find(&search->pool, &t->architecture) || repeats(search, k))
            continue;
        status = make_child(search, t, &made);
        if (status != NASBED_DONE || !made)
            continue;
        search->taught[*n] = k;
        search->course[(*n)++] = (struct nasbed_course){
            .network = t->child,
            .steps = (int)ceil(search->set.share * (double)search->schedule.steps),
            .from = search->set.from * search->schedule.rate,
            .restart = true,
            .valid_images = search->set.images};
    }
    return status;
}

/* Train the children whose strings are not in the pool, each string once, and pool them. */
static enum nasbed_status train_children(struct search *search)
{
    int n;
    enum nasbed_status status = make_children(search, &n);
    if (status == NASBED_DONE)
        status =
            nasbed_network_train_many(search->trial, search->course, (size_t)n, search->trained);
    else
        n = 0;
    for (int i = 0; i < n && search->trained[i].status == NASBED_DONE; i++)
        if (!history_add(&search->pool, &search->trajectory[search->taught[i]].architecture,
                         search->trained[i].valid_accuracy))
            status = nasbed_fail(search->trial, "out of memory");
    for (int k = 0; k < search->set.networks; k++)
        nasbed_network_drop(search->trial, search->trajectory[k].child);
    search->episodes += status == NASBED_DONE;
    search->stale = n ? 0 : search->stale + 1;
    search->known = n ? 0 : search->known + search->set.networks;
    return status;
}

/* R = tan(acc pi / 2), which tells apart what is near 1. */
static double reward_of(double accuracy)
{
    double share = fmin(accuracy / 100, 1 - 1e-6);
    return numeric_cos(NUMERIC_PI / 2 * (share - 1)) / numeric_cos(NUMERIC_PI / 2 * share);
}

/* Every pooled string has its reward; a trajectory whose child could not be made has none. */
static int reward(struct search *search, double *mean)
{
    int n = 0;
    *mean = 0;
    for (int k = 0; k < search->set.networks; k++) {
        struct trajectory *t = &search->trajectory[k];
        const struct evaluated *entry = history_find(&search->pool, &t->architecture);
        t->rewarded = entry != NULL;
        if (!entry)
            continue;
        t->reward = reward_of(entry->accuracy);
        *mean += t->reward;
        n++;
    }
    *mean /= n ? n : 1;
    return n;
}

/* Adam on  - sum_k A_k log P(trajectory k) - lambda H,  A = (R - b) / n, H the mean over all steps.
 */
static void learn(struct search *search)
{
    double mean;
    int n = reward(search, &mean), steps = 0;
    for (int k = 0; k < search->set.networks; k++)
        steps += search->trajectory[k].rewarded ? search->trajectory[k].steps : 0;
    if (!steps)
        return;
    search->b += search->set.baseline * (mean - search->b);
    parameters_clear(&search->actors.parameters);
    for (int k = 0; k < search->set.networks; k++) {
        const struct trajectory *t = &search->trajectory[k];
        for (int s = 0; t->rewarded && s < t->steps; s++)
            actors_back(&search->actors, &t->step[s], (t->reward - search->b) / n,
                        search->set.entropy / steps);
    }
    adam_step(&search->adam, &search->actors.parameters);
    if (search->episodes % 5 == 1)
        nasbed_log(search->trial, "reward", mean);
}

/* A controller that has converged, on strings that are known, begins again with new weights; what is
 * known stays. */
static void restart(struct search *search)
{
    if (search->stale < search->set.patience)
        return;
    actors_restart(&search->actors, search->trial);
    adam_reset(&search->adam);
    search->stale = 0;
    search->restarts++;
}

/* What the search has seen of what it can see, and why it ended if not for want of budget. */
static void log_end(const struct search *search, enum nasbed_status status)
{
    nasbed_log(search->trial, "episodes", search->episodes);
    nasbed_log(search->trial, "strings", (double)search->pool.n);
    nasbed_log(search->trial, "reachable", (double)search->reach);
    if (search->restarts)
        nasbed_log(search->trial, "restarts", search->restarts);
    if (search->pool.n == search->reach)
        nasbed_log(search->trial, "exhausted", 1);
    else if (status == NASBED_DONE)
        nasbed_log(search->trial, search->random ? "repeats" : "converged", 1);
}
