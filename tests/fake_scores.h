/* A fake trial (fake_trial.h) with supernets, for tests of methods that score with them: a score is what a
 * function of the test says, a forward pass of an image costs `image` FLOPs times what another one says.
 * Every score is kept. One more score than there is room for ends the test. */
#ifndef NASBED_TESTS_FAKE_SCORES_H
#define NASBED_TESTS_FAKE_SCORES_H

#include "tests/fake_trial.h"

enum { SCORES_MOST = 20000, SCORES_SUPERNETS = 8, SCORES_BATCH = 64, SCORES_VALID = 2560 };

/* One score that was paid. */
struct fake_score {
    struct nasbed_architecture architecture;
    int call, supernet, images; /* call: the request it came in, from 0 */
    double accuracy;
};

struct fake_scores {
    uint64_t image, mean; /* FLOPs of a forward pass of one, at cost 1; mean cost, if it is not 1 */
    double (*score)(const struct fake_trial *, const struct nasbed_architecture *, int supernet);
    int (*cost)(const struct fake_trial *, const struct nasbed_architecture *); /* NULL: 1 */
    double random_only;        /* what was put on record as NASBED_LOG_RANDOM; 0: nothing */
    bool audit;                /* the first supernet that is trained is all that is wanted */
    struct fake_score *scored; /* [n] of SCORES_MOST */
    int n, calls, supernets;
    uint64_t steps[SCORES_SUPERNETS];
    double first_rate[SCORES_SUPERNETS], last_rate[SCORES_SUPERNETS];
};

static inline struct fake_scores *scores_of(const struct nasbed_trial *face)
{
    return fake_of(face)->context;
}

static inline bool scores_valid(const struct nasbed_trial *face,
                                const struct nasbed_architecture *a)
{
    struct architecture inward = trial_inward(a);
    return architecture_valid(fake_of(face)->space, &inward);
}

static inline bool scores_pay(struct nasbed_trial *face, uint64_t charge)
{
    struct fake_trial *fake = fake_of(face);
    if (charge > fake->left) {
        fake->refused++;
        return false;
    }
    fake->left -= charge;
    fake->spent += charge;
    return true;
}

static inline uint64_t scores_cost(const struct nasbed_trial *face,
                                   const struct nasbed_architecture *a)
{
    const struct fake_scores *scores = scores_of(face);
    return scores->image * (uint64_t)(scores->cost ? scores->cost(fake_of(face), a) : 1);
}

/* A program is known by the index of its architecture, in a weight that paths do not use. */
static inline void scores_path(const struct nasbed_trial *face, const struct nasbed_architecture *a,
                               struct nasbed_program *program)
{
    *program = (struct nasbed_program){.weighed = false};
    program->weight[0][0] = (double)fake_api_index(face, a);
}

static inline uint64_t scores_image(const struct nasbed_trial *face)
{
    const struct fake_scores *scores = scores_of(face);
    return scores->image * (scores->mean ? scores->mean : 1);
}

static inline uint64_t scores_quote(const struct nasbed_trial *face, int supernet,
                                    const struct nasbed_program *program)
{
    struct nasbed_architecture a;
    (void)supernet;
    if (!program)
        return 3 * SCORES_BATCH * scores_image(face);
    fake_api_from_index(face, (uint64_t)program->weight[0][0], &a);
    return 3 * SCORES_BATCH * scores_cost(face, &a);
}

static inline void scores_schedule(const struct nasbed_trial *face,
                                   struct nasbed_schedule *schedule)
{
    *schedule = (struct nasbed_schedule){.steps = 100 * fake_of(face)->points,
                                         .batch = SCORES_BATCH,
                                         .valid_images = SCORES_VALID,
                                         .rate = 0.1};
}

static inline enum nasbed_status scores_open_one(struct nasbed_trial *face, int *supernet)
{
    struct fake_scores *scores = scores_of(face);
    assert_true(scores->supernets < SCORES_SUPERNETS);
    *supernet = scores->supernets++;
    return NASBED_DONE;
}

static inline enum nasbed_status scores_step(struct nasbed_trial *face, int supernet,
                                             const struct nasbed_program *program,
                                             const struct nasbed_rule *rule,
                                             struct nasbed_pass *pass)
{
    struct fake_scores *scores = scores_of(face);
    assert_true(supernet >= 0 && supernet < scores->supernets && !pass);
    if (!scores_pay(face, scores_quote(face, supernet, program)))
        return NASBED_REFUSED;
    if (scores->steps[supernet]++ == 0)
        scores->first_rate[supernet] = rule->rate;
    scores->last_rate[supernet] = rule->rate;
    return NASBED_DONE;
}

static inline enum nasbed_status scores_score(struct nasbed_trial *face, int supernet,
                                              const struct nasbed_architecture *a, size_t n,
                                              const struct nasbed_scoring *scoring,
                                              double *accuracy)
{
    struct fake_scores *scores = scores_of(face);
    int images =
        scoring->images > 0 && scoring->images < SCORES_VALID ? scoring->images : SCORES_VALID;
    uint64_t charge = 0;
    if (scoring->next)
        images = SCORES_BATCH;
    assert_true(supernet >= 0 && supernet < scores->supernets);
    for (size_t i = 0; i < n; i++)
        charge += scores_cost(face, &a[i]) *
                  (uint64_t)(images / SCORES_BATCH + scoring->recalibrate) * SCORES_BATCH;
    if (!scores_pay(face, charge))
        return NASBED_REFUSED;
    for (size_t i = 0; i < n; i++) {
        assert_true(scores_valid(face, &a[i]));
        assert_true(scores->n < SCORES_MOST);
        accuracy[i] = scores->score(fake_of(face), &a[i], supernet);
        scores->scored[scores->n++] =
            (struct fake_score){a[i], scores->calls, supernet, images, accuracy[i]};
    }
    scores->calls++;
    return NASBED_DONE;
}

static inline enum nasbed_status scores_trained(struct nasbed_trial *face, int supernet)
{
    (void)supernet;
    return scores_of(face)->audit ? NASBED_ENDED : NASBED_DONE;
}

/* A truth without order: each architecture its own accuracy, in percent. */
static inline double scores_hash(const struct fake_trial *fake, const struct nasbed_architecture *a)
{
    uint64_t x = (fake_api_index(&fake->face, a) + 1) * 0x9e3779b97f4a7c15u;
    return (double)((x ^ (x >> 29)) % 1000003u) / 1000003.0 * 100;
}

static inline double scores_trained_to(struct fake_trial *fake, const struct nasbed_architecture *a,
                                       int point)
{
    (void)point;
    return scores_hash(fake, a);
}

/* An oracle: the shared weights score what a full training would. */
static inline double scores_oracle(const struct fake_trial *fake,
                                   const struct nasbed_architecture *a, int supernet)
{
    (void)supernet;
    return scores_hash(fake, a);
}

static inline void scores_log(struct fake_trial *fake, const char *name, double value)
{
    if (strcmp(name, NASBED_LOG_RANDOM) == 0)
        scores_of(&fake->face)->random_only = value;
}

/* A trial on `space` with so many full trainings, of a million FLOPs each: scores are an oracle of what
 * trainings find, without order, and an image costs 100 FLOPs, unless the test sets these after that. */
static inline void scores_init(struct fake_trial *fake, struct fake_scores *scores,
                               const struct space *space, double budget, uint64_t seed)
{
    static struct nasbed_api api;
    api = fake_api;
    api.valid = scores_valid;
    api.path = scores_path;
    api.schedule = scores_schedule;
    api.supernet_open = scores_open_one;
    api.supernet_image = scores_image;
    api.supernet_quote = scores_quote;
    api.supernet_step = scores_step;
    api.supernet_score = scores_score;
    api.supernet_trained = scores_trained;
    fake_init(fake, 1, 0, seed);
    fake_space(fake, space);
    fake->face.api = &api;
    fake->unit = 1000000;
    fake->left = (uint64_t)(budget * 1e6);
    fake->continues = true;
    fake->context = scores;
    fake->accuracy = scores_trained_to;
    fake->on_log = scores_log;
    *scores = (struct fake_scores){.image = 100,
                                   .score = scores_oracle,
                                   .scored = calloc(SCORES_MOST, sizeof *scores->scored)};
    assert_non_null(scores->scored);
}

static inline void scores_free(struct fake_trial *fake, struct fake_scores *scores)
{
    fake_free(fake);
    free(scores->scored);
}

static inline bool scores_same(const struct nasbed_architecture *a,
                               const struct nasbed_architecture *b)
{
    return a->n == b->n && memcmp(a->decision, b->decision, (size_t)a->n) == 0;
}

/* The first of the best among scores [from, to) of `supernet` (-1: any). */
static inline const struct fake_score *scores_best(const struct fake_scores *scores, int from,
                                                   int to, int supernet)
{
    const struct fake_score *best = NULL;
    for (int i = from; i < to; i++) {
        const struct fake_score *score = &scores->scored[i];
        if ((supernet < 0 || score->supernet == supernet) &&
            (!best || score->accuracy > best->accuracy))
            best = score;
    }
    return best;
}

#endif
