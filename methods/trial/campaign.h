/* Campaigns: many trials of one contest, side by side, each written when it ends; what is
 * finished is not run again. */
#ifndef NASBED_METHODS_TRIAL_CAMPAIGN_H
#define NASBED_METHODS_TRIAL_CAMPAIGN_H

#include "base/error.h"
#include "methods/trial/contest.h"
#include "methods/trial/registry.h"

#include <stdbool.h>
#include <stdint.h>

struct campaign {
    const struct contest *contest;
    const struct method_settings *methods; /* [n_methods] */
    int n_methods;
    uint64_t first_seed;
    int seeds;           /* trials of each method */
    const char *folder;  /* where the traces go; made if need be */
    int threads;         /* at least 1 */
    bool quiet;          /* no progress line */
    const char *machine; /* for the times */
    void (*say)(const char *line);
};

struct campaign_summary {
    int run, skipped, failed; /* trials */
};

/* Run what is not finished. All folders are made and all finished traces checked before any trial
 * starts. A trial that its method fails (ERROR_STATE) is said when it does and leaves no trace, the others go
 * on; after any other error trials under way end and are written, no other starts. Errors: those of trial_run
 * and trace_file.h, with the trial's path and the number of trials that failed; of several, that of the first
 * trial in order that ended the campaign, else of the first. A reason that was said is not repeated: then the
 * error is their number alone. */
int campaign_run(const struct campaign *campaign, struct campaign_summary *summary,
                 struct error *error);

#endif
