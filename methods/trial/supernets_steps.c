/* Batches on a trial's supernets: steps of the weights, gradients of both, and DARTS's unrolled one. */
#include "methods/trial/supernets_parts.h"

#include "base/pool.h"
#include "base/progress.h"
#include "evaluator/trainer_parts.h"
#include "evaluator/unrolled.h"

#include <string.h>

/* Charge and run one batch of `part` forward and backward; the pass stays open when that is done. */
static enum nasbed_status run_batch(struct trial *trial, struct trial_supernet *net,
                                    const struct nasbed_program *program, enum feed_part part,
                                    enum tally_kind kind, struct supernet_pass *pass,
                                    struct nasbed_pass *out)
{
    const struct contest *contest = trial->contest;
    const struct training *t = contest->training;
    struct choice_program copy = supernets_program(program);
    struct choice_gradient gradient;
    struct error error;
    if (supernet_pass_open(pass, &net->supernet, &copy, t->batch / LANES,
                           contest->live->workspace[pool_worker()], contest->live->trainer->kernels,
                           &error))
        return supernets_fail(trial, &error);
    *out = (struct nasbed_pass){.charge = supernets_step_flops(trial, pass->macs)};
    enum nasbed_status status = supernets_charge(trial, kind, out->charge);
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
    supernets_tally(trial, kind, out);
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
        return supernets_fail(trial, &error);
    return NASBED_DONE;
}

static struct memory_request request_of(const struct trial *trial, const struct trial_supernet *net,
                                        const struct nasbed_program *program, enum feed_part part,
                                        const struct nasbed_rule *rule)
{
    return supernets_request_pass(trial, net, rule ? TALLY_STEP : TALLY_GRADIENT, program, part,
                                  rule);
}

/* The pass, and with a rule the step, computed. */
static enum nasbed_status compute(struct trial *trial, struct trial_supernet *net,
                                  const struct nasbed_program *program, enum feed_part part,
                                  const struct nasbed_rule *rule, struct nasbed_pass *out)
{
    const struct memory_request request = request_of(trial, net, program, part, rule);
    struct supernet_pass pass;
    *out = (struct nasbed_pass){.charge = 0};
    enum nasbed_status status = supernets_restore(trial, net);
    if (status != NASBED_DONE)
        return status;
    status = run_batch(trial, net, program, part, (enum tally_kind)request.kind, &pass, out);
    if (status == NASBED_DONE && rule) {
        const struct supernet_rule inner = rule_of(rule);
        supernet_collect(&net->supernet, &pass);
        (void)supernet_step(&net->supernet, &inner);
    }
    if (status == NASBED_DONE)
        supernet_pass_close(&pass);
    status = supernets_remember_pass(trial, net, request, status, program->weighed, out);
    return status == NASBED_DONE && rule ? tell_step(trial, net) : status;
}

/* What steps and gradients have in common; `rule` NULL: a gradient. */
static enum nasbed_status batch(struct nasbed_trial *face, int supernet,
                                const struct nasbed_program *program, enum feed_part part,
                                const struct nasbed_rule *rule, struct nasbed_pass *out)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = supernets_find(trial, supernet);
    struct nasbed_pass unwanted;
    if (!net)
        return NASBED_FAILED;
    trial_pause(trial);
    double started = clock_thread_seconds();
    enum nasbed_status status =
        memory_replays(trial->memory)
            ? supernets_recall_pass(trial, net, request_of(trial, net, program, part, rule),
                                    program->weighed, out ? out : &unwanted)
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
        return supernets_fail(trial, &error);
    feed_next(&net->feed, FEED_VALIDATION);
    out->loss = loss.sum / batch;
    out->accuracy = 100.0 * loss.correct / batch;
    memcpy(out->gradient, gradient.of, sizeof gradient.of);
    supernets_tally(trial, TALLY_UNROLLED, out);
    return NASBED_DONE;
}

static enum nasbed_status compute_unrolled(struct trial *trial, struct trial_supernet *net,
                                           struct memory_request request,
                                           const struct choice_program *program,
                                           const struct supernet_rule *rule, uint64_t flops,
                                           struct nasbed_pass *pass)
{
    enum nasbed_status status = supernets_restore(trial, net);
    *pass = (struct nasbed_pass){.charge = flops};
    if (status == NASBED_DONE)
        status = supernets_charge(trial, TALLY_UNROLLED, flops);
    if (status == NASBED_DONE)
        status = unroll(trial, net, program, rule, pass);
    return supernets_remember_pass(trial, net, request, status, true, pass);
}

enum nasbed_status trial_supernet_unrolled(struct nasbed_trial *face, int supernet,
                                           const struct nasbed_program *program,
                                           const struct nasbed_rule *rule, struct nasbed_pass *pass)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = supernets_find(trial, supernet);
    if (!net)
        return NASBED_FAILED;
    uint64_t step = trial_supernet_quote(face, supernet, program);
    if (step == UINT64_MAX || !program->weighed)
        return trial_misused(trial, "unrolls a program that is not weighed, or none");
    struct choice_program copy = supernets_program(program);
    struct supernet_rule inner = rule_of(rule);
    const struct memory_request request =
        supernets_request_pass(trial, net, TALLY_UNROLLED, program, FEED_VALIDATION, rule);
    trial_pause(trial);
    double started = clock_thread_seconds();
    enum nasbed_status status =
        memory_replays(trial->memory)
            ? supernets_recall_pass(trial, net, request, true, pass)
            : compute_unrolled(trial, net, request, &copy, &inner, UNROLLED_PASSES * step, pass);
    trial->times.train += clock_thread_seconds() - started;
    trial_resume(trial);
    return status;
}
