/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Files of format 1, written after five steps by the version before format 2: they load, and training goes on. */
class OldCheckpointsTest {

    @TempDir
    Path folder;

    private static Path file(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(OldCheckpointsTest.class.getResource("/checkpoints-v1/" + name + ".zip"))
                .toURI());
    }

    @ParameterizedTest
    @CsvSource({
        "mfac, -3.6428184770047665, 616, 3",
        "mkor, -3.6398205826990306, 460, 3",
        "mkor-history, 0.5958557947451482, 6040, 200",
        "mkor-full, -3.6222110495436937, 460, 3",
        "kfac, -3.5806790983770043, 840, 3",
        "kfac-eigen, -3.556958334054798, 1580, 3"
    })
    void a_network_should_load_with_its_state(String name, double sum, long bytes, int inputs)
            throws IOException, URISyntaxException {
        MultiLayerNetwork net = Checkpoints.restoreMultiLayerNetwork(file(name));
        check(net, sum, bytes);
        Path again = folder.resolve("again.zip");
        Checkpoints.save(net, again);
        MultiLayerNetwork resaved = Checkpoints.restoreMultiLayerNetwork(again);
        check(resaved, sum, bytes);

        INDArray features = Nd4j.ones(DataType.FLOAT, 4, inputs);
        INDArray labels = Nd4j.create(new float[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}});
        for (MultiLayerNetwork network : new MultiLayerNetwork[] {net, resaved}) {
            network.setListeners(new CurvatureListener());
            network.fit(features, labels);
        }
        assertThat(net.params()).isEqualTo(resaved.params());
        assertThat(net.params().sumNumber().doubleValue()).isFinite().isNotEqualTo(sum);
    }

    @Test
    void a_graph_should_load() throws IOException, URISyntaxException {
        ComputationGraph graph = Checkpoints.restoreComputationGraph(file("graph"));
        check(graph, -3.682125532417558, 840);
    }

    private static void check(Model net, double sum, long bytes) {
        assertThat(net.params().castTo(DataType.DOUBLE).sumNumber().doubleValue())
                .isCloseTo(sum, within(1e-12));
        // A count or a flag more or less is no loss.
        assertThat(CurvatureListener.stateBytes(net)).isBetween(bytes - 32, bytes + 64);
        assertThat(Networks.iteration(net)).isEqualTo(5);
    }
}
