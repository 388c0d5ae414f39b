#include "evaluator/morphism_parts.h"

#include <math.h>
#include <string.h>

int norm_measure(const struct change *c, struct snapshot *seen, struct error *error)
{
    const struct morphism_site *site = c->site;
    struct network network;
    const double whole = 1; /* momentum: of the batch alone */
    int status = snapshot_init(seen, c->to, error);
    if (status)
        return status;
    status = network_open(&network, c->to, site->blocks, site->workspace, site->kernels, whole,
                          site->epsilon, error);
    if (status) {
        snapshot_free(seen);
        return status;
    }
    snapshot_put(c->child, &network);
    const struct tensor *input = &network.plan.tensor[network.plan.step[0].output];
    memcpy(network_input(&network), site->images, input->size * sizeof(real));
    network_forward(&network, site->blocks, true);
    snapshot_take(seen, &network);
    network_close(&network);
    return 0;
}

void norm_adopt(const struct change *c, const struct snapshot *seen, int layer, int first)
{
    size_t n = (size_t)(snapshot_find(c->child, layer, ROLE_MEAN, 0)->out - first);
    for (int role = ROLE_MEAN; role <= ROLE_VARIANCE; role++)
        memcpy(snapshot_value(c->child, layer, (enum role)role) + first,
               snapshot_value(seen, layer, (enum role)role) + first, n * sizeof(real));
}

/* A channel whose variance was of another magnitude (it has died, or woken up) takes the batch's. */
void norm_shift(const struct change *c, const struct snapshot *before, const struct snapshot *seen,
                int channels)
{
    const double epsilon = c->site->epsilon, other_magnitude = 4;
    int layer = c->move->layer;
    real *mean = snapshot_value(c->child, layer, ROLE_MEAN);
    real *variance = snapshot_value(c->child, layer, ROLE_VARIANCE);
    for (int k = 0; k < channels; k++) {
        double is = (double)snapshot_value(seen, layer, ROLE_VARIANCE)[k] + epsilon;
        double was = (double)snapshot_value(before, layer, ROLE_VARIANCE)[k] + epsilon;
        double ratio = ((double)variance[k] + epsilon) / was;
        if (ratio > other_magnitude || ratio < 1 / other_magnitude)
            ratio = 1;
        mean[k] +=
            snapshot_value(seen, layer, ROLE_MEAN)[k] - snapshot_value(before, layer, ROLE_MEAN)[k];
        variance[k] = (real)fmax(0, is * ratio - epsilon);
    }
}

void norm_set(const struct change *c, int channels)
{
    int layer = c->move->layer;
    const real *mean = snapshot_value(c->child, layer, ROLE_MEAN);
    const real *variance = snapshot_value(c->child, layer, ROLE_VARIANCE);
    real *gain = snapshot_value(c->child, layer, ROLE_GAIN);
    real *offset = snapshot_value(c->child, layer, ROLE_OFFSET);
    for (int k = 0; k < channels; k++) {
        const struct affine *wanted = &c->wanted[k];
        gain[k] = (real)(wanted->slope * sqrt((double)variance[k] + c->site->epsilon));
        offset[k] = (real)(wanted->constant + wanted->slope * (double)mean[k]);
    }
}
