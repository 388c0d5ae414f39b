/* What the tests of reports share: a fresh folder for each test, the made-up table that judges, the
 * comparison of all traces in the folder, and what its files hold. */
#ifndef NASBED_TESTS_REPORT_FIXTURE_H
#define NASBED_TESTS_REPORT_FIXTURE_H

#include "base/file.h"
#include "reports/comparison.h"
#include "tests/table_fake.h"

static char folder[64];
static struct table_fake fake;

/* Set-up and tear-down of each test. */
static inline int set_up(void **state)
{
    (void)state;
    fixture_folder(folder);
    table_fake_init(&fake);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    fixture_remove(folder);
    return 0;
}

#define REPORT_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

struct compared {
    struct collection collection;
    struct comparison comparison;
};

/* Compare the first block of the traces in `folder`, judged by `table` (may be NULL). */
static inline void compare(struct compared *compared, const struct table *table)
{
    struct error error;
    const char *folders[] = {folder};
    if (collection_open(&compared->collection, folders, 1, &error) ||
        comparison_init(&compared->comparison, &compared->collection, 0, table, &error))
        fail_msg("%s", error.text);
}

static inline void compared_free(struct compared *compared)
{
    comparison_free(&compared->comparison);
    collection_close(&compared->collection);
}

/* What the file WHERE/NAME holds; the caller frees. */
static inline char *content_in(const char *where, const char *name)
{
    char path[160], *data = NULL;
    size_t size;
    struct error error;
    (void)snprintf(path, sizeof path, "%s/%s", where, name);
    if (file_read(path, &data, &size, &error))
        fail_msg("%s", error.text);
    return data;
}

static inline void assert_content_in(const char *where, const char *name, const char *part)
{
    char *text = content_in(where, name);
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in %s:\n%s", part, name, text);
    free(text);
}

#endif
