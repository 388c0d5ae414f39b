#include "spaces/nb201.h"
#include "spaces/cell.h"

#include <stdio.h>
#include <string.h>

/* The Mersenne Twister MT19937 (Matsumoto and Nishimura, ACM TOMACS 8, 1998), as Python seeds it.
 */
enum { WORDS = 624, SHIFT = 397 };

struct twister {
    uint32_t state[WORDS];
    int used;
};

static void twister_seed(struct twister *twister, uint32_t seed)
{
    uint32_t *state = twister->state;
    state[0] = 19650218U;
    for (uint32_t i = 1; i < WORDS; i++)
        state[i] = 1812433253U * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
    /* init_by_array with the one key word `seed` */
    uint32_t i = 1;
    for (uint32_t k = WORDS; k > 0; k--) {
        state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1664525U)) + seed;
        if (++i == WORDS) {
            state[0] = state[WORDS - 1];
            i = 1;
        }
    }
    for (uint32_t k = WORDS - 1; k > 0; k--) {
        state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941U)) - i;
        if (++i == WORDS) {
            state[0] = state[WORDS - 1];
            i = 1;
        }
    }
    state[0] = 0x80000000U;
    twister->used = WORDS;
}

static void twister_refill(struct twister *twister)
{
    uint32_t *state = twister->state;
    for (int i = 0; i < WORDS; i++) {
        uint32_t mixed = (state[i] & 0x80000000U) | (state[(i + 1) % WORDS] & 0x7fffffffU);
        state[i] = state[(i + SHIFT) % WORDS] ^ (mixed >> 1) ^ (mixed & 1 ? 0x9908b0dfU : 0);
    }
    twister->used = 0;
}

static uint32_t twister_next(struct twister *twister)
{
    if (twister->used == WORDS)
        twister_refill(twister);
    uint32_t word = twister->state[twister->used++];
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c5680U;
    word ^= (word << 15) & 0xefc60000U;
    return word ^ (word >> 18);
}

/* Uniform below n >= 1: as many high bits as n has, until they are below it. */
static uint32_t twister_below(struct twister *twister, uint32_t n)
{
    int bits = 32 - __builtin_clz(n);
    uint32_t value;
    do {
        value = twister_next(twister) >> (32 - bits);
    } while (value >= n);
    return value;
}

void nb201_order(uint32_t order[NB201_ARCHITECTURES])
{
    struct twister twister;
    twister_seed(&twister, 88);
    for (uint32_t i = 0; i < NB201_ARCHITECTURES; i++)
        order[i] = i;
    for (uint32_t i = NB201_ARCHITECTURES - 1; i > 0; i--) {
        uint32_t j = twister_below(&twister, i + 1), held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
}

/* What an edge brings, in the benchmark's notation. The longest string of a whole cell has 112
 * bytes, so nothing is ever cut. */
static void edge_string(const char from[ARCHITECTURE_TEXT], enum cell_operation operation,
                        char text[ARCHITECTURE_TEXT])
{
    if (operation == CELL_NONE || strcmp(from, "#") == 0)
        (void)snprintf(text, ARCHITECTURE_TEXT, "#");
    else if (operation == CELL_SKIP_CONNECT)
        memcpy(text, from, ARCHITECTURE_TEXT);
    else
        (void)snprintf(text, ARCHITECTURE_TEXT, "(%.*s)@%s", ARCHITECTURE_TEXT - 32, from,
                       cell_operations[operation]);
}

/* The terms in the order of their bytes, joined by '+'. At most CELL_NODES - 1 terms. */
static void join_sorted(char terms[][ARCHITECTURE_TEXT], int n, char text[ARCHITECTURE_TEXT])
{
    const char *order[CELL_NODES];
    for (int i = 0; i < n; i++) {
        int place = i;
        for (; place > 0 && strcmp(order[place - 1], terms[i]) > 0; place--)
            order[place] = order[place - 1];
        order[place] = terms[i];
    }
    size_t used = 0;
    for (int i = 0; i < n && used < ARCHITECTURE_TEXT; i++)
        used +=
            (size_t)snprintf(text + used, ARCHITECTURE_TEXT - used, "%s%s", i ? "+" : "", order[i]);
}

void nb201_class(const struct architecture *architecture, char text[ARCHITECTURE_TEXT])
{
    char node[CELL_NODES][ARCHITECTURE_TEXT] = {"0"};
    for (int to = 1, edge = 0; to < CELL_NODES; to++) {
        char terms[CELL_NODES][ARCHITECTURE_TEXT];
        for (int from = 0; from < to; from++, edge++)
            edge_string(node[from], architecture->decision[edge], terms[from]);
        join_sorted(terms, to, node[to]);
    }
    memcpy(text, node[CELL_NODES - 1], ARCHITECTURE_TEXT);
}
