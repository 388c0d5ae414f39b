#include "cli/audit_supernet.h"

#include "base/file.h"
#include "base/pool.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/selection.h"
#include "cli/training.h"
#include "methods/trial/audit_run.h"
#include "methods/trial/bank.h"
#include "reports/scores.h"
#include "tables/identity.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything an audit holds. */
struct audit_site {
    const struct audit_supernet *audit;
    struct selection selection;
    struct training_site site;
    struct source source;
    struct bank *bank;
    struct live_site live;
    struct contest contest;
    struct audit_scores *scores; /* [seeds] */
};

/* The method, told to spend all of its budget on training. */
static int open_method(struct audit_site *held, struct error *error)
{
    const struct audit_supernet *audit = held->audit;
    int status = selection_open(&held->selection, audit->method, NULL, audit->space,
                                audit->assignments, error);
    if (status)
        return status;
    struct method_settings *settings = &held->selection.settings[0];
    if (held->selection.n != 1)
        return error_set(error, ERROR_ARGUMENT, "--method %s: one method at a time", audit->method);
    if (!settings->method->supernet)
        return error_set(error, ERROR_ARGUMENT, "%s shares no weights: it has no supernet to audit",
                         settings->method->name);
    return options_set(settings->row, settings->values, "share", "1", error);
}

static int open_contest(struct audit_site *held, struct error *error)
{
    struct training_site *site = &held->site;
    held->source = (struct source){.train_context = site, .train = training_to};
    held->live = (struct live_site){
        .trainer = site->trainer, .skeleton = &site->skeleton, .workspace = site->workspace};
    held->contest = (struct contest){.space = site->space,
                                     .training = &site->protocol.training,
                                     .isomorphs = &site->isomorphs,
                                     .identity = site->identity,
                                     .seeds = site->protocol.training.seeds,
                                     .live = &held->live};
    int status =
        bank_open(&held->bank, &held->source, &held->contest.identity, held->contest.seeds, error);
    held->contest.bank = held->bank;
    if (!status)
        status = contest_budget(&held->contest, held->audit->budget, error);
    held->contest.reserve_flops = 0; /* nothing is finished: all of it trains the supernet */
    return status;
}

static int run_audit(struct audit_site *held, const char *folder, struct error *error)
{
    const struct audit_supernet *audit = held->audit;
    const struct audit_run run = {
        .contest = &held->contest,
        .settings = &held->selection.settings[0],
        .first_seed = audit->first_seed,
        .seeds = audit->seeds,
        .scoring = {.images = audit->images / SUPERNET_BATCH * SUPERNET_BATCH,
                    .recalibrate = audit->recalibrate},
        .folder = folder,
        .untrained = audit->untrained,
        .threads = pool_threads(audit->threads),
        .quiet = audit->quiet};
    held->scores = calloc((size_t)audit->seeds, sizeof *held->scores);
    if (!held->scores)
        return error_set(error, ERROR_MEMORY, "out of memory");
    return audit_run(&run, held->scores, error);
}

/* Files ------------------------------------------------------------------------------------------ */

static void path_of(const struct audit_site *held, int seed, struct text *path)
{
    const struct audit_supernet *audit = held->audit;
    text_append(path, "%s/%s/%s%s/b", audit->folder, audit->space, audit->method,
                audit->untrained ? "-untrained" : "");
    text_append_real(path, audit->budget);
    if (seed >= 0)
        text_append(path, "/s%" PRIu64 ".csv", audit->first_seed + (uint64_t)seed);
}

/* The scores of the fixed architectures, from the rows of the curve into columns of the whole space. */
static int take_curve(const struct audit_site *held, const struct audit_scores *from,
                      struct scores *scores, struct error *error)
{
    const struct space *space = held->site.space;
    uint32_t index[AUDIT_FIXED];
    int fixed = from->curves ? audit_fixed(space, index) : 0;
    if (fixed < 0)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (int i = 0; i < from->curves; i++) {
        struct scores_point *point = &scores->point[i];
        *point = (struct scores_point){.percent = audit_milestone(i),
                                       .share = from->share[i],
                                       .score = calloc((size_t)space->count, sizeof(double))};
        if (!point->score)
            return error_set(error, ERROR_MEMORY, "out of memory");
        scores->points++;
        for (uint64_t k = 0; k < space->count; k++)
            point->score[k] = (double)NAN;
        for (int k = 0; k < fixed; k++)
            point->score[index[k]] = from->curve[i * AUDIT_FIXED + k];
    }
    return 0;
}

/* What trained the scores, and how they were made. */
static char *describe(const struct audit_site *held, const struct audit_scores *from)
{
    struct text what = {0};
    text_append(&what, "%s, images=%d, recalibrate=%d", from->what,
                held->audit->images / SUPERNET_BATCH * SUPERNET_BATCH, held->audit->recalibrate);
    if (what.failed)
        text_free(&what);
    return what.data;
}

static int write_scores(const struct audit_site *held, int seed, const char *path,
                        struct error *error)
{
    const struct audit_scores *from = &held->scores[seed];
    double spent = 100 * (double)from->train_flops / (double)held->contest.budget_flops;
    struct scores scores = {.score = from->score, /* borrowed */
                            .source = {.known = true,
                                       .identity = held->site.identity,
                                       .supernet = describe(held, from),
                                       .spent = held->audit->untrained ? (double)NAN : spent}};
    struct text lines = {0};
    int status = scores.source.supernet ? take_curve(held, from, &scores, error)
                                        : error_set(error, ERROR_MEMORY, "out of memory");
    if (!status)
        scores_print(&scores, held->site.space, &lines);
    if (!status)
        status = lines.failed ? error_set(error, ERROR_MEMORY, "%s: out of memory", path)
                              : file_write(path, lines.data, lines.size, error);
    if (!status)
        file_clean(path);
    text_free(&lines);
    scores.score = NULL;
    scores_free(&scores);
    return status;
}

static void print_seed(const struct audit_site *held, int seed, const char *path)
{
    const struct audit_scores *s = &held->scores[seed];
    double unit = (double)held->contest.unit_flops, least = s->score[0], most = s->score[0],
           sum = 0;
    uint64_t count = held->site.space->count;
    for (uint64_t i = 0; i < count; i++) {
        sum += s->score[i];
        least = s->score[i] < least ? s->score[i] : least;
        most = s->score[i] > most ? s->score[i] : most;
    }
    (void)fprintf(held->audit->stream,
                  "seed %" PRIu64 ": trained for %.3f full trainings (%.1f CPU-s), scored for %.1f "
                  "(%u networks, %.1f CPU-s)\n"
                  "        shared weights validate at %.2f %% on average (%.2f to %.2f)  %s\n",
                  held->audit->first_seed + (uint64_t)seed, (double)s->train_flops / unit,
                  s->train_seconds, (double)s->score_flops / unit, s->passes, s->score_seconds,
                  sum / (double)count, least, most, path);
}

/* The audit, beside whose scores its supernets are kept. */
static int run_in_folder(struct audit_site *held, struct error *error)
{
    struct text folder = {0};
    path_of(held, -1, &folder);
    int status = folder.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                               : folder_make(folder.data, error);
    if (!status)
        status = run_audit(held, folder.data, error);
    text_free(&folder);
    return status;
}

static int save_all(struct audit_site *held, char **paths, struct error *error)
{
    int status = 0;
    for (int i = 0; i < held->audit->seeds && !status; i++) {
        struct text path = {0};
        path_of(held, i, &path);
        paths[i] = path.data;
        status = path.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                             : write_scores(held, i, paths[i], error);
        if (!status)
            print_seed(held, i, paths[i]);
    }
    return status;
}

static int save_and_report(struct audit_site *held, audit_supernet_report *report, void *context,
                           struct error *error)
{
    size_t n = (size_t)held->audit->seeds;
    char **paths = calloc(n, sizeof *paths);
    int status =
        paths ? save_all(held, paths, error) : error_set(error, ERROR_MEMORY, "out of memory");
    if (!status)
        status = report(context, (const char *const *)paths, n, error);
    for (size_t i = 0; paths && i < n; i++)
        free(paths[i]);
    free(paths);
    return status;
}

static void close_site(struct audit_site *held)
{
    for (int i = 0; held->scores && i < held->audit->seeds; i++)
        audit_scores_free(&held->scores[i]);
    free(held->scores);
    bank_close(held->bank);
    training_close(&held->site);
    selection_close(&held->selection);
}

/* The scores are of the table that will judge; another one can judge what is kept. */
static int check_truth(const struct audit_supernet *audit, const struct table_identity *own,
                       struct error *error)
{
    struct error why;
    if (!identity_check(audit->truth, own, &why))
        return 0;
    return error_set(error, why.code,
                     "table %s: %s: leave --table out, then judge what is kept: nasbed audit %s "
                     "--table %s",
                     audit->table, why.text, audit->folder, audit->table);
}

/* What can be told without the data is told before they are looked for. */
static int open_site(struct audit_site *held, struct error *error)
{
    const struct audit_supernet *audit = held->audit;
    int status = training_describe(&held->site, audit->space, audit->protocol, error);
    if (!status && audit->truth) {
        struct table_identity own = held->site.identity;
        memcpy(own.dataset_digest, audit->truth->dataset_digest, sizeof own.dataset_digest);
        status = check_truth(audit, &own, error);
    }
    if (!status)
        status = training_equip(&held->site, audit->threads, error);
    if (!status && audit->truth)
        status = check_truth(audit, &held->site.identity, error);
    return status;
}

int audit_supernet(const struct audit_supernet *audit, audit_supernet_report *report, void *context,
                   struct error *error)
{
    struct audit_site held = {.audit = audit};
    int status = open_method(&held, error);
    if (!status)
        status = open_site(&held, error);
    if (!status)
        status = open_contest(&held, error);
    if (!status)
        status = run_in_folder(&held, error);
    if (!status)
        status = save_and_report(&held, report, context, error);
    close_site(&held);
    return status;
}
