/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes a set of files so that a failure on the way leaves the files of an earlier report as they were. */
final class ReportFolder {
    private final Path folder;

    /** Creates the folder, now rather than after minutes of training. */
    ReportFolder(Path folder) {
        this.folder = folder;
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new BadInput("--out " + folder + ": is a file, not a folder");
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException refused) {
            throw new BadInput("--out " + folder + ": cannot be created (" + Reason.of(refused) + ")");
        }
        if (!Files.isWritable(folder)) {
            throw new BadInput("--out " + folder + ": no permission to write there");
        }
    }

    /** All files are written beside their places first, and moved when all are complete. */
    void save(Map<String, String> files) throws IOException {
        Map<Path, Path> moves = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, String> file : files.entrySet()) {
                Path part = folder.resolve(
                        "." + file.getKey() + "." + ProcessHandle.current().pid() + ".part");
                moves.put(part, folder.resolve(file.getKey()));
                Files.writeString(part, file.getValue());
            }
            for (Map.Entry<Path, Path> move : moves.entrySet()) {
                replace(move.getKey(), move.getValue());
            }
        } finally {
            for (Path part : moves.keySet()) {
                Files.deleteIfExists(part);
            }
        }
    }

    private static void replace(Path part, Path place) throws IOException {
        try {
            Files.move(part, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException unsupported) {
            Files.move(part, place, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
