/* The parts of nasbed.h that share weights: a trial's supernets, what they are charged, and their lines
 * in the trace. */
#include "evaluator/supernet.h"

#include "base/pool.h"
#include "base/progress.h"
#include "evaluator/feed.h"
#include "evaluator/trainer_parts.h"
#include "evaluator/unrolled.h"
#include "methods/trial/memory.h"
#include "methods/trial/trial_parts.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(NASBED_CHOICES == CHOICES_MAX, "choices differ");
_Static_assert(NASBED_CHOICE_OPTIONS == CHOICE_OPTIONS_MAX, "options differ");
_Static_assert(sizeof(struct nasbed_program) == sizeof(struct choice_program), "programs differ");
_Static_assert(offsetof(struct nasbed_program, weight) == offsetof(struct choice_program, weight),
               "programs differ");

struct trial_supernet {
    struct supernet supernet;
    struct feed feed;
    real *saved; /* [2][size] weights and moments that were saved; NULL: none */
};

enum { LINE_STEPS = 1000 }; /* most events of a line */

static struct choice_program inward(const struct nasbed_program *program)
{
    struct choice_program copy;
    memcpy(&copy, program, sizeof copy);
    return copy;
}

static enum nasbed_status fail_with(struct trial *trial, struct error *error)
{
    (void)error_context(error, "%s: supernet", trial->method->name);
    return trial_failed(trial, error);
}

/* The trace --------------------------------------------------------------------------------------- */

static const char *const tally_names[TALLIES] = {"step", "gradient", "unrolled", "score"};

void trial_flush(struct trial *trial)
{
    uint64_t spent = trial->account.ledger.spent;
    for (int kind = 0; kind < TALLIES; kind++)
        spent -= trial->tally[kind].charge;
    for (int kind = 0; kind < TALLIES; kind++) {
        struct step_tally *t = &trial->tally[kind];
        spent += t->charge;
        struct line_steps line = {.what = tally_names[kind],
                                  .count = t->count,
                                  .loss = t->loss / (double)t->count,
                                  .accuracy = t->accuracy / (double)t->count,
                                  .charge = t->charge,
                                  .spent = spent};
        if (t->count)
            trace_writer_steps(&trial->trace, &line);
        *t = (struct step_tally){0};
    }
}

/* Charge for what is about to be computed; a refusal is named in the trace. */
static enum nasbed_status charge(struct trial *trial, enum tally_kind kind, uint64_t flops)
{
    if (trial->tally[kind].count >= LINE_STEPS)
        trial_flush(trial);
    uint64_t left = ledger_left(&trial->account.ledger);
    enum nasbed_status status = account_spend(&trial->account, flops);
    if (status == NASBED_REFUSED) {
        trial_flush(trial);
        trace_writer_refuse_steps(&trial->trace, tally_names[kind], flops, left);
    } else if (status == NASBED_DONE) {
        trial->tally[kind].charge += flops;
        if (trial->observer)
            trial->observer(trial->context, flops);
    }
    return status;
}

static void tally(struct trial *trial, enum tally_kind kind, uint64_t count, double loss,
                  double accuracy)
{
    trial->tally[kind].count += count;
    trial->tally[kind].loss += loss;
    trial->tally[kind].accuracy += accuracy;
}

/* What costs nothing ------------------------------------------------------------------------------ */

/* The choice graph of the trial's space, NULL if there is none; the caller frees it. */
static bool open_choices(const struct contest *contest, struct choice_graph *choices)
{
    *choices = (struct choice_graph){0};
    const struct skeleton *skeleton =
        contest->live ? contest->live->skeleton : &contest->space->skeleton;
    if (contest->space->choices && !contest->space->choices(skeleton, choices, NULL))
        return true;
    choice_graph_free(choices);
    return false;
}

int trial_choices(const struct nasbed_trial *face, struct nasbed_choice *out)
{
    const struct contest *contest = ((const struct trial *)face)->contest;
    struct choice_graph choices;
    if (!open_choices(contest, &choices))
        return 0;
    int n = choices.choices;
    for (int i = 0; i < n; i++)
        out[i] = (struct nasbed_choice){.name = choices.choice[i].name,
                                        .options = choices.choice[i].options,
                                        .parent = choices.choice[i].parent,
                                        .parent_option = choices.choice[i].parent_option};
    choice_graph_free(&choices);
    return n;
}

void trial_path(const struct nasbed_trial *face, const struct nasbed_architecture *architecture,
                struct nasbed_program *program)
{
    const struct trial *trial = (const struct trial *)face;
    struct architecture a = trial_inward(architecture);
    struct choice_program path;
    struct choice_graph choices;
    memset(program, 0, sizeof *program);
    if (trial->supernets) { /* it has the choices at hand */
        choice_path(&trial->supernet[0]->supernet.choices, trial->contest->space, &a, &path);
        memcpy(program, &path, sizeof path);
    } else if (open_choices(trial->contest, &choices)) {
        choice_path(&choices, trial->contest->space, &a, &path);
        memcpy(program, &path, sizeof path);
        choice_graph_free(&choices);
    }
}

enum nasbed_status trial_supernet_open(struct nasbed_trial *face, int *supernet)
{
    struct trial *trial = trial_of(face);
    const struct contest *contest = trial->contest;
    struct error error;
    if (trial->status)
        return NASBED_FAILED;
    if (!contest->live)
        return trial_misused(trial, "opens a supernet" TRIAL_NO_DATA);
    if (trial->memory && trial->supernets > 0)
        return trial_misused(trial, "opens a second supernet, where one alone is remembered");
    if (trial->supernets == TRIAL_SUPERNETS)
        return trial_misused(trial, "opens too many supernets");
    struct trial_supernet *made = calloc(1, sizeof *made);
    if (!made)
        return trial_misused(trial, "supernet: out of memory");
    uint64_t seed = trial->seed ^ ((uint64_t)trial->supernets << 40);
    int status = supernet_open(&made->supernet, contest->space, contest->live->skeleton,
                               contest->training, seed, &error);
    if (!status && (status = feed_open(&made->feed, contest->live->trainer, seed, &error)))
        supernet_close(&made->supernet);
    if (status) {
        free(made);
        return fail_with(trial, &error);
    }
    *supernet = trial->supernets;
    trial->supernet[trial->supernets++] = made;
    return NASBED_DONE;
}

void trial_close_supernets(struct trial *trial)
{
    for (int i = 0; i < trial->supernets; i++) {
        supernet_close(&trial->supernet[i]->supernet);
        feed_close(&trial->supernet[i]->feed);
        free(trial->supernet[i]->saved);
        free(trial->supernet[i]);
    }
    trial->supernets = 0;
}

/* The supernet of that number; NULL: there is none, and the trial has failed. */
static struct trial_supernet *find(struct trial *trial, int number)
{
    if (number >= 0 && number < trial->supernets)
        return trial->supernet[number];
    (void)trial_misused(trial, "asks for a supernet that it has not opened");
    return NULL;
}

/* Mean multiply-accumulates of a path, over all architectures. */
static uint64_t mean_macs(const struct isomorphs *isomorphs)
{
    uint64_t sum = 0; /* some 10^4 of them: far from 2^64 */
    for (uint32_t i = 0; i < isomorphs->count; i++)
        sum += isomorphs->train_macs[isomorphs->class_of[i]];
    return sum / isomorphs->count;
}

uint64_t trial_supernet_image(const struct nasbed_trial *face)
{
    return 2 * mean_macs(((const struct trial *)face)->contest->isomorphs);
}

/* Forward and backward on one batch. */
static uint64_t step_flops(const struct trial *trial, uint64_t macs)
{
    return 2 * 3 * macs * (uint64_t)trial->contest->training->batch;
}

uint64_t trial_supernet_quote(const struct nasbed_trial *face, int supernet,
                              const struct nasbed_program *program)
{
    const struct trial *trial = (const struct trial *)face;
    uint64_t macs;
    if (!program)
        return step_flops(trial, mean_macs(trial->contest->isomorphs));
    if (supernet < 0 || supernet >= trial->supernets)
        return UINT64_MAX;
    struct choice_program copy = inward(program);
    if (choice_program_wrong(&trial->supernet[supernet]->supernet.choices, &copy) ||
        supernet_macs(&trial->supernet[supernet]->supernet, &copy, &macs, NULL))
        return UINT64_MAX;
    return step_flops(trial, macs);
}

/* Memory ------------------------------------------------------------------------------------------ */

/* A pass as a memory holds it: loss, accuracy and, of what is weighed, the gradient. */
enum { PASS_NUMBERS = 2 + CHOICES_MAX * CHOICE_OPTIONS_MAX };

static size_t pack_pass(const struct trial_supernet *net, bool weighed,
                        const struct nasbed_pass *pass, double numbers[PASS_NUMBERS])
{
    const struct choice_graph *choices = &net->supernet.choices;
    size_t n = 0;
    numbers[n++] = pass->loss;
    numbers[n++] = pass->accuracy;
    for (int i = 0; weighed && i < choices->choices; i++)
        for (int k = 0; k < choices->choice[i].options; k++)
            numbers[n++] = pass->gradient[i][k];
    return n;
}

static void unpack_pass(const struct trial_supernet *net, bool weighed, const double *numbers,
                        struct nasbed_pass *pass)
{
    const struct choice_graph *choices = &net->supernet.choices;
    pass->loss = *numbers++;
    pass->accuracy = *numbers++;
    for (int i = 0; weighed && i < choices->choices; i++)
        for (int k = 0; k < choices->choice[i].options; k++)
            pass->gradient[i][k] = *numbers++;
}

/* Put what was computed, or refused, on record. */
static enum nasbed_status remember(struct trial *trial, enum tally_kind kind,
                                   enum nasbed_status status, uint64_t flops, const double *numbers,
                                   size_t count)
{
    if (status != NASBED_FAILED &&
        memory_add(trial->memory, (int)kind, flops, numbers, status == NASBED_DONE ? count : 0))
        return trial_misused(trial, "answers: out of memory");
    return status;
}

static enum nasbed_status remember_pass(struct trial *trial, const struct trial_supernet *net,
                                        enum tally_kind kind, enum nasbed_status status,
                                        bool weighed, const struct nasbed_pass *pass)
{
    double numbers[PASS_NUMBERS];
    size_t count = pack_pass(net, weighed, pass, numbers);
    return remember(trial, kind, status, pass->charge, numbers, count);
}

/* The answer that was given to this request before, charged anew; *numbers NULL unless it is done. */
static enum nasbed_status recall(struct trial *trial, enum tally_kind kind, size_t count,
                                 uint64_t *flops, const double **numbers)
{
    const double *answer = memory_next(trial->memory, (int)kind, count);
    *numbers = NULL;
    if (!answer)
        return trial_misused(trial, "the saved training is not one of this method and seed");
    *flops = (uint64_t)answer[MEMORY_CHARGE];
    enum nasbed_status status = charge(trial, kind, *flops);
    if (status == NASBED_DONE && answer[MEMORY_COUNT] != (double)count)
        return trial_misused(trial, "the saved training is not one of this budget");
    if (status == NASBED_DONE)
        *numbers = answer + MEMORY_NUMBERS;
    return status;
}

static enum nasbed_status recall_pass(struct trial *trial, const struct trial_supernet *net,
                                      enum tally_kind kind, bool weighed, struct nasbed_pass *out)
{
    double scratch[PASS_NUMBERS];
    const double *numbers;
    *out = (struct nasbed_pass){.charge = 0};
    size_t count = pack_pass(net, weighed, out, scratch);
    enum nasbed_status status = recall(trial, kind, count, &out->charge, &numbers);
    if (status != NASBED_DONE)
        return status;
    unpack_pass(net, weighed, numbers, out);
    tally(trial, kind, 1, out->loss, out->accuracy);
    return status;
}

/* After the last answer that is given again: the weights as they were. */
static enum nasbed_status restore(struct trial *trial, struct trial_supernet *net)
{
    struct memory *memory = trial->memory;
    if (!memory || memory->resumed == 0 || memory->restored)
        return NASBED_DONE;
    if (memory_replays(memory) || memory->size != net->supernet.size)
        return trial_misused(trial, "the saved training is not one of this supernet");
    for (size_t i = 0; i < memory->size; i++) {
        net->supernet.value[i] = (real)memory->value[i];
        net->supernet.moment[i] = (real)memory->moment[i];
    }
    for (int part = 0; part < FEED_PARTS; part++) {
        net->feed.step[part] = memory->step[part];
        net->feed.epoch[part] = -1; /* its order is drawn again */
    }
    memory->restored = true;
    return NASBED_DONE;
}

/* Steps ------------------------------------------------------------------------------------------- */

/* Charge and run one batch of `part` forward and backward; the pass stays open when that is done. */
static enum nasbed_status run_batch(struct trial *trial, struct trial_supernet *net,
                                    const struct nasbed_program *program, enum feed_part part,
                                    enum tally_kind kind, struct supernet_pass *pass,
                                    struct nasbed_pass *out)
{
    const struct contest *contest = trial->contest;
    const struct training *t = contest->training;
    struct choice_program copy = inward(program);
    struct choice_gradient gradient;
    struct error error;
    if (supernet_pass_open(pass, &net->supernet, &copy, t->batch / LANES,
                           contest->live->workspace[pool_worker()], contest->live->trainer->kernels,
                           &error))
        return fail_with(trial, &error);
    *out = (struct nasbed_pass){.charge = step_flops(trial, pass->macs)};
    enum nasbed_status status = charge(trial, kind, out->charge);
    if (status != NASBED_DONE) {
        supernet_pass_close(pass);
        return status;
    }
    feed_load(&net->feed, part, network_input(&pass->network));
    feed_next(&net->feed, part);
    network_forward(&pass->network, t->batch / LANES, true);
    struct loss loss =
        network_loss(&pass->network, net->feed.labels, t->batch, t->label_smoothing, true);
    network_backward(&pass->network);
    out->loss = loss.sum / t->batch;
    out->accuracy = 100.0 * loss.correct / t->batch;
    if (program->weighed) {
        supernet_pass_choices(&net->supernet, pass, &gradient);
        memcpy(out->gradient, gradient.of, sizeof gradient.of);
    }
    tally(trial, kind, 1, out->loss, out->accuracy);
    return NASBED_DONE;
}

static struct supernet_rule rule_of(const struct nasbed_rule *rule)
{
    return (struct supernet_rule){.rate = rule->rate,
                                  .momentum = rule->momentum,
                                  .decay = rule->decay,
                                  .clip = rule->clip,
                                  .nesterov = rule->nesterov};
}

/* Who keeps the memory may want to, now that a step is on record. */
static enum nasbed_status tell_step(struct trial *trial, const struct trial_supernet *net)
{
    const struct memory *memory = trial->memory;
    struct error error;
    if (memory && memory->observer &&
        memory->observer(memory->context, &net->supernet, &net->feed, &error))
        return fail_with(trial, &error);
    return NASBED_DONE;
}

/* The pass, and with a rule the step, computed. */
static enum nasbed_status compute(struct trial *trial, struct trial_supernet *net,
                                  const struct nasbed_program *program, enum feed_part part,
                                  const struct nasbed_rule *rule, struct nasbed_pass *out)
{
    enum tally_kind kind = rule ? TALLY_STEP : TALLY_GRADIENT;
    struct supernet_pass pass;
    *out = (struct nasbed_pass){.charge = 0};
    enum nasbed_status status = restore(trial, net);
    if (status != NASBED_DONE)
        return status;
    status = run_batch(trial, net, program, part, kind, &pass, out);
    if (status == NASBED_DONE && rule) {
        const struct supernet_rule inner = rule_of(rule);
        supernet_collect(&net->supernet, &pass);
        (void)supernet_step(&net->supernet, &inner);
    }
    if (status == NASBED_DONE)
        supernet_pass_close(&pass);
    status = remember_pass(trial, net, kind, status, program->weighed, out);
    return status == NASBED_DONE && rule ? tell_step(trial, net) : status;
}

/* What steps and gradients have in common; `rule` NULL: a gradient. */
static enum nasbed_status batch(struct nasbed_trial *face, int supernet,
                                const struct nasbed_program *program, enum feed_part part,
                                const struct nasbed_rule *rule, struct nasbed_pass *out)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = trial->status ? NULL : find(trial, supernet);
    struct nasbed_pass unwanted;
    if (!net)
        return NASBED_FAILED;
    trial_pause(trial);
    double started = clock_thread_seconds();
    enum nasbed_status status =
        memory_replays(trial->memory)
            ? recall_pass(trial, net, rule ? TALLY_STEP : TALLY_GRADIENT, program->weighed,
                          out ? out : &unwanted)
            : compute(trial, net, program, part, rule, out ? out : &unwanted);
    trial->times.train += clock_thread_seconds() - started;
    trial_resume(trial);
    return status;
}

enum nasbed_status trial_supernet_step(struct nasbed_trial *face, int supernet,
                                       const struct nasbed_program *program,
                                       const struct nasbed_rule *rule, struct nasbed_pass *pass)
{
    return batch(face, supernet, program, FEED_TRAINING, rule, pass);
}

enum nasbed_status trial_supernet_gradient(struct nasbed_trial *face, int supernet,
                                           const struct nasbed_program *program,
                                           enum nasbed_part part, struct nasbed_pass *pass)
{
    return batch(face, supernet, program, part == NASBED_TRAINING ? FEED_TRAINING : FEED_VALIDATION,
                 NULL, pass);
}

static enum nasbed_status unroll(struct trial *trial, struct trial_supernet *net,
                                 const struct choice_program *program,
                                 const struct supernet_rule *rule, struct nasbed_pass *out)
{
    struct unrolled unrolled;
    struct choice_gradient gradient;
    struct loss loss;
    struct error error;
    int batch = trial->contest->training->batch;
    struct workspace *workspace = trial->contest->live->workspace[pool_worker()];
    int failed = unrolled_open(&unrolled, &net->supernet, &net->feed, workspace, &error);
    if (!failed) {
        failed = unrolled_gradient(&unrolled, program, rule, &gradient, &loss, &error);
        unrolled_close(&unrolled);
    }
    if (failed)
        return fail_with(trial, &error);
    feed_next(&net->feed, FEED_VALIDATION);
    out->loss = loss.sum / batch;
    out->accuracy = 100.0 * loss.correct / batch;
    memcpy(out->gradient, gradient.of, sizeof gradient.of);
    tally(trial, TALLY_UNROLLED, 1, out->loss, out->accuracy);
    return NASBED_DONE;
}

static enum nasbed_status compute_unrolled(struct trial *trial, struct trial_supernet *net,
                                           const struct choice_program *program,
                                           const struct supernet_rule *rule, uint64_t flops,
                                           struct nasbed_pass *pass)
{
    enum nasbed_status status = restore(trial, net);
    *pass = (struct nasbed_pass){.charge = flops};
    if (status == NASBED_DONE)
        status = charge(trial, TALLY_UNROLLED, flops);
    if (status == NASBED_DONE)
        status = unroll(trial, net, program, rule, pass);
    return remember_pass(trial, net, TALLY_UNROLLED, status, true, pass);
}

enum nasbed_status trial_supernet_unrolled(struct nasbed_trial *face, int supernet,
                                           const struct nasbed_program *program,
                                           const struct nasbed_rule *rule, struct nasbed_pass *pass)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = trial->status ? NULL : find(trial, supernet);
    if (!net)
        return NASBED_FAILED;
    uint64_t step = trial_supernet_quote(face, supernet, program);
    if (step == UINT64_MAX || !program->weighed)
        return trial_misused(trial, "unrolls a program that is not weighed, or none");
    struct choice_program copy = inward(program);
    struct supernet_rule inner = rule_of(rule);
    trial_pause(trial);
    double started = clock_thread_seconds();
    enum nasbed_status status =
        memory_replays(trial->memory)
            ? recall_pass(trial, net, TALLY_UNROLLED, true, pass)
            : compute_unrolled(trial, net, &copy, &inner, UNROLLED_PASSES * step, pass);
    trial->times.train += clock_thread_seconds() - started;
    trial_resume(trial);
    return status;
}

/* Scores ------------------------------------------------------------------------------------------ */

/* One architecture to score, a pool task. */
struct scoring {
    const struct contest *contest;
    const struct supernet *supernet;
    const struct supernet_scoring *how;
    struct choice_program path;
    struct supernet_score score;
    double seconds;
    struct error error;
};

static void score_one(void *argument, int worker)
{
    struct scoring *s = argument;
    double started = clock_thread_seconds();
    s->error.code = ERROR_NONE;
    (void)supernet_evaluate(s->supernet, &s->path, s->contest->live->trainer, s->how,
                            s->contest->live->workspace[worker], &s->score, &s->error);
    s->seconds = clock_thread_seconds() - started;
}

static enum nasbed_status plan_scores(struct trial *trial, const struct trial_supernet *net,
                                      const struct nasbed_architecture *architectures, size_t n,
                                      const struct supernet_scoring *how, struct scoring *scorings,
                                      uint64_t *flops)
{
    const struct contest *contest = trial->contest;
    for (size_t i = 0; i < n; i++) {
        struct architecture a = trial_inward(&architectures[i]);
        if (!architecture_valid(contest->space, &a))
            return trial_misused(trial, "scores what is no architecture of the space");
        scorings[i] = (struct scoring){.contest = contest, .supernet = &net->supernet, .how = how};
        choice_path(&net->supernet.choices, contest->space, &a, &scorings[i].path);
        uint64_t macs =
            contest->isomorphs->train_macs[contest->isomorphs->class_of[contest->space->index(&a)]];
        *flops += 2 * macs * (uint64_t)(how->images + how->recalibrate * SUPERNET_BATCH);
    }
    return NASBED_DONE;
}

/* One path on the next batch of the validation split: here, since that comes in turn. */
static void score_next(struct trial_supernet *net, struct scoring *s)
{
    const struct contest *contest = s->contest;
    const struct training *t = contest->training;
    struct supernet_pass pass;
    double started = clock_thread_seconds();
    s->error.code = ERROR_NONE;
    if (supernet_pass_open(&pass, &net->supernet, &s->path, t->batch / LANES,
                           contest->live->workspace[pool_worker()], contest->live->trainer->kernels,
                           &s->error))
        return;
    feed_load(&net->feed, FEED_VALIDATION, network_input(&pass.network));
    feed_next(&net->feed, FEED_VALIDATION);
    network_forward(&pass.network, t->batch / LANES, true);
    struct loss loss = network_loss(&pass.network, net->feed.labels, t->batch, 0, false);
    s->score = (struct supernet_score){.loss = loss.sum / t->batch,
                                       .accuracy = 100.0 * loss.correct / t->batch,
                                       .macs = pass.macs};
    supernet_pass_close(&pass);
    s->seconds = clock_thread_seconds() - started;
}

static enum nasbed_status score_all(struct trial *trial, struct trial_supernet *net, bool next,
                                    struct scoring *scorings, size_t n, double *accuracy,
                                    double *loss)
{
    for (size_t i = 0; i < n; i++) {
        if (next)
            score_next(net, &scorings[i]);
        else
            pool_submit(score_one, &scorings[i]);
    }
    pool_wait();
    double sum = 0;
    *loss = 0;
    for (size_t i = 0; i < n; i++) {
        if (scorings[i].error.code)
            return fail_with(trial, &scorings[i].error);
        accuracy[i] = scorings[i].score.accuracy;
        sum += accuracy[i];
        *loss += scorings[i].score.loss;
        trial->times.train += scorings[i].seconds;
    }
    tally(trial, TALLY_SCORE, n, *loss, sum);
    return NASBED_DONE;
}

/* The same from memory, and into it: the sum of losses, then the accuracies. */
static enum nasbed_status recall_scores(struct trial *trial, size_t n, double *accuracy)
{
    uint64_t flops;
    const double *numbers;
    double sum = 0;
    enum nasbed_status status = recall(trial, TALLY_SCORE, n + 1, &flops, &numbers);
    if (status != NASBED_DONE)
        return status;
    for (size_t i = 0; i < n; i++)
        sum += accuracy[i] = numbers[1 + i];
    tally(trial, TALLY_SCORE, n, numbers[0], sum);
    return status;
}

static enum nasbed_status remember_scores(struct trial *trial, enum nasbed_status status,
                                          uint64_t flops, double loss, const double *accuracy,
                                          size_t n)
{
    double *numbers = trial->memory ? calloc(n + 1, sizeof *numbers) : NULL;
    if (!trial->memory)
        return status;
    if (!numbers)
        return trial_misused(trial, "answers: out of memory");
    numbers[0] = loss;
    if (status == NASBED_DONE)
        memcpy(numbers + 1, accuracy, n * sizeof *numbers);
    status = remember(trial, TALLY_SCORE, status, flops, numbers, n + 1);
    free(numbers);
    return status;
}

static enum nasbed_status compute_scores(struct trial *trial, struct trial_supernet *net,
                                         const struct nasbed_architecture *architectures, size_t n,
                                         const struct supernet_scoring *how, bool next,
                                         double *accuracy)
{
    uint64_t flops = 0;
    double loss = 0;
    struct scoring *scorings = calloc(n ? n : 1, sizeof *scorings);
    enum nasbed_status status =
        scorings ? restore(trial, net) : trial_misused(trial, "scores: out of memory");
    if (status == NASBED_DONE)
        status = plan_scores(trial, net, architectures, n, how, scorings, &flops);
    if (status == NASBED_DONE)
        status = charge(trial, TALLY_SCORE, flops);
    if (status == NASBED_DONE)
        status = score_all(trial, net, next, scorings, n, accuracy, &loss);
    free(scorings);
    return remember_scores(trial, status, flops, loss, accuracy, n);
}

/* Images that are scored where so many are asked for; 0: all. */
static int whole_batches(const struct trial *trial, int images)
{
    int most = trial->contest->training->valid_images;
    if (images <= 0 || images > most)
        images = most;
    return images / SUPERNET_BATCH * SUPERNET_BATCH;
}

enum nasbed_status trial_supernet_score(struct nasbed_trial *face, int supernet,
                                        const struct nasbed_architecture *architectures, size_t n,
                                        const struct nasbed_scoring *scoring, double *accuracy)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = trial->status ? NULL : find(trial, supernet);
    struct supernet_scoring how = {.images = whole_batches(trial, scoring->images),
                                   .recalibrate = scoring->recalibrate};
    if (scoring->next) /* what it is charged for */
        how = (struct supernet_scoring){.images = trial->contest->training->batch};
    if (!net)
        return NASBED_FAILED;
    trial_pause(trial);
    enum nasbed_status status =
        memory_replays(trial->memory)
            ? recall_scores(trial, n, accuracy)
            : compute_scores(trial, net, architectures, n, &how, scoring->next, accuracy);
    trial_resume(trial);
    return status;
}

enum nasbed_status trial_supernet_trained(struct nasbed_trial *face, int supernet)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = trial->status ? NULL : find(trial, supernet);
    if (!net)
        return NASBED_FAILED;
    if (!trial->wanted)
        return NASBED_DONE;
    if (trial->trained)
        return trial_misused(trial, "says twice that its supernet is trained");
    if (restore(trial, net) != NASBED_DONE)
        return NASBED_FAILED;
    *trial->wanted = net->supernet;
    net->supernet = (struct supernet){0};
    trial->trained = true;
    trial->account.ended = true;
    return NASBED_ENDED;
}

enum nasbed_status trial_supernet_save(struct nasbed_trial *face, int supernet)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = trial->status ? NULL : find(trial, supernet);
    if (!net)
        return NASBED_FAILED;
    size_t size = net->supernet.size;
    if (!net->saved && !(net->saved = calloc(size, 2 * sizeof *net->saved)))
        return trial_misused(trial, "saves a supernet: out of memory");
    memcpy(net->saved, net->supernet.value, size * sizeof *net->saved);
    memcpy(net->saved + size, net->supernet.moment, size * sizeof *net->saved);
    return NASBED_DONE;
}

enum nasbed_status trial_supernet_restore(struct nasbed_trial *face, int supernet)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = trial->status ? NULL : find(trial, supernet);
    if (!net)
        return NASBED_FAILED;
    size_t size = net->supernet.size;
    if (!net->saved)
        return trial_misused(trial, "restores a supernet that it has not saved");
    memcpy(net->supernet.value, net->saved, size * sizeof *net->saved);
    memcpy(net->supernet.moment, net->saved + size, size * sizeof *net->saved);
    return NASBED_DONE;
}
