/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Inputs and deltas of every layer with a weight matrix, example by example, for K-FAC and its relatives.
 *
 * <p>Covered are DenseLayer, OutputLayer, RnnOutputLayer, ConvolutionLayer (2-D) and Convolution1DLayer (channels first).
 * Other layers with parameters are listed by {@link #skipped} with the reason. One capture costs one gradient plus the
 * copies; the deltas are exact, taken inside the backward pass of a shadow network in the network's precision (FLOAT for
 * HALF). Masked examples, time steps and pixels have no rows. With batch normalisation in training mode examples influence each other through the batch statistics, so the
 * deltas are those of the whole batch's loss, as in every K-FAC implementation. Truncated backpropagation is ignored. The
 * network itself, its listeners and the global random stream do not notice. Not safe for use from several threads.
 */
public final class KroneckerStatistics {

    /** Null inside a listener: what training keeps must not hold the network. */
    private final @Nullable Model network;

    private final LossShadow shadow;
    private final List<LayerRecorder> recorders = new ArrayList<>();
    /** By identity: equality of layers changes with their state. */
    private final IdentityHashMap<Layer, LayerRecorder> outputRecorders = new IdentityHashMap<>();

    private final Map<String, String> skipped;

    /**
     * Prepares captures of some layers; {@link #load} comes next.
     *
     * @param model initialised; Not modified, not kept
     * @param wanted which of the covered layers
     */
    KroneckerStatistics(Model model, Predicate<KroneckerLayer> wanted) {
        this(model, wanted, null);
    }

    private KroneckerStatistics(Model model, Predicate<KroneckerLayer> wanted, @Nullable Model network) {
        this.network = network;
        DataType type = model.params().dataType();
        shadow = LossShadow.ofAnyOutputs(model, type == DataType.DOUBLE ? type : DataType.FLOAT);
        KroneckerLayers layers = KroneckerLayers.of(shadow.network());
        skipped = layers.skipped();
        layers.covered().stream()
                .filter(covered -> wanted.test(covered.geometry()))
                .forEach(this::attach);
        if (recorders.isEmpty()) {
            throw new IllegalArgumentException("the network has no layer with Kronecker factors; left out: " + skipped);
        }
    }

    /**
     * Prepares captures for a network at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels and optional masks; Not modified, copied
     * @return a new object
     * @throws IllegalArgumentException if the batch has no labels or no layer is covered
     */
    public static KroneckerStatistics of(MultiLayerNetwork network, DataSet batch) {
        return on(network, batch.toMultiDataSet());
    }

    /**
     * Prepares captures for a graph at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels and optional masks; Not modified, copied
     * @return a new object
     * @throws IllegalArgumentException if the batch has no labels or no layer is covered
     */
    public static KroneckerStatistics of(ComputationGraph network, MultiDataSet batch) {
        return on(network, batch);
    }

    private static KroneckerStatistics on(Model network, MultiDataSet batch) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            WrongGradients.warnAbout(network);
            KroneckerStatistics statistics = new KroneckerStatistics(network, layer -> true, network);
            statistics.moveTo(batch);
            return statistics;
        }
    }

    /**
     * Moves to the network's present parameters and to another batch.
     *
     * @param batch features, labels and optional masks; Not modified, copied
     * @throws IllegalArgumentException if the batch has no labels
     */
    public void moveTo(MultiDataSet batch) {
        Vectors.requireLabels(batch);
        Model model = Objects.requireNonNull(network, "inside a listener only load() is used");
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            shadow.load(batch, Networks.iteration(model), Networks.epoch(model));
            shadow.parameters().assign(Networks.parameters(model));
        } finally {
            stream.restore();
        }
    }

    /**
     * Moves to the parameters and the mini-batch the network is training on at this moment, its segment in truncated
     * backpropagation. Dropout draws anew: masks are not those of the network's own pass.
     *
     * @param model the network inside onGradientCalculation; Not modified
     * @param labels of its outputs; Not modified, copied
     */
    void load(Model model, INDArray[] labels) {
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            shadow.load(model, labels);
            shadow.parameters().assign(Networks.parameters(model));
        } finally {
            stream.restore();
        }
    }

    /**
     * The covered layers.
     *
     * @return in the order of the flat vectors
     */
    public List<KroneckerLayer> layers() {
        return recorders.stream().map(LayerRecorder::geometry).toList();
    }

    /**
     * The layers with parameters that are not covered.
     *
     * @return name to reason
     */
    public Map<String, String> skipped() {
        return skipped;
    }

    /**
     * Captures a backward pass from the labels of the batch: the empirical Fisher matrix, as kfac-pytorch has it.
     *
     * @return one entry for each of {@link #layers}, with arrays of their own
     */
    public List<LayerStatistics> empirical() {
        return capture((call, output) -> call.labels());
    }

    /**
     * Captures a backward pass from labels drawn from the network's own output distribution: the Fisher matrix, by one
     * sample (Martens and Grosse 2015, section 5).
     *
     * @param seed of the run, any number
     * @param iteration at or above 0
     * @param probe number of the sample within the iteration, at or above 0
     * @return one entry for each of {@link #layers}, with arrays of their own
     * @throws IllegalArgumentException as {@link GaussNewtonBartlett#estimate(long, long, int, INDArray)}, or if an output
     *     layer is of a kind whose loss cannot be reached
     */
    public List<LayerStatistics> sampled(long seed, long iteration, int probe) {
        shadow.requireTaps();
        List<OutputModel> models =
                shadow.outputs().stream().map(LossShadow.Output::model).toList();
        List<CounterRandom> randoms = new ArrayList<>();
        for (int i = 0; i < models.size(); i++) {
            randoms.add(new CounterRandom(seed, iteration, probe, i));
        }
        return capture((call, i) -> models.get(i).sample(call, randoms.get(i)));
    }

    private List<LayerStatistics> capture(BiFunction<LossCall, Integer, INDArray> labels) {
        RealRows real = shadow.realRows();
        recorders.forEach(recorder -> recorder.expect(real, shadow.examples()));
        for (int i = 0; i < shadow.outputs().size(); i++) {
            int at = i;
            LossShadow.Output output = shadow.outputs().get(i);
            LayerRecorder recorder = outputRecorders.get(output.layer());
            output.tap().answerWith(call -> {
                INDArray delta = call.gradient(labels.apply(call, at));
                if (recorder != null) {
                    recorder.record(delta);
                }
                return delta;
            });
        }
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            shadow.backward();
        } finally {
            stream.restore();
        }
        return recorders.stream().map(LayerRecorder::take).toList();
    }

    private void attach(KroneckerLayers.Covered covered) {
        LayerRecorder recorder = new LayerRecorder(covered.geometry(), covered.layer());
        recorders.add(recorder);
        BaseLayer configuration = (BaseLayer) covered.layer().conf().getLayer();
        if (configuration instanceof BaseOutputLayer) {
            outputRecorders.put(covered.layer(), recorder);
        } else {
            configuration.setActivationFn(new ActivationTap(configuration.getActivationFn(), recorder::record));
        }
    }
}
