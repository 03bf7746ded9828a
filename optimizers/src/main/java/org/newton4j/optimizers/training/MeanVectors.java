/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.kernel.Kernels;
import org.newton4j.curvature.kernel.Runs;

/**
 * The two mean vectors of one layer, read from the network in training itself: no further gradient, no unfolding.
 *
 * <p>Symbols: rows are pairs of an example and a position (time step, pixel of the output) that are not masked, as in
 * {@link LayerStatistics}.
 *
 * <pre>
 * a = mean over rows of [input of the layer, 1]
 * g = mean over rows of delta = gradient of the bias, summed over the batch, / number of rows
 * </pre>
 *
 * <p>delta is the gradient of the loss of an example, not of the mean. The input is what the weights were multiplied with,
 * after preprocessor and dropout; of an RnnOutputLayer before its dropout, which does not change the expectation. A layer
 * without bias has no such g.
 */
final class MeanVectors {

    private final KroneckerLayer geometry;
    private final INDArray input;
    private final INDArray delta;
    private long rows = -1;
    private @Nullable Place place;

    /** Where the gradient of the bias lies; the flat gradient is the same array at every step, and a view costs. */
    private record Place(INDArray flat, INDArray bias) {}

    /**
     * Makes room.
     *
     * @param geometry of the layer
     * @param type FLOAT or DOUBLE, of the vectors
     */
    MeanVectors(KroneckerLayer geometry, DataType type) {
        this.geometry = geometry;
        input = Nd4j.create(type, geometry.inputs());
        delta = Nd4j.create(type, geometry.outputs());
        if (geometry.hasBias()) {
            input.putScalar(geometry.inputs() - 1L, 1);
        }
    }

    KroneckerLayer geometry() {
        return geometry;
    }

    /**
     * Reads a.
     *
     * @param layer of the network in training, inside onBackwardPass, where its input is alive; Not modified
     * @param real rows of the mini-batch
     * @param examples of the mini-batch, which a dense layer on time series does not know
     */
    void readInput(Layer layer, RealRows real, int examples) {
        INDArray given = layer.input();
        // Sums of HALF would overflow.
        INDArray wide = given.dataType() == DataType.DOUBLE ? given : given.castTo(DataType.FLOAT);
        org.deeplearning4j.nn.conf.layers.Layer configuration = layer.conf().getLayer();
        if (configuration instanceof Convolution1DLayer convolution) {
            take(PatchMean.of(convolution, wide, real, layer));
        } else if (configuration instanceof ConvolutionLayer convolution) {
            take(PatchMean.of(convolution, wide, real, layer));
        } else if (wide.rank() == 3) {
            // As Deeplearning4j reads it: a format that was never set is the one with channels first.
            boolean timeLast = ((RnnOutputLayer) configuration).getRnnDataFormat() != RNNFormat.NWC;
            int steps = (int) wide.size(timeLast ? 2 : 1);
            boolean[][] chosen = real.of(layer, (int) wide.size(0), steps, 1);
            if (chosen == null) {
                INDArray mean = timeLast ? wide.mean(0, 2) : wide.mean(0, 1);
                rows = wide.size(0) * steps;
                input.get(NDArrayIndex.interval(0, mean.length())).assign(mean);
            } else {
                INDArray byExample = (timeLast ? wide.permute(0, 2, 1) : wide).dup('c');
                takeReal(byExample.reshape('c', wide.size(0) * steps, byExample.size(2)), chosen);
            }
        } else {
            int own = LayerRecorder.examples(wide.size(0), examples);
            boolean[][] chosen = real.of(layer, own, (int) (wide.size(0) / own), 1);
            if (chosen == null) {
                rows = wide.size(0);
                Runs.store(Kernels.columnSums(wide), 1.0 / rows, input);
            } else {
                takeReal(LayerRecorder.byExample(wide, own), chosen);
            }
        }
    }

    private void takeReal(INDArray byExample, boolean[][] real) {
        RowChoice choice = RowChoice.of(real, real.length, real[0].length);
        rows = choice.rows();
        if (rows > 0) {
            Runs.store(Kernels.columnSums(choice.from(byExample)), 1.0 / rows, input);
        }
    }

    /** Rows that are not masked in the mini-batch whose inputs were read last; -1 before. */
    long rows() {
        return rows;
    }

    private void take(PatchMean patch) {
        rows = patch.windows();
        Runs.store(patch.values(), 1, input);
    }

    /**
     * The mean input of the last {@link #readInput}.
     *
     * @return a, [K], 1 in the last place with a bias; overwritten by the next call
     */
    INDArray input() {
        return input;
    }

    /**
     * The mean delta of the backward pass whose inputs were read last.
     *
     * @param gradient summed over the batch as in onGradientCalculation, flat; Not modified
     * @return g, [nOut]; overwritten by the next call
     */
    INDArray delta(INDArray gradient) {
        if (!geometry.hasBias()) {
            throw new IllegalStateException("layer '" + geometry.name() + "' has no bias to read the mean delta from");
        }
        if (rows < 0) {
            throw new IllegalStateException("the input of layer '" + geometry.name() + "' was not read; "
                    + "attach the listener with setListeners or addListeners before fit is called");
        }
        INDArray flat = Networks.flat(gradient);
        Place at = place;
        if (at == null || at.flat() != flat) {
            at = new Place(flat, geometry.bias(flat));
            place = at;
        }
        Runs.copy(at.bias(), 0, delta, 0, geometry.outputs(), 1);
        Nd4j.getBlasWrapper().level1().scal(geometry.outputs(), 1.0 / rows, delta);
        return delta;
    }
}
