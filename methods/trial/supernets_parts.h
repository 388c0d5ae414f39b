/* What the files about a trial's supernets share. */
#ifndef NASBED_METHODS_TRIAL_SUPERNETS_PARTS_H
#define NASBED_METHODS_TRIAL_SUPERNETS_PARTS_H

#include "evaluator/feed.h"
#include "evaluator/supernet.h"
#include "methods/trial/memory.h"
#include "methods/trial/trial_parts.h"

#include <stddef.h>
#include <stdint.h>

struct trial_supernet {
    struct supernet supernet;
    struct feed feed;
    real *saved; /* [2][size] weights and moments that were saved; NULL: none */
};

/* The supernet of that number; NULL: there is none, or the trial has failed. */
struct trial_supernet *supernets_find(struct trial *trial, int number);

enum nasbed_status supernets_fail(struct trial *trial, struct error *error);

struct choice_program supernets_program(const struct nasbed_program *program);

/* FLOPs forward and backward on one batch. */
uint64_t supernets_step_flops(const struct trial *trial, uint64_t macs);

/* ---- The record (supernets_record.c) ---- */

/* Charge for what is about to be computed; a refusal is named in the trace. */
enum nasbed_status supernets_charge(struct trial *trial, enum tally_kind kind, uint64_t flops);

/* One pass that is done, for the trace. */
void supernets_tally(struct trial *trial, enum tally_kind kind, const struct nasbed_pass *pass);

/* The supernet as it was after the last answer that is given again, once there are none left. */
enum nasbed_status supernets_restore(struct trial *trial, struct trial_supernet *net);

/* The request of a pass on a batch of `part` (of an unrolled gradient: none counts); `rule` NULL: no
 * step. Of the program what there is counts: options that are not present have no weight. Its digest is 0
 * where the trial keeps no memory of it, as in every search. */
struct memory_request supernets_request_pass(const struct trial *trial,
                                             const struct trial_supernet *net, enum tally_kind kind,
                                             const struct nasbed_program *program,
                                             enum feed_part part, const struct nasbed_rule *rule);

/* That of scores of `n` architectures; the same is true of its digest. */
struct memory_request supernets_request_scores(const struct trial *trial,
                                               const struct nasbed_architecture *architectures,
                                               size_t n, const struct supernet_scoring *how,
                                               bool next);

/* Put what was computed (`numbers` [count]), or refused, on record. */
enum nasbed_status supernets_remember(struct trial *trial, struct memory_request request,
                                      enum nasbed_status status, uint64_t flops,
                                      const double *numbers, size_t count);
enum nasbed_status supernets_remember_pass(struct trial *trial, const struct trial_supernet *net,
                                           struct memory_request request, enum nasbed_status status,
                                           bool weighed, const struct nasbed_pass *pass);

/* The answer that was given to this request before, charged anew; *numbers NULL unless it is done. The
 * trial fails where another request was answered then. */
enum nasbed_status supernets_recall(struct trial *trial, struct memory_request request,
                                    size_t count, uint64_t *flops, const double **numbers);
enum nasbed_status supernets_recall_pass(struct trial *trial, const struct trial_supernet *net,
                                         struct memory_request request, bool weighed,
                                         struct nasbed_pass *out);

#endif
