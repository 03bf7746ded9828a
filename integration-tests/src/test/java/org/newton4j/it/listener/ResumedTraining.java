/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.training.Checkpoints;
import org.newton4j.optimizers.training.CurvatureListener;

/**
 * The second process of {@link TwoProcessesIT}: restores what the first one saved, trains on and saves again.
 */
final class ResumedTraining {

    /** The pause falls between two estimates and two refreshes of every optimizer. */
    static final int HALF = 7;

    private ResumedTraining() {}

    /** One optimizer of each kind that keeps state, by name. */
    static Map<String, IUpdater> optimizers() {
        Map<String, IUpdater> all = new LinkedHashMap<>();
        all.put(
                "AdaHessian",
                AdaHessian.builder().learningRate(0.05).updateInterval(2).build());
        for (Sophia.Estimator estimator : Sophia.Estimator.values()) {
            all.put(
                    "Sophia" + estimator,
                    Sophia.builder()
                            .learningRate(0.01)
                            .updateInterval(3)
                            .estimator(estimator)
                            .build());
        }
        all.put(
                "Mfac",
                Mfac.builder()
                        .base(new Nesterovs(0.01, 0.9))
                        .gradients(4)
                        .damping(0.1)
                        .build());
        all.put(
                "Mkor",
                Mkor.builder()
                        .base(new Nesterovs(0.01, 0.9))
                        .updateInterval(2)
                        .warmup(3)
                        .build());
        all.put(
                "Kfac",
                Kfac.builder()
                        .base(new Nesterovs(0.01, 0.9))
                        .factorInterval(2)
                        .inverseInterval(4)
                        .build());
        all.put(
                "KfacDelayed",
                Kfac.builder()
                        .base(new Nesterovs(0.01, 0.9))
                        .factorInterval(2)
                        .inverseInterval(4)
                        // An inversion is under way at the pause.
                        .inverseDelay(3)
                        .build());
        return all;
    }

    /** A network with dropout, which draws from the random stream at every step. */
    static MultiLayerNetwork network(IUpdater updater) {
        MultiLayerNetwork net = SmallNetworks.mlp(updater, DataType.FLOAT, b -> b.dropOut(new Dropout(0.7)));
        net.setListeners(new CurvatureListener());
        return net;
    }

    static void train(MultiLayerNetwork net, int from, int to) {
        for (int step = from; step < to; step++) {
            net.fit(SmallNetworks.data(step, DataType.FLOAT));
        }
    }

    /** The file of one moment. */
    static Path file(Path folder, String optimizer, String moment) {
        return folder.resolve(optimizer + "-" + moment + ".zip");
    }

    /**
     * Trains the second half of every optimizer.
     *
     * @param arguments the folder of the files
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        for (String name : optimizers().keySet()) {
            MultiLayerNetwork net = Checkpoints.restoreMultiLayerNetwork(file(folder, name, "half"));
            net.setListeners(new CurvatureListener());
            train(net, HALF, 2 * HALF);
            Checkpoints.save(net, file(folder, name, "end"));
        }
    }
}
