/* What the files of a trial share: its state, and who answers which question. */
#ifndef NASBED_METHODS_TRIAL_TRIAL_PARTS_H
#define NASBED_METHODS_TRIAL_TRIAL_PARTS_H

#include "base/error.h"
#include "base/random.h"
#include "methods/trial/account.h"
#include "methods/trial/networks.h"
#include "methods/trial/trace_writer.h"
#include "methods/trial/trial.h"

#include <stdbool.h>

#define TRIAL_SUPERNETS 8 /* most supernets of a trial */

/* Why a method that did not say that it trains cannot, whoever else may in the same run; what to do. */
#define TRIAL_NO_DATA                                                                              \
    ", but the run has opened no data for it: a method in C says so (.networks, .supernet), for "  \
    "one "                                                                                         \
    "of --exec --live does"

struct trial_supernet;

struct trial {
    struct nasbed_trial face; /* first: what the method holds a pointer to */
    const struct contest *contest;
    const struct nasbed_method *method;
    uint32_t table_seed;
    uint64_t seed;
    struct account account;
    struct trial_supernet *supernet[TRIAL_SUPERNETS];
    int supernets;
    struct memory *memory;   /* of the supernet's training; NULL: it is not to be resumed */
    struct supernet *wanted; /* an audit's: where the trained supernet goes; NULL: a search */
    bool trained;            /* it is there */
    struct random_stream stream;
    struct trace_writer trace;
    struct networks networks; /* of the method's own */
    trial_observer *observer;
    void *context;
    struct trial_times times;
    double mark; /* thread clock when the method was last given control */
    bool finished;
    int status; /* first error; nothing is answered after it */
    struct error *error;
};

extern const struct nasbed_api trial_api;

/* The trial behind the method's pointer. */
struct trial *trial_of(struct nasbed_trial *face);

/* Make `error` (whose code is not 0) the trial's, unless it has one. Returns NASBED_FAILED. */
enum nasbed_status trial_failed(struct trial *trial, const struct error *error);

/* The same for a request that makes no sense: "METHOD: " and the reason. */
enum nasbed_status trial_misused(struct trial *trial, const char *reason);

/* Each method draws from streams of its own: trials of two methods with one seed are independent, as the
 * unpaired tests of the reports take them to be. */
struct random_stream trial_stream(const char *method, uint64_t seed);

/* A valid architecture's names. */
void trial_subject(const struct trial *trial, const struct architecture *architecture,
                   struct line_subject *subject);

/* The parts of nasbed_api that charge. */
enum nasbed_status trial_query(struct nasbed_trial *face, const struct nasbed_request *requests,
                               size_t n, struct nasbed_result *results);
enum nasbed_status trial_finish(struct nasbed_trial *face,
                                const struct nasbed_architecture *architecture);

/* The method is paused: what follows is the trial's time, not its own. */
void trial_pause(struct trial *trial);
void trial_resume(struct trial *trial);

/* ---- Networks of the method's own: the parts of nasbed_api about them ---- */
uint64_t trial_network_quote(const struct nasbed_trial *face, const struct nasbed_course *asked);
enum nasbed_status trial_network_create(struct nasbed_trial *face,
                                        const struct nasbed_architecture *architecture,
                                        struct nasbed_network *network);
enum nasbed_status trial_network_copy(struct nasbed_trial *face, struct nasbed_network network,
                                      struct nasbed_network *copy);
void trial_network_drop(struct nasbed_trial *face, struct nasbed_network network);
int trial_moves(const struct nasbed_trial *face, const struct nasbed_architecture *architecture,
                struct nasbed_move *out, int capacity);
enum nasbed_status trial_network_transform(struct nasbed_trial *face, struct nasbed_network network,
                                           const struct nasbed_move *asked,
                                           const struct nasbed_morphism *how);
enum nasbed_status trial_network_train(struct nasbed_trial *face,
                                       const struct nasbed_course *courses, size_t n,
                                       struct nasbed_trained *trained);
void trial_schedule(const struct nasbed_trial *face, struct nasbed_schedule *schedule);

/* The parts that share weights. */
int trial_choices(const struct nasbed_trial *face, struct nasbed_choice *out);
void trial_path(const struct nasbed_trial *face, const struct nasbed_architecture *architecture,
                struct nasbed_program *program);
enum nasbed_status trial_supernet_open(struct nasbed_trial *face, int *supernet);
uint64_t trial_supernet_image(const struct nasbed_trial *face);
uint64_t trial_supernet_quote(const struct nasbed_trial *face, int supernet,
                              const struct nasbed_program *program);
enum nasbed_status trial_supernet_step(struct nasbed_trial *face, int supernet,
                                       const struct nasbed_program *program,
                                       const struct nasbed_rule *rule, struct nasbed_pass *pass);
enum nasbed_status trial_supernet_gradient(struct nasbed_trial *face, int supernet,
                                           const struct nasbed_program *program,
                                           enum nasbed_part part, struct nasbed_pass *pass);
enum nasbed_status trial_supernet_score(struct nasbed_trial *face, int supernet,
                                        const struct nasbed_architecture *architectures, size_t n,
                                        const struct nasbed_scoring *scoring, double *accuracy);
enum nasbed_status trial_supernet_unrolled(struct nasbed_trial *face, int supernet,
                                           const struct nasbed_program *program,
                                           const struct nasbed_rule *rule,
                                           struct nasbed_pass *pass);
enum nasbed_status trial_supernet_trained(struct nasbed_trial *face, int supernet);
enum nasbed_status trial_supernet_save(struct nasbed_trial *face, int supernet);
enum nasbed_status trial_supernet_restore(struct nasbed_trial *face, int supernet);

void trial_close_supernets(struct trial *trial);

/* The two types of an architecture have one layout (asserted in api.c). */
struct architecture trial_inward(const struct nasbed_architecture *architecture);
struct nasbed_architecture trial_outward(const struct architecture *architecture);

#endif
