#include "reports/manifest.h"

#include "reports/grid.h"
#include "reports/setting.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- What was run with what ------------------------------------------------------------------ */

void manifest_seeds(const struct collection *collection, size_t start, size_t end, struct text *out)
{
    for (size_t i = start, last; i < end; i = last + 1) {
        uint64_t seed = collection->traces[i].header.seed;
        for (last = i;
             last + 1 < end && collection->traces[last + 1].header.seed == seed + (last + 1 - i);)
            last++;
        text_append(out, "%s%" PRIu64, i > start ? ", " : "", seed);
        if (last > i)
            text_append(out, "-%" PRIu64, seed + (last - i));
    }
}

static void append_options(const struct trace_header *header, struct text *out)
{
    for (size_t i = 0; i < header->n_options; i++)
        text_append(out, "%s%s=%s", i ? " " : "", header->options[i].name,
                    header->options[i].value);
}

static void set_text(struct grid *grid, const char *name, struct text *text)
{
    grid_text(grid, name, text->data ? text->data : "");
    grid->failed |= text->failed;
    text_free(text);
}

/* ---- For people ------------------------------------------------------------------------------ */

static const struct field group_fields[] = {
    {"budget", FIELD_MEASURE, .column = "budget"}, {"unit", FIELD_TEXT, .before = " "},
    {"method", FIELD_TEXT, .column = "method"},    {"kind", FIELD_TEXT, .column = "kind"},
    {"options", FIELD_TEXT, .column = "options"},  {"origin", FIELD_TEXT, .column = "origin"},
    {"traces", FIELD_REAL, 0, .column = "traces"}, {"seeds", FIELD_TEXT, .column = "seeds"},
    {"program", FIELD_TEXT, .column = "program"},  {"blas", FIELD_TEXT, .column = "BLAS"},
};

/* Traces of one setting may yet come from several programs: each has a row. */
static bool same_make(const struct trace_header *a, const struct trace_header *b)
{
    return strcmp(a->program, b->program) == 0 && strcmp(a->blas, b->blas) == 0 &&
           strcmp(a->origin.what, b->origin.what) == 0;
}

/* "912679c1: python3 m.py". */
static void fill_origin(struct grid *grid, const struct trace_origin *origin)
{
    struct text said = {0};
    if (!origin->digest[0])
        return;
    text_append(&said, "%.8s: %s", origin->digest, origin->what);
    set_text(grid, "origin", &said);
}

static void fill_group(struct grid *grid, const struct collection *collection, size_t start,
                       size_t end)
{
    const struct trace_header *header = &collection->traces[start].header;
    struct text options = {0}, seeds = {0};
    grid_row(grid);
    grid_number(grid, "budget", header->budget);
    if (header->gpu_seconds)
        grid_text(grid, "unit", "GPU s");
    grid_text(grid, "method", header->method);
    grid_text(grid, "kind", header->kind);
    append_options(header, &options);
    if (header->n_options)
        set_text(grid, "options", &options);
    fill_origin(grid, &header->origin);
    grid_number(grid, "traces", (double)(end - start));
    manifest_seeds(collection, start, end, &seeds);
    set_text(grid, "seeds", &seeds);
    grid_text(grid, "program", header->program);
    if (header->blas[0])
        grid_text(grid, "blas", header->blas);
    text_free(&options);
}

/* Runs of one group and one make, in order. */
static void fill_groups(struct grid *grid, const struct collection *collection, size_t start,
                        size_t end)
{
    for (size_t group_end, next; start < end; start = next) {
        group_end = collection_end(collection, start, COLLECTION_GROUP);
        for (next = start + 1; next < group_end; next++)
            if (!same_make(&collection->traces[start].header, &collection->traces[next].header))
                break;
        fill_group(grid, collection, start, next);
    }
}

/* Where a method came from is a column only where one came from outside. */
static void show_origin(struct field *shown, size_t n, const struct collection *collection,
                        size_t start, size_t end)
{
    bool outside = false;
    for (size_t i = start; i < end; i++)
        outside = outside || collection->traces[i].header.origin.digest[0];
    for (size_t f = 0; f < n; f++)
        shown[f].hidden = strcmp(shown[f].name, "origin") == 0 && !outside;
}

static void append_notes(const struct trace_header *header, struct text *out)
{
    text_append(
        out,
        "The same in every trace: protocol %s (hash %s), data set digest %s, %s%s, numerics "
        "%d; one full training is %.4g %s.\n",
        header->protocol, header->protocol_hash,
        header->numerics ? header->dataset_digest : "none (imported)",
        header->table[0] ? "table digest " : "no table: trained live", header->table,
        header->numerics, (double)header->unit_flops / (header->gpu_seconds ? 1e6 : 1e12),
        header->gpu_seconds ? "GPU seconds" : "TFLOP");
    text_append(out, "The file manifest.csv has a row a trace.\n");
}

static int print_framed(const struct trace_header *header, const struct grid *grid, size_t n,
                        enum report_format format, struct text *out, struct error *error)
{
    const struct frame frame = {.format = format, .font = "tiny"};
    struct text title = {0}, notes = {0};
    text_append(&title, "Manifest: %zu %s", n, n == 1 ? "trace" : "traces");
    append_notes(header, &notes);
    return frame_print(&frame, &title, grid, &notes, out, error);
}

/* ---- For programs ---------------------------------------------------------------------------- */

static const struct field trace_fields[] = {
    SETTING_FIELDS,
    {.name = "method", .kind = FIELD_TEXT},
    {.name = "kind", .kind = FIELD_TEXT},
    {.name = "options", .kind = FIELD_TEXT},
    {.name = "origin", .kind = FIELD_TEXT}, /* digest of the files; empty: built in */
    {.name = "called", .kind = FIELD_TEXT},
    {.name = "files", .kind = FIELD_TEXT},
    {.name = "seed", .kind = FIELD_TEXT},
    {.name = "table_seed", .kind = FIELD_REAL},
    {.name = "program", .kind = FIELD_TEXT},
    {.name = "blas", .kind = FIELD_TEXT},
    {.name = "architecture", .kind = FIELD_TEXT},
    {.name = "test_accuracy", .kind = FIELD_REAL},
    {.name = "spent_flops", .kind = FIELD_TEXT},
    {.name = "spent_microseconds", .kind = FIELD_TEXT},
    {.name = "checksum", .kind = FIELD_TEXT},
    {.name = "path", .kind = FIELD_TEXT},
};

static void set_count(struct grid *grid, const char *name, bool hexadecimal, uint64_t count)
{
    char said[32];
    (void)snprintf(said, sizeof said, hexadecimal ? "%016" PRIx64 : "%" PRIu64, count);
    grid_text(grid, name, said);
}

/* "m.py=912679c14733a1d0d36fa47e67e0ed4d weights.bin=..." */
static void fill_files(struct grid *grid, const struct trace_origin *origin)
{
    struct text said = {0};
    for (size_t i = 0; i < origin->n_files; i++)
        text_append(&said, "%s%s=%s", i ? " " : "", origin->files[i].name, origin->files[i].digest);
    set_text(grid, "files", &said);
}

static void fill_trace(struct grid *grid, const struct trace *trace)
{
    const struct trace_header *header = &trace->header;
    struct text options = {0};
    grid_row(grid);
    setting_fill(grid, header);
    grid_text(grid, "method", header->method);
    grid_text(grid, "kind", header->kind);
    append_options(header, &options);
    set_text(grid, "options", &options);
    grid_text(grid, "origin", header->origin.digest);
    grid_text(grid, "called", header->origin.what);
    fill_files(grid, &header->origin);
    set_count(grid, "seed", false, header->seed);
    if (header->table[0])
        grid_number(grid, "table_seed", header->table_seed);
    grid_text(grid, "program", header->program);
    grid_text(grid, "blas", header->blas);
    grid_text(grid, "architecture", trace->finish.architecture);
    grid_number(grid, "test_accuracy", trace->finish.test_accuracy);
    set_count(grid, header->gpu_seconds ? "spent_microseconds" : "spent_flops", false,
              trace->finish.spent);
    set_count(grid, "checksum", true, trace->checksum);
    grid_text(grid, "path", trace->path);
}

int manifest_print(const struct collection *collection, size_t start, size_t end,
                   enum report_format format, bool first, struct text *out, struct error *error)
{
    struct grid grid;
    struct field shown[sizeof group_fields / sizeof *group_fields];
    int status;
    if (format == REPORT_CSV) {
        grid_init(&grid, trace_fields, sizeof trace_fields / sizeof *trace_fields);
        for (size_t i = start; i < end; i++)
            fill_trace(&grid, &collection->traces[i]);
        status = grid_print_csv(&grid, first, out, error);
    } else {
        memcpy(shown, group_fields, sizeof group_fields);
        show_origin(shown, sizeof group_fields / sizeof *group_fields, collection, start, end);
        grid_init(&grid, shown, sizeof group_fields / sizeof *group_fields);
        fill_groups(&grid, collection, start, end);
        status =
            print_framed(&collection->traces[start].header, &grid, end - start, format, out, error);
    }
    grid_free(&grid);
    return status;
}
