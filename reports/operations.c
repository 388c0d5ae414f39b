#include "reports/operations.h"

#include <string.h>

static const struct slice tenth = {"top 10 %", 10, 0};

/* The names of the options that follow `prefix`; false: there are too many, or they are not those of the
 * decision before. */
static bool take_names(struct operations *operations, const struct space *space,
                       const struct architecture *prefix)
{
    int options = space->options(prefix);
    if (options > OPERATIONS_MOST || (prefix->n && (size_t)options != operations->n))
        return false;
    for (int k = 0; k < options; k++) {
        const char *name = space->option_name(prefix, k);
        if (prefix->n && strcmp(name, operations->name[k]) != 0)
            return false;
        operations->name[k] = name;
    }
    operations->n = (size_t)options;
    return true;
}

/* n stays 0 unless every decision, whatever came before it, has the same options: seen where it is asked
 * along the first options. */
static void find_names(struct operations *operations, const struct space *space)
{
    struct architecture prefix;
    space->from_index(0, &prefix);
    int decisions = prefix.n;
    for (prefix.n = 0; prefix.n < decisions; prefix.n++)
        if (!take_names(operations, space, &prefix)) {
            operations->n = 0;
            return;
        }
}

static void count(const struct operations *operations, const struct space *space,
                  const struct ranking *ranking, double share[OPERATIONS_MOST])
{
    size_t times[OPERATIONS_MOST] = {0}, all = 0;
    for (size_t i = 0; i < ranking->n; i++) {
        struct architecture a;
        space->from_index(ranking->architecture[i], &a);
        for (int d = 0; d < a.n; d++, all++)
            times[a.decision[d]]++;
    }
    for (size_t k = 0; k < operations->n; k++)
        share[k] = (double)times[k] / (double)all;
}

static int count_best(struct operations *operations, const struct space *space,
                      const struct ranking *ranking, enum ranking_side by,
                      double share[OPERATIONS_MOST], struct error *error)
{
    struct ranking best;
    int status = ranking_slice(ranking, &tenth, by, &best, error);
    if (!status) {
        operations->top = best.n;
        count(operations, space, &best, share);
    }
    ranking_free(&best);
    return status;
}

int operations_count(struct operations *operations, const struct space *space,
                     const struct ranking *ranking, struct error *error)
{
    *operations = (struct operations){.n = 0};
    if (space)
        find_names(operations, space);
    if (!operations->n)
        return 0;
    count(operations, space, ranking, operations->all);
    int status = count_best(operations, space, ranking, RANKING_TRUTH, operations->truth, error);
    return status
               ? status
               : count_best(operations, space, ranking, RANKING_SCORES, operations->score, error);
}
