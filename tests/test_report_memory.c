/* The n-th allocation fails, for every n: what makes the page says so and gives back what it holds. */
#include "reports/checklist.h"
#include "reports/manifest.h"
#include "reports/page.h"
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

static void test_allocation_failures(void **state)
{
    (void)state;
    int (*const works[])(const struct compared *compared, struct text *out, struct error *error) = {
        work_checklist, work_manifest, work_runtime, work_page};
    struct compared compared;
    write_traces();
    compare(&compared, NULL);
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        int status = ERROR_MEMORY, failures = 0;
        for (; status; failures++) {
            struct error error = {0};
            struct text out = {0};
            countdown = failures;
            held = 0;
            watching = true;
            status = works[i](&compared, &out, &error);
            text_free(&out);
            watching = false;
            assert_int_equal(held, 0);
            assert_true(status == 0 || status == ERROR_MEMORY);
            if (status)
                assert_non_null(strstr(error.text, "out of memory"));
        }
        assert_true(failures > 5);
    }
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
