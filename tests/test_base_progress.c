/* Progress: nothing when quiet, whole lines in a log, one redrawn line on a terminal; clocks. */
#include "base/file.h"
#include "base/progress.h"

#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>

static int kept; /* the real standard error while another stands in for it */

static void redirect(int to)
{
    (void)fflush(stderr);
    kept = dup(STDERR_FILENO);
    assert_int_equal(dup2(to, STDERR_FILENO), STDERR_FILENO);
}

static void restore(void)
{
    (void)fflush(stderr);
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(kept), 0);
}

static double
    now; /* the time of the progress under test: a loaded machine must not change its figures */

static double still(void)
{
    return now;
}

/* Three of ten done, two of them by an earlier run, one in ten seconds. */
static void work(bool quiet, bool ended)
{
    struct progress progress;
    progress_start(&progress, "build cell", "networks", 2, 10, quiet);
    now = progress.started + 10;
    progress.clock = still;
    progress_update(&progress, 3);
    if (ended)
        progress_end(&progress);
}

/* What work() writes to standard error when that is a file; the caller frees. */
static char *log_of(bool quiet, bool ended)
{
    char *data;
    size_t size;
    const char *path = scratch_path("log");
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    redirect(file);
    work(quiet, ended);
    restore();
    assert_int_equal(close(file), 0);
    assert_int_equal(file_read(path, &data, &size, NULL), 0);
    return data;
}

static void quiet_means_nothing(void **state)
{
    (void)state;
    char *log = log_of(true, true);
    assert_string_equal(log, "");
    free(log);
}

/* A log gets a line a minute: none after ten seconds, one at the end. */
static void a_log_gets_whole_lines(void **state)
{
    (void)state;
    char *log = log_of(false, false);
    assert_string_equal(log, "");
    free(log);
    log = log_of(false, true);
    assert_non_null(strstr(log, "build cell "));
    assert_non_null(
        strstr(log, "[######--------------]  30 %  3/10 networks  0.1/s  0:10 in all\n"));
    assert_null(strchr(log, '\r'));
    free(log);
}

/* A terminal is drawn to at once and again after 0.2 s: rate of this run alone, time left. */
static void a_terminal_gets_one_line(void **state)
{
    (void)state;
    char seen[2048] = "";
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    redirect(slave);
    work(false, true);
    restore();
    for (size_t have = 0;
         !strchr(seen, '\n');) { /* a terminal hands out what it has, not what was asked */
        ssize_t got = read(master, seen + have, sizeof seen - 1 - have);
        assert_true(got > 0);
        have += (size_t)got;
    }
    assert_int_equal(close(slave), 0);
    assert_int_equal(close(master), 0);
    assert_int_equal(seen[0], '\r');
    assert_non_null(strstr(seen, " 20 %  2/10 networks  0/s  -:-- left"));
    assert_non_null(strstr(seen, " 30 %  3/10 networks  0.1/s  1:10 left"));
    assert_non_null(strstr(seen, " 30 %  3/10 networks  0.1/s  0:10 in all"));
    int lines = 0;
    for (const char *c = seen; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 1);
}

static void clocks_go_forward(void **state)
{
    (void)state;
    double wall = clock_seconds(), process = clock_cpu_seconds(), thread = clock_thread_seconds();
    while (clock_thread_seconds() - thread < 0.02)
        ;
    assert_true(clock_seconds() - wall >= 0.02);
    assert_true(clock_cpu_seconds() - process >= 0.02);
    double slept = clock_thread_seconds();
    (void)usleep(200000);
    assert_true(clock_thread_seconds() - slept < 0.15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_means_nothing),
        cmocka_unit_test(a_log_gets_whole_lines),
        cmocka_unit_test(a_terminal_gets_one_line),
        cmocka_unit_test(clocks_go_forward),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
