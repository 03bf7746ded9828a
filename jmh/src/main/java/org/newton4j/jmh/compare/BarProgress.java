/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress for a terminal: one bar over all runs, with the time left. */
final class BarProgress implements Progress {
    private final ProgressBar bar;
    private final Setting setting;
    private long finished;

    BarProgress(Setting setting, int runs) {
        this.setting = setting;
        this.bar = new ProgressBarBuilder()
                .setTaskName("compare")
                .setInitialMax((long) runs * setting.budget().steps())
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .build();
    }

    @Override
    public void begin(Entry entry, long seed) {
        message(entry, seed, "");
    }

    @Override
    public void step(Entry entry, long seed, int step, Point latest) {
        bar.stepTo(finished + step);
        message(
                entry,
                seed,
                setting.goal().metric() == Metric.ACCURACY
                        ? String.format(Locale.ROOT, ", accuracy %.1f %%", 100 * latest.testAccuracy())
                        : ", loss " + Text.number(latest.trainLoss()));
    }

    @Override
    public void end(Run run) {
        // A diverged run leaves out its remaining steps; the bar must not.
        finished += setting.budget().steps();
        bar.stepTo(finished);
    }

    @Override
    public void close() {
        bar.close();
    }

    private void message(Entry entry, long seed, String tail) {
        bar.setExtraMessage(" " + entry.contestant().name() + ", seed " + seed + tail);
    }
}
