/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.update.FusedUpdater;
import org.newton4j.optimizers.update.OptimizerConfig;

/** Steps an optimizer over given gradients and curvatures, in the order of calls the listener keeps. */
public final class Steps {

    private Steps() {}

    /** One of each, with short names that differ from the defaults in every hyper-parameter. */
    public static Stream<OptimizerConfig> optimizers() {
        return Stream.of(
                Lion.builder().learningRate(0.01).beta1(0.8).beta2(0.9).build(),
                DiffGrad.builder()
                        .learningRate(0.01)
                        .beta1(0.8)
                        .beta2(0.9)
                        .epsilon(1e-3)
                        .build(),
                AdaHessian.builder()
                        .learningRate(0.01)
                        .beta1(0.8)
                        .beta2(0.9)
                        .epsilon(1e-3)
                        .hessianPower(0.9)
                        .updateInterval(2)
                        .spatialAveraging(false)
                        .updateClip(0.75)
                        .build(),
                Sophia.builder()
                        .learningRate(0.01)
                        .beta1(0.8)
                        .beta2(0.9)
                        .rho(0.5)
                        .updateInterval(2)
                        .estimator(Sophia.Estimator.H)
                        .batchFactor(3)
                        .build());
    }

    public static FusedUpdater updater(OptimizerConfig config, int parameters) {
        return config.instantiate(Nd4j.createUninitialized(DataType.DOUBLE, config.stateSize(parameters)), true);
    }

    public static INDArray vector(double... values) {
        return Nd4j.createFromArray(values);
    }

    /** Reproducible, irregular, without zeros; the values of two iterations are unrelated. */
    public static double[] sample(int iteration, int length) {
        double[] result = new double[length];
        for (int i = 0; i < length; i++) {
            result[i] = Math.sin(1 + 12.9898 * i + 78.233 * iteration) * (1 + i % 3);
        }
        return result;
    }

    public static double[] step(FusedUpdater updater, int iteration, double[] gradient, double[] curvature) {
        if (updater.wantsCurvature(iteration)) {
            updater.acceptCurvature(vector(curvature), iteration);
        }
        INDArray g = vector(gradient);
        updater.applyUpdater(g, iteration, 0);
        return g.toDoubleVector();
    }

    /** Updates of iterations from (included) to to (excluded). */
    public static List<double[]> run(FusedUpdater updater, int from, int to, int length) {
        return Stream.iterate(from, i -> i < to, i -> i + 1)
                .map(i -> step(updater, i, sample(i, length), sample(i + 1000, length)))
                .toList();
    }
}
