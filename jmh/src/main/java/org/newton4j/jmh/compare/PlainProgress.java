/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.PrintStream;
import java.util.Locale;

/** Progress for logs and pipes: one line per optimizer, seed and epoch. */
final class PlainProgress implements Progress {
    private final PrintStream out;
    private final Setting setting;

    PlainProgress(PrintStream out, Setting setting) {
        this.out = out;
        this.setting = setting;
    }

    @Override
    public void begin(Entry entry, long seed) {}

    @Override
    public void step(Entry entry, long seed, int step, Point latest) {
        if (setting.budget().reportsAfter(step) && latest.step() == step) {
            out.printf(
                    Locale.ROOT,
                    "%-10s  lr %-8s  seed %d  step %4d/%d  loss %.4f%s  %6.1f s%n",
                    entry.contestant().name(),
                    entry.text(),
                    seed,
                    step,
                    setting.budget().steps(),
                    latest.trainLoss(),
                    setting.model().hasAccuracy()
                            ? String.format(Locale.ROOT, "  accuracy %5.2f %%", 100 * latest.testAccuracy())
                            : "",
                    latest.seconds());
        }
    }

    @Override
    public void end(Run run) {
        if (run.diverged()) {
            out.printf(
                    Locale.ROOT,
                    "%-10s  lr %-8s  seed %d  diverged at step %d%n",
                    run.entry().contestant().name(),
                    run.entry().text(),
                    run.seed(),
                    run.divergedAt().getAsInt());
        }
    }

    @Override
    public void close() {
        out.flush();
    }
}
