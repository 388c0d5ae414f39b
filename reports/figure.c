#include "reports/figure.h"

#include "base/file.h"
#include "reports/gnuplot.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define LABEL_GAP 18.0 /* least distance of two labels, pixels */

/* ---- Parts of a script ----------------------------------------------------------------------- */

void figure_head(struct text *out, const char *name)
{
    text_append(out, "# Draws %s.svg and .png; here: gnuplot %s.gp\n", name, name);
    text_append(out, "set encoding utf8\nset decimalsign '.'\ndata = '%s.dat'\n", name);
}

void figure_frame(struct text *out, double right)
{
    text_append(out,
                "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                (double)FIGURE_LEFT / FIGURE_WIDTH, 1 - right / FIGURE_WIDTH,
                1 - (double)FIGURE_TOP / FIGURE_HEIGHT, (double)FIGURE_BOTTOM / FIGURE_HEIGHT);
}

void figure_axes(struct text *out, const char *x, const char *y)
{
    text_append(out,
                "set border 3 lw 1 lc rgb '#8C8C8C'\n"
                "set tics nomirror out scale 0.5 textcolor rgb '#404040'\nset format '%%h'\n"
                "set grid x y lw 0.6 lt 1 lc rgb '#E6E6E6' back\n"
                "set xlabel '%s' tc rgb '#404040' offset 0, 0.2\n"
                "set label '%s' at screen %.4f, graph 0.5 center rotate by 90 tc rgb '#404040'\n"
                "unset key\n",
                x, y, (double)FIGURE_MARGIN / FIGURE_WIDTH);
}

void figure_text(struct text *out, const char *said, int x, int y, int size, const char *colour)
{
    text_append(out, "set label ");
    gnuplot_quote(out, said);
    text_append(out, " at screen %.4f, screen %.4f left noenhanced font ',%d' tc rgb '%s' front\n",
                (double)x / FIGURE_WIDTH, 1 - (double)y / FIGURE_HEIGHT, size, colour);
}

void figure_titles(struct text *out, const char *title, const char *setting, const char *foot)
{
    figure_text(out, title, FIGURE_MARGIN, 32, 18, FIGURE_DARK);
    if (setting)
        figure_text(out, setting, FIGURE_MARGIN, 60, 13, FIGURE_GREY);
    figure_text(out, foot, FIGURE_MARGIN, FIGURE_HEIGHT - 16, 11, FIGURE_GREY);
}

/* Less its number times the gap, a height need only not fall from one label to the next: isotonic
 * regression, by pooling neighbours that fall. */
void figure_spread(double *heights, size_t n, size_t *spare)
{
    size_t pools = 0;
    double gap = LABEL_GAP / (FIGURE_HEIGHT - FIGURE_TOP - FIGURE_BOTTOM);
    double most = fmax(0, 1 - gap * (double)(n - 1));
    for (size_t i = 0; i < n; i++) {
        heights[pools] = heights[i] - gap * (double)i; /* pools <= i: it was read */
        spare[pools++] = 1;
        for (; pools > 1 && heights[pools - 1] < heights[pools - 2]; pools--) {
            double last = (double)spare[pools - 1], before = (double)spare[pools - 2];
            heights[pools - 2] =
                (last * heights[pools - 1] + before * heights[pools - 2]) / (last + before);
            spare[pools - 2] += spare[pools - 1];
        }
    }
    for (size_t i = n; i-- > 0;) { /* from the top: a pool's level lies at or before its labels */
        heights[i] = fmin(fmax(heights[pools - 1], 0), most) + gap * (double)i;
        pools -= --spare[pools - 1] == 0 ? 1 : 0;
    }
}

#define SAMPLE  3.6   /* characters: the sample of a dash */
#define SET_OFF "4.2" /* and where the label begins behind one */

void figure_label(struct text *out, const char *said, double end, double height, const char *colour,
                  const char *dash)
{
    text_append(out,
                "set arrow from graph 1.004, graph %.4f to graph 1.022, graph %.4f nohead lw 1 "
                "lc rgb '%s'\n",
                end, height, colour);
    if (dash)
        text_append(out,
                    "set arrow from graph 1.028, graph %.4f rto character %.1f, 0 nohead lw 2.2 "
                    "dt %s lc rgb '%s'\n",
                    height, SAMPLE, dash, colour);
    text_append(out, "set label ");
    gnuplot_quote(out, said);
    text_append(out, " at graph 1.028, graph %.4f left%s noenhanced tc rgb '%s'\n", height,
                dash ? " offset character " SET_OFF ", 0" : "", colour);
}

void figure_terminals(struct text *out, const char *name)
{
    text_append(out,
                "set terminal svg size %d,%d dynamic background '#FFFFFF' "
                "font 'DejaVu Sans, Helvetica, Arial, sans-serif,13'\n",
                FIGURE_WIDTH, FIGURE_HEIGHT);
    text_append(out, "set output '%s.svg'\n@draw\n", name);
    text_append(out,
                "set terminal pngcairo size %d,%d font 'DejaVu Sans,13' fontscale 1.5 linewidth 2 "
                "background '#FFFFFF'\n",
                2 * FIGURE_WIDTH, 2 * FIGURE_HEIGHT);
    text_append(out, "set output '%s.png'\n@draw\nunset output\n", name);
}

/* ---- Files ----------------------------------------------------------------------------------- */

void figure_name(struct text *out, const char *said)
{
    for (; *said; said++)
        text_append(out, "%c", isalnum((unsigned char)*said) || strchr("._-", *said) ? *said : '-');
}

static int write_text(const struct text *text, const char *folder, const char *name,
                      const char *ending, struct error *error)
{
    struct text path = {0};
    text_append(&path, "%s/%s.%s", folder, name, ending);
    int status = path.failed || text->failed
                     ? error_set(error, ERROR_MEMORY, "plot %s: out of memory", name)
                     : file_write(path.data, text->data, text->size, error);
    text_free(&path);
    return status;
}

int figure_write(const char *folder, const char *name, const struct text *data,
                 const struct text *script, struct error *error)
{
    int status = write_text(data, folder, name, "dat", error);
    return status ? status : write_text(script, folder, name, "gp", error);
}

int figure_draw(const char *folder, const char *name, struct error *error)
{
    static const char *const endings[] = {"svg", "png"};
    struct text script = {0};
    int status = ERROR_NONE;
    text_append(&script, "%s.gp", name);
    for (size_t i = 0; i < 2; i++) {
        struct text path = {0};
        text_append(&path, "%s/%s.%s", folder, name, endings[i]);
        script.failed |= path.failed;
        if (!path.failed)
            (void)unlink(path.data); /* no plot of an earlier call may pass for this one's */
        text_free(&path);
    }
    status = script.failed ? error_set(error, ERROR_MEMORY, "plot %s: out of memory", name)
                           : gnuplot_run(folder, script.data, error);
    text_free(&script);
    return status;
}
