#include "reports/page.h"

#include "base/file.h"
#include "reports/html.h"
#include "reports/page_style.h"

#include <stdlib.h>
#include <string.h>

static void append_said(struct text *out, const char *said)
{
    html_append(out, said, strlen(said));
}

/* ---- Parts ----------------------------------------------------------------------------------- */

static void end_section(struct page *page)
{
    page_unfold(page);
    if (!page->sections)
        return;
    text_append(&page->contents, "</ul>\n");
    text_append(&page->body, "</section>\n");
}

void page_section(struct page *page, const char *title, const char *detail)
{
    end_section(page);
    page->sections++;
    text_append(&page->contents, "<strong><a href=\"#s%zu\">", page->sections);
    append_said(&page->contents, title);
    text_append(&page->contents, "</a></strong>\n<ul>\n");
    text_append(&page->body, "<section id=\"s%zu\">\n<h2>", page->sections);
    append_said(&page->body, title);
    text_append(&page->body, "</h2>\n");
    if (detail) {
        text_append(&page->body, "<p class=\"detail\">");
        append_said(&page->body, detail);
        text_append(&page->body, "</p>\n");
    }
}

void page_part(struct page *page, const char *title)
{
    page_unfold(page);
    page->parts++;
    text_append(&page->contents, "<li><a href=\"#p%zu\">", page->parts);
    append_said(&page->contents, title);
    text_append(&page->contents, "</a></li>\n");
    text_append(&page->body, "<h3 id=\"p%zu\">", page->parts);
    append_said(&page->body, title);
    text_append(&page->body, "</h3>\n");
}

void page_fold(struct page *page, const char *title)
{
    page_unfold(page);
    page->folded = true;
    text_append(&page->body, "<details>\n<summary>");
    append_said(&page->body, title);
    text_append(&page->body, "</summary>\n");
}

void page_unfold(struct page *page)
{
    if (page->folded)
        text_append(&page->body, "</details>\n");
    page->folded = false;
}

void page_note(struct page *page, const char *said)
{
    text_append(&page->body, "<p>");
    append_said(&page->body, said);
    text_append(&page->body, "</p>\n");
}

/* ---- Figures --------------------------------------------------------------------------------- */

static void append_link(struct text *out, const char *name, const char *ending, const char *said)
{
    text_append(out, "<a href=\"");
    append_said(out, name); /* made by figure_name: nothing in it that a link must escape */
    text_append(out, ".%s\">%s</a>", ending, said);
}

static int append_drawing(struct page *page, const char *folder, const char *name,
                          const char *label, struct error *error)
{
    struct text path = {0}, prefix = {0};
    char *svg = NULL;
    size_t size;
    text_append(&path, "%s/%s.svg", folder, name);
    text_append(&prefix, "f%zu-", page->figures);
    int status = path.failed || prefix.failed
                     ? error_set(error, ERROR_MEMORY, "page: out of memory")
                     : file_read(path.data, &svg, &size, error);
    if (!status)
        html_append_svg(&page->body, svg, prefix.data, label);
    free(svg);
    text_free(&prefix);
    text_free(&path);
    return status;
}

int page_figure(struct page *page, const char *folder, const char *name, const char *label,
                const char *why, struct error *error)
{
    int status = ERROR_NONE;
    page->figures++;
    text_append(&page->body, "<figure class=\"plot\">\n");
    if (!why)
        status = append_drawing(page, folder, name, label, error);
    text_append(&page->body, "<p>");
    if (why) {
        append_said(&page->body, label);
        text_append(&page->body, ": the figure is left out (");
        append_said(&page->body, why);
        text_append(&page->body, "). ");
    }
    text_append(&page->body, "Beside this page: ");
    append_link(&page->body, name, "dat", "data");
    text_append(&page->body, ", ");
    append_link(&page->body, name, "gp", "script");
    if (!why) {
        text_append(&page->body, ", ");
        append_link(&page->body, name, "png", "PNG");
    }
    text_append(&page->body, "</p>\n</figure>\n");
    return status;
}

/* ---- The file -------------------------------------------------------------------------------- */

static void append_warnings(struct text *out, const struct text *warnings)
{
    if (!warnings->size)
        return;
    text_append(out, "<ul class=\"warnings\">\n");
    for (const char *line = warnings->data; *line;) {
        size_t length = strcspn(line, "\n");
        text_append(out, "<li>");
        html_append(out, line, length);
        text_append(out, "</li>\n");
        line += length + (line[length] == '\n');
    }
    text_append(out, "</ul>\n");
}

static void append_page(const struct page *page, const char *summary, const struct text *warnings,
                        struct text *out)
{
    text_append(out,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>nasbed report</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n"
                "<h1>Neural architecture search, compared</h1>\n<p class=\"summary\">",
                page_style);
    append_said(out, summary);
    text_append(out, "</p>\n");
    append_warnings(out, warnings);
    text_append(out, "<nav>\n%s</nav>\n", page->contents.data ? page->contents.data : "");
    if (page->body.data)
        text_append_bytes(out, page->body.data, page->body.size);
    text_append(out, "</main>\n</body>\n</html>\n");
}

int page_write(struct page *page, const char *folder, const char *summary,
               const struct text *warnings, struct error *error)
{
    struct text out = {0}, path = {0};
    end_section(page);
    append_page(page, summary, warnings, &out);
    text_append(&path, "%s/" PAGE_NAME, folder);
    bool failed =
        out.failed || path.failed || page->contents.failed || page->body.failed || warnings->failed;
    int status = failed ? error_set(error, ERROR_MEMORY, "page: out of memory")
                        : file_write(path.data, out.data, out.size, error);
    text_free(&path);
    text_free(&out);
    return status;
}

void page_free(struct page *page)
{
    text_free(&page->contents);
    text_free(&page->body);
}
