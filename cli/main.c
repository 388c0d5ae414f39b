/* nasbed: the program. Finds the subcommand and runs it. */
#include "cli/command.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COMMAND(name) extern const struct command command_##name;
#include "cli/commands.def"
#undef COMMAND

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
    NULL};

static void help(void)
{
    (void)printf("nasbed %s: a test bed for Neural Architecture Search\n\n"
                 "usage: nasbed COMMAND [options]\n\n",
                 NASBED_VERSION);
    for (int i = 0; commands[i]; i++)
        (void)printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    (void)printf("\n`nasbed COMMAND --help` shows a command's options and an example that runs.\n");
}

/* A standard stream that was closed must not become one of the program's files. */
static void open_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        (void)close(fd);
}

int main(int argc, char **argv)
{
    open_standard_streams();
    /* A file that grows too large is an error with a message, not the end of the process. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help();
        return argc < 2 ? EXIT_USAGE : EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("nasbed %s\n", NASBED_VERSION);
        return EXIT_DONE;
    }
    const char *names[32] = {NULL};
    size_t n = 0;
    for (; commands[n]; n++) {
        names[n] = commands[n]->name;
        if (strcmp(argv[1], commands[n]->name) == 0)
            return commands[n]->run(argc - 1, argv + 1);
    }
    const char *near = text_nearest(argv[1], names, n);
    (void)fprintf(stderr, "nasbed: unknown command \"%s\"%s%s%s  (nasbed --help)\n", argv[1],
                  near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return EXIT_USAGE;
}
