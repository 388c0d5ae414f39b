/* Random search as a plug-in, query for query what the built-in method does.
 *
 *     cc -std=c11 -O2 -shared -fPIC -Wl,-z,defs methods/examples/random_search.c -Imethods -o mine.so
 *     nasbed run --method ./mine.so --budget 30 --seeds 10 */
#include <nasbed.h>

#include <stdlib.h>

/* The method has no options: the table of their rows is empty. */
static const struct nasbed_option options[] = {{.name = NULL}};

static const struct nasbed_space spaces[] = {{.name = "cell", .kind = NASBED_NATIVE},
                                             {.name = "chain", .kind = NASBED_NATIVE},
                                             {.name = "macro", .kind = NASBED_NATIVE},
                                             {.name = NULL}};

static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)
{
    struct nasbed_architecture a, best = {.n = 0};
    struct nasbed_result v;
    double best_accuracy = 0;
    enum nasbed_status status = NASBED_DONE;
    uint64_t left = nasbed_count(trial);
    bool *drawn = calloc(left, sizeof *drawn);

    (void)settings;
    if (!drawn)
        return nasbed_fail(trial, "out of memory");
    nasbed_stream(trial,
                  "random-search"); /* the built-in twin's draws; leave it out for your own */
    while (status == NASBED_DONE && left > 0) {
        nasbed_random(trial, &a);
        if (drawn[nasbed_index(trial, &a)])
            continue;
        drawn[nasbed_index(trial, &a)] = true;
        left--;
        status = nasbed_query(trial, &a, nasbed_points(trial), &v);
        if (status == NASBED_DONE && (best.n == 0 || v.valid_accuracy > best_accuracy)) {
            best = a;
            best_accuracy = v.valid_accuracy;
        }
    }
    free(drawn);
    if (status == NASBED_FAILED) /* the trial knows why */
        return status;
    if (best.n == 0)
        nasbed_random(trial, &best);
    return nasbed_finish(trial, &best);
}

const struct nasbed_method nasbed_method = {.abi = NASBED_ABI,
                                            .size = sizeof(struct nasbed_api),
                                            .name = "my-random-search",
                                            .class_name = "RS",
                                            .source = "an example",
                                            .spaces = spaces,
                                            .options = options,
                                            .run = run};
