/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.Sophia;
import org.newton4j.optimizers.update.FusedUpdater;

/** What a training run left behind, as plain numbers. */
final class States {

    /** Marks parameters whose updater holds no curvature. */
    static final double NONE = Double.NaN;

    private States() {}

    static double[] params(Model model) {
        return FixtureNetwork.toArray(model.params());
    }

    static BaseMultiLayerUpdater<?> updater(Model model) {
        return model instanceof MultiLayerNetwork net
                ? (BaseMultiLayerUpdater<?>) net.getUpdater()
                : ((ComputationGraph) model).getUpdater();
    }

    /**
     * |D| of the first estimate, flat: AdaHessian's second moment is (1 - beta2) D² after one step. {@link #NONE} where
     * another updater is at work.
     */
    static double[] firstCurvature(Model model, double beta2) {
        double[] flat = new double[Math.toIntExact(model.numParams())];
        Arrays.fill(flat, NONE);
        for (UpdaterBlock block : updater(model).getUpdaterBlocks()) {
            if (block.getGradientUpdater() instanceof FusedUpdater updater
                    && updater.curvatureRequest().isPresent()) {
                double[] values = FixtureNetwork.toArray(updater.getState().get("V"));
                for (int i = 0; i < values.length; i++) {
                    flat[block.getParamOffsetStart() + i] = Math.sqrt(values[i] / (1 - beta2));
                }
            }
        }
        return flat;
    }

    /** A slot of every {@link FusedUpdater}, flat; {@link #NONE} where another updater is at work. */
    static double[] slot(Model model, String slot) {
        double[] flat = new double[Math.toIntExact(model.numParams())];
        Arrays.fill(flat, NONE);
        for (UpdaterBlock block : updater(model).getUpdaterBlocks()) {
            if (block.getGradientUpdater() instanceof FusedUpdater updater
                    && updater.getState().containsKey(slot)) {
                double[] values = FixtureNetwork.toArray(updater.getState().get(slot));
                System.arraycopy(values, 0, flat, block.getParamOffsetStart(), values.length);
            }
        }
        return flat;
    }

    /** Sophia with an estimate at every other step. */
    static Sophia sophia(Sophia.Estimator estimator) {
        return Sophia.builder()
                .learningRate(0.01)
                .updateInterval(2)
                .estimator(estimator)
                .build();
    }

    /** The state of ND4J's generator, both halves. */
    static List<Long> randomStream() {
        Random random = Nd4j.getRandom();
        return new ArrayList<>(List.of(random.rootState(), random.nodeState()));
    }
}
