/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.curvature.operator.EmpiricalFisher;

/**
 * The empirical Fisher matrix of a network's loss on one mini-batch, as an operator to multiply with.
 *
 * <p>With g_n the gradient of the loss of example n on its own label (the sum over its time steps),
 *
 * <pre>
 * F = (1/N) Σ_n g_n g_n' + λ I
 * </pre>
 *
 * <p>It is built from N gradients of one example each, which costs more than one gradient of N examples because nothing
 * is shared between them, and keeps them: N d numbers of the network's type (FLOAT for HALF). Products then cost no
 * gradient. Entries of frozen layers are zero. Dropout masks are drawn alike for every example. Batch normalisation in
 * training mode is refused: the loss of one example depends on the whole batch, and a batch of one has no variance. This
 * is not the Fisher matrix, whose labels come from the network; that one is {@link NetworkGaussNewton}. Not safe for use
 * from several threads.
 */
public final class NetworkFisher extends NetworkOperator {

    private final INDArray gradients;
    private final EmpiricalFisher fisher;

    private NetworkFisher(INDArray gradients, double damping) {
        this.gradients = gradients;
        this.fisher = new EmpiricalFisher(gradients, damping);
    }

    /**
     * The empirical Fisher matrix of a network at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels and optional masks; Not modified
     * @param damping λ, finite and at least 0
     * @return a new operator, independent of the network from now on
     * @throws IllegalArgumentException if the batch has no labels, the damping is negative or not finite, or the network
     *     normalises batches
     */
    public static NetworkFisher of(MultiLayerNetwork network, DataSet batch, double damping) {
        return new NetworkFisher(gradients(network, batch.toMultiDataSet()), damping);
    }

    /**
     * The empirical Fisher matrix of a graph at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels and optional masks; Not modified
     * @param damping λ, finite and at least 0
     * @return a new operator, independent of the network from now on
     * @throws IllegalArgumentException if the batch has no labels, the damping is negative or not finite, or the network
     *     normalises batches
     */
    public static NetworkFisher of(ComputationGraph network, MultiDataSet batch, double damping) {
        return new NetworkFisher(gradients(network, batch), damping);
    }

    @Override
    public long dimension() {
        return fisher.dimension();
    }

    @Override
    void compute(INDArray x, INDArray y) {
        fisher.multiply(x, y);
    }

    /**
     * The gradients of the single examples, for example for M-FAC.
     *
     * @return [N, d], the live array; Not to be modified
     */
    public INDArray gradients() {
        return gradients;
    }

    private static INDArray gradients(Model model, MultiDataSet batch) {
        Vectors.requireLabels(batch);
        requireIndependentExamples(model);
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            WrongGradients.warnAbout(model);
            ParameterLayout layout = ParameterLayout.of(model);
            DataType type = model.params().dataType() == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
            ShadowNetwork shadow = ShadowNetwork.of(model, type);
            shadow.setBackpropType(BackpropType.Standard);
            shadow.parameters().assign(Networks.parameters(model));
            long examples = batch.getLabels(0).size(0);
            INDArray rows = Nd4j.createUninitialized(type, examples, layout.length());
            for (long n = 0; n < examples; n++) {
                stream.restore();
                shadow.load(example(batch, n), Networks.iteration(model), Networks.epoch(model));
                INDArray row = rows.getRow(n);
                row.assign(shadow.gradient());
                layout.clearUntrainable(row);
            }
            return rows;
        } finally {
            stream.restore();
        }
    }

    private static MultiDataSet example(MultiDataSet batch, long n) {
        return new org.nd4j.linalg.dataset.MultiDataSet(
                one(batch.getFeatures(), n),
                one(batch.getLabels(), n),
                batch.getFeaturesMaskArrays() == null ? null : one(batch.getFeaturesMaskArrays(), n),
                batch.getLabelsMaskArrays() == null ? null : one(batch.getLabelsMaskArrays(), n));
    }

    private static INDArray[] one(INDArray[] arrays, long n) {
        List<@Nullable INDArray> cut = new ArrayList<>();
        for (INDArray array : arrays) {
            cut.add(array == null ? null : example(array, n));
        }
        return cut.toArray(new INDArray[0]);
    }

    private static INDArray example(INDArray array, long n) {
        // With fewer indices than ranks ND4J takes columns for rows.
        INDArrayIndex[] place = new INDArrayIndex[array.rank()];
        Arrays.fill(place, NDArrayIndex.all());
        place[0] = NDArrayIndex.interval(n, n + 1);
        return array.get(place).dup('c');
    }

    private static void requireIndependentExamples(Model model) {
        for (Layer layer : Networks.layers(model)) {
            // A frozen layer runs in inference mode, with its running statistics.
            if (!(layer instanceof FrozenLayer)
                    && Networks.unwrap(layer).conf().getLayer() instanceof BatchNormalization normalisation) {
                throw new IllegalArgumentException(
                        "layer '" + normalisation.getLayerName() + "' normalises batches, so "
                                + "the loss of one example has no gradient of its own; use NetworkGaussNewton, or freeze the "
                                + "layer");
            }
        }
    }
}
