/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.earlystopping.EarlyStoppingModelSaver;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Keeps the best and the latest MultiLayerNetwork of early stopping in a folder, with {@link Checkpoints}, so that the state of M-FAC, MKOR and K-FAC is
 * kept, too. What it returns has no listeners. Example:
 *
 * <pre>{@code
 * EarlyStoppingConfiguration<MultiLayerNetwork> configuration = new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
 *         .epochTerminationConditions(new MaxEpochsTerminationCondition(30))
 *         .scoreCalculator(new DataSetLossCalculator(validation, true))
 *         .modelSaver(new CheckpointsModelSaver("models"))
 *         .build();
 * }</pre>
 */
public final class CheckpointsModelSaver implements EarlyStoppingModelSaver<MultiLayerNetwork> {

    private static final long serialVersionUID = 1L;

    /** Where files go. */
    private final String directory;

    /**
     * Keeps files in a folder.
     *
     * @param directory for {@code bestModel.zip} and {@code latestModel.zip}; made if it is not there
     */
    public CheckpointsModelSaver(@JsonProperty("directory") String directory) {
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
    public void saveBestModel(MultiLayerNetwork net, double score) throws IOException {
        save(net, "bestModel.zip");
    }

    @Override
    public void saveLatestModel(MultiLayerNetwork net, double score) throws IOException {
        save(net, "latestModel.zip");
    }

    @Override
    public MultiLayerNetwork getBestModel() throws IOException {
        return Checkpoints.restoreMultiLayerNetwork(Path.of(directory, "bestModel.zip"));
    }

    @Override
    public MultiLayerNetwork getLatestModel() throws IOException {
        return Checkpoints.restoreMultiLayerNetwork(Path.of(directory, "latestModel.zip"));
    }

    private void save(MultiLayerNetwork net, String name) throws IOException {
        Path folder = Path.of(directory);
        Files.createDirectories(folder);
        Checkpoints.save(net, folder.resolve(name));
    }

    @Override
    public String toString() {
        return "CheckpointsModelSaver(" + directory + ")";
    }
}
