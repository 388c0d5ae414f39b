/* The task pool: OpenMP tasks, one team of workers for a whole command. Results may never depend on
 * the number of workers: a task is told its worker's number only to find that worker's workspace. */
#ifndef NASBED_BASE_POOL_H
#define NASBED_BASE_POOL_H

/* Cores this process may run on (its affinity mask), at least 1. */
int pool_cores(void);

/* `threads` as given on a command line: 0 means all cores. */
int pool_threads(int threads);

/* Run `root(argument)` on one member of a team of `workers` (>= 1) threads; the others run what is
 * submitted. Returns when everything has ended. Not to be nested. */
void pool_run(int workers, void (*root)(void *argument), void *argument);

/* A task: `argument` as submitted, `worker` in [0, workers). */
typedef void pool_task(void *argument, int worker);

/* Inside pool_run (root or a task): queue a task. Its argument must live until the pool_wait. */
void pool_submit(pool_task *task, void *argument);

/* Wait for all tasks that the calling task submitted itself. The waiting worker helps meanwhile, so a
 * task must not hold its worker's workspace across this call. */
void pool_wait(void);

/* The calling worker's number. */
int pool_worker(void);

#endif
