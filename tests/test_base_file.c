/* Files: whole or not at all, what a kill leaves, folders. */
#include "base/file.h"

#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void files_are_read_whole(void **state)
{
    (void)state;
    char *data, expected[256];
    size_t size;
    struct error error;
    const char *path = scratch_path("file");
    assert_int_equal(file_write(path, "a\0b\n", 4, &error), 0);
    assert_int_equal(file_read(path, &data, &size, &error), 0);
    assert_int_equal(size, 4);
    assert_memory_equal(data, "a\0b\n", 5);
    free(data);
    assert_int_equal(file_read("/proc/self/status", &data, &size, &error), 0); /* size unknown */
    assert_true(size > 100 && strlen(data) == size);
    free(data);
    assert_int_equal(file_read(scratch_path("nothing"), &data, &size, &error), ERROR_MISSING);
    (void)snprintf(expected, sizeof expected, "%s: No such file or directory",
                   scratch_path("nothing"));
    assert_string_equal(error.text, expected);
    assert_int_equal(file_read(scratch, &data, &size, &error), ERROR_IO);
    (void)snprintf(expected, sizeof expected, "%s: is not a readable file", scratch);
    assert_string_equal(error.text, expected);
    assert_int_equal(file_read(scratch_path("file/below"), &data, &size, &error), ERROR_IO);
    assert_non_null(strstr(error.text, "file/below: Not a directory"));
}

/* Files in a folder. */
static int count_entries(const char *path)
{
    int count = -2; /* . and .. */
    DIR *folder = opendir(path);
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count;
}

static void assert_content(const char *path, const char *expected)
{
    char *data;
    size_t size;
    assert_int_equal(file_read(path, &data, &size, NULL), 0);
    assert_string_equal(data, expected);
    free(data);
}

/* Where nothing can be written the message says so, and nothing is left behind. */
static void unwritable_places_are_told(void **state)
{
    (void)state;
    struct error error;
    char expected[256];
    (void)scratch_folder("place");
    (void)scratch_folder("place/taken");
    assert_int_equal(file_write("/proc/nasbed", "x", 1, &error), ERROR_IO);
    assert_memory_equal(error.text, "/proc/nasbed: cannot be written: ", 33);
    assert_int_equal(file_write(scratch_path("place/none/file"), "x", 1, &error), ERROR_IO);
    (void)snprintf(expected, sizeof expected, "%s: cannot be written: No such file or directory",
                   scratch_path("place/none/file"));
    assert_string_equal(error.text, expected);
    assert_int_equal(file_write(scratch_path("place/taken"), "x", 1, &error), ERROR_IO);
    (void)snprintf(expected, sizeof expected, "%s: cannot be renamed into place: Is a directory",
                   scratch_path("place/taken"));
    assert_string_equal(error.text, expected);
    assert_int_equal(count_entries(scratch_path("place")), 1);
}

/* In a child, so that the limit is its own: status 0 if all is as it should be. */
static int write_beyond_limit(const char *path)
{
    struct error error;
    char expected[256], many[4096] = {0};
    const struct rlimit limit = {1000, 1000};
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit))
        return 1;
    if (file_write(path, many, sizeof many, &error) != ERROR_IO)
        return 2;
    (void)snprintf(expected, sizeof expected, "%s: cannot be written: File too large", path);
    return strcmp(error.text, expected) == 0 ? 0 : 3;
}

static void too_large_a_file_leaves_the_old_one(void **state)
{
    (void)state;
    (void)scratch_folder("limit");
    const char *path = scratch_path("limit/file");
    assert_int_equal(file_write(path, "old", 3, NULL), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(write_beyond_limit(path));
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFEXITED(ended));
    assert_int_equal(WEXITSTATUS(ended), 0);
    assert_content(path, "old");
    assert_int_equal(count_entries(scratch_path("limit")), 1);
}

static void writing_replaces(void **state)
{
    (void)state;
    (void)scratch_folder("replace");
    const char *path = scratch_path("replace/file");
    assert_false(file_exists(path));
    assert_int_equal(file_write(path, "a longer text", 13, NULL), 0);
    assert_int_equal(file_write(path, "short", 5, NULL), 0);
    assert_true(file_exists(path));
    assert_content(path, "short");
    assert_int_equal(file_write(path, "", 0, NULL), 0);
    assert_content(path, "");
    assert_int_equal(count_entries(scratch_path("replace")), 1);
}

/* The number of a process that is no more. */
static long dead_process(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return (long)child;
}

static char *temporary_path(const char *base, long process, const char *ending)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s.%ld%s", base, process, ending);
    return path;
}

/* What a killed process left goes; what is written, is another file's or no temporary at all stays. */
static void temporaries_are_cleaned(void **state)
{
    (void)state;
    long dead = dead_process();
    assert_int_equal(folder_make(scratch_path("clean"), NULL), 0);
    char base[128], other[128];
    (void)snprintf(base, sizeof base, "%s", scratch_path("clean/s0.h5"));
    (void)snprintf(other, sizeof other, "%s", scratch_path("clean/s0.h"));
    assert_int_equal(file_write(base, "whole", 5, NULL), 0);
    assert_int_equal(file_write(temporary_path(base, dead, ".tmp"), "cut", 3, NULL), 0);
    assert_int_equal(file_write(temporary_path(base, (long)getpid(), ".tmp"), "mine", 4, NULL), 0);
    assert_int_equal(file_write(temporary_path(base, dead, ".tmpx"), "x", 1, NULL), 0);
    assert_int_equal(file_write(temporary_path(other, dead, ".tmp"), "x", 1, NULL), 0);
    file_clean(base);
    assert_int_equal(count_entries(scratch_path("clean")), 4);
    assert_false(file_exists(temporary_path(base, dead, ".tmp")));
    assert_content(base, "whole");
    /* A writer on another machine, whose number is nobody's here, has it locked. */
    int writer = open(temporary_path(base, dead, ".tmp"), O_WRONLY | O_CREAT, 0666);
    assert_true(writer >= 0);
    assert_int_equal(flock(writer, LOCK_EX), 0);
    file_clean(base);
    assert_true(file_exists(temporary_path(base, dead, ".tmp")));
    assert_int_equal(close(writer), 0);
    file_clean(base);
    assert_false(file_exists(temporary_path(base, dead, ".tmp")));
    file_clean(scratch_path("nowhere/s0.h5")); /* nothing there: nothing happens */
}

static void folders_are_made_with_those_above(void **state)
{
    (void)state;
    struct error error;
    char expected[256];
    const char *deep = scratch_path("a/b//c/");
    assert_int_equal(folder_make(deep, &error), 0);
    assert_int_equal(folder_make(deep, &error), 0);
    assert_true(file_exists(scratch_path("a/b/c")));
    assert_int_equal(file_write(scratch_path("a/file"), "x", 1, NULL), 0);
    assert_int_equal(folder_make(scratch_path("a/file/c"), &error), ERROR_IO);
    (void)snprintf(expected, sizeof expected, "%s: folder cannot be made: a file has that name",
                   scratch_path("a/file"));
    assert_string_equal(error.text, expected);
    assert_int_equal(folder_make("/proc/nasbed", &error), ERROR_IO);
    assert_memory_equal(error.text, "/proc/nasbed: folder cannot be made: ", 37);
}

/* The first folder that has it; where none has, the last is named. */
static void the_first_folder_that_has_a_file_is_found(void **state)
{
    (void)state;
    char first[128], second[128], expected[192];
    struct error error;
    struct text path = {0};
    (void)snprintf(first, sizeof first, "%s", scratch_path("first"));
    (void)snprintf(second, sizeof second, "%s", scratch_path("second"));
    const char *const folders[] = {first, second};
    assert_int_equal(folder_make(second, &error), 0);
    assert_false(file_find(folders, 2, "x", &path));
    (void)snprintf(expected, sizeof expected, "%s/x", second);
    assert_string_equal(path.data, expected);
    assert_int_equal(file_write(expected, "", 0, &error), 0);
    assert_true(file_find(folders, 2, "x", &path));
    assert_string_equal(path.data, expected);
    assert_int_equal(folder_make(first, &error), 0);
    (void)snprintf(expected, sizeof expected, "%s/x", first);
    assert_int_equal(file_write(expected, "", 0, &error), 0);
    assert_true(file_find(folders, 2, "x", &path));
    assert_string_equal(path.data, expected);
    text_free(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_whole),
        cmocka_unit_test(unwritable_places_are_told),
        cmocka_unit_test(too_large_a_file_leaves_the_old_one),
        cmocka_unit_test(writing_replaces),
        cmocka_unit_test(temporaries_are_cleaned),
        cmocka_unit_test(folders_are_made_with_those_above),
        cmocka_unit_test(the_first_folder_that_has_a_file_is_found),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
