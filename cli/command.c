#include "cli/command.h"

#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int command_fail(const struct command *command, const struct error *error)
{
    (void)fprintf(stderr, "nasbed: %s: %s\n", command->name, error->text);
    if (error->code != ERROR_ARGUMENT)
        return EXIT_FAILED;
    (void)fprintf(stderr, "nasbed: `nasbed %s --help` shows what it takes\n", command->name);
    return EXIT_USAGE;
}

void command_say(const char *line)
{
    (void)fprintf(stderr, "nasbed: %s\n", line);
}

void command_help(const struct command *command)
{
    (void)printf("%s\n\nusage: nasbed %s\n", command->summary, command->usage);
    if (command->options && command->options->name)
        (void)printf("\noptions:\n");
    for (const struct option_row *row = command->options; row && row->name; row++) {
        static const char *const kinds[] = {"N", "N", "X", "", "TEXT"};
        char left[64];
        (void)snprintf(left, sizeof left, "--%s %s", row->name, kinds[row->type]);
        (void)printf("  %-24s %s", left, row->help);
        if (row->standard && row->standard[0] && row->type != OPTION_FLAG)
            (void)printf(" (default %s)", row->standard);
        (void)printf("\n");
    }
    (void)printf("\nexamples:\n%s", command->examples);
}

/* One "--name[=value]" word at argv[i]; *used becomes the number of words it took. */
static int parse_option(const struct command *command, void *target, char **argv, int left,
                        int *used, struct error *error)
{
    static const struct option_row none[] = {{.name = NULL}};
    const struct option_row *rows = command->options ? command->options : none;
    char name[64];
    const char *word = argv[0] + 2, *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    (void)snprintf(name, sizeof name, "%.*s", (int)length, word);
    const struct option_row *row = option_find(rows, name);
    const char *value = equals ? equals + 1 : NULL;
    *used = 1;
    if (row && !value && row->type == OPTION_FLAG)
        value = "yes";
    if (row && !value) {
        if (left < 2)
            return error_set(error, ERROR_ARGUMENT, "option --%s needs a value", name);
        value = argv[1];
        *used = 2;
    }
    return options_set(rows, target, name, value ? value : "", error);
}

int command_parse(const struct command *command, void *target, int argc, char **argv, int most,
                  int *words)
{
    struct error error;
    if (command->options)
        options_default(command->options, target);
    int n = 0;
    for (int i = 1; i < argc;) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            command_help(command);
            return EXIT_DONE;
        }
        int used = 1;
        if (strncmp(argv[i], "--", 2) == 0) {
            if (parse_option(command, target, argv + i, argc - i, &used, &error))
                return command_fail(command, &error);
        } else if (n == most) {
            (void)error_set(&error, ERROR_ARGUMENT, "unexpected word \"%s\"", argv[i]);
            return command_fail(command, &error);
        } else {
            argv[1 + n++] = argv[i];
        }
        i += used;
    }
    *words = n;
    return -1;
}

/* "build" of "table build". */
static const char *action_name(const struct command *action)
{
    return strrchr(action->name, ' ') + 1;
}

/* Nothing that is an action: help, an option, an unknown word. */
static int act_none(const struct command *command, const struct command *const *actions, int argc,
                    char **argv)
{
    enum { MOST = 16 };
    struct error error;
    const char *names[MOST];
    size_t n = 0;
    int words, code = command_parse(command, NULL, argc, argv, 1, &words);
    if (code >= 0)
        return code;
    struct text list = {0};
    for (; actions[n] && n < MOST; n++) {
        const char *last = words ? ", " : " or ";
        names[n] = action_name(actions[n]);
        text_append(&list, "%s%s", n == 0 ? "" : actions[n + 1] ? ", " : last, names[n]);
    }
    const char *near = words ? text_nearest(argv[1], names, n) : NULL;
    if (words)
        (void)error_set(&error, ERROR_ARGUMENT, "unknown action \"%s\": %s%s%sone of %s", argv[1],
                        near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "",
                        list.data ? list.data : "");
    else
        (void)error_set(&error, ERROR_ARGUMENT, "expected an action: %s",
                        list.data ? list.data : "");
    text_free(&list);
    return command_fail(command, &error);
}

int command_act(const struct command *command, const struct command *const *actions, int argc,
                char **argv)
{
    for (int i = 0; argc > 1 && actions[i]; i++)
        if (strcmp(argv[1], action_name(actions[i])) == 0)
            return actions[i]->run(argc - 1, argv + 1);
    return act_none(command, actions, argc, argv);
}

int command_flush(struct error *error)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return error_set(error, ERROR_IO, "standard output: %s", strerror(errno));
}
