#include "cli/selection.h"

#include <stdio.h>
#include <string.h>

/* The next word of *list up to a comma, into `word`; false at the end. Too long a word is cut: it
 * is then unknown, and named. */
static bool next_word(const char **list, char *word, size_t size)
{
    if (**list == '\0')
        return false;
    size_t length = strcspn(*list, ",");
    (void)snprintf(word, size, "%.*s", (int)length, *list);
    *list += length + ((*list)[length] == ',');
    return true;
}

static struct method_settings *find(struct selection *selection, const char *name)
{
    for (int i = 0; i < selection->n; i++)
        if (strcmp(selection->settings[i].method->name, name) == 0)
            return &selection->settings[i];
    return NULL;
}

static bool defined(const struct nasbed_method *method, const char *space)
{
    const struct nasbed_space *row = method_space(method, space);
    return row && row->kind != NASBED_UNDEFINED;
}

static int add(struct selection *selection, const struct nasbed_method *method, struct error *error)
{
    if (selection->n == SELECTION_MOST)
        return error_set(error, ERROR_ARGUMENT, "more than %d methods", SELECTION_MOST);
    int status = method_settings_init(&selection->settings[selection->n], method, error);
    selection->n += !status;
    return status;
}

static int add_defined(struct selection *selection, const struct nasbed_method *method,
                       const char *space, struct error *error)
{
    const char *name = method->name;
    if (find(selection, name))
        return error_set(error, ERROR_ARGUMENT, "method \"%s\" is named twice", name);
    if (!defined(method, space)) {
        const struct nasbed_space *row = method_space(method, space);
        return error_set(error, ERROR_ARGUMENT, "%s is undefined on %s%s%s", name, space,
                         row && row->note ? ": " : "", row && row->note ? row->note : "");
    }
    return add(selection, method, error);
}

/* Takes `foreign` over, also after an error. */
static int add_foreign(struct selection *selection, struct foreign *foreign, const char *space,
                       struct error *error)
{
    int status = add_defined(selection, foreign_method(foreign), space, error);
    if (status) {
        foreign_close(foreign);
        return status;
    }
    selection->foreign[selection->n - 1] = foreign;
    selection->settings[selection->n - 1].origin = foreign_origin(foreign);
    return 0;
}

static int add_named(struct selection *selection, const char *name, const char *space,
                     struct error *error)
{
    struct foreign *foreign;
    if (strcmp(name, "all") == 0)
        return error_set(error, ERROR_ARGUMENT,
                         "--method all stands alone: it means every method of the space");
    if (foreign_is_path(name))
        return foreign_plugin(&foreign, name, error)
                   ? (int)error->code
                   : add_foreign(selection, foreign, space, error);
    const struct nasbed_method *method = method_find(name, error);
    return method ? add_defined(selection, method, space, error) : (int)error->code;
}

static int add_command(struct selection *selection, const struct foreign_card *command,
                       const char *space, struct error *error)
{
    struct foreign *foreign;
    int status = foreign_command(&foreign, command, error);
    return status ? status : add_foreign(selection, foreign, space, error);
}

static int add_all(struct selection *selection, const char *space, struct error *error)
{
    int status = 0;
    for (int i = 0; method_at(i) && !status; i++)
        if (defined(method_at(i), space))
            status = add(selection, method_at(i), error);
    if (!status && selection->n == 0)
        status = error_set(error, ERROR_ARGUMENT, "no method is defined on %s", space);
    return status;
}

/* One "method.option=value". */
static int assign(struct selection *selection, char *word, struct error *error)
{
    char *dot = strchr(word, '.'), *equals = dot ? strchr(dot, '=') : NULL;
    if (!equals)
        return error_set(error, ERROR_ARGUMENT, "--set \"%s\": expected method.option=value", word);
    *dot = *equals = '\0';
    struct method_settings *settings = find(selection, word);
    if (!settings && !method_find(word, error))
        return error_context(error, "--set");
    if (!settings)
        return error_set(error, ERROR_ARGUMENT, "--set: method \"%s\" is not in this run", word);
    if (strcmp(dot + 1, "preset") == 0
            ? method_settings_preset(settings, equals + 1, error)
            : options_set(settings->row, settings->values, dot + 1, equals + 1, error))
        return error_context(error, "--set: %s", word);
    return 0;
}

int selection_open(struct selection *selection, const char *names,
                   const struct foreign_card *command, const char *space, const char *assignments,
                   struct error *error)
{
    char word[OPTION_TEXT_SIZE];
    int status = 0;
    *selection = (struct selection){0};
    if (names[0] == '\0' && !command)
        return error_set(error, ERROR_ARGUMENT, "--method names no method");
    if (strcmp(names, "all") == 0)
        status = add_all(selection, space, error);
    else
        while (!status && next_word(&names, word, sizeof word))
            status = add_named(selection, word, space, error);
    if (!status && command)
        status = add_command(selection, command, space, error);
    while (!status && next_word(&assignments, word, sizeof word))
        status = assign(selection, word, error);
    return status;
}

bool selection_trains(const struct nasbed_method *method)
{
    return method->networks || method->supernet;
}

void selection_leave_trainers(struct selection *selection, struct text *names)
{
    int kept = 0;
    for (int i = 0; i < selection->n; i++) {
        struct method_settings *settings = &selection->settings[i];
        if (!selection->foreign[i] && selection_trains(settings->method)) {
            text_append(names, "%s%s", names->size ? ", " : "", settings->method->name);
            method_settings_free(settings);
            continue;
        }
        selection->foreign[kept] = selection->foreign[i];
        selection->settings[kept++] = *settings;
    }
    selection->n = kept;
}

void selection_close(struct selection *selection)
{
    for (int i = 0; i < selection->n; i++) {
        method_settings_free(&selection->settings[i]);
        foreign_close(selection->foreign[i]);
    }
    selection->n = 0;
}
