#include "base/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double read_clock(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double clock_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double clock_cpu_seconds(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

double clock_thread_seconds(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static void print_left(char *out, size_t size, double seconds)
{
    if (!(seconds < 3600.0 * 24 * 365))
        (void)snprintf(out, size, "-:--");
    else if (seconds >= 3600)
        (void)snprintf(out, size, "%d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60) % 60,
                       (int)seconds % 60);
    else
        (void)snprintf(out, size, "%d:%02d", (int)(seconds / 60), (int)seconds % 60);
}

static void draw(struct progress *p, double now, bool last)
{
    double fresh = (double)(p->done - p->skipped), elapsed = now - p->started;
    double rate = elapsed > 0 ? fresh / elapsed : 0;
    char left[32];
    print_left(left, sizeof left, last ? elapsed : (double)(p->total - p->done) / rate);
    double share = p->total ? (double)p->done / (double)p->total : 1;
    enum { CELLS = 20 };
    char bar[CELLS + 1];
    for (int i = 0; i < CELLS; i++)
        bar[i] = i < (int)(share * CELLS) ? '#' : '-';
    bar[CELLS] = '\0';
    (void)fprintf(stderr, "%s%-48s [%s] %3.0f %%  %llu/%llu %s  %.3g/s  %s %s%s",
                  p->terminal ? "\r" : "", p->title, bar, 100 * share, (unsigned long long)p->done,
                  (unsigned long long)p->total, p->unit, rate, left, last ? "in all" : "left",
                  p->terminal ? (last ? "   \n" : "   ") : "\n");
    (void)fflush(stderr);
    p->printed = now;
}

void progress_start(struct progress *progress, const char *title, const char *unit,
                    uint64_t already, uint64_t total, bool quiet)
{
    *progress = (struct progress){.unit = unit,
                                  .done = already,
                                  .skipped = already,
                                  .total = total,
                                  .clock = clock_seconds,
                                  .started = clock_seconds(),
                                  .quiet = quiet,
                                  .terminal = isatty(STDERR_FILENO) == 1};
    (void)snprintf(progress->title, sizeof progress->title, "%s", title);
    progress->printed = progress->started;
    if (!quiet && progress->terminal)
        draw(progress, progress->started, false);
}

void progress_update(struct progress *progress, uint64_t done)
{
    progress->done = done;
    double now = progress->clock();
    if (!progress->quiet && now - progress->printed >= (progress->terminal ? 0.2 : 60.0))
        draw(progress, now, false);
}

void progress_end(struct progress *progress)
{
    if (!progress->quiet)
        draw(progress, progress->clock(), true);
}
