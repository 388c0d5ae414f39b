/* nasbed method new: the skeletons build and run as they are, do what built-in random search does, and never
 * cost anybody a file. */
#include "base/file.h"
#include "methods/trial/foreign.h"
#include "tests/program.h"
#include "tests/trial_events.h"

static struct fixture fixture;

static int set_up(void **state)
{
    fixture_open(&fixture, true, 2, 8);
    return scratch_make(state);
}

static int tear_down(void **state)
{
    fixture_close(&fixture);
    free(out);
    free(err);
    return scratch_remove(state);
}

/* What follows `title` on a line of the last output. */
static const char *said(const char *title)
{
    static char line[1024];
    const char *found = strstr(out, title);
    assert_non_null(found);
    found += strlen(title);
    (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(found, "\n"), found);
    return line;
}

/* Run a command in the scratch folder; its exit code. */
static int run_shell(const char *command)
{
    char here[2048];
    (void)snprintf(here, sizeof here, "cd %s && %s", scratch, command);
    return WEXITSTATUS(system(here));
}

/* Put a line into a file of the scratch folder, behind the first line that holds `anchor`. */
static void insert(const char *name, const char *anchor, const char *line)
{
    struct text changed = {0};
    char *data;
    size_t size;
    assert_int_equal(file_read(scratch_path(name), &data, &size, NULL), 0);
    const char *place = strstr(data, anchor);
    assert_non_null(place);
    place = strchr(place, '\n') + 1;
    text_append(&changed, "%.*s%s\n%s", (int)(place - data), data, line, place);
    assert_int_equal(file_write(scratch_path(name), changed.data, changed.size, NULL), 0);
    text_free(&changed);
    free(data);
}

/* The events of a trial: its trace without header and end. The caller frees the trace. */
static const char *events_of(const struct nasbed_method *method, uint64_t seed, struct text *trace)
{
    run_ok(&fixture, method, seed, trace);
    char *end = strstr(trace->data, "{\"end\"");
    assert_non_null(end);
    *end = '\0';
    return strchr(trace->data, '\n') + 1;
}

/* Whether a method's trials of seeds 0 to 2 are, event for event, those of built-in random search. */
static bool is_twin(const struct nasbed_method *method)
{
    bool same = true;
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct text own = {0}, other = {0};
        const char *mine = events_of(method, seed, &own);
        const char *theirs = events_of(method_find("random-search", NULL), seed, &other);
        same = same && strcmp(mine, theirs) == 0;
        text_free(&own);
        text_free(&other);
    }
    return same;
}

/* Build the plug-in by the line that was printed, and load it. */
static struct foreign *build(const char *line, const char *path)
{
    char strict[1200];
    struct foreign *foreign;
    struct error error;
    (void)snprintf(strict, sizeof strict, "%s -Wpedantic -Werror", line);
    assert_int_equal(run_shell(strict), 0);
    if (foreign_plugin(&foreign, scratch_path(path), &error))
        fail_msg("%s", error.text);
    return foreign;
}

/* On a stream of its own it draws other architectures; on its twin's, the same. */
static void test_c(void **state)
{
    (void)state;
    assert_int_equal(nasbed("method new first-try"), 0);
    holds(out, "first-try.c: random search, until you change it\n");
    holds(out,
          "\nrun     nasbed run --method ./first-try.so --protocol smoke --budget 6 --seeds 2\n");
    const char *line = said("\nbuild   ");
    struct foreign *foreign = build(line, "first-try.so");
    assert_string_equal(foreign_method(foreign)->name, "first-try");
    assert_false(is_twin(foreign_method(foreign)));
    foreign_close(foreign);
    insert("first-try.c", "return nasbed_fail(trial",
           "    nasbed_stream(trial, \"random-search\");");
    foreign = build(line, "first-try.so");
    assert_true(is_twin(foreign_method(foreign)));
    foreign_close(foreign);
}

static struct foreign *open_command(const char *words)
{
    char command[256];
    struct foreign *foreign;
    struct error error;
    (void)snprintf(command, sizeof command, "python3 %s/%s", scratch, words);
    const struct foreign_card card = {.command = command, .class_name = "RS", .patience = 60};
    if (foreign_command(&foreign, &card, &error))
        fail_msg("%s", error.text);
    return foreign;
}

static void test_python(void **state)
{
    (void)state;
    if (run_shell("python3 -c 'import json' >/dev/null 2>&1"))
        skip();
    assert_int_equal(nasbed("method new first-try --language python"), 0);
    assert_string_equal(out, "first-try.py: random search, until you change it\n"
                             "run     nasbed run --exec \"python3 first-try.py\" --protocol smoke "
                             "--budget 6 --seeds 2\n");
    insert("first-try.py", "hello = json.loads(", "    ask(\"stream\", method=\"random-search\")");
    struct foreign *foreign = open_command("first-try.py");
    assert_string_equal(foreign_method(foreign)->name, "first-try");
    assert_true(is_twin(foreign_method(foreign)));
    foreign_close(foreign);
    foreign = open_command("first-try.py --mutate 0.9"); /* its option reaches it */
    assert_false(is_twin(foreign_method(foreign)));
    foreign_close(foreign);
}

/* The option of the plug-in changes what is proposed, and a value out of its range is refused. */
static void test_option(void **state)
{
    (void)state;
    struct method_settings settings;
    struct error error;
    struct text trace[2] = {{0}};
    struct trial_times times;
    assert_int_equal(nasbed("method new with-option"), 0);
    struct foreign *foreign = build(said("\nbuild   "), "with-option.so");
    assert_int_equal(method_settings_init(&settings, foreign_method(foreign), &error), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            trial_run(&fixture.contest, &settings, 0, NULL, NULL, &trace[i], &times, &error), 0);
        assert_int_equal(options_parse_list(settings.row, settings.values, "mutate=0.9", &error),
                         0);
    }
    json_t *first = event_at(&trace[0], "query", 0), *same = event_at(&trace[1], "query", 0);
    assert_true(json_equal(first, same)); /* there is nothing to mutate yet */
    json_t *second = event_at(&trace[0], "query", 1), *other = event_at(&trace[1], "query", 1);
    assert_false(json_equal(second, other));
    assert_int_not_equal(options_parse_list(settings.row, settings.values, "mutate=1", &error), 0);
    assert_non_null(strstr(error.text, "mutate = 1: must be from 0 to 0.9"));
    json_decref(first);
    json_decref(same);
    json_decref(second);
    json_decref(other);
    for (int i = 0; i < 2; i++)
        text_free(&trace[i]);
    method_settings_free(&settings);
    foreign_close(foreign);
}

static void test_no_file_is_lost(void **state)
{
    char *data;
    size_t size;
    (void)state;
    assert_int_equal(file_write(scratch_path("mine.c"), "years of work", 13, NULL), 0);
    assert_int_equal(nasbed("method new mine"), 1);
    assert_string_equal(err,
                        "nasbed: method new: mine.c: is there already and stays as it is: choose "
                        "another name, or remove it\n");
    assert_string_equal(out, "");
    assert_int_equal(file_read(scratch_path("mine.c"), &data, &size, NULL), 0);
    assert_string_equal(data, "years of work");
    free(data);
    assert_int_equal(nasbed("method new mine --language python"), 0); /* another file */
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *words, *message;
    } cases[] = {
        {"", "expected a NAME for the method"},
        {"'My Search'",
         "the name \"My Search\" must be of small letters, digits and hyphens, at most "
         "63, the first no hyphen: \"my-search\" would do"},
        {"-x",
         "the name \"-x\" must be of small letters, digits and hyphens, at most 63, the first no "
         "hyphen: \"x\" would do"},
        {"../up",
         "the name \"../up\" must be of small letters, digits and hyphens, at most 63, the "
         "first no hyphen: \"up\" would do"},
        {"a123456789a123456789a123456789a123456789a123456789a123456789a123",
         "the first no hyphen: \"a123456789a123456789a123456789a123456789a123456789a123456789a12\" "
         "would do"},
        {"''",
         "the name \"\" must be of small letters, digits and hyphens, at most 63, the first no "
         "hyphen"},
        {"random-search",
         "\"random-search\" is the name of a built-in method: give it one of its own"},
        {"fine --language rust", "language = rust: must be c or python; any other can speak the "
                                 "protocol of methods/PIPE.md"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[256], wanted[512];
        (void)snprintf(words, sizeof words, "method new %s", cases[i].words);
        (void)snprintf(wanted, sizeof wanted, "%s\nnasbed: `nasbed method new --help` shows ",
                       cases[i].message);
        assert_int_equal(nasbed(words), 2);
        holds(err, wanted);
        assert_string_equal(out, "");
    }
    assert_false(file_exists(scratch_path("fine.c")));
    assert_int_equal(mkdir(scratch_path("closed.c"), 0700), 0);
    assert_int_equal(nasbed("method new closed"), 1);
    holds(err, "nasbed: method new: closed.c: is there already");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_c), cmocka_unit_test(test_python), cmocka_unit_test(test_option),
        cmocka_unit_test(test_no_file_is_lost), cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
