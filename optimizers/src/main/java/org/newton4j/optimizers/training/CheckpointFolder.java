/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Numbered checkpoints in a folder; the files are all there is to know, so that a restarted process finds its way.
 *
 * @param folder where they are
 */
record CheckpointFolder(Path folder) {

    private static final Logger log = LoggerFactory.getLogger(CheckpointsListener.class);

    private static final Pattern NAME =
            Pattern.compile("checkpoint_(\\d{1,9})_(?:MultiLayerNetwork|ComputationGraph)\\.zip");

    /** A checkpoint. */
    record Numbered(int number, Path file) {}

    /** Oldest first; none if there is no folder. */
    static List<Numbered> files(Path folder) throws IOException {
        List<Numbered> found = new ArrayList<>();
        if (Files.notExists(folder)) {
            return found;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    found.add(new Numbered(Integer.parseInt(name.group(1)), file));
                }
            }
        }
        found.sort(Comparator.comparingInt(Numbered::number));
        return found;
    }

    /** The file that comes next. */
    Path next(Model network) throws IOException {
        List<Numbered> present = files(folder);
        int number = present.isEmpty() ? 0 : present.get(present.size() - 1).number() + 1;
        return folder.resolve("checkpoint_" + number + "_"
                + (network instanceof MultiLayerNetwork ? "MultiLayerNetwork" : "ComputationGraph") + ".zip");
    }

    /**
     * Removes old files.
     *
     * @param last how many of the newest stay, 0 for all
     * @param every every how-manieth stays for good, 0 for none
     */
    void clean(int last, int every) throws IOException {
        if (last == 0) {
            return;
        }
        List<Numbered> present = files(folder);
        for (Numbered old : present.subList(0, Math.max(0, present.size() - last))) {
            if (every == 0 || (old.number() + 1) % every != 0) {
                remove(old.file());
            }
        }
    }

    /** The new file is there already; an old one too many ends no training. */
    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.warn("The old checkpoint {} could not be removed: {}", file, e.getMessage());
        }
    }
}
