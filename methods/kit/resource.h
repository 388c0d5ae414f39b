/* What the architectures of a relaxation are expected to cost: the resource constraint of SNAS (Xie et al.
 * 2019, section 2.4), exact, and differentiable in the weights of the options. */
#ifndef NASBED_METHODS_KIT_RESOURCE_H
#define NASBED_METHODS_KIT_RESOURCE_H

#include "methods/nasbed.h"

#define RESOURCE_TERMS 128 /* most terms of a cost */
#define RESOURCE_ORDER 3   /* most choices of one */

/* Multiply-accumulates that are there where each of `n` choices has its option, over what there is
 * without. */
struct resource_term {
    double macs;
    int n, choice[RESOURCE_ORDER], option[RESOURCE_ORDER];
};

/* The cost of one image's forward pass as a polynomial in the options' indicators. Its parts are those
 * without a choice in common: every edge of `cell`, `chain` as a whole. */
struct resource {
    int choices;
    double constant; /* MACs without any term */
    int terms;
    struct resource_term term[RESOURCE_TERMS];
    int parts;
    int part[NASBED_CHOICES]; /* of a choice; -1: it costs nothing */
};

/* Find the terms by differences between quotes, at no charge. An option is asked for beside those of its
 * choice that cost nothing, for what it feeds to stay alive: dead edges count, as published benchmarks
 * count them. Exact where at most three choices meet in a term, and two of them in another, as in `cell`
 * and `chain`. False: the trial does not quote (it has no such supernet), or too many terms. */
bool resource_open(struct resource *resource, const struct nasbed_trial *trial, int supernet);

/* Expected MACs of one image where the options are drawn with probabilities `weight` [choice][option],
 * each choice for itself; of one architecture where they are one-hot. */
double resource_macs(const struct resource *resource,
                     const double weight[NASBED_CHOICES][NASBED_CHOICE_OPTIONS]);

/* The sum over parts of the logarithm of their expected MACs, no less than 0 each, and its derivative
 * with respect to `weight`. A single part has the constant, several do not: the authors' code penalises
 * each mixed operation by the logarithm of its cost. `of` [part], or NULL: the summands. */
double resource_penalty(const struct resource *resource,
                        const double weight[NASBED_CHOICES][NASBED_CHOICE_OPTIONS],
                        double gradient[NASBED_CHOICES][NASBED_CHOICE_OPTIONS],
                        double of[NASBED_CHOICES]);

#endif
