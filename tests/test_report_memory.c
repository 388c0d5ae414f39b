/* The n-th allocation fails: what makes a report says so and gives back what it holds. */
#include "base/file.h"
#include "reports/checklist.h"
#include "reports/manifest.h"
#include "reports/page.h"
#include "reports/rankings.h"
#include "reports/report.h"
#include "reports/runtime.h"

#include "tests/report_fixture.h"

#ifdef __SANITIZE_ADDRESS__

static void test_allocation_failures(void **state)
{
    (void)state;
    (void)printf("skipped: the sanitizer owns the allocator\n");
    skip();
}

#else

#define FAILING_ALLOCATOR_SPARES_MALLOC
#include "tests/failing_allocator.h"

static const struct fixture_query queries[] = {{3, 12, 55, 900000000000ull},
                                               {5, 12, 57, 1500000000000ull}};

static void write_traces(void)
{
    static const char *const methods[] = {"random-search", "local-search"};
    for (unsigned i = 0; i < 4; i++) {
        char path[160];
        struct fixture fixture = {.method = methods[i / 2],
                                  .seed = i % 2,
                                  .queries = queries,
                                  .n_queries = 2,
                                  .origin = i / 2 ? "{\"command\":\"l\",\"files\":{\"l\":"
                                                    "\"" FIXTURE_HASH "\"}}"
                                                  : NULL,
                                  .options = "{\"k\":{\"value\":2,\"default\":1,"
                                             "\"provenance\":\"x\"}}",
                                  .network = 5,
                                  .test_accuracy = 56};
        (void)snprintf(path, sizeof path, "%s/t%u.trace", folder, i);
        fixture_write(&fixture, path);
    }
}

static int work_checklist(const struct compared *compared, struct text *out, struct error *error)
{
    struct checklist checklist;
    int status = checklist_make(&checklist, &compared->collection, 0, 4, NULL, error);
    if (status)
        return status;
    status = checklist_print(&checklist, REPORT_HTML, out, error);
    checklist_free(&checklist);
    return status;
}

static int work_manifest(const struct compared *compared, struct text *out, struct error *error)
{
    int status = manifest_print(&compared->collection, 0, 4, REPORT_HTML, true, out, error);
    return status ? status
                  : manifest_print(&compared->collection, 0, 4, REPORT_CSV, true, out, error);
}

static int work_runtime(const struct compared *compared, struct text *out, struct error *error)
{
    struct anytime anytime;
    struct runtime runtime;
    int status = anytime_init(&anytime, &compared->comparison, NULL, error);
    if (status)
        return status;
    status = runtime_init(&runtime, &anytime, error);
    if (!status) {
        status = runtime_print(&runtime, REPORT_HTML, true, out, error);
        if (!status)
            status = runtime_write_crossing(&runtime, folder, "p", error);
        runtime_free(&runtime);
    }
    anytime_free(&anytime);
    return status;
}

static int work_page(const struct compared *compared, struct text *out, struct error *error)
{
    (void)compared;
    (void)out;
    struct page page = {0};
    const struct text warnings = {0};
    page_section(&page, "a section", "its digests");
    page_part(&page, "a part");
    page_fold(&page, "folded");
    page_note(&page, "a note");
    int status = page_figure(&page, folder, "none", "a figure", "not drawn", error);
    if (!status)
        status = page_write(&page, folder, "1 trace", &warnings, error);
    page_free(&page);
    return status;
}

static uint64_t cost[FAKE_NETWORKS];

static void write_scores(void)
{
    static const char text[] = "architecture,score\n0,0\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n7,7\n";
    char path[160];
    (void)snprintf(path, sizeof path, "%s/cell/spos/b6", folder);
    assert_int_equal(folder_make(path, NULL), 0);
    (void)snprintf(path, sizeof path, "%s/cell/spos/b6/s0.csv", folder);
    assert_int_equal(file_write(path, text, strlen(text), NULL), 0);
    for (unsigned i = 0; i < 2 * FAKE_NETWORKS * 12; i++)
        fake.valid_accuracy[i] = 40.0f + (float)(i % FAKE_NETWORKS);
    for (unsigned i = 0; i < FAKE_NETWORKS; i++)
        cost[i] = 100 + i;
    fake.table.space = space_find("cell", NULL);
    fake.table.params = fake.table.macs = cost;
}

/* Of a table in memory; the scores of a supernet lie in the folder. */
static int work_rankings(const struct compared *compared, struct text *out, struct error *error)
{
    (void)compared;
    const char *folders[] = {folder};
    struct score_files files;
    struct rankings rankings;
    int status = score_files_open(&files, folders, 1, error);
    if (status)
        return status;
    status = rankings_make(&rankings, &fake.table, &files, error);
    if (!status) {
        status = rankings_print(&rankings, REPORT_HTML, true, out, error);
        if (!status)
            status = rankings_print(&rankings, REPORT_CSV, true, out, error);
        if (!status)
            status = rankings_write(&rankings, 0, folder, "p", error);
        rankings_free(&rankings);
    }
    score_files_close(&files);
    return status;
}

/* The whole, without gnuplot, which is another program's memory. */
static int work_report(const struct compared *compared, struct text *out, struct error *error)
{
    (void)compared;
    (void)out;
    const char *folders[] = {folder};
    char where[80];
    static const struct survey_method methods[] = {{"local-search", NULL}};
    (void)snprintf(where, sizeof where, "%s/out", folder);
    const struct report_plan plan = {
        .folders = folders, .n_folders = 1, .out = where, .methods = methods, .n_methods = 1};
    struct report report;
    int status = report_make(&report, &plan, error);
    if (!status)
        report_free(&report);
    return status;
}

typedef int work(const struct compared *compared, struct text *out, struct error *error);

/* Work with allocation `n` failing. False if there was none such: the work is done. */
static bool fail_once(work *does, const struct compared *compared, int n)
{
    struct error error = {0};
    struct text out = {0};
    countdown = n;
    held = 0;
    watching = true;
    int status = does(compared, &out, &error);
    bool noted = out.failed; /* a text that has failed stays so: its owner sees that at the end */
    text_free(&out);
    watching = false;
    if (held)
        fail_msg("allocation %d: %ld are not given back (%s)", n, held, error.text);
    if (countdown >= 0) {
        assert_int_equal(status, 0);
        return false;
    }
    if (status ? status != ERROR_MEMORY : !noted)
        fail_msg("allocation %d failed: status %d, %s", n, status, error.text);
    assert_true(!status || strstr(error.text, "out of memory"));
    return true;
}

enum {
    EVERY = 128
}; /* so many allocations fail one by one, and of more some: a report has 5,600 */

static void test_allocation_failures(void **state)
{
    (void)state;
    work *const works[] = {work_checklist, work_manifest, work_runtime,
                           work_page,      work_rankings, work_report};
    struct compared compared;
    write_traces();
    write_scores();
    compare(&compared, NULL);
    char *programs = strdup(getenv("PATH"));
    assert_int_equal(setenv("PATH", folder, 1), 0); /* no gnuplot: it would take its time */
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        int n = 0;
        while (fail_once(works[i], &compared, n))
            n += n < EVERY ? 1 : 1 + n / 16;
        assert_true(n > 5);
    }
    assert_int_equal(setenv("PATH", programs, 1), 0);
    free(programs);
    compared_free(&compared);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPORT_TEST(test_allocation_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
