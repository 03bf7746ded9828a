/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;

/** Steps an updater over invented gradients outside of any network, as Deeplearning4j's updater block does. */
final class Trial {

    /** Parameters of a block; no multiple of a vector length. */
    static final int N = 23;

    private final UpdaterContract contract;
    private final DataType type;

    Trial(UpdaterContract contract, DataType type) {
        this.contract = contract;
        this.type = type;
    }

    /** Reproducible, irregular, without zeros; the values of two iterations are unrelated. */
    static double[] sample(int iteration, int length) {
        double[] result = new double[length];
        for (int i = 0; i < length; i++) {
            result[i] = Math.sin(1 + 12.9898 * i + 78.233 * iteration) * (1 + i % 3);
        }
        return result;
    }

    INDArray vector(double... values) {
        return Nd4j.createFromArray(values).castTo(type);
    }

    /** A state view of a block of n parameters, full of a value; null where Deeplearning4j gives null. */
    @Nullable
    INDArray view(IUpdater updater, int n, double value) {
        long size = updater.stateSize(n);
        return size == 0 ? null : Nd4j.valueArrayOf(new long[] {size}, value, type);
    }

    /** An updater on a view of its own. */
    GradientUpdater<?> start(IUpdater updater, int n) {
        return updater.instantiate(view(updater, n, 7), true);
    }

    double[] step(GradientUpdater<?> updater, int iteration, int epoch, double[] gradient, double[] curvature) {
        INDArray g = vector(gradient);
        contract.beforeStep(updater, g, vector(curvature), iteration);
        updater.applyUpdater(g, iteration, epoch);
        if (g.dataType() != type) {
            throw new AssertionError("the gradient became " + g.dataType());
        }
        return values(g);
    }

    double[] step(GradientUpdater<?> updater, int iteration, double[] gradient) {
        return step(updater, iteration, 0, gradient, sample(iteration + 1000, gradient.length));
    }

    /** Updates of iterations from (included) to to (excluded). */
    List<double[]> run(GradientUpdater<?> updater, int from, int to, int n) {
        List<double[]> updates = new ArrayList<>();
        for (int iteration = from; iteration < to; iteration++) {
            updates.add(step(updater, iteration, sample(iteration, n)));
        }
        return updates;
    }

    /** Six updates of a new updater. */
    List<double[]> trace(IUpdater updater) {
        return run(start(updater, N), 0, 6, N);
    }

    static double[] values(INDArray array) {
        return array.dup('c').reshape(array.length()).castTo(DataType.DOUBLE).toDoubleVector();
    }

    static double[] part(double[] values, int from, int to) {
        return java.util.Arrays.copyOfRange(values, from, to);
    }

    static INDArray slice(INDArray vector, long from, long to) {
        return vector.get(NDArrayIndex.interval(from, to));
    }
}
