#include "reports/html.h"

#include <string.h>

void html_append(struct text *out, const char *said, size_t length)
{
    static const struct {
        char byte;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    for (const char *end = said + length; said < end; said++) {
        const char *entity = NULL;
        for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
            if (*said == entities[i].byte)
                entity = entities[i].entity;
        if (end - said > 1 && strncmp(said, "+-", 2) == 0) {
            text_append(out, "&plusmn;");
            said++;
        } else if (entity) {
            text_append(out, "%s", entity);
        } else if ((unsigned char)*said >= ' ' && *said != 0x7f) {
            text_append_bytes(out, said, 1);
        }
    }
}

/* Length of what at `at` goes before a name, or 0. */
static size_t name_follows(const char *at)
{
    static const char *const marks[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncmp(at, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return 0;
}

/* Past the element at `at` if it is a title or a description, which gnuplot fills with how it was
 * told to draw; else `at`. */
static const char *skip_title(const char *at)
{
    static const char *const names[][2] = {{"<title>", "</title>"}, {"<desc>", "</desc>"}};
    for (size_t i = 0; i < 2; i++) {
        const char *end =
            strncmp(at, names[i][0], strlen(names[i][0])) == 0 ? strstr(at, names[i][1]) : NULL;
        if (end)
            return end + strlen(names[i][1]);
    }
    return at;
}

void html_append_svg(struct text *out, const char *svg, const char *prefix, const char *label)
{
    const char *at = strstr(svg, "<svg");
    if (!at)
        return;
    text_append(out, "<svg role=\"img\" aria-label=\"");
    html_append(out, label, strlen(label));
    text_append(out, "\"");
    at += strlen("<svg");
    for (const char *copied = at;; at++) {
        size_t mark = *at ? name_follows(at) : 0;
        const char *next = *at == '<' ? skip_title(at) : at;
        if (*at && !mark && next == at)
            continue;
        text_append_bytes(out, copied, (size_t)(at - copied) + mark);
        if (!*at)
            return;
        if (mark)
            text_append(out, "%s", prefix);
        copied = mark ? at + mark : next;
        at = copied - 1;
    }
}
