/* The task pool: nested tasks give the same results for any number of workers. */
#include "base/pool.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

enum { WORKERS_MAX = 4, BRANCHES = 3, DEPTH = 5 };

static int workers; /* of the pool that runs */
static int outside; /* tasks that were told a worker out of range */

/* A tree of tasks: a node draws from its own stream and combines its children in their order, so any
 * order of running gives the same value, and any lost or doubled child another. */
struct node {
    uint32_t item;
    int depth;
    uint64_t value;
};

static void note_worker(int worker)
{
    if (worker < 0 || worker >= workers || worker != pool_worker()) {
#pragma omp atomic
        outside++;
    }
}

static void run_node(void *argument, int worker)
{
    struct node *node = argument, child[BRANCHES];
    note_worker(worker);
    struct random_stream stream = random_stream(1, RANDOM_TEST, (uint32_t)node->depth, node->item);
    node->value = random_u64(&stream);
    if (node->depth == DEPTH)
        return;
    for (uint32_t i = 0; i < BRANCHES; i++) {
        child[i] = (struct node){.item = node->item * BRANCHES + i, .depth = node->depth + 1};
        pool_submit(run_node, &child[i]);
    }
    pool_wait();
    for (int i = 0; i < BRANCHES; i++)
        node->value = node->value * 0x9e3779b97f4a7c15u + child[i].value;
}

static void run_tree(void *argument)
{
    run_node(argument, pool_worker());
}

static void nested_tasks_give_the_same_on_any_team(void **state)
{
    (void)state;
    uint64_t first = 0;
    for (workers = 1; workers <= WORKERS_MAX; workers++)
        for (int repeat = 0; repeat < 10; repeat++) {
            struct node root = {.item = 0};
            pool_run(workers, run_tree, &root);
            if (workers == 1 && repeat == 0)
                first = root.value;
            assert_true(root.value == first);
        }
    assert_int_equal(outside, 0);
}

enum { TASKS = 1000 };

struct counter {
    int runs[TASKS];
    int busy[WORKERS_MAX]; /* tasks now on that worker: never two */
    int clashes;
    bool complete; /* at the return of pool_wait */
};

struct task {
    struct counter *counter;
    int number;
};

static void count_run(void *argument, int worker)
{
    struct task *task = argument;
    if (task->counter->busy[worker]++) {
#pragma omp atomic
        task->counter->clashes++;
    }
    for (volatile int i = 0; i < 1000; i++)
        ;
    task->counter->runs[task->number]++;
    task->counter->busy[worker]--;
}

static void submit_all(void *argument)
{
    struct counter *counter = argument;
    struct task *task = calloc(TASKS, sizeof *task);
    for (int i = 0; i < TASKS; i++) {
        task[i] = (struct task){counter, i};
        pool_submit(count_run, &task[i]);
    }
    pool_wait();
    counter->complete = true;
    for (int i = 0; i < TASKS; i++)
        counter->complete = counter->complete && counter->runs[i] == 1;
    free(task);
}

/* Every task runs once, before pool_wait returns, alone on its worker's workspace. */
static void tasks_run_once_and_alone(void **state)
{
    (void)state;
    for (workers = 1; workers <= WORKERS_MAX; workers++) {
        struct counter counter = {.clashes = 0};
        pool_run(workers, submit_all, &counter);
        assert_true(counter.complete);
        assert_int_equal(counter.clashes, 0);
    }
}

static void threads_of_a_command_line(void **state)
{
    (void)state;
    cpu_set_t all, one;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    assert_int_equal(pool_cores(), CPU_COUNT(&all));
    assert_int_equal(pool_threads(0), pool_cores());
    assert_int_equal(pool_threads(3), 3);
    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &all) && CPU_COUNT(&one) == 0)
            CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(pool_cores(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_of_a_command_line),
        cmocka_unit_test(nested_tasks_give_the_same_on_any_team),
        cmocka_unit_test(tasks_run_once_and_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
