/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Consumer;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;

/** All ways to call fit give the same training. */
class EntryPointsIT {

    private static final List<DataSet> BATCHES = List.of(
            SmallNetworks.data(1, DataType.FLOAT),
            SmallNetworks.data(2, DataType.FLOAT),
            SmallNetworks.data(3, DataType.FLOAT));

    @Test
    void should_train_a_network_alike_through_data_sets_arrays_and_iterators() {
        double[] expected = network(net -> BATCHES.forEach(net::fit));
        assertThat(network(net -> BATCHES.forEach(b -> net.fit(b.getFeatures(), b.getLabels()))))
                .isEqualTo(expected);
        assertThat(network(net -> net.fit(new ExistingDataSetIterator(BATCHES))))
                .isEqualTo(expected);
        assertThat(network(net -> {})).isNotEqualTo(expected);
    }

    @Test
    void should_train_a_graph_alike_through_data_sets_arrays_and_iterators() {
        double[] expected = graph(net -> BATCHES.forEach(net::fit));
        assertThat(graph(net -> BATCHES.forEach(
                        b -> net.fit(new INDArray[] {b.getFeatures()}, new INDArray[] {b.getLabels()}))))
                .isEqualTo(expected);
        assertThat(graph(net -> net.fit(new ExistingDataSetIterator(BATCHES)))).isEqualTo(expected);
        assertThat(graph(net -> BATCHES.forEach(b -> net.fit(b.toMultiDataSet()))))
                .isEqualTo(expected);
    }

    @Test
    void should_follow_batches_of_changing_size() {
        MultiLayerNetwork net = SmallNetworks.mlp(new AdaHessian(0.05), DataType.FLOAT);
        net.setListeners(new CurvatureListener());
        for (int size : new int[] {8, 3, 1, 8}) {
            net.fit(SmallNetworks.data(size, DataType.FLOAT, size, SmallNetworks.FEATURES));
        }
        assertThat(net.getIterationCount()).isEqualTo(4);
        assertThat(States.params(net)).doesNotContain(Double.NaN);
    }

    private static double[] network(Consumer<MultiLayerNetwork> training) {
        MultiLayerNetwork net = SmallNetworks.mlp(new AdaHessian(0.05), DataType.FLOAT);
        net.setListeners(new CurvatureListener());
        training.accept(net);
        return States.params(net);
    }

    private static double[] graph(Consumer<ComputationGraph> training) {
        ComputationGraph net = SmallNetworks.graph(new AdaHessian(0.05), DataType.FLOAT, b -> b);
        net.setListeners(new CurvatureListener());
        training.accept(net);
        return States.params(net);
    }
}
