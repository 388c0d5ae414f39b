/* The part of a trial in which a method keeps networks of its own: they are begun, copied,
 * transformed, trained and dropped here, and charged for what that computes. */
#include "evaluator/live.h"

#include "base/pool.h"
#include "methods/trial/trial_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)NASBED_DEEPEN == (int)MOVE_DEEPEN, "moves differ");
_Static_assert((int)NASBED_WIDEN == (int)MOVE_WIDEN, "moves differ");
_Static_assert((int)NASBED_GROW == (int)MOVE_GROW, "moves differ");
_Static_assert((int)NASBED_SKIP == (int)MOVE_SKIP, "moves differ");
_Static_assert((int)NASBED_MOVES == (int)MOVE_KINDS, "moves differ");
_Static_assert(sizeof(struct nasbed_move) == sizeof(struct space_move), "moves differ");
_Static_assert(offsetof(struct nasbed_move, to) == offsetof(struct space_move, to), "moves differ");

enum { MOVES_MOST = 256 }; /* of one architecture */

/* One accepted training: charged, then done (perhaps by another worker), then delivered. */
struct lesson {
    struct trial *trial;
    struct kept *kept;
    struct live_course course;
    struct line_train line;
    struct live_result result;
    struct error error; /* code 0: `result` stands */
};

/* What things cost ----------------------------------------------------------------------------- */

/* 2 x MACs x (3 x images trained + images evaluated); UINT64_MAX where that is beyond 2^64. */
static uint64_t flops(const struct trial *trial, const struct architecture *architecture,
                      uint64_t trained, uint64_t evaluated)
{
    const struct isomorphs *isomorphs = trial->contest->isomorphs;
    uint32_t network = isomorphs->class_of[trial->contest->space->index(architecture)];
    uint64_t charge;
    bool overflow = __builtin_mul_overflow(2 * (3 * trained + evaluated),
                                           isomorphs->train_macs[network], &charge);
    return overflow ? UINT64_MAX : charge;
}

static bool sensible(const struct nasbed_course *course)
{
    return course->steps >= 0 && course->valid_images >= 0 && isfinite(course->from) &&
           isfinite(course->to) && course->from >= 0 && course->to >= 0;
}

static struct live_course course_of(const struct trial *trial, const struct nasbed_course *asked)
{
    int most = trial->contest->training->valid_images, images = asked->valid_images;
    return (struct live_course){.steps = asked->steps,
                                .from = asked->from,
                                .to = asked->to,
                                .restart = asked->restart,
                                .valid_images = images == 0 || images > most ? most : images};
}

static uint64_t course_charge(const struct trial *trial, const struct kept *kept,
                              const struct live_course *course)
{
    uint64_t batch = (uint64_t)trial->contest->training->batch;
    return flops(trial, &kept->architecture, (uint64_t)course->steps * batch,
                 (uint64_t)course->valid_images);
}

uint64_t trial_network_quote(const struct nasbed_trial *face, const struct nasbed_course *asked)
{
    const struct trial *trial = (const struct trial *)face;
    const struct kept *kept = networks_find(&trial->networks, asked->network.handle);
    if (!kept || !sensible(asked))
        return UINT64_MAX;
    struct live_course course = course_of(trial, asked);
    return course_charge(trial, kept, &course);
}

/* Networks ------------------------------------------------------------------------------------- */

static enum nasbed_status misused(struct trial *trial, const char *what, int handle)
{
    char reason[128];
    (void)snprintf(reason, sizeof reason, "%s (handle %d)", what, handle);
    return trial_misused(trial, reason);
}

/* The network of a handle; NULL: the trial has failed. */
static struct kept *find(struct trial *trial, struct nasbed_network network)
{
    struct kept *kept = networks_find(&trial->networks, network.handle);
    if (!kept)
        (void)misused(trial, "uses a network that was dropped or never was", network.handle);
    return kept;
}

/* Give the trial what `kept` holds, or free it. */
static enum nasbed_status keep(struct trial *trial, struct kept *kept, int status,
                               struct nasbed_network *network, struct error *error)
{
    if (!status)
        status = networks_add(&trial->networks, kept, &network->handle, error);
    if (!status)
        return NASBED_DONE;
    kept_free(kept);
    return trial_failed(trial, error);
}

/* The workspace of the calling worker, which must not wait for tasks while it uses it. */
static struct workspace *workspace_of(const struct trial *trial)
{
    return trial->contest->live->workspace[pool_worker()];
}

static enum nasbed_status create(struct trial *trial, const struct architecture *architecture,
                                 struct nasbed_network *network)
{
    const struct live_site *live = trial->contest->live;
    struct kept kept = {.architecture = *architecture};
    struct error error;
    if (!live || !trial->method->networks)
        return trial_misused(trial, "begins a network of its own" TRIAL_NO_DATA);
    uint64_t seed = random_u64(&trial->stream);
    int status =
        kept_graph(&kept.graph, trial->contest->space, live->skeleton, architecture, &error);
    if (!status)
        status = live_begin(&kept.snapshot, live->trainer, &kept.graph, seed, workspace_of(trial),
                            &error);
    return keep(trial, &kept, status, network, &error);
}

enum nasbed_status trial_network_create(struct nasbed_trial *face,
                                        const struct nasbed_architecture *architecture,
                                        struct nasbed_network *network)
{
    struct trial *trial = trial_of(face);
    struct architecture inward = trial_inward(architecture);
    *network = (struct nasbed_network){0};
    if (trial->status)
        return NASBED_FAILED;
    if (!architecture_valid(trial->contest->space, &inward))
        return trial_misused(trial, "begins a network of what is no architecture of the space");
    trial_pause(trial);
    enum nasbed_status status = create(trial, &inward, network);
    trial_resume(trial);
    return status;
}

enum nasbed_status trial_network_copy(struct nasbed_trial *face, struct nasbed_network network,
                                      struct nasbed_network *copy)
{
    struct trial *trial = trial_of(face);
    struct error error;
    *copy = (struct nasbed_network){0};
    const struct kept *from = trial->status ? NULL : find(trial, network);
    if (!from)
        return NASBED_FAILED;
    struct kept kept = {.architecture = from->architecture};
    int status = kept_graph(&kept.graph, trial->contest->space, trial->contest->live->skeleton,
                            &from->architecture, &error);
    if (!status)
        status = snapshot_copy(&kept.snapshot, &from->snapshot, &error);
    return keep(trial, &kept, status, copy, &error);
}

void trial_network_drop(struct nasbed_trial *face, struct nasbed_network network)
{
    struct trial *trial = trial_of(face);
    if (network.handle && !trial->status && find(trial, network))
        (void)networks_drop(&trial->networks, network.handle);
}

/* Moves ---------------------------------------------------------------------------------------- */

int trial_moves(const struct nasbed_trial *face, const struct nasbed_architecture *architecture,
                struct nasbed_move *out, int capacity)
{
    const struct space *space = ((const struct trial *)face)->contest->space;
    struct architecture inward = trial_inward(architecture);
    struct space_move moves[MOVES_MOST];
    int n = space->moves ? space->moves(&inward, moves, MOVES_MOST) : 0;
    for (int i = 0; i < n && i < capacity; i++)
        out[i] = (struct nasbed_move){.kind = (enum nasbed_move_kind)moves[i].kind,
                                      .layer = moves[i].layer,
                                      .to = trial_outward(&moves[i].to)};
    return n < capacity ? n : capacity;
}

/* Whether the space has that move from there; `found` is its own record of it. */
static bool find_move(const struct space *space, const struct architecture *from,
                      const struct nasbed_move *asked, struct space_move *found)
{
    struct space_move moves[MOVES_MOST];
    struct architecture to = trial_inward(&asked->to);
    int n = space->moves ? space->moves(from, moves, MOVES_MOST) : 0;
    for (int i = 0; i < n; i++)
        if ((int)moves[i].kind == (int)asked->kind && moves[i].layer == asked->layer &&
            architecture_equal(&moves[i].to, &to)) {
            *found = moves[i];
            return true;
        }
    return false;
}

/* Replace what is kept by what the move makes of it. */
static int replace(struct trial *trial, struct kept *kept, const struct space_move *move,
                   const struct morphism *morphism, struct error *error)
{
    const struct live_site *live = trial->contest->live;
    struct kept child = {.architecture = move->to};
    struct random_stream stream = random_stream(random_u64(&trial->stream), RANDOM_METHOD, 1, 0);
    int status = kept_graph(&child.graph, trial->contest->space, live->skeleton, &move->to, error);
    if (!status)
        status = live_transform(&child.snapshot, &kept->snapshot, live->trainer, move, &child.graph,
                                morphism, workspace_of(trial), &stream, error);
    if (status) {
        kept_free(&child);
        return status;
    }
    kept_free(kept);
    *kept = child;
    return 0;
}

static void record_transform(struct trial *trial, const struct space_move *move, int handle,
                             uint64_t charge)
{
    struct line_transform line = {.handle = handle,
                                  .move = move_name(move->kind),
                                  .layer = move->layer,
                                  .charge = charge,
                                  .spent = trial->account.ledger.spent};
    trial_subject(trial, &move->to, &line.subject);
    trace_writer_transform(&trial->trace, &line);
    if (trial->observer)
        trial->observer(trial->context, charge);
}

static enum nasbed_status transform(struct trial *trial, struct kept *kept, int handle,
                                    const struct space_move *move, const struct morphism *morphism)
{
    struct line_subject subject;
    struct error error;
    uint64_t passes = (uint64_t)morphism_passes(morphism, move->kind);
    uint64_t images = passes * (uint64_t)trial->contest->training->batch;
    uint64_t charge = flops(trial, &move->to, 0, images);
    if (!morphism_admits(&kept->snapshot, move))
        return NASBED_UNABLE;
    enum nasbed_status status = account_spend(&trial->account, charge);
    if (status == NASBED_REFUSED) {
        trial_subject(trial, &move->to, &subject);
        trace_writer_refuse_network(&trial->trace, "transform", subject.architecture, 0, charge,
                                    ledger_left(&trial->account.ledger));
    }
    if (status != NASBED_DONE)
        return status;
    if (replace(trial, kept, move, morphism, &error))
        return trial_failed(trial, &error);
    record_transform(trial, move, handle, charge);
    return NASBED_DONE;
}

enum nasbed_status trial_network_transform(struct nasbed_trial *face, struct nasbed_network network,
                                           const struct nasbed_move *asked,
                                           const struct nasbed_morphism *how)
{
    struct trial *trial = trial_of(face);
    struct morphism morphism = {
        .fresh = how->fresh, .widen_noise = how->widen_noise, .deepen_noise = how->deepen_noise};
    struct space_move move;
    struct kept *kept = trial->status ? NULL : find(trial, network);
    if (!kept)
        return NASBED_FAILED;
    if (!find_move(trial->contest->space, &kept->architecture, asked, &move))
        return misused(trial, "transforms a network by what is no move of it", network.handle);
    trial_pause(trial);
    enum nasbed_status status = transform(trial, kept, network.handle, &move, &morphism);
    trial_resume(trial);
    return status;
}

/* Training ------------------------------------------------------------------------------------- */

/* Charge one course; the lesson is filled in when that is NASBED_DONE, its charge in any case. */
static enum nasbed_status accept(struct trial *trial, const struct nasbed_course *asked,
                                 struct lesson *lesson)
{
    int handle = asked->network.handle;
    struct kept *kept = trial->status ? NULL : find(trial, asked->network);
    if (!kept)
        return NASBED_FAILED;
    if (kept->busy)
        return misused(trial, "trains one network twice at once", handle);
    if (!sensible(asked))
        return misused(trial, "asks for a training that makes no sense", handle);
    struct live_course course = course_of(trial, asked);
    *lesson = (struct lesson){.trial = trial, .kept = kept, .course = course};
    lesson->line = (struct line_train){.handle = handle,
                                       .steps = course.steps,
                                       .from = course.from,
                                       .to = course.to,
                                       .valid_images = course.valid_images,
                                       .charge = course_charge(trial, kept, &course)};
    trial_subject(trial, &kept->architecture, &lesson->line.subject);
    enum nasbed_status status = account_spend(&trial->account, lesson->line.charge);
    lesson->line.spent = trial->account.ledger.spent;
    kept->busy = status == NASBED_DONE;
    return status;
}

/* A pool task. */
static void teach(void *argument, int worker)
{
    struct lesson *lesson = argument;
    const struct live_site *live = lesson->trial->contest->live;
    lesson->error.code = ERROR_NONE;
    (void)live_train(&lesson->kept->snapshot, live->trainer, &lesson->kept->graph, &lesson->course,
                     live->workspace[worker], &lesson->result, &lesson->error);
}

static void teach_all(struct lesson *lessons, size_t n)
{
    if (n == 1) {
        teach(lessons, pool_worker());
        return;
    }
    for (size_t i = 0; i < n; i++)
        pool_submit(teach, &lessons[i]);
    pool_wait();
}

/* Hand what came of it over and put it on record. */
static enum nasbed_status deliver(struct trial *trial, struct lesson *lesson,
                                  struct nasbed_trained *trained)
{
    const struct live_result *result = &lesson->result;
    struct line_train *line = &lesson->line;
    lesson->kept->busy = false;
    if (trial->status)
        return NASBED_FAILED;
    if (lesson->error.code)
        return trial_failed(trial, &lesson->error);
    line->valid_accuracy = trained->valid_accuracy = (double)result->valid_accuracy;
    line->valid_loss = trained->valid_loss = (double)result->valid_loss;
    line->train_accuracy = trained->train_accuracy = (double)result->train_accuracy;
    line->train_loss = trained->train_loss = (double)result->train_loss;
    trained->charge = line->charge;
    trial->times.train += result->seconds;
    trace_writer_train(&trial->trace, line);
    if (trial->observer)
        trial->observer(trial->context, line->charge);
    return NASBED_DONE;
}

static enum nasbed_status train(struct trial *trial, const struct nasbed_course *courses, size_t n,
                                struct lesson *lessons, struct nasbed_trained *trained)
{
    enum nasbed_status status = NASBED_DONE;
    size_t accepted = 0;
    while (accepted < n) { /* all are charged before any starts */
        status = accept(trial, &courses[accepted], &lessons[accepted]);
        if (status != NASBED_DONE)
            break;
        accepted++;
    }
    teach_all(lessons, accepted);
    for (size_t i = 0; i < accepted; i++)
        trained[i].status = deliver(trial, &lessons[i], &trained[i]);
    for (size_t i = accepted; i < n; i++)
        trained[i].status = status;
    if (status == NASBED_REFUSED) {
        const struct line_train *refused = &lessons[accepted].line;
        trace_writer_refuse_network(&trial->trace, "train", refused->subject.architecture,
                                    refused->steps, refused->charge,
                                    ledger_left(&trial->account.ledger));
    }
    return trial->status ? NASBED_FAILED : status;
}

enum nasbed_status trial_network_train(struct nasbed_trial *face,
                                       const struct nasbed_course *courses, size_t n,
                                       struct nasbed_trained *trained)
{
    struct trial *trial = trial_of(face);
    if (!n)
        return NASBED_DONE;
    trial_pause(trial);
    memset(trained, 0, n * sizeof *trained);
    struct lesson *lessons = calloc(n, sizeof *lessons);
    enum nasbed_status status = lessons ? train(trial, courses, n, lessons, trained)
                                        : trial_misused(trial, "out of memory");
    for (size_t i = 0; !lessons && i < n; i++)
        trained[i].status = status;
    free(lessons);
    trial_resume(trial);
    return status;
}

void trial_schedule(const struct nasbed_trial *face, struct nasbed_schedule *schedule)
{
    const struct training *training = ((const struct trial *)face)->contest->training;
    *schedule = (struct nasbed_schedule){.steps = protocol_steps(training),
                                         .batch = training->batch,
                                         .valid_images = training->valid_images,
                                         .rate = training->learning_rate};
}
