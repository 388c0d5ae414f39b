#include "base/pool.h"

#include <omp.h>
#include <sched.h>

int pool_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set))
        return 1;
    int cores = CPU_COUNT(&set);
    return cores < 1 ? 1 : cores;
}

int pool_threads(int threads)
{
    return threads > 0 ? threads : pool_cores();
}

void pool_run(int workers, void (*root)(void *argument), void *argument)
{
#pragma omp parallel num_threads(workers)
#pragma omp single
    root(argument);
}

void pool_submit(pool_task *task, void *argument)
{
#pragma omp task firstprivate(task, argument)
    task(argument, omp_get_thread_num());
}

void pool_wait(void)
{
#pragma omp taskwait
}

int pool_worker(void)
{
    return omp_get_thread_num();
}
