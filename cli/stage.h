/* The stage of trials: a table, or a trainer, or both, and the contest that is held there; for commands that
 * run methods. */
#ifndef NASBED_CLI_STAGE_H
#define NASBED_CLI_STAGE_H

#include "base/options.h"
#include "cli/selection.h"
#include "cli/training.h"
#include "methods/trial/bank.h"
#include "methods/trial/contest.h"

#include <stdbool.h>

/* Space and protocol as they are named. */
struct stage_place {
    char space[OPTION_TEXT_SIZE], protocol[OPTION_TEXT_SIZE];
    bool imported; /* the table is: nothing is trained here */
};

/* What is "" is that of the table at `table`; where that is "" too, `cell` and `cifar10-mini`. Errors: those of
 * reading the table's beginning. */
int stage_place(struct stage_place *place, const char *table, const char *space,
                const char *protocol, struct error *error);

/* Borrowed; outlives the stage. */
struct stage_plan {
    const char *space, *protocol;
    const char *table;                 /* path; "": the released one, if there is any */
    const char *keep;                  /* log that collects what is trained; "": none */
    int threads;                       /* 0: all cores */
    const struct selection *selection; /* who is going to play: says what must be opened */
    void (*say)(const char *line);
};

struct stage {
    struct stage_plan plan;
    struct table table;
    bool has_table;
    struct training_site site;
    struct source source;
    struct live_site live; /* if the site has a trainer */
    struct bank *bank;
    struct contest contest; /* but for its budget (contest_budget) */
};

/* Data and trainer are opened only if something may have to be trained. Stays where it is while it is
 * open; close it in any case. Errors: those of tables, data and protocols, naming what does not belong
 * together. */
int stage_open(struct stage *stage, const struct stage_plan *plan, struct error *error);
void stage_close(struct stage *stage);

#endif
