/* SPOS: what its generations are made of, when they end, what is spent; on a fake supernet. */
#include "tests/fake_scores.h"

#include "base/text.h"

static struct fake_trial fake;
static struct fake_scores scores;

static void run(const char *space, double budget, uint64_t seed, const char *assignments)
{
    scores_init(&fake, &scores, space_find(space, NULL), budget, seed);
    fake_run(&fake, "spos", assignments);
    assert_int_equal(fake.refused, 0);
}

static void end(void)
{
    scores_free(&fake, &scores);
}

/* Scores [*from, *to) of a generation. */
static void generation(int g, int *from, int *to)
{
    for (*from = 0; *from < scores.n && scores.scored[*from].call < g; ++*from)
        ;
    for (*to = *from; *to < scores.n && scores.scored[*to].call == g; ++*to)
        ;
}

static void check_no_repeats(void)
{
    bool *seen = calloc((size_t)fake.count, sizeof *seen);
    assert_non_null(seen);
    for (int i = 0; i < scores.n; i++) {
        uint64_t index = fake_api_index(&fake.face, &scores.scored[i].architecture);
        assert_false(seen[index]);
        seen[index] = true;
    }
    free(seen);
}

/* The k best of the first n scores. */
static void best_of(int n, int k, struct nasbed_architecture *best)
{
    bool taken[SCORES_MOST] = {false};
    for (int i = 0; i < k; i++) {
        int found = -1;
        for (int s = 0; s < n; s++)
            if (!taken[s] &&
                (found < 0 || scores.scored[s].accuracy > scores.scored[found].accuracy))
                found = s;
        assert_true(found >= 0);
        taken[found] = true;
        best[i] = scores.scored[found].architecture;
    }
}

/* What an architecture decides where `child`, cut to a prefix, decides next; -1: nothing. */
static int decides(const struct nasbed_architecture *a, const struct nasbed_architecture *prefix)
{
    const char *name = fake_api_decision_name(&fake.face, prefix);
    struct nasbed_architecture before = *a;
    for (before.n = 0; before.n < a->n; before.n++)
        if (strcmp(fake_api_decision_name(&fake.face, &before), name) == 0)
            return a->decision[before.n];
    return -1;
}

/* Whether every decision is one of the parents', wherever one of them makes it. */
static bool crossed(const struct nasbed_architecture *child,
                    const struct nasbed_architecture *mother,
                    const struct nasbed_architecture *father)
{
    struct nasbed_architecture prefix = *child;
    for (prefix.n = 0; prefix.n < child->n; prefix.n++) {
        int a = decides(mother, &prefix), b = decides(father, &prefix);
        int made = child->decision[prefix.n];
        if ((a >= 0 || b >= 0) && made != a && made != b)
            return false;
    }
    return true;
}

/* Decisions in which a child is not as its parent; those that the parent does not make are left out. */
static int distance(const struct nasbed_architecture *child,
                    const struct nasbed_architecture *parent)
{
    struct nasbed_architecture prefix = *child;
    int n = 0;
    for (prefix.n = 0; prefix.n < child->n; prefix.n++) {
        int option = decides(parent, &prefix);
        n += option >= 0 && option != child->decision[prefix.n];
    }
    return n;
}

/* Crossovers are of two of the k best ever, not of the last generation; nothing is scored twice (that a
 * child is legal is checked at every score). */
static void check_crossovers(const char *space)
{
    enum { K = 4, FEW = 8 };
    int from, to, old = 0;
    run(space, 100, 3,
        "population=20,generations=6,top=4,crossovers=8,mutations=0,images=64,recalibrate=0");
    assert_int_equal(scores.calls, 6);
    assert_int_equal(scores.n, 6 * 20);
    check_no_repeats();
    for (int g = 1; g < 6; g++) {
        struct nasbed_architecture best[K];
        generation(g, &from, &to);
        best_of(from, K, best);
        int children = 0;
        for (int i = from; i < to && i < from + FEW; i++) {
            bool found = false;
            for (int p = 0; p < K * K && !found; p++)
                found = crossed(&scores.scored[i].architecture, &best[p / K], &best[p % K]);
            children += found;
        }
        assert_int_equal(children, FEW);
        for (int s = 0; s < K; s++)
            for (int i = 0; i < from && g > 1; i++)
                old += scores.scored[i].call < g - 1 &&
                       scores_same(&scores.scored[i].architecture, &best[s]);
    }
    assert_true(old > 0); /* a parent older than the generation before: the case is there */
    assert_true(scores.random_only == 0);
    end();
}

static void test_crossovers(void **state)
{
    (void)state;
    check_crossovers("cell");
    check_crossovers("chain");
}

/* With one parent a mutation changes as many of its decisions as the probability says, never none. */
static void check_mutations(const char *space, double probability, double least, double most)
{
    char assignments[160];
    int from, to, changed = 0;
    struct nasbed_architecture best;
    (void)snprintf(assignments, sizeof assignments,
                   "population=10,generations=2,top=1,crossovers=0,mutations=10,images=64,"
                   "recalibrate=0,probability=%g",
                   probability);
    run(space, 100, 5, assignments);
    assert_int_equal(scores.calls, 2);
    check_no_repeats();
    generation(1, &from, &to);
    assert_int_equal(to - from, 10);
    best_of(from, 1, &best);
    for (int i = from; i < to; i++) {
        assert_false(scores_same(&scores.scored[i].architecture, &best));
        changed += distance(&scores.scored[i].architecture, &best);
    }
    assert_in_range(changed, (uintmax_t)(10 * least), (uintmax_t)(10 * most));
    assert_true(scores.random_only == 0);
    end();
}

static void test_mutations(void **state)
{
    (void)state;
    check_mutations("cell", 0.1, 1, 2);    /* 1.2, of those that differ */
    check_mutations("cell", 1, 3.8, 5.8);  /* 6 x 4/5 */
    check_mutations("chain", 0.1, 0.3, 2); /* a layer more may be the only change */
}

/* Mutations that change nothing, crossovers of a parent with itself: random ones take their place, and once
 * the space is exhausted the search ends. */
static void test_stalls(void **state)
{
    (void)state;
    run("cell", 100, 7,
        "population=10,generations=5,top=1,crossovers=5,mutations=5,probability=0,images=64,"
        "recalibrate=0");
    assert_int_equal(scores.calls, 5);
    assert_int_equal(scores.n, 50);
    check_no_repeats();
    assert_true(scores.random_only == 1);
    end();
    run("chain", 3000, 8,
        "population=5000,generations=20,top=1,crossovers=5,mutations=5,probability=0,images=64,"
        "recalibrate=0");
    assert_true(scores.n > 7900 && scores.n <= 8000 && scores.calls < 20);
    check_no_repeats();
    end();
}

/* The largest of the classes that this counts has a unique best: all 3x3 convolutions. */
static double smooth(const struct fake_trial *trial, const struct nasbed_architecture *a,
                     int supernet)
{
    double sum = 0;
    (void)trial;
    (void)supernet;
    for (int i = 0; i < a->n; i++)
        sum += a->decision[i] == 3 ? 10 : a->decision[i];
    return sum;
}

/* Children are scored and help: the k best get better from one generation to the next. */
static void test_evolves(void **state)
{
    (void)state;
    scores_init(&fake, &scores, space_find("cell", NULL), 100, 9);
    scores.score = smooth;
    fake_run(&fake, "spos", "verify=1,images=64,recalibrate=0");
    assert_int_equal(scores.calls, 20);
    assert_int_equal(scores.n, 20 * 50);
    assert_true(scores_best(&scores, 0, 50, -1)->accuracy < 50);
    assert_true(scores_best(&scores, 0, scores.n, -1)->accuracy == 60);
    assert_true(smooth(&fake, &fake.choice, 0) == 60);
    assert_int_equal(fake.n, 0);
    end();
}

/* What is scored, a generation cut where the money ends, and how the sizes follow from it. */
static void test_small_budgets(void **state)
{
    (void)state;
    static const struct {
        double budget;
        int scored, first, calls; /* first: random ones */
    } rows[] = {{10, 6, 2, 3}, {20, 13, 2, 7}, {30, 19, 3, 7}, {100, 65, 12, 6}};
    for (int i = 0; i < 4; i++) { /* a score: 1,536 images, 0.1536 trainings */
        int from, to;
        run("cell", rows[i].budget, 11, "");
        assert_int_equal(scores.n, rows[i].scored);
        assert_int_equal(scores.calls, rows[i].calls);
        generation(0, &from, &to);
        assert_int_equal(to, rows[i].first);
        assert_true(scores.random_only == 0);
        check_no_repeats();
        end();
    }
    run("cell", 3, 11, ""); /* one score */
    assert_int_equal(scores.n, 1);
    assert_true(scores.random_only == 1);
    end();
    run("cell", 1, 11, ""); /* none */
    assert_int_equal(scores.n, 0);
    assert_true(scores.random_only == 1);
    end();
}

/* Twice the scores of all generations are planned for, as many as they really have: crossovers and mutations
 * may be more than the population, which does not cut them. */
static void test_children_beyond_population(void **state)
{
    int from, to;
    (void)state;
    run("cell", 100, 11, /* 10 + 3 x 50 scores of 6,400 FLOPs, twice: 2.05 of 10 that may score */
        "population=10,generations=4,images=64,recalibrate=0,verify=1");
    assert_int_equal(scores.n, 10 + 3 * 50);
    assert_true(fabs((double)scores.steps[0] * 19200 / 1e6 - (100 - 2.048)) < 0.02);
    end();
    run("cell", 20, 11, /* 312 scores: five generations of 50 are 210, no sizes are halved */
        "population=10,images=64,recalibrate=0");
    generation(1, &from, &to);
    assert_int_equal(from, 10);
    assert_int_equal(to - from, 50);
    end();
    run("cell", 10, 11, /* 156 scores: five of 25 */
        "population=10,images=64,recalibrate=0");
    generation(1, &from, &to);
    assert_int_equal(from, 5);
    assert_int_equal(to - from, 25);
    assert_true(scores.calls >= 5);
    end();
}

/* Little is left but what no further finalist costs; the best of those by validation is the choice. */
static void test_spent(void **state)
{
    (void)state;
    run("cell", 10, 13, ""); /* no two finalists: what they would have had trains */
    assert_int_equal(fake.n, 0);
    assert_true((double)fake.left < 0.03 * 10e6);
    assert_true(scores_same(&fake.choice, &scores_best(&scores, 0, scores.n, -1)->architecture));
    end();
    run("cell", 30, 13, "");
    assert_in_range(fake.n, 8, 10); /* 30 - 18 - 3 */
    assert_true(fake.left < fake.unit);
    end();
    run("cell", 30, 13, "verify=1");
    assert_int_equal(fake.n, 0);
    assert_true(fabs((double)scores.steps[0] * 19200 / 30e6 - 0.9) < 0.001);
    assert_true((double)fake.left < 0.01 * 30e6);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crossovers),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_stalls),
        cmocka_unit_test(test_evolves),
        cmocka_unit_test(test_small_budgets),
        cmocka_unit_test(test_spent),
        cmocka_unit_test(test_children_beyond_population),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
