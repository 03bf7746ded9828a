/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.earlystopping.EarlyStoppingModelSaver;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Keeps the best and the latest ComputationGraph of early stopping in a folder, with {@link Checkpoints}, so that the state of M-FAC, MKOR and K-FAC is
 * kept, too. What it returns has no listeners. Example:
 *
 * <pre>{@code
 * EarlyStoppingConfiguration<ComputationGraph> configuration = new EarlyStoppingConfiguration.Builder<ComputationGraph>()
 *         .epochTerminationConditions(new MaxEpochsTerminationCondition(30))
 *         .scoreCalculator(new DataSetLossCalculator(validation, true))
 *         .modelSaver(new CheckpointsGraphSaver("models"))
 *         .build();
 * }</pre>
 */
public final class CheckpointsGraphSaver implements EarlyStoppingModelSaver<ComputationGraph> {

    private static final long serialVersionUID = 1L;

    /** Where files go. */
    private final String directory;

    /**
     * Keeps files in a folder.
     *
     * @param directory for {@code bestGraph.zip} and {@code latestGraph.zip}; made if it is not there
     */
    public CheckpointsGraphSaver(@JsonProperty("directory") String directory) {
        this.directory = directory;
    }

    /**
     * Where files go.
     *
     * @return as given
     */
    public String getDirectory() {
        return directory;
    }

    @Override
    public void saveBestModel(ComputationGraph net, double score) throws IOException {
        save(net, "bestGraph.zip");
    }

    @Override
    public void saveLatestModel(ComputationGraph net, double score) throws IOException {
        save(net, "latestGraph.zip");
    }

    @Override
    public ComputationGraph getBestModel() throws IOException {
        return Checkpoints.restoreComputationGraph(Path.of(directory, "bestGraph.zip"));
    }

    @Override
    public ComputationGraph getLatestModel() throws IOException {
        return Checkpoints.restoreComputationGraph(Path.of(directory, "latestGraph.zip"));
    }

    private void save(ComputationGraph net, String name) throws IOException {
        Path folder = Path.of(directory);
        Files.createDirectories(folder);
        Checkpoints.save(net, folder.resolve(name));
    }

    @Override
    public String toString() {
        return "CheckpointsGraphSaver(" + directory + ")";
    }
}
