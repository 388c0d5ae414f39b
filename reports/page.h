/* The page: one self-contained HTML file that holds a whole report: tables, drawings inside it, links
 * to the files beside it. */
#ifndef NASBED_REPORTS_PAGE_H
#define NASBED_REPORTS_PAGE_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

#define PAGE_NAME "index.html"

/* Zero-initialise. Append HTML to `body` between the calls: tables by REPORT_HTML. */
struct page {
    struct text contents, body;
    size_t sections, parts, figures;
    bool folded; /* inside a part that is folded away */
};

/* Begin a section, the last one ends; a part in it, which is in the contents too. `detail` (may be
 * NULL) stands below the section's title. */
void page_section(struct page *page, const char *title, const char *detail);
void page_part(struct page *page, const char *title);

/* What follows is folded away under `title`, until page_unfold; printed it is open. */
void page_fold(struct page *page, const char *title);
void page_unfold(struct page *page);

/* A paragraph. */
void page_note(struct page *page, const char *said);

/* The figure FOLDER/NAME.svg, and links to its data and script beside the page; `label` says what it
 * shows. If there is a reason `why` it was not drawn (else NULL) the page says so in its place.
 * Errors: those of file_read. */
int page_figure(struct page *page, const char *folder, const char *name, const char *label,
                const char *why, struct error *error);

/* End the last section and write FOLDER/index.html, `summary` below its title, `warnings` (a line each)
 * above all else. Errors: those of file_write; ERROR_MEMORY. */
int page_write(struct page *page, const char *folder, const char *summary,
               const struct text *warnings, struct error *error);

void page_free(struct page *page);

#endif
