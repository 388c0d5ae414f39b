/* What must be read with an audit: how its figures are made. */
#include "reports/accuracy.h"
#include "reports/audit.h"
#include "reports/correlation.h"

#include <math.h>

/* How far each seed's training was at the points, and which of them it never came to. */
static void print_points(const struct audit_report *report, struct text *out)
{
    for (size_t k = 0; k < report->n; k++) {
        const struct audit_plan *plan = report->audits[k].plan;
        const struct scores *scores = plan->scores;
        const char *label = report->n > 1 ? plan->label : "The supernet";
        if (!scores->points)
            continue;
        text_append(out, "%s:", label);
        for (int i = 0; i < scores->points; i++) {
            const struct scores_point *point = &scores->point[i];
            if (!point->n)
                text_append(out, " no point at %d %%, where its training had ended;",
                            point->percent);
            else if (!isnan(point->share))
                text_append(out, " at %d %% it had %.1f %% of its training;", point->percent,
                            point->share);
        }
        if (!isnan(scores->source.spent))
            text_append(out, " all of it took %.1f %% of the budget.", scores->source.spent);
        text_append(out, "\n");
    }
}

static void print_seeds(const struct audit_report *report, struct text *out)
{
    if (report->n < 2)
        return;
    text_append(
        out,
        "Mean, std and 95 %% interval (Student's t, cut to what the statistic can be) are over "
        "%zu supernet seeds%s.\n",
        report->n,
        report->n < 10 ? ": few, so that the interval stands on their being about normal" : "");
}

/* How rivals that are trainings of the table, and the ceiling, are judged. */
static void print_trainings(const struct audit_report *report, struct text *out)
{
    const struct audit *audit = &report->audits[0];
    const struct audit_plan *plan = audit->plan;
    bool several = plan->table->seeds > 1, test = plan->point == ACCURACY_TEST;
    if (several)
        text_append(out,
                    "Points of the table%s, noise ceiling: one seed against the mean of the "
                    "others%s, mean over the seeds. The ceiling is what one more training would "
                    "reach, not a bound: a ranking with less noise of its own, an early point too, "
                    "may come out above it.\n",
                    test ? ", its own validation" : "",
                    plan->by == RANKING_TRUTH ? ", which then choose the top" : "");
    if (audit->itself)
        text_append(
            out,
            "%s: these rivals and the truth are of the same training, which ranks itself: they "
            "come out too high.\n",
            several ? "Where fewer than two architectures have a second seed"
            : test  ? "Points of the table, its own validation"
                    : "Points of the table");
    if (!several)
        text_append(out, "The table has one seed: no noise ceiling.\n");
}

/* Resampled one by one, isomorphs are taken for independent, which makes the intervals too narrow. */
static void print_resamples(const struct audit_report *report, struct text *out)
{
    const struct audit *audit = &report->audits[0];
    bool apart = audit->plan->per == AUDIT_STRINGS && audit->networks < audit->n;
    if (audit->plan->resamples)
        text_append(out,
                    "%s: percentile bootstrap, %zu resamples of the architectures%s, %s; what "
                    "another training of the scores would give is not in it.\n",
                    AUDIT_INTERVALS, audit->plan->resamples,
                    apart ? " (each for itself, also where they are one network: too narrow)" : "",
                    report->n > 1 ? "each seed's own" : "the scores as they are");
}

void audit_print_notes(const struct audit_report *report, struct text *out)
{
    const struct audit *audit = &report->audits[0];
    const struct audit_plan *plan = audit->plan;
    text_append(out, "Its top k: P, the share of them at least as good as the true k-th; best, the "
                     "true rank of the "
                     "best of them; regret in %%.\n");
    text_append(out, "Sparse tau-b: the truth rounded to 0.1 %%; of equal params: of the pairs "
                     "that have as many parameters, alone. Tied pairs: shares of all pairs that "
                     "have one score, one truth. " WEIGHTED_TAU_NOTE "\n");
    print_trainings(report, out);
    if (plan->per == AUDIT_CLASSES)
        text_append(out,
                    "Per class: architectures that are one network count once, with the mean of "
                    "their scores.\n");
    else
        text_append(out,
                    "Per string: architectures that are one network count each (per class: once, "
                    "with the mean of their scores).\n");
    print_seeds(report, out);
    print_resamples(report, out);
    const struct slice *last = audit->sections[audit->n_sections - 1].slice;
    if (last->percent + last->most == 0) {
        text_append(
            out, "Scored on the way: fixed architectures, the same in every audit, when so much of "
                 "the budget was spent.\n");
        print_points(report, out);
    }
}
