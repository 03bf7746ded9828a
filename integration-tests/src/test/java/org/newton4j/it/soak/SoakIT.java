/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.training.CurvatureListener;

/** 10,000 steps of every optimizer that keeps more than Deeplearning4j does: heap and native memory stay flat. */
class SoakIT {

    private static final int WARM_UP = 1_000;
    private static final int STEPS = 10_000;

    /** A leak of one array of the size of the gradient per step would be 9,000 times 2 kB. */
    private static final long TOLERANCE = 2L << 20;

    static Stream<IUpdater> updaters() {
        return Stream.of(
                AdaHessian.builder().learningRate(0.01).build(),
                Mfac.builder()
                        .base(new Nesterovs(1e-3, 0.9))
                        .gradients(16)
                        .damping(0.1)
                        .build(),
                Kfac.builder().base(new Nesterovs(1e-3, 0.9)).build());
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void memory_should_stay_flat(IUpdater updater) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .dataType(DataType.FLOAT)
                .updater(updater)
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(16)
                        .nOut(24)
                        .activation(Activation.RELU)
                        .build())
                .layer(new OutputLayer.Builder()
                        .nIn(24)
                        .nOut(4)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        INDArray features = Nd4j.linspace(-1, 1, 8 * 16, DataType.FLOAT).reshape(8, 16);
        INDArray labels = Nd4j.eye(4).castTo(DataType.FLOAT);
        DataSet batch = new DataSet(features, Nd4j.vstack(labels, labels));

        train(net, batch, WARM_UP);
        long heap = heap();
        long nativeBytes = Pointer.totalBytes();
        train(net, batch, STEPS - WARM_UP);

        assertThat(heap() - heap).as("growth of the heap in bytes").isLessThan(TOLERANCE);
        assertThat(Pointer.totalBytes() - nativeBytes)
                .as("growth of native memory in bytes")
                .isLessThan(TOLERANCE);
        assertThat(net.params().isNaN().any()).isFalse();
    }

    private static void train(MultiLayerNetwork net, DataSet batch, int steps) {
        for (int step = 0; step < steps; step++) {
            net.fit(batch);
        }
    }

    /** Used heap after collections, which also let go of native memory. */
    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
