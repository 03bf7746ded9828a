/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.inverse.KroneckerFactors;

/**
 * What one layer saw in one backward pass, example by example.
 *
 * <p>The rows of an example come one after the other, one for each of its positions (pixel in row-major order, time step)
 * that is not masked; an example without any does not count. Without masks row n R + r belongs to position r of example n,
 * R = {@link #positions}. The gradient of the summed loss by the layer's matrix is exactly {@code deltas' inputs}.
 */
public final class LayerStatistics {

    private final KroneckerLayer layer;
    private final INDArray inputs;
    private final INDArray deltas;
    private final int[] rows;

    /**
     * Takes rows over.
     *
     * @param layer which one
     * @param inputs [rows, K]
     * @param deltas [rows, nOut]
     * @param rows of each example, at least 1 each
     */
    LayerStatistics(KroneckerLayer layer, INDArray inputs, INDArray deltas, int[] rows) {
        this.layer = layer;
        this.inputs = inputs;
        this.deltas = deltas;
        this.rows = rows;
    }

    /**
     * Which layer.
     *
     * @return its place and shape
     */
    public KroneckerLayer layer() {
        return layer;
    }

    /**
     * Examples that are not masked.
     *
     * @return N, 0 if all are
     */
    public long examples() {
        return rows.length;
    }

    /**
     * What the weights were multiplied with, after preprocessor and dropout; patches of a convolution in the order
     * channel, row, column, 1-D: position, channel; 1 in the last column with a bias.
     *
     * @return [rows, K], own array; empty if every example is masked
     */
    public INDArray inputs() {
        return inputs;
    }

    /**
     * Gradients of the summed loss by the pre-activations.
     *
     * @return [rows, nOut], own array; empty if every example is masked
     */
    public INDArray deltas() {
        return deltas;
    }

    /**
     * Positions at which the weights are used per example, those that are not masked.
     *
     * @return R, at least 1; the mean if examples have different numbers; NaN if every example is masked
     */
    public double positions() {
        long sum = 0;
        for (int one : rows) {
            sum += one;
        }
        return (double) sum / rows.length;
    }

    /**
     * Rows whose mean outer product is the factor A.
     *
     * @param sharing how positions count
     * @return the very {@link #inputs}, or [N, K]
     */
    public INDArray inputs(WeightSharing sharing) {
        return sharing == WeightSharing.EXPAND || positions() == 1 ? inputs : byExample(inputs, true);
    }

    /**
     * Rows whose mean outer product is the factor G.
     *
     * @param sharing how positions count
     * @return for EXPAND √R times {@link #deltas}, so that the mean over rows is the sum over positions; for REDUCE
     *     [N, nOut]
     */
    public INDArray deltas(WeightSharing sharing) {
        double positions = positions();
        if (positions == 1) {
            return deltas;
        }
        return sharing == WeightSharing.EXPAND ? deltas.mul(Math.sqrt(positions)) : byExample(deltas, false);
    }

    /**
     * Feeds a pair of factors.
     *
     * @param factors of this layer, in the type of the arrays; Modified
     * @param sharing how positions count
     * @param decay share of the past, in [0, 1)
     * @throws IllegalArgumentException as {@link KroneckerFactors#update}, or if every example is masked
     */
    public void update(KroneckerFactors factors, WeightSharing sharing, double decay) {
        if (rows.length == 0) {
            throw new IllegalArgumentException("every example is masked");
        }
        factors.update(inputs(sharing), deltas(sharing), decay);
    }

    /**
     * The largest sum of squares of an example.
     *
     * @param of {@link #inputs} or {@link #deltas}
     */
    double largestExample(INDArray of) {
        double[] norms = of.castTo(DataType.DOUBLE).norm2(1).toDoubleVector();
        double largest = 0;
        int row = 0;
        for (int count : rows) {
            double sum = 0;
            for (int i = 0; i < count; i++, row++) {
                sum += norms[row] * norms[row];
            }
            largest = Math.max(largest, sum);
        }
        return largest;
    }

    private INDArray byExample(INDArray all, boolean mean) {
        boolean even = true;
        for (int one : rows) {
            even &= one == rows[0];
        }
        if (even) {
            INDArray byExample = all.reshape('c', rows.length, rows[0], all.size(1));
            return mean ? byExample.mean(1) : byExample.sum(1);
        }
        INDArray result = Nd4j.createUninitialized(all.dataType(), rows.length, all.size(1));
        long start = 0;
        for (int n = 0; n < rows.length; n++) {
            INDArray own = all.get(NDArrayIndex.interval(start, start + rows[n]), NDArrayIndex.all());
            result.putRow(n, mean ? own.mean(0) : own.sum(0));
            start += rows[n];
        }
        return result;
    }
}
