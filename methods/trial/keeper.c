/* Everything below keeper_start runs in a copy of a program with many threads, of which only one was
 * copied: it may call nothing but what is safe in a signal handler. */
#include "methods/trial/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOSE_ON_EXEC 4u /* CLOSE_RANGE_CLOEXEC of linux/close_range.h */

/* Without the handlers that libraries have put on fork: a thread pool among them would be shut down
 * while other threads use it. */
static pid_t copy_process(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
    return _Fork();
#else
    return fork();
#endif
}

/* Descriptors from `first` on: the program's own files are none of the command's business (an open
 * table would be read past the seal). */
static void close_from(unsigned first, unsigned flags)
{
    if (syscall(SYS_close_range, first, ~0u, flags) == 0)
        return;
    for (int fd = (int)first; fd < 65536; fd++) /* an old kernel */
        if (flags)
            (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        else
            (void)close(fd);
}

_Noreturn static void run_command(const struct keeper *keeper)
{
    static const int reset[] = {SIGPIPE, SIGXFSZ, SIGCHLD};
    sigset_t none;
    (void)setpgid(0, 0);
    for (size_t i = 0; i < sizeof reset / sizeof *reset; i++)
        (void)signal(reset[i], SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(keeper->in, 0) == 0 && dup2(keeper->out, 1) == 1 && dup2(keeper->noise, 2) == 2) {
        close_from(3, CLOSE_ON_EXEC);
        (void)execl("/bin/sh", "sh", "-c", keeper->command, (char *)NULL);
    }
    _exit(127);
}

/* SIGKILL for the children of this process as the kernel lists them. False: it does not. */
static bool kill_children(void)
{
    char list[4096];
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, list, sizeof list);
    if (fd >= 0)
        (void)close(fd);
    pid_t pid = 0;
    for (ssize_t i = 0; i < n; i++) {
        if (list[i] >= '0' && list[i] <= '9') {
            pid = 10 * pid + (list[i] - '0');
        } else if (pid > 0) { /* a number cut at the end of the list comes again */
            (void)kill(pid, SIGKILL);
            pid = 0;
        }
    }
    return n >= 0;
}

/* What left the command's group became this process's child when its parent died. */
static void kill_rest(pid_t group)
{
    (void)kill(-group, SIGKILL);
    for (;;) {
        bool listed = kill_children();
        pid_t ended = waitpid(-1, NULL, listed ? 0 : WNOHANG);
        if (ended == 0 || (ended < 0 && errno != EINTR))
            break;
    }
}

static void wake(int signal_number)
{
    (void)signal_number; /* that poll returns is all that is wanted */
}

/* The command's end, or the wish that it end. True: it ended by itself; it is not reaped yet. */
static bool watch(pid_t command, int control, const sigset_t *open)
{
    struct pollfd polled = {.fd = control, .events = POLLIN};
    for (;;) {
        siginfo_t ended = {.si_pid = 0};
        if (waitid(P_PID, (id_t)command, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            ended.si_pid == command)
            return true;
        if (ppoll(&polled, 1, NULL, open) > 0)
            return false;
    }
}

_Noreturn static void keep(const struct keeper *keeper)
{
    sigset_t blocked, open;
    struct sigaction action = {.sa_handler = wake};
    int how;
    (void)setsid(); /* what a terminal sends to the program is not for the keeper */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    (void)sigaction(SIGCHLD, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&open);
    blocked = open;
    (void)sigaddset(&blocked, SIGCHLD);
    (void)sigprocmask(SIG_SETMASK, &blocked, NULL);
    pid_t command = copy_process();
    if (command == 0)
        run_command(keeper);
    (void)setpgid(command, command); /* whoever comes first */
    /* Keep control and report alone, as 0 and 1: what others wait to see closed must close. */
    if (command < 0 || dup2(keeper->report, 1) < 0 || dup2(keeper->control, 0) < 0)
        _exit(1);
    close_from(2, 0);
    bool ended = watch(command, 0, &open);
    (void)kill(-command,
               SIGKILL); /* before it is reaped: until then the group's number is its own */
    if (waitpid(command, &how, 0) == command && ended)
        (void)!write(1, &how, sizeof how);
    kill_rest(command);
    _exit(0);
}

pid_t keeper_start(const struct keeper *keeper)
{
    pid_t pid = copy_process();
    if (pid == 0)
        keep(keeper);
    return pid;
}
