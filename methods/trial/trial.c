/* A trial's life, and what of it is charged: queries and the finish. */
#include "methods/trial/trial.h"

#include "base/digest.h"
#include "base/pool.h"
#include "base/progress.h"
#include "evaluator/supernet.h"
#include "methods/trial/trial_parts.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One accepted request: charged, then fetched (perhaps by another worker), then delivered. */
struct errand {
    struct trial *trial;
    struct line_subject subject;
    int point;
    uint64_t charge, spent; /* FLOPs */
    struct table_record record;
    bool live;
    double seconds;
    struct error error; /* code 0: `record` reaches `point` */
};

enum nasbed_status trial_failed(struct trial *trial, const struct error *error)
{
    if (!trial->status) {
        trial->status = error->code;
        if (trial->error)
            *trial->error = *error;
    }
    return NASBED_FAILED;
}

enum nasbed_status trial_misused(struct trial *trial, const char *reason)
{
    struct error error;
    (void)error_set(&error, ERROR_STATE, "%s: %s", trial->method->name, reason);
    return trial_failed(trial, &error);
}

static enum nasbed_status out_of_memory(struct trial *trial)
{
    struct error error;
    (void)error_set(&error, ERROR_MEMORY, "%s: out of memory", trial->method->name);
    return trial_failed(trial, &error);
}

void trial_subject(const struct trial *trial, const struct architecture *architecture,
                   struct line_subject *subject)
{
    const struct space *space = trial->contest->space;
    space->print(architecture, subject->architecture);
    subject->index = space->index(architecture);
    subject->network = trial->contest->isomorphs->class_of[subject->index];
}

void trial_pause(struct trial *trial)
{
    trial->times.own += clock_thread_seconds() - trial->mark;
}

void trial_resume(struct trial *trial)
{
    trial->mark = clock_thread_seconds();
}

/* Queries -------------------------------------------------------------------------------------- */

/* Charge one request; the errand is filled in when that is NASBED_DONE. */
static enum nasbed_status accept(struct trial *trial, const struct nasbed_request *request,
                                 struct errand *errand)
{
    const struct contest *contest = trial->contest;
    struct architecture architecture = trial_inward(&request->architecture);
    if (trial->status)
        return NASBED_FAILED;
    if (!architecture_valid(contest->space, &architecture))
        return trial_misused(trial, "queries what is no architecture of the space");
    if (request->point < 1 || request->point > contest->training->points)
        return trial_misused(trial, "queries a point outside the schedule");
    trial_subject(trial, &architecture, &errand->subject);
    errand->trial = trial;
    errand->point = request->point;
    enum nasbed_status status =
        account_charge(&trial->account, errand->subject.network, errand->point, &errand->charge);
    errand->spent = trial->account.ledger.spent;
    return status;
}

/* A pool task. */
static void fetch(void *argument, int worker)
{
    struct errand *errand = argument;
    (void)worker; /* the bank asks the pool itself */
    errand->error.code = ERROR_NONE;
    (void)bank_row(errand->trial->contest->bank, errand->subject.network, errand->trial->table_seed,
                   errand->point, &errand->record, &errand->live, &errand->seconds, &errand->error);
}

static void fetch_all(struct errand *errands, size_t n)
{
    if (n == 1) {
        fetch(errands, pool_worker());
        return;
    }
    for (size_t i = 0; i < n; i++)
        pool_submit(fetch, &errands[i]);
    pool_wait();
}

static void fill_curve(const struct table_record *record, int points, struct nasbed_result *result)
{
    for (int t = 0; t < points; t++)
        result->curve[t] =
            (struct nasbed_point){.train_loss = (double)record->point[t].train_loss,
                                  .train_accuracy = (double)record->point[t].train_accuracy,
                                  .valid_loss = (double)record->point[t].valid_loss,
                                  .valid_accuracy = (double)record->point[t].valid_accuracy};
}

/* Hand the answer over and put it on record. */
static enum nasbed_status deliver(struct trial *trial, const struct errand *errand,
                                  struct nasbed_result *result)
{
    if (trial->status)
        return NASBED_FAILED;
    if (errand->error.code)
        return trial_failed(trial, &errand->error);
    fill_curve(&errand->record, errand->point, result);
    const struct nasbed_point *last = &result->curve[errand->point - 1];
    if (isnan(last->valid_accuracy))
        return trial_misused(trial, "queries a point that the table does not have");
    result->free = errand->charge == 0;
    result->point = errand->point;
    result->charge = errand->charge;
    result->valid_accuracy = last->valid_accuracy;
    result->valid_loss = last->valid_loss;
    trial->times.train += errand->charge ? errand->seconds : 0;
    struct line_query line = {.subject = errand->subject,
                              .point = errand->point,
                              .valid_accuracy = last->valid_accuracy,
                              .valid_loss = last->valid_loss,
                              .charge = errand->charge,
                              .spent = errand->spent,
                              .live = errand->live};
    trace_writer_query(&trial->trace, &line);
    if (trial->observer)
        trial->observer(trial->context, errand->charge);
    return NASBED_DONE;
}

/* Name the request that the ledger could not pay. */
static void record_refusal(struct trial *trial, const struct errand *refused)
{
    trace_writer_refuse(&trial->trace, refused->subject.architecture, refused->point,
                        account_quote(&trial->account, refused->subject.network, refused->point),
                        ledger_left(&trial->account.ledger));
}

static enum nasbed_status query(struct trial *trial, const struct nasbed_request *requests,
                                size_t n, struct errand *errands, struct nasbed_result *results)
{
    enum nasbed_status status = NASBED_DONE;
    bool ended = trial->account.ended;
    size_t accepted = 0;
    while (accepted < n) { /* all are charged before any starts */
        status = accept(trial, &requests[accepted], &errands[accepted]);
        if (status != NASBED_DONE)
            break;
        accepted++;
    }
    fetch_all(errands, accepted);
    for (size_t i = 0; i < accepted; i++)
        results[i].status = deliver(trial, &errands[i], &results[i]);
    for (size_t i = accepted; i < n; i++)
        results[i].status = status;
    if (status == NASBED_REFUSED)
        record_refusal(trial, &errands[accepted]);
    if (trial->account.ended && !ended)
        trace_writer_log(&trial->trace, "ended-after-free-answers", ACCOUNT_FREE_MOST);
    return trial->status ? NASBED_FAILED : status;
}

enum nasbed_status trial_query(struct nasbed_trial *face, const struct nasbed_request *requests,
                               size_t n, struct nasbed_result *results)
{
    struct trial *trial = trial_of(face);
    trial_pause(trial);
    enum nasbed_status status = NASBED_DONE;
    struct errand *errands = n ? calloc(n, sizeof *errands) : NULL;
    memset(results, 0, n * sizeof *results);
    if (errands) {
        status = query(trial, requests, n, errands, results);
    } else if (n) {
        status = out_of_memory(trial);
        for (size_t i = 0; i < n; i++)
            results[i].status = status;
    }
    free(errands);
    trial_resume(trial);
    return status;
}

/* The finish ----------------------------------------------------------------------------------- */

/* Test accuracy: the mean over the table's other seeds; where there is none, that of the seed that
 * was searched, which is biased unless the table's tests are of other trainings. Other seeds come from the table alone: what else has been trained
 * by now depends on chance. */
static int test(struct trial *trial, const struct table_record *own, struct line_finish *line,
                int *seeds, struct error *error)
{
    double sum = 0;
    for (int s = 0; s < trial->contest->seeds; s++) {
        struct table_record other;
        if ((uint32_t)s == trial->table_seed ||
            !bank_read(trial->contest->bank, line->subject.network, (uint32_t)s, &other) ||
            isnan(other.test_accuracy))
            continue;
        sum += (double)other.test_accuracy;
        seeds[line->test_count++] = s;
    }
    line->test_seeds = seeds;
    line->biased = line->test_count == 0 && !trial->contest->tests_apart;
    if (line->test_count == 0) {
        if (isnan(own->test_accuracy))
            return error_set(error, ERROR_MISSING, "network %u: the table has no test accuracy",
                             line->subject.network);
        sum = (double)own->test_accuracy;
        seeds[line->test_count++] = (int)trial->table_seed;
    }
    line->test_accuracy = sum / line->test_count;
    return 0;
}

static enum nasbed_status finish(struct trial *trial, const struct architecture *architecture,
                                 int *seeds)
{
    const struct contest *contest = trial->contest;
    struct line_finish line = {0};
    struct table_record record;
    struct error error;
    bool live;
    double seconds;
    int T = contest->training->points;

    trial_subject(trial, architecture, &line.subject);
    line.charge = account_settle(&trial->account, line.subject.network);
    line.spent = trial->account.ledger.spent;
    line.left = trial->account.ledger.total - line.spent;
    line.macs = contest->isomorphs->macs[line.subject.index];
    line.params = contest->isomorphs->params[line.subject.index];
    if (bank_row(contest->bank, line.subject.network, trial->table_seed, T, &record, &live,
                 &seconds, &error) ||
        test(trial, &record, &line, seeds, &error))
        return trial_failed(trial, &error);
    line.valid_accuracy = (double)record.point[T - 1].valid_accuracy;
    trial->times.train += line.charge ? seconds : 0;
    trace_writer_finish(&trial->trace, &line);
    trial->finished = true;
    if (trial->observer)
        trial->observer(trial->context, line.charge);
    return NASBED_DONE;
}

enum nasbed_status trial_finish(struct nasbed_trial *face,
                                const struct nasbed_architecture *architecture)
{
    struct trial *trial = trial_of(face);
    struct architecture inward = trial_inward(architecture);
    if (trial->status)
        return NASBED_FAILED;
    if (trial->finished)
        return trial_misused(trial, "finishes twice");
    if (trial->wanted)
        return trial_misused(trial, "finishes, where an audit wants its trained supernet alone "
                                    "(nasbed_supernet_trained)");
    if (!architecture_valid(trial->contest->space, &inward))
        return trial_misused(trial, "finishes with what is no architecture of the space");
    int *seeds = calloc((size_t)trial->contest->seeds, sizeof *seeds);
    if (!seeds)
        return out_of_memory(trial);
    trial_pause(trial);
    enum nasbed_status status = finish(trial, &inward, seeds);
    trial_resume(trial);
    free(seeds);
    return status;
}

/* Its life ------------------------------------------------------------------------------------- */

static int close_trace(struct trial *trial, struct text *trace)
{
    trace_writer_end(&trial->trace);
    int status = trace_writer_check(&trial->trace, trial->error);
    if (!status) {
        *trace = trial->trace.text;
        trial->trace.text = (struct text){0};
    }
    return status;
}

struct random_stream trial_stream(const char *method, uint64_t seed)
{
    uint64_t name = digest_checksum(method, strlen(method));
    return random_stream(seed, RANDOM_METHOD, 0, (uint32_t)name);
}

/* The method's whole life; `wanted` as in struct trial. */
static int live(const struct contest *contest, const struct method_settings *settings,
                uint64_t seed, trial_observer *observer, void *context, struct memory *memory,
                struct supernet *wanted, struct text *trace, struct trial_times *times,
                struct error *error)
{
    const struct nasbed_method *method = settings->method;
    struct trial trial = {.face = {.api = &trial_api},
                          .contest = contest,
                          .method = method,
                          .table_seed = (uint32_t)(seed % (uint64_t)contest->seeds),
                          .seed = seed,
                          .memory = memory,
                          .wanted = wanted,
                          .stream = trial_stream(method->name, seed),
                          .observer = observer,
                          .context = context,
                          .error = error};
    int status = account_init(&trial.account, contest, error);
    if (status)
        return status;
    trace_writer_header(&trial.trace, contest, settings, seed);
    trial_resume(&trial);
    enum nasbed_status end = method->run(&trial.face, settings->values);
    trial_pause(&trial);
    if (end == NASBED_FAILED)
        (void)trial_misused(&trial, "gave up without a reason");
    if (wanted ? !trial.trained : !trial.finished)
        (void)trial_misused(&trial, wanted ? "returned without a trained supernet"
                                           : "returned without having finished");
    status = trial.status ? trial.status : close_trace(&trial, trace);
    *times = trial.times;
    networks_free(&trial.networks);
    trial_close_supernets(&trial);
    trace_writer_free(&trial.trace);
    account_free(&trial.account);
    return status;
}

int trial_run(const struct contest *contest, const struct method_settings *settings, uint64_t seed,
              trial_observer *observer, void *context, struct text *trace,
              struct trial_times *times, struct error *error)
{
    return live(contest, settings, seed, observer, context, NULL, NULL, trace, times, error);
}

int trial_train(const struct contest *contest, const struct method_settings *settings,
                uint64_t seed, trial_observer *observer, void *context, struct memory *memory,
                struct supernet *supernet, struct text *trace, struct trial_times *times,
                struct error *error)
{
    *supernet = (struct supernet){0};
    int status =
        live(contest, settings, seed, observer, context, memory, supernet, trace, times, error);
    if (status)
        supernet_close(supernet);
    return status;
}
