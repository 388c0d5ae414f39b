/* Canonical labelling of a flow: colour refinement, then individualisation where ties remain (the
 * scheme of McKay's nauty). Members of a tie that an automorphism is found to exchange are branched
 * on once; the rest is searched in full, so the result does not depend on the order of the nodes,
 * whatever the graph. */
#include "spaces/graph_colour.h"

#include <stdlib.h>
#include <string.h>

struct search {
    struct palette palette;
    uint64_t *certificate; /* scratch of leaf_digest */
    bool failed;           /* memory ran out */
};

/* So that digests are the same on every machine. */
static uint64_t little_endian(uint64_t word)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap64(word);
}

/* Leaves --------------------------------------------------------------------------------------- */

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
    const struct flow *flow = search->palette.flow;
    uint64_t *word = search->certificate;
    for (int r = 0; r < flow->units; r++) {
        const struct unit *unit = &flow->unit[order[r].unit];
        for (int i = 0; i < UNIT_TRAITS; i++)
            *word++ = little_endian(unit->trait[i]);
        *word++ = little_endian((uint64_t)unit->operands);
        for (int k = 0; k < unit->operands; k++) {
            const struct operand *operand = &flow->operand[unit->first + k];
            *word++ = little_endian((uint64_t)operand->channels);
            *word++ = little_endian((uint64_t)operand->count);
            renumber(flow, operand, rank, terms);
            for (int i = 0; i < operand->count; i++) {
                *word++ = little_endian((uint64_t)terms[i].unit);
                *word++ = little_endian(terms[i].times);
            }
        }
    }
    return (size_t)(word - search->certificate);
}

static struct digest leaf_digest(struct search *search, const uint64_t *colour)
{
    struct digest digest = {0, 0};
    size_t n = (size_t)search->palette.flow->units;
    struct tinted *order = calloc(n, sizeof *order);
    int *rank = calloc(n, sizeof *rank);
    struct term *terms = calloc(n, sizeof *terms);
    if (order && rank && terms) {
        colour_sort(&search->palette, colour, order);
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

/* Automorphisms -------------------------------------------------------------------------------- */

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

/* Whether the map that takes the i-th unit of each colour of `a` to the i-th of `b` is an
 * automorphism; `a` and `b` are refinements of `colour`, in each of which one member of a tie is
 * singled out. */
static bool exchanged_in_order(struct search *search, const uint64_t *colour, const uint64_t *a,
                               const uint64_t *b)
{
    size_t n = (size_t)search->palette.flow->units;
    struct tinted *from = calloc(n, sizeof *from), *to = calloc(n, sizeof *to);
    int *image = calloc(n, sizeof *image);
    struct term *terms = calloc(n, sizeof *terms);
    bool alike = from && to && image && terms;
    search->failed = search->failed || !alike;
    if (alike) {
        colour_sort(&search->palette, a, from);
        colour_sort(&search->palette, b, to);
        for (size_t i = 0; i < n; i++) {
            alike = alike && from[i].colour == to[i].colour;
            image[from[i].unit] = to[i].unit;
        }
        alike = alike && is_automorphism(search->palette.flow, colour, image, terms);
    }
    free(terms);
    free(image);
    free(to);
    free(from);
    return alike;
}

/* Search --------------------------------------------------------------------------------------- */

static bool digest_equal(struct digest a, struct digest b)
{
    return a.high == b.high && a.low == b.low;
}

static bool digest_less(struct digest a, struct digest b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/* The leaf that is reached by singling out the first member of each tie; `colour` is used up. */
static struct digest greedy_leaf(struct search *search, uint64_t *colour)
{
    for (uint64_t tie; (tie = colour_tie(&search->palette, colour)) != 0;) {
        int u = 0;
        while (colour[u] != tie)
            u++;
        (void)colour_single(&search->palette, colour, u, colour);
    }
    return leaf_digest(search, colour);
}

/* One tie being searched, member by member. */
struct branch {
    const uint64_t *colour; /* in which it is a tie */
    uint64_t *first, *next; /* with the first member, and with the present one singled out */
    uint64_t *copy;         /* scratch */
    struct digest *greedy;  /* [explored] a leaf below each member that was searched */
    int explored;
    struct digest best; /* least leaf so far */
};

static struct digest branch_greedy(struct search *search, struct branch *branch,
                                   const uint64_t *single)
{
    memcpy(branch->copy, single, (size_t)search->palette.flow->units * sizeof *single);
    return greedy_leaf(search, branch->copy);
}

/* Whether an automorphism is known to take a member searched before to the present one; then the
 * leaves below the two are the same. The cheap guess first; else two equal leaves are the proof,
 * one's numbering being taken to the other's. */
static bool branch_known(struct search *search, struct branch *branch)
{
    if (branch->explored == 0)
        return false;
    if (exchanged_in_order(search, branch->colour, branch->first, branch->next))
        return true;
    if (branch->explored == 1)
        branch->greedy[0] = branch_greedy(search, branch, branch->first);
    struct digest leaf = branch_greedy(search, branch, branch->next);
    for (int i = 0; i < branch->explored; i++)
        if (digest_equal(leaf, branch->greedy[i]))
            return true;
    branch->greedy[branch->explored] = leaf;
    return false;
}

static struct digest search_leaves(struct search *search, const uint64_t *colour, int colours);

static void branch_search(struct search *search, struct branch *branch, uint64_t tie)
{
    int n = search->palette.flow->units;
    for (int u = 0; u < n && !search->failed; u++) {
        if (branch->colour[u] != tie)
            continue;
        int colours = colour_single(&search->palette, branch->colour, u, branch->next);
        if (branch_known(search, branch))
            continue;
        struct digest least = search_leaves(search, branch->next, colours);
        if (branch->explored == 0)
            memcpy(branch->first, branch->next, (size_t)n * sizeof *branch->first);
        if (branch->explored++ == 0 || digest_less(least, branch->best))
            branch->best = least;
    }
}

/* The least digest over the leaves below a refined colouring. */
static struct digest search_leaves(struct search *search, const uint64_t *colour, int colours)
{
    size_t n = (size_t)search->palette.flow->units;
    if (colours == (int)n)
        return leaf_digest(search, colour);
    struct branch branch = {.colour = colour,
                            .first = calloc(n, sizeof *branch.first),
                            .next = calloc(n, sizeof *branch.next),
                            .copy = calloc(n, sizeof *branch.copy),
                            .greedy = calloc(n, sizeof *branch.greedy)};
    if (branch.first && branch.next && branch.copy && branch.greedy)
        branch_search(search, &branch, colour_tie(&search->palette, colour));
    else
        search->failed = true;
    free(branch.greedy);
    free(branch.copy);
    free(branch.next);
    free(branch.first);
    return branch.best;
}

/* Words of a certificate. */
static size_t certificate_words(const struct flow *flow)
{
    size_t words = (size_t)flow->units * (UNIT_TRAITS + 1);
    for (int i = 0; i < flow->operands; i++)
        words += 2 + 2 * (size_t)flow->operand[i].count;
    return words;
}

static int flow_canonical(const struct flow *flow, struct digest *digest, struct error *error)
{
    struct search search = {.failed = false};
    int status = palette_init(&search.palette, flow, error);
    if (status)
        return status;
    uint64_t *colour = calloc((size_t)flow->units, sizeof *colour);
    search.certificate = calloc(certificate_words(flow), sizeof *search.certificate);
    if (colour && search.certificate)
        *digest = search_leaves(&search, colour, colour_start(&search.palette, colour));
    else
        search.failed = true;
    if (search.failed)
        status = error_set(error, ERROR_MEMORY, "canonical form: out of memory");
    free(search.certificate);
    free(colour);
    palette_free(&search.palette);
    return status;
}

int graph_canonical(const struct graph *graph, struct digest *digest, struct error *error)
{
    struct flow flow;
    int status = flow_init(&flow, graph, error);
    if (!status)
        status = flow_canonical(&flow, digest, error);
    flow_free(&flow);
    return status;
}
