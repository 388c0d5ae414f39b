#include "tables/timing.h"

#include "base/file.h"
#include "base/pool.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define HEAD "network,seed,wall_seconds,cpu_seconds,machine\n"

static void give_up(struct timing *timing)
{
    struct text line = {0};
    text_append(&line, "%s: times are not kept: %s", timing->path ? timing->path : "times",
                strerror(errno));
    if (timing->say && !line.failed)
        timing->say(line.data);
    text_free(&line);
    if (timing->file >= 0)
        (void)close(timing->file);
    timing->file = -1;
}

static void put_line(struct timing *timing, const struct text *line)
{
    if (line->failed)
        errno = ENOMEM;
    if (line->failed || write(timing->file, line->data, line->size) != (ssize_t)line->size)
        give_up(timing);
}

/* The processor's name as the kernel knows it, else its architecture. */
static void find_processor(char *out, size_t size)
{
    char line[256];
    struct utsname name;
    FILE *file = fopen("/proc/cpuinfo", "r");
    out[0] = '\0';
    while (file && !out[0] && fgets(line, sizeof line, file))
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':'))
            (void)snprintf(out, size, "%s", strchr(line, ':') + 2);
    if (file)
        (void)fclose(file);
    if (!out[0])
        (void)snprintf(out, size, "%s", uname(&name) == 0 ? name.machine : "unknown");
    out[strcspn(out, "\n")] = '\0';
    for (char *comma = out; (comma = strchr(comma, ','));)
        *comma = ' ';
}

void timing_machine(char *out, size_t size)
{
    char processor[96];
    find_processor(processor, sizeof processor);
    (void)snprintf(out, size, "%s (%d cores)", processor, pool_cores());
}

void timing_open(struct timing *timing, const char *path, void (*say)(const char *line))
{
    struct stat info;
    *timing = (struct timing){.file = -1, .say = say, .path = strdup(path)};
    timing_machine(timing->machine, sizeof timing->machine);
    if (timing->path)
        timing->file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (timing->file < 0 || fstat(timing->file, &info)) {
        give_up(timing);
        return;
    }
    if (info.st_size == 0) {
        struct text head = {0};
        text_append(&head, HEAD);
        put_line(timing, &head);
        text_free(&head);
    }
}

void timing_row(struct timing *timing, uint32_t network, uint32_t seed, double wall_seconds,
                double cpu_seconds)
{
    struct text line = {0};
    if (timing->file < 0)
        return;
    text_append(&line, "%u,%u,%.3f,%.3f,%s\n", (unsigned)network, (unsigned)seed, wall_seconds,
                cpu_seconds, timing->machine);
    put_line(timing, &line);
    text_free(&line);
}

void timing_close(struct timing *timing)
{
    if (timing->file >= 0)
        (void)close(timing->file);
    free(timing->path);
    *timing = (struct timing){.file = -1};
}

static void sum_line(const char *line, struct timing_total *total)
{
    unsigned network, seed;
    double wall, cpu;
    int end = 0;
    if (sscanf(line, "%u,%u,%lf,%lf,%n", &network, &seed, &wall, &cpu, &end) != 4 || !end ||
        !(wall >= 0) || !(cpu >= 0)) {
        total->damaged++;
        return;
    }
    total->rows++;
    total->wall_seconds += wall;
    total->cpu_seconds += cpu;
}

int timing_sum(const char *path, struct timing_total *total, struct error *error)
{
    char *text;
    size_t size;
    *total = (struct timing_total){0};
    int status = file_read(path, &text, &size, error);
    if (status)
        return status;
    if (strncmp(text, HEAD, strlen(HEAD)) != 0)
        status = error_set(error, ERROR_FORMAT, "%s: does not begin with \"%.*s\"", path,
                           (int)strlen(HEAD) - 1, HEAD);
    for (char *line = text + strlen(HEAD), *end; !status && *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end ? 1 : 0;
        char after = *end;
        *end = '\0'; /* one line at a time: a number must not be looked for in the next */
        sum_line(line, total);
        *end = after;
    }
    free(text);
    return status;
}
