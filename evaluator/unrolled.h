/* The second-order gradient of DARTS: of the validation loss after one step of the weights, with respect
 * to the weights of options. Liu et al., ICLR 2019, equations 5 to 8. */
#ifndef NASBED_EVALUATOR_UNROLLED_H
#define NASBED_EVALUATOR_UNROLLED_H

#include "evaluator/feed.h"
#include "evaluator/supernet.h"

/* What it is computed with; two vectors of the size of the shared weights. */
struct unrolled {
    struct supernet *supernet; /* whose weights come back bit for bit */
    struct feed *feed;         /* the batches at hand, neither is advanced */
    struct workspace *workspace;
    real *kept, *direction; /* [supernet->size], owned */
};

/* Errors: ERROR_MEMORY. */
int unrolled_open(struct unrolled *unrolled, struct supernet *supernet, struct feed *feed,
                  struct workspace *workspace, struct error *error);
void unrolled_close(struct unrolled *unrolled);

enum { UNROLLED_PASSES = 4 }; /* forward and backward: T; V at w'; T at w+ and at w- */

/* With g = grad_w L_train(w), w' = w - rate (momentum moment + g + decay w) - the optimiser's own step,
 * unclipped -, v = grad_w' L_valid(w'), w+- = w +- 0.01 / |v| v:
 *     gradient = grad_p L_valid(w') - rate (grad_p L_train(w+) - grad_p L_train(w-)) / (2 0.01 / |v|),
 * p being the weights of the options. |v| = 0: without the second term. `loss` and `correct` are of the
 * validation batch. Errors: those of supernet_pass_open. */
int unrolled_gradient(struct unrolled *unrolled, const struct choice_program *program,
                      const struct supernet_rule *rule, struct choice_gradient *gradient,
                      struct loss *loss, struct error *error);

#endif
