/* NASH-Net: hill climbing by network morphisms. Children of the best network so far compute what it
 * does; each is trained a little more, and so is the parent; the best of all is the next parent.
 * Elsken, Metzen, Hutter: "Simple and Efficient Architecture Search for Convolutional Neural
 * Networks", 2017, arXiv:1711.04528, Algorithm 1. `nash-random` is its control: one child, always
 * accepted, and one walk. */
#include "methods/kit/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    int neighbours, runs, morphisms, steps;
    double share, pretraining, final;
    double start, from, to;
    int images;
    bool fresh;
    double widen_noise, deepen_noise;
};

#define OPTION(field, kind) .type = NASBED_OPTION_##kind, .offset = offsetof(struct settings, field)

/* The control has all rows but the first. */
static const struct nasbed_option options[] = {
    {.name = "neighbours",
     OPTION(neighbours, INT),
     .standard = "0",
     .least = 0,
     .most = 64,
     .help = "n_neigh, candidates of a step: children, and the parent as the last; 0: 8, or 4 with "
             "a budget below 10",
     .provenance = "a port's example for the one-day run: 8 (the paper's body was not read); fewer "
                   "where 8 would leave two steps"},
    {.name = "runs",
     OPTION(runs, INT),
     .standard = "0",
     .least = 0,
     .most = 100000,
     .help =
         "most runs, each from a new network; the choice is the best of their ends when trained "
         "from scratch; 0: as many as the budget pays, of nash-random one",
     .provenance = "Algorithm 1: one; ours: others from new networks, until the budget is spent. "
                   "nash-random: one, more would be a selection"},
    {.name = "morphisms",
     OPTION(morphisms, INT),
     .standard = "1",
     .least = 1,
     .most = 15,
     .help = "n_NM, morphisms from parent to child",
     .provenance =
         "another port: 5, of networks without an end; `chain` is exhausted after 13.5 on "
         "average"},
    {.name = "steps",
     OPTION(steps, INT),
     .standard = "8",
     .least = 0,
     .most = 1000,
     .help = "n_steps of a run (a climb or a walk); 0: until there is no move, which in `chain` is "
             "the one largest network",
     .provenance = "a port's example for the one-day run"},
    {.name = "share",
     OPTION(share, REAL),
     .standard = "0",
     .least = 0,
     .most = 10,
     .help = "epoch_neigh, as a share of the full schedule; 0: 0.15, or 0.08 with a budget below 5",
     .provenance = "ports: 17 epochs of 117; less where it would leave one step"},
    {.name = "pretraining",
     OPTION(pretraining, REAL),
     .standard = "0.2",
     .least = 0,
     .most = 10,
     .help = "training of the first network, as a share of the full schedule",
     .provenance = "ports: 20 epochs"},
    {.name = "final",
     OPTION(final, REAL),
     .standard = "0",
     .least = 0,
     .most = 10,
     .help = "epoch_final, as a share: the end of a run that was judged is trained on, and what it "
             "reaches put on record; it is judged from scratch all the same",
     .provenance = "ports: 100 to 200 epochs; none here, where a choice is trained from scratch"},
    {.name = "start",
     OPTION(start, REAL),
     .standard = "1",
     .least = 0,
     .most = 10,
     .help = "the first network's learning rate begins at this times the protocol's peak",
     .provenance = "the protocol's own"},
    {.name = "from",
     OPTION(from, REAL),
     .standard = "0.5",
     .least = 0,
     .most = 10,
     .help = "l_start of all later trainings, times the protocol's peak",
     .provenance = "paper: 0.05, half of this protocol's peak"},
    {.name = "to",
     OPTION(to, REAL),
     .standard = "0",
     .least = 0,
     .most = 10,
     .help = "l_end, times the protocol's peak",
     .provenance = "paper: 0"},
    {.name = "images",
     OPTION(images, INT),
     .standard = "0",
     .least = 0,
     .most = 1000000,
     .help = "validation images that a candidate is judged on; 0: all",
     .provenance = "paper: the validation set"},
    {.name = "fresh",
     OPTION(fresh, FLAG),
     .standard = "no",
     .help = "widen by new channels that nobody reads yet (type II as written); no: by copies",
     .provenance = "both keep the function; copies are Net2Net's, and what its ports do"},
    {.name = "widen-noise",
     OPTION(widen_noise, REAL),
     .standard = "0.01",
     .least = 0,
     .most = 10,
     .help = "noise on copied channels, in deviations of their weights",
     .provenance = "EAS's code; without it copies would stay copies"},
    {.name = "deepen-noise",
     OPTION(deepen_noise, REAL),
     .standard = "0.001",
     .least = 0,
     .most = 10,
     .help = "noise on a new layer's kernel, in deviations of its weights",
     .provenance = "EAS's code"},
    {.name = NULL}};

static const struct nasbed_space spaces[] = {
    {.name = "cell",
     .kind = NASBED_UNDEFINED,
     .note =
         "its operations begin with a ReLU and its sums have signs: no identity can be put in, and "
         "none becomes a skip, without a change of the function"},
    {.name = "chain",
     .kind = NASBED_NATIVE,
     .note = "deepen, widen, add a skip (a sum without type IV's factor, taken off the kernel); "
             "kernels "
             "also grow, where the paper draws them at insertion"},
    {.name = "macro",
     .kind = NASBED_UNDEFINED,
     .note =
         "no function-preserving moves are known to it: its layers are of one of three kinds, not "
         "wider or deeper ones"},
    {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings);
static enum nasbed_status run_random(struct nasbed_trial *trial, const void *settings);

const struct nasbed_method method_nash_net = {
    .abi = NASBED_ABI,
    .name = "nash-net",
    .class_name = "EA",
    .recycled = true,
    .incomplete = true,
    .survey = "NASH-Net",
    .source = "Elsken, Metzen, Hutter: Simple and Efficient Architecture Search for Convolutional "
              "Neural Networks, ICLR 2018 workshop",
    .spaces = spaces,
    .options = options,
    .options_size = sizeof(struct settings),
    .run = run,
    .networks = true};

const struct nasbed_method method_nash_random = {
    .abi = NASBED_ABI,
    .name = "nash-random",
    .class_name = "RS",
    .recycled = true,
    .incomplete = true,
    .survey = "NASH-Net Random",
    .source = "the control of nash-net: a random walk of morphisms (n_neigh = 1, always accepted), "
              "its end the choice; one walk is all it does, and leaves the rest of a large budget",
    .spaces = spaces,
    .options = options + 1,
    .options_size = sizeof(struct settings),
    .run = run_random,
    .networks = true};

enum { MOVES_MOST = 64 };

struct candidate {
    struct nasbed_network network;
    struct nasbed_architecture architecture;
    double accuracy; /* validation, percent, of the network as it has grown */
};

struct search {
    struct nasbed_trial *trial;
    struct settings set;
    struct nasbed_schedule schedule;
    struct candidate best;
    struct candidate *neighbour; /* [set.neighbours] m_1 .. m_n_neigh */
    struct nasbed_course *course;
    struct nasbed_trained *trained;
    bool parent;            /* the unmodified parent is among the candidates */
    bool judged;            /* `best` is among the winners */
    int steps;              /* of all runs */
    struct history winners; /* ends of runs, trained from scratch */
};

static bool open_search(struct search *search, struct nasbed_trial *trial,
                        const struct settings *set, bool random);
static void close_search(struct search *search);
static enum nasbed_status climb(struct search *search);
static enum nasbed_status begin(struct search *search);
static enum nasbed_status step(struct search *search);
static enum nasbed_status make_child(struct search *search, struct candidate *child, bool modified);
static bool may_step(struct search *search);
static enum nasbed_status train_all(struct search *search);
static void move_on(struct search *search);
static enum nasbed_status judge(struct search *search);

/* Climb, from a new network each time, until the budget is spent; the choice is the winner that is
 * best when trained from scratch. Where the budget does not even judge the first climb's winner that
 * is the choice: to train it is what the trial holds back, and nothing may take its place. */
static enum nasbed_status search_on(struct nasbed_trial *trial, const struct settings *set,
                                    bool random)
{
    struct search search;
    enum nasbed_status status = NASBED_DONE;
    if (!open_search(&search, trial, set, random))
        status = nasbed_fail(trial, "out of memory");
    for (int r = 0; status == NASBED_DONE && (search.set.runs == 0 || r < search.set.runs); r++) {
        status = climb(&search);
        if (status != NASBED_FAILED) {
            enum nasbed_status judged = judge(&search);
            status = judged == NASBED_DONE ? status : judged;
        }
    }
    if (status != NASBED_FAILED) {
        nasbed_log(trial, "steps", search.steps);
        nasbed_log(trial, "winners", (double)search.winners.n);
        status = search.winners.n ? history_finish(trial, &search.winners, nasbed_points(trial), 1)
                                  : nasbed_finish(trial, &search.best.architecture);
    }
    close_search(&search);
    return status;
}

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    return search_on(trial, settings, false);
}

static enum nasbed_status run_random(struct nasbed_trial *trial, const void *settings)
{
    return search_on(trial, settings, true);
}

/* Algorithm 1. */
static enum nasbed_status climb(struct search *search)
{
    struct nasbed_move move;
    enum nasbed_status status = begin(search);
    for (int s = 0; status == NASBED_DONE && (search->set.steps == 0 || s < search->set.steps);
         s++) {
        if (!nasbed_moves(search->trial, &search->best.architecture, &move, 1))
            break;
        status = step(search);
    }
    return status;
}

/* One step: make the neighbours, train them side by side, go to the best. A step that cannot be paid
 * in full is not begun. */
static enum nasbed_status step(struct search *search)
{
    int n = search->set.neighbours;
    enum nasbed_status status = may_step(search) ? NASBED_DONE : NASBED_REFUSED;
    for (int j = 0; j < n && status == NASBED_DONE; j++)
        status = make_child(search, &search->neighbour[j], !search->parent || j < n - 1);
    if (status == NASBED_DONE)
        status = train_all(search);
    if (status == NASBED_DONE)
        move_on(search);
    for (int j = 0; j < n; j++) {
        nasbed_network_drop(search->trial, search->neighbour[j].network);
        search->neighbour[j].network.handle = 0;
    }
    return status;
}

static bool open_search(struct search *search, struct nasbed_trial *trial,
                        const struct settings *set, bool random)
{
    double budget = nasbed_budget(trial);
    *search = (struct search){.trial = trial, .set = *set, .parent = !random};
    nasbed_schedule(trial, &search->schedule);
    nasbed_from_index(trial, 0, &search->best.architecture);
    if (random) {
        search->set.neighbours = 1;
        search->set.runs = set->runs ? set->runs : 1;
    } else if (set->neighbours == 0)
        search->set.neighbours = budget < 10 ? 4 : 8;
    if (set->share == 0) /* its row's default: not given */
        search->set.share = budget < 5 ? 0.08 : 0.15;
    size_t n = (size_t)search->set.neighbours;
    search->neighbour = calloc(n, sizeof *search->neighbour);
    search->course = calloc(n, sizeof *search->course);
    search->trained = calloc(n, sizeof *search->trained);
    return search->neighbour && search->course && search->trained;
}

static void close_search(struct search *search)
{
    free(search->neighbour);
    free(search->course);
    free(search->trained);
    history_free(&search->winners);
}

/* SGDR for a share of the full schedule: one cosine cycle, with an optimiser of its own. */
static struct nasbed_course course_of(const struct search *search, struct nasbed_network network,
                                      double share, double from)
{
    double steps = ceil(share * (double)search->schedule.steps);
    return (struct nasbed_course){.network = network,
                                  .steps = (int)steps,
                                  .from = from * search->schedule.rate,
                                  .to = search->set.to * search->schedule.rate,
                                  .restart = true,
                                  .valid_images = search->set.images};
}

/* What it will cost to judge an architecture that wins. From the second run on that is held back, as
 * a run that is not judged cannot be compared; the first run's is held back by the trial. */
static uint64_t judgement(const struct search *search,
                          const struct nasbed_architecture *architecture)
{
    return search->winners.n
               ? nasbed_quote(search->trial, architecture, nasbed_points(search->trial))
               : 0;
}

/* Whether the budget pays for the first `n` courses, and leaves `hold`. */
static bool affords(const struct search *search, int n, uint64_t hold)
{
    uint64_t left = nasbed_left(search->trial);
    for (int j = 0; j < n; j++) {
        uint64_t quote = nasbed_network_quote(search->trial, &search->course[j]);
        if (quote > left)
            return false;
        left -= quote;
    }
    return hold <= left;
}

/* best = model_0, trained: the smallest network, with weights of its own. */
static enum nasbed_status begin(struct search *search)
{
    struct nasbed_trial *trial = search->trial;
    struct candidate first = {.accuracy = 0};
    struct nasbed_trained trained;
    nasbed_from_index(trial, 0, &first.architecture);
    enum nasbed_status status = nasbed_network_create(trial, &first.architecture, &first.network);
    if (status != NASBED_DONE)
        return status;
    search->course[0] =
        course_of(search, first.network, search->set.pretraining, search->set.start);
    status = affords(search, 1, judgement(search, &first.architecture))
                 ? nasbed_network_train(trial, search->course, &trained)
                 : NASBED_REFUSED;
    if (status != NASBED_DONE) {
        nasbed_network_drop(trial, first.network);
        return status;
    }
    first.accuracy = trained.valid_accuracy;
    nasbed_network_drop(trial, search->best.network);
    search->best = first;
    search->judged = false;
    return NASBED_DONE;
}

/* Uniform over the kinds of moves that there are, then over the moves of that kind; it leaves the
 * list.
 */
static struct nasbed_move draw_move(struct nasbed_trial *trial, struct nasbed_move *moves, int *n)
{
    enum nasbed_move_kind kinds[NASBED_MOVES];
    int present = 0, of_kind[MOVES_MOST], count = 0;
    for (int kind = 0; kind < NASBED_MOVES; kind++)
        for (int i = 0; i < *n; i++)
            if ((int)moves[i].kind == kind) {
                kinds[present++] = (enum nasbed_move_kind)kind;
                break;
            }
    enum nasbed_move_kind kind = kinds[nasbed_below(trial, (uint32_t)present)];
    for (int i = 0; i < *n; i++)
        if (moves[i].kind == kind)
            of_kind[count++] = i;
    int drawn = of_kind[nasbed_below(trial, (uint32_t)count)];
    struct nasbed_move move = moves[drawn];
    moves[drawn] = moves[--*n];
    return move;
}

/* One morphism. Where the weights do not admit what is drawn, another is drawn; where none is left
 * the child stays as it is. */
static enum nasbed_status morph(struct search *search, struct candidate *child)
{
    const struct nasbed_morphism morphism = {.fresh = search->set.fresh,
                                             .widen_noise = search->set.widen_noise,
                                             .deepen_noise = search->set.deepen_noise};
    struct nasbed_move moves[MOVES_MOST];
    int n = nasbed_moves(search->trial, &child->architecture, moves, MOVES_MOST);
    while (n > 0) {
        struct nasbed_move move = draw_move(search->trial, moves, &n);
        enum nasbed_status status =
            nasbed_network_transform(search->trial, child->network, &move, &morphism);
        if (status == NASBED_UNABLE)
            continue;
        if (status == NASBED_DONE)
            child->architecture = move.to;
        return status;
    }
    return NASBED_DONE;
}

/* m_j = copy(best), after n_NM morphisms unless it is the parent. */
static enum nasbed_status make_child(struct search *search, struct candidate *child, bool modified)
{
    *child = (struct candidate){.architecture = search->best.architecture};
    enum nasbed_status status =
        nasbed_network_copy(search->trial, search->best.network, &child->network);
    for (int i = 0; modified && i < search->set.morphisms && status == NASBED_DONE; i++)
        status = morph(search, child);
    return status;
}

/* Whether a step could be paid if its children cost no more than their parent. They cost more, but to
 * know how much more they must be made, and that is charged: without this a step that is not begun
 * could cost what its parent is to be judged with. */
static bool may_step(struct search *search)
{
    for (int j = 0; j < search->set.neighbours; j++)
        search->course[j] =
            course_of(search, search->best.network, search->set.share, search->set.from);
    return affords(search, search->set.neighbours, judgement(search, &search->best.architecture));
}

static enum nasbed_status train_all(struct search *search)
{
    int n = search->set.neighbours;
    uint64_t hold = 0; /* whoever wins */
    for (int j = 0; j < n; j++) {
        const struct candidate *m = &search->neighbour[j];
        uint64_t quote = judgement(search, &m->architecture);
        hold = quote > hold ? quote : hold;
        search->course[j] = course_of(search, m->network, search->set.share, search->set.from);
    }
    if (!affords(search, n, hold))
        return NASBED_REFUSED;
    enum nasbed_status status =
        nasbed_network_train_many(search->trial, search->course, (size_t)n, search->trained);
    for (int j = 0; j < n && status == NASBED_DONE; j++)
        search->neighbour[j].accuracy = search->trained[j].valid_accuracy;
    return status;
}

/* best = argmax_j accuracy_valid(m_j), the earliest of equals. */
static void move_on(struct search *search)
{
    int best = 0;
    for (int j = 1; j < search->set.neighbours; j++)
        if (search->neighbour[j].accuracy > search->neighbour[best].accuracy)
            best = j;
    nasbed_network_drop(search->trial, search->best.network);
    search->best = search->neighbour[best];
    search->neighbour[best].network.handle = 0; /* it is kept */
    search->steps++;
    nasbed_log(search->trial, "best-grown", search->best.accuracy);
}

/* SGDR for epoch_final, for the record alone: where it cannot be paid there is no such figure. */
static enum nasbed_status train_out(struct search *search)
{
    struct nasbed_trained trained;
    struct nasbed_course course =
        course_of(search, search->best.network, search->set.final, search->set.from);
    if (search->set.final == 0)
        return NASBED_DONE;
    enum nasbed_status status = nasbed_network_train(search->trial, &course, &trained);
    if (status == NASBED_DONE)
        nasbed_log(search->trial, "final-grown", trained.valid_accuracy);
    return status == NASBED_REFUSED ? NASBED_DONE : status;
}

/* The end of a run, trained from scratch to the end of the schedule. NASBED_REFUSED: the budget does
 * not pay for it, or not even for a first network to judge. */
static enum nasbed_status judge(struct search *search)
{
    struct nasbed_result result;
    if (!search->best.network.handle || search->judged)
        return NASBED_REFUSED;
    enum nasbed_status status = nasbed_query(search->trial, &search->best.architecture,
                                             nasbed_points(search->trial), &result);
    if (status != NASBED_DONE)
        return status;
    search->judged = true;
    if (!history_add(&search->winners, &search->best.architecture, result.valid_accuracy))
        return nasbed_fail(search->trial, "out of memory");
    return train_out(search);
}
