#include "evaluator/feed.h"

#include "base/random.h"
#include "evaluator/batch.h"
#include "evaluator/trainer_parts.h"

#include <stdlib.h>

static const struct training *training_of(const struct feed *feed)
{
    return &feed->trainer->protocol->training;
}

static int images_of(const struct feed *feed, enum feed_part part)
{
    const struct training *t = training_of(feed);
    return part == FEED_TRAINING ? t->train_images : t->valid_images;
}

int feed_open(struct feed *feed, const struct trainer *trainer, uint64_t seed, struct error *error)
{
    *feed = (struct feed){.trainer = trainer, .seed = seed, .epoch = {-1, -1}};
    for (int part = 0; part < FEED_PARTS; part++)
        feed->order[part] =
            malloc((size_t)images_of(feed, (enum feed_part)part) * sizeof *feed->order[part]);
    feed->staging = malloc(batch_staging(trainer->dataset));
    feed->labels = malloc((size_t)training_of(feed)->batch);
    if (feed->order[FEED_TRAINING] && feed->order[FEED_VALIDATION] && feed->staging && feed->labels)
        return 0;
    feed_close(feed);
    return error_set(error, ERROR_MEMORY, "batches: out of memory");
}

void feed_close(struct feed *feed)
{
    for (int part = 0; part < FEED_PARTS; part++)
        free(feed->order[part]);
    free(feed->staging);
    free(feed->labels);
    *feed = (struct feed){0};
}

/* The images of one epoch, shuffled by (seed, RANDOM_SHUFFLE, epoch, part). */
static void shuffle(struct feed *feed, enum feed_part part, int64_t epoch)
{
    const uint32_t *split = feed->trainer->split;
    uint32_t n = (uint32_t)images_of(feed, part), *order = feed->order[part];
    uint32_t first = part == FEED_TRAINING ? 0 : (uint32_t)training_of(feed)->train_images;
    struct random_stream stream =
        random_stream(feed->seed, RANDOM_SHUFFLE, (uint32_t)epoch, (uint32_t)part);
    random_permutation(&stream, n, order);
    for (uint32_t i = 0; i < n; i++)
        order[i] = split[first + order[i]];
    feed->epoch[part] = epoch;
}

void feed_load(struct feed *feed, enum feed_part part, real *x)
{
    const struct training *t = training_of(feed);
    const struct trainer *trainer = feed->trainer;
    int64_t per_epoch = images_of(feed, part) / t->batch;
    int64_t epoch = feed->step[part] / per_epoch;
    uint32_t first = (uint32_t)(feed->step[part] % per_epoch) * (uint32_t)t->batch;
    if (epoch != feed->epoch[part])
        shuffle(feed, part, epoch);
    if (part == FEED_TRAINING)
        batch_train(trainer->dataset, t, trainer->kernels, feed->seed, (uint32_t)epoch, first,
                    feed->order[part] + first, t->batch / LANES, feed->staging, x, feed->labels);
    else
        batch_plain(trainer->dataset, trainer->kernels, false, feed->order[part], first, t->batch,
                    x, feed->labels);
}

void feed_next(struct feed *feed, enum feed_part part)
{
    feed->step[part]++;
}
