#include "reports/ranking.h"

#include "reports/correlation.h"
#include "reports/ranks.h"
#include "reports/statistics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static int allocate(struct ranking *ranking, size_t most, struct error *error)
{
    *ranking = (struct ranking){.architecture = calloc(most + 1, sizeof *ranking->architecture),
                                .score = calloc(most + 1, sizeof *ranking->score),
                                .truth = calloc(most + 1, sizeof *ranking->truth)};
    if (ranking->architecture && ranking->score && ranking->truth)
        return 0;
    ranking_free(ranking);
    return error_set(error, ERROR_MEMORY, "ranking of %zu architectures: out of memory", most);
}

static void append(struct ranking *ranking, uint32_t architecture, double score, double truth)
{
    ranking->architecture[ranking->n] = architecture;
    ranking->score[ranking->n] = score;
    ranking->truth[ranking->n++] = truth;
}

int ranking_init(struct ranking *ranking, const double *score, const double *truth, uint32_t count,
                 struct error *error)
{
    int status = allocate(ranking, count, error);
    for (uint32_t i = 0; !status && i < count; i++)
        if (!isnan(score[i]) && !isnan(truth[i]))
            append(ranking, i, score[i], truth[i]);
    return status;
}

void ranking_free(struct ranking *ranking)
{
    free(ranking->architecture);
    free(ranking->score);
    free(ranking->truth);
    *ranking = (struct ranking){0};
}

/* ---- Order ----------------------------------------------------------------------------------- */

/* order[i] = place of the i-th largest; of equals the lowest place first. */
static int order_descending(const double *value, size_t n, size_t *order, struct error *error)
{
    double *negative = calloc(n + 1, sizeof *negative);
    if (!negative)
        return error_set(error, ERROR_MEMORY, "ranking of %zu architectures: out of memory", n);
    for (size_t i = 0; i < n; i++)
        negative[i] = -value[i];
    int status = ranks_order(negative, n, order, error);
    free(negative);
    return status;
}

size_t slice_size(const struct slice *slice, size_t n)
{
    size_t size = slice->percent ? (n * slice->percent + 99) / 100 : slice->most;
    return size < n ? size : n;
}

int ranking_slice(const struct ranking *whole, const struct slice *slice, enum ranking_side by,
                  struct ranking *top, struct error *error)
{
    size_t size = slice_size(slice, whole->n);
    size_t *order = calloc(whole->n + 1, sizeof *order);
    bool *chosen = calloc(whole->n + 1, sizeof *chosen);
    *top = (struct ranking){0};
    int status = order && chosen
                     ? order_descending(by == RANKING_TRUTH ? whole->truth : whole->score, whole->n,
                                        order, error)
                     : error_set(error, ERROR_MEMORY, "slice: out of memory");
    if (!status)
        status = allocate(top, size, error);
    top->stratum = whole->stratum;
    for (size_t i = 0; !status && i < size; i++)
        chosen[order[i]] = true;
    for (size_t i = 0; !status && i < whole->n; i++)
        if (chosen[i])
            append(top, whole->architecture[i], whole->score[i], whole->truth[i]);
    free(chosen);
    free(order);
    return status;
}

/* ---- Picks ----------------------------------------------------------------------------------- */

/* `by_score`, `by_truth`: places in descending order. A truth equal to the k-th best is as good as it, whichever
 * of the two the order has first. */
static void measure_pick(const struct ranking *ranking, const size_t *by_score,
                         const size_t *by_truth, struct pick *pick)
{
    const double *truth = ranking->truth;
    size_t k = pick->k, hits = 0, better = 0;
    pick->precision = pick->rank = pick->regret = (double)NAN;
    if (k == 0 || k > ranking->n)
        return;
    double best = truth[by_score[0]];
    for (size_t i = 0; i < k; i++) {
        hits += truth[by_score[i]] >= truth[by_truth[k - 1]];
        best = fmax(best, truth[by_score[i]]);
    }
    while (truth[by_truth[better]] > best)
        better++;
    pick->precision = (double)hits / (double)k;
    pick->rank = (double)(better + 1);
    pick->regret = truth[by_truth[0]] - best;
}

static int measure_picks(const struct ranking *ranking, struct agreement *agreement,
                         struct error *error)
{
    size_t n = ranking->n;
    size_t *by_score = calloc(n + 1, sizeof *by_score), *by_truth = calloc(n + 1, sizeof *by_truth);
    int status = by_score && by_truth ? order_descending(ranking->score, n, by_score, error)
                                      : error_set(error, ERROR_MEMORY, "ranking: out of memory");
    if (!status)
        status = order_descending(ranking->truth, n, by_truth, error);
    for (size_t i = 0; !status && i < agreement->n_picks; i++)
        measure_pick(ranking, by_score, by_truth, &agreement->picks[i]);
    free(by_truth);
    free(by_score);
    return status;
}

/* ---- Agreement ------------------------------------------------------------------------------- */

/* Sparse Kendall tau (Yu, Sciuto et al., "Evaluating the Search Phase of NAS", ICLR 2020: the truth in
 * bins of 1e-3 of accuracy): what differs by less than the noise of training does not count. */
static int measure_sparse(const struct ranking *ranking, double *tau, struct error *error)
{
    struct pairs pairs;
    double *binned = calloc(ranking->n + 1, sizeof *binned);
    if (!binned)
        return error_set(error, ERROR_MEMORY, "ranking: out of memory");
    for (size_t i = 0; i < ranking->n; i++)
        binned[i] = round(10 * ranking->truth[i]);
    int status = pairs_count(ranking->score, binned, ranking->n, &pairs, error);
    *tau = status ? (double)NAN : kendall_tau_b(&pairs);
    free(binned);
    return status;
}

struct member {
    uint64_t stratum;
    size_t place; /* in the ranking */
};

static int compare_members(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    if (a->stratum != b->stratum)
        return a->stratum < b->stratum ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

/* The pairs of members[n], all of one stratum, onto *sum. `x`, `y` have room for n. */
static int add_pairs(const struct ranking *ranking, const struct member *members, size_t n,
                     double *x, double *y, struct pairs *sum, struct error *error)
{
    struct pairs pairs;
    for (size_t i = 0; i < n; i++) {
        x[i] = ranking->score[members[i].place];
        y[i] = ranking->truth[members[i].place];
    }
    int status = pairs_count(x, y, n, &pairs, error);
    if (status)
        return status;
    sum->all += pairs.all;
    sum->concordant += pairs.concordant;
    sum->discordant += pairs.discordant;
    sum->tied_x += pairs.tied_x;
    sum->tied_y += pairs.tied_y;
    return 0;
}

/* Tau-b of the pairs that are of one stratum: what of a ranking is not the strata's. */
static int measure_within(const struct ranking *ranking, double *tau, struct error *error)
{
    size_t n = ranking->n;
    struct pairs pairs = {0};
    *tau = (double)NAN;
    if (!ranking->stratum)
        return 0;
    struct member *members = calloc(n + 1, sizeof *members);
    double *x = calloc(n + 1, sizeof *x), *y = calloc(n + 1, sizeof *y);
    int status = members && x && y ? 0 : error_set(error, ERROR_MEMORY, "ranking: out of memory");
    for (size_t i = 0; !status && i < n; i++)
        members[i] = (struct member){ranking->stratum[ranking->architecture[i]], i};
    if (!status)
        qsort(members, n, sizeof *members, compare_members);
    for (size_t start = 0, end; !status && start < n; start = end) {
        for (end = start + 1; end < n && members[end].stratum == members[start].stratum;)
            end++;
        status = add_pairs(ranking, members + start, end - start, x, y, &pairs, error);
    }
    if (!status)
        *tau = kendall_tau_b(&pairs);
    free(y);
    free(x);
    free(members);
    return status;
}

static int measure_tau(const struct ranking *ranking, struct agreement *agreement,
                       struct error *error)
{
    struct pairs pairs;
    int status = pairs_count(ranking->score, ranking->truth, ranking->n, &pairs, error);
    if (status)
        return status;
    double all = pairs.all ? (double)pairs.all : (double)NAN;
    agreement->tau = kendall_tau_b(&pairs);
    agreement->tied_score = (double)pairs.tied_x / all;
    agreement->tied_truth = (double)pairs.tied_y / all;
    status = measure_sparse(ranking, &agreement->sparse, error);
    return status ? status : measure_within(ranking, &agreement->within, error);
}

int ranking_measure(const struct ranking *ranking, struct agreement *agreement, struct error *error)
{
    int status = measure_tau(ranking, agreement, error);
    if (status)
        return status;
    agreement->n = (double)ranking->n;
    status = spearman(ranking->score, ranking->truth, ranking->n, &agreement->rho, error);
    if (!status)
        status =
            weighted_tau(ranking->score, ranking->truth, ranking->n, &agreement->weighted, error);
    return status ? status : measure_picks(ranking, agreement, error);
}

void agreement_none(struct agreement *agreement)
{
    agreement->n = 0;
    agreement->tau = agreement->rho = agreement->weighted = agreement->sparse = (double)NAN;
    agreement->within = agreement->tied_score = agreement->tied_truth = (double)NAN;
    for (size_t i = 0; i < agreement->n_picks; i++)
        agreement->picks[i] =
            (struct pick){agreement->picks[i].k, (double)NAN, (double)NAN, (double)NAN};
}

void agreement_mean(const struct agreement *agreements, size_t n, struct agreement *mean)
{
    double share = 1 / (double)n;
    *mean = (struct agreement){.n_picks = agreements[0].n_picks};
    for (size_t i = 0; i < n; i++) {
        const struct agreement *next = &agreements[i];
        mean->n += share * next->n;
        mean->tau += share * next->tau;
        mean->rho += share * next->rho;
        mean->weighted += share * next->weighted;
        mean->sparse += share * next->sparse;
        mean->within += share * next->within;
        mean->tied_score += share * next->tied_score;
        mean->tied_truth += share * next->tied_truth;
        for (size_t p = 0; p < mean->n_picks; p++) {
            mean->picks[p].k = next->picks[p].k;
            mean->picks[p].precision += share * next->picks[p].precision;
            mean->picks[p].rank += share * next->picks[p].rank;
            mean->picks[p].regret += share * next->picks[p].regret;
        }
    }
}

/* ---- Spread ---------------------------------------------------------------------------------- */

/* The statistics of an agreement, by place: the leading ones, then those of each pick. */
enum { LEADING = 8, PER_PICK = 3 };

/* Where statistic `i` stands, and what it is at least and at most. */
static double *statistic(struct agreement *agreement, size_t i, struct interval *bounds)
{
    struct pick *pick = &agreement->picks[i < LEADING ? 0 : (i - LEADING) / PER_PICK];
    const double any = (double)INFINITY;
    const struct {
        double *at;
        struct interval bounds;
    } all[LEADING + PER_PICK] = {
        {&agreement->n, {0, any}},        {&agreement->tau, {-1, 1}},
        {&agreement->rho, {-1, 1}},       {&agreement->weighted, {-1, 1}},
        {&agreement->sparse, {-1, 1}},    {&agreement->within, {-1, 1}},
        {&agreement->tied_score, {0, 1}}, {&agreement->tied_truth, {0, 1}},
        {&pick->precision, {0, 1}},       {&pick->rank, {1, any}},
        {&pick->regret, {0, any}},
    };
    size_t kind = i < LEADING ? i : LEADING + (i - LEADING) % PER_PICK;
    *bounds = all[kind].bounds;
    return all[kind].at;
}

int agreement_spread(const struct agreement *agreements, size_t n, struct agreement_spread *spread,
                     struct error *error)
{
    struct agreement one;
    double *x = calloc(n, sizeof *x);
    if (!x)
        return error_set(error, ERROR_MEMORY, "ranking: out of memory");
    agreement_mean(agreements, n, &spread->mean);
    spread->deviation = spread->low = spread->high = spread->mean;
    for (size_t i = 0; i < LEADING + PER_PICK * spread->mean.n_picks; i++) {
        struct interval bounds, unused;
        (void)statistic(&spread->mean, i, &bounds);
        for (size_t k = 0; k < n; k++) {
            one = agreements[k];
            x[k] = *statistic(&one, i, &unused);
        }
        if (i >= LEADING && (i - LEADING) % PER_PICK == 1) /* a rank */
            bounds.high = spread->mean.n;
        struct interval interval = student_interval(x, n, AGREEMENT_LEVEL);
        bool known = !isnan(interval.low);
        *statistic(&spread->deviation, i, &unused) = sample_deviation(x, n);
        *statistic(&spread->low, i, &unused) = known ? fmax(interval.low, bounds.low) : (double)NAN;
        *statistic(&spread->high, i, &unused) =
            known ? fmin(interval.high, bounds.high) : (double)NAN;
    }
    free(x);
    return 0;
}
