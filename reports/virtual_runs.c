#include "reports/virtual_runs.h"

#include "protocols/parse.h"
#include "reports/truth.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- The game -------------------------------------------------------------------------------- */

/* Microseconds of training each network to T. */
static int find_times(struct virtual_game *game, struct error *error)
{
    struct error reason;
    size_t points = (size_t)game->table->identity.points;
    uint64_t *times;
    int status = table_times(game->table, &times, &reason);
    if (status)
        return error_set(error, status == ERROR_MEMORY ? ERROR_MEMORY : ERROR_MISMATCH, "%s",
                         reason.text);
    for (uint32_t c = 0; c < game->table->identity.distinct; c++)
        game->charge[c] = times[c * points + points - 1];
    free(times);
    return 0;
}

/* FLOPs of training each network to T, by the protocol that the table carries. */
static int find_flops(struct virtual_game *game, struct error *error)
{
    const struct table *table = game->table;
    struct protocol protocol = {.text = NULL};
    struct parse_lines lines;
    struct error reason;
    if (!table->protocol_text || !table->train_macs)
        return error_set(error, ERROR_MISMATCH, "the table does not say what its networks cost");
    if (parse_protocol(table->protocol_text, &protocol, &lines, &reason) ||
        check_protocol(&protocol, &lines, &reason))
        return error_set(error, ERROR_MISMATCH, "the table's protocol cannot be read (%s)",
                         reason.text);
    for (uint32_t c = 0; c < table->identity.distinct; c++)
        game->charge[c] =
            protocol_charge(&protocol.training, table->train_macs[c], protocol.training.points);
    return 0;
}

/* The reserve of the traces is the largest charge. */
static int check_reserve(const struct virtual_game *game, const struct trace_header *header,
                         struct error *error)
{
    uint64_t most = 0;
    for (uint32_t c = 0; c < game->table->identity.distinct; c++)
        most = game->charge[c] > most ? game->charge[c] : most;
    if (most != header->reserve_flops)
        return error_set(error, ERROR_MISMATCH,
                         "its dearest network costs %" PRIu64 " %s, the traces reserve %" PRIu64,
                         most, header->gpu_seconds ? "microseconds" : "FLOPs",
                         header->reserve_flops);
    if (header->budget_flops < header->reserve_flops)
        return error_set(error, ERROR_MISMATCH, "the traces reserve more than their budget");
    return 0;
}

int virtual_game_init(struct virtual_game *game, const struct table *table,
                      const struct trace_header *header, struct error *error)
{
    *game = (struct virtual_game){
        .table = table, .budget = header->budget_flops, .reserve = header->reserve_flops};
    game->charge = calloc(table->identity.distinct, sizeof *game->charge);
    game->paid = calloc(table->identity.distinct, sizeof *game->paid);
    game->drawn = calloc(table->identity.count, sizeof *game->drawn);
    int status = !game->charge || !game->paid || !game->drawn
                     ? error_set(error, ERROR_MEMORY, "virtual runs: out of memory")
                 : header->gpu_seconds ? find_times(game, error)
                                       : find_flops(game, error);
    if (!status)
        status = check_reserve(game, header, error);
    if (status)
        virtual_game_free(game);
    return status;
}

void virtual_game_free(struct virtual_game *game)
{
    free(game->charge);
    free(game->paid);
    free(game->drawn);
    *game = (struct virtual_game){0};
}

/* ---- One run --------------------------------------------------------------------------------- */

static double valid_accuracy(const struct table *table, uint32_t network, int seed)
{
    return (double)table_valid_accuracy(table, network, (uint32_t)seed, table->identity.points);
}

/* A string that did not come up in this run. */
static uint32_t draw(struct virtual_game *game, struct random_stream *stream)
{
    uint32_t index;
    do {
        index = random_below(stream, game->table->identity.count);
    } while (game->drawn[index] == game->run);
    game->drawn[index] = game->run;
    return index;
}

struct virtual_end virtual_run(struct virtual_game *game, int seed, struct random_stream *stream)
{
    const struct table *table = game->table;
    struct virtual_end end = {0};
    uint64_t left = game->budget - game->reserve;
    double best = 0;
    int free_in_row = 0;
    game->run++;
    while (end.draws < table->identity.count && free_in_row < VIRTUAL_FREE_MOST) {
        uint32_t index = draw(game, stream), network = table->class_of[index];
        uint64_t charge = game->paid[network] == game->run ? 0 : game->charge[network];
        if (charge > left - end.spent)
            break;
        end.spent += charge;
        game->paid[network] = game->run;
        free_in_row = charge ? 0 : free_in_row + 1;
        double accuracy = valid_accuracy(table, network, seed);
        if (end.draws++ == 0 || accuracy > best) {
            best = accuracy;
            end.index = index;
        }
    }
    if (!end.draws) { /* not one could be paid: any, out of the reserve */
        end.index = random_below(stream, table->identity.count);
        end.spent = game->charge[table->class_of[end.index]];
    }
    return end;
}

/* ---- All of them ----------------------------------------------------------------------------- */

static void play(struct virtual_game *game, struct virtual_runs *runs)
{
    const struct table *table = game->table;
    for (size_t i = 0; i < VIRTUAL_RUNS; i++) {
        /* Stream 1: 0 is that of tables with a sample of rows. */
        struct random_stream stream = random_stream(i, RANDOM_SAMPLE, 0, 1);
        int seed = (int)(i % (size_t)table->seeds);
        struct virtual_end end = virtual_run(game, seed, &stream);
        runs->accuracy[runs->n++] = truth_result(table, table->class_of[end.index], seed);
        runs->draws += (double)end.draws / VIRTUAL_RUNS;
        runs->spent += (double)end.spent / VIRTUAL_RUNS;
    }
    for (int seed = 0; seed < table->seeds; seed++) {
        double best = truth_best_result(table, seed);
        for (size_t i = (size_t)seed; i < runs->n; i += (size_t)table->seeds)
            runs->regret += (best - runs->accuracy[i]) / VIRTUAL_RUNS;
    }
    for (size_t i = 0; i < runs->n; i++)
        runs->error += (100 - runs->accuracy[i]) / VIRTUAL_RUNS;
}

int virtual_runs_init(struct virtual_runs *runs, const struct table *table,
                      const struct trace_header *header, struct error *error)
{
    struct virtual_game game;
    *runs = (struct virtual_runs){.accuracy = calloc(VIRTUAL_RUNS, sizeof *runs->accuracy)};
    int status = runs->accuracy ? virtual_game_init(&game, table, header, error)
                                : error_set(error, ERROR_MEMORY, "virtual runs: out of memory");
    if (!status) {
        play(&game, runs);
        virtual_game_free(&game);
    } else {
        virtual_runs_free(runs);
    }
    return status;
}

void virtual_runs_free(struct virtual_runs *runs)
{
    free(runs->accuracy);
    *runs = (struct virtual_runs){0};
}
