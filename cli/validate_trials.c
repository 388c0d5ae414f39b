/* The trials of nasbed validate: on each table and at each budget the method, its rivals, and random search
 * as a distribution. */
#include "cli/validate.h"

#include "base/pool.h"
#include "base/text.h"
#include "methods/trial/campaign.h"
#include "methods/trial/trace_file.h"
#include "reports/draws.h"
#include "reports/trace.h"
#include "tables/timing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tables --------------------------------------------------------------------------------------- */

/* Takes `path` over. */
static int add_venue(struct validation *v, const char *space, const char *protocol, char *path,
                     struct error *error)
{
    if (!path)
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (v->venues == (int)(sizeof v->venue / sizeof *v->venue)) {
        free(path);
        return error_set(error, ERROR_ARGUMENT, "too many tables");
    }
    struct venue *venue = &v->venue[v->venues++];
    *venue = (struct venue){.space = space, .path = path};
    (void)snprintf(venue->protocol, sizeof venue->protocol, "%s", protocol);
    return 0;
}

/* The protocol that a table names must be found where none is given; an imported table has its own. */
static int check_protocol(const struct validation *v, const struct table *table,
                          struct error *error)
{
    struct protocol protocol;
    if (v->options->protocol[0] || table_imported(table))
        return 0;
    if (protocol_open(&protocol, table->identity.protocol, error))
        return error_context(error, "table %s: its protocol (--protocol)", table->path);
    protocol_close(&protocol);
    return 0;
}

static int add_named(struct validation *v, struct error *error)
{
    struct table table;
    if (table_open(&table, v->options->table, error))
        return error->code;
    int status = table.space ? check_protocol(v, &table, error)
                             : error_set(error, ERROR_UNSUPPORTED,
                                         "table %s: is of an unknown space", table.path);
    if (!status)
        status = add_venue(v, table.space->name, table.identity.protocol, strdup(v->options->table),
                           error);
    table_close(&table);
    return status;
}

/* What released tables are asked for. */
struct call {
    struct validation *v;
    const char *protocol; /* its name; NULL: any */
    struct error *error;
};

static bool is_wanted(const struct call *call, const struct table_identity *identity)
{
    const char *space = call->v->options->space;
    for (int i = 0; i < call->v->venues; i++) /* the first of two counts */
        if (strcmp(call->v->venue[i].space, identity->space) == 0 &&
            strcmp(call->v->venue[i].protocol, identity->protocol) == 0)
            return false;
    return (!space[0] || strcmp(space, identity->space) == 0) &&
           (!call->protocol || strcmp(call->protocol, identity->protocol) == 0);
}

static int add_released(void *context, const char *path, const struct table_identity *identity)
{
    const struct call *call = context;
    const struct space *space = space_find(identity->space, NULL);
    if (!space || !is_wanted(call, identity))
        return 0;
    return add_venue(call->v, space->name, identity->protocol, strdup(path), call->error);
}

static int find_venues(struct validation *v, struct error *error)
{
    const struct validate_options *options = v->options;
    struct protocol protocol;
    struct call call = {.v = v, .error = error};
    if (options->space[0] && !space_find(options->space, error))
        return error->code;
    if (options->protocol[0]) {
        if (protocol_open(&protocol, options->protocol, error))
            return error->code;
        call.protocol = protocol.name;
    }
    int status = options->table[0] ? add_named(v, error) : table_released_each(add_released, &call);
    if (!status && !v->venues)
        status =
            error_set(error, ERROR_MISSING, "no table%s%s%s%s is released: name one (--table)",
                      options->space[0] ? " of space " : "", options->space,
                      call.protocol ? " of protocol " : "", call.protocol ? call.protocol : "");
    if (options->protocol[0])
        protocol_close(&protocol);
    return status;
}

/* Samples -------------------------------------------------------------------------------------- */

/* Hand a sample over to the validation; NULL stays NULL. */
static double *own(struct validation *v, double *sample)
{
    if (sample && v->n_owned == sizeof v->owned / sizeof *v->owned) {
        free(sample);
        return NULL;
    }
    if (sample)
        v->owned[v->n_owned++] = sample;
    return sample;
}

/* Test accuracies of a method's finished trials [n]. */
static int read_sample(struct validation *v, const struct campaign *campaign, const char *method,
                       const double **sample, struct error *error)
{
    double *accuracy = own(v, calloc((size_t)campaign->seeds, sizeof *accuracy));
    int status = accuracy ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    *sample = accuracy;
    for (int i = 0; i < campaign->seeds && !status; i++) {
        struct text path = {0};
        struct trace trace;
        trace_file_path(&path, campaign->folder, campaign->contest, method,
                        campaign->first_seed + (uint64_t)i);
        text_append(&path, ".trace");
        status = path.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                             : trace_open(&trace, path.data, error);
        text_free(&path);
        if (!status) {
            accuracy[i] = trace.finish.test_accuracy;
            v->biased = v->biased || trace.finish.biased;
            v->one_noise = v->one_noise || trace_one_noise(&trace.header);
            trace_close(&trace);
        }
    }
    return status;
}

/* Random search on the table under the contest's ledger: `runs` is freed by the caller. */
static int play_random(const struct stage *stage, struct virtual_runs *runs, double *exact,
                       struct error *error)
{
    const struct trace_header header = {.budget_flops = stage->contest.budget_flops,
                                        .reserve_flops = stage->contest.reserve_flops};
    struct draws draws;
    int status = virtual_runs_init(runs, &stage->table, &header, error);
    if (status)
        return status;
    size_t n = runs->draws < 1 ? 1 : (size_t)(runs->draws + 0.5);
    status = draws_init(&draws, &stage->table, false, n, error);
    if (status) {
        virtual_runs_free(runs);
        return status;
    }
    *exact = 100 - draws.error[draws.n - 1];
    draws_free(&draws);
    return 0;
}

/* Plans ---------------------------------------------------------------------------------------- */

/* Seeds of one budget, and what they find. */
static int plan_seeds(const struct validation *v, const struct stage *stage,
                      const struct virtual_runs *runs)
{
    const struct validate_options *options = v->options;
    double alpha = COMPARISON_ALPHA / (v->venues * v->budgets); /* Holm's first step */
    size_t needed = duel_seeds(runs->accuracy, runs->n, options->gap, alpha, options->power);
    size_t most = (size_t)options->most;
    int seeds = options->seeds ? options->seeds : (int)(needed && needed < most ? needed : most);
    double gap = duel_gap(runs->accuracy, runs->n, (size_t)seeds, alpha, options->power);
    char line[256], number[32], found[48] = "too few to find any";
    (void)snprintf(number, sizeof number, needed ? "%zu" : "no number of", needed);
    if (!isnan(gap))
        (void)snprintf(found, sizeof found, "which find %.2f points", gap);
    (void)snprintf(line, sizeof line,
                   "%s, budget %g: a gap of %g points needs %s seeds (power %g); %d are run, %s%s",
                   stage->contest.space->name, stage->contest.budget, options->gap, number,
                   options->power, seeds, found,
                   seeds < VERDICT_SEEDS_LEAST ? ", and too few for a verdict" : "");
    if (!options->quiet)
        v->say(line);
    return seeds;
}

static int add_duel(struct validation *v, const struct venue *venue, double budget,
                    const char *rival, const struct duel *given, struct error *error)
{
    if (v->n == VALIDATE_DUELS)
        return error_set(error, ERROR_ARGUMENT, "more than %d duels", VALIDATE_DUELS);
    struct duel *duel = &v->duel[v->n++];
    *duel = *given;
    duel->space = venue->space;
    duel->protocol = venue->protocol;
    duel->rival = rival;
    duel->budget = budget;
    return 0;
}

/* Trials --------------------------------------------------------------------------------------- */

/* The method's place in the selection: named ones come first, a command last. */
static int method_place(const struct validation *v, const struct selection *selection)
{
    return v->options->command[0] ? selection->n - 1 : 0;
}

/* Duels with those who run trials of their own. */
static int duel_rivals(struct validation *v, const struct venue *venue,
                       const struct campaign *campaign, int own_place, const struct duel *random,
                       struct error *error)
{
    int status = 0;
    for (int i = 0; i < campaign->n_methods && !status; i++) {
        struct duel duel = {
            .mine = random->mine, .m = random->m, .n = random->m, .exact = (double)NAN};
        const char *name = campaign->methods[i].method->name;
        if (i == own_place)
            continue;
        status = read_sample(v, campaign, name, &duel.theirs, error);
        if (!status)
            status = add_duel(v, venue, campaign->contest->budget, name, &duel, error);
    }
    return status;
}

/* Budgets have seeds of their own, so that their results are independent. */
static int play_budget(struct validation *v, struct stage *stage, const struct venue *venue,
                       const struct selection *selection, int budget, struct virtual_runs *runs,
                       double exact, struct error *error)
{
    char machine[128];
    int place = method_place(v, selection);
    timing_machine(machine, sizeof machine);
    const struct campaign campaign = {.contest = &stage->contest,
                                      .methods = selection->settings,
                                      .n_methods = selection->n,
                                      .first_seed =
                                          v->options->first_seed + 1000000u * (uint64_t)budget,
                                      .seeds = plan_seeds(v, stage, runs),
                                      .folder = v->options->out,
                                      .threads = pool_threads(v->options->threads),
                                      .quiet = v->options->quiet,
                                      .machine = machine,
                                      .say = v->say};
    struct campaign_summary summary;
    struct duel duel = {.known = true, .n = runs->n, .exact = exact, .m = (size_t)campaign.seeds};
    int status = campaign_run(&campaign, &summary, error);
    if (!status)
        status = read_sample(v, &campaign, v->method, &duel.mine, error);
    duel.theirs = own(v, runs->accuracy);
    runs->accuracy = NULL;
    if (!status && !duel.theirs)
        status = error_set(error, ERROR_MEMORY, "out of memory");
    if (!status)
        status = add_duel(v, venue, stage->contest.budget, VALIDATE_RANDOM, &duel, error);
    return status ? status : duel_rivals(v, venue, &campaign, place, &duel, error);
}

static int play_stage(struct validation *v, struct stage *stage, const struct venue *venue,
                      const struct selection *selection, bool *passed, struct error *error)
{
    int status = 0;
    for (int i = 0; i < v->budgets && !status; i++) {
        struct virtual_runs runs = {0};
        struct error small;
        double exact;
        if (contest_budget(&stage->contest, v->budget[i], &small)) {
            v->say(small.text);
            continue;
        }
        if (!v->checked) {
            v->checked = true;
            status = validate_conformance(stage, &selection->settings[method_place(v, selection)],
                                          v->options->first_seed, passed, error);
        }
        if (status || v->options->conformance)
            break;
        status = play_random(stage, &runs, &exact, error);
        if (!status)
            status = play_budget(v, stage, venue, selection, i, &runs, exact, error);
        virtual_runs_free(&runs);
    }
    return status;
}

/* "mine,regularized-evolution,local-search", without the method itself among its rivals. */
static void list_methods(const struct validation *v, const char *space, struct text *names)
{
    static const char *const rivals[] = {"regularized-evolution", "local-search"};
    text_append(names, "%s", v->options->method);
    for (size_t i = 0; i < 2; i++) {
        const struct nasbed_space *row = method_space(method_find(rivals[i], NULL), space);
        if (strcmp(rivals[i], v->options->method) != 0 && row && row->kind != NASBED_UNDEFINED)
            text_append(names, "%s%s", names->size ? "," : "", rivals[i]);
    }
}

static int open_selection(struct validation *v, const char *space, struct selection *selection,
                          struct error *error)
{
    const struct validate_options *options = v->options;
    const struct foreign_card card = {.command = options->command,
                                      .name = options->name,
                                      .class_name = options->class_name,
                                      .live = options->live,
                                      .patience = options->patience,
                                      .say = v->say};
    struct text names = {0};
    list_methods(v, space, &names);
    int status = names.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                              : selection_open(selection, names.data ? names.data : "",
                                               options->command[0] ? &card : NULL, space,
                                               options->set, error);
    text_free(&names);
    if (!status)
        (void)snprintf(v->method, sizeof v->method, "%s",
                       selection->settings[method_place(v, selection)].method->name);
    return status;
}

/* A table that lacks rows, or that the method is not defined on, is passed over and said. */
static int play_venue(struct validation *v, const struct venue *venue, bool *passed,
                      struct error *error)
{
    struct selection selection = {.n = 0};
    struct stage stage = {.has_table = false};
    const struct stage_plan plan = {.space = venue->space,
                                    .protocol = v->options->protocol[0] ? v->options->protocol
                                                                        : venue->protocol,
                                    .table = venue->path,
                                    .keep = "",
                                    .threads = v->options->threads,
                                    .selection = &selection,
                                    .say = v->say};
    int status = open_selection(v, venue->space, &selection, error);
    bool skipped = status == ERROR_ARGUMENT && v->venues > 1;
    if (!status) {
        status = stage_open(&stage, &plan, error);
        if (!status && !table_complete(&stage.table)) {
            (void)error_set(error, ERROR_MISSING, "table %s: is incomplete: not judged by",
                            venue->path);
            skipped = true;
        } else if (!status) {
            status = play_stage(v, &stage, venue, &selection, passed, error);
        }
    }
    if (skipped)
        v->say(error->text);
    stage_close(&stage);
    selection_close(&selection);
    return skipped ? 0 : status;
}

int validation_fill(struct validation *v, bool *passed, struct error *error)
{
    int status = find_venues(v, error);
    for (int i = 0; i < v->venues && !status; i++)
        status = play_venue(v, &v->venue[i], passed, error);
    if (!status && v->options->conformance && !v->checked)
        status = error_set(error, ERROR_MISSING, "no complete table was found: name one (--table)");
    return status;
}

void validation_free(struct validation *v)
{
    for (size_t i = 0; i < v->n_owned; i++)
        free(v->owned[i]);
    for (int i = 0; i < v->venues; i++)
        free(v->venue[i].path);
}
