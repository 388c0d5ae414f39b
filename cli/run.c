/* nasbed run: search methods in one space under one budget, several seeds each; their traces. */
#include "cli/command.h"

#include "base/pool.h"
#include "base/text.h"
#include "cli/kernel.h"
#include "cli/selection.h"
#include "cli/stage.h"
#include "methods/trial/campaign.h"
#include "tables/timing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    char space[OPTION_TEXT_SIZE], method[OPTION_TEXT_SIZE], protocol[OPTION_TEXT_SIZE];
    char table[OPTION_TEXT_SIZE], out[OPTION_TEXT_SIZE], set[OPTION_TEXT_SIZE];
    char keep[OPTION_TEXT_SIZE], command[OPTION_TEXT_SIZE], name[OPTION_TEXT_SIZE];
    char class_name[OPTION_TEXT_SIZE], budget_unit[OPTION_TEXT_SIZE];
    double budget, patience;
    int seeds, threads;
    uint64_t first_seed;
    bool quiet, live;
};

static const struct option_row options[] = {
    {"space", OPTION_TEXT, offsetof(struct settings, space), "", 0, 0,
     "the space to search; default that of --table, else cell", NULL},
    {"method", OPTION_TEXT, offsetof(struct settings, method), "auto", 0, 0,
     "methods with commas between: names (nasbed method list), shared objects (./mine.so), or all "
     "that the space has, on an imported table those that train nothing; auto: none beside --exec, "
     "else all",
     NULL},
    {"exec", OPTION_TEXT, offsetof(struct settings, command), "", 0, 0,
     "a method in any language: a command that is spoken to over pipes (methods/PIPE.md)", NULL},
    {"name", OPTION_TEXT, offsetof(struct settings, name), "", 0, 0,
     "what the method of --exec is called; default after its file", NULL},
    {"class", OPTION_TEXT, offsetof(struct settings, class_name), "RS", 0, 0,
     "class of the method of --exec in reports: RL, EA, GO, RS or SMBO", NULL},
    {"live", OPTION_FLAG, offsetof(struct settings, live), "no", 0, 0,
     "the method of --exec trains networks or a supernet of its own: the images are needed", NULL},
    {"patience", OPTION_REAL, offsetof(struct settings, patience), "60", 0.01, 1e6,
     "seconds that the method of --exec may take for a line before it is ended", NULL},
    {"budget", OPTION_REAL, offsetof(struct settings, budget), "30", 0, 0,
     "of each trial, in the unit that follows", NULL},
    {"budget-unit", OPTION_TEXT, offsetof(struct settings, budget_unit), "trainings", 0, 0,
     "trainings (full ones of average cost, counted in FLOPs) or gpu-seconds (of the source of an "
     "imported table that has training times)",
     NULL},
    {"seeds", OPTION_INT, offsetof(struct settings, seeds), "10", 1, 100000,
     "trials of each method; a verdict needs 10", NULL},
    {"first-seed", OPTION_U64, offsetof(struct settings, first_seed), "0", 0, 9e18,
     "seed of the first trial; the others follow", NULL},
    {"protocol", OPTION_TEXT, offsetof(struct settings, protocol), "", 0, 0,
     "how networks are trained: a shipped protocol, or the path of an .ini file; default that of "
     "--table, else cifar10-mini; an imported table has its own",
     NULL},
    {"table", OPTION_TEXT, offsetof(struct settings, table), "", 0, 0,
     "FILE.h5 to read results from; default the released table of space and protocol; what no "
     "table has is trained now, at the same charge",
     NULL},
    {"out", OPTION_TEXT, offsetof(struct settings, out), "out", 0, 0,
     "folder of the traces: OUT/SPACE/METHOD/bBUDGET/sSEED.trace", NULL},
    {"set", OPTION_TEXT, offsetof(struct settings, set), "", 0, 0,
     "method.option=value,... (nasbed method show NAME)", NULL},
    {"keep", OPTION_TEXT, offsetof(struct settings, keep), "", 0, 0,
     "FILE.log that collects what is trained now, and gives it back next time", NULL},
    {"threads", OPTION_INT, offsetof(struct settings, threads), "0", 0, 1024,
     "trials and trainings side by side; 0: all cores; results never depend on it", NULL},
    {"quiet", OPTION_FLAG, offsetof(struct settings, quiet), "no", 0, 0,
     "no progress line, no summary", NULL},
    {.name = NULL}};

static void say(const char *line)
{
    (void)fprintf(stderr, "nasbed: run: %s\n", line);
}

/* Everything a run holds. */
struct run {
    const struct settings *settings;
    struct stage_place place;
    struct selection selection;
    struct stage stage;
    uint64_t *times; /* of the table, for a budget in GPU seconds; owned */
};

/* The run -------------------------------------------------------------------------------------- */

/* What the ledger counts: FLOPs, or the times of the table. */
static int open_budget(struct run *run, struct error *error)
{
    const struct settings *set = run->settings;
    bool seconds = strcmp(set->budget_unit, "gpu-seconds") == 0;
    if (!seconds && strcmp(set->budget_unit, "trainings") != 0)
        return error_set(error, ERROR_ARGUMENT,
                         "budget-unit = %s: must be trainings or gpu-seconds", set->budget_unit);
    if (seconds && !run->stage.has_table)
        return error_set(error, ERROR_ARGUMENT,
                         "budget-unit = gpu-seconds: they are those of an imported table "
                         "(--table): what is trained here is counted in FLOPs");
    int status = seconds ? table_times(&run->stage.table, &run->times, error) : 0;
    run->stage.contest.times = run->times;
    return status ? status : contest_budget(&run->stage.contest, set->budget, error);
}

/* All, on an imported table, are those that it answers: who trains besides is left out, and said. */
static void leave_trainers(struct run *run)
{
    struct text names = {0}, line = {0};
    selection_leave_trainers(&run->selection, &names);
    text_append(&line, "table %s is imported, nothing is trained: left out: %s",
                run->settings->table, names.data ? names.data : "");
    if (names.data && line.data)
        say(line.data);
    text_free(&line);
    text_free(&names);
}

static int open_methods(struct run *run, const struct foreign_card *card, struct error *error)
{
    const struct settings *set = run->settings;
    const char *names = set->method;
    if (strcmp(names, "auto") == 0)
        names = card ? "" : "all";
    int status = selection_open(&run->selection, names, card, run->place.space, set->set, error);
    if (!status && run->place.imported && strcmp(names, "all") == 0)
        leave_trainers(run);
    return status;
}

static int open_run(struct run *run, struct error *error)
{
    const struct settings *set = run->settings;
    int status = stage_place(&run->place, set->table, set->space, set->protocol, error);
    if (status || !space_find(run->place.space, error))
        return error->code;
    const struct foreign_card card = {.command = set->command,
                                      .name = set->name,
                                      .class_name = set->class_name,
                                      .live = set->live,
                                      .patience = set->patience,
                                      .say = say};
    const struct stage_plan plan = {.space = run->place.space,
                                    .protocol = run->place.protocol,
                                    .table = set->table,
                                    .keep = set->keep,
                                    .threads = set->threads,
                                    .selection = &run->selection,
                                    .say = say};
    if ((status = open_methods(run, set->command[0] ? &card : NULL, error)) ||
        (status = stage_open(&run->stage, &plan, error)))
        return status;
    return open_budget(run, error);
}

static void close_run(struct run *run)
{
    stage_close(&run->stage);
    free(run->times);
    selection_close(&run->selection);
}

static void print_summary(const struct run *run, const struct campaign_summary *summary)
{
    const struct settings *set = run->settings;
    const struct contest *contest = &run->stage.contest;
    double unit = (double)contest->unit_flops;
    (void)printf("%s, %s (numerics %d), budget %g ", contest->identity.space,
                 contest->identity.protocol, contest->identity.numerics, contest->budget);
    if (contest->times)
        (void)printf("GPU seconds (a full training takes %.4g)", 1e-6 * unit);
    else
        (void)printf("full trainings of %.4g TFLOP", 1e-12 * unit);
    (void)printf(", %d seed%s, %s\n", set->seeds, set->seeds == 1 ? "" : "s",
                 run->stage.has_table ? run->stage.table.path : "trained live");
    (void)printf("%d trial%s run, %d %s finished before; traces in %s/%s\n", summary->run,
                 summary->run == 1 ? "" : "s", summary->skipped,
                 summary->skipped == 1 ? "was" : "were", set->out, contest->identity.space);
    (void)printf("next    nasbed report %s", set->out);
    if (set->table[0])
        (void)printf(" --table %s", set->table);
    (void)printf(" --out %s\n", set->out);
}

static int run_campaign(const struct settings *set, struct error *error)
{
    struct run run = {.settings = set};
    struct campaign_summary summary;
    char machine[128];
    int status = open_run(&run, error);
    if (!status) {
        timing_machine(machine, sizeof machine);
        struct campaign campaign = {.contest = &run.stage.contest,
                                    .methods = run.selection.settings,
                                    .n_methods = run.selection.n,
                                    .first_seed = set->first_seed,
                                    .seeds = set->seeds,
                                    .folder = set->out,
                                    .threads = pool_threads(set->threads),
                                    .quiet = set->quiet,
                                    .machine = machine,
                                    .say = say};
        status = campaign_run(&campaign, &summary, error);
    }
    if (!status && !set->quiet)
        print_summary(&run, &summary);
    close_run(&run);
    return status;
}

extern const struct command command_run;

static int run_command(int argc, char **argv)
{
    struct settings settings;
    struct error error;
    int words, code = command_parse(&command_run, &settings, argc, argv, 0, &words);
    if (code >= 0)
        return code;
    kernel_pin(argv - 1); /* the command's own words come after the program's name */
    return run_campaign(&settings, &error) ? command_fail(&command_run, &error) : EXIT_DONE;
}

const struct command command_run = {
    .name = "run",
    .summary = "run search methods under one budget, several seeds each",
    .usage =
        "run --space S --method a,b --budget B --seeds N [options]\n\n"
        "Every trial has the same budget, counted in FLOPs (or in the GPU seconds of a table's\n"
        "source) and enforced; what is finished is not run again, so a run may be stopped at any\n"
        "moment and goes on when it is run again.",
    .examples = "  nasbed run --space cell --method all --protocol smoke --budget 6 --seeds 2\n"
                "  nasbed run --method regularized-evolution --protocol smoke --budget 30 \\\n"
                "             --seeds 10 --set regularized-evolution.sample=5\n"
                "  nasbed run --protocol smoke --budget 6 --seeds 2 \\\n"
                "             --exec \"python3 methods/examples/random_search.py\"\n"
                "\nWhat no table has is trained: some six CPU seconds a full training under "
                "cifar10-mini,\nfar less under smoke. methods/examples is in the source tree.\n",
    .options = options,
    .run = run_command,
};
