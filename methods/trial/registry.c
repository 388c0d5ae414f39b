#include "methods/trial/registry.h"

#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define METHOD(name) extern const struct nasbed_method method_##name;
#include "methods/methods.def"
#undef METHOD

enum {
#define METHOD(name) METHOD_##name,
#include "methods/methods.def"
#undef METHOD
    METHODS /* their number */
};

static const struct nasbed_method *const methods[METHODS] = {
#define METHOD(name) &method_##name,
#include "methods/methods.def"
#undef METHOD
};

/* The interface repeats the types of base/options.h; they must stay the same. */
_Static_assert((int)NASBED_OPTION_INT == (int)OPTION_INT, "option types differ");
_Static_assert((int)NASBED_OPTION_U64 == (int)OPTION_U64, "option types differ");
_Static_assert((int)NASBED_OPTION_REAL == (int)OPTION_REAL, "option types differ");
_Static_assert((int)NASBED_OPTION_FLAG == (int)OPTION_FLAG, "option types differ");
_Static_assert((int)NASBED_OPTION_TEXT == (int)OPTION_TEXT, "option types differ");
_Static_assert(NASBED_TEXT == OPTION_TEXT_SIZE, "option texts differ in size");

const struct nasbed_method *method_at(int i)
{
    return i >= 0 && i < METHODS ? methods[i] : NULL;
}

/* The name nearest to `word`, else those that have it in them. */
static void append_near(const char *word, const char *const names[METHODS], struct text *out)
{
    const char *near = text_nearest(word, names, METHODS);
    if (near)
        text_append(out, "\"%s\"", near);
    for (int i = 0; i < METHODS && !near && strlen(word) > 2; i++)
        if (strstr(names[i], word))
            text_append(out, "%s\"%s\"", out->size ? " or " : "", names[i]);
}

const struct nasbed_method *method_find(const char *name, struct error *error)
{
    const char *names[METHODS];
    for (int i = 0; i < METHODS; i++) {
        names[i] = methods[i]->name;
        if (strcmp(name, names[i]) == 0)
            return methods[i];
    }
    struct text near = {0};
    append_near(name, names, &near);
    (void)error_set(error, ERROR_ARGUMENT, "unknown method \"%s\"%s%s%s  (nasbed method list)",
                    name, near.data ? ": did you mean " : "", near.data ? near.data : "",
                    near.data ? "?" : "");
    text_free(&near);
    return NULL;
}

const struct nasbed_space *method_space(const struct nasbed_method *method, const char *space)
{
    for (const struct nasbed_space *row = method->spaces; row->name; row++)
        if (strcmp(row->name, space) == 0)
            return row;
    return NULL;
}

const char *method_kind(enum nasbed_kind kind)
{
    static const char *const names[] = {[NASBED_UNDEFINED] = "undefined",
                                        [NASBED_NATIVE] = "native",
                                        [NASBED_EXTENSION] = "extension"};
    return names[kind];
}

int method_settings_init(struct method_settings *settings, const struct nasbed_method *method,
                         struct error *error)
{
    *settings = (struct method_settings){.method = method};
    int n = 0;
    for (const struct nasbed_option *option = method->options; option->name; option++, n++) {
        assert(n < NASBED_OPTIONS);
        settings->row[n] = (struct option_row){.name = option->name,
                                               .type = (enum option_type)option->type,
                                               .offset = option->offset,
                                               .standard = option->standard,
                                               .least = option->least,
                                               .most = option->most,
                                               .help = option->help,
                                               .provenance = option->provenance};
    }
    settings->values = calloc(1, method->options_size ? method->options_size : 1);
    if (!settings->values)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", method->name);
    options_default(settings->row, settings->values);
    return 0;
}

int method_settings_preset(struct method_settings *settings, const char *name, struct error *error)
{
    struct text names = {0};
    for (const struct nasbed_preset *p = settings->method->presets; p && p->name; p++) {
        if (strcmp(p->name, name) == 0) {
            text_free(&names);
            return options_parse_list(settings->row, settings->values, p->settings, error);
        }
        text_append(&names, "%s%s", names.size ? ", " : "", p->name);
    }
    int code =
        error_set(error, ERROR_ARGUMENT, "preset = %s: %s has %s%s", name, settings->method->name,
                  names.size ? "the presets " : "no presets", names.data ? names.data : "");
    text_free(&names);
    return code;
}

void method_settings_free(struct method_settings *settings)
{
    free(settings->values);
    *settings = (struct method_settings){0};
}
