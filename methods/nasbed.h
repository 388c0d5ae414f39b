/* The interface of search methods: all that a method sees, built in or plugged in.
 *
 * A method is one `const struct nasbed_method`. Its run() is given an opaque trial (one space, one
 * seed, one budget), asks it for the validation accuracy of architectures until the budget is
 * spent, and names its choice with nasbed_finish(). Everything goes through the trial's function
 * table, so a method needs no symbol of the program; the functions below are wrappers around that
 * table.
 *
 * What a method can never see is the test accuracy: no answer carries it. */
#ifndef NASBED_H
#define NASBED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Raised when anything below changes its meaning or place. The function table only grows at its
 * end. */
#define NASBED_ABI 2

#define NASBED_DECISIONS 32  /* most decisions of an architecture */
#define NASBED_TEXT      256 /* bytes of the longest string of an architecture or an option */
#define NASBED_POINTS    64  /* most points of a curve */
#define NASBED_OPTIONS   32  /* most option rows of a method */

/* A search whose budget ended among its initial random draws puts this on record (nasbed_log, 1):
 * reports say then that it was random search by construction. */
#define NASBED_LOG_RANDOM "random-only"

/* A search that asks for no architecture while it goes on may put on record (nasbed_log) the index
 * of the one that it would finish with now, as those by gradients do: anytime curves follow it,
 * where a table tells what it is worth. */
#define NASBED_LOG_INCUMBENT "incumbent"

/* A name that ends so holds the index of an architecture: no report takes means of it. */
#define NASBED_LOG_INDEX "-index"

/* What the trial answers. After NASBED_REFUSED cheaper requests may still be answered; after
 * NASBED_ENDED and NASBED_FAILED nothing more is (an ended trial still takes nasbed_finish). */
enum nasbed_status {
    NASBED_DONE,
    NASBED_REFUSED, /* the budget does not pay for it; nothing was charged */
    NASBED_ENDED,   /* 1,000 free answers in a row, or finished: the trial answers no more */
    NASBED_FAILED,  /* training failed, memory ran out, or the request made no sense */
    NASBED_UNABLE   /* the weights do not admit the move; nothing was changed or charged */
};

/* ---- What is asked for ----------------------------------------------------------------------- */

/* An architecture: a vector of small integers, its decisions. How many options a decision has may
 * depend on those before it. */
struct nasbed_architecture {
    int n;                                    /* decisions made */
    unsigned char decision[NASBED_DECISIONS]; /* each below the number of its options */
};

/* One question: train `architecture` up to `point` (1 .. nasbed_points) of the one full-length
 * schedule and validate it there. */
struct nasbed_request {
    struct nasbed_architecture architecture;
    int point;
};

/* One point of a learning curve; NaN where the table does not have it. Accuracies in percent. */
struct nasbed_point {
    double train_loss, train_accuracy, valid_loss, valid_accuracy;
};

struct nasbed_result {
    enum nasbed_status status;                /* nothing below counts unless it is NASBED_DONE */
    bool free;                                /* nothing was charged: this was paid before */
    int point;                                /* as asked; curve[point - 1] is the answer */
    uint64_t charge;                          /* FLOPs */
    double valid_accuracy, valid_loss;        /* at `point`; percent */
    struct nasbed_point curve[NASBED_POINTS]; /* [0 .. point-1] */
};

/* ---- Networks of the method's own ------------------------------------------------------------ */

/* A network that the trial keeps for the method: an architecture with weights. A handle is valid
 * from the call that gave it until it is dropped or the trial ends, and is never given again. */
struct nasbed_network {
    int handle; /* from 1; 0: none */
};

/* Kinds of function-preserving moves. */
enum nasbed_move_kind {
    NASBED_DEEPEN, /* a new layer, which begins as the identity */
    NASBED_WIDEN,  /* more channels for a layer and for those that add to its output */
    NASBED_GROW,   /* a larger kernel for a layer */
    NASBED_SKIP,   /* a connection around a layer, whose output its input is added to */
    NASBED_MOVES   /* their number */
};

struct nasbed_move {
    enum nasbed_move_kind kind;
    int layer;                     /* the new one or the one changed, as the space numbers layers */
    struct nasbed_architecture to; /* what the architecture becomes */
};

/* How weights follow. Noise is normal, of so many times the deviation of what it is added to; 0:
 * the network computes exactly what it did. */
struct nasbed_morphism {
    bool fresh; /* widen: new channels are drawn anew and unread, not copies (NASH's type II) */
    double widen_noise;  /* on kernels of channels that are copies */
    double deepen_noise; /* on the new layer's kernel */
};

/* One training: `steps` of the protocol's batches at a learning rate that falls from `from` to `to`
 * on half a cosine (equal: constant), then validation. */
struct nasbed_course {
    struct nasbed_network network; /* changed in place */
    int steps;                     /* 0: validation alone */
    double from, to;               /* learning rate */
    bool restart;                  /* the optimiser's moments begin at zero */
    int valid_images;              /* the first so many; 0, or more than there are: all */
};

struct nasbed_trained {
    enum nasbed_status status;         /* nothing below counts unless it is NASBED_DONE */
    uint64_t charge;                   /* FLOPs */
    double valid_accuracy, valid_loss; /* percent */
    double train_accuracy, train_loss; /* mean over the images of the course; NaN for 0 steps */
};

/* The protocol's full schedule, for methods that train fractions of it. */
struct nasbed_schedule {
    int64_t steps;
    int batch, valid_images;
    double rate; /* peak learning rate */
};

/* ---- The supernet ---- what is asked of weight sharing ------------------------------------------ */

#define NASBED_CHOICES        32 /* most choices of a space */
#define NASBED_CHOICE_OPTIONS 8  /* most options of one */

/* A decision as a supernet sees it: made where choice `parent` has option `parent_option`; parent -1:
 * always. `name` is what nasbed_decision_name says. */
struct nasbed_choice {
    const char *name;
    int options, parent, parent_option;
};

/* How a supernet is run: which options are computed and, if it is weighed, times what. One option of
 * each choice is a path, all of them weighed a mixture, one weighed a gate. A choice must have an option
 * wherever it is made; weights are finite and not negative. */
struct nasbed_program {
    bool present[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
    bool weighed;
    double weight[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
};

/* Which images: augmented ones of the training split, or those of the validation split; each in
 * shuffled epochs of batches as the protocol has them. */
enum nasbed_part { NASBED_TRAINING, NASBED_VALIDATION };

/* SGD on the weights that took part; the others see neither momentum nor decay. */
struct nasbed_rule {
    double rate, momentum, decay;
    double clip; /* the gradient's norm is cut down to this; 0: not */
    bool nesterov;
};

/* What one batch gave. */
struct nasbed_pass {
    double loss, accuracy; /* mean; percent */
    uint64_t charge;       /* FLOPs */
    /* of the loss with respect to the weights of a weighed program */
    double gradient[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
};

/* How paths are scored: batches of 64 of the validation split, each with its own statistics, or with
 * those of `recalibrate` batches of the training split. */
struct nasbed_scoring {
    int images; /* the first so many, in whole batches (rounded down, but to one), at most all; 0: all */
    int recalibrate; /* batches; 0: none */
    bool next;       /* instead: each on the next batch of the validation split */
};

/* ---- What a method is ------------------------------------------------------------------------ */

enum nasbed_option_type {
    NASBED_OPTION_INT,  /* int */
    NASBED_OPTION_U64,  /* uint64_t */
    NASBED_OPTION_REAL, /* double */
    NASBED_OPTION_FLAG, /* bool */
    NASBED_OPTION_TEXT  /* char[NASBED_TEXT] */
};

/* One option row; a table ends with a row whose name is NULL. */
struct nasbed_option {
    const char *name;
    enum nasbed_option_type type;
    size_t offset;          /* of the value in the method's option struct */
    const char *standard;   /* the default, as text */
    double least, most;     /* inclusive; both 0: not limited */
    const char *help;       /* one line */
    const char *provenance; /* where the default comes from; printed in reports */
};

enum nasbed_kind {
    NASBED_UNDEFINED, /* the method makes no sense there; the note says why */
    NASBED_NATIVE,    /* as published */
    NASBED_EXTENSION  /* with something added; the note says what */
};

/* How a method lies on one space; a table ends with a row whose name is NULL. */
struct nasbed_space {
    const char *name;
    enum nasbed_kind kind;
    const char *note; /* or NULL */
};

struct nasbed_trial;

/* Values of several options under one name; a table ends with a row whose name is NULL. */
struct nasbed_preset {
    const char *name;     /* "published" */
    const char *settings; /* "option=value,..."; the others stay as they are */
    const char *source;   /* where they come from, and what of it is not there */
};

struct nasbed_method {
    int abi;     /* NASBED_ABI */
    size_t size; /* plug-ins: sizeof(struct nasbed_api), what the method was compiled with; an older
                    program that has less refuses it */
    const char *name;                               /* "random-search" */
    const char *class_name;                         /* "RL", "EA", "GO", "RS", "SMBO" */
    bool modular, continuous, recycled, incomplete; /* the survey's four ticks */
    const char *survey; /* the survey's systems that it stands for, "; " between, or NULL */
    const char *source; /* citation */
    const struct nasbed_space *spaces;
    const struct nasbed_option *options;
    size_t options_size; /* of the option struct */
    /* Search, then nasbed_finish. `options` is the filled option struct. Returns NASBED_DONE, or
     * what nasbed_fail or a failed request returned. */
    enum nasbed_status (*run)(struct nasbed_trial *trial, const void *options);
    bool blas; /* its numbers depend on the OpenBLAS kernel: the trace names library and kernel */
    bool networks; /* it trains networks of its own: it needs the data whatever the table has */
    bool
        supernet; /* it shares weights: the data are needed even where a table has every result. Its
                      option `share` is the share of the budget that trains the supernet */
    const struct nasbed_preset *presets; /* NULL: none */
};

/* ---- The function table ---------------------------------------------------------------------- */

struct nasbed_api {
    int abi;     /* NASBED_ABI */
    size_t size; /* of this struct in the program that runs the trial */

    const char *(*space_name)(const struct nasbed_trial *);
    uint64_t (*count)(const struct nasbed_trial *);
    int (*options)(const struct nasbed_trial *, const struct nasbed_architecture *);
    const char *(*decision_name)(const struct nasbed_trial *, const struct nasbed_architecture *);
    const char *(*option_name)(const struct nasbed_trial *, const struct nasbed_architecture *,
                               int);
    bool (*valid)(const struct nasbed_trial *, const struct nasbed_architecture *);
    uint64_t (*index)(const struct nasbed_trial *, const struct nasbed_architecture *);
    void (*from_index)(const struct nasbed_trial *, uint64_t, struct nasbed_architecture *);
    void (*print)(const struct nasbed_trial *, const struct nasbed_architecture *,
                  char[NASBED_TEXT]);
    int (*neighbours)(const struct nasbed_trial *, const struct nasbed_architecture *,
                      struct nasbed_architecture *, int);
    void (*random)(struct nasbed_trial *, struct nasbed_architecture *);
    void (*mutate)(struct nasbed_trial *, const struct nasbed_architecture *,
                   struct nasbed_architecture *);

    uint32_t (*below)(struct nasbed_trial *, uint32_t);
    double (*uniform)(struct nasbed_trial *);
    double (*normal)(struct nasbed_trial *);

    int (*points)(const struct nasbed_trial *);
    double (*budget)(const struct nasbed_trial *);
    uint64_t (*unit)(const struct nasbed_trial *);
    uint64_t (*left)(const struct nasbed_trial *);
    uint64_t (*quote)(const struct nasbed_trial *, const struct nasbed_architecture *, int);

    enum nasbed_status (*query)(struct nasbed_trial *, const struct nasbed_request *, size_t,
                                struct nasbed_result *);
    void (*log)(struct nasbed_trial *, const char *, double);
    enum nasbed_status (*fail)(struct nasbed_trial *, const char *);
    enum nasbed_status (*finish)(struct nasbed_trial *, const struct nasbed_architecture *);

    /* ---- Networks of the method's own ---- */
    void (*schedule)(const struct nasbed_trial *, struct nasbed_schedule *);
    int (*moves)(const struct nasbed_trial *, const struct nasbed_architecture *,
                 struct nasbed_move *, int);
    enum nasbed_status (*network_create)(struct nasbed_trial *, const struct nasbed_architecture *,
                                         struct nasbed_network *);
    enum nasbed_status (*network_copy)(struct nasbed_trial *, struct nasbed_network,
                                       struct nasbed_network *);
    enum nasbed_status (*network_transform)(struct nasbed_trial *, struct nasbed_network,
                                            const struct nasbed_move *,
                                            const struct nasbed_morphism *);
    uint64_t (*network_quote)(const struct nasbed_trial *, const struct nasbed_course *);
    enum nasbed_status (*network_train)(struct nasbed_trial *, const struct nasbed_course *, size_t,
                                        struct nasbed_trained *);
    void (*network_drop)(struct nasbed_trial *, struct nasbed_network);
    /* ---- The supernet ---- */
    int (*choices)(const struct nasbed_trial *, struct nasbed_choice *);
    void (*path)(const struct nasbed_trial *, const struct nasbed_architecture *,
                 struct nasbed_program *);
    enum nasbed_status (*supernet_open)(struct nasbed_trial *, int *);
    uint64_t (*supernet_image)(const struct nasbed_trial *);
    uint64_t (*supernet_quote)(const struct nasbed_trial *, int, const struct nasbed_program *);
    enum nasbed_status (*supernet_step)(struct nasbed_trial *, int, const struct nasbed_program *,
                                        const struct nasbed_rule *, struct nasbed_pass *);
    enum nasbed_status (*supernet_gradient)(struct nasbed_trial *, int,
                                            const struct nasbed_program *, enum nasbed_part,
                                            struct nasbed_pass *);
    enum nasbed_status (*supernet_score)(struct nasbed_trial *, int,
                                         const struct nasbed_architecture *, size_t,
                                         const struct nasbed_scoring *, double *);
    enum nasbed_status (*supernet_unrolled)(struct nasbed_trial *, int,
                                            const struct nasbed_program *,
                                            const struct nasbed_rule *, struct nasbed_pass *);
    enum nasbed_status (*supernet_trained)(struct nasbed_trial *, int);
    enum nasbed_status (*supernet_save)(struct nasbed_trial *, int);
    enum nasbed_status (*supernet_restore)(struct nasbed_trial *, int);

    void (*stream)(struct nasbed_trial *, const char *);
    bool (*parse)(const struct nasbed_trial *, const char *, struct nasbed_architecture *, char *,
                  size_t);
};

/* Opaque but for its first member. One thread calls for a trial at a time. */
struct nasbed_trial {
    const struct nasbed_api *api;
};

/* ---- The space ------------------------------------------------------------------------------- */

static inline const char *nasbed_space_name(const struct nasbed_trial *trial)
{
    return trial->api->space_name(trial);
}

/* Number of architectures; their indices are 0 .. count-1. */
static inline uint64_t nasbed_count(const struct nasbed_trial *trial)
{
    return trial->api->count(trial);
}

/* Number of options of the decision that follows `prefix`; 0: the architecture is complete. */
static inline int nasbed_options(const struct nasbed_trial *trial,
                                 const struct nasbed_architecture *prefix)
{
    return trial->api->options(trial, prefix);
}

/* What that decision is about ("edge 0>1") and what its option means ("nor_conv_3x3"). */
static inline const char *nasbed_decision_name(const struct nasbed_trial *trial,
                                               const struct nasbed_architecture *prefix)
{
    return trial->api->decision_name(trial, prefix);
}

static inline const char *nasbed_option_name(const struct nasbed_trial *trial,
                                             const struct nasbed_architecture *prefix, int option)
{
    return trial->api->option_name(trial, prefix, option);
}

/* True if every decision is in range and none is missing. */
static inline bool nasbed_valid(const struct nasbed_trial *trial,
                                const struct nasbed_architecture *architecture)
{
    return trial->api->valid(trial, architecture);
}

/* Index of a valid architecture, and the architecture of an index below nasbed_count. */
static inline uint64_t nasbed_index(const struct nasbed_trial *trial,
                                    const struct nasbed_architecture *architecture)
{
    return trial->api->index(trial, architecture);
}

static inline void nasbed_from_index(const struct nasbed_trial *trial, uint64_t index,
                                     struct nasbed_architecture *out)
{
    trial->api->from_index(trial, index, out);
}

static inline void nasbed_print(const struct nasbed_trial *trial,
                                const struct nasbed_architecture *architecture,
                                char text[NASBED_TEXT])
{
    trial->api->print(trial, architecture, text);
}

/* The architecture of a string as nasbed_print writes it. False where it is none of the space: `out` is not
 * written then, `why` says which word at which column, cut to `size` bytes (NULL and 0: not wanted). */
static inline bool nasbed_parse(const struct nasbed_trial *trial, const char *text,
                                struct nasbed_architecture *out, char *why, size_t size)
{
    return trial->api->parse(trial, text, out, why, size);
}

/* The architectures that differ in exactly one decision, by decision, then option; at most
 * `capacity` are written. Returns the number written. */
static inline int nasbed_neighbours(const struct nasbed_trial *trial,
                                    const struct nasbed_architecture *architecture,
                                    struct nasbed_architecture *out, int capacity)
{
    return trial->api->neighbours(trial, architecture, out, capacity);
}

/* Uniform over the strings of the space (not over decisions). */
static inline void nasbed_random(struct nasbed_trial *trial, struct nasbed_architecture *out)
{
    trial->api->random(trial, out);
}

/* A decision uniform over those with a choice, then another option of it, uniform; always differs
 * from the parent. `child` may be `parent`. */
static inline void nasbed_mutate(struct nasbed_trial *trial,
                                 const struct nasbed_architecture *parent,
                                 struct nasbed_architecture *child)
{
    trial->api->mutate(trial, parent, child);
}

/* ---- Chance: a stream of this method's and this seed's own ----------------------------------- */

/* Begin anew with the stream that a method of that name has at this seed: a method written twice
 * (in C and in another language, say) makes the same draws then. Trials of methods that share a
 * stream are not independent, as the reports' tests take them to be. */
static inline void nasbed_stream(struct nasbed_trial *trial, const char *method)
{
    trial->api->stream(trial, method);
}

/* Uniform in 0 .. n-1; n >= 1. */
static inline uint32_t nasbed_below(struct nasbed_trial *trial, uint32_t n)
{
    return trial->api->below(trial, n);
}

/* Uniform in [0, 1). */
static inline double nasbed_uniform(struct nasbed_trial *trial)
{
    return trial->api->uniform(trial);
}

/* Standard normal. */
static inline double nasbed_normal(struct nasbed_trial *trial)
{
    return trial->api->normal(trial);
}

/* ---- The budget ------------------------------------------------------------------------------ */

/* T: points of the full schedule. A fraction of T rounds up. */
static inline int nasbed_points(const struct nasbed_trial *trial)
{
    return trial->api->points(trial);
}

/* Where a table has the times of its source, a budget may be in those: every count of FLOPs below is
 * one of microseconds then, and a method need not know.
 *
 * The trial's budget in full trainings (of average cost), and the FLOPs of one full training. */
static inline double nasbed_budget(const struct nasbed_trial *trial)
{
    return trial->api->budget(trial);
}

static inline uint64_t nasbed_unit(const struct nasbed_trial *trial)
{
    return trial->api->unit(trial);
}

/* FLOPs that may still be spent; what finishing may cost is held back from the start. 0 once the
 * trial has ended. */
static inline uint64_t nasbed_left(const struct nasbed_trial *trial)
{
    return trial->api->left(trial);
}

/* FLOPs that a query would be charged now: 0 for what was paid, else what is missing; UINT64_MAX
 * for what cannot be asked. */
static inline uint64_t nasbed_quote(const struct nasbed_trial *trial,
                                    const struct nasbed_architecture *architecture, int point)
{
    return trial->api->quote(trial, architecture, point);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

/* Validation accuracy and loss of one architecture at `point`, and the curve up to there. Going on
 * from an earlier point of the same network (or of an isomorph of it) costs the difference, an
 * earlier point is free. */
static inline enum nasbed_status nasbed_query(struct nasbed_trial *trial,
                                              const struct nasbed_architecture *architecture,
                                              int point, struct nasbed_result *result)
{
    struct nasbed_request request = {*architecture, point};
    return trial->api->query(trial, &request, 1, result);
}

/* The same for `n` requests, trained side by side. They are charged in their order before any
 * starts; from the first on that cannot be answered none is. Returns the status of the last result.
 */
static inline enum nasbed_status nasbed_query_many(struct nasbed_trial *trial,
                                                   const struct nasbed_request *requests, size_t n,
                                                   struct nasbed_result *results)
{
    return trial->api->query(trial, requests, n, results);
}

/* Put a named number on record (the trace) before the finish; it costs nothing. Names are at most
 * 63 bytes of UTF-8. */
static inline void nasbed_log(struct nasbed_trial *trial, const char *name, double value)
{
    trial->api->log(trial, name, value);
}

/* Give the trial up for a reason ("out of memory"). Returns NASBED_FAILED. */
static inline enum nasbed_status nasbed_fail(struct nasbed_trial *trial, const char *reason)
{
    return trial->api->fail(trial, reason);
}

/* Name the choice and end the trial; once. What is missing to train it to T is paid from the
 * reserve, so the budget never refuses it. */
static inline enum nasbed_status nasbed_finish(struct nasbed_trial *trial,
                                               const struct nasbed_architecture *architecture)
{
    return trial->api->finish(trial, architecture);
}

/* ---- Networks of the method's own ------------------------------------------------------------ */

static inline void nasbed_schedule(const struct nasbed_trial *trial,
                                   struct nasbed_schedule *schedule)
{
    trial->api->schedule(trial, schedule);
}

/* The space's function-preserving moves from an architecture, in a fixed order; at most `capacity`
 * are written. Returns the number written: 0 where the space has none. */
static inline int nasbed_moves(const struct nasbed_trial *trial,
                               const struct nasbed_architecture *architecture,
                               struct nasbed_move *out, int capacity)
{
    return trial->api->moves(trial, architecture, out, capacity);
}

/* A new network, its weights drawn as the protocol draws them, from a seed of this trial's own.
 * Free. Fails where nothing can be trained (no data) or memory runs out. */
static inline enum nasbed_status
nasbed_network_create(struct nasbed_trial *trial, const struct nasbed_architecture *architecture,
                      struct nasbed_network *network)
{
    return trial->api->network_create(trial, architecture, network);
}

/* Another network with the same weights, moments and place in the training images. Free. */
static inline enum nasbed_status nasbed_network_copy(struct nasbed_trial *trial,
                                                     struct nasbed_network network,
                                                     struct nasbed_network *copy)
{
    return trial->api->network_copy(trial, network, copy);
}

/* Apply one of nasbed_moves of its architecture. The network computes what it did (but for noise);
 * the optimiser's moments become zero. Charged: the forward passes of one batch in which batch
 * norms are measured (one for deepen and a fresh widen, two for skip); the rest is free.
 * NASBED_UNABLE: a skip where a batch norm's gain is about 0. */
static inline enum nasbed_status nasbed_network_transform(struct nasbed_trial *trial,
                                                          struct nasbed_network network,
                                                          const struct nasbed_move *move,
                                                          const struct nasbed_morphism *morphism)
{
    return trial->api->network_transform(trial, network, move, morphism);
}

/* FLOPs that a course will be charged: 2 x MACs x (3 x images trained + images evaluated).
 * UINT64_MAX for what makes no sense. */
static inline uint64_t nasbed_network_quote(const struct nasbed_trial *trial,
                                            const struct nasbed_course *course)
{
    return trial->api->network_quote(trial, course);
}

/* Train one network. Images go on where its training stopped, so copies see the same ones. */
static inline enum nasbed_status nasbed_network_train(struct nasbed_trial *trial,
                                                      const struct nasbed_course *course,
                                                      struct nasbed_trained *trained)
{
    return trial->api->network_train(trial, course, 1, trained);
}

/* The same for `n` different networks, side by side. They are charged in their order before any
 * starts; from the first on that cannot be paid none is trained. Returns the status of the last
 * result. */
static inline enum nasbed_status nasbed_network_train_many(struct nasbed_trial *trial,
                                                           const struct nasbed_course *courses,
                                                           size_t n, struct nasbed_trained *trained)
{
    return trial->api->network_train(trial, courses, n, trained);
}

/* Give a network back; a handle of 0 is passed over. What is left when the trial ends is dropped.
 */
static inline void nasbed_network_drop(struct nasbed_trial *trial, struct nasbed_network network)
{
    trial->api->network_drop(trial, network);
}

/* ---- The supernet ---- a weight-sharing network that the trial owns and the method holds a number of.
 * What is computed is charged: 2 FLOPs a multiply-accumulate, three times the forward pass where there is
 * a backward one. ---------------------------------------------------------------------------------- */

/* The choices of the space, in an order in which a parent comes first; returns their number, 0 if the
 * space has no supernet. */
static inline int nasbed_choices(const struct nasbed_trial *trial,
                                 struct nasbed_choice out[NASBED_CHOICES])
{
    return trial->api->choices(trial, out);
}

/* The program of one valid architecture. */
static inline void nasbed_path(const struct nasbed_trial *trial,
                               const struct nasbed_architecture *architecture,
                               struct nasbed_program *program)
{
    trial->api->path(trial, architecture, program);
}

/* A new supernet, initialised from the trial's seed; it costs nothing. NASBED_FAILED where the trial
 * cannot train. */
static inline enum nasbed_status nasbed_supernet_open(struct nasbed_trial *trial, int *supernet)
{
    return trial->api->supernet_open(trial, supernet);
}

/* FLOPs of the forward pass of one image under a path, the mean over all architectures. */
static inline uint64_t nasbed_supernet_image(const struct nasbed_trial *trial)
{
    return trial->api->supernet_image(trial);
}

/* FLOPs of one step under a program; NULL: of a path, the mean over all architectures. */
static inline uint64_t nasbed_supernet_quote(const struct nasbed_trial *trial, int supernet,
                                             const struct nasbed_program *program)
{
    return trial->api->supernet_quote(trial, supernet, program);
}

/* Train on the next batch of the training split. `pass` may be NULL. */
static inline enum nasbed_status nasbed_supernet_step(struct nasbed_trial *trial, int supernet,
                                                      const struct nasbed_program *program,
                                                      const struct nasbed_rule *rule,
                                                      struct nasbed_pass *pass)
{
    return trial->api->supernet_step(trial, supernet, program, rule, pass);
}

/* Loss and gradient on the next batch of a part; the weights stay as they are. */
static inline enum nasbed_status nasbed_supernet_gradient(struct nasbed_trial *trial, int supernet,
                                                          const struct nasbed_program *program,
                                                          enum nasbed_part part,
                                                          struct nasbed_pass *pass)
{
    return trial->api->supernet_gradient(trial, supernet, program, part, pass);
}

/* Validation accuracies (percent) of `n` architectures with the shared weights, side by side. All are
 * charged before any is scored: all, or none is. */
static inline enum nasbed_status
nasbed_supernet_score(struct nasbed_trial *trial, int supernet,
                      const struct nasbed_architecture *architectures, size_t n,
                      const struct nasbed_scoring *scoring, double *accuracy)
{
    return trial->api->supernet_score(trial, supernet, architectures, n, scoring, accuracy);
}

/* DARTS's second-order gradient: of the validation loss after one step of `rule` (unclipped) with
 * respect to the weights of a weighed program. On the training batch that the next step will have, and
 * the next of the validation split; charged for four passes. The weights stay as they are. */
static inline enum nasbed_status nasbed_supernet_unrolled(struct nasbed_trial *trial, int supernet,
                                                          const struct nasbed_program *program,
                                                          const struct nasbed_rule *rule,
                                                          struct nasbed_pass *pass)
{
    return trial->api->supernet_unrolled(trial, supernet, program, rule, pass);
}

/* Say that the supernet's weights are as the method wants them. NASBED_ENDED in an audit, which wants
 * them and nothing else: the method then returns that without a finish. */
static inline enum nasbed_status nasbed_supernet_trained(struct nasbed_trial *trial, int supernet)
{
    return trial->api->supernet_trained(trial, supernet);
}

/* Keep the shared weights and the optimiser's moments as they are now (in place of what was kept
 * before), and bring them back; free. The images go on: batches that were seen do not come again. */
static inline enum nasbed_status nasbed_supernet_save(struct nasbed_trial *trial, int supernet)
{
    return trial->api->supernet_save(trial, supernet);
}

static inline enum nasbed_status nasbed_supernet_restore(struct nasbed_trial *trial, int supernet)
{
    return trial->api->supernet_restore(trial, supernet);
}

/* ---- Plug-ins -------------------------------------------------------------------------------- */

/* What a shared object exports under this name is the method that `nasbed run --method FILE.so`
 * runs; its `size` must be set. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const struct nasbed_method nasbed_method;

#endif
