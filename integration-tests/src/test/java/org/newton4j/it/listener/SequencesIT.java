/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;

/** Recurrent networks, masks and truncated backpropagation. */
class SequencesIT {

    private static final double BETA2 = 0.999;
    private static final int STEPS = 6;

    @Test
    void should_train_an_lstm_in_both_precisions() {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            MultiLayerNetwork net = SmallNetworks.lstm(unbounded(0.05), type, 0);
            net.setListeners(new CurvatureListener());
            DataSet batch = SmallNetworks.sequences(1, type, STEPS);
            double before = net.score(batch);
            for (int i = 0; i < 30; i++) {
                net.fit(batch);
            }
            assertThat(net.score(batch)).as("%s", type).isLessThan(0.9 * before);
        }
    }

    /** What lies behind the mask must not reach the curvature, and masking everything off changes nothing else. */
    @Test
    void should_honour_feature_and_label_masks() {
        DataSet masked = withMasks(SmallNetworks.sequences(2, DataType.DOUBLE, STEPS), 4);
        DataSet noisy = masked.copy();
        noisy.getFeatures()
                .get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(4, STEPS))
                .assign(17);
        DataSet shorter = new DataSet(head(masked.getFeatures(), 4), head(masked.getLabels(), 4));
        double[] expected = curvature(shorter);
        assertThat(curvature(noisy)).hasSameSizeAs(expected).isEqualTo(curvature(masked));
        double[] d = curvature(masked);
        for (int i = 0; i < d.length; i++) {
            assertThat(d[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-7 + 1e-4 * expected[i]));
        }
        assertThat(d).isNotEqualTo(curvature(SmallNetworks.sequences(2, DataType.DOUBLE, STEPS)));
    }

    @Test
    void should_honour_masks_in_a_graph() {
        DataSet masked = withMasks(SmallNetworks.sequences(3, DataType.DOUBLE, STEPS), 4);
        double[] expected = curvature(masked);
        ComputationGraph graph =
                SmallNetworks.lstm(unbounded(0.05), DataType.DOUBLE, 0).toComputationGraph();
        graph.setListeners(new CurvatureListener());
        graph.fit(masked);
        double[] d = States.firstCurvature(graph, BETA2);
        for (int i = 0; i < d.length; i++) {
            assertThat(d[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-7 + 1e-4 * expected[i]));
        }
    }

    @Test
    void should_estimate_once_per_segment_of_truncated_backpropagation_and_keep_the_recurrent_state() {
        DataSet batch = SmallNetworks.sequences(4, DataType.DOUBLE, STEPS);
        MultiLayerNetwork net = SmallNetworks.lstm(new AdaHessian(0.01), DataType.DOUBLE, 2);
        CurvatureListener listener = new CurvatureListener();
        net.setListeners(listener);
        net.fit(batch);
        assertThat(net.getIterationCount()).isEqualTo(3);
        assertThat(listener.gradientEvaluations()).isGreaterThanOrEqualTo(3);
        assertThat(States.params(net)).doesNotContain(Double.NaN);

        MultiLayerNetwork plain = SmallNetworks.lstm(new Adam(0.01), DataType.DOUBLE, 2);
        MultiLayerNetwork watched = SmallNetworks.lstm(new Adam(0.01), DataType.DOUBLE, 2);
        watched.setListeners(new CurvatureListener());
        plain.fit(batch);
        watched.fit(batch);
        assertThat(States.params(watched)).isEqualTo(States.params(plain));
    }

    private static double[] curvature(DataSet batch) {
        MultiLayerNetwork net = SmallNetworks.lstm(unbounded(0.05), DataType.DOUBLE, 0);
        net.setListeners(new CurvatureListener());
        net.fit(batch);
        return States.firstCurvature(net, BETA2);
    }

    private static DataSet withMasks(DataSet data, int length) {
        INDArray mask = Nd4j.zeros(DataType.DOUBLE, data.getFeatures().size(0), STEPS);
        mask.get(NDArrayIndex.all(), NDArrayIndex.interval(0, length)).assign(1);
        return new DataSet(data.getFeatures(), data.getLabels(), mask, mask.dup());
    }

    private static INDArray head(INDArray sequences, int length) {
        return sequences
                .get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(0, length))
                .dup();
    }

    /** The paper's step, which learns fast on these networks. */
    private static AdaHessian unbounded(double learningRate) {
        return AdaHessian.builder().learningRate(learningRate).updateClip(0).build();
    }
}
