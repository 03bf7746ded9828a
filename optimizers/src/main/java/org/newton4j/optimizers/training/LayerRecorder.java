/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

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
    private RealRows real = RealRows.ALL;
    private int batchSize;
    private @Nullable LayerStatistics latest;

    /**
     * Makes a recorder.
     *
     * @param geometry of the layer
     * @param layer of the shadow
     */
    LayerRecorder(KroneckerLayer geometry, Layer layer) {
        this.geometry = geometry;
        this.layer = layer;
    }

    KroneckerLayer geometry() {
        return geometry;
    }

    /**
     * Prepares for a backward pass.
     *
     * @param rows which are not masked
     * @param examples of the mini-batch, which a dense layer on time series does not know
     */
    void expect(RealRows rows, long examples) {
        real = rows;
        batchSize = Math.toIntExact(examples);
    }

    /** Called while the layer's input is alive. */
    void record(INDArray delta) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            org.deeplearning4j.nn.conf.layers.Layer configuration = layer.conf().getLayer();
            if (configuration instanceof Convolution1DLayer convolution) {
                keep(
                        Patches.of(convolution, layer.input(), delta.size(2)),
                        delta.permute(0, 2, 1).dup('c').reshape('c', delta.size(0) * delta.size(2), delta.size(1)),
                        (int) delta.size(0),
                        (int) delta.size(2),
                        1);
            } else if (configuration instanceof ConvolutionLayer convolution) {
                keep(
                        Patches.of(convolution, layer.input(), delta.size(2), delta.size(3)),
                        delta.permute(0, 2, 3, 1)
                                .dup('c')
                                .reshape('c', delta.size(0) * delta.size(2) * delta.size(3), delta.size(1)),
                        (int) delta.size(0),
                        (int) delta.size(2),
                        (int) delta.size(3));
            } else {
                INDArray own = delta.dup('c');
                INDArray mask = layer.getMaskArray();
                // A dense layer masks its delta after the activation; an output layer's loss has done so already.
                if (mask != null && configuration instanceof DenseLayer) {
                    own.muliColumnVector(mask.castTo(own.dataType()));
                }
                int examples = examples(own.size(0), batchSize);
                int positions = (int) (own.size(0) / examples);
                keep(byExample(layer.input(), examples), byExample(own, examples), examples, positions, 1);
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

    /** Examples of a dense layer, which are its rows where a vertex has changed the first axis. */
    static int examples(long rows, int batchSize) {
        return rows % batchSize == 0 ? batchSize : (int) rows;
    }

    /** Rows of dense layers on time series are time-major in Deeplearning4j. */
    static INDArray byExample(INDArray rows, long examples) {
        long positions = rows.size(0) / examples;
        return positions == 1
                ? rows
                : rows.dup('c')
                        .reshape('c', positions, examples, rows.size(1))
                        .permute(1, 0, 2)
                        .dup('c')
                        .reshape('c', rows.size(0), rows.size(1));
    }

    private void keep(INDArray rows, INDArray delta, int batch, int height, int width) {
        RowChoice choice = RowChoice.of(real.of(layer, batch, height, width), batch, height * width);
        if (choice.rows() == 0) {
            INDArray none = Nd4j.empty(delta.dataType());
            latest = new LayerStatistics(geometry, none, none, choice.counts());
            return;
        }
        INDArray chosen = choice.from(rows);
        INDArray inputs = Nd4j.createUninitialized(delta.dataType(), chosen.size(0), geometry.inputs());
        if (geometry.hasBias()) {
            inputs.get(NDArrayIndex.all(), NDArrayIndex.interval(0, geometry.inputs() - 1))
                    .assign(chosen);
            inputs.getColumn(geometry.inputs() - 1).assign(1);
        } else {
            inputs.assign(chosen);
        }
        latest = new LayerStatistics(geometry, inputs, choice.from(delta), choice.counts());
    }
}
