/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Saves and restores networks together with everything training depends on, so that a resumed run goes on bit by bit.
 *
 * <p>The file is an ordinary model file of Deeplearning4j with one more entry: the windows, factors and switches of M-FAC, MKOR
 * and K-FAC, and the place of this thread's ND4J random stream, on which dropout depends. {@link ModelSerializer} reads
 * it, too, but leaves that entry out; a preconditioned network then fails at its first step and says why. Networks without
 * preconditioners need no more than {@link ModelSerializer} unless they draw random numbers.
 *
 * <p>The new file is written beside the old one and takes its place in one move: a failed save leaves the old file as it
 * was. Listeners are not saved; attach new ones. Example:
 *
 * <pre>{@code
 * Checkpoints.save(net, Path.of("model.zip"));
 * MultiLayerNetwork again = Checkpoints.restoreMultiLayerNetwork(Path.of("model.zip"));
 * again.setListeners(new CurvatureListener());
 * }</pre>
 */
public final class Checkpoints {

    /** Not in a folder: Deeplearning4j 1.0.0-M2.1 cannot read a zip with folders in it. */
    private static final String ENTRY = "newton4j.bin";

    private Checkpoints() {}

    /**
     * Saves a network, its updater and everything else training depends on.
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph, between two steps; Not modified
     * @param file to be written or replaced
     * @throws IllegalArgumentException if {@code network} is something else
     * @throws IOException if the file cannot be written; an older one is then still there
     */
    public static void save(Model network, Path file) throws IOException {
        if (!Networks.isNetwork(network)) {
            throw new IllegalArgumentException("network is a "
                    + network.getClass().getName() + ", but must be a MultiLayerNetwork or a ComputationGraph");
        }
        Path target = file.toAbsolutePath();
        Path draft = Files.createTempFile(target.getParent(), target.getFileName() + ".", ".part");
        try {
            ModelSerializer.writeModel(network, draft.toFile(), true);
            try (FileSystem zip = FileSystems.newFileSystem(draft)) {
                try (OutputStream out = Files.newOutputStream(zip.getPath(ENTRY))) {
                    CheckpointFormat.write(
                            new CheckpointFormat.Content(
                                    RandomStream.here(),
                                    NetworkPreconditioners.of(network).states()),
                            out);
                }
            }
            try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            replace(draft, target);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private static void replace(Path draft, Path target) throws IOException {
        try {
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(draft, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /**
     * Reads a network, its updater and everything else training depends on. Moves the random stream of this thread to
     * where it was at {@link #save}.
     *
     * @param file written by {@link #save} or by {@link ModelSerializer}; of the latter only the model is read
     * @return a new network without listeners
     * @throws IOException if the file cannot be read
     */
    public static MultiLayerNetwork restoreMultiLayerNetwork(Path file) throws IOException {
        return restore(file, model -> ModelSerializer.restoreMultiLayerNetwork(model, true));
    }

    /**
     * Reads a graph, its updater and everything else training depends on. Moves the random stream of this thread to where
     * it was at {@link #save}.
     *
     * @param file written by {@link #save} or by {@link ModelSerializer}; of the latter only the model is read
     * @return a new graph without listeners
     * @throws IOException if the file cannot be read
     */
    public static ComputationGraph restoreComputationGraph(Path file) throws IOException {
        return restore(file, model -> ModelSerializer.restoreComputationGraph(model, true));
    }

    /**
     * Gives a network the preconditioner state of another one, for example of the network it is a clone of.
     *
     * @param from where the state is; Not modified
     * @param to of the same configuration; its preconditioner state is replaced by a copy
     */
    public static void copyState(Model from, Model to) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            NetworkPreconditioners.of(to)
                    .restore(NetworkPreconditioners.of(from).copiedStates());
        }
    }

    private interface Reader<M> {
        M read(File file) throws IOException;
    }

    private static <M extends Model> M restore(Path path, Reader<M> reader) throws IOException {
        try (ZipFile zip = new ZipFile(path.toFile());
                MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            ZipEntry entry = zip.getEntry(ENTRY);
            if (entry == null) {
                return reader.read(path.toFile());
            }
            M network = readModelOf(zip, reader);
            try (InputStream in = zip.getInputStream(entry)) {
                CheckpointFormat.Content content =
                        CheckpointFormat.read(in, path.getFileName().toString());
                NetworkPreconditioners.of(network).restore(content.states());
                content.stream().restore();
            }
            return network;
        }
    }

    /** Deeplearning4j reads whole entries into the heap, known to it or not; it is spared ours, which may be large. */
    private static <M extends Model> M readModelOf(ZipFile zip, Reader<M> reader) throws IOException {
        Path model = Files.createTempFile("model", ".zip");
        try {
            try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(model))) {
                for (ZipEntry entry : Collections.list(zip.entries())) {
                    if (!entry.getName().equals(ENTRY)) {
                        out.putNextEntry(new ZipEntry(entry.getName()));
                        try (InputStream in = zip.getInputStream(entry)) {
                            in.transferTo(out);
                        }
                        out.closeEntry();
                    }
                }
            }
            return reader.read(model.toFile());
        } finally {
            Files.deleteIfExists(model);
        }
    }
}
