/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.training.frozen.Losses;

/**
 * A shadow network with a {@link LossTap} at every output: z can be read after a forward pass, and a backward pass be
 * started from any dL/dz.
 *
 * <p>On a mini-batch of its own truncated backpropagation is switched off: a product with the Jacobian needs one pass over
 * the whole sequence.
 */
final class LossShadow {

    private static final Set<Class<?>> OUTPUTS = Set.of(
            OutputLayer.class,
            RnnOutputLayer.class,
            LossLayer.class,
            RnnLossLayer.class,
            CnnLossLayer.class,
            Cnn3DLossLayer.class);

    private static final Set<Class<?>> SCORED_AS_TRAINED =
            Set.of(OutputLayer.class, RnnOutputLayer.class, LossLayer.class);

    /**
     * One output.
     *
     * @param name of its layer, for messages
     * @param layer of the shadow
     * @param tap in place of its loss
     */
    record Output(String name, Layer layer, LossTap tap) {

        /**
         * The distribution behind loss and activation.
         *
         * @throws IllegalArgumentException if there is none
         */
        OutputModel model() {
            return OutputModel.of(tap.inner(), ((BaseLayer) configuration(layer)).getActivationFn(), name);
        }
    }

    private final ShadowNetwork shadow;
    private final List<Output> outputs = new ArrayList<>();
    private final List<String> untapped = new ArrayList<>();
    private RandomStream stream = RandomStream.here();
    private MultiDataSet batch = new org.nd4j.linalg.dataset.MultiDataSet();
    private long examples;

    private LossShadow(ShadowNetwork shadow) {
        this.shadow = shadow;
        tap(shadow.network());
    }

    /**
     * Builds a twin.
     *
     * @param main the network; Not modified
     * @param type precision of the twin, FLOAT or DOUBLE
     * @throws IllegalArgumentException if an output layer is of a kind whose loss cannot be tapped
     */
    static LossShadow of(Model main, DataType type) {
        LossShadow shadow = ofAnyOutputs(main, type);
        shadow.requireTaps();
        return shadow;
    }

    /**
     * Builds a twin whose outputs may be of any kind; those that cannot be tapped keep their loss, and {@link #forward}
     * is not to be used.
     *
     * @param main the network; Not modified
     * @param type precision of the twin, FLOAT or DOUBLE
     */
    static LossShadow ofAnyOutputs(Model main, DataType type) {
        return new LossShadow(ShadowNetwork.of(main, type));
    }

    /**
     * Refuses outputs without a tap.
     *
     * @throws IllegalArgumentException if there is one
     */
    void requireTaps() {
        if (!untapped.isEmpty()) {
            throw new IllegalArgumentException(untapped.get(0));
        }
    }

    /** The twin, whose layers may be tapped further. */
    Model network() {
        return shadow.network();
    }

    DataType type() {
        return shadow.type();
    }

    /** Those with a tap. */
    List<Output> outputs() {
        return Collections.unmodifiableList(outputs);
    }

    /** Which rows of the loaded mini-batch are real. */
    RealRows realRows() {
        return RealRows.of(shadow.network(), Math.toIntExact(examples));
    }

    /** The twin's own flat parameters, which the caller sets; rank 1. */
    INDArray parameters() {
        return shadow.parameters();
    }

    /** Takes over a mini-batch and the present place of the random stream. */
    void load(MultiDataSet newBatch, int iteration, int epoch) {
        batch = new org.nd4j.linalg.dataset.MultiDataSet(
                shadow.castAll(newBatch.getFeatures()),
                shadow.castAll(newBatch.getLabels()),
                newBatch.getFeaturesMaskArrays() == null ? null : shadow.castAll(newBatch.getFeaturesMaskArrays()),
                newBatch.getLabelsMaskArrays() == null ? null : shadow.castAll(newBatch.getLabelsMaskArrays()));
        examples = batch.getLabels(0).size(0);
        stream = RandomStream.here();
        shadow.setBackpropType(BackpropType.Standard);
        shadow.load(batch, iteration, epoch);
    }

    /**
     * Takes over what {@code main} is training on at this moment, a segment in truncated backpropagation, and the present place of
     * the random stream, for {@link #backward}; {@link #forward} needs a mini-batch of its own.
     *
     * @param main inside its onGradientCalculation; Not modified
     * @param labels one array per output; Not modified, copied
     */
    void load(Model main, INDArray[] labels) {
        examples = Networks.examples(main);
        shadow.setBackpropType(Networks.isTruncatedBackprop(main) ? BackpropType.TruncatedBPTT : BackpropType.Standard);
        shadow.load(main, labels);
    }

    /** Number of examples of the batch, the divisor between sum and mean of the loss. */
    long examples() {
        return examples;
    }

    /**
     * The pre-outputs at {@link #parameters()}, in training mode. Moves the random stream of this thread.
     *
     * @return new arrays [rows, outputs], one per output
     */
    List<INDArray> forward() {
        for (Output output : outputs) {
            // The score of the convolutional loss layers orders its rows in another way than their gradient.
            if (!SCORED_AS_TRAINED.contains(configuration(output.layer()).getClass())) {
                return forwardByGradient();
            }
        }
        stream.restore();
        if (shadow.network() instanceof MultiLayerNetwork net) {
            net.score(
                    new DataSet(
                            batch.getFeatures(0),
                            batch.getLabels(0),
                            batch.getFeaturesMaskArrays() == null ? null : batch.getFeaturesMaskArray(0),
                            batch.getLabelsMaskArrays() == null ? null : batch.getLabelsMaskArray(0)),
                    true);
        } else {
            ((ComputationGraph) shadow.network()).score(batch, true);
        }
        // score() leaves the network without its masks and the inputs of its layers.
        shadow.loadBatch(batch);
        List<INDArray> all = new ArrayList<>();
        for (Output output : outputs) {
            all.add(output.tap().takePreOutput());
        }
        return all;
    }

    private List<INDArray> forwardByGradient() {
        List<INDArray> all = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            int at = i;
            all.add(Nd4j.scalar(0.0));
            outputs.get(i).tap().answerWith(call -> {
                try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                    all.set(at, call.preOutput().dup('c'));
                }
                return call.preOutput().like();
            });
        }
        shadow.gradient();
        return all;
    }

    /**
     * Propagates what the taps answer back to the parameters. Moves the random stream of this thread.
     *
     * @return J'u, rank-1 view, overwritten by the next call
     */
    INDArray backward() {
        return shadow.gradient();
    }

    private void tap(Model network) {
        if (network instanceof MultiLayerNetwork net) {
            tap(net.getOutputLayer(), "" + (net.getnLayers() - 1));
        } else {
            ComputationGraph graph = (ComputationGraph) network;
            for (int i = 0; i < graph.getNumOutputArrays(); i++) {
                tap(
                        graph.getOutputLayer(i),
                        graph.getConfiguration().getNetworkOutputs().get(i));
            }
        }
    }

    private void tap(Layer outer, String position) {
        Layer layer = Networks.unwrap(outer);
        org.deeplearning4j.nn.conf.layers.Layer configuration = configuration(layer);
        if (configuration == null || !OUTPUTS.contains(configuration.getClass())) {
            untapped.add("output '" + position + "' is a "
                    + (configuration == null ? layer : configuration).getClass().getSimpleName()
                    + ", whose loss cannot be split from the network; use one of OutputLayer, RnnOutputLayer, "
                    + "LossLayer, RnnLossLayer, CnnLossLayer, Cnn3DLossLayer; the Hessian of any loss is "
                    + "NetworkHessian");
            return;
        }
        String name = configuration.getLayerName() == null ? position : configuration.getLayerName();
        outputs.add(new Output(name, layer, replaceLoss(configuration)));
    }

    private static org.deeplearning4j.nn.conf.layers.Layer configuration(Layer layer) {
        return layer.conf().getLayer();
    }

    private static LossTap replaceLoss(org.deeplearning4j.nn.conf.layers.Layer configuration) {
        LossTap tap = new LossTap(Objects.requireNonNull(Losses.of(configuration), "loss"));
        Losses.replace(configuration, tap);
        return tap;
    }
}
