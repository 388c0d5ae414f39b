#include "methods/kit/sharing.h"

#include "base/numeric.h"

#include <stdlib.h>

/* What is held back in a trial is the price of the dearest training, more than that of an average one. */
bool sharing_audited(const struct nasbed_trial *trial)
{
    double unit = (double)nasbed_unit(trial);
    return nasbed_budget(trial) * unit - (double)nasbed_left(trial) < unit / 2;
}

double sharing_rate(double first, double last, uint64_t step, uint64_t steps)
{
    double through = (double)step / (double)steps;
    return last + 0.5 * (first - last) * (1 + numeric_cos(NUMERIC_PI * through));
}

enum nasbed_status sharing_train(struct nasbed_trial *trial, int supernet,
                                 const struct sharing *sharing, uint64_t *steps)
{
    struct nasbed_rule rule = sharing->rule;
    struct nasbed_architecture a;
    struct nasbed_program path;
    uint64_t planned =
        (uint64_t)(sharing->flops / (double)nasbed_supernet_quote(trial, supernet, NULL));
    for (*steps = 0; *steps < planned; ++*steps) {
        nasbed_random(trial, &a);
        nasbed_path(trial, &a, &path);
        rule.rate = sharing_rate(sharing->first, sharing->last, *steps, planned);
        enum nasbed_status status = nasbed_supernet_step(trial, supernet, &path, &rule, NULL);
        if (status == NASBED_REFUSED)
            break;
        if (status != NASBED_DONE)
            return status;
    }
    return NASBED_DONE;
}

enum nasbed_status sharing_score(struct nasbed_trial *trial, int supernet,
                                 const struct nasbed_scoring *scoring, struct history *history)
{
    struct nasbed_architecture *architectures = calloc(history->n + 1, sizeof *architectures);
    double *accuracy = calloc(history->n + 1, sizeof *accuracy);
    enum nasbed_status status = NASBED_DONE;
    if (!architectures || !accuracy) {
        status = nasbed_fail(trial, "out of memory");
        goto out;
    }
    for (size_t i = 0; i < history->n; i++)
        architectures[i] = history->entry[i].architecture;
    status = nasbed_supernet_score(trial, supernet, architectures, history->n, scoring, accuracy);
    for (size_t i = 0; i < history->n && status == NASBED_DONE; i++)
        history->entry[i].accuracy = accuracy[i];
out:
    free(architectures);
    free(accuracy);
    return status;
}
