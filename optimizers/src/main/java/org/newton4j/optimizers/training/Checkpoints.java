/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.training.file.Draft;
import org.newton4j.optimizers.training.file.Fingerprint;
import org.newton4j.optimizers.training.file.ModelZip;
import org.newton4j.optimizers.training.file.NetworkReader;
import org.newton4j.optimizers.training.file.NetworkWriter;

/**
 * Saves and restores networks together with everything training depends on, so that a resumed run goes on bit by bit.
 *
 * <p>The file is an ordinary model file of Deeplearning4j with one more entry: the windows, factors and switches of M-FAC, MKOR
 * and K-FAC, and the place of the training thread's ND4J random stream, on which dropout depends. {@link ModelSerializer} reads
 * it, too, but leaves that entry out; a preconditioned network then fails at its first step and says why. Networks without
 * preconditioners need no more than {@link ModelSerializer} unless they draw random numbers.
 *
 * <p>The new file is written beside the old one, forced to the disk, and takes its place in one move: a failed or killed save leaves
 * the old file as it was, and what a killed one left beside it goes at the next. A link to a file stays a link.
 *
 * <p>A file is believed in nothing. Checksum and size of every entry are checked, arrays are compared with the network and with
 * the bytes that are there before memory is taken, entries of different saves are not mixed, state of another network, window or
 * optimizer is refused, and no Java object is deserialised: an entry {@code preprocessor.bin} is refused, {@code normalizer.bin} and
 * {@code objects/…} are checked and left to {@link ModelSerializer}. Classes named by the configuration are loaded if they belong to or
 * extend Deeplearning4j.
 *
 * <p>Listeners are not saved; attach new ones. To save during training see {@link CheckpointsListener}. Example:
 *
 * <pre>{@code
 * Checkpoints.save(net, Path.of("model.zip"));
 * MultiLayerNetwork again = Checkpoints.restoreMultiLayerNetwork(Path.of("model.zip"));
 * again.setListeners(new CurvatureListener());
 * }</pre>
 */
public final class Checkpoints {

    private Checkpoints() {}

    /**
     * Saves a network, its updater and everything else training depends on.
     *
     * <p>While another thread trains the network, this waits for the end of its step if a {@link CurvatureListener} is attached, else for
     * the end of its {@code fit} or epoch; so do not wait for it inside a listener. In iterationDone and onEpochEnd of a listener the network is
     * saved as it will be when the step or the epoch is over.
     *
     * @param network initialised MultiLayerNetwork or ComputationGraph; Not modified
     * @param file to be written or replaced
     * @throws IllegalArgumentException if {@code network} is something else
     * @throws IllegalStateException if a listener calls this between gradient and update
     * @throws IOException if the file cannot be written; an older one is then still there
     */
    public static void save(Model network, Path file) throws IOException {
        if (!Networks.isNetwork(network)) {
            throw new IllegalArgumentException("network is a "
                    + network.getClass().getName() + ", but must be a MultiLayerNetwork or a ComputationGraph");
        }
        StepGate.save(network, (moment, stream) -> moment.finished(network, () -> write(network, stream, file)));
    }

    private static void write(Model network, RandomStream stream, Path file) throws IOException {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Draft.write(
                    file,
                    out -> NetworkWriter.write(
                            network,
                            (others, to) -> StateFormat.write(
                                    new StateFormat.Content(
                                            stream,
                                            others,
                                            NetworkPreconditioners.of(network).states()),
                                    to),
                            out));
        }
    }

    /**
     * Reads a network, its updater and everything else training depends on. Moves the random stream of this thread to
     * where it was at {@link #save}.
     *
     * @param file written by {@link #save} or by {@link ModelSerializer}; of the latter only the model is read
     * @return a new network without listeners
     * @throws IOException if the file is not there, damaged, foreign or of another kind of network; it names file, entry and cause, and
     *     nothing has changed
     */
    public static MultiLayerNetwork restoreMultiLayerNetwork(Path file) throws IOException {
        return restore(file, NetworkReader::multiLayerNetwork);
    }

    /**
     * Reads a graph, its updater and everything else training depends on. Moves the random stream of this thread to where
     * it was at {@link #save}.
     *
     * @param file written by {@link #save} or by {@link ModelSerializer}; of the latter only the model is read
     * @return a new graph without listeners
     * @throws IOException if the file is not there, damaged, foreign or of another kind of network; it names file, entry and cause, and
     *     nothing has changed
     */
    public static ComputationGraph restoreComputationGraph(Path file) throws IOException {
        return restore(file, NetworkReader::computationGraph);
    }

    /**
     * Gives a network the preconditioner state of another one, for example of the network it is a clone of.
     *
     * @param from where the state is; Not modified
     * @param to of the same configuration; its preconditioner state is replaced by a copy
     * @throws IllegalArgumentException if the state does not fit; that of {@code to} is then as before
     */
    public static void copyState(Model from, Model to) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            NetworkPreconditioners.of(to)
                    .restore(
                            NetworkPreconditioners.fresh(to),
                            NetworkPreconditioners.of(from).copiedStates());
        }
    }

    private interface Reader<M> {
        M read(ModelZip zip) throws IOException;
    }

    private static <M extends Model> M restore(Path path, Reader<M> reader) throws IOException {
        RandomStream before = RandomStream.here();
        RandomStream after = before;
        try (ModelZip zip = ModelZip.open(path);
                MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            M network = reader.read(zip);
            if (zip.has(ModelZip.STATE)) {
                after = zip.read(ModelZip.STATE, in -> {
                    Map<String, Preconditioner> fresh = NetworkPreconditioners.fresh(network);
                    StateFormat.Content content = StateFormat.read(
                            in, key -> NetworkPreconditioners.place(fresh, key).mostNumbers());
                    NetworkPreconditioners.of(network).restore(fresh, content.states());
                    requireSame(zip, content.others());
                    return content.stream();
                });
            }
            return network;
        } finally {
            after.restore();
        }
    }

    /** Entries that fit together may still be those of two saves: parameters and Nesterovs' state have one shape. */
    private static void requireSame(ModelZip zip, Map<String, Fingerprint> saved) throws IOException {
        if (saved.isEmpty()) {
            return;
        }
        Map<String, Fingerprint> found = zip.modelEntries();
        if (!found.keySet().equals(saved.keySet())) {
            throw new IOException("it was saved with the entries " + new TreeSet<>(saved.keySet())
                    + ", but the file has " + new TreeSet<>(found.keySet()));
        }
        for (Map.Entry<String, Fingerprint> entry : found.entrySet()) {
            if (!entry.getValue().equals(saved.get(entry.getKey()))) {
                throw new IOException("it was saved with another " + entry.getKey()
                        + " than the one that is there: the file is put together from several, or was edited");
            }
        }
    }
}
