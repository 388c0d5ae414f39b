/* The stages of making a plan that come after its steps: who runs when, what lies where. Internal to
 * evaluator/plan*.c. */
#ifndef NASBED_EVALUATOR_PLAN_PARTS_H
#define NASBED_EVALUATOR_PLAN_PARTS_H

#include "evaluator/plan.h"

/* Tensors that a step reads, and the k-th of them (-1: none). */
static inline int inputs_count(const struct step *s)
{
    return s->kind == STEP_COMBINE || s->kind == STEP_CONCAT ? s->terms : 1;
}

static inline int input_at(const struct plan *p, const struct step *s, int k)
{
    return s->kind == STEP_COMBINE || s->kind == STEP_CONCAT ? p->term[s->first_term + k].tensor
                                                             : s->input;
}

/* Who reads what, and which steps run block by block, and with whom: uses, borrowed, in_blocks, one_block,
 * leader. */
void plan_schedule(struct plan *plan);

/* Where every value, gradient and factor lies behind the first `base` reals of the arena: buffers that are
 * never alive together share their place. Sets plan->arena and plan->unshared. Fails: ERROR_MEMORY. */
int plan_place(struct plan *plan, enum plan_use use, size_t base, struct error *error);

#endif
