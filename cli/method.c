/* nasbed method: the search methods, listed or shown one by one. */
#include "cli/command.h"

#include "base/text.h"
#include "methods/trial/registry.h"

#include <stdio.h>
#include <string.h>

/* Declared before its parts, which fail in its name. */
extern const struct command command_method;

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

static int list(void)
{
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

static int show(const char *name)
{
    struct error error;
    struct method_settings settings;
    const struct nasbed_method *method = method_find(name, &error);
    if (!method || method_settings_init(&settings, method, &error))
        return command_fail(&command_method, &error);
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
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct error error;
    int words, code = command_parse(&command_method, NULL, argc, argv, 2, &words);
    if (code >= 0)
        return code;
    if (words == 1 && strcmp(argv[1], "list") == 0)
        return list();
    if (words == 2 && strcmp(argv[1], "show") == 0)
        return show(argv[2]);
    (void)error_set(&error, ERROR_ARGUMENT, "expected list, or show NAME");
    return command_fail(&command_method, &error);
}

const struct command command_method = {
    .name = "method",
    .summary = "list the search methods, or show one with its options",
    .usage = "method list\n       nasbed method show NAME",
    .examples = "  nasbed method list\n"
                "  nasbed method show regularized-evolution\n",
    .run = run,
};
