#include "reports/gnuplot.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Start it in `folder` with everything it says going to the file `said`. Returns an errno. */
static int spawn(const char *folder, const char *script, int said, pid_t *child)
{
    char name[] = "gnuplot", settings[] = "--default-settings", file[512];
    char *arguments[] = {name, settings, file, NULL};
    (void)snprintf(file, sizeof file, "%s", script);
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    if (!(failed = posix_spawn_file_actions_addchdir_np(&actions, folder)) &&
        !(failed = posix_spawn_file_actions_adddup2(&actions, said, STDOUT_FILENO)) &&
        !(failed = posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO)))
        failed = posix_spawnp(child, name, &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* The last line of `said` that is not blank: that is where gnuplot names the fault. */
static void last_line(FILE *said, char *line, size_t size)
{
    char next[256];
    (void)snprintf(line, size, "it says nothing");
    rewind(said);
    while (fgets(next, sizeof next, said)) {
        next[strcspn(next, "\n")] = '\0';
        if (next[strspn(next, " \t^")])
            (void)snprintf(line, size, "%s", next + strspn(next, " \t"));
    }
}

int gnuplot_run(const char *folder, const char *script, struct error *error)
{
    char line[256];
    pid_t child;
    int state, status = ERROR_NONE;
    FILE *said = tmpfile();
    if (!said)
        return error_set(error, ERROR_IO, "gnuplot: no temporary file: %s", strerror(errno));
    int failed = spawn(folder, script, fileno(said), &child);
    if (failed == ENOENT) {
        status = error_set(error, ERROR_MISSING, "gnuplot is not installed");
        goto out;
    }
    if (failed) {
        status = failed == ENOMEM ? error_set(error, ERROR_MEMORY, "gnuplot: out of memory")
                                  : error_set(error, ERROR_IO, "gnuplot: cannot be started: %s",
                                              strerror(failed));
        goto out;
    }
    while (waitpid(child, &state, 0) < 0 && errno == EINTR)
        continue;
    if (!WIFEXITED(state) || WEXITSTATUS(state)) {
        last_line(said, line, sizeof line);
        status = error_set(error, ERROR_IO, "gnuplot %s/%s: %s", folder, script, line);
    }
out:
    (void)fclose(said);
    return status;
}

void gnuplot_quote(struct text *out, const char *said)
{
    text_append(out, "'");
    for (; *said; said++) {
        unsigned char byte = (unsigned char)*said;
        if (byte < ' ' || byte == 0x7f)
            continue;
        text_append(out, byte == '\'' ? "'%c" : "%c", byte);
    }
    text_append(out, "'");
}
