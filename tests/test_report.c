/* The whole report: files, warnings and the program's exit codes. */
#include "base/file.h"
#include "reports/report.h"

#include "tests/report_fixture.h"
#include "tests/table_fixture.h"

#include <sys/wait.h>

static char traces[80], out[80]; /* in `folder` */

static int set_up_folders(void **state)
{
    (void)set_up(state);
    (void)snprintf(traces, sizeof traces, "%s/traces", folder);
    (void)snprintf(out, sizeof out, "%s/out", folder);
    return 0;
}

static const struct fixture_query queries[] = {{3, 12, 55, 900000000000ull},
                                               {5, 12, 57, 1500000000000ull}};

static void write_trial(const char *method, const char *class, double budget, unsigned seed)
{
    char path[192];
    struct fixture fixture = {.method = method,
                              .class = class,
                              .seed = seed,
                              .budget = budget,
                              .queries = queries,
                              .n_queries = 2,
                              .network = 5,
                              .test_accuracy = 56 + seed};
    (void)snprintf(path, sizeof path, "%s/cell/%s/b%g/s%u.trace", traces, method, budget, seed);
    fixture_write(&fixture, path);
}

static void write_all(void)
{
    for (unsigned seed = 0; seed < 2; seed++) {
        write_trial("random-search", "RS", 6, seed);
        write_trial("regularized-evolution", "EA", 6, seed);
    }
}

/* A table in a file, and the trace of a trial that asked it. */
struct judged {
    struct world world;
    struct table table;
};

static void judged_open(struct judged *judged)
{
    char path[160];
    struct error error;
    world_open(&judged->world);
    world_build(&judged->world);
    assert_int_equal(table_open(&judged->table, judged->world.path, &error), 0);
    struct fixture fixture = {.protocol = "smoke",
                              .table = judged->table.digest,
                              .queries = queries,
                              .n_queries = 2,
                              .network = 5,
                              .test_accuracy = 58.25,
                              .test_seed = 1};
    (void)snprintf(path, sizeof path, "%s/a.trace", traces);
    fixture_write(&fixture, path);
}

static void judged_close(struct judged *judged)
{
    table_close(&judged->table);
    world_close(&judged->world);
}

static struct report made(void)
{
    struct report report;
    struct error error;
    const char *folders[] = {traces};
    struct report_plan plan = {.folders = folders, .n_folders = 1, .out = out};
    if (report_make(&report, &plan, &error))
        fail_msg("%s", error.text);
    return report;
}

/* As if the only programs were those in `folder`: no gnuplot, unless the test put one there. */
static struct report made_apart(void)
{
    char *path = strdup(getenv("PATH"));
    assert_int_equal(setenv("PATH", folder, 1), 0);
    struct report report = made();
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    return report;
}

static char *content(const char *name)
{
    return content_in(out, name);
}

static void assert_content(const char *name, const char *part)
{
    assert_content_in(out, name, part);
}

static bool exists(const char *name)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", out, name);
    return file_exists(path);
}

static bool has_gnuplot(void)
{
    return system("command -v gnuplot >/dev/null") == 0;
}

static void test_files(void **state)
{
    (void)state;
    write_all();
    struct report report = made();
    static const char *const names[] = {"comparison.txt", "comparison.md", "comparison.csv",
                                        "comparison.tex"};
    for (int format = 0; format < REPORT_FILES; format++) {
        char *text = content(names[format]);
        assert_string_equal(text, report.tables[format].data);
        assert_non_null(strstr(text, "regularized-evolution"));
        free(text);
    }
    assert_int_equal(report.damaged + report.failed, 0);
    assert_true(exists("cell-cifar10-mini-anytime.dat") && exists("cell-cifar10-mini-anytime.gp"));
    if (has_gnuplot()) {
        char expected[512];
        (void)snprintf(expected, sizeof expected,
                       "%s/cell-cifar10-mini-anytime.svg\n%s/cell-cifar10-mini-anytime.png\n"
                       "%s/cell-cifar10-mini-crossing.svg\n%s/cell-cifar10-mini-crossing.png\n",
                       out, out, out, out);
        assert_string_equal(report.plots.data, expected);
        assert_content("cell-cifar10-mini-anytime.svg", ">random-search</text>");
        assert_content("cell-cifar10-mini-anytime.svg", ">regularized-evolution</text>");
        assert_null(report.warnings.data);
    }
    report_free(&report);
}

/* Every column of every CSV file has its line in reports/README.md. */
static void test_columns(void **state)
{
    (void)state;
    static const char *const names[] = {"comparison.csv", "survey.csv",  "logged.csv",
                                        "pairs.csv",      "runtime.csv", "rankings.csv",
                                        "manifest.csv"};
    write_all();
    struct report report = made();
    char *page = content_in(NASBED_TEST_SOURCE "/reports", "README.md");
    size_t files = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *csv = exists(names[i]) ? content(names[i]) : strdup(""), *rest = csv;
        rest[strcspn(rest, "\n")] = '\0';
        files += *csv != '\0';
        for (char *column; (column = strtok_r(rest, ",", &rest));) {
            char said[64];
            (void)snprintf(said, sizeof said, "`%s`", column);
            if (!strstr(page, said))
                fail_msg("%s: %s is not in reports/README.md", names[i], said);
        }
        free(csv);
    }
    assert_true(files >= 4);
    free(page);
    report_free(&report);
}

/* The page holds what the files hold, by section, and the drawing itself. */
static void test_page(void **state)
{
    (void)state;
    write_all();
    struct report report = made();
    assert_content("index.html", "<h2>cell, cifar10-mini, trained live (numerics 1)</h2>");
    assert_content("index.html",
                   "Protocol hash " FIXTURE_HASH ". Data set digest " FIXTURE_DATA ".");
    assert_content("index.html", "<figcaption>cell, cifar10-mini (numerics 1), budget 6 full "
                                 "trainings, 2 seeds, trained live</figcaption>");
    assert_content("index.html", "<td><span class=\"b\">regularized-evolution</span></td>");
    assert_content("index.html", "<summary>The survey's Table 1");
    assert_content("index.html", "Best practices for NAS research");
    assert_content("index.html", "Manifest: 4 traces");
    assert_content("manifest.csv", "space,protocol,protocol_hash,");
    assert_content("index.html", "No targets: without a table that knows the best there is no");
    assert_content("runtime.csv", "space,protocol,table,numerics,budget,budget_unit,label,");
    if (has_gnuplot()) {
        assert_content("index.html", "aria-label=\"Validation error of the incumbent");
        assert_content("index.html", "id=\"f1-gnuplot_canvas\"");
    }
    report_free(&report);
}

/* One table for each block whose methods logged something. */
static void test_logged(void **state)
{
    (void)state;
    char path[192];
    write_all();
    struct report report = made();
    char *none = content("logged.txt");
    assert_string_equal(none, "");
    free(none);
    report_free(&report);
    struct fixture fixture = {.method = "pnas",
                              .class = "SMBO",
                              .log = "tau-b level 2 unseen",
                              .queries = queries,
                              .n_queries = 2,
                              .network = 5,
                              .test_accuracy = 56};
    (void)snprintf(path, sizeof path, "%s/cell/pnas/b6/s0.trace", traces);
    fixture_write(&fixture, path);
    report = made();
    assert_content("logged.txt", "tau-b level 2 unseen");
    assert_content("index.html", "<td><span class=\"b\">tau-b level 2 unseen</span></td>");
    assert_content("logged.md", "| tau-b level 2 unseen |");
    assert_content("logged.csv", ",pnas,,tau-b level 2 unseen,1,1,1,1,1,");
    report_free(&report);
}

/* Every file of a report, the plots too, has the same bytes the second time. */
static void test_same_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"comparison.txt",
                                        "comparison.md",
                                        "comparison.csv",
                                        "manifest.csv",
                                        "cell-cifar10-mini-anytime.dat",
                                        "cell-cifar10-mini-anytime.gp",
                                        "index.html",
                                        "cell-cifar10-mini-anytime.svg"};
    char *first[8] = {NULL};
    write_all();
    int n = has_gnuplot() ? 8 : 7;
    struct report report = made();
    report_free(&report);
    for (int i = 0; i < n; i++)
        first[i] = content(names[i]);
    fixture_remove(out);
    report = made();
    report_free(&report);
    for (int i = 0; i < n; i++) {
        char *again = content(names[i]);
        assert_string_equal(first[i], again);
        free(again);
        free(first[i]);
    }
}

/* Two budgets: two blocks in one table, two plots that tell them apart, one heading in CSV. */
static void test_budgets(void **state)
{
    (void)state;
    write_all();
    write_trial("random-search", "RS", 3, 0);
    struct report report = made_apart();
    assert_content("comparison.txt",
                   "cell, cifar10-mini (numerics 1), budget 3 full trainings, 1 seed, "
                   "trained live\n");
    assert_content("comparison.txt",
                   "\n\ncell, cifar10-mini (numerics 1), budget 6 full trainings");
    char *csv = content("comparison.csv");
    assert_ptr_equal(strstr(csv, "space,protocol"), csv);
    assert_null(strstr(csv + 1, "space,protocol"));
    free(csv);
    assert_true(exists("cell-cifar10-mini-b3-anytime.gp"));
    assert_true(exists("cell-cifar10-mini-b6-anytime.gp"));
    assert_false(exists("cell-cifar10-mini-anytime.gp"));
    report_free(&report);
}

/* Names from traces make no paths. */
static void test_plain_names(void **state)
{
    (void)state;
    char path[160];
    struct fixture fixture = {.protocol = "../x y",
                              .queries = queries,
                              .n_queries = 2,
                              .network = 5,
                              .test_accuracy = 56};
    (void)snprintf(path, sizeof path, "%s/a.trace", traces);
    fixture_write(&fixture, path);
    struct report report = made_apart();
    assert_true(exists("cell-..-x-y-anytime.gp"));
    report_free(&report);
}

/* Tables of different digests are different sections, told apart in the names of the plots. */
static void test_sections(void **state)
{
    (void)state;
    char path[160];
    write_all();
    struct fixture fixture = {.table = FAKE_DIGEST,
                              .queries = queries,
                              .n_queries = 2,
                              .network = 5,
                              .test_accuracy = 56};
    (void)snprintf(path, sizeof path, "%s/a.trace", traces);
    fixture_write(&fixture, path);
    struct report report = made_apart();
    assert_true(exists("cell-cifar10-mini-live-anytime.gp"));
    assert_true(exists("cell-cifar10-mini-7ab1e7ab-anytime.gp"));
    assert_content("comparison.txt", "1 seed, table 7ab1e7ab\n");
    report_free(&report);
}

static void test_damaged(void **state)
{
    (void)state;
    char path[192], expected[1024];
    write_all();
    (void)snprintf(path, sizeof path, "%s/cell/random-search/b6/s1.trace", traces);
    assert_int_equal(file_write(path, "{}\n", 3, NULL), 0);
    struct report report = made_apart();
    assert_int_equal(report.damaged, 1);
    (void)snprintf(
        expected, sizeof expected,
        "gnuplot is not installed: the plot cell-cifar10-mini-anytime is left out; its data "
        "and script lie in %s\n"
        "gnuplot is not installed: the plot cell-cifar10-mini-crossing is left out; its data "
        "and script lie in %s\nleft out: trace %s: line 1: this is no nasbed-trace\n",
        out, out, path);
    assert_string_equal(report.warnings.data, expected);
    assert_content("comparison.txt", "Left out: trace ");
    assert_content("comparison.md", "\nLeft out: trace ");
    assert_content("comparison.txt", "1 to 2 seeds");
    report_free(&report);
}

/* A trace that the table contradicts is left out like a damaged one, and what is left is reported. */
static void test_contradicted(void **state)
{
    (void)state;
    char path[160];
    struct judged judged;
    struct report report;
    struct error error;
    const char *folders[] = {traces};
    judged_open(&judged);
    struct fixture fixture = {.method = "darts",
                              .class = "GO",
                              .protocol = "smoke",
                              .table = judged.table.digest,
                              .queries = queries,
                              .n_queries = 2,
                              .network = 5,
                              .test_accuracy = 58.25,
                              .test_seed = 1};
    struct text text = {0};
    fixture_body(&fixture, &text);
    fixture_replace(&text, "{\"event\":\"finish\"",
                    "{\"event\":\"log\",\"name\":\"incumbent\",\"value\":-1}\n"
                    "{\"event\":\"finish\"");
    fixture_seal(&text);
    (void)snprintf(path, sizeof path, "%s/b.trace", traces);
    fixture_store(&text, path);
    text_free(&text);
    struct report_plan plan = {
        .folders = folders, .n_folders = 1, .out = out, .table = judged.world.path};
    if (report_make(&report, &plan, &error))
        fail_msg("%s", error.text);
    assert_int_equal(report.damaged, 1);
    assert_content("comparison.txt", "RS     random-search ");
    assert_content("comparison.txt", "/b.trace: \"incumbent\" is on record as -1, which is no "
                                     "architecture of the table (0 to ");
    assert_content("index.html", "is on record as -1");
    char *csv = content("manifest.csv");
    assert_null(strstr(csv, "darts"));
    free(csv);
    report_free(&report);

    (void)snprintf(path, sizeof path, "%s/a.trace", traces); /* nothing is left */
    assert_int_equal(unlink(path), 0);
    if (report_make(&report, &plan, &error))
        fail_msg("%s", error.text);
    assert_int_equal(report.damaged, 1);
    report_free(&report);
    judged_close(&judged);
}

static void test_no_gnuplot(void **state)
{
    (void)state;
    char expected[512];
    write_all();
    struct report report = made(); /* leaves plots, where gnuplot is, that must not stay */
    report_free(&report);
    report = made_apart();
    (void)snprintf(
        expected, sizeof expected,
        "gnuplot is not installed: the plot cell-cifar10-mini-anytime is left out; its data "
        "and script lie in %s\n"
        "gnuplot is not installed: the plot cell-cifar10-mini-crossing is left out; its data "
        "and script lie in %s\n",
        out, out);
    assert_string_equal(report.warnings.data, expected);
    assert_null(report.plots.data);
    assert_int_equal(report.failed, 0);
    assert_true(exists("comparison.txt") && exists("cell-cifar10-mini-anytime.gp"));
    assert_content("index.html", "the figure is left out (gnuplot is not installed). Beside this "
                                 "page: <a href=\"cell-cifar10-mini-anytime.dat\">data</a>");
    assert_content("index.html", "<ul class=\"warnings\">\n<li>gnuplot is not installed: the plot");
    assert_false(exists("cell-cifar10-mini-anytime.svg"));
    report_free(&report);
}

/* A gnuplot that fails costs the plot, not the tables. */
static void test_failing_gnuplot(void **state)
{
    (void)state;
    char script[96], command[160];
    write_all();
    (void)snprintf(script, sizeof script, "%s/gnuplot", folder);
    assert_int_equal(file_write(script, "#!/bin/sh\necho no font; exit 3\n", 31, NULL), 0);
    (void)snprintf(command, sizeof command, "chmod +x '%s'", script);
    assert_int_equal(system(command), 0);
    struct report report = made_apart();
    assert_int_equal(report.failed, 2);
    assert_non_null(
        strstr(report.warnings.data, "/cell-cifar10-mini-anytime.gp: no font: the plot"));
    assert_true(exists("comparison.txt"));
    report_free(&report);
}

/* A table in a file judges: under seed 1 network 5 has 58.25 and the best, network 24, 61.25. */
static void test_table(void **state)
{
    (void)state;
    struct judged judged;
    struct report report;
    struct error error;
    const char *folders[] = {traces};
    judged_open(&judged);
    struct report_plan plan = {
        .folders = folders, .n_folders = 1, .out = out, .table = judged.world.path};
    if (report_make(&report, &plan, &error))
        fail_msg("%s", error.text);
    /* Regret; what needs more than one trial is empty. */
    assert_content("comparison.csv", ",3,,,,");
    assert_content("comparison.csv", ",,,,,,trials,1,41.75,3,");
    assert_content("comparison.txt",
                   "No virtual runs of random search: its dearest network costs ");
    assert_content("cell-smoke-anytime.gp", "set label 'regret, percent points of test accuracy'");
    assert_content("cell-smoke-anytime.dat", "# full trainings, mean regret in percent");
    report_free(&report);
    judged_close(&judged);
}

static void refuse(const struct report_plan *plan, enum error_code code, const char *message)
{
    struct report report;
    struct error error;
    assert_int_equal(report_make(&report, plan, &error), code);
    assert_string_equal(error.text, message);
}

static void test_errors(void **state)
{
    (void)state;
    char message[256], file[96];
    const char *folders[] = {traces};
    struct report_plan plan = {.folders = folders, .n_folders = 1, .out = out};
    (void)snprintf(message, sizeof message, "%s: No such file or directory", traces);
    refuse(&plan, ERROR_MISSING, message);
    write_all();
    (void)snprintf(file, sizeof file, "%s/file", folder);
    assert_int_equal(file_write(file, "", 0, NULL), 0);
    (void)snprintf(message, sizeof message, "%s: folder cannot be made: a file has that name",
                   file);
    plan.out = file;
    refuse(&plan, ERROR_IO, message);
}

/* A table that was named must be there. */
static void test_bad_table(void **state)
{
    (void)state;
    char path[160], table[96];
    struct report report;
    struct error error;
    const char *folders[] = {traces};
    struct fixture fixture = {.table = FAKE_DIGEST,
                              .queries = queries,
                              .n_queries = 2,
                              .network = 5,
                              .test_accuracy = 56};
    (void)snprintf(path, sizeof path, "%s/a.trace", traces);
    fixture_write(&fixture, path);
    (void)snprintf(table, sizeof table, "%s/none.h5", folder);
    struct report_plan plan = {.folders = folders, .n_folders = 1, .out = out, .table = table};
    assert_int_equal(report_make(&report, &plan, &error), ERROR_MISSING);
    assert_non_null(strstr(error.text, table));
}

/* ---- The program ----------------------------------------------------------------------------- */

/* `nasbed report ARGUMENTS` in `folder`, its streams in out.txt and err.txt there: the exit
 * code. */
static int program(const char *arguments)
{
    char command[512];
    (void)snprintf(command, sizeof command, "cd '%s' && '%s' report %s >out.txt 2>err.txt", folder,
                   NASBED_TEST_PROGRAM, arguments);
    int status = system(command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_stream(const char *stream, const char *part)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%s.txt", stream);
    assert_content_in(folder, name, part);
}

static void test_program(void **state)
{
    (void)state;
    write_all();
    assert_int_equal(program("traces"), 0);
    assert_stream("out",
                  "cell, cifar10-mini (numerics 1), budget 6 full trainings, 2 seeds, trained "
                  "live\n");
    assert_stream("out", "\ntables  out/comparison.txt, .md, .csv, .tex\n");
    if (has_gnuplot())
        assert_stream("out", "plot    out/cell-cifar10-mini-anytime.svg\n");
    assert_int_equal(program("traces --format csv --out other"), 0);
    char *printed = content_in(folder, "out.txt"),
         *file = content_in(folder, "other/comparison.csv");
    assert_string_equal(printed, file);
    free(file);
    free(printed);
    assert_stream("err", "tables  other/comparison.txt");
    assert_int_equal(program("traces traces --quiet --format markdown"), 0);
    printed = content_in(folder, "out.txt");
    file = content("comparison.md");
    assert_string_equal(printed, file);
    free(file);
    free(printed);
    assert_stream("err",
                  "nasbed: report: 4 of the traces are there more than once and count once\n");
}

static void test_program_fails(void **state)
{
    (void)state;
    assert_int_equal(program(""), 2);
    assert_stream("err", "nasbed: report: no DIR with traces was given\n");
    assert_int_equal(program("traces --format pdf"), 2);
    assert_stream("err", "nasbed: report: format = pdf: must be text, markdown, csv or latex\n");
    assert_int_equal(program("traces --format html --out page"), 2);
    assert_stream("err", "nasbed: report: format = html: must be text, markdown, csv or latex; the "
                         "page, page/index.html, is always written\n");
    assert_int_equal(program("traces"), 1);
    assert_stream("err", "nasbed: report: traces: No such file or directory\n");
    write_all();
    char path[160];
    (void)snprintf(path, sizeof path, "%s/bad.trace", traces);
    assert_int_equal(file_write(path, "", 0, NULL), 0);
    assert_int_equal(program("traces"), 1); /* the rest is reported all the same */
    assert_stream("err", "nasbed: report: left out: trace traces/bad.trace: is empty\n");
    assert_stream("out", "RS     random-search ");
}

/* Two folders are one report; a trace of another protocol under the same name is refused, and the
 * message names both hashes and both files. */
static void test_program_mixture(void **state)
{
    (void)state;
    char path[192];
    static const char other[] = "fedcba9876543210fedcba9876543210";
    struct fixture fixture = {
        .seed = 7, .queries = queries, .n_queries = 2, .network = 5, .test_accuracy = 56};
    write_all();
    (void)snprintf(path, sizeof path, "%s/more/a.trace", folder);
    fixture_write(&fixture, path);
    assert_int_equal(program("traces more"), 0);
    assert_stream("out", "budget 6 full trainings, 2 to 3 seeds, trained live\n");
    assert_stream("out", "page    out/index.html\n");
    fixture.hash = other;
    fixture_write(&fixture, path);
    assert_int_equal(program("traces more"), 1);
    assert_stream("err", "traces with different protocol hashes do not belong in one section: ");
    assert_stream("err", FIXTURE_HASH " in traces/cell/");
    assert_stream("err", other);
    assert_stream("err", " in more/a.trace");
}

/* A score file that cannot be read is named and skipped like a trace: exit 1. Only a section whose
 * table is at hand looks at them. */
static void test_program_scores(void **state)
{
    (void)state;
    char path[192], arguments[192];
    struct judged judged;
    struct error error;
    judged_open(&judged);
    (void)snprintf(arguments, sizeof arguments, "traces --table '%s'", judged.world.path);
    assert_int_equal(program(arguments), 0);
    assert_content_in(folder, "out/index.html", "There are no scores of supernets beside");
    assert_content_in(folder, "out/rankings.csv", ",validation,params,");
    (void)snprintf(path, sizeof path, "%s/%s/spos/b6", traces, judged.table.identity.space);
    assert_int_equal(folder_make(path, &error), 0);
    (void)snprintf(path, sizeof path, "%s/%s/spos/b6/s0.csv", traces, judged.table.identity.space);
    assert_int_equal(file_write(path, "x\n", 2, &error), 0);
    assert_int_equal(program(arguments), 1);
    assert_stream("err", "left out: traces/cell/spos/b6/s0.csv: line 1: expected");
    judged_close(&judged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_columns, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_page, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_logged, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_same_bytes, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_budgets, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_plain_names, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_sections, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_contradicted, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_no_gnuplot, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_failing_gnuplot, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_table, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_errors, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_table, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_program, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_program_fails, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_program_mixture, set_up_folders, tear_down),
        cmocka_unit_test_setup_teardown(test_program_scores, set_up_folders, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
