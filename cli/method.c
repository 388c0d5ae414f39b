/* nasbed method: finds the action and runs it; and the actions that read: the search methods, listed or
 * shown one by one. */
#include "cli/method.h"

#include "base/text.h"
#include "methods/trial/registry.h"

#include <stdio.h>
#include <string.h>

/* list ----------------------------------------------------------------------------------------- */

static const char *tick(bool set, const char *letter)
{
    return set ? letter : ".";
}

/* "cell chain*": where the method is defined; * marks an extension. */
static void print_spaces(const struct nasbed_method *method, struct text *out)
{
    for (const struct nasbed_space *row = method->spaces; row->name; row++)
        if (row->kind != NASBED_UNDEFINED)
            text_append(out, "%s%s%s", out->size ? " " : "", row->name,
                        row->kind == NASBED_EXTENSION ? "*" : "");
}

static int list(int argc, char **argv)
{
    int words, code = command_parse(&command_method_list, NULL, argc, argv, 0, &words);
    if (code >= 0)
        return code;
    (void)printf("class  method                  M C R I  spaces               source\n");
    for (int i = 0; method_at(i); i++) {
        const struct nasbed_method *method = method_at(i);
        struct text spaces = {0};
        print_spaces(method, &spaces);
        (void)printf("%-5s  %-22s  %s %s %s %s  %-19s  %s\n", method->class_name, method->name,
                     tick(method->modular, "m"), tick(method->continuous, "c"),
                     tick(method->recycled, "r"), tick(method->incomplete, "i"),
                     spaces.data ? spaces.data : "", method->source);
        text_free(&spaces);
    }
    (void)printf("M modular  C continuous  R recycled  I incomplete training   * extension\n");
    return EXIT_DONE;
}

const struct command command_method_list = {
    .name = "method list",
    .summary = "the search methods: class, ticks, spaces, source",
    .usage = "method list",
    .examples = "  nasbed method list\n",
    .run = list,
};

/* show ----------------------------------------------------------------------------------------- */

static void show_option(const struct option_row *row)
{
    static const char *const kinds[] = {"integer", "integer", "real", "yes or no", "text"};
    (void)printf("  %-14s %s\n", row->name, row->help);
    (void)printf("  %-14s %s", "", kinds[row->type]);
    if (row->least != 0 || row->most != 0)
        (void)printf(" from %g to %g", row->least, row->most);
    (void)printf(", default %s%s%s%s\n", row->standard, row->provenance ? " (" : "",
                 row->provenance ? row->provenance : "", row->provenance ? ")" : "");
}

static int show_method(const char *name, struct error *error)
{
    struct method_settings settings;
    const struct nasbed_method *method = method_find(name, error);
    if (!method || method_settings_init(&settings, method, error))
        return error->code;
    (void)printf("%s  (%s)\n%s\n", method->name, method->class_name, method->source);
    (void)printf("survey row: %s\n", method->survey ? method->survey : "none");
    (void)printf("ticks: modular %s, continuous %s, recycled %s, incomplete training %s\n",
                 method->modular ? "yes" : "no", method->continuous ? "yes" : "no",
                 method->recycled ? "yes" : "no", method->incomplete ? "yes" : "no");
    for (const struct nasbed_space *row = method->spaces; row->name; row++)
        (void)printf("on %s: %s%s%s\n", row->name, method_kind(row->kind), row->note ? ", " : "",
                     row->note ? row->note : "");
    (void)printf("\noptions  (nasbed run --set %s.NAME=VALUE)\n", method->name);
    for (const struct option_row *row = settings.row; row->name; row++)
        show_option(row);
    if (method->presets)
        (void)printf("\npresets  (--set %s.preset=NAME)\n", method->name);
    for (const struct nasbed_preset *preset = method->presets; preset && preset->name; preset++)
        (void)printf("  %-14s %s\n  %-14s (%s)\n", preset->name, preset->settings, "",
                     preset->source);
    method_settings_free(&settings);
    return 0;
}

static int show(int argc, char **argv)
{
    struct error error;
    int words, code = command_parse(&command_method_show, NULL, argc, argv, 1, &words);
    if (code >= 0)
        return code;
    if (!words)
        (void)error_set(&error, ERROR_ARGUMENT,
                        "expected the NAME of a method  (nasbed method list)");
    return !words || show_method(argv[1], &error) ? command_fail(&command_method_show, &error)
                                                  : EXIT_DONE;
}

const struct command command_method_show = {
    .name = "method show",
    .summary = "one search method: source, spaces, options, presets",
    .usage = "method show NAME",
    .examples = "  nasbed method show regularized-evolution\n",
    .run = show,
};

/* The command ---------------------------------------------------------------------------------- */

static const struct command *const actions[] = {&command_method_list, &command_method_show,
                                                &command_method_new, NULL};

extern const struct command command_method;

static int run(int argc, char **argv)
{
    return command_act(&command_method, actions, argc, argv);
}

const struct command command_method = {
    .name = "method",
    .summary = "list the search methods, show one with its options, or begin one of your own",
    .usage = "method list|show|new [options]\n\n"
             "  list  who searches, and in which spaces\n"
             "  show  one of them: its source, options and presets\n"
             "  new   the skeleton of a method of your own, which runs at once\n\n"
             "`nasbed method ACTION --help` shows the options of one.",
    .examples = "  nasbed method list\n"
                "  nasbed method show regularized-evolution\n",
    .run = run,
};
