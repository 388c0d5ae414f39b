/* The parts of nasbed.h that share weights: the choices of a space, and a trial's supernets. What these
 * compute is in supernets_steps.c and supernets_scores.c. */
#include "methods/trial/supernets_parts.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(NASBED_CHOICES == CHOICES_MAX, "choices differ");
_Static_assert(NASBED_CHOICE_OPTIONS == CHOICE_OPTIONS_MAX, "options differ");
_Static_assert(sizeof(struct nasbed_program) == sizeof(struct choice_program), "programs differ");
_Static_assert(offsetof(struct nasbed_program, weight) == offsetof(struct choice_program, weight),
               "programs differ");

struct choice_program supernets_program(const struct nasbed_program *program)
{
    struct choice_program copy;
    memcpy(&copy, program, sizeof copy);
    return copy;
}

enum nasbed_status supernets_fail(struct trial *trial, struct error *error)
{
    (void)error_context(error, "%s: supernet", trial->method->name);
    return trial_failed(trial, error);
}

/* The choices ------------------------------------------------------------------------------------- */

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

/* Opening ----------------------------------------------------------------------------------------- */

enum nasbed_status trial_supernet_open(struct nasbed_trial *face, int *supernet)
{
    struct trial *trial = trial_of(face);
    const struct contest *contest = trial->contest;
    struct error error;
    if (trial->status)
        return NASBED_FAILED;
    if (!contest->live || !trial->method->supernet)
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
        return supernets_fail(trial, &error);
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

struct trial_supernet *supernets_find(struct trial *trial, int number)
{
    if (trial->status)
        return NULL;
    if (number >= 0 && number < trial->supernets)
        return trial->supernet[number];
    (void)trial_misused(trial, "asks for a supernet that it has not opened");
    return NULL;
}

/* What steps cost --------------------------------------------------------------------------------- */

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

uint64_t supernets_step_flops(const struct trial *trial, uint64_t macs)
{
    return 2 * 3 * macs * (uint64_t)trial->contest->training->batch;
}

uint64_t trial_supernet_quote(const struct nasbed_trial *face, int supernet,
                              const struct nasbed_program *program)
{
    const struct trial *trial = (const struct trial *)face;
    uint64_t macs;
    if (!program)
        return supernets_step_flops(trial, mean_macs(trial->contest->isomorphs));
    if (supernet < 0 || supernet >= trial->supernets)
        return UINT64_MAX;
    struct choice_program copy = supernets_program(program);
    if (choice_program_wrong(&trial->supernet[supernet]->supernet.choices, &copy) ||
        supernet_macs(&trial->supernet[supernet]->supernet, &copy, &macs, NULL))
        return UINT64_MAX;
    return supernets_step_flops(trial, macs);
}

/* Keeping ----------------------------------------------------------------------------------------- */

enum nasbed_status trial_supernet_trained(struct nasbed_trial *face, int supernet)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = supernets_find(trial, supernet);
    if (!net)
        return NASBED_FAILED;
    if (!trial->wanted)
        return NASBED_DONE;
    if (trial->trained)
        return trial_misused(trial, "says twice that its supernet is trained");
    if (supernets_restore(trial, net) != NASBED_DONE)
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
    struct trial_supernet *net = supernets_find(trial, supernet);
    if (!net || supernets_restore(trial, net) != NASBED_DONE)
        return NASBED_FAILED;
    size_t size = net->supernet.size;
    if (!net->saved && !(net->saved = calloc(size, 2 * sizeof *net->saved)))
        return trial_misused(trial, "saves a supernet: out of memory");
    if (trial->memory)
        trial->memory->aside = true;
    memcpy(net->saved, net->supernet.value, size * sizeof *net->saved);
    memcpy(net->saved + size, net->supernet.moment, size * sizeof *net->saved);
    return NASBED_DONE;
}

enum nasbed_status trial_supernet_restore(struct nasbed_trial *face, int supernet)
{
    struct trial *trial = trial_of(face);
    struct trial_supernet *net = supernets_find(trial, supernet);
    if (!net || supernets_restore(trial, net) != NASBED_DONE)
        return NASBED_FAILED;
    size_t size = net->supernet.size;
    if (!net->saved)
        return trial_misused(trial, "restores a supernet that it has not saved");
    memcpy(net->supernet.value, net->saved, size * sizeof *net->saved);
    memcpy(net->supernet.moment, net->saved + size, size * sizeof *net->saved);
    return NASBED_DONE;
}
