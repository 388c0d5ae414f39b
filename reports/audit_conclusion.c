/* What an audit says of the scores, in plain words: as much as its intervals allow. */
#include "reports/audit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The tau-b of the scores in a section; NaN where there is none, or no interval. */
struct judged {
    double tau;
    struct interval interval;
};

/* The row of the scores where their section, which an audit may lack, is sliced as that of the first. */
static const struct audit_row *scores_row(const struct audit *audit, const struct slice *slice)
{
    for (size_t s = 0; s < audit->n_sections; s++)
        if (audit->sections[s].slice == slice && audit->sections[s].rows[0].scores)
            return &audit->sections[s].rows[0];
    return NULL;
}

/* Over the seeds, or of one over its architectures. Errors: ERROR_MEMORY. */
static int judge(const struct audit_report *report, const struct slice *slice,
                 struct judged *judged, struct error *error)
{
    struct agreement_spread spread;
    struct agreement *agreements = calloc(report->n, sizeof *agreements);
    *judged = (struct judged){(double)NAN, {(double)NAN, (double)NAN}};
    int status = agreements ? 0 : error_set(error, ERROR_MEMORY, "audit: out of memory");
    for (size_t k = 0; !status && k < report->n; k++) {
        const struct audit_row *row = scores_row(&report->audits[k], slice);
        if (!row)
            goto out;
        agreements[k] = row->agreement;
        judged->interval = row->tau;
    }
    if (!status)
        status = agreement_spread(agreements, report->n, &spread, error);
    if (!status)
        judged->tau = spread.mean.tau;
    if (!status && report->n > 1)
        judged->interval = (struct interval){spread.low.tau, spread.high.tau};
out:
    free(agreements);
    return status;
}

static void append_judged(const struct judged *judged, struct text *out)
{
    text_append(out, "tau-b %.3f [%.3f, %.3f]", judged->tau, judged->interval.low,
                judged->interval.high);
}

/* NaN: the table does not know it, or has the same of all. */
static double tau_of_params(const struct audit_section *section)
{
    for (size_t r = 0; r < section->n_rows; r++)
        if (!section->rows[r].scores && strcmp(section->rows[r].name, "params") == 0)
            return section->rows[r].agreement.tau;
    return (double)NAN;
}

static void conclude_whole(const struct audit *audit, const struct judged *judged, struct text *out)
{
    bool all = audit->n == audit->plan->table->identity.count;
    double params = tau_of_params(&audit->sections[0]);
    bool better = judged->interval.low > params, worse = judged->interval.high < params;
    const char *list = all ? "whole space" : "whole list";
    if (isnan(params))
        text_append(out, "it ranks the %s with ", list);
    else if (better || worse)
        text_append(out, "it ranks the %s %s than parameters do (", list,
                    better ? "better" : "worse");
    else
        text_append(out, "it is not shown to rank the %s better or worse than parameters do (",
                    list);
    append_judged(judged, out);
    if (!isnan(params))
        text_append(out, " against %.3f)", params);
    if (judged->interval.low <= 0 && judged->interval.high >= 0)
        text_append(out, ", and is not shown to rank it at all");
}

static void conclude_tenth(const struct judged *judged, struct text *out)
{
    bool apart = judged->interval.low > 0, reversed = judged->interval.high < 0;
    text_append(out, "%s (",
                apart      ? "; it tells the top 10 % apart"
                : reversed ? "; it ranks the top 10 % backwards"
                           : "; it is not shown to tell the top 10 % apart");
    append_judged(judged, out);
    text_append(out, ")");
}

static bool all_equal(const struct audit_report *report)
{
    for (size_t k = 0; k < report->n; k++)
        if (!(report->audits[k].sections[0].rows[0].agreement.tied_score >= 1))
            return false;
    return true;
}

/* The section of the best tenth; NULL: there is none. */
static const struct audit_section *find_tenth(const struct audit *audit)
{
    for (size_t s = 0; s < audit->n_sections; s++)
        if (audit->sections[s].slice->percent == 10)
            return &audit->sections[s];
    return NULL;
}

int audit_conclude(const struct audit_report *report, struct text *out, struct error *error)
{
    const struct audit *audit = &report->audits[0];
    struct judged whole, tenth;
    if (!audit->plan->scores)
        return 0;
    text_append(out, "Conclusion on %s: ", report->label);
    if (all_equal(report)) {
        text_append(out, "all its scores are equal: they rank nothing.\n");
        return 0;
    }
    int status = judge(report, audit->sections[0].slice, &whole, error);
    if (status)
        return status;
    if (isnan(whole.interval.low)) {
        text_append(out, "none, without intervals.\n");
        return 0;
    }
    conclude_whole(audit, &whole, out);
    const struct audit_section *section = find_tenth(audit);
    if (section)
        status = judge(report, section->slice, &tenth, error);
    if (section && !status && !isnan(tenth.interval.low))
        conclude_tenth(&tenth, out);
    text_append(out, ".\n");
    return status;
}
