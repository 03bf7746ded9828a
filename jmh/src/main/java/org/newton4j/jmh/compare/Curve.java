/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The runs of one optimizer as a line with a band: mean over the seeds, from the smallest to the largest.
 *
 * @param contestant whose runs
 * @param spots from left to right
 */
record Curve(Contestant contestant, List<Spot> spots) {

    /**
     * One evaluation over all seeds.
     *
     * @param x horizontal place
     * @param mean height of the line
     * @param low lower edge of the band
     * @param high upper edge of the band
     */
    record Spot(double x, double mean, double low, double high) {}

    static List<Curve> of(List<Run> runs, ToDoubleFunction<Point> x, ToDoubleFunction<Point> y) {
        Map<String, List<Run>> byName = new LinkedHashMap<>();
        for (Run run : runs) {
            byName.computeIfAbsent(run.entry().contestant().name(), name -> new ArrayList<>())
                    .add(run);
        }
        return byName.values().stream().map(own -> one(own, x, y)).toList();
    }

    /** Evaluations come at the same steps for all seeds, so points of one index belong together. */
    private static Curve one(List<Run> all, ToDoubleFunction<Point> x, ToDoubleFunction<Point> y) {
        List<Run> ended = all.stream().filter(run -> !run.diverged()).toList();
        // A diverged run is drawn only where there is no other: as far as it went.
        List<Run> runs = ended.isEmpty() ? all : ended;
        int n = runs.stream().mapToInt(run -> run.points().size()).min().orElse(0);
        List<Spot> spots = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            int index = i;
            List<Point> points =
                    runs.stream().map(run -> run.points().get(index)).toList();
            DoubleSummaryStatistics heights = points.stream().mapToDouble(y).summaryStatistics();
            double place = points.stream().mapToDouble(x).average().orElseThrow();
            spots.add(new Spot(place, heights.getAverage(), heights.getMin(), heights.getMax()));
        }
        return new Curve(runs.get(0).entry().contestant(), spots);
    }
}
