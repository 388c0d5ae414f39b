/* Canonical labelling of a flow: colour refinement, then individualisation where ties remain (the
 * scheme of McKay's nauty). A tie is not branched on where an automorphism is found that proves its
 * members alike; so the result does not depend on the order of the nodes, whatever the graph. */
#include "spaces/graph_flow.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* One unit reads another. */
struct reading {
    int reader, operand; /* which of the reader's operands */
    uint64_t times;
};

struct search {
    const struct flow *flow;
    int *first; /* [units + 1] readings of unit u: reading[first[u] .. first[u + 1]) */
    struct reading *reading;
    uint64_t *sorted;      /* [units] scratch of colour_count */
    uint64_t *certificate; /* scratch of leaf_digest */
    bool failed;           /* memory ran out */
};

/* A unit with its colour, to sort by colour, ties by number. */
struct tinted {
    uint64_t colour;
    int unit;
};

/* splitmix64's finaliser (Steele, Lea and Flood, 2014). */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

/* Colours ----------------------------------------------------------------------------------------
 */

static void colour_start(const struct search *search, uint64_t *colour)
{
    const struct flow *flow = search->flow;
    for (int u = 0; u < flow->units; u++) {
        colour[u] = 0;
        for (int i = 0; i < UNIT_TRAITS; i++)
            colour[u] = mix(colour[u] ^ flow->unit[u].trait[i]);
    }
}

/* Each unit learns what it reads: operands in order, their terms in any order. */
static void colour_forward(const struct search *search, uint64_t *colour)
{
    const struct flow *flow = search->flow;
    for (int u = 0; u < flow->units; u++) {
        const struct unit *unit = &flow->unit[u];
        for (int k = 0; k < unit->operands; k++) {
            const struct operand *operand = &flow->operand[unit->first + k];
            uint64_t sum = (uint64_t)operand->channels;
            for (int i = 0; i < operand->count; i++) {
                const struct term *term = &flow->term[operand->first + i];
                sum += mix(colour[term->unit] ^ mix(term->times));
            }
            colour[u] = mix(mix(colour[u]) ^ sum);
        }
    }
}

/* Each unit learns who reads it. */
static void colour_backward(const struct search *search, uint64_t *colour)
{
    for (int u = search->flow->units - 1; u >= 0; u--) {
        uint64_t sum = 0;
        for (int i = search->first[u]; i < search->first[u + 1]; i++) {
            const struct reading *reading = &search->reading[i];
            sum += mix(colour[reading->reader] ^
                       mix(reading->times ^ mix((uint64_t)reading->operand)));
        }
        colour[u] = mix(mix(colour[u]) ^ sum);
    }
}

static int compare_colours(const void *a, const void *b)
{
    uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;
    return (p > q) - (p < q);
}

static int colour_count(const struct search *search, const uint64_t *colour)
{
    int n = search->flow->units, distinct = 0;
    memcpy(search->sorted, colour, (size_t)n * sizeof *colour);
    qsort(search->sorted, (size_t)n, sizeof *colour, compare_colours);
    for (int i = 0; i < n; i++)
        distinct += i == 0 || search->sorted[i] != search->sorted[i - 1];
    return distinct;
}

/* Sweep both ways until nothing more is told apart; returns the number of colours. A unit's new
 * colour depends on the old ones and on the structure alone: units are visited in a topological
 * order, but in whichever of them they are, the inputs (readers) are always done before. */
static int colour_refine(const struct search *search, uint64_t *colour)
{
    for (int before = 0;;) {
        colour_forward(search, colour);
        colour_backward(search, colour);
        int now = colour_count(search, colour);
        if (now == before || now == search->flow->units)
            return now;
        before = now;
    }
}

static int compare_tinted(const void *a, const void *b)
{
    const struct tinted *p = a, *q = b;
    if (p->colour != q->colour)
        return p->colour > q->colour ? 1 : -1;
    return (p->unit > q->unit) - (p->unit < q->unit);
}

static void sort_tinted(const uint64_t *colour, int n, struct tinted *sorted)
{
    for (int u = 0; u < n; u++)
        sorted[u] = (struct tinted){.colour = colour[u], .unit = u};
    qsort(sorted, (size_t)n, sizeof *sorted, compare_tinted);
}

/* Leaves -----------------------------------------------------------------------------------------
 */

static int compare_terms(const void *a, const void *b)
{
    const struct term *p = a, *q = b;
    return (p->unit > q->unit) - (p->unit < q->unit);
}

/* The terms of an operand under new unit numbers, ascending. */
static void renumber(const struct flow *flow, const struct operand *operand, const int *number,
                     struct term *out)
{
    for (int i = 0; i < operand->count; i++) {
        out[i] = flow->term[operand->first + i];
        out[i].unit = number[out[i].unit];
    }
    qsort(out, (size_t)operand->count, sizeof *out, compare_terms);
}

/* The whole structure with units numbered by colour, all colours being different, in words. */
static size_t certify(const struct search *search, const struct tinted *order, const int *rank,
                      struct term *terms)
{
    const struct flow *flow = search->flow;
    uint64_t *word = search->certificate;
    for (int r = 0; r < flow->units; r++) {
        const struct unit *unit = &flow->unit[order[r].unit];
        for (int i = 0; i < UNIT_TRAITS; i++)
            *word++ = htole64(unit->trait[i]);
        *word++ = htole64((uint64_t)unit->operands);
        for (int k = 0; k < unit->operands; k++) {
            const struct operand *operand = &flow->operand[unit->first + k];
            *word++ = htole64((uint64_t)operand->channels);
            *word++ = htole64((uint64_t)operand->count);
            renumber(flow, operand, rank, terms);
            for (int i = 0; i < operand->count; i++) {
                *word++ = htole64((uint64_t)terms[i].unit);
                *word++ = htole64(terms[i].times);
            }
        }
    }
    return (size_t)(word - search->certificate);
}

static struct digest leaf_digest(struct search *search, const uint64_t *colour)
{
    struct digest digest = {0, 0};
    size_t n = (size_t)search->flow->units;
    struct tinted *order = calloc(n, sizeof *order);
    int *rank = calloc(n, sizeof *rank);
    struct term *terms = calloc(n, sizeof *terms);
    if (order && rank && terms) {
        sort_tinted(colour, (int)n, order);
        for (int r = 0; r < (int)n; r++)
            rank[order[r].unit] = r;
        size_t words = certify(search, order, rank, terms);
        digest = digest_bytes(search->certificate, words * sizeof *search->certificate);
    } else {
        search->failed = true;
    }
    free(terms);
    free(rank);
    free(order);
    return digest;
}

/* Automorphisms ----------------------------------------------------------------------------------
 */

static bool maps_operand(const struct flow *flow, const struct operand *from,
                         const struct operand *to, const int *image, struct term *terms)
{
    if (from->count != to->count || from->channels != to->channels)
        return false;
    renumber(flow, from, image, terms);
    for (int i = 0; i < from->count; i++)
        if (terms[i].unit != flow->term[to->first + i].unit ||
            terms[i].times != flow->term[to->first + i].times)
            return false;
    return true;
}

static bool is_automorphism(const struct flow *flow, const uint64_t *colour, const int *image,
                            struct term *terms)
{
    for (int u = 0; u < flow->units; u++) {
        const struct unit *from = &flow->unit[u], *to = &flow->unit[image[u]];
        if (colour[u] != colour[image[u]] || from->operands != to->operands ||
            memcmp(from->trait, to->trait, sizeof from->trait) != 0)
            return false;
        for (int k = 0; k < from->operands; k++)
            if (!maps_operand(flow, &flow->operand[from->first + k], &flow->operand[to->first + k],
                              image, terms))
                return false;
    }
    return true;
}

/* Try to prove that two refinements `a` and `b` of `colour`, each after singling out one member of
 * a tie, lead to the same leaves: by the automorphism that takes the i-th unit of each colour of
 * `a` to the i-th of `b`. False means only that it is none. */
static bool proved_alike(struct search *search, const uint64_t *colour, const uint64_t *a,
                         const uint64_t *b)
{
    size_t n = (size_t)search->flow->units;
    struct tinted *from = calloc(n, sizeof *from), *to = calloc(n, sizeof *to);
    int *image = calloc(n, sizeof *image);
    struct term *terms = calloc(n, sizeof *terms);
    bool alike = from && to && image && terms;
    search->failed = search->failed || !alike;
    if (alike) {
        sort_tinted(a, (int)n, from);
        sort_tinted(b, (int)n, to);
        for (size_t i = 0; i < n; i++) {
            alike = alike && from[i].colour == to[i].colour;
            image[from[i].unit] = to[i].unit;
        }
        alike = alike && is_automorphism(search->flow, colour, image, terms);
    }
    free(terms);
    free(image);
    free(to);
    free(from);
    return alike;
}

/* Search -----------------------------------------------------------------------------------------
 */

static bool digest_less(struct digest a, struct digest b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/* The tie to branch on: the smallest, of those the one with the lowest colour. Its colour. */
static uint64_t smallest_tie(const struct search *search, const uint64_t *colour)
{
    int n = search->flow->units, best_size = n + 1;
    uint64_t best = 0;
    memcpy(search->sorted, colour, (size_t)n * sizeof *colour);
    qsort(search->sorted, (size_t)n, sizeof *colour, compare_colours);
    for (int i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && search->sorted[end] == search->sorted[i];)
            end++;
        if (end - i > 1 && end - i < best_size) {
            best_size = end - i;
            best = search->sorted[i];
        }
    }
    return best;
}

static struct digest search_leaves(struct search *search, const uint64_t *colour, int colours);

/* The least digest over the leaves below every member of a tie. */
static struct digest search_tie(struct search *search, const uint64_t *colour, uint64_t tie)
{
    struct digest best = {0, 0};
    size_t n = (size_t)search->flow->units;
    uint64_t *first = calloc(n, sizeof *first), *next = calloc(n, sizeof *next);
    if (!first || !next)
        search->failed = true;
    bool begun = false;
    for (size_t u = 0; u < n && !search->failed; u++) {
        if (colour[u] != tie)
            continue;
        uint64_t *single = begun ? next : first;
        memcpy(single, colour, n * sizeof *colour);
        single[u] = mix(~tie);
        int colours = colour_refine(search, single);
        if (begun && proved_alike(search, colour, first, next))
            continue;
        struct digest leaf = search_leaves(search, single, colours);
        if (!begun || digest_less(leaf, best))
            best = leaf;
        begun = true;
    }
    free(next);
    free(first);
    return best;
}

/* The least digest over the leaves below a refined colouring. */
static struct digest search_leaves(struct search *search, const uint64_t *colour, int colours)
{
    if (colours == search->flow->units)
        return leaf_digest(search, colour);
    return search_tie(search, colour, smallest_tie(search, colour));
}

/* Turn the operands around: for each unit its readings. */
static void find_readings(struct search *search)
{
    const struct flow *flow = search->flow;
    int *first = search->first;
    int n = flow->units;
    for (int pass = 0; pass < 2; pass++) { /* count, then fill from each unit's end downwards */
        for (int u = 0; u < n; u++) {
            const struct unit *unit = &flow->unit[u];
            for (int k = 0; k < unit->operands; k++) {
                const struct operand *operand = &flow->operand[unit->first + k];
                for (int i = 0; i < operand->count; i++) {
                    const struct term *term = &flow->term[operand->first + i];
                    if (pass == 0)
                        first[term->unit]++;
                    else
                        search->reading[--first[term->unit]] =
                            (struct reading){.reader = u, .operand = k, .times = term->times};
                }
            }
        }
        for (int u = 1; u <= n && pass == 0; u++)
            first[u] += first[u - 1];
    }
}

/* Terms of all operands (an operand of a unit may share its terms with another's). */
static size_t count_readings(const struct flow *flow)
{
    size_t readings = 0;
    for (int i = 0; i < flow->operands; i++)
        readings += (size_t)flow->operand[i].count;
    return readings;
}

int graph_canonical(const struct graph *graph, struct digest *digest, struct error *error)
{
    struct flow flow;
    int status = flow_init(&flow, graph, error);
    if (status)
        return status;
    size_t n = (size_t)flow.units, readings = count_readings(&flow);
    size_t words = n * (UNIT_TRAITS + 1) + 2 * (size_t)flow.operands + 2 * readings;
    struct search search = {.flow = &flow,
                            .first = calloc(n + 1, sizeof *search.first),
                            .reading = calloc(readings + 1, sizeof *search.reading),
                            .sorted = calloc(n, sizeof *search.sorted),
                            .certificate = calloc(words, sizeof *search.certificate)};
    uint64_t *colour = calloc(n, sizeof *colour);
    search.failed =
        !search.first || !search.reading || !search.sorted || !search.certificate || !colour;
    if (!search.failed) {
        find_readings(&search);
        colour_start(&search, colour);
        *digest = search_leaves(&search, colour, colour_refine(&search, colour));
    }
    if (search.failed)
        status = error_set(error, ERROR_MEMORY, "canonical form: out of memory");
    free(colour);
    free(search.certificate);
    free(search.sorted);
    free(search.reading);
    free(search.first);
    flow_free(&flow);
    return status;
}
