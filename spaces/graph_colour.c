#include "spaces/graph_colour.h"

#include <stdlib.h>
#include <string.h>

/* splitmix64's finaliser (Steele, Lea and Flood, 2014). */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

static void colour_traits(const struct palette *palette, uint64_t *colour)
{
    const struct flow *flow = palette->flow;
    for (int u = 0; u < flow->units; u++) {
        colour[u] = 0;
        for (int i = 0; i < UNIT_TRAITS; i++)
            colour[u] = mix(colour[u] ^ flow->unit[u].trait[i]);
    }
}

/* Each unit learns what it reads: operands in order, their terms in any order. */
static void colour_forward(const struct palette *palette, uint64_t *colour)
{
    const struct flow *flow = palette->flow;
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
static void colour_backward(const struct palette *palette, uint64_t *colour)
{
    for (int u = palette->flow->units - 1; u >= 0; u--) {
        uint64_t sum = 0;
        for (int i = palette->first[u]; i < palette->first[u + 1]; i++) {
            const struct reading *reading = &palette->reading[i];
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

static int colour_count(const struct palette *palette, const uint64_t *colour)
{
    int n = palette->flow->units, distinct = 0;
    memcpy(palette->sorted, colour, (size_t)n * sizeof *colour);
    qsort(palette->sorted, (size_t)n, sizeof *colour, compare_colours);
    for (int i = 0; i < n; i++)
        distinct += i == 0 || palette->sorted[i] != palette->sorted[i - 1];
    return distinct;
}

/* Sweep both ways until nothing more is told apart; returns the number of colours. A unit's new
 * colour depends on the old ones and on the structure alone: units are visited in a topological
 * order, but in whichever of them they are, the inputs (readers) are always done before. */
static int colour_refine(const struct palette *palette, uint64_t *colour)
{
    for (int before = 0;;) {
        colour_forward(palette, colour);
        colour_backward(palette, colour);
        int now = colour_count(palette, colour);
        if (now == before || now == palette->flow->units)
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

void colour_sort(const struct palette *palette, const uint64_t *colour, struct tinted *sorted)
{
    int n = palette->flow->units;
    for (int u = 0; u < n; u++)
        sorted[u] = (struct tinted){.colour = colour[u], .unit = u};
    qsort(sorted, (size_t)n, sizeof *sorted, compare_tinted);
}

int colour_start(const struct palette *palette, uint64_t *colour)
{
    colour_traits(palette, colour);
    return colour_refine(palette, colour);
}

int colour_single(const struct palette *palette, const uint64_t *colour, int u, uint64_t *single)
{
    if (single != colour)
        memcpy(single, colour, (size_t)palette->flow->units * sizeof *colour);
    single[u] = mix(~single[u]);
    return colour_refine(palette, single);
}

uint64_t colour_tie(const struct palette *palette, const uint64_t *colour)
{
    int n = palette->flow->units, best_size = n + 1;
    uint64_t best = 0;
    memcpy(palette->sorted, colour, (size_t)n * sizeof *colour);
    qsort(palette->sorted, (size_t)n, sizeof *colour, compare_colours);
    for (int i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && palette->sorted[end] == palette->sorted[i];)
            end++;
        if (end - i > 1 && end - i < best_size) {
            best_size = end - i;
            best = palette->sorted[i];
        }
    }
    return best;
}

/* Turn the operands around: for each unit its readings. */
static void find_readings(struct palette *palette)
{
    const struct flow *flow = palette->flow;
    int *first = palette->first;
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
                        palette->reading[--first[term->unit]] =
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

int palette_init(struct palette *palette, const struct flow *flow, struct error *error)
{
    size_t n = (size_t)flow->units;
    *palette =
        (struct palette){.flow = flow,
                         .first = calloc(n + 1, sizeof *palette->first),
                         .reading = calloc(count_readings(flow) + 1, sizeof *palette->reading),
                         .sorted = calloc(n, sizeof *palette->sorted)};
    if (palette->first && palette->reading && palette->sorted) {
        find_readings(palette);
        return 0;
    }
    palette_free(palette);
    return error_set(error, ERROR_MEMORY, "canonical form: out of memory");
}

void palette_free(struct palette *palette)
{
    free(palette->sorted);
    free(palette->reading);
    free(palette->first);
    memset(palette, 0, sizeof *palette);
}
