#include "methods/kit/actors.h"

#include "base/numeric.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK, INDEX, KERNEL }; /* turns of the deeper */

static const int turn_options[ACTOR_TURNS] = {LAYER_BLOCKS + 1, LAYER_DEPTH, LAYER_KERNELS};
static const enum nasbed_move_kind kinds[ACTORS] = {[ACTOR_WIDER] = NASBED_WIDEN,
                                                    [ACTOR_GROWER] = NASBED_GROW,
                                                    [ACTOR_SKIPPER] = NASBED_SKIP,
                                                    [ACTOR_DEEPER] = NASBED_DEEPEN};

/* Opening -------------------------------------------------------------------------------------- */

static void place(struct actors *a)
{
    struct parameters *parameters = &a->parameters;
    int width = a->embedding_width, state = 2 * a->units;
    embedding_place(&a->word, parameters, LAYER_WORDS, width);
    a->start = parameters_place(parameters, width);
    for (int j = 0; j < ACTOR_TURNS; j++)
        embedding_place(&a->choice[j], parameters, turn_options[j], width);
    lstm_place(&a->encoder, parameters, width, a->units, 1, true);
    lstm_place(&a->decoder, parameters, width, state, 1, false);
    for (int i = 0; i < ACTOR_SWITCHES; i++)
        linear_place(&a->head[i], parameters, state, 1, true);
    for (int j = 0; j < ACTOR_TURNS; j++)
        linear_place(&a->turn[j], parameters, state, turn_options[j], true);
}

static double glorot(int inputs, int outputs)
{
    return sqrt(6.0 / (inputs + outputs));
}

static void draw_lstm(struct actors *a, const struct lstm *lstm, struct nasbed_trial *trial)
{
    int rows = lstm->inputs + lstm->units, columns = 4 * lstm->units;
    for (int d = 0; d < lstm->directions; d++)
        parameters_uniform(&a->parameters, lstm->layer[0][d].weights, rows * columns,
                           glorot(rows, columns), trial);
}

static void draw_linear(struct actors *a, const struct linear *linear, struct nasbed_trial *trial)
{
    parameters_uniform(&a->parameters, linear->weights, linear->inputs * linear->outputs,
                       glorot(linear->inputs, linear->outputs), trial);
}

static void draw(struct actors *a, struct nasbed_trial *trial)
{
    const double unit = sqrt(3); /* uniform in +- that has variance 1 */
    parameters_uniform(&a->parameters, a->word.table, LAYER_WORDS * a->embedding_width, unit,
                       trial);
    parameters_uniform(&a->parameters, a->start, a->embedding_width, unit, trial);
    for (int j = 0; j < ACTOR_TURNS; j++)
        parameters_uniform(&a->parameters, a->choice[j].table, turn_options[j] * a->embedding_width,
                           unit, trial);
    draw_lstm(a, &a->encoder, trial);
    draw_lstm(a, &a->decoder, trial);
    for (int i = 0; i < ACTOR_SWITCHES; i++)
        draw_linear(a, &a->head[i], trial);
    for (int j = 0; j < ACTOR_TURNS; j++)
        draw_linear(a, &a->turn[j], trial);
}

static bool allocate(struct actors *a)
{
    size_t width = (size_t)a->embedding_width, state = 2 * (size_t)a->units;
    a->x = doubles_open(LAYER_TOKENS * width);
    a->dx = doubles_open(LAYER_TOKENS * width);
    a->de = doubles_open(LAYER_TOKENS * state);
    a->y = doubles_open(ACTOR_TURNS * width);
    a->dy = doubles_open(ACTOR_TURNS * width);
    a->dh = doubles_open(ACTOR_TURNS * state);
    a->hidden = doubles_open(state);
    a->cell = doubles_open(state);
    return a->x && a->dx && a->de && a->y && a->dy && a->dh && a->hidden && a->cell;
}

bool actors_open(struct actors *actors, struct nasbed_trial *trial, int embedding_width, int units,
                 bool uniform, bool stops)
{
    *actors = (struct actors){
        .uniform = uniform, .stops = stops, .embedding_width = embedding_width, .units = units};
    place(actors);
    if (!parameters_open(&actors->parameters) || !lstm_open(&actors->encoder, LAYER_TOKENS, 1) ||
        !lstm_open(&actors->decoder, ACTOR_TURNS, 1) || !allocate(actors)) {
        actors_close(actors);
        return false;
    }
    actors->decoder.first_hidden = actors->hidden;
    actors->decoder.first_cell = actors->cell;
    draw(actors, trial);
    return true;
}

void actors_restart(struct actors *actors, struct nasbed_trial *trial)
{
    memset(actors->parameters.value, 0,
           (size_t)actors->parameters.n * sizeof *actors->parameters.value);
    draw(actors, trial);
}

void actors_close(struct actors *actors)
{
    parameters_close(&actors->parameters);
    lstm_close(&actors->encoder);
    lstm_close(&actors->decoder);
    free(actors->x);
    free(actors->dx);
    free(actors->de);
    free(actors->y);
    free(actors->dy);
    free(actors->dh);
    free(actors->hidden);
    free(actors->cell);
    *actors = (struct actors){.units = 0};
}

/* What may be chosen --------------------------------------------------------------------------- */

/* A DEEPEN move as the deeper's three decisions. */
static void deepening(const struct nasbed_trial *trial, const struct nasbed_move *move,
                      int turn[ACTOR_TURNS])
{
    struct layer_string string;
    bool is_chain = layers_read(trial, &move->to, &string);
    assert(is_chain);
    (void)is_chain;
    for (int i = 0; i < string.n; i++)
        if (string.token[i].layer == move->layer) {
            turn[BLOCK] = string.token[i].block;
            turn[INDEX] = string.token[i].index - 1; /* after which layer */
            turn[KERNEL] = string.token[i].kernel;
        }
}

/* The options of turn j that some move has after the turns before it. */
static void allow(const struct nasbed_trial *trial, const struct nasbed_move *moves, int n, int j,
                  struct actor_step *step)
{
    for (int i = 0; i < n; i++) {
        int turn[ACTOR_TURNS];
        if (moves[i].kind != NASBED_DEEPEN)
            continue;
        deepening(trial, &moves[i], turn);
        if (memcmp(turn, step->turn, (size_t)j * sizeof *turn) == 0)
            step->allowed[j][turn[j]] = true;
    }
}

bool actors_stopped(const struct actor_step *step)
{
    return step->actor == ACTOR_DEEPER && step->allowed[BLOCK][ACTOR_STOP] &&
           step->turn[BLOCK] == ACTOR_STOP;
}

static void find_switches(const struct nasbed_move *moves, int n, struct actor_step *step)
{
    for (int i = 0; i < n; i++)
        for (int t = 0; t < step->string.n; t++)
            if (moves[i].kind == kinds[step->actor] &&
                moves[i].layer == step->string.token[t].layer)
                step->counts[t] = true;
}

/* Forward -------------------------------------------------------------------------------------- */

/* e [n][2 units]; the last state of both directions becomes the decoder's first. */
static const double *encode(struct actors *a, const struct layer_string *string)
{
    size_t width = (size_t)a->embedding_width, units = (size_t)a->units;
    memset(a->x, 0, (size_t)string->n * width * sizeof *a->x);
    for (int i = 0; i < string->n; i++)
        embedding_add(&a->word, &a->parameters, string->token[i].word, a->x + (size_t)i * width);
    const double *e = lstm_forward(&a->encoder, &a->parameters, string->n, 1, a->x);
    const double *last = e + (size_t)(string->n - 1) * 2 * units;
    memcpy(a->hidden, last, units * sizeof *e);
    memcpy(a->hidden + units, e + units, units * sizeof *e);
    for (int d = 0; d < 2; d++)
        memcpy(a->cell + (size_t)d * units, lstm_last_cell(&a->encoder, string->n, d),
               units * sizeof *e);
    return e;
}

static void run_switches(struct actors *a, const struct actor_step *step)
{
    memset(a->z, 0, sizeof a->z);
    if (!a->uniform)
        linear_forward(&a->head[step->actor], &a->parameters, encode(a, &step->string),
                       step->string.n, a->z);
    for (int i = 0; i < step->string.n; i++)
        a->p[i] = numeric_sigmoid(a->z[i]);
}

/* z masked and normalised. */
static void soften(const double *z, const bool *allowed, int n, double *q)
{
    double most = -INFINITY, sum = 0;
    for (int k = 0; k < n; k++)
        if (allowed[k] && z[k] > most)
            most = z[k];
    for (int k = 0; k < n; k++) {
        q[k] = allowed[k] ? numeric_exp(z[k] - most) : 0;
        sum += q[k];
    }
    for (int k = 0; k < n; k++)
        q[k] /= sum;
}

/* Turn j of the deeper, after those before it: q_j. */
static void run_turn(struct actors *a, const struct actor_step *step, int j)
{
    double z[ACTOR_OPTIONS] = {0};
    size_t width = (size_t)a->embedding_width;
    double *y = a->y + (size_t)j * width;
    if (!a->uniform) {
        memset(y, 0, width * sizeof *y);
        if (j == 0)
            memcpy(y, a->parameters.value + a->start, width * sizeof *y);
        else
            embedding_add(&a->choice[j - 1], &a->parameters, step->turn[j - 1], y);
        const double *h = lstm_step(&a->decoder, &a->parameters, j, 1, y);
        linear_forward(&a->turn[j], &a->parameters, h, 1, z);
    }
    soften(z, step->allowed[j], turn_options[j], a->q[j]);
}

/* Sampling ------------------------------------------------------------------------------------- */

static bool has_option(const struct actor_step *step, int j)
{
    for (int k = 0; k < turn_options[j]; k++)
        if (step->allowed[j][k])
            return true;
    return false;
}

/* Never what has probability 0, whatever rounding does. */
static int draw_option(struct nasbed_trial *trial, const double *q, int n)
{
    double u = nasbed_uniform(trial);
    int last = 0;
    for (int k = 0; k < n; k++) {
        if (q[k] <= 0)
            continue;
        last = k;
        if (u < q[k])
            break;
        u -= q[k];
    }
    return last;
}

void actors_sample(struct actors *actors, struct nasbed_trial *trial, enum actor actor,
                   const struct nasbed_architecture *architecture, struct actor_step *step)
{
    struct nasbed_move moves[ACTOR_MOVES];
    int n = nasbed_moves(trial, architecture, moves, ACTOR_MOVES);
    *step = (struct actor_step){.actor = actor};
    bool is_chain = layers_read(trial, architecture, &step->string);
    assert(is_chain);
    (void)is_chain;
    if (actor != ACTOR_DEEPER) {
        find_switches(moves, n, step);
        run_switches(actors, step);
        for (int i = 0; i < step->string.n; i++)
            step->chosen[i] = nasbed_uniform(trial) < actors->p[i];
        return;
    }
    if (!actors->uniform)
        (void)encode(actors, &step->string);
    for (int j = 0; j < ACTOR_TURNS; j++) {
        allow(trial, moves, n, j, step);
        if (!has_option(step, j)) /* every block is full, or it has stopped */
            return;
        if (j == BLOCK)
            step->allowed[BLOCK][ACTOR_STOP] = actors->stops;
        run_turn(actors, step, j);
        step->turn[j] = draw_option(trial, actors->q[j], turn_options[j]);
    }
}

/* Make the move that a decision means, if there is one. */
static bool make(const struct actor_step *step, const struct nasbed_trial *trial, int layer,
                 struct nasbed_architecture *architecture, struct nasbed_move *made)
{
    struct nasbed_move moves[ACTOR_MOVES];
    int n = nasbed_moves(trial, architecture, moves, ACTOR_MOVES);
    for (int i = 0; i < n; i++) {
        int turn[ACTOR_TURNS];
        if (moves[i].kind != kinds[step->actor])
            continue;
        if (step->actor == ACTOR_DEEPER)
            deepening(trial, &moves[i], turn);
        if (step->actor == ACTOR_DEEPER ? memcmp(turn, step->turn, sizeof turn) == 0
                                        : moves[i].layer == layer) {
            *made = moves[i];
            *architecture = moves[i].to;
            return true;
        }
    }
    return false;
}

int actors_moves(const struct actor_step *step, const struct nasbed_trial *trial,
                 struct nasbed_architecture *architecture, struct nasbed_move *moves)
{
    int n = 0;
    if (step->actor == ACTOR_DEEPER)
        return has_option(step, BLOCK) && !actors_stopped(step) &&
               make(step, trial, -1, architecture, moves);
    for (int i = 0; i < step->string.n; i++)
        if (step->counts[i] && step->chosen[i])
            n += make(step, trial, step->string.token[i].layer, architecture, &moves[n]);
    return n;
}

/* Score and gradient --------------------------------------------------------------------------- */

/* Run a step again with the decisions that were made; returns how many of them count. */
static int replay(struct actors *a, const struct actor_step *step)
{
    int counted = 0;
    if (step->actor != ACTOR_DEEPER) {
        run_switches(a, step);
        for (int i = 0; i < step->string.n; i++)
            counted += step->counts[i];
        return counted;
    }
    if (!has_option(step, BLOCK))
        return 0;
    counted = actors_stopped(step) ? 1 : ACTOR_TURNS;
    if (!a->uniform)
        (void)encode(a, &step->string);
    for (int j = 0; j < counted; j++)
        run_turn(a, step, j);
    return counted;
}

static double entropy_of(const double *q, int n)
{
    double sum = 0;
    for (int k = 0; k < n; k++)
        sum -= q[k] > 0 ? q[k] * numeric_log(q[k]) : 0;
    return sum;
}

void actors_score(struct actors *actors, const struct actor_step *step, double *log_probability,
                  double *entropy)
{
    int counted = replay(actors, step);
    *log_probability = *entropy = 0;
    if (step->actor != ACTOR_DEEPER) {
        for (int i = 0; i < step->string.n; i++) {
            double yes = actors->p[i], no = numeric_sigmoid(-actors->z[i]);
            if (!step->counts[i])
                continue;
            *log_probability += numeric_log(step->chosen[i] ? yes : no);
            *entropy += entropy_of((double[]){yes, no}, 2) / counted;
        }
        return;
    }
    for (int j = 0; j < counted; j++) {
        *log_probability += numeric_log(actors->q[j][step->turn[j]]);
        *entropy += entropy_of(actors->q[j], turn_options[j]) / counted;
    }
}

/* Back through the encoder: `de` with respect to e, `d_cell` (or NULL) with respect to the last
 * cells. */
static void encode_back(struct actors *a, const struct layer_string *string, const double *d_cell)
{
    a->encoder.d_last_cell = d_cell;
    lstm_back(&a->encoder, &a->parameters, string->n, a->de, a->dx);
    a->encoder.d_last_cell = NULL;
    for (int i = 0; i < string->n; i++)
        embedding_back(&a->word, &a->parameters, string->token[i].word,
                       a->dx + i * a->embedding_width);
}

/* dz_i = A m_i (p_i - d_i) + weight m_i z p (1 - p) / m: dH/dz = - z p (1 - p). */
static void switches_back(struct actors *a, const struct actor_step *step, int counted,
                          double advantage, double weight)
{
    double dz[LAYER_TOKENS] = {0};
    const double *e = a->encoder.output[0];
    for (int i = 0; i < step->string.n; i++) {
        double p = a->p[i];
        if (step->counts[i])
            dz[i] = advantage * (p - step->chosen[i]) +
                    weight / counted * a->z[i] * p * numeric_sigmoid(-a->z[i]);
    }
    linear_back(&a->head[step->actor], &a->parameters, e, dz, step->string.n, a->de);
    encode_back(a, &step->string, NULL);
}

/* dz = A (q - onehot) + weight q (log q + H) / turns. */
static void turns_back(struct actors *a, const struct actor_step *step, int turns, double advantage,
                       double weight)
{
    size_t state = 2 * (size_t)a->units;
    for (int j = 0; j < turns; j++) {
        double dz[ACTOR_OPTIONS];
        const double *q = a->q[j];
        double entropy = entropy_of(q, turn_options[j]);
        for (int k = 0; k < turn_options[j]; k++)
            dz[k] = advantage * (q[k] - (k == step->turn[j])) +
                    (q[k] > 0 ? weight / turns * q[k] * (numeric_log(q[k]) + entropy) : 0);
        linear_back(&a->turn[j], &a->parameters, a->decoder.output[0] + (size_t)j * state, dz, 1,
                    a->dh + (size_t)j * state);
    }
    lstm_back(&a->decoder, &a->parameters, turns, a->dh, a->dy);
    for (int i = 0; i < a->embedding_width; i++)
        a->parameters.gradient[a->start + i] += a->dy[i];
    for (int j = 1; j < turns; j++)
        embedding_back(&a->choice[j - 1], &a->parameters, step->turn[j - 1],
                       a->dy + j * a->embedding_width);
}

void actors_back(struct actors *actors, const struct actor_step *step, double advantage,
                 double weight)
{
    size_t units = (size_t)actors->units;
    int n = step->string.n, counted = replay(actors, step);
    assert(!actors->uniform);
    if (!counted)
        return;
    if (step->actor != ACTOR_DEEPER) {
        switches_back(actors, step, counted, advantage, weight);
        return;
    }
    turns_back(actors, step, counted, advantage, weight);
    /* The decoder's first state was the encoder's last: of the second direction that is at token 0.
     */
    memset(actors->de, 0, (size_t)n * 2 * units * sizeof *actors->de);
    memcpy(actors->de + (size_t)(n - 1) * 2 * units, actors->decoder.d_hidden,
           units * sizeof *actors->de);
    memcpy(actors->de + units, actors->decoder.d_hidden + units, units * sizeof *actors->de);
    encode_back(actors, &step->string, actors->decoder.d_cell);
}
