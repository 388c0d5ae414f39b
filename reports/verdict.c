#include "reports/verdict.h"

#include "reports/grid.h"
#include "reports/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double z95 = 1.959963984540054;

/* Duels ---------------------------------------------------------------------------------------- */

static int measure(struct duel *duel, struct error *error)
{
    struct rank_test test;
    struct interval gain;
    int status = mann_whitney(duel->mine, duel->m, duel->theirs, duel->n, &test, error);
    if (!status)
        status = bootstrap_gain(duel->mine, duel->m, duel->theirs, duel->n, !duel->known,
                                COMPARISON_LEVEL, COMPARISON_SEED, &gain, error);
    if (status)
        return status;
    double own = sample_error(duel->mine, duel->m);
    double other = duel->known ? 0 : sample_error(duel->theirs, duel->n);
    duel->shift = sample_mean(duel->mine, duel->m) - sample_mean(duel->theirs, duel->n);
    duel->shift_error = sqrt(own * own + other * other);
    duel->shift_low = duel->shift - z95 * duel->shift_error;
    duel->shift_high = duel->shift + z95 * duel->shift_error;
    duel->gain = test.gain;
    duel->gain_low = gain.low;
    duel->gain_high = gain.high;
    duel->p = test.p;
    return 0;
}

static int correct(struct duel *duels, size_t n, struct error *error)
{
    double *p = calloc(n ? n : 1, sizeof *p);
    if (!p)
        return error_set(error, ERROR_MEMORY, "verdict: out of memory");
    for (size_t i = 0; i < n; i++)
        p[i] = duels[i].p;
    int status = holm(p, n, p, error);
    for (size_t i = 0; i < n && !status; i++) {
        duels[i].p_holm = p[i];
        duels[i].verdict = !(p[i] < COMPARISON_ALPHA) ? VERDICT_UNDECIDED
                           : duels[i].gain > 0.5      ? VERDICT_BETTER
                                                      : VERDICT_WORSE;
    }
    free(p);
    return status;
}

/* Duels have seeds of their own, so that their errors add up as those of independent means do. */
static void sum_up(const struct duel *duels, size_t n, struct family *family)
{
    double variance = 0;
    *family = (struct family){.duels = n};
    for (size_t i = 0; i < n; i++) {
        family->better += duels[i].verdict == VERDICT_BETTER;
        family->worse += duels[i].verdict == VERDICT_WORSE;
        family->shift += duels[i].shift / (double)n;
        family->gain += duels[i].gain / (double)n;
        variance += duels[i].shift_error * duels[i].shift_error;
    }
    double half = z95 * sqrt(variance) / (double)n;
    family->shift_low = family->shift - half;
    family->shift_high = family->shift + half;
    family->split = family->better && family->worse;
    family->verdict = family->split || (!family->better && !family->worse) ? VERDICT_UNDECIDED
                      : family->better                                     ? VERDICT_BETTER
                                                                           : VERDICT_WORSE;
}

int duels_judge(struct duel *duels, size_t n, struct family *family, struct error *error)
{
    int status = 0;
    for (size_t i = 0; i < n && !status; i++)
        status = measure(&duels[i], error);
    if (!status)
        status = correct(duels, n, error);
    if (!status)
        sum_up(duels, n, family);
    return status;
}

/* Words ---------------------------------------------------------------------------------------- */

void family_print(const struct family *family, const char *method, const char *rival,
                  struct text *out)
{
    static const char *const words[] = {[VERDICT_UNDECIDED] = "not told apart from",
                                        [VERDICT_BETTER] = "better than",
                                        [VERDICT_WORSE] = "worse than"};
    text_append(
        out,
        "%s is %s %s: %+.2f points of test accuracy [%+.2f, %+.2f], P(better) %.2f, mean over "
        "%zu setting%s; better in %zu, worse in %zu%s (5 %%, Holm)",
        method, words[family->verdict], rival, family->shift, family->shift_low, family->shift_high,
        family->gain, family->duels, family->duels == 1 ? "" : "s", family->better, family->worse,
        family->split ? ": it depends on the setting" : "");
}

static const struct field fields[] = {
    {"space", FIELD_TEXT, .column = "space"},
    {"protocol", FIELD_TEXT, .column = "protocol"},
    {"budget", FIELD_REAL, .column = "budget"},
    {"rival", FIELD_TEXT, .column = "rival"},
    {"seeds", FIELD_REAL, .column = "seeds"},
    {"rival_runs", FIELD_REAL, .column = "runs", .group = "rival"},
    {"rival_accuracy", FIELD_REAL, 2, .column = "test %", .group = "rival"},
    {"rival_exact", FIELD_REAL, 2, .column = "exact", .group = "rival"},
    {"accuracy", FIELD_REAL, 2, .column = "test %"},
    {"shift", FIELD_REAL, 2, .column = "points  [95 %]"},
    {"shift_low", FIELD_REAL, 2, .before = "  ["},
    {"shift_high", FIELD_REAL, 2, .before = ", ", .after = "]"},
    {"p_better", FIELD_REAL, 2, .column = "P(better)  [95 %]"},
    {"p_better_low", FIELD_REAL, 2, .before = "  ["},
    {"p_better_high", FIELD_REAL, 2, .before = ", ", .after = "]"},
    {"p", FIELD_PROBABILITY, .hidden = true},
    {"p_holm", FIELD_PROBABILITY, .column = "p"},
    {"verdict", FIELD_TEXT, .column = "verdict"},
};

static void fill(struct grid *grid, const struct duel *duel)
{
    grid_row(grid);
    grid_text(grid, "space", duel->space);
    grid_text(grid, "protocol", duel->protocol);
    grid_number(grid, "budget", duel->budget);
    grid_text(grid, "rival", duel->rival);
    grid_number(grid, "seeds", (double)duel->m);
    grid_number(grid, "rival_runs", (double)duel->n);
    grid_number(grid, "rival_accuracy", sample_mean(duel->theirs, duel->n));
    grid_number(grid, "rival_exact", duel->exact);
    grid_number(grid, "accuracy", sample_mean(duel->mine, duel->m));
    grid_number(grid, "shift", duel->shift);
    grid_number(grid, "shift_low", duel->shift_low);
    grid_number(grid, "shift_high", duel->shift_high);
    grid_number(grid, "p_better", duel->gain);
    grid_number(grid, "p_better_low", duel->gain_low);
    grid_number(grid, "p_better_high", duel->gain_high);
    grid_number(grid, "p", duel->p);
    grid_number(grid, "p_holm", duel->p_holm);
    grid_text(grid, "verdict",
              duel->verdict == VERDICT_UNDECIDED ? "not told apart" : verdict_text(duel->verdict));
}

int duels_print(const struct duel *duels, size_t n, enum report_format format,
                const struct text *title, const struct text *notes, struct text *out,
                struct error *error)
{
    const struct frame frame = {.format = format, .font = "footnotesize", .line_end = "\\par\n"};
    struct grid grid;
    grid_init(&grid, fields, sizeof fields / sizeof *fields);
    for (size_t i = 0; i < n; i++)
        fill(&grid, &duels[i]);
    int status;
    if (format == REPORT_CSV) {
        status = grid_print_csv(&grid, true, out, error);
    } else {
        frame_begin(&frame, title, out);
        status = frame_grid(&frame, &grid, out, error);
        frame_end(&frame, notes, out);
    }
    grid_free(&grid);
    return status;
}

/* Power ---------------------------------------------------------------------------------------- */

/* P(Y + gap > Y') for two draws of ascending y [n], ties half. */
static double shifted_gain(const double *y, size_t n, double gap)
{
    size_t below = 0, not_above = 0;
    double pairs = 0;
    for (size_t i = 0; i < n; i++) {
        while (below < n && y[below] < y[i] + gap)
            below++;
        while (not_above < n && y[not_above] <= y[i] + gap)
            not_above++;
        pairs += 0.5 * (double)(below + not_above);
    }
    return pairs / ((double)n * (double)n);
}

/* Noether's number, not rounded; infinite where the gap moves nothing. */
static double needed(const double *ascending, size_t n, double gap, double alpha, double power)
{
    double z = normal_quantile(alpha / 2) + normal_quantile(1 - power);
    double excess = shifted_gain(ascending, n, gap) - 0.5;
    return excess > 0 ? z * z / (12 * excess * excess) : (double)INFINITY;
}

static double *ascending_copy(const double *theirs, size_t n)
{
    double *copy = n ? malloc(n * sizeof *copy) : NULL;
    if (copy) {
        memcpy(copy, theirs, n * sizeof *copy);
        sample_sort(copy, n);
    }
    return copy;
}

size_t duel_seeds(const double *theirs, size_t n, double gap, double alpha, double power)
{
    double *y = ascending_copy(theirs, n);
    double seeds = y ? ceil(needed(y, n, gap, alpha, power)) : (double)INFINITY;
    free(y);
    if (!(seeds < 1e9))
        return 0;
    return seeds < VERDICT_SEEDS_LEAST ? VERDICT_SEEDS_LEAST : (size_t)seeds;
}

double duel_gap(const double *theirs, size_t n, size_t seeds, double alpha, double power)
{
    double *y = ascending_copy(theirs, n);
    double low = 0, high = 100;
    if (!y || needed(y, n, high, alpha, power) > (double)seeds)
        low = (double)NAN;
    while (high - low > 1e-4) {
        double middle = (low + high) / 2;
        if (needed(y, n, middle, alpha, power) > (double)seeds)
            low = middle;
        else
            high = middle;
    }
    free(y);
    return isnan(low) ? low : high;
}
