#include "reports/frame.h"

#include <string.h>

static const char *or_empty(const struct text *text)
{
    return text->data ? text->data : "";
}

void frame_begin(const struct frame *frame, const struct text *title, struct text *out)
{
    if (frame->format == REPORT_LATEX) {
        text_append(out, "\\begin{table*}\n\\centering\n\\%s\n\\caption{", frame->font);
        latex_append(out, or_empty(title), title->size);
        text_append(out, "}\n");
    } else {
        text_append(out, frame->format == REPORT_MARKDOWN ? "## %s\n\n" : "%s\n", or_empty(title));
    }
    out->failed |= title->failed;
}

int frame_grid(const struct frame *frame, const struct grid *grid, struct text *out,
               struct error *error)
{
    if (frame->format == REPORT_MARKDOWN)
        return grid_print_markdown(grid, out, error);
    return frame->format == REPORT_LATEX ? grid_print_latex(grid, out, error)
                                         : grid_print_text(grid, out, error);
}

/* A line that begins with a star would be a list of its own in Markdown. */
static void append_note(const struct frame *frame, const char *line, size_t length,
                        struct text *out)
{
    if (frame->format == REPORT_LATEX) {
        latex_append(out, line, length);
        text_append(out, "%s", frame->line_end);
        return;
    }
    if (frame->format == REPORT_MARKDOWN)
        text_append(out, "- %s", *line == '*' ? "\\" : "");
    text_append(out, "%.*s\n", (int)length, line);
}

void frame_end(const struct frame *frame, const struct text *notes, struct text *out)
{
    if (frame->format == REPORT_MARKDOWN)
        text_append(out, "\n");
    if (frame->format == REPORT_LATEX)
        text_append(out, "\\par\\medskip\\raggedright\n");
    for (const char *line = or_empty(notes); *line; line += strcspn(line, "\n") + 1)
        append_note(frame, line, strcspn(line, "\n"), out);
    if (frame->format == REPORT_LATEX)
        text_append(out, "\\end{table*}\n");
    out->failed |= notes->failed;
}
