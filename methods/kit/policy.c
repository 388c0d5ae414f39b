#include "methods/kit/policy.h"

#include "base/numeric.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Opening -------------------------------------------------------------------------------------- */

static const struct policy_anchor *find_anchor(const struct policy *policy, const char *name)
{
    for (const struct policy_anchor *row = policy->shape.anchors; row && row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static void place(struct policy *policy)
{
    struct parameters *parameters = &policy->parameters;
    int units = policy->shape.units;
    bool anchored = false;
    policy->start = parameters_place(parameters, units);
    lstm_place(&policy->lstm, parameters, units, units, policy->shape.layers, false);
    for (int k = 0; k < policy->alphabet.kinds; k++) {
        const struct alphabet_kind *kind = &policy->alphabet.kind[k];
        embedding_place(&policy->embedding[k], parameters, kind->tokens, units);
        policy->anchor[k] = find_anchor(policy, kind->name);
        anchored = anchored || policy->anchor[k];
        if (!policy->anchor[k])
            linear_place(&policy->head[k], parameters, units, kind->tokens, true);
    }
    if (anchored) {
        linear_place(&policy->previous, parameters, units, units, false);
        linear_place(&policy->current, parameters, units, units, false);
        policy->direction = parameters_place(parameters, units);
    }
}

static bool allocate(struct policy *policy, int rows)
{
    size_t steps = (size_t)policy->alphabet.decisions * (size_t)rows;
    size_t units = (size_t)policy->shape.units;
    policy->most_rows = rows;
    policy->prefix = calloc((size_t)rows, sizeof *policy->prefix);
    policy->choice = calloc(steps, sizeof *policy->choice);
    policy->x = doubles_open(steps * units);
    policy->dx = doubles_open(steps * units);
    policy->dh = doubles_open(steps * units);
    policy->u = doubles_open(steps * units);
    policy->scratch = doubles_open(units + ALPHABET_TOKENS);
    return policy->prefix && policy->choice && policy->x && policy->dx && policy->dh && policy->u &&
           policy->scratch;
}

bool policy_open(struct policy *policy, struct nasbed_trial *trial,
                 const struct policy_shape *shape, int rows)
{
    *policy = (struct policy){.shape = *shape};
    if (!alphabet_read(&policy->alphabet, trial))
        return false;
    place(policy);
    if (!parameters_open(&policy->parameters) ||
        !lstm_open(&policy->lstm, policy->alphabet.decisions, rows) || !allocate(policy, rows)) {
        policy_close(policy);
        return false;
    }
    parameters_uniform(&policy->parameters, 0, policy->parameters.n, shape->range, trial);
    return true;
}

void policy_close(struct policy *policy)
{
    parameters_close(&policy->parameters);
    lstm_close(&policy->lstm);
    free(policy->prefix);
    free(policy->choice);
    free(policy->x);
    free(policy->dx);
    free(policy->dh);
    free(policy->u);
    free(policy->scratch);
    *policy = (struct policy){.rows = 0};
}

/* Forward -------------------------------------------------------------------------------------- */

static struct policy_choice *choice_at(const struct policy *policy, int t, int r)
{
    return &policy->choice[t * policy->rows + r];
}

/* Place of row r's vector of step t in x, dx, dh, u and the LSTM's h. */
static size_t vector_at(const struct policy *policy, int t, int r)
{
    return (size_t)(t * policy->rows + r) * (size_t)policy->shape.units;
}

/* x_t of every row; a row that has ended reads zeros. */
static void feed(struct policy *policy, int t)
{
    size_t units = (size_t)policy->shape.units;
    for (int r = 0; r < policy->rows; r++) {
        double *x = policy->x + vector_at(policy, t, r);
        const struct policy_choice *last = t > 0 ? choice_at(policy, t - 1, r) : NULL;
        if (!last) {
            memcpy(x, policy->parameters.value + policy->start, units * sizeof *x);
            continue;
        }
        memset(x, 0, units * sizeof *x);
        if (last->options)
            embedding_add(&policy->embedding[last->kind], &policy->parameters,
                          last->token[last->chosen], x);
    }
}

static int step_of(const struct policy *policy, int r, int t, const char *name)
{
    for (int s = 0; s < t; s++)
        if (strcmp(policy->alphabet.kind[choice_at(policy, s, r)->kind].name, name) == 0)
            return s;
    assert(!"an anchor's earlier decision comes before it");
    return -1;
}

/* The anchor's logit: v . tanh(W_prev h_j + W_curr h_i), of yes; that of no is 0. */
static void anchor_logits(struct policy *policy, int t, int r, struct policy_choice *choice,
                          double *z)
{
    const struct policy_anchor *anchor = policy->anchor[choice->kind];
    const struct alphabet_kind *kind = &policy->alphabet.kind[choice->kind];
    const double *v = policy->parameters.value + policy->direction;
    double *u = policy->u + vector_at(policy, t, r), *other = policy->scratch;
    double logit = 0;
    choice->earlier = step_of(policy, r, t, anchor->earlier);
    linear_forward(&policy->current, &policy->parameters, policy->hidden + vector_at(policy, t, r),
                   1, u);
    linear_forward(&policy->previous, &policy->parameters,
                   policy->hidden + vector_at(policy, choice->earlier, r), 1, other);
    for (int j = 0; j < policy->shape.units; j++) {
        u[j] = numeric_tanh(u[j] + other[j]);
        logit += v[j] * u[j];
    }
    for (int i = 0; i < kind->tokens; i++)
        z[i] = strcmp(kind->token[i], anchor->yes) == 0 ? logit : 0;
}

/* p_t of one row: softmax over the allowed options of the logits z of its kind's tokens. */
static void soften(const struct policy *policy, struct nasbed_trial *trial,
                   const struct nasbed_architecture *prefix, const double *z,
                   struct policy_choice *choice)
{
    const struct policy_shape *shape = &policy->shape;
    bool allowed[ALPHABET_TOKENS] = {false};
    double most = 0, sum = 0;
    bool any = false;
    for (int o = 0; o < choice->options; o++) {
        double logit = z[choice->token[o]];
        allowed[o] = !shape->allows || shape->allows(shape->context, trial, prefix, o);
        if (allowed[o] && (!any || logit > most))
            most = logit;
        any = any || allowed[o];
    }
    assert(any && "a policy may always go on");
    for (int o = 0; o < choice->options; o++) {
        choice->probability[o] = allowed[o] ? numeric_exp(z[choice->token[o]] - most) : 0;
        sum += choice->probability[o];
    }
    for (int o = 0; o < choice->options; o++)
        choice->probability[o] /= sum;
}

/* l = bound tanh(z / temperature), dl/dz = bound / temperature (1 - (l / bound)^2). */
static void bound_logits(const struct policy_shape *shape, struct policy_choice *choice, double *z)
{
    for (int o = 0; o < choice->options; o++) {
        choice->slope[o] = 1;
        if (shape->bound <= 0)
            continue;
        double *logit = &z[choice->token[o]], tanh_z = numeric_tanh(*logit / shape->temperature);
        *logit = shape->bound * tanh_z;
        choice->slope[o] = shape->bound / shape->temperature * (1 - tanh_z * tanh_z);
    }
}

/* What row r may choose from in step t; options = 0 if it has ended. */
static void offer(struct policy *policy, struct nasbed_trial *trial, int t, int r)
{
    const struct nasbed_architecture *prefix = &policy->prefix[r];
    struct policy_choice *choice = choice_at(policy, t, r);
    double *z = policy->scratch + policy->shape.units;
    choice->earlier = -1;
    choice->options = 0;
    if (nasbed_options(trial, prefix) == 0)
        return;
    choice->kind =
        alphabet_decision(&policy->alphabet, trial, prefix, choice->token, &choice->options);
    if (policy->anchor[choice->kind])
        anchor_logits(policy, t, r, choice, z);
    else
        linear_forward(&policy->head[choice->kind], &policy->parameters,
                       policy->hidden + vector_at(policy, t, r), 1, z);
    bound_logits(&policy->shape, choice, z);
    soften(policy, trial, prefix, z, choice);
}

/* Inverse of the distribution function; rounding never lets it run into what may not come. */
static int draw(const struct policy_choice *choice, double uniform)
{
    int last = 0;
    for (int o = 0; o < choice->options; o++) {
        if (choice->probability[o] == 0)
            continue;
        last = o;
        uniform -= choice->probability[o];
        if (uniform < 0)
            break;
    }
    return last;
}

/* The likeliest option, the first of equals. */
static int likeliest(const struct policy_choice *choice)
{
    int best = 0;
    for (int o = 1; o < choice->options; o++)
        if (choice->probability[o] > choice->probability[best])
            best = o;
    return best;
}

/* How the options of a batch are come by: drawn, those of `given` architectures, or the likeliest. */
enum means { DRAWN, GIVEN, LIKELIEST };

static int choose(const struct policy_choice *choice, struct nasbed_trial *trial, enum means means,
                  int given)
{
    if (means == DRAWN)
        return draw(choice, nasbed_uniform(trial));
    return means == GIVEN ? given : likeliest(choice);
}

static void unroll(struct policy *policy, struct nasbed_trial *trial, int rows, enum means means,
                   const struct nasbed_architecture *given, double *log_probability)
{
    bool going = true;
    assert(rows >= 1 && rows <= policy->most_rows);
    policy->rows = rows;
    policy->length = 0;
    memset(policy->prefix, 0, (size_t)rows * sizeof *policy->prefix);
    memset(log_probability, 0, (size_t)rows * sizeof *log_probability);
    for (int t = 0; going; t++) {
        feed(policy, t);
        const double *h = lstm_step(&policy->lstm, &policy->parameters, t, rows,
                                    policy->x + vector_at(policy, t, 0));
        if (t == 0)
            policy->hidden = h; /* later steps lie behind it */
        going = false;
        for (int r = 0; r < rows; r++) {
            struct policy_choice *choice = choice_at(policy, t, r);
            struct nasbed_architecture *prefix = &policy->prefix[r];
            offer(policy, trial, t, r);
            if (choice->options == 0)
                continue;
            choice->chosen = choose(choice, trial, means, given ? given[r].decision[prefix->n] : 0);
            log_probability[r] += numeric_log(choice->probability[choice->chosen]);
            prefix->decision[prefix->n++] = (unsigned char)choice->chosen;
            going = going || nasbed_options(trial, prefix) > 0;
        }
        policy->length = t + 1;
    }
}

void policy_sample(struct policy *policy, struct nasbed_trial *trial, int rows,
                   struct nasbed_architecture *out, double *log_probability)
{
    unroll(policy, trial, rows, DRAWN, NULL, log_probability);
    memcpy(out, policy->prefix, (size_t)rows * sizeof *out);
}

void policy_score(struct policy *policy, struct nasbed_trial *trial, int rows,
                  const struct nasbed_architecture *given, double *log_probability)
{
    unroll(policy, trial, rows, GIVEN, given, log_probability);
}

void policy_argmax(struct policy *policy, struct nasbed_trial *trial,
                   struct nasbed_architecture *out, double *log_probability)
{
    unroll(policy, trial, 1, LIKELIEST, NULL, log_probability);
    *out = policy->prefix[0];
}

static double choice_entropy(const struct policy_choice *choice)
{
    double entropy = 0;
    for (int o = 0; o < choice->options; o++)
        if (choice->probability[o] > 0)
            entropy -= choice->probability[o] * numeric_log(choice->probability[o]);
    return entropy;
}

double policy_entropy(const struct policy *policy, int row)
{
    double entropy = 0;
    for (int t = 0; t < policy->length; t++)
        entropy += choice_entropy(choice_at(policy, t, row));
    return entropy;
}

/* Back ----------------------------------------------------------------------------------------- */

/* Of the loss by z, over the tokens of the choice's kind: A (p - onehot) + w p (log p + H). */
static void logits_back(const struct policy_choice *choice, double advantage, double weight,
                        double *dz)
{
    double entropy = weight == 0 ? 0 : choice_entropy(choice);
    memset(dz, 0, ALPHABET_TOKENS * sizeof *dz);
    for (int o = 0; o < choice->options; o++) {
        double p = choice->probability[o];
        double d = advantage * (p - (o == choice->chosen));
        if (p == 0)
            continue; /* masked: not in the softmax */
        if (weight != 0)
            d += weight * p * (numeric_log(p) + entropy);
        dz[choice->token[o]] = d * choice->slope[o];
    }
}

/* l = v . u, u = tanh(W_prev h_j + W_curr h_i). */
static void anchor_back(struct policy *policy, int t, int r, const double *dz)
{
    const struct policy_choice *choice = choice_at(policy, t, r);
    const struct alphabet_kind *kind = &policy->alphabet.kind[choice->kind];
    struct parameters *parameters = &policy->parameters;
    int units = policy->shape.units, other = choice->earlier;
    double *u = policy->u + vector_at(policy, t, r), *dh = policy->scratch;
    double dl = dz[alphabet_find_token(kind, policy->anchor[choice->kind]->yes)];
    for (int j = 0; j < units; j++) {
        parameters->gradient[policy->direction + j] += dl * u[j];
        u[j] = dl * parameters->value[policy->direction + j] * (1 - u[j] * u[j]);
    }
    linear_back(&policy->current, parameters, policy->hidden + vector_at(policy, t, r), u, 1, dh);
    for (int j = 0; j < units; j++)
        policy->dh[vector_at(policy, t, r) + (size_t)j] += dh[j];
    linear_back(&policy->previous, parameters, policy->hidden + vector_at(policy, other, r), u, 1,
                dh);
    for (int j = 0; j < units; j++)
        policy->dh[vector_at(policy, other, r) + (size_t)j] += dh[j];
}

static void head_back(struct policy *policy, int t, int r, const double *dz)
{
    double *dh = policy->scratch;
    linear_back(&policy->head[choice_at(policy, t, r)->kind], &policy->parameters,
                policy->hidden + vector_at(policy, t, r), dz, 1, dh);
    for (int j = 0; j < policy->shape.units; j++)
        policy->dh[vector_at(policy, t, r) + (size_t)j] += dh[j];
}

/* What dx is the gradient of. */
static void feed_back(struct policy *policy)
{
    struct parameters *parameters = &policy->parameters;
    for (int t = 0; t < policy->length; t++)
        for (int r = 0; r < policy->rows; r++) {
            const double *dx = policy->dx + vector_at(policy, t, r);
            const struct policy_choice *last = t > 0 ? choice_at(policy, t - 1, r) : NULL;
            if (!last)
                for (int j = 0; j < policy->shape.units; j++)
                    parameters->gradient[policy->start + j] += dx[j];
            else if (last->options)
                embedding_back(&policy->embedding[last->kind], parameters,
                               last->token[last->chosen], dx);
        }
}

void policy_back(struct policy *policy, const double *advantage, double weight)
{
    double *dz = policy->scratch + policy->shape.units;
    memset(policy->dh, 0, vector_at(policy, policy->length, 0) * sizeof *policy->dh);
    for (int t = 0; t < policy->length; t++)
        for (int r = 0; r < policy->rows; r++) {
            const struct policy_choice *choice = choice_at(policy, t, r);
            if (choice->options == 0)
                continue;
            logits_back(choice, advantage[r], weight, dz);
            if (choice->earlier >= 0)
                anchor_back(policy, t, r, dz);
            else
                head_back(policy, t, r, dz);
        }
    lstm_back(&policy->lstm, &policy->parameters, policy->length, policy->dh, policy->dx);
    feed_back(policy);
}

/* Baseline ------------------------------------------------------------------------------------- */

double baseline_value(const struct baseline *baseline, double otherwise)
{
    return baseline->weight > 0 ? baseline->sum / baseline->weight : otherwise;
}

void baseline_update(struct baseline *baseline, double reward)
{
    baseline->sum = baseline->decay * baseline->sum + (1 - baseline->decay) * reward;
    baseline->weight = baseline->decay * baseline->weight + (1 - baseline->decay);
}
