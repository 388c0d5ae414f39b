#include "evaluator/program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE = 200 };

/* Start the program with both its outputs in `out`; 0 or an errno. */
static int spawn(const char *const *argument, const char *folder, int out, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int status = posix_spawn_file_actions_init(&actions);
    if (status)
        return status;
    status = posix_spawn_file_actions_addchdir_np(&actions, folder);
    if (!status)
        status = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!status)
        status = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!status)
        status = posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
    if (!status) /* posix_spawn wants char *const[], and does not write to it */
        status = posix_spawnp(child, argument[0], &actions, NULL, (char *const *)(size_t)argument,
                              environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return status;
}

/* Read to the end, so that the program never blocks; keep the first line that is not empty. */
static void read_first_line(int in, char line[LINE])
{
    char buffer[4096];
    size_t used = 0;
    bool ended = false;
    for (;;) {
        ssize_t got = read(in, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got && !ended; i++) {
            if (buffer[i] == '\n')
                ended = used > 0;
            else if (used < LINE - 1)
                line[used++] = buffer[i] >= ' ' ? buffer[i] : ' ';
        }
    }
    line[used] = '\0';
}

static int judge(const char *name, int ended, const char *line, struct error *error)
{
    if (WIFEXITED(ended) && WEXITSTATUS(ended) == 0)
        return 0;
    const char *colon = *line ? ": " : "";
    if (WIFSIGNALED(ended))
        return error_set(error, ERROR_IO, "%s: killed by signal %d%s%s", name, WTERMSIG(ended),
                         colon, line);
    return error_set(error, ERROR_IO, "%s: exit status %d%s%s", name, WEXITSTATUS(ended), colon,
                     line);
}

int program_run(const char *const *argument, const char *folder, struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return error_set(error, ERROR_IO, "%s: no pipe: %s", argument[0], strerror(errno));
    pid_t child;
    int status = spawn(argument, folder, ends[1], &child);
    (void)close(ends[1]);
    if (status) {
        (void)close(ends[0]);
        if (status == ENOENT)
            return error_set(error, ERROR_MISSING, "%s: is not installed", argument[0]);
        return error_set(error, ERROR_IO, "%s: cannot be run: %s", argument[0], strerror(status));
    }
    char line[LINE];
    read_first_line(ends[0], line);
    (void)close(ends[0]);
    int ended = 0;
    while (waitpid(child, &ended, 0) < 0)
        if (errno != EINTR)
            return error_set(error, ERROR_IO, "%s: lost: %s", argument[0], strerror(errno));
    return judge(argument[0], ended, line, error);
}
