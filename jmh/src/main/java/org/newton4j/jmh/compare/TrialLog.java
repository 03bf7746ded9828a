/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Appends every finished trial to a file at once, so that an interrupted search goes on where it stopped. */
final class TrialLog implements Progress {
    private final Progress shown;
    private final Setting setting;
    private final Path file;
    private final Trials before;

    TrialLog(Progress shown, Setting setting, Path file) throws IOException {
        this.shown = shown;
        this.setting = setting;
        this.file = file;
        if (!Files.exists(file)) {
            Files.writeString(file, Trials.HEADER + "\n");
        }
        before = read(file);
    }

    static Trials read(Path file) throws IOException {
        return Trials.parse(Files.readString(file), file.toString());
    }

    boolean missing(Entry entry, long seed) {
        return !before.contains(Trials.planned(setting, entry, seed, Double.NaN));
    }

    @Override
    public void begin(Entry entry, long seed) {
        shown.begin(entry, seed);
    }

    @Override
    public void step(Entry entry, long seed, int step, Point latest) {
        shown.step(entry, seed, step, latest);
    }

    @Override
    public void end(Run run) {
        shown.end(run);
        try {
            Files.writeString(file, Trials.line(Trials.of(setting, run)) + "\n", StandardOpenOption.APPEND);
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
    }

    @Override
    public void close() {
        shown.close();
    }
}
