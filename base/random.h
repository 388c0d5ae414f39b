/* Random streams: counter-based (Philox 4x32-10), keyed by (seed, purpose, epoch, item). */
#ifndef NASBED_BASE_RANDOM_H
#define NASBED_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* What a stream is for; numbers are part of the numerics version: append, never renumber. */
enum random_purpose {
    RANDOM_SPLIT = 1,   /* train/validation split of a data set */
    RANDOM_INIT = 2,    /* initial weights; item = tensor */
    RANDOM_SHUFFLE = 3, /* order of the images; epoch = epoch */
    RANDOM_AUGMENT = 4, /* flips and crops; epoch = epoch, item = image position */
    RANDOM_METHOD = 5,  /* a search method's own draws */
    RANDOM_SAMPLE = 6,  /* samples of rows or architectures for builds and audits */
    RANDOM_BOOTSTRAP = 7,
    RANDOM_TEST = 8,
    RANDOM_DROPOUT = 9
};

struct random_stream {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    int used; /* words of `block` already given out; 4 = none left */
};

/* A stream of 2^64 blocks; streams with different arguments are independent. `epoch` is reduced to
 * 24 bits, `purpose` to 8. */
struct random_stream random_stream(uint64_t seed, enum random_purpose purpose, uint32_t epoch,
                                   uint32_t item);

uint32_t random_u32(struct random_stream *stream);
uint64_t random_u64(struct random_stream *stream);

/* Uniform in [0, n), without modulo bias; n >= 1. */
uint32_t random_below(struct random_stream *stream, uint32_t n);

/* Uniform in [0, 1), 53 bits. */
double random_uniform(struct random_stream *stream);

/* Standard normal (Box-Muller on numeric.h's log and cos: the same bits everywhere). */
double random_normal(struct random_stream *stream);

/* Fill `order` with a uniform permutation of 0..n-1 (Fisher-Yates). */
void random_permutation(struct random_stream *stream, uint32_t n, uint32_t *order);

#endif
