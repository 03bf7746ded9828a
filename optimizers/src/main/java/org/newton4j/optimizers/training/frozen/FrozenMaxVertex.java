/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Elementwise maximum of several inputs of equal shape, on the winners recorded at θ.
 *
 * <pre>
 * y = Σ_i m_i x_i,   dL/dx_i = m_i dL/dy;   m_i = [i is the first input that is largest at θ]
 * </pre>
 */
final class FrozenMaxVertex extends GraphVertex {

    private static final long serialVersionUID = 1L;

    private final transient Recorder recorder;
    private final ElementWiseVertex original;
    private transient INDArray @Nullable [] masks;

    FrozenMaxVertex(Recorder recorder, ElementWiseVertex original) {
        this.recorder = recorder;
        this.original = original;
    }

    /**
     * Finds and keeps the winners.
     *
     * @param inputs of the vertex at θ; Not modified
     */
    void record(INDArray[] inputs) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray[] found = masks;
            if (found == null || found.length != inputs.length || !found[0].equalShapes(inputs[0])) {
                recorder.noteNewShape();
            }
            INDArray winner = Nd4j.createUninitialized(DataType.INT32, inputs[0].shape(), 'c');
            Nd4j.getExecutioner()
                    .exec(DynamicCustomOp.builder("mergemaxindex")
                            .addInputs(inputs)
                            .addOutputs(winner)
                            .build());
            INDArray[] fresh = new INDArray[inputs.length];
            for (int i = 0; i < fresh.length; i++) {
                fresh[i] = winner.eq(i).castTo(inputs[0].dataType());
            }
            masks = fresh;
        }
    }

    private INDArray[] recorded() {
        INDArray[] found = masks;
        if (found == null) {
            throw new IllegalStateException("nothing was recorded for an element-wise maximum");
        }
        return found;
    }

    @Override
    public FrozenMaxVertex clone() {
        return this;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public long numParams(boolean backprop) {
        return 0;
    }

    @Override
    public int minVertexInputs() {
        return original.minVertexInputs();
    }

    @Override
    public int maxVertexInputs() {
        return original.maxVertexInputs();
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType... vertexInputs) {
        return original.getOutputType(layerIndex, vertexInputs);
    }

    @Override
    public MemoryReport getMemoryReport(InputType... inputTypes) {
        return original.getMemoryReport(inputTypes);
    }

    @Override
    public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
            ComputationGraph graph,
            String name,
            int idx,
            INDArray paramsView,
            boolean initializeParams,
            DataType networkDatatype) {
        return new Running(graph, name, idx, networkDatatype);
    }

    /** The built vertex. */
    @SuppressWarnings("overrides") // Deeplearning4j overrides setInputs(INDArray...) without the dots.
    private final class Running extends org.deeplearning4j.nn.graph.vertex.impl.ElementWiseVertex {

        private static final long serialVersionUID = 1L;

        Running(ComputationGraph graph, String name, int index, DataType type) {
            super(graph, name, index, Op.Max, type);
        }

        @Override
        public INDArray doForward(boolean training, LayerWorkspaceMgr workspaceMgr) {
            INDArray[] in = getInputs();
            for (INDArray other : in) {
                if (!other.equalShapes(in[0])) {
                    throw new IllegalStateException("an element-wise maximum of shapes "
                            + Arrays.toString(in[0].shape()) + " and " + Arrays.toString(other.shape())
                            + " cannot be frozen");
                }
            }
            if (recorder.isRecording()) {
                record(in);
                return super.doForward(training, workspaceMgr);
            }
            INDArray[] open = recorded();
            INDArray y = workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, dataType, in[0].shape(), 'c');
            y.assign(in[0]).muli(open[0]);
            for (int i = 1; i < in.length; i++) {
                y.addi(in[i].mul(open[i]));
            }
            return y;
        }

        @Override
        public Pair<Gradient, INDArray[]> doBackward(boolean tbptt, LayerWorkspaceMgr workspaceMgr) {
            if (recorder.isRecording()) {
                return super.doBackward(tbptt, workspaceMgr);
            }
            INDArray[] open = recorded();
            INDArray[] gradients = new INDArray[open.length];
            for (int i = 0; i < gradients.length; i++) {
                gradients[i] = workspaceMgr
                        .dup(ArrayType.ACTIVATION_GRAD, getEpsilon())
                        .muli(open[i]);
            }
            return new Pair<>(null, gradients);
        }
    }
}
