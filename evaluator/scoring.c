#include "evaluator/scoring.h"

#include "base/digest.h"
#include "evaluator/batch.h"
#include "evaluator/trainer_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCKS = SUPERNET_BATCH / LANES,
    SLOTS = 32, /* a cell's first six edges and three nodes, in all their options, are 21 */
    SEEN_FIRST = 1024
};

/* A tensor that is kept, of every batch: its values, and the lane sums of the convolution that wrote it. */
struct slot {
    struct digest digest;
    uint64_t used; /* network that used it last, from 1; 0: empty */
};

/* Digests of tensors that were computed before: what comes a second time is worth keeping. Two in
 * one place would keep a tensor too early, and no more. */
struct seen {
    uint64_t *digest; /* [capacity], 0: free */
    size_t n, capacity;
};

struct scoring {
    const struct supernet *supernet;
    const struct trainer *trainer;
    struct workspace *workspace;
    int batches;
    uint32_t first;  /* of the validation split */
    uint8_t *labels; /* [batches][SUPERNET_BATCH] */
    real *kept;      /* [SLOTS][batches][stride] */
    size_t stride;
    struct slot slot[SLOTS];
    struct seen seen;
    uint64_t networks, asked, run; /* networks so far; steps */
};

/* One network of those that are scored. */
struct turn {
    struct supernet_pass pass;
    struct digest *digest; /* [tensors] of what computes it */
    int *slot;             /* [tensors] where it is kept, or is to be; -1: in the arena */
    bool *ready;           /* [tensors] it was kept before */
    bool *skip;            /* [steps] */
};

/* ---- What a tensor is ----------------------------------------------------------------------------- */

static struct digest chain_ints(struct digest before, const int *said, size_t n)
{
    return digest_chain(before, said, n * sizeof *said);
}

/* A term of a sum: a tensor, and the batch norm over it. */
static struct digest chain_term(struct digest before, const struct turn *turn,
                                const struct plan_term *term)
{
    const struct plan *plan = &turn->pass.network.plan;
    int layer = -1;
    if (term->norm >= 0)
        layer = turn->pass.graph.node[plan->norm[term->norm].node].layer;
    before = digest_chain(before, &turn->digest[term->tensor], sizeof *turn->digest);
    return chain_ints(before, &layer, 1);
}

/* Everything that the values of a step's output follow from, given weights and images. */
static struct digest digest_step(const struct turn *turn, const struct step *step)
{
    const struct plan *plan = &turn->pass.network.plan;
    bool weighs = step->kind == STEP_CONV || step->kind == STEP_LINEAR;
    assert(step->kind != STEP_DROP); /* draws: no choice graph has one */
    const int said[] = {(int)step->kind, weighs ? turn->pass.graph.node[step->node].layer : -1,
                        step->norm >= 0, step->terms};
    struct digest digest = chain_ints((struct digest){0, 0}, said, sizeof said / sizeof *said);
    digest = digest_chain(digest, &step->conv, sizeof step->conv);
    digest = digest_chain(digest, &step->pool, sizeof step->pool);
    if (step->input >= 0)
        digest = digest_chain(digest, &turn->digest[step->input], sizeof digest);
    for (int i = 0; i < step->terms; i++)
        digest = chain_term(digest, turn, &plan->term[step->first_term + i]);
    return digest;
}

static void digest_tensors(struct turn *turn)
{
    static const int rectified = 1;
    const struct plan *plan = &turn->pass.network.plan;
    for (int i = 0; i < plan->steps; i++) {
        const struct step *step = &plan->step[i];
        struct digest digest = digest_step(turn, step);
        if (step->output >= 0)
            turn->digest[step->output] = digest;
        if (step->rectified >= 0)
            turn->digest[step->rectified] = chain_ints(digest, &rectified, 1);
    }
}

/* ---- What was seen -------------------------------------------------------------------------------- */

static size_t seen_place(const struct seen *seen, uint64_t digest)
{
    size_t at = (size_t)digest & (seen->capacity - 1);
    while (seen->digest[at] && seen->digest[at] != digest)
        at = (at + 1) & (seen->capacity - 1);
    return at;
}

static int seen_grow(struct seen *seen, struct error *error)
{
    struct seen larger = {.n = seen->n,
                          .capacity = seen->capacity ? 2 * seen->capacity : SEEN_FIRST};
    larger.digest = calloc(larger.capacity, sizeof *larger.digest);
    if (!larger.digest)
        return error_set(error, ERROR_MEMORY, "scoring: out of memory");
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->digest[i])
            larger.digest[seen_place(&larger, seen->digest[i])] = seen->digest[i];
    free(seen->digest);
    *seen = larger;
    return 0;
}

/* *before: whether it was there. */
static int seen_add(struct seen *seen, struct digest digest, bool *before, struct error *error)
{
    uint64_t key = digest.low | 1;
    int status = 2 * seen->n >= seen->capacity ? seen_grow(seen, error) : 0;
    if (status)
        return status;
    size_t at = seen_place(seen, key);
    *before = seen->digest[at] != 0;
    seen->n += !*before;
    seen->digest[at] = key;
    return 0;
}

/* ---- What is kept --------------------------------------------------------------------------------- */

static int find_slot(const struct scoring *scoring, struct digest digest)
{
    for (int i = 0; i < SLOTS; i++) {
        const struct slot *s = &scoring->slot[i];
        if (s->used && s->digest.high == digest.high && s->digest.low == digest.low)
            return i;
    }
    return -1;
}

/* The slot that was not used for longest; -1: this network uses all of them. */
static int take_slot(struct scoring *scoring, struct digest digest)
{
    int oldest = 0;
    for (int i = 1; i < SLOTS; i++)
        if (scoring->slot[i].used < scoring->slot[oldest].used)
            oldest = i;
    if (scoring->slot[oldest].used == scoring->networks)
        return -1;
    scoring->slot[oldest] = (struct slot){digest, scoring->networks};
    return oldest;
}

static real *kept_at(const struct scoring *scoring, int slot, int batch)
{
    return scoring->kept +
           ((size_t)slot * (size_t)scoring->batches + (size_t)batch) * scoring->stride;
}

/* Lane sums of the convolution that writes a tensor; 0: none. */
static size_t sums_of(const struct plan *plan, int tensor)
{
    const struct step *step = &plan->step[plan->tensor[tensor].step];
    bool gathers = step->kind == STEP_CONV && step->norm >= 0;
    return gathers ? 2 * (size_t)plan->tensor[tensor].channels * LANES : 0;
}

/* The real where they stand in the arena. */
static real *sums_place(const struct network *network, int tensor)
{
    const struct plan *plan = &network->plan;
    return network->arena + plan->norm[plan->step[plan->tensor[tensor].step].norm].statistics;
}

/* ---- One network ---------------------------------------------------------------------------------- */

static void turn_close(struct turn *turn)
{
    free(turn->digest);
    free(turn->slot);
    free(turn->ready);
    free(turn->skip);
    supernet_pass_close(&turn->pass);
}

static int turn_open(struct turn *turn, const struct scoring *scoring,
                     const struct choice_program *program, struct error *error)
{
    *turn = (struct turn){.digest = NULL};
    if (program->weighed)
        return error_set(error, ERROR_ARGUMENT, "scoring: a weighed program");
    int status = supernet_pass_open_forward(&turn->pass, scoring->supernet, program, BLOCKS,
                                            scoring->workspace, scoring->trainer->kernels, error);
    if (status)
        return status;
    size_t tensors = (size_t)turn->pass.network.plan.tensors;
    turn->digest = calloc(tensors, sizeof *turn->digest);
    turn->slot = calloc(tensors, sizeof *turn->slot);
    turn->ready = calloc(tensors, sizeof *turn->ready);
    turn->skip = calloc((size_t)turn->pass.network.plan.steps, sizeof *turn->skip);
    if (turn->digest && turn->slot && turn->ready && turn->skip) {
        digest_tensors(turn);
        return 0;
    }
    turn_close(turn);
    return error_set(error, ERROR_MEMORY, "scoring: out of memory");
}

/* Which of the tensors are there. */
static void find_ready(struct scoring *scoring, struct turn *turn)
{
    for (int i = 0; i < turn->pass.network.plan.tensors; i++) {
        turn->slot[i] = find_slot(scoring, turn->digest[i]);
        turn->ready[i] = turn->slot[i] >= 0;
    }
}

static void want(bool *skip, const struct plan *plan, const struct turn *turn, int tensor)
{
    if (tensor >= 0 && !turn->ready[tensor])
        skip[plan->tensor[tensor].step] = false;
}

/* Skip what nobody who is not skipped reads. */
static void find_skipped(struct scoring *scoring, struct turn *turn)
{
    const struct plan *plan = &turn->pass.network.plan;
    for (int i = 0; i < plan->steps; i++)
        turn->skip[i] = i < plan->steps - 1;
    for (int i = plan->steps - 1; i >= 0; i--) {
        const struct step *step = &plan->step[i];
        if (turn->skip[i])
            continue;
        scoring->run++;
        want(turn->skip, plan, turn, step->input);
        for (int k = 0; k < step->terms; k++)
            want(turn->skip, plan, turn, plan->term[step->first_term + k].tensor);
    }
    scoring->asked += (uint64_t)plan->steps;
}

/* Whether a tensor may be kept: the images themselves are as cheap to pack again. */
static bool may_keep(const struct scoring *scoring, const struct plan *plan, int tensor)
{
    const struct tensor *t = &plan->tensor[tensor];
    return plan->step[t->step].kind != STEP_INPUT &&
           t->size + sums_of(plan, tensor) <= scoring->stride;
}

/* Keep what is computed now and was computed before. */
static int choose_kept(struct scoring *scoring, struct turn *turn, struct error *error)
{
    const struct plan *plan = &turn->pass.network.plan;
    for (int i = 0; i < plan->tensors; i++) /* not to be given away */
        if (turn->slot[i] >= 0)
            scoring->slot[turn->slot[i]].used = scoring->networks;
    for (int i = 0; i < plan->tensors; i++) {
        bool before;
        if (turn->ready[i] || turn->skip[plan->tensor[i].step] || !may_keep(scoring, plan, i))
            continue;
        int status = seen_add(&scoring->seen, turn->digest[i], &before, error);
        if (status)
            return status;
        if (before)
            turn->slot[i] = take_slot(scoring, turn->digest[i]);
    }
    return 0;
}

/* Put the kept tensors of a batch where the network finds them. */
static void hold(const struct scoring *scoring, struct turn *turn, int batch)
{
    struct network *network = &turn->pass.network;
    network_clear(network);
    for (int i = 0; i < network->plan.tensors; i++) {
        if (turn->slot[i] < 0)
            continue;
        struct tensor *t = &network->plan.tensor[i];
        size_t sums = sums_of(&network->plan, i);
        t->held = kept_at(scoring, turn->slot[i], batch);
        if (turn->ready[i] && sums)
            memcpy(sums_place(network, i), t->held + t->size, sums * sizeof(real));
    }
}

/* Lane sums to the tensors that were computed to be kept. */
static void keep_sums(struct turn *turn)
{
    struct network *network = &turn->pass.network;
    for (int i = 0; i < network->plan.tensors; i++) {
        const struct tensor *t = &network->plan.tensor[i];
        size_t sums = sums_of(&network->plan, i);
        if (turn->slot[i] >= 0 && !turn->ready[i] && sums)
            memcpy(t->held + t->size, sums_place(network, i), sums * sizeof(real));
    }
}

static void load(const struct scoring *scoring, int batch, real *x, uint8_t *labels)
{
    const struct trainer *trainer = scoring->trainer;
    batch_plain(trainer->dataset, trainer->kernels, false,
                trainer->split + trainer->protocol->training.train_images,
                scoring->first + (uint32_t)(batch * SUPERNET_BATCH), SUPERNET_BATCH, x, labels);
}

static int run(const struct scoring *scoring, struct turn *turn)
{
    struct network *network = &turn->pass.network;
    int correct = 0;
    for (int batch = 0; batch < scoring->batches; batch++) {
        uint8_t *labels = scoring->labels + (size_t)batch * SUPERNET_BATCH;
        hold(scoring, turn, batch);
        if (!turn->skip[0])
            load(scoring, batch, network_input(network), labels);
        network_run(network, BLOCKS, true, turn->skip);
        keep_sums(turn);
        correct += network_loss(network, labels, SUPERNET_BATCH, 0, false).correct;
    }
    return correct;
}

int scoring_score(struct scoring *scoring, const struct choice_program *program, int *correct,
                  uint64_t *macs, struct error *error)
{
    struct turn turn;
    int status = turn_open(&turn, scoring, program, error);
    if (status)
        return status;
    scoring->networks++;
    find_ready(scoring, &turn);
    find_skipped(scoring, &turn);
    status = choose_kept(scoring, &turn, error);
    if (!status) {
        *correct = run(scoring, &turn);
        *macs = turn.pass.macs;
    }
    turn_close(&turn);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------------ */

/* Reals of the largest tensor that can be kept, with lane sums. */
static size_t largest(const struct choice_graph *choices)
{
    size_t most = 0;
    for (int i = 1; i < choices->graph.nodes; i++) { /* 0 is the INPUT */
        const struct node *node = &choices->graph.node[i];
        size_t planes = BLOCKS * tensor_plane(node->rows, node->columns) + 2;
        size_t reals = (size_t)node->channels * planes * LANES;
        most = reals > most ? reals : most;
    }
    return most;
}

/* The labels stay; the images come again where they are needed. */
static int load_labels(struct scoring *scoring, struct error *error)
{
    const struct dataset *d = scoring->trainer->dataset;
    size_t reals = BLOCKS * (size_t)d->channels * tensor_plane(d->rows, d->columns) * (size_t)LANES;
    real *x = aligned_alloc(64, reals * sizeof *x);
    if (!x)
        return error_set(error, ERROR_MEMORY, "scoring: out of memory");
    for (int batch = 0; batch < scoring->batches; batch++)
        load(scoring, batch, x, scoring->labels + (size_t)batch * SUPERNET_BATCH);
    free(x);
    return 0;
}

static int allocate(struct scoring *scoring, struct error *error)
{
    size_t batches = (size_t)scoring->batches;
    scoring->stride = largest(&scoring->supernet->choices);
    if (batches <= SIZE_MAX / sizeof(real) / SLOTS / scoring->stride)
        scoring->kept = aligned_alloc(64, SLOTS * batches * scoring->stride * sizeof(real));
    scoring->labels = malloc(batches * SUPERNET_BATCH);
    if (!scoring->kept || !scoring->labels)
        return error_set(error, ERROR_MEMORY, "scoring on %zu batches: out of memory", batches);
    return load_labels(scoring, error);
}

int scoring_open(struct scoring **scoring, const struct supernet *supernet,
                 const struct trainer *trainer, int first, int images, struct workspace *workspace,
                 struct error *error)
{
    int all = trainer->protocol->training.valid_images;
    *scoring = NULL;
    if (first < 0 || images < SUPERNET_BATCH || images % SUPERNET_BATCH || first > all - images)
        return error_set(error, ERROR_ARGUMENT,
                         "scoring on images %d to %d: must be whole batches of %d among %d", first,
                         first + images - 1, SUPERNET_BATCH, all);
    struct scoring *made = calloc(1, sizeof *made);
    if (!made)
        return error_set(error, ERROR_MEMORY, "scoring: out of memory");
    made->supernet = supernet;
    made->trainer = trainer;
    made->workspace = workspace;
    made->batches = images / SUPERNET_BATCH;
    made->first = (uint32_t)first;
    int status = allocate(made, error);
    if (status)
        scoring_close(made);
    else
        *scoring = made;
    return status;
}

void scoring_close(struct scoring *scoring)
{
    if (!scoring)
        return;
    free(scoring->labels);
    free(scoring->kept);
    free(scoring->seen.digest);
    free(scoring);
}

void scoring_steps(const struct scoring *scoring, uint64_t *asked, uint64_t *run)
{
    *asked = scoring->asked;
    *run = scoring->run;
}
