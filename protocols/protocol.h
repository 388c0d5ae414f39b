/* Protocols: every number that training uses, in one file, under one hash. */
#ifndef NASBED_PROTOCOLS_PROTOCOL_H
#define NASBED_PROTOCOLS_PROTOCOL_H

#include "base/digest.h"
#include "base/error.h"
#include "base/options.h"
#include "spaces/space.h"

#include <stdbool.h>
#include <stdint.h>

#define PROTOCOL_SKELETONS 8
#define PROTOCOL_POINTS    64 /* most evaluation points T */

/* [training] of a protocol file; the rows that read it are in rows.c. */
struct training {
    char dataset[OPTION_TEXT_SIZE]; /* "cifar10", "fashion-mnist" */
    uint64_t split_seed;
    int train_images, valid_images; /* the split of the training file; disjoint */
    int valid_images_early;         /* the first so many, at points before the last */
    int test_images;                /* the first so many of the test file */
    int epochs;                     /* of train_images each, one schedule over all of them */
    int batch;                      /* a multiple of 16 that divides nothing in particular: the last
                                       batch of an epoch is dropped if it is short */
    char optimizer[OPTION_TEXT_SIZE]; /* "sgd-nesterov" */
    double learning_rate;             /* peak */
    char schedule[OPTION_TEXT_SIZE];  /* "cosine" */
    double warmup;                    /* fraction of all steps, linear from 0 */
    double momentum, weight_decay;
    double label_smoothing;
    bool decay_all; /* weight decay also on batch-norm gains, offsets and biases */
    bool flip;
    int crop_padding;                      /* zero padding before a random crop; 0: none */
    int cutout;                            /* side of the square, 0: none */
    char initialisation[OPTION_TEXT_SIZE]; /* "kaiming-fan-out" or "uniform-fan-in" */
    double batch_norm_momentum, batch_norm_epsilon;
    int points; /* T */
    int seeds;  /* seeds a table of this protocol has by default */
};

struct protocol {
    char name[64];
    struct training training;
    int skeletons;
    struct {
        char space[32];
        struct skeleton skeleton; /* input and classes filled from the data set's shape */
    } skeleton[PROTOCOL_SKELETONS];
    char *text; /* the file as read; owned */
};

/* `name` is a path (has a '/' or ends in .ini) or the name of a shipped protocol. Errors name the
 * file, the line and the nearest known key; an unknown or missing key is an error. */
int protocol_open(struct protocol *protocol, const char *name, struct error *error);
void protocol_close(struct protocol *protocol);

/* The same from the text of a protocol file (or a normal form: what tables carry), under `name`.
 * Errors: ERROR_ARGUMENT (name), ERROR_FORMAT with the line, ERROR_MEMORY; closed then. */
int protocol_read(struct protocol *protocol, const char *name, const char *text,
                  struct error *error);

/* The skeleton for `space`, or NULL and ERROR_MISSING. */
const struct skeleton *protocol_skeleton(const struct protocol *protocol, const char *space,
                                         struct error *error);

/* Hash of the training part and one skeleton in a normal form (comments and order of keys do not
 * count). Marks tables and traces. */
struct digest protocol_hash(const struct protocol *protocol, const char *space);
/* The normal form itself: `key = value` lines, every key, fixed order. */
void protocol_normal(const struct protocol *protocol, const char *space, struct text *out);

/* Steps of the whole schedule; the step after which point t = 1..T is reached (ceiling); images that
 * are trained up to there (steps x batch), and images evaluated up to and including point t. */
int64_t protocol_steps(const struct training *training);
int64_t protocol_step_of_point(const struct training *training, int point);
uint64_t protocol_images_trained(const struct training *training, int point);
uint64_t protocol_images_evaluated(const struct training *training, int point);

/* charge(a, t) = 2 x train_macs x (3 x images trained + images evaluated up to t), in FLOPs. t = 0: 0. */
uint64_t protocol_charge(const struct training *training, uint64_t train_macs, int point);

#endif
