/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves a network during training with {@link Checkpoints}, every n iterations, every n epochs or every so many minutes, and keeps the last
 * ones.
 *
 * <p>The counterpart of Deeplearning4j's CheckpointListener, whose files lack the state of M-FAC, MKOR and K-FAC. Training goes on from any of
 * these files bit by bit: each holds the network as it is when the iteration or the epoch is over. One listener serves one network. In a folder that
 * has checkpoints already, numbers go on behind the last one. Example:
 *
 * <pre>{@code
 * net.setListeners(
 *         new CurvatureListener(),
 *         CheckpointsListener.builder(Path.of("checkpoints"))
 *                 .saveEveryNIterations(1000)
 *                 .saveEvery(10, TimeUnit.MINUTES)
 *                 .keepLast(3)
 *                 .build());
 * }</pre>
 *
 * <p>and after a restart
 *
 * <pre>{@code
 * Path last = CheckpointsListener.last(Path.of("checkpoints")).orElseThrow();
 * MultiLayerNetwork again = Checkpoints.restoreMultiLayerNetwork(last);
 * }</pre>
 */
public final class CheckpointsListener extends BaseTrainingListener implements Serializable {

    private static final Logger log = LoggerFactory.getLogger(CheckpointsListener.class);
    private static final long serialVersionUID = 1L;

    /** Where files go. */
    private final File folder;

    /** Epochs from one file to the next, 0 for never. */
    private final int epochs;

    /** Iterations from one file to the next, 0 for never. */
    private final int iterations;

    /** Nanoseconds from one file to the next, 0 for never. */
    private final long nanos;

    /** How many of the newest files stay, 0 for all. */
    private final int keepLast;

    /** Every how-manieth file stays for good, 0 for none. */
    private final int keepEvery;

    /** Whether the clock was started; when. */
    private transient boolean running;

    private transient long savedAt;

    private CheckpointsListener(Builder builder) {
        folder = builder.folder.toFile();
        epochs = builder.epochs;
        iterations = builder.iterations;
        nanos = builder.nanos;
        keepLast = builder.keepLast;
        keepEvery = builder.keepEvery;
    }

    /**
     * Starts a listener.
     *
     * @param folder where files go, {@code checkpoint_0_MultiLayerNetwork.zip} and so on; made if it is not there
     * @return a builder that keeps all files and has still to be told when to save
     */
    public static Builder builder(Path folder) {
        return new Builder(folder);
    }

    /**
     * The checkpoints in a folder.
     *
     * @param folder of a listener
     * @return files, oldest first
     * @throws IOException if the folder is there but cannot be read
     */
    public static List<Path> available(Path folder) throws IOException {
        return CheckpointFolder.files(folder).stream()
                .map(CheckpointFolder.Numbered::file)
                .toList();
    }

    /**
     * The newest checkpoint in a folder.
     *
     * @param folder of a listener
     * @return its file, empty if there is none
     * @throws IOException if the folder is there but cannot be read
     */
    public static Optional<Path> last(Path folder) throws IOException {
        List<Path> files = available(folder);
        return files.isEmpty() ? Optional.empty() : Optional.of(files.get(files.size() - 1));
    }

    /**
     * Saves if iterations or time say so.
     *
     * @param model the network in training
     * @param iteration 0-based
     * @param epoch 0-based
     * @throws UncheckedIOException if the file cannot be written
     */
    @Override
    public void iterationDone(Model model, int iteration, int epoch) {
        if (!Networks.isNetwork(model)) {
            return;
        }
        if (!running) {
            running = true;
            savedAt = System.nanoTime();
        }
        boolean counted = iterations > 0 && (iteration + 1) % iterations == 0;
        boolean timed = nanos > 0 && System.nanoTime() - savedAt >= nanos;
        if (counted || timed) {
            save(model);
        }
        StepGate.pass(model);
    }

    /**
     * Saves if epochs say so.
     *
     * @param model the network in training
     * @throws UncheckedIOException if the file cannot be written
     */
    @Override
    public void onEpochEnd(Model model) {
        if (Networks.isNetwork(model) && epochs > 0 && (Networks.epoch(model) + 1) % epochs == 0) {
            save(model);
        }
    }

    private void save(Model model) {
        CheckpointFolder files = new CheckpointFolder(folder.toPath());
        try {
            Files.createDirectories(folder.toPath());
            Path file = files.next(model);
            Checkpoints.save(model, file);
            log.info("Saved {} at iteration {}.", file, Networks.iteration(model));
            files.clean(keepLast, keepEvery);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "No checkpoint could be written into " + folder + ": " + e.getMessage()
                            + ". Older ones are as they were.",
                    e);
        }
        savedAt = System.nanoTime();
    }

    /** When to save and what to keep. */
    public static final class Builder {

        private final Path folder;
        private int epochs;
        private int iterations;
        private long nanos;
        private int keepLast;
        private int keepEvery;

        private Builder(Path folder) {
            this.folder = folder;
        }

        /**
         * Saves at the end of every epoch.
         *
         * @return this
         */
        public Builder saveEveryEpoch() {
            return saveEveryNEpochs(1);
        }

        /**
         * Saves at the end of every n-th epoch.
         *
         * @param n at least 1
         * @return this
         * @throws IllegalArgumentException if less than 1
         */
        public Builder saveEveryNEpochs(int n) {
            epochs = (int) positive("saveEveryNEpochs", n);
            return this;
        }

        /**
         * Saves after every n-th iteration, counted since the network was made.
         *
         * @param n at least 1
         * @return this
         * @throws IllegalArgumentException if less than 1
         */
        public Builder saveEveryNIterations(int n) {
            iterations = (int) positive("saveEveryNIterations", n);
            return this;
        }

        /**
         * Saves after the first iteration that ends this long after the last file was written, or after training began.
         *
         * @param amount at least 1
         * @param unit of {@code amount}
         * @return this
         * @throws IllegalArgumentException if less than 1
         */
        public Builder saveEvery(long amount, TimeUnit unit) {
            nanos = unit.toNanos(positive("saveEvery", amount));
            return this;
        }

        /**
         * Keeps all files, the default.
         *
         * @return this
         */
        public Builder keepAll() {
            keepLast = 0;
            keepEvery = 0;
            return this;
        }

        /**
         * Keeps the newest files only.
         *
         * @param n how many, at least 1
         * @return this
         * @throws IllegalArgumentException if less than 1
         */
        public Builder keepLast(int n) {
            keepLast = (int) positive("keepLast", n);
            keepEvery = 0;
            return this;
        }

        /**
         * Keeps the newest files, and every m-th one for good.
         *
         * @param n how many of the newest, at least 1
         * @param m which for good: the m-th, the 2m-th, and so on; at least 1
         * @return this
         * @throws IllegalArgumentException if one is less than 1
         */
        public Builder keepLastAndEvery(int n, int m) {
            keepLast = (int) positive("the number of last files kept", n);
            keepEvery = (int) positive("the distance of files kept", m);
            return this;
        }

        private static long positive(String name, long value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " is " + value + ", but must be at least 1");
            }
            return value;
        }

        /**
         * Makes the listener.
         *
         * @return a new listener
         * @throws IllegalStateException if nothing says when to save
         */
        public CheckpointsListener build() {
            if (epochs == 0 && iterations == 0 && nanos == 0) {
                throw new IllegalStateException(
                        "Nothing says when to save: call saveEveryNIterations, saveEveryNEpochs or"
                                + " saveEvery, or several of them.");
            }
            return new CheckpointsListener(this);
        }
    }
}
