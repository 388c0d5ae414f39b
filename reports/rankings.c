#include "reports/rankings.h"

#include "reports/accuracy.h"
#include "reports/correlation.h"
#include "reports/figure.h"
#include "reports/grid.h"
#include "reports/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rows ------------------------------------------------------------------------------------ */

static int out_of_memory(struct error *error)
{
    return error_set(error, ERROR_MEMORY, "rankings: out of memory");
}

static struct rankings_row *add_row(struct rankings *rankings)
{
    struct rankings_row *grown = realloc(rankings->rows, (rankings->n + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    rankings->rows = grown;
    grown[rankings->n] = (struct rankings_row){
        .tau_std = (double)NAN, .tau = {(double)NAN, (double)NAN}, .accuracy = (double)NAN};
    return &grown[rankings->n++];
}

static struct audit_plan make_plan(const struct rankings *rankings, const struct scores *scores)
{
    const struct table *table = rankings->table;
    return (struct audit_plan){.table = table,
                               .scores = scores,
                               .label = "scores",
                               .point = rankings->test ? ACCURACY_TEST : table->identity.points,
                               .by = RANKING_TRUTH,
                               .picks = {RANKINGS_TOP},
                               .n_picks = 1};
}

/* The section of an audit that is the best `percent`; NULL: it was too small. */
static const struct audit_section *find_section(const struct audit *audit, size_t percent)
{
    for (size_t i = 0; i < audit->n_sections; i++)
        if (audit->sections[i].slice->percent == percent)
            return &audit->sections[i];
    return NULL;
}

/* The row of that name there. */
static struct agreement find_agreement(const struct audit *audit, size_t percent, const char *name)
{
    const struct audit_section *section = find_section(audit, percent);
    for (size_t i = 0; section && i < section->n_rows; i++)
        if (strcmp(section->rows[i].name, name) == 0)
            return section->rows[i].agreement;
    struct agreement none = {.n_picks = 0};
    agreement_none(&none);
    return none;
}

static int add_rivals(struct rankings *rankings, struct error *error)
{
    struct audit audit;
    struct audit_plan plan = make_plan(rankings, NULL);
    int status = audit_make(&audit, &plan, error);
    for (size_t i = 0; !status && i < audit.sections[0].n_rows; i++) {
        const char *name = audit.sections[0].rows[i].name;
        struct rankings_row *row = add_row(rankings);
        if (!row)
            return out_of_memory(error);
        (void)snprintf(row->name, sizeof row->name, "%s", name);
        row->whole = find_agreement(&audit, 100, name);
        row->tenth = find_agreement(&audit, 10, name);
        row->hundredth = find_agreement(&audit, 1, name);
    }
    return status;
}

/* ---- Supernets ------------------------------------------------------------------------------- */

/* What each seed's scores gave. */
struct seeds {
    struct agreement *whole, *tenth, *hundredth;
    double *tau;
    const struct score_file **file;
    size_t n;
    double accuracy;             /* sum of the mean scores */
    struct scores_source source; /* of the first that says it; its supernet is not kept */
};

static bool seeds_init(struct seeds *seeds, size_t n)
{
    *seeds = (struct seeds){.whole = calloc(n, sizeof *seeds->whole),
                            .tenth = calloc(n, sizeof *seeds->tenth),
                            .hundredth = calloc(n, sizeof *seeds->hundredth),
                            .tau = calloc(n, sizeof *seeds->tau),
                            .file = calloc(n, sizeof *seeds->file)};
    return seeds->whole && seeds->tenth && seeds->hundredth && seeds->tau && seeds->file;
}

static void seeds_free(struct seeds *seeds)
{
    free(seeds->whole);
    free(seeds->tenth);
    free(seeds->hundredth);
    free(seeds->tau);
    free(seeds->file);
}

static double mean_score(const struct scores *scores, uint64_t count)
{
    double sum = 0;
    for (uint64_t i = 0; i < count; i++)
        sum += isnan(scores->score[i]) ? 0 : scores->score[i];
    return sum / (double)scores->n;
}

/* Whether the file may stand beside those before it: another seed, trained alike as far as they say. */
static int check_alike(const struct seeds *seeds, const struct score_file *file,
                       const struct scores *scores, struct error *error)
{
    struct text other = {0};
    int status = 0;
    for (size_t i = 0; i < seeds->n && !status; i++)
        if (strcmp(seeds->file[i]->seed, file->seed) == 0)
            status = error_set(error, ERROR_ARGUMENT, "%s: is seed %s of %s, as %s is", file->path,
                               file->seed, file->group, seeds->file[i]->path);
    if (!status && scores->source.known && seeds->source.known &&
        scores_foreign(&scores->source, &seeds->source.identity, &other))
        status =
            error_set(error, ERROR_MISMATCH, "%s: was trained otherwise than the others of %s: %s",
                      file->path, file->group, other.data ? other.data : "");
    text_free(&other);
    return status;
}

static int audit_file(const struct rankings *rankings, const struct score_file *file,
                      struct seeds *seeds, struct error *error)
{
    struct audit audit;
    struct scores scores;
    int status = scores_read(&scores, file->path, rankings->table->space, error);
    if (status)
        return status;
    struct audit_plan plan = make_plan(rankings, &scores);
    status = check_alike(seeds, file, &scores, error);
    if (!status)
        status = audit_make(&audit, &plan, error);
    if (!status) {
        seeds->whole[seeds->n] = find_agreement(&audit, 100, plan.label);
        seeds->tenth[seeds->n] = find_agreement(&audit, 10, plan.label);
        seeds->hundredth[seeds->n] = find_agreement(&audit, 1, plan.label);
        seeds->tau[seeds->n] = seeds->whole[seeds->n].tau;
        seeds->accuracy += mean_score(&scores, rankings->table->identity.count);
        if (!seeds->source.known)
            seeds->source = scores.source;
        seeds->file[seeds->n++] = file;
    }
    scores_free(&scores);
    seeds->source.supernet = NULL;
    return status;
}

/* A file that cannot be read, or scores nothing that the table has, is named and left out. */
static int audit_files(struct rankings *rankings, size_t start, size_t end, struct seeds *seeds,
                       struct error *error)
{
    for (size_t i = start; i < end; i++) {
        struct error damage;
        int status = audit_file(rankings, &rankings->files->files[i], seeds, &damage);
        if (status == ERROR_MEMORY)
            return out_of_memory(error);
        if (status) {
            text_append(&rankings->left_out, "%s\n", damage.text);
            rankings->damaged++;
        }
    }
    return 0;
}

static bool ends_in(const char *word, const char *end)
{
    size_t a = strlen(word), b = strlen(end);
    return a > b && strcmp(word + a - b, end) == 0;
}

static void fill_supernet(const struct rankings *rankings, const struct seeds *seeds,
                          struct rankings_row *row)
{
    const struct score_file *file = seeds->file[0];
    struct text other = {0};
    (void)snprintf(row->name, sizeof row->name, "%s, budget %s", file->method, file->budget);
    row->first = (size_t)(file - rankings->files->files);
    row->seeds = seeds->n;
    row->tau_std = sample_deviation(seeds->tau, seeds->n);
    row->tau = student_interval(seeds->tau, seeds->n, AGREEMENT_LEVEL);
    row->tau.low = isnan(row->tau.low) ? row->tau.low : fmax(row->tau.low, -1);
    row->tau.high = isnan(row->tau.high) ? row->tau.high : fmin(row->tau.high, 1);
    row->accuracy = seeds->accuracy / (double)seeds->n;
    row->untrained = ends_in(file->method, "-untrained");
    if (seeds->source.known) {
        (void)snprintf(row->under, sizeof row->under, "%s", seeds->source.identity.protocol);
        row->foreign = scores_foreign(&seeds->source, &rankings->table->identity, &other);
    }
    for (size_t i = 0; i < seeds->n; i++)
        text_append(&row->each, "%s%s: %.3f", i ? ", " : "", seeds->file[i]->seed, seeds->tau[i]);
    agreement_mean(seeds->whole, seeds->n, &row->whole);
    agreement_mean(seeds->tenth, seeds->n, &row->tenth);
    agreement_mean(seeds->hundredth, seeds->n, &row->hundredth);
    text_free(&other);
}

static int add_supernet(struct rankings *rankings, size_t start, size_t end, struct error *error)
{
    struct seeds seeds;
    int status = seeds_init(&seeds, end - start) ? 0 : out_of_memory(error);
    if (!status)
        status = audit_files(rankings, start, end, &seeds, error);
    if (!status && seeds.n) {
        struct rankings_row *row = add_row(rankings);
        if (row)
            fill_supernet(rankings, &seeds, row);
        if (!row || row->each.failed)
            status = out_of_memory(error);
    }
    seeds_free(&seeds);
    return status;
}

int rankings_make(struct rankings *rankings, const struct table *table,
                  const struct score_files *files, struct error *error)
{
    int status = ERROR_NONE;
    *rankings =
        (struct rankings){.table = table, .files = files, .test = table->valid_accuracy == NULL};
    for (size_t start = 0, end; !status && start < files->n; start = end) {
        end = score_files_end(files, start);
        if (strcmp(files->files[start].space, table->identity.space) == 0)
            status = add_supernet(rankings, start, end, error);
    }
    if (!status)
        status = add_rivals(rankings, error);
    if (status)
        rankings_free(rankings);
    return status;
}

void rankings_free(struct rankings *rankings)
{
    for (size_t i = 0; i < rankings->n; i++)
        text_free(&rankings->rows[i].each);
    free(rankings->rows);
    text_free(&rankings->left_out);
    *rankings = (struct rankings){.rows = NULL};
}

/* ---- Print ----------------------------------------------------------------------------------- */

static const struct field fields[] = {
    {"space", FIELD_TEXT, .hidden = true},
    {"protocol", FIELD_TEXT, .hidden = true},
    {"table", FIELD_TEXT, .hidden = true},
    {"truth", FIELD_TEXT, .hidden = true},
    {"ranking", FIELD_TEXT, .column = "ranking"},
    {"seeds", FIELD_REAL, 0, .column = "seeds"},
    {"n", FIELD_REAL, 0, .column = "n"},
    {"tied_score", FIELD_REAL, .hidden = true},
    {"tied_truth", FIELD_REAL, .hidden = true},
    {"tau_b", FIELD_REAL, 3, .column = "tau-b"},
    {"tau_b_std", FIELD_REAL, 3, .before = " +- "},
    {"tau_b_low", FIELD_REAL, 3, .before = "  [", .after = ", "},
    {"tau_b_high", FIELD_REAL, 3, .after = "]"},
    {"tau_b_seeds", FIELD_TEXT, .hidden = true},
    {"trained_under", FIELD_TEXT, .hidden = true},
    {"spearman", FIELD_REAL, 3, .column = "Spearman"},
    {"weighted_tau", FIELD_REAL, 3, .column = "weighted tau"},
    {"precision_10", FIELD_REAL, 2, .column = "P", .group = "its top 10"},
    {"rank_10", FIELD_REAL, 0, .column = "best", .group = "its top 10"},
    {"regret_10", FIELD_REAL, 2, .column = "regret", .group = "its top 10"},
    {"tau_b_top_10_percent", FIELD_REAL, 3, .column = "10 %", .group = "tau-b within the top"},
    {"tau_b_top_1_percent", FIELD_REAL, 3, .column = "1 %", .group = "tau-b within the top"},
};

static void fill_row(struct grid *grid, const struct rankings *rankings,
                     const struct rankings_row *row)
{
    const struct table *table = rankings->table;
    const struct pick *pick = &row->whole.picks[0];
    grid_row(grid);
    grid_text(grid, "space", table->identity.space);
    grid_text(grid, "protocol", table->identity.protocol);
    grid_text(grid, "table", table->digest);
    grid_text(grid, "truth", rankings->test ? "test" : "validation");
    grid_text(grid, "ranking", row->name);
    if (row->seeds)
        grid_number(grid, "seeds", (double)row->seeds);
    grid_number(grid, "n", row->whole.n);
    grid_number(grid, "tied_score", row->whole.tied_score);
    grid_number(grid, "tied_truth", row->whole.tied_truth);
    grid_number(grid, "tau_b", row->whole.tau);
    grid_number(grid, "tau_b_std", row->tau_std);
    grid_number(grid, "tau_b_low", row->tau.low);
    grid_number(grid, "tau_b_high", row->tau.high);
    grid_text(grid, "tau_b_seeds", row->each.data);
    grid_text(grid, "trained_under", row->under[0] ? row->under : NULL);
    grid_number(grid, "spearman", row->whole.rho);
    grid_number(grid, "weighted_tau", row->whole.weighted);
    grid_number(grid, "precision_10", pick->precision);
    grid_number(grid, "rank_10", pick->rank);
    grid_number(grid, "regret_10", pick->regret);
    grid_number(grid, "tau_b_top_10_percent", row->tenth.tau);
    grid_number(grid, "tau_b_top_1_percent", row->hundredth.tau);
}

void rankings_protocols(const struct rankings *rankings, struct text *out)
{
    for (size_t i = 0; i < rankings->n && rankings->rows[i].seeds; i++) {
        const struct rankings_row *row = &rankings->rows[i];
        if (row->foreign)
            text_append(out, "%s: trained under %s, not as the table was.\n", row->name,
                        row->under);
        else if (!row->under[0])
            text_append(out, "%s: its files do not say under which protocol it was trained.\n",
                        row->name);
    }
}

static void append_notes(const struct rankings *rankings, struct text *out)
{
    const struct table *table = rankings->table;
    text_append(
        out, "Truth: %s accuracy, mean over the table's %d %s; %s.\n",
        rankings->test ? "test" : "validation", table->seeds, table->seeds == 1 ? "seed" : "seeds",
        table->seeds == 1 ? "points are of the same training, which ranks itself"
                          : "points, as the noise ceiling, are of one seed against the others");
    text_append(out, "Its top 10: P, the share of them at least as good as the true 10th; best, "
                     "the true rank of the best of them; regret in percent points. Within the true "
                     "top accuracies "
                     "lie in a narrower range, which lowers the tau-b that a ranking can reach "
                     "there: compare it with the rivals there. " WEIGHTED_TAU_NOTE "\n");
    if (rankings->n && rankings->rows[0].seeds)
        text_append(out,
                    "Supernets: means over their seeds, std and 95 %% interval (Student's t) of "
                    "tau-b, from the scores that lie beside the traces.\n");
    else
        text_append(out,
                    "There are no scores of supernets beside the traces (nasbed audit --method "
                    "writes them).\n");
    rankings_protocols(rankings, out);
    if (table->seeds < 2)
        text_append(out, "The table has one seed: no noise ceiling.\n");
}

static int print_framed(const struct rankings *rankings, const struct grid *grid,
                        enum report_format format, struct text *out, struct error *error)
{
    const struct frame frame = {.format = format, .font = "footnotesize"};
    const struct table *table = rankings->table;
    struct text title = {0}, notes = {0};
    text_append(&title, "What ranks %s, and how well: %s (numerics %d), table %.8s",
                table->identity.space, table->identity.protocol, table->identity.numerics,
                table->digest);
    append_notes(rankings, &notes);
    return frame_print(&frame, &title, grid, &notes, out, error);
}

int rankings_print(const struct rankings *rankings, enum report_format format, bool first,
                   struct text *out, struct error *error)
{
    struct grid grid;
    grid_init(&grid, fields, sizeof fields / sizeof *fields);
    for (size_t i = 0; i < rankings->n; i++)
        fill_row(&grid, rankings, &rankings->rows[i]);
    int status = format == REPORT_CSV ? grid_print_csv(&grid, first, out, error)
                                      : print_framed(rankings, &grid, format, out, error);
    grid_free(&grid);
    return status;
}

void rankings_name(const struct rankings *rankings, size_t i, struct text *out)
{
    const struct score_file *file = &rankings->files->files[rankings->rows[i].first];
    figure_name(out, file->method);
    text_append(out, "-b");
    figure_name(out, file->budget);
    text_append(out, "-scatter");
}
