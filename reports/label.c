#include "reports/label.h"

#include <stdbool.h>
#include <string.h>

static const struct trace_option *find_option(const struct trace_header *header, const char *name)
{
    for (size_t i = 0; i < header->n_options; i++)
        if (strcmp(header->options[i].name, name) == 0)
            return &header->options[i];
    return NULL;
}

static bool option_differs(const struct trace_header *other, const struct trace_option *option)
{
    const struct trace_option *its = find_option(other, option->name);
    return !its || strcmp(its->value, option->value) != 0;
}

void label_append(struct text *out, const struct trace_header *header,
                  const struct trace_header *const *others, size_t n)
{
    bool elsewhere = false;
    text_append(out, "%s%s", header->method, strcmp(header->kind, "extension") == 0 ? "*" : "");
    for (size_t i = 0; i < header->n_options; i++) {
        const struct trace_option *option = &header->options[i];
        bool tells = strcmp(option->value, option->standard) != 0;
        for (size_t k = 0; k < n && !tells; k++)
            tells =
                strcmp(others[k]->method, header->method) == 0 && option_differs(others[k], option);
        if (tells)
            text_append(out, " %s=%s", option->name, option->value);
    }
    for (size_t k = 0; k < n && !elsewhere; k++)
        elsewhere = strcmp(others[k]->method, header->method) == 0 &&
                    strcmp(others[k]->origin.digest, header->origin.digest) != 0;
    if (elsewhere)
        text_append(out, " (%.8s)", header->origin.digest[0] ? header->origin.digest : "built in");
}
