/* The n-th allocation fails, for every n (of reading) or many (of making a table): the importers
 * say so and give back what they hold. */
#include "tests/import_fixture.h"

#ifdef __SANITIZE_ADDRESS__

static void test_memory(void **state)
{
    (void)state;
    (void)printf("skipped: the sanitizer owns the allocator\n");
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "tests/failing_allocator.h"

/* One text and who reads it. */
struct source {
    const char *text;
    int (*read)(struct harvest *harvest, const struct source *source, struct error *error);
    struct import_case *made;
};

static int read_csv(struct harvest *harvest, const struct source *source, struct error *error)
{
    FILE *stream = fmemopen((void *)(uintptr_t)source->text, strlen(source->text), "rb");
    if (!stream)
        return error_set(error, ERROR_MEMORY, "out of memory");
    int status = import_read_csv(harvest, stream, error);
    (void)fclose(stream);
    return status;
}

static int read_macro(struct harvest *harvest, const struct source *source, struct error *error)
{
    return import_read_macro(harvest, source->text, strlen(source->text), error);
}

static int read_all(const struct source *source, bool table, struct error *error)
{
    struct harvest harvest;
    struct table made;
    int status = harvest_init(&harvest, &source->made->plan, error);
    if (!status)
        status = source->read(&harvest, source, error);
    if (!status && table) {
        status = harvest_table(&harvest, "0123456789abcdef0123456789abcdef", &made, error);
        if (!status)
            table_close(&made);
    }
    harvest_free(&harvest);
    return status;
}

/* With the n-th allocation refused; true if there was no n-th. */
static bool try_refused(const struct source *source, bool table, long n)
{
    struct error error = {.text = ""};
    countdown = n;
    held = 0;
    watching = true;
    int status = read_all(source, table, &error);
    watching = false;
    assert_int_equal(held, 0);
    /* The JSON library takes an allocation refused to it for a mistake in the text. */
    bool taken = source->read == read_macro && status == ERROR_FORMAT &&
                 strncmp(error.text, "line 1, column ", 15) == 0;
    if (status && !taken && (status != ERROR_MEMORY || !strstr(error.text, "out of memory")))
        fail_msg("allocation %ld: %d: %s", n, status, error.text);
    return countdown >= 0;
}

static void check(const struct source *source)
{
    long n = 0;
    while (!try_refused(source, false, n))
        n++;
    assert_true(n > 4);
    for (n = 0; n < 100000 && !try_refused(source, true, n); n += n < 40 ? 1 : n / 2)
        ;
    assert_true(n > 40);
}

static void test_memory(void **state)
{
    (void)state;
    struct import_case cell, macro;
    static const char entry[] = "{\"00000000\": {\"test_acc\": [45.25, 45.5, 45.75], "
                                "\"params\": 387882, \"flops\": 7713280}}";
    import_open(&cell, "cell", "nasbench201", 1);
    import_open(&macro, "macro", "nasbench-macro", 1);
    cell.plan.columns = "architecture=a,valid_accuracy=v,test_accuracy=t";
    cell.plan.partial = macro.plan.partial = true;
    macro.plan.seeds = 3;
    macro.plan.reading = IMPORT_CLASSES;
    macro.plan.search_on_test = true;
    check(&(struct source){"a,v,t\n\"7\",5,6\n8,7,8\n", read_csv, &cell});
    check(&(struct source){entry, read_macro, &macro});
    import_close(&macro);
    import_close(&cell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
