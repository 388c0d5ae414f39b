#include "reports/frame.h"

#include "reports/html.h"

#include <string.h>

static const char *or_empty(const struct text *text)
{
    return text->data ? text->data : "";
}

int frame_format(const char *name, enum report_format *format, struct error *error)
{
    static const char *const names[REPORT_FILES] = {"text", "markdown", "csv", "latex"};
    for (int i = 0; i < REPORT_FILES; i++)
        if (strcmp(name, names[i]) == 0) {
            *format = (enum report_format)i;
            return 0;
        }
    return error_set(error, ERROR_ARGUMENT, "format = %s: must be text, markdown, csv or latex",
                     name);
}

void frame_begin(const struct frame *frame, const struct text *title, struct text *out)
{
    if (frame->format == REPORT_LATEX) {
        text_append(
            out,
            "%% needs "
            "\\usepackage{booktabs,graphicx}\n\\begin{table*}\n\\centering\n\\%s\n\\caption{",
            frame->font);
        latex_append(out, or_empty(title), title->size);
        text_append(out, "}\n");
    } else if (frame->format == REPORT_HTML) {
        text_append(out, "<figure class=\"grid\">\n<figcaption>");
        html_append(out, or_empty(title), title->size);
        text_append(out, "</figcaption>\n");
    } else {
        text_append(out, frame->format == REPORT_MARKDOWN ? "## %s\n\n" : "%s\n", or_empty(title));
    }
    out->failed |= title->failed;
}

/* A grid that is wider than the text is set smaller, one that is not is left as it is. */
static int print_latex(const struct grid *grid, struct text *out, struct error *error)
{
    text_append(out, "\\resizebox{\\ifdim\\width>\\textwidth\\textwidth\\else\\width\\fi}{!}{%%\n");
    int status = grid_print_latex(grid, out, error);
    text_append(out, "}\n");
    return status;
}

int frame_grid(const struct frame *frame, const struct grid *grid, struct text *out,
               struct error *error)
{
    if (frame->format == REPORT_MARKDOWN)
        return grid_print_markdown(grid, out, error);
    if (frame->format == REPORT_HTML)
        return grid_print_html(grid, out, error);
    return frame->format == REPORT_LATEX ? print_latex(grid, out, error)
                                         : grid_print_text(grid, out, error);
}

/* A line that begins with a star would be a list of its own in Markdown. */
static void append_note(const struct frame *frame, const char *line, size_t length,
                        struct text *out)
{
    if (frame->format == REPORT_LATEX) {
        latex_append(out, line, length);
        text_append(out, "%s", frame->line_end ? frame->line_end : "\\par\n");
        return;
    }
    if (frame->format == REPORT_HTML) {
        text_append(out, "<li>");
        html_append(out, line, length);
        text_append(out, "</li>\n");
        return;
    }
    if (frame->format == REPORT_MARKDOWN)
        text_append(out, "- %s", *line == '*' ? "\\" : "");
    text_append(out, "%.*s\n", (int)length, line);
}

void frame_end(const struct frame *frame, const struct text *notes, struct text *out)
{
    static const char *const begins[REPORT_FORMATS] = {[REPORT_MARKDOWN] = "\n",
                                                       [REPORT_LATEX] =
                                                           "\\par\\medskip\\raggedright\n",
                                                       [REPORT_HTML] = "<ul class=\"notes\">\n"};
    static const char *const ends[REPORT_FORMATS] = {
        [REPORT_LATEX] = "\\end{table*}\n", [REPORT_HTML] = "</ul>\n</figure>\n"};
    text_append(out, "%s", begins[frame->format] ? begins[frame->format] : "");
    for (const char *line = or_empty(notes); *line; line += strcspn(line, "\n") + 1)
        append_note(frame, line, strcspn(line, "\n"), out);
    text_append(out, "%s", ends[frame->format] ? ends[frame->format] : "");
    out->failed |= notes->failed;
}

int frame_print(const struct frame *frame, struct text *title, const struct grid *grid,
                struct text *notes, struct text *out, struct error *error)
{
    frame_begin(frame, title, out);
    int status = frame_grid(frame, grid, out, error);
    frame_end(frame, notes, out);
    text_free(notes);
    text_free(title);
    return status;
}
