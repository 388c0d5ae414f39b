/* Scoring many paths of one supernet on the same images: what their networks have in common is computed
 * once. To the bit what supernet_evaluate gives each of them with the statistics of its batches. */
#ifndef NASBED_EVALUATOR_SCORING_H
#define NASBED_EVALUATOR_SCORING_H

#include "evaluator/supernet.h"

struct scoring;

/* Score on the validation images first .. first + images - 1, whole batches of SUPERNET_BATCH; `supernet`
 * must not change, and the workspace be nobody else's, until scoring_close (NULL: nothing). Errors:
 * ERROR_ARGUMENT for images that are no whole batches or more than there are; ERROR_MEMORY; *scoring is
 * NULL then. */
int scoring_open(struct scoring **scoring, const struct supernet *supernet,
                 const struct trainer *trainer, int first, int images, struct workspace *workspace,
                 struct error *error);
void scoring_close(struct scoring *scoring);

/* Images that the network of an unweighed program classifies rightly, and the multiply-accumulates of one
 * of them alone. Tensors that a network had in common with another before are kept, the most recent of
 * them: programs should come in an order that changes what lies near the output first. Errors:
 * ERROR_ARGUMENT for a weighed program; those of supernet_pass_open; after one, nothing but closing. */
int scoring_score(struct scoring *scoring, const struct choice_program *program, int *correct,
                  uint64_t *macs, struct error *error);

/* Steps of networks that were asked for so far, and those that were run: how much was in common. */
void scoring_steps(const struct scoring *scoring, uint64_t *asked, uint64_t *run);

#endif
