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

static bool too_few(const struct duel *duel)
{
    return duel->m < VERDICT_SEEDS_LEAST || (!duel->known && duel->n < VERDICT_SEEDS_LEAST);
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
        duels[i].verdict = too_few(&duels[i])           ? VERDICT_TOO_FEW
                           : !(p[i] < COMPARISON_ALPHA) ? VERDICT_UNDECIDED
                           : duels[i].gain > 0.5        ? VERDICT_BETTER
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
        family->few += duels[i].verdict == VERDICT_TOO_FEW;
        family->shift += duels[i].shift / (double)n;
        family->gain += duels[i].gain / (double)n;
        variance += duels[i].shift_error * duels[i].shift_error;
    }
    double half = z95 * sqrt(variance) / (double)n;
    family->shift_low = family->shift - half;
    family->shift_high = family->shift + half;
    family->split = family->better && family->worse;
    family->verdict = family->few == n                                       ? VERDICT_TOO_FEW
                      : family->split || (!family->better && !family->worse) ? VERDICT_UNDECIDED
                      : family->better                                       ? VERDICT_BETTER
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

/* "in 1 of 3 settings", "in all 3 settings", nothing for one alone. */
static void append_share(size_t k, size_t n, struct text *out)
{
    if (n > 1)
        text_append(out, k == n ? " in all %zu settings" : " in %zu of %zu settings", k, n);
}

/* What the settings say, before any mean over them. */
static void append_outcome(const struct family *family, const char *rival, struct text *out)
{
    size_t n = family->duels;
    if (family->verdict == VERDICT_TOO_FEW) {
        text_append(out, "is not judged against %s: fewer than %d seeds", rival,
                    VERDICT_SEEDS_LEAST);
        return;
    }
    if (family->split) {
        text_append(out, "is better than %s in %zu and worse in %zu of %zu settings", rival,
                    family->better, family->worse, n);
    } else if (family->verdict == VERDICT_UNDECIDED) {
        text_append(out, "is not told apart from %s", rival);
        append_share(n - family->few, n, out);
    } else {
        text_append(out, "is %s than %s", verdict_text(family->verdict), rival);
        append_share(family->better + family->worse, n, out);
    }
    size_t open = n - family->better - family->worse - family->few;
    if (open && family->better + family->worse)
        text_append(out, ", not told apart in %zu", open);
    if (family->few)
        text_append(out, ", not judged in %zu (fewer than %d seeds)", family->few,
                    VERDICT_SEEDS_LEAST);
    text_append(out, " (5 %%, Holm)");
}

void family_print(const struct family *family, const char *method, const char *rival,
                  struct text *out)
{
    text_append(out, "%s ", method);
    append_outcome(family, rival, out);
    text_append(out, "; %s%+.2f points of test accuracy [%+.2f, %+.2f], P(better) %.2f",
                family->duels > 1 ? "mean over the settings " : "", family->shift,
                family->shift_low, family->shift_high, family->gain);
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
    grid_text(grid, "verdict", verdict_text(duel->verdict));
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
