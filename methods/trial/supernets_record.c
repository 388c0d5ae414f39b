/* What a trial's supernets are charged, and what is remembered of their answers. */
#include "methods/trial/supernets_parts.h"

#include "base/digest.h"

#include <string.h>

enum nasbed_status supernets_charge(struct trial *trial, enum tally_kind kind, uint64_t flops)
{
    uint64_t left = ledger_left(&trial->account.ledger);
    enum nasbed_status status = account_spend(&trial->account, flops);
    if (status == NASBED_REFUSED)
        trace_writer_refuse_steps(&trial->trace, kind, flops, left);
    else if (status == NASBED_DONE && trial->observer)
        trial->observer(trial->context, flops);
    return status;
}

void supernets_tally(struct trial *trial, enum tally_kind kind, const struct nasbed_pass *pass)
{
    const struct step_tally more = {
        .count = 1, .charge = pass->charge, .loss = pass->loss, .accuracy = pass->accuracy};
    trace_writer_steps(&trial->trace, kind, &more);
}

/* Requests ---------------------------------------------------------------------------------------- */

/* A request of a pass as numbers: what kind, which part, the rule, then the program. */
enum { ASKED_NUMBERS = 9 + 2 * CHOICES_MAX * CHOICE_OPTIONS_MAX };

static size_t pack_rule(const struct nasbed_rule *rule, double *numbers)
{
    size_t n = 0;
    numbers[n++] = rule->rate;
    numbers[n++] = rule->momentum;
    numbers[n++] = rule->decay;
    numbers[n++] = rule->clip;
    numbers[n++] = rule->nesterov;
    return n;
}

static size_t pack_program(const struct choice_graph *choices, const struct nasbed_program *program,
                           double *numbers)
{
    size_t n = 0;
    numbers[n++] = program->weighed;
    for (int i = 0; i < choices->choices; i++)
        for (int k = 0; k < choices->choice[i].options; k++) {
            numbers[n++] = program->present[i][k];
            if (program->weighed && program->present[i][k])
                numbers[n++] = program->weight[i][k];
        }
    return n;
}

struct memory_request supernets_request_pass(const struct trial *trial,
                                             const struct trial_supernet *net, enum tally_kind kind,
                                             const struct nasbed_program *program,
                                             enum feed_part part, const struct nasbed_rule *rule)
{
    double numbers[ASKED_NUMBERS];
    size_t n = 0;
    if (!trial->memory)
        return (struct memory_request){(int)kind, 0};
    numbers[n++] = (double)part;
    numbers[n++] = rule != NULL;
    if (rule)
        n += pack_rule(rule, numbers + n);
    n += pack_program(&net->supernet.choices, program, numbers + n);
    return (struct memory_request){(int)kind, digest_checksum(numbers, n * sizeof *numbers)};
}

struct memory_request supernets_request_scores(const struct trial *trial,
                                               const struct nasbed_architecture *architectures,
                                               size_t n, const struct supernet_scoring *how,
                                               bool next)
{
    if (!trial->memory)
        return (struct memory_request){(int)TALLY_SCORE, 0};
    const struct space *space = trial->contest->space;
    const uint64_t begin[] = {n, (uint64_t)how->images, (uint64_t)how->recalibrate, next};
    uint64_t digest = digest_checksum(begin, sizeof begin);
    for (size_t i = 0; i < n; i++) {
        struct architecture a = trial_inward(&architectures[i]);
        uint64_t index = architecture_valid(space, &a) ? space->index(&a) : UINT64_MAX;
        const uint64_t more[] = {digest, index};
        digest = digest_checksum(more, sizeof more);
    }
    return (struct memory_request){(int)TALLY_SCORE, digest};
}

/* Memory ------------------------------------------------------------------------------------------ */

/* What to do about answers that are not this trial's. */
#define AS_BEGUN ": go on with the program that began it, or delete the kept file to train anew"

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

enum nasbed_status supernets_remember(struct trial *trial, struct memory_request request,
                                      enum nasbed_status status, uint64_t flops,
                                      const double *numbers, size_t count)
{
    if (status != NASBED_FAILED &&
        memory_add(trial->memory, request, flops, numbers, status == NASBED_DONE ? count : 0))
        return trial_misused(trial, "answers: out of memory");
    return status;
}

enum nasbed_status supernets_remember_pass(struct trial *trial, const struct trial_supernet *net,
                                           struct memory_request request, enum nasbed_status status,
                                           bool weighed, const struct nasbed_pass *pass)
{
    double numbers[PASS_NUMBERS];
    size_t count = pack_pass(net, weighed, pass, numbers);
    return supernets_remember(trial, request, status, pass->charge, numbers, count);
}

enum nasbed_status supernets_recall(struct trial *trial, struct memory_request request,
                                    size_t count, uint64_t *flops, const double **numbers)
{
    const double *answer = memory_next(trial->memory, request, count);
    *numbers = NULL;
    if (!answer)
        return trial_misused(trial,
                             "the saved training answers other requests than are made now, by "
                             "a method whose code or options are others" AS_BEGUN);
    *flops = (uint64_t)answer[MEMORY_CHARGE];
    enum nasbed_status status = supernets_charge(trial, (enum tally_kind)request.kind, *flops);
    if (status == NASBED_DONE && answer[MEMORY_COUNT] != (double)count)
        return trial_misused(trial, "the saved training is not one of this budget" AS_BEGUN);
    if (status == NASBED_DONE)
        *numbers = answer + MEMORY_NUMBERS;
    return status;
}

enum nasbed_status supernets_recall_pass(struct trial *trial, const struct trial_supernet *net,
                                         struct memory_request request, bool weighed,
                                         struct nasbed_pass *out)
{
    double scratch[PASS_NUMBERS];
    const double *numbers;
    *out = (struct nasbed_pass){.charge = 0};
    size_t count = pack_pass(net, weighed, out, scratch);
    enum nasbed_status status = supernets_recall(trial, request, count, &out->charge, &numbers);
    if (status != NASBED_DONE)
        return status;
    unpack_pass(net, weighed, numbers, out);
    supernets_tally(trial, (enum tally_kind)request.kind, out);
    return status;
}

enum nasbed_status supernets_restore(struct trial *trial, struct trial_supernet *net)
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
