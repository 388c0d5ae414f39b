#include "methods/kit/stages.h"

#include <math.h>
#include <stdlib.h>

enum {
    SCORE_BATCH = 64, /* images of a batch of scores (nasbed_scoring) */
    FINALIST = 2,     /* trainings of average cost that one is taken to cost */
    STRINGS = 4       /* of a network among the ranked: isomorphs, about 3 on `cell` */
};

/* The plan ---------------------------------------------------------------------------------------- */

struct stages stages_plan(const struct nasbed_trial *trial, const struct stages_shares *shares)
{
    double left = (double)nasbed_left(trial), finalist = FINALIST * (double)nasbed_unit(trial);
    struct stages plan = {.train = shares->train * left};
    plan.score = fmin(shares->score * (left - plan.train), shares->enough);
    double rest = left - plan.train - plan.score;
    int most = shares->verify > 0 ? shares->verify : STAGES_MOST;
    if (most > 1 && rest >= 2 * finalist)
        plan.verify = fmin(rest, most * finalist);
    plan.train += rest - plan.verify;
    return plan;
}

/* Scores ------------------------------------------------------------------------------------------ */

uint64_t stages_price(const struct nasbed_trial *trial, int supernet,
                      const struct nasbed_architecture *architecture,
                      const struct nasbed_scoring *scoring)
{
    struct nasbed_schedule schedule;
    struct nasbed_program path;
    nasbed_schedule(trial, &schedule);
    uint64_t image = nasbed_supernet_image(trial);
    if (architecture) { /* a step is thrice the forward pass of a batch */
        nasbed_path(trial, architecture, &path);
        image = nasbed_supernet_quote(trial, supernet, &path) / (3 * (uint64_t)schedule.batch);
    }
    int images = scoring->images;
    if (images <= 0 || images > schedule.valid_images)
        images = schedule.valid_images;
    return image * (uint64_t)(images / SCORE_BATCH + scoring->recalibrate) * SCORE_BATCH;
}

size_t stages_cut(const struct nasbed_trial *trial, int supernet,
                  const struct nasbed_scoring *scoring, double flops, struct history *history)
{
    double left = fmin(flops, (double)nasbed_left(trial));
    size_t n = 0, all = history->n;
    for (; n < all; n++) {
        left -= (double)stages_price(trial, supernet, &history->entry[n].architecture, scoring);
        if (left < 0)
            break;
    }
    history->n = n;
    return all - n;
}

bool stages_rank(const struct history *history, int n, struct history *ranked)
{
    for (int i = 0; i < n; i++) {
        const struct evaluated *next = history_best_but(history, ranked);
        if (!next)
            break;
        if (!history_add(ranked, &next->architecture, next->accuracy))
            return false;
    }
    return true;
}

/* Finalists --------------------------------------------------------------------------------------- */

/* How many networks are looked at: twice as many as would be trained, were they of average cost. */
static int networks(const struct nasbed_trial *trial, int verify)
{
    uint64_t pays = nasbed_left(trial) / nasbed_unit(trial);
    int n = pays < STAGES_MOST ? (int)pays : STAGES_MOST;
    if (verify > 0)
        n = verify;
    return n > 1 ? 2 * n : 1;
}

int stages_reach(const struct nasbed_trial *trial, int verify)
{
    int n = networks(trial, verify);
    return n > 1 ? STRINGS * n : 1;
}

/* Those of the first `reach` networks that are trained next, at most `most`: new, and paid together. */
static size_t choose(const struct nasbed_trial *trial, const struct history *ranked, size_t reach,
                     const struct history *full, struct nasbed_request *requests, size_t most)
{
    int T = nasbed_points(trial);
    uint64_t left = nasbed_left(trial);
    size_t n = 0, seen = 0;
    for (size_t i = 0; i < ranked->n && seen < reach && n < most; i++) {
        const struct nasbed_architecture *a = &ranked->entry[i].architecture;
        uint64_t price = nasbed_quote(trial, a, T);
        bool trained = history_find(full, a);
        seen += price > 0 || trained; /* else an isomorph of one that was: no network more */
        if (price == 0 || price > left || trained)
            continue;
        left -= price;
        requests[n++] = (struct nasbed_request){*a, T};
    }
    return n;
}

/* Train some, side by side; they are appended to `full`, but for those whose answer was free: isomorphs of
 * others among them, which nobody knows before. From then on their price is 0. */
static enum nasbed_status train(struct nasbed_trial *trial, const struct nasbed_request *requests,
                                struct nasbed_result *results, size_t n, struct history *full)
{
    enum nasbed_status status = nasbed_query_many(trial, requests, n, results);
    for (size_t i = 0; i < n && status == NASBED_DONE; i++)
        if (!results[i].free &&
            !history_add(full, &requests[i].architecture, results[i].valid_accuracy))
            status = nasbed_fail(trial, "out of memory");
    return status;
}

/* Until there are `most`, or none of `ranked` is left that is paid. One alone would decide nothing: none is
 * trained then. */
static enum nasbed_status verify_finalists(struct nasbed_trial *trial, const struct history *ranked,
                                           size_t reach, size_t most, struct history *full)
{
    struct nasbed_request *requests = calloc(most, sizeof *requests);
    struct nasbed_result *results = calloc(most, sizeof *results);
    enum nasbed_status status =
        requests && results ? NASBED_DONE : nasbed_fail(trial, "out of memory");
    while (status == NASBED_DONE && full->n < most) {
        size_t n = choose(trial, ranked, reach, full, requests, most - full->n);
        if (full->n + n < 2 || n == 0)
            break;
        status = train(trial, requests, results, n, full);
    }
    free(requests);
    free(results);
    return status;
}

enum nasbed_status stages_finish(struct nasbed_trial *trial, const struct history *ranked,
                                 int verify)
{
    struct history full = {0};
    struct nasbed_architecture chosen;
    enum nasbed_status status = NASBED_DONE;
    int reach = networks(trial, verify), most = verify > 0 ? verify : STAGES_MOST;
    if (reach > 1)
        status = verify_finalists(trial, ranked, (size_t)reach, (size_t)most, &full);
    if (status != NASBED_FAILED) {
        if (full.n > 1)
            chosen = history_best(&full)->architecture;
        else if (ranked->n)
            chosen = ranked->entry[0].architecture;
        else
            nasbed_random(trial, &chosen);
        nasbed_log(trial, "finalists", (double)full.n);
        status = nasbed_finish(trial, &chosen);
    }
    history_free(&full);
    return status;
}
