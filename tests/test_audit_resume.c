/* Audits whose training was broken off: they go on with the same bits, and not at all where what is asked,
 * or what computes it, is not what it was. */
#include "methods/kit/blas.h"
#include "methods/trial/audit_run.h"
#include "methods/trial/memory.h"
#include "tables/saved.h"
#include "tests/few_cells.h"
#include "tests/made_data.h"
#include "tests/trial_fixture.h"

#include <unistd.h>

/* Every 1041st architecture of `cell`: with paths to the output, whose scores tell weights apart. */
enum { COUNT = 15, STRIDE = 1041 };
/* A method whose code can be changed: an epoch has 32 steps, and what is kept is of the last whole one. */
enum { EPOCH = 32, STEPS = 80, SCORE_AT = 10 };
static int gives_up;        /* after so many steps; 0: not */
static int saves, restores; /* before these steps; 0: not */
static double rate;
static uint64_t scored, path_at; /* which architecture it scores, and trains at step 5 */
static bool validation;          /* the part of the gradient at step 20 */

static enum nasbed_status extra(struct nasbed_trial *trial, int net, int step)
{
    const struct nasbed_scoring scoring = {.images = 64};
    struct nasbed_architecture a;
    struct nasbed_program program;
    struct nasbed_pass pass;
    double accuracy;
    nasbed_from_index(trial, scored, &a);
    if (step == SCORE_AT)
        return nasbed_supernet_score(trial, net, &a, 1, &scoring, &accuracy);
    nasbed_path(trial, &a, &program);
    return step == 20
               ? nasbed_supernet_gradient(trial, net, &program,
                                          validation ? NASBED_VALIDATION : NASBED_TRAINING, &pass)
               : NASBED_DONE;
}

static enum nasbed_status train(struct nasbed_trial *trial, const void *options)
{
    const struct nasbed_rule rule = {.rate = rate, .momentum = 0.9, .clip = 5};
    enum nasbed_status status;
    int net;
    (void)options;
    status = nasbed_supernet_open(trial, &net);
    for (int step = 0; step < STEPS && status == NASBED_DONE; step++) {
        struct nasbed_architecture a;
        struct nasbed_program program;
        if (gives_up && step == gives_up)
            return NASBED_FAILED;
        if (saves && step == saves)
            status = nasbed_supernet_save(trial, net);
        if (restores && step == restores)
            status = nasbed_supernet_restore(trial, net);
        nasbed_from_index(trial, step == 5 ? path_at : (uint64_t)(step * 7 % COUNT), &a);
        nasbed_path(trial, &a, &program);
        if (status == NASBED_DONE)
            status = extra(trial, net, step);
        if (status == NASBED_DONE)
            status = nasbed_supernet_step(trial, net, &program, &rule, NULL);
    }
    return status == NASBED_DONE ? nasbed_supernet_trained(trial, net) : status;
}
FIXTURE_METHOD(train);

static struct nasbed_method method; /* that one, which a test may change */
static struct made_data made;
static struct fixture fixture;
static struct method_settings settings;
static char folder[] = "/tmp/nasbed-resume-XXXXXX", path[64];

static int setup(void **state)
{
    struct error error;
    (void)state;
    made_open(&made);
    fixture_open(&fixture, true, 2, 100);
    few_open(&fixture, STRIDE, COUNT);
    made_supply(&made, &fixture.contest);
    fixture.contest.reserve_flops = 0;
    method = train_method;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/s3.h5", folder);
    return method_settings_init(&settings, &method, &error);
}

static int teardown(void **state)
{
    (void)state;
    method_settings_free(&settings);
    fixture_close(&fixture);
    made_close(&made);
    return rmdir(folder);
}

static int run(bool keeps, struct audit_scores *scores, struct error *error)
{
    const struct audit_run plan = {.contest = &fixture.contest,
                                   .settings = &settings,
                                   .first_seed = 3,
                                   .seeds = 1,
                                   .scoring = {.images = 64},
                                   .folder = keeps ? folder : NULL,
                                   .threads = 1,
                                   .quiet = true};
    return audit_run(&plan, scores, error);
}

/* The training as it was begun, broken off in its third epoch. */
static void break_off(void)
{
    struct audit_scores scores;
    struct error error;
    rate = 0.05;
    scored = 4;
    path_at = 2;
    validation = true;
    gives_up = 2 * EPOCH + 6;
    assert_int_equal(run(true, &scores, &error), ERROR_STATE);
    assert_non_null(strstr(error.text, "gave up without a reason"));
    audit_scores_free(&scores);
    gives_up = 0;
}

static void refused_with(const char *message)
{
    struct audit_scores scores;
    struct error error = {.text = ""};
    assert_int_not_equal(run(true, &scores, &error), 0);
    audit_scores_free(&scores);
    if (!strstr(error.text, message) || !strstr(error.text, "s3.h5"))
        fail_msg("\"%s\" does not say \"%s\" of s3.h5", error.text, message);
}

static void test_goes_on(void **state)
{
    struct audit_scores whole, again;
    struct error error;
    (void)state;
    break_off();
    assert_int_equal(run(false, &whole, &error), 0);
    assert_int_equal(run(true, &again, &error), 0);
    assert_memory_equal(whole.score, again.score, COUNT * sizeof *whole.score);
    assert_int_equal(whole.train_flops, again.train_flops);
    audit_scores_free(&whole);
    audit_scores_free(&again);
    assert_int_equal(unlink(path), 0);
}

/* Weights that the method keeps aside are those of its training, not of what it goes on from. */
static void test_saved_weights(void **state)
{
    (void)state;
    restores = 2 * EPOCH + 10;
    for (saves = EPOCH / 2; saves < 2 * EPOCH; saves += EPOCH / 2)
        test_goes_on(state);
    saves = restores = 0;
}

/* Each part of what is asked counts, though kind and number of the answers are the same. */
static void test_other_requests(void **state)
{
    static const char message[] =
        "train: the saved training answers other requests than are made now, by a method whose "
        "code "
        "or options are others: go on with the program that began it, or delete the kept file";
    struct audit_scores scores;
    struct error error;
    (void)state;
    break_off();
    rate = 0.04;
    refused_with(message);
    rate = 0.05;
    scored = 5;
    refused_with(message);
    scored = 4;
    path_at = 3;
    refused_with(message);
    path_at = 2;
    validation = false;
    refused_with(message);
    validation = true;
    assert_int_equal(run(true, &scores, &error), 0); /* no refusal has changed the file */
    audit_scores_free(&scores);
    assert_int_equal(unlink(path), 0);
}

/* ---- What a file keeps, changed ---------------------------------------------------------------- */

enum { WHAT, COUNTS, ANSWER, ARRAYS = 9 };

static void open_kept(struct saved_array array[ARRAYS])
{
    static const struct {
        const char *name;
        enum saved_type type;
    } rows[ARRAYS] = {{"what", SAVED_TEXT},   {"counts", SAVED_DOUBLE}, {"answer", SAVED_DOUBLE},
                      {"value", SAVED_FLOAT}, {"moment", SAVED_FLOAT},  {"milestone", SAVED_FLOAT},
                      {"done", SAVED_INT},    {"correct", SAVED_INT},   {"curve", SAVED_DOUBLE}};
    struct error error;
    for (int i = 0; i < ARRAYS; i++)
        array[i] = (struct saved_array){rows[i].name, rows[i].type, NULL, 0};
    assert_int_equal(saved_read(path, &fixture.contest.identity, array, ARRAYS, &error), 0);
}

static void close_kept(struct saved_array array[ARRAYS])
{
    struct error error;
    assert_int_equal(saved_write(path, &fixture.contest.identity, array, ARRAYS, &error), 0);
    saved_free(array, ARRAYS);
}

/* The first answer, of a step: its request's digest is another by one bit. */
static void test_forged_digest(void **state)
{
    struct saved_array array[ARRAYS];
    (void)state;
    break_off();
    for (int half = MEMORY_REQUEST_HIGH; half <= MEMORY_REQUEST_LOW; half++) {
        open_kept(array);
        double *answer = array[ANSWER].data, was = answer[half];
        answer[half] = (double)((uint64_t)was ^ 1);
        close_kept(array);
        refused_with("answers other requests than are made now");
        open_kept(array);
        answer = array[ANSWER].data;
        answer[half] = was;
        close_kept(array);
    }
    assert_int_equal(unlink(path), 0);
}

/* A file that keeps answers without requests, as formats 1 and 2 did, and one of a format to come. */
static void test_other_formats(void **state)
{
    static const size_t earlier[] = {11, 14};
    struct saved_array array[ARRAYS];
    (void)state;
    break_off();
    for (int i = 0; i < 2; i++) {
        open_kept(array);
        size_t counts = array[COUNTS].n;
        array[COUNTS].n = earlier[i];
        close_kept(array);
        refused_with(
            "was begun by an earlier nasbed, which did not keep what was asked beside what "
            "was answered: its training cannot be checked");
        refused_with("delete the file");
        open_kept(array);
        double *grown = realloc(array[COUNTS].data, counts * sizeof *grown);
        assert_non_null(grown);
        for (size_t k = array[COUNTS].n; k < counts; k++)
            grown[k] = k == counts - 1 ? 3 : 0;
        array[COUNTS].data = grown;
        array[COUNTS].n = counts;
        close_kept(array);
    }
    open_kept(array);
    ((double *)array[COUNTS].data)[array[COUNTS].n - 1] = 4;
    close_kept(array);
    refused_with("is not of format 3");
    assert_int_equal(unlink(path), 0);
}

/* A method that computes with BLAS goes on under the same library and kernel alone. */
static void test_other_blas(void **state)
{
    struct saved_array array[ARRAYS];
    struct audit_scores scores;
    struct error error;
    char library[BLAS_NAME], name[160], message[400];
    (void)state;
    method.blas = true;
    break_off();
    blas_library(library);
    (void)snprintf(name, sizeof name, "blas=%s %s", library, blas_kernel());
    open_kept(array);
    char *what = array[WHAT].data, *at = strstr(what, name);
    assert_non_null(at);
    at[strlen("blas=")] = 'X'; /* "XpenBLAS ..." */
    close_kept(array);
    (void)snprintf(message, sizeof message, "its blas=X%s is %s here", name + strlen("blas=") + 1,
                   name);
    refused_with(message);
    open_kept(array);
    what = array[WHAT].data;
    *strstr(what, ", blas=X") = '\0'; /* as a method without BLAS has it */
    array[WHAT].n = strlen(what);
    close_kept(array);
    (void)snprintf(message, sizeof message, "its nothing is %s here", name);
    refused_with(message);
    assert_int_equal(unlink(path), 0);
    break_off();
    assert_int_equal(run(true, &scores, &error), 0);
    assert_non_null(strstr(scores.what, name));
    audit_scores_free(&scores);
    assert_int_equal(unlink(path), 0);
    method.blas = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on),        cmocka_unit_test(test_saved_weights),
        cmocka_unit_test(test_other_requests), cmocka_unit_test(test_forged_digest),
        cmocka_unit_test(test_other_formats),  cmocka_unit_test(test_other_blas),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
