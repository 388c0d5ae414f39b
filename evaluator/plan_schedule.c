#include "evaluator/plan_parts.h"

/* All (step, term) that read `tensor`: sums before convolutions, so that a mask falls to the last
 * convolution; within a kind in order of the steps. */
static void collect_uses(struct plan *p, int tensor, int *first, int *count)
{
    *first = p->uses;
    for (int pass = 0; tensor >= 0 && pass < 2; pass++)
        for (int i = 0; i < p->steps; i++) {
            const struct step *s = &p->step[i];
            if ((s->kind == STEP_CONV) != (pass == 1))
                continue;
            for (int t = 0; t < inputs_count(s); t++)
                if (input_at(p, s, t) == tensor)
                    p->use[p->uses++] = (struct use){i, t};
        }
    *count = p->uses - *first;
}

static void find_uses(struct plan *p)
{
    for (int i = 0; i < p->steps; i++) {
        struct step *s = &p->step[i];
        collect_uses(p, s->output, &s->first_use, &s->uses);
        collect_uses(p, s->rectified, &s->first_rectified, &s->rectified_uses);
        /* A tensor read once, by a sum, as it is: its gradient is the sum's. */
        if (s->uses == 1 && s->rectified_uses == 0) {
            const struct use *u = &p->use[s->first_use];
            const struct step *reader = &p->step[u->step];
            if (reader->kind == STEP_COMBINE && p->term[reader->first_term + u->term].norm < 0)
                s->borrowed = u->step;
        }
    }
}

/* Forward, the steps right behind one on large images that read what it writes run with it. */
static void choose_leaders(struct plan *p)
{
    int leader = 0;
    for (int i = 0; i < p->steps; i++) {
        struct step *s = &p->step[i];
        const struct step *l = &p->step[leader];
        bool follows = s->kind == STEP_CONV || s->kind == STEP_AVG_POOL || s->kind == STEP_MAX_POOL;
        if (i == 0 || !l->in_blocks || !follows ||
            (s->input != l->output && s->input != l->rectified))
            leader = i;
        s->leader = leader;
    }
}

/* Which steps run block by block: those on large images; a convolution, if its weight gradient may
 * and no other convolution reads its output. Its gradient then needs one block at a time, if the step
 * that it reads goes block by block, too (the first layer's input does not). */
static void choose_blocks(struct plan *p)
{
    for (int i = 0; i < p->steps; i++) {
        struct step *s = &p->step[i];
        int t = step_tensor(s);
        s->in_blocks = p->tensor[t].pixels > 64;
        for (int k = 0; s->kind == STEP_CONV && k < s->uses; k++)
            if (p->step[p->use[s->first_use + k].step].kind == STEP_CONV)
                s->in_blocks = false;
    }
    for (int i = 0; i < p->steps; i++) {
        struct step *s = &p->step[i];
        if (s->kind != STEP_CONV)
            continue;
        const struct step *read = &p->step[p->tensor[s->input].step];
        s->one_block = s->in_blocks && s->borrowed < 0 && read->in_blocks &&
                       read->kind != STEP_CONV && read->kind != STEP_INPUT;
    }
}

void plan_schedule(struct plan *plan)
{
    find_uses(plan);
    choose_blocks(plan);
    choose_leaders(plan);
}
