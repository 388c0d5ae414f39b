/* What a protocol's schedule costs: steps, points, images, FLOPs. */
#include "protocols/protocol.h"

#include <assert.h>

int64_t protocol_steps(const struct training *training)
{
    return (int64_t)(training->train_images / training->batch) * training->epochs;
}

int64_t protocol_step_of_point(const struct training *training, int point)
{
    assert(point >= 0 && point <= training->points);
    int64_t points = training->points;
    return (point * protocol_steps(training) + points - 1) / points;
}

uint64_t protocol_images_trained(const struct training *training, int point)
{
    return (uint64_t)protocol_step_of_point(training, point) * (uint64_t)training->batch;
}

uint64_t protocol_images_evaluated(const struct training *training, int point)
{
    assert(point >= 0 && point <= training->points);
    uint64_t early = (uint64_t)training->valid_images_early;
    if (point < training->points)
        return (uint64_t)point * early;
    return (uint64_t)(point - 1) * early + (uint64_t)training->valid_images;
}

uint64_t protocol_charge(const struct training *training, uint64_t train_macs, int point)
{
    /* The image counts stay below 2^63 by the rows' ranges; only the product can overflow. */
    uint64_t images =
        3 * protocol_images_trained(training, point) + protocol_images_evaluated(training, point);
    uint64_t charge;
    bool overflow = __builtin_mul_overflow(2 * images, train_macs, &charge);
    assert(!overflow && "a charge beyond 2^64 FLOPs");
    (void)overflow;
    return charge;
}
