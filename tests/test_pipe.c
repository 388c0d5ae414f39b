/* Methods over pipes: what a child may do wrong ends its trial and nothing else; no process is left; the
 * examples do what their built-in twins do. */
#include "base/file.h"
#include "base/text.h"
#include "methods/trial/campaign.h"
#include "methods/trial/foreign.h"
#include "methods/trial/pipe.h"
#include "tests/made_data.h"
#include "tests/scratch.h"
#include "tests/trial_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct fixture fixture;
static char told[1 << 20]; /* what was said, line after line */
static pthread_mutex_t telling = PTHREAD_MUTEX_INITIALIZER;

static void say(const char *line)
{
    (void)pthread_mutex_lock(&telling);
    size_t used = strlen(told);
    (void)snprintf(told + used, sizeof told - used, "%s\n", line);
    (void)pthread_mutex_unlock(&telling);
}

/* Does something wrong at seed 1, is a method at others. $1: what; $2: a file for a process's number */
static const char script[] =
    "read -r hello\n"
    "ask() { echo \"$1\"; read -r answer; }\n"
    "case $hello in *'\"seed\":1}'*) ;; *) set good ;; esac\n"
    "case $1 in\n"
    "hang) sleep 1000 ;;\n"
    "die) exit 3 ;;\n"
    "kill) kill -9 $$ ;;\n"
    "half) printf '{\"do\":\"ran' ; exit 0 ;;\n"
    "flood) exec tr -d '\\n' </dev/zero ;;\n"
    "chatter) while :; do echo '{\"do\":\"random\"}'; done ;;\n"
    "babble) ask 'hello there' ;;\n"
    "list) ask '[1, 2]' ;;\n"
    "twice) ask '{\"do\":\"random\",\"do\":\"query\"}' ;;\n"
    "nameless) ask '{\"ask\":\"random\"}' ;;\n"
    "unknown) ask '{\"do\":\"querry\"}' ;;\n"
    "invalid) ask '{\"do\":\"query\",\"architecture\":[0,1,2,3,5,0]}' ;;\n"
    "short) ask '{\"do\":\"finish\",\"architecture\":[0,1,2]}' ;;\n"
    "point) ask '{\"do\":\"query\",\"architecture\":[0,1,2,3,4,0],\"point\":5}' ;;\n"
    "stranger) ask '{\"do\":\"log\",\"name\":\"incumbent\",\"value\":-1}' ;;\n"
    "sealed) ask '{\"do\":\"test_accuracy\",\"architecture\":[0,1,2,3,4,0]}' ;;\n"
    "member) ask '{\"do\":\"query\",\"architecture\":[0,1,2,3,4,0],\"test\":true}' ;;\n"
    "untrained) ask '{\"do\":\"supernet\"}' ;;\n"
    "no-data) ask '{\"do\":\"create\",\"architecture\":[0,1,2,3,4,0]}' ;;\n"
    "told) ask '{\"do\":\"query\",\"architecture\":[0,1,2,3,4,0]}'; echo \"$answer\" >$2 ;;\n"
    "told-last) ask '{\"do\":\"finish\",\"architecture\":[0,1,2,3,4,0]}'; echo \"$answer\" >$2 ;;\n"
    "told-why) ask '{\"do\":\"fail\",\"reason\":\"I am tired\"}'; echo \"$answer\" >$2 ;;\n"
    "parses) for text in '|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|' '|x~0|'; do\n"
    "   ask '{\"do\":\"parse\",\"text\":\"'$text'\"}'; echo \"$answer\" >>$2; done\n"
    "   ask '{\"do\":\"fail\",\"reason\":\"enough\"}' ;;\n"
    "gives-up) ask '{\"do\":\"fail\",\"reason\":\"I am tired\"}' ;;\n"
    "fork) setsid sleep 1000 & echo $! >$2; sleep 1000 & exit 5 ;;\n"
    "noise) echo noise >&2; yes $(printf '%01000d' 0) | head -c 200000 >&2; exit 6 ;;\n"
    "*) ask '{\"do\":\"query\",\"architecture\":[0,1,2,3,4,0]}'\n"
    "   ask '{\"do\":\"finish\",\"architecture\":[0,1,2,3,4,0]}'\n"
    "   setsid sleep 1000 & ;;\n"
    "esac\n";

static int setup(void **state)
{
    if (scratch_make(state))
        return -1;
    fixture_open(&fixture, true, 2, 8);
    return file_write(scratch_path("method.sh"), script, sizeof script - 1, NULL);
}

static int teardown(void **state)
{
    fixture_close(&fixture);
    return scratch_remove(state);
}

static struct foreign *open_card(const struct foreign_card *card)
{
    struct error error;
    struct foreign *foreign;
    if (foreign_command(&foreign, card, &error))
        fail_msg("%s", error.text);
    return foreign;
}

static struct foreign *open_command(const char *command, const char *name, double patience)
{
    return open_card(&(struct foreign_card){
        .command = command, .name = name, .class_name = "RS", .patience = patience, .say = say});
}

/* Run seeds 0 .. 2 of a method; the status. */
static int run_seeds(const struct foreign *foreign, const char *folder, int threads,
                     struct campaign_summary *summary, struct error *error)
{
    struct method_settings settings;
    assert_int_equal(method_settings_init(&settings, foreign_method(foreign), error), 0);
    settings.origin = foreign_origin(foreign);
    const struct campaign campaign = {.contest = &fixture.contest,
                                      .methods = &settings,
                                      .n_methods = 1,
                                      .seeds = 3,
                                      .folder = folder,
                                      .threads = threads,
                                      .quiet = true,
                                      .machine = "Acme",
                                      .say = say};
    int status = campaign_run(&campaign, summary, error);
    method_settings_free(&settings);
    return status;
}

static bool has_trace(const char *folder, int seed)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/cell/child/b8/s%d.trace", folder, seed);
    return file_exists(path);
}

static const struct misdeed {
    const char *kind, *message;
    double patience; /* seconds */
} misdeeds[] = {
    {"hang", "said nothing for 0.3 s", 0.3},
    {"die", "ended with status 3", 20},
    {"kill", "was killed by signal 9 (Killed)", 20},
    {"half", "ended with status 0 in the middle of a line", 20},
    {"flood", "floods: more than 1048576 bytes without an end of line", 20},
    {"chatter", "floods: more than 1048576 bytes sent without reading the answers", 60},
    {"babble", "sent a line that is no JSON", 20},
    {"list", "sent a line that is no JSON object: [1, 2]", 20},
    {"twice", "duplicate object key", 20},
    {"nameless", "without \"do\"", 20},
    {"unknown", "asked for \"querry\", which there is not: did you mean \"query\"?", 20},
    {"invalid", "\"query\" wrongly: \"architecture\": decision 4 must be an integer from 0 to 4",
     20},
    {"short", "\"finish\" wrongly: \"architecture\" has 3 decisions: more are needed", 20},
    {"point", "\"point\" must be an integer from 1 to 4", 20},
    {"stranger", "must be the index of an architecture, from 0 to 15624", 20},
    {"sealed", "\"test_accuracy\", which there is not; the test accuracy is sealed", 20},
    {"member", "\"query\" with \"test\", which it has not; the test accuracy is sealed", 20},
    {"untrained", "opens a supernet, but the run has opened no data for it: ", 20},
    {"no-data", "begins a network of its own, but the run has opened no data for it: ", 20},
    {"gives-up", "I am tired", 20},
    {"fork", "ended with status 5", 20},
    {"noise", "ended with status 6", 20},
};

static void check_gone(const char *file)
{
    char *text;
    size_t size;
    assert_int_equal(file_read(file, &text, &size, NULL), 0);
    long pid = strtol(text, NULL, 10);
    free(text);
    assert_true(pid > 0);
    assert_int_equal(kill((pid_t)pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void check_misdeed(const struct misdeed *misdeed, int threads)
{
    char command[256];
    struct campaign_summary summary;
    struct error error;
    const char *folder = scratch_folder("out"), *file = scratch_path("pid");
    (void)snprintf(command, sizeof command, "exec sh %s %s %s", scratch_path("method.sh"),
                   misdeed->kind, file);
    struct foreign *foreign = open_command(command, "child", misdeed->patience);
    told[0] = '\0';
    int status = run_seeds(foreign, folder, threads, &summary, &error);
    const char *reason =
        strstr(told, "/cell/child/b8/s1: child: "); /* said once, when it happens */
    if (status != ERROR_STATE || !reason || !strstr(reason, misdeed->message))
        fail_msg("%s: %d: %s", misdeed->kind, status, told);
    assert_null(strstr(reason + 1, "/cell/child/b8/s1: child: "));
    assert_string_equal(error.text, "1 of 3 trials failed: the reason stands above");
    assert_int_equal(summary.run, 2);
    assert_int_equal(summary.failed, 1);
    assert_true(has_trace(folder, 0) && !has_trace(folder, 1) && has_trace(folder, 2));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    if (strcmp(misdeed->kind, "fork") == 0)
        check_gone(file);
    foreign_close(foreign);
}

static void test_misdeeds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misdeeds / sizeof *misdeeds; i++)
        check_misdeed(&misdeeds[i], 1 + (int)(i % 2));
}

/* Its standard error is passed on in its name, and only so much of it. It cannot end before three times as
 * much was taken. */
static void test_noise(void **state)
{
    (void)state;
    const struct misdeed noise = {"noise", "ended with status 6", 20};
    check_misdeed(&noise, 1);
    assert_non_null(strstr(told, "seed 1: noise\n"));
    assert_non_null(strstr(told, "(the rest of its standard error is left out)"));
}

/* Where the trial fails, by no fault of the method's or because it gives up, it is told before it is ended. */
static void test_told(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *answer;
        int fails; /* with what error */
    } cases[] = {
        {"told",
         "{\"status\":\"failed\",\"reason\":\"training network 3, seed 1: the machine is on "
         "fire\"}\n",
         ERROR_IO},
        {"told-last",
         "{\"status\":\"failed\",\"reason\":\"training network 3, seed 1: the machine is on "
         "fire\"}\n",
         ERROR_IO},
        {"told-why", "{\"status\":\"failed\",\"reason\":\"child: I am tired\"}\n", ERROR_STATE},
        {"parses",
         "{\"architecture\":[0,0,0,0,0,1],\"status\":\"done\",\"left\":19465485096}\n"
         "{\"architecture\":null,\"why\":\"unknown operation \\\"x\\\" at column 2 of "
         "\\\"|x~0|\\\": one of none, skip_connect, nor_conv_1x1, nor_conv_3x3, "
         "avg_pool_3x3\",\"status\":\"done\",\"left\":19465485096}\n",
         ERROR_STATE}};
    struct fixture own;
    fixture_open(&own, false, 2, 8);
    own.fail_after = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[256], *answer;
        struct text trace = {0};
        struct error error;
        size_t size;
        const char *file = scratch_path(cases[i].kind);
        (void)snprintf(command, sizeof command, "exec sh %s %s %s", scratch_path("method.sh"),
                       cases[i].kind, file);
        struct foreign *foreign = open_command(command, "child", 20);
        assert_int_equal(fixture_run(&own, foreign_method(foreign), 1, &trace, &error),
                         cases[i].fails);
        assert_int_equal(file_read(file, &answer, &size, &error), 0);
        assert_string_equal(answer, cases[i].answer);
        free(answer);
        foreign_close(foreign);
    }
    fixture_close(&own);
}

static void test_no_such_command(void **state)
{
    (void)state;
    struct campaign_summary summary;
    struct error error;
    struct foreign *foreign = open_command("/no/such/thing", "child", 20);
    told[0] = '\0';
    assert_int_equal(run_seeds(foreign, scratch_folder("out"), 2, &summary, &error), ERROR_STATE);
    assert_string_equal(error.text, "3 of 3 trials failed: the reasons stand above");
    assert_non_null(strstr(told, "s0: child: ended with status 127 (no such command)\n"));
    assert_non_null(strstr(told, "s2: child: ended with status 127 (no such command)\n"));
    foreign_close(foreign);
}

static void test_cards(void **state)
{
    (void)state;
    static const struct {
        const char *name, *class_name, *message;
    } bad[] = {{"My Method", "RS", "of small letters, digits and hyphens"},
               {"random-search", "RS", "is the name of a built-in method"},
               {"fine", "XX", "its class must be RL, EA, GO, RS or SMBO"}};
    struct foreign *foreign;
    struct error error;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct foreign_card card = {"true", bad[i].name, bad[i].class_name, false, 1, NULL};
        assert_int_not_equal(foreign_command(&foreign, &card, &error), 0);
        assert_non_null(strstr(error.text, bad[i].message));
    }
    foreign = open_command("python3 /some/where/random_search.py", NULL, 1);
    assert_string_equal(foreign_method(foreign)->name, "python3"); /* no such file */
    assert_int_equal(foreign_origin(foreign)->files, 0);
    foreign_close(foreign);
    foreign =
        open_command("python3 " NASBED_TEST_SOURCE "/methods/examples/random_search.py", "", 1);
    assert_string_equal(foreign_method(foreign)->name, "my-random-search");
    assert_int_equal(foreign_origin(foreign)->files, 1);
    foreign_close(foreign);
}

/* Examples ------------------------------------------------------------------------------------- */

static void need_python(void)
{
    if (system("python3 -c 'import json' >/dev/null 2>&1"))
        skip();
}

/* A trace without its header and its end. */
static char *events_of(struct text *trace)
{
    char *first = strchr(trace->data, '\n') + 1, *end = strstr(first, "{\"end\"");
    assert_non_null(end);
    *end = '\0';
    return first;
}

static void check_twin(const char *file, const char *twin)
{
    char command[256];
    struct error error;
    (void)snprintf(command, sizeof command, "python3 %s/methods/examples/%s", NASBED_TEST_SOURCE,
                   file);
    struct foreign *foreign = open_command(command, NULL, 60);
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct text own = {0}, other = {0};
        if (fixture_run(&fixture, foreign_method(foreign), seed, &own, &error) ||
            fixture_run(&fixture, method_find(twin, NULL), seed, &other, &error))
            fail_msg("%s", error.text);
        assert_string_equal(events_of(&own), events_of(&other));
        text_free(&own);
        text_free(&other);
    }
    foreign_close(foreign);
}

static void test_twins(void **state)
{
    (void)state;
    need_python();
    check_twin("random_search.py", "random-search");
    check_twin("evolution.py", "regularized-evolution");
}

/* A loop over the supernet messages, on made-up images. */
static void test_darts(void **state)
{
    (void)state;
    need_python();
    struct made_data made;
    struct fixture own;
    struct text trace = {0};
    struct error error;
    struct foreign *foreign = open_card(&(struct foreign_card){
        .command = "python3 " NASBED_TEST_SOURCE "/methods/examples/darts.py 4",
        .class_name = "GO",
        .live = true,
        .patience = 60,
        .say = say});
    fixture_open(&own, true, 2, 8);
    made_open(&made);
    made_supply(&made, &own.contest);
    if (fixture_run(&own, foreign_method(foreign), 0, &trace, &error))
        fail_msg("%s", error.text);
    assert_non_null(strstr(trace.data, "\"what\":\"gradient\",\"count\":4"));
    assert_non_null(strstr(trace.data, "\"what\":\"step\",\"count\":4"));
    assert_non_null(strstr(trace.data, "\"event\":\"finish\""));
    text_free(&trace);
    made_close(&made);
    fixture_close(&own);
    foreign_close(foreign);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misdeeds), cmocka_unit_test(test_noise),
        cmocka_unit_test(test_told),     cmocka_unit_test(test_no_such_command),
        cmocka_unit_test(test_cards),    cmocka_unit_test(test_twins),
        cmocka_unit_test(test_darts)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
