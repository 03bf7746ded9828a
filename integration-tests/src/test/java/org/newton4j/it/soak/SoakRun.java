/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.soak;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
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
 * The process of {@link SoakIT}: trains one small network and prints what is held at the start, in the middle, at the end.
 *
 * <p>It collects the heap itself, between steps, and needs a young generation in which {@value #EVERY} steps' garbage fits.
 * A collection in the middle of a step may end the process, with Deeplearning4j's own updaters too: ND4J 1.0.0-M2.1
 * passes the dimensions of a broadcast (the bias of every dense layer) to native code in a buffer that nobody holds any
 * more ({@code NativeOpExecutioner.exec(BroadcastOp)}), and its deallocator thread then frees what that code reads.
 */
final class SoakRun {

    private static final int EVERY = 250;
    private static final long HEAP_NOISE = 64L << 10;

    private SoakRun() {}

    /**
     * Prints one line for each of three moments: {@code soak OPTIMIZER STEPS HEAP TRACKED ARRAYS WORKSPACES RESIDENT}, and
     * last {@code young COLLECTIONS}.
     *
     * @param arguments optimizer, step of the first measurement, step of the last
     */
    public static void main(String[] arguments) throws InterruptedException, ReflectiveOperationException {
        MultiLayerNetwork net = network(optimizer(arguments[0]));
        INDArray features = Nd4j.linspace(-1, 1, 8 * 16, DataType.FLOAT).reshape(8, 16);
        INDArray labels = Nd4j.eye(4).castTo(DataType.FLOAT);
        DataSet batch = new DataSet(features, Nd4j.vstack(labels, labels));
        int start = Integer.parseInt(arguments[1]);
        int end = Integer.parseInt(arguments[2]);
        long young = young();
        long enough = Long.MAX_VALUE;
        for (int step = 1; step <= end; step++) {
            net.fit(batch);
            if (step % EVERY == 0) {
                System.gc();
            }
            if (step == start || step == (start + end) / 2 || step == end) {
                LiveMemory live = LiveMemory.settled(enough);
                enough = live.heap() + HEAP_NOISE;
                System.out.printf(
                        "soak %s %d %d %d %d %d %d%n",
                        arguments[0],
                        step,
                        live.heap(),
                        live.tracked(),
                        live.arrays(),
                        live.workspaces(),
                        live.resident());
            }
        }
        System.out.println("young " + (young() - young));
        if (net.params().isNaN().any()) {
            throw new IllegalStateException("parameters became NaN");
        }
    }

    private static long young() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .filter(bean -> bean.getName().equals("Copy"))
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    private static IUpdater optimizer(String name) {
        return switch (name) {
            case "AdaHessian" -> AdaHessian.builder().learningRate(0.01).build();
            case "Sophia" -> Sophia.builder().learningRate(1e-4).build();
            case "Mkor" -> Mkor.builder().base(new Nesterovs(1e-3, 0.9)).build();
            case "Kfac" -> Kfac.builder().base(new Nesterovs(1e-3, 0.9)).build();
            case "Mfac" ->
                Mfac.builder()
                        .base(new Nesterovs(1e-3, 0.9))
                        .gradients(16)
                        .damping(0.1)
                        .build();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static MultiLayerNetwork network(IUpdater updater) {
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
        return net;
    }
}
