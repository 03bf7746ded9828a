/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.function.LongSupplier;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Copies input and delta of one shadow layer, at the moment of its backward pass, into rows. */
final class LayerRecorder {

    private final KroneckerLayer geometry;
    private final Layer layer;
    private final LongSupplier batchSize;
    private @Nullable LayerStatistics latest;

    /**
     * Makes a recorder.
     *
     * @param geometry of the layer
     * @param layer of the shadow
     * @param batchSize number of examples of the present batch, which a dense layer on time series does not know
     */
    LayerRecorder(KroneckerLayer geometry, Layer layer, LongSupplier batchSize) {
        this.geometry = geometry;
        this.layer = layer;
        this.batchSize = batchSize;
    }

    KroneckerLayer geometry() {
        return geometry;
    }

    /** Called while the layer's input is alive. */
    void record(INDArray delta) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            org.deeplearning4j.nn.conf.layers.Layer configuration = layer.conf().getLayer();
            if (configuration instanceof Convolution1DLayer convolution) {
                keep(
                        Patches.of(convolution, layer.input(), delta.size(2)),
                        delta.permute(0, 2, 1).dup('c').reshape('c', delta.size(0) * delta.size(2), delta.size(1)),
                        delta.size(0));
            } else if (configuration instanceof ConvolutionLayer convolution) {
                keep(
                        Patches.of(convolution, layer.input(), delta.size(2), delta.size(3)),
                        delta.permute(0, 2, 3, 1)
                                .dup('c')
                                .reshape('c', delta.size(0) * delta.size(2) * delta.size(3), delta.size(1)),
                        delta.size(0));
            } else {
                INDArray own = delta.dup('c');
                INDArray mask = layer.getMaskArray();
                // A dense layer masks its delta after the activation; an output layer's loss has done so already.
                if (mask != null && configuration instanceof DenseLayer) {
                    own.muliColumnVector(mask.castTo(own.dataType()));
                }
                dense(layer.input(), own);
            }
        }
    }

    /** What was recorded since the last call. */
    LayerStatistics take() {
        LayerStatistics taken = latest;
        if (taken == null) {
            throw new IllegalStateException("no backward pass has reached layer '" + geometry.name() + "'");
        }
        latest = null;
        return taken;
    }

    /** Rows of dense layers on time series are time-major in Deeplearning4j. */
    private void dense(INDArray input, INDArray delta) {
        long examples = batchSize.getAsLong();
        keep(byExample(input, examples), byExample(delta, examples), examples);
    }

    private static INDArray byExample(INDArray rows, long examples) {
        long positions = rows.size(0) / examples;
        return positions == 1
                ? rows
                : rows.dup('c')
                        .reshape('c', positions, examples, rows.size(1))
                        .permute(1, 0, 2)
                        .dup('c')
                        .reshape('c', rows.size(0), rows.size(1));
    }

    private void keep(INDArray rows, INDArray delta, long examples) {
        INDArray inputs = Nd4j.createUninitialized(delta.dataType(), rows.size(0), geometry.inputs());
        if (geometry.hasBias()) {
            inputs.get(NDArrayIndex.all(), NDArrayIndex.interval(0, geometry.inputs() - 1))
                    .assign(rows);
            inputs.getColumn(geometry.inputs() - 1).assign(1);
        } else {
            inputs.assign(rows);
        }
        latest = new LayerStatistics(geometry, examples, inputs, delta);
    }
}
