/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;

/** A line chart as inline SVG; text and grid take the colours of the page, so it works on light and dark. */
final class Chart {
    private static final int WIDTH = 420;
    private static final int HEIGHT = 280;
    private static final int LEFT = 46;
    private static final int RIGHT = WIDTH - 14;
    private static final int TOP = 12;
    private static final int BOTTOM = HEIGHT - 40;

    private final String id;
    private final String label;
    private final String xLabel;
    private final Axis x;
    private final Axis y;
    private final DoubleFunction<String> yText;

    /**
     * An empty chart.
     *
     * @param id unique on the page
     * @param label what it shows, for screen readers
     * @param xLabel below the horizontal axis
     * @param xMax right end; the left is 0
     * @param yMin lower end
     * @param yMax upper end
     * @param logarithmic whether the vertical axis is
     * @param yText value → tick label
     */
    Chart(
            String id,
            String label,
            String xLabel,
            double xMax,
            double yMin,
            double yMax,
            boolean logarithmic,
            DoubleFunction<String> yText) {
        this.id = id;
        this.label = label;
        this.xLabel = xLabel;
        this.x = new Axis(0, xMax, LEFT, RIGHT, false);
        this.y = new Axis(yMin, yMax, BOTTOM, TOP, logarithmic);
        this.yText = yText;
    }

    String draw(List<Curve> curves, OptionalDouble target) {
        StringBuilder svg = new StringBuilder();
        add(svg, "<svg viewBox='0 0 %d %d' role='img' aria-label='%s'>", WIDTH, HEIGHT, Html.escape(label));
        add(
                svg,
                "<clipPath id='%s'><rect x='%d' y='%d' width='%d' height='%d'/></clipPath>",
                id,
                LEFT,
                TOP,
                RIGHT - LEFT,
                BOTTOM - TOP);
        grid(svg);
        add(svg, "<g clip-path='url(#%s)'>", id);
        curves.forEach(curve -> band(svg, curve));
        target.ifPresent(value -> add(svg, "<path class='target' d='M%d %.1fH%d'/>", LEFT, y.pixel(value), RIGHT));
        curves.forEach(curve -> line(svg, curve));
        svg.append("</g></svg>");
        return svg.toString();
    }

    private void grid(StringBuilder svg) {
        for (double tick : y.ticks(6)) {
            double at = y.pixel(tick);
            add(svg, "<path class='grid' d='M%d %.1fH%d'/>", LEFT, at, RIGHT);
            add(svg, "<text x='%d' y='%.1f' text-anchor='end'>%s</text>", LEFT - 6, at + 4, yText.apply(tick));
        }
        for (double tick : x.ticks(5)) {
            double at = x.pixel(tick);
            add(svg, "<path class='tick' d='M%.1f %dv4'/>", at, BOTTOM);
            add(svg, "<text x='%.1f' y='%d' text-anchor='middle'>%s</text>", at, BOTTOM + 17, Text.number(tick));
        }
        add(svg, "<path class='axis' d='M%d %dH%d'/>", LEFT, BOTTOM, RIGHT);
        add(
                svg,
                "<text class='label' x='%d' y='%d' text-anchor='middle'>%s</text>",
                (LEFT + RIGHT) / 2,
                HEIGHT - 5,
                Html.escape(xLabel));
    }

    private void band(StringBuilder svg, Curve curve) {
        StringBuilder path = new StringBuilder();
        List<Curve.Spot> spots = curve.spots();
        spots.forEach(spot -> point(path, spot.x(), spot.high()));
        for (int i = spots.size() - 1; i >= 0; i--) {
            point(path, spots.get(i).x(), spots.get(i).low());
        }
        add(svg, "<path class='band' fill='%s' d='%sZ'/>", curve.contestant().colour(), path);
    }

    private void line(StringBuilder svg, Curve curve) {
        StringBuilder path = new StringBuilder();
        curve.spots().forEach(spot -> point(path, spot.x(), spot.mean()));
        add(
                svg,
                "<path class='line' stroke='%s' d='%s'><title>%s</title></path>",
                curve.contestant().colour(),
                path,
                Html.escape(curve.contestant().title()));
    }

    private void point(StringBuilder path, double xValue, double yValue) {
        // Far outside is clipped anyway; logarithm of 0 must not get into the path.
        double py = Math.max(-1e4, Math.min(1e4, y.pixel(Math.max(yValue, 1e-30))));
        add(path, "%s%.1f %.1f", path.length() == 0 ? "M" : "L", x.pixel(xValue), py);
    }

    private static void add(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values));
    }
}
