#include "methods/trial/memory.h"

#include <stdlib.h>
#include <string.h>

bool memory_replays(const struct memory *memory)
{
    return memory && memory->at < memory->resumed;
}

static double high_half(uint64_t digest)
{
    return (double)(digest >> 32);
}

static double low_half(uint64_t digest)
{
    return (double)(digest & UINT32_MAX);
}

const double *memory_next(struct memory *memory, struct memory_request request, size_t count)
{
    const double *answer = memory->answer + memory->at;
    size_t left = memory->resumed - memory->at;
    if (left < MEMORY_NUMBERS || answer[MEMORY_KIND] != (double)request.kind ||
        answer[MEMORY_REQUEST_HIGH] != high_half(request.digest) ||
        answer[MEMORY_REQUEST_LOW] != low_half(request.digest))
        return NULL;
    double said = answer[MEMORY_COUNT];
    if ((said != 0 && said != (double)count) || (double)(left - MEMORY_NUMBERS) < said ||
        !(answer[MEMORY_CHARGE] >= 0 && answer[MEMORY_CHARGE] < 0x1p63))
        return NULL;
    memory->at += MEMORY_NUMBERS + (size_t)said;
    return answer;
}

static int grow(struct memory *memory, size_t need)
{
    if (need <= memory->capacity)
        return 0;
    size_t capacity = need < 4096 ? 4096 : 2 * need;
    double *larger = realloc(memory->answer, capacity * sizeof *larger);
    if (!larger)
        return -1;
    memory->answer = larger;
    memory->capacity = capacity;
    return 0;
}

int memory_add(struct memory *memory, struct memory_request request, uint64_t charge,
               const double *numbers, size_t count)
{
    if (!memory)
        return 0;
    if (grow(memory, memory->n + MEMORY_NUMBERS + count))
        return -1;
    double *answer = memory->answer + memory->n;
    answer[MEMORY_KIND] = (double)request.kind;
    answer[MEMORY_COUNT] = (double)count;
    answer[MEMORY_CHARGE] = (double)charge; /* far below 2^53 */
    answer[MEMORY_REQUEST_HIGH] = high_half(request.digest);
    answer[MEMORY_REQUEST_LOW] = low_half(request.digest);
    if (count)
        memcpy(answer + MEMORY_NUMBERS, numbers, count * sizeof *numbers);
    memory->n += MEMORY_NUMBERS + count;
    return 0;
}

void memory_free(struct memory *memory)
{
    free(memory->answer);
    memory->answer = NULL;
}
