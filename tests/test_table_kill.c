/* kill -9 in the middle of a build, ten times: the finished file is that of an undisturbed
 * build. */
#include "base/file.h"
#include "tests/table_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { KILLS = 10 };

static void sleep_ms(unsigned milliseconds)
{
    struct timespec time = {.tv_sec = milliseconds / 1000,
                            .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

static size_t log_size(const struct world *world)
{
    char *log = parts_beside(world->path, ".parts/0-of-1.log");
    size_t size = 0;
    if (file_exists(log))
        free(world_bytes(log, &size));
    free(log);
    return size;
}

/* A child that builds, killed after about `milliseconds`; true if it was killed before it ended. */
static bool build_and_kill(struct world *world, unsigned milliseconds)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct error error;
        _exit(table_build(&world->plan, NULL, &error) ? 1 : 0);
    }
    sleep_ms(milliseconds);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status);
}

static void test_kill_ten_times(void **state)
{
    struct world world, undisturbed;
    struct random_stream stream = random_stream(7, RANDOM_TEST, 0, 0);
    size_t before = 0;
    int killed = 0, grown = 0;
    (void)state;
    world_open(&world);
    world.delay = 20000; /* 80 rows on 2 threads: 0.8 s in all */
    for (int i = 0; i < KILLS; i++) {
        killed += build_and_kill(&world, 15 + random_below(&stream, 60)) ? 1 : 0;
        size_t now = log_size(&world);
        assert_true(now >= before); /* what was appended is never lost */
        grown += now > before ? 1 : 0;
        before = now;
    }
    assert_int_equal(killed, KILLS);
    assert_true(grown > 0);
    assert_false(file_exists(world.path));
    world.delay = 0;
    world_build(&world);
    world_open(&undisturbed);
    world_build(&undisturbed);
    assert_same_file(world.path, undisturbed.path);
    world_close(&undisturbed);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kill_ten_times)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
