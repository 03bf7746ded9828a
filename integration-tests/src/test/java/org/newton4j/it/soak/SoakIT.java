/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
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
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * 10,000 steps of every optimizer that keeps more than Deeplearning4j does: heap and native memory stay flat.
 *
 * <p>Run it with {@code -Dnewton4j.soak=true}; it takes minutes. Not part of every build: in one of two runs the JVM ended in
 * ND4J's native code, in the forward pass of the network itself ({@code sd::DataBuffer::primary}), for a reason not known yet.
 */
@EnabledIfSystemProperty(named = "newton4j.soak", matches = "true")
class SoakIT {

    private static final int WARM_UP = 1_000;
    private static final int STEPS = 10_000;

    /** One array leaked per step leaves more than this of the objects that hold it on the heap. */
    private static final long HEAP_TOLERANCE = 2L << 20;

    /** Resident memory also moves with the allocator's habits. */
    private static final long RESIDENT_TOLERANCE = 96L << 20;

    private static final int COLLECTIONS = 50;

    static Stream<IUpdater> updaters() {
        return Stream.of(
                AdaHessian.builder().learningRate(0.01).build(),
                Mfac.builder()
                        .base(new Nesterovs(1e-3, 0.9))
                        .gradients(16)
                        .damping(0.1)
                        .build(),
                Kfac.builder().base(new Nesterovs(1e-3, 0.9)).build(),
                Mkor.builder().base(new Nesterovs(1e-3, 0.9)).build(),
                Sophia.builder().learningRate(1e-4).build());
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void memory_should_stay_flat(IUpdater updater) throws InterruptedException {
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
        long heap = settledHeap(0);
        long resident = Pointer.physicalBytes();
        train(net, batch, STEPS - WARM_UP);

        assertThat(settledHeap(heap + HEAP_TOLERANCE) - heap)
                .as("growth of the heap in bytes")
                .isLessThan(HEAP_TOLERANCE);
        assertThat(Pointer.physicalBytes() - resident)
                .as("growth of resident memory in bytes")
                .isLessThan(RESIDENT_TOLERANCE);
        assertThat(net.params().isNaN().any()).isFalse();
    }

    private static void train(MultiLayerNetwork net, DataSet batch, int steps) {
        for (int step = 0; step < steps; step++) {
            net.fit(batch);
        }
    }

    /**
     * The least heap used after one of several collections: ND4J lets go of native memory, and of what holds it, in a
     * thread of its own that may lag behind.
     */
    private static long settledHeap(long enough) throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS && least > enough; i++) {
            System.gc();
            Thread.sleep(100);
            least = Math.min(
                    least,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }
}
