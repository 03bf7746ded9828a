/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.AbstractLSTM;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.Pooling1D;
import org.deeplearning4j.nn.conf.layers.Pooling2D;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.newton4j.optimizers.training.frozen.FrozenKinks.Route;
import org.newton4j.optimizers.training.frozen.FrozenKinks.Tap;

/** One walk over a configuration that replaces every part with kinks. */
final class Freezer {

    final Recorder recorder = new Recorder();
    final Map<Object, List<Tap>> forwardTaps = new LinkedHashMap<>();
    final Map<Object, List<Tap>> backwardTaps = new LinkedHashMap<>();

    private final Route route;
    private Place place = new Place("", "", false);
    /** Whether another vertex reads what this one reads: dropout works in place, so each sees the other's. */
    private boolean inputShared;

    private boolean dropoutSeen;
    private @Nullable String needsUnscaledOutput;

    /**
     * Where the walk is.
     *
     * @param key index of the layer or name of the vertex in the main network
     * @param name for messages
     * @param output whether it is an output of the network, whose activation listeners do not see
     */
    private record Place(Object key, String name, boolean output) {}

    /** How a layer sits in the network, which decides what a tap can see of it. */
    private enum Nesting {
        /** Itself, or in a wrapper that shows input and output unchanged. */
        OPEN,
        /** In a wrapper whose output is not the layer's. */
        OUTPUT_HIDDEN,
        /** In a wrapper that shows neither. */
        HIDDEN
    }

    Freezer(Route route) {
        this.route = route;
    }

    void freeze(MultiLayerConfiguration configuration) throws UnknownPartException {
        int last = configuration.getConfs().size() - 1;
        boolean constantSoFar = true;
        for (int i = 0; i <= last; i++) {
            NeuralNetConfiguration conf = configuration.getConf(i);
            place = new Place(i, "layer " + describe(i, conf.getLayer()), i == last);
            requireKnown(configuration.getInputPreProcess(i));
            // Frozen layers at the bottom give the same output at any parameters.
            constantSoFar &= conf.getLayer() instanceof FrozenLayer;
            if (!constantSoFar) {
                conf.setLayer(frozen(conf.getLayer(), Nesting.OPEN));
            }
        }
        requireReadable();
    }

    void freeze(ComputationGraphConfiguration configuration) throws UnknownPartException {
        for (Map.Entry<String, GraphVertex> entry : configuration.getVertices().entrySet()) {
            String name = entry.getKey();
            GraphVertex vertex = entry.getValue();
            place = new Place(
                    name,
                    "vertex '" + name + "'",
                    configuration.getNetworkOutputs().contains(name));
            inputShared = sharesInput(configuration, name);
            if (vertex.getClass() == LayerVertex.class) {
                LayerVertex layerVertex = (LayerVertex) vertex;
                requireKnown(layerVertex.getPreProcessor());
                NeuralNetConfiguration conf = layerVertex.getLayerConf();
                conf.setLayer(frozen(conf.getLayer(), Nesting.OPEN));
            } else if (!KnownParts.isVertex(vertex)) {
                throw unknown(vertex.getClass().getSimpleName());
            } else if (vertex instanceof ElementWiseVertex elementWise
                    && elementWise.getOp() == ElementWiseVertex.Op.Max) {
                FrozenMaxVertex maximum = new FrozenMaxVertex(recorder, elementWise);
                tapForward(source -> {
                    if (source.vertex() == null) {
                        throw new IllegalStateException("an element-wise maximum outside a graph");
                    }
                    maximum.record(source.vertex().getInputs());
                });
                entry.setValue(maximum);
            }
        }
        requireReadable();
    }

    /** Inputs of the network are not written to. */
    private static boolean sharesInput(ComputationGraphConfiguration configuration, String vertex) {
        List<String> inputs = new ArrayList<>(configuration.getVertexInputs().getOrDefault(vertex, List.of()));
        inputs.removeAll(configuration.getNetworkInputs());
        return !inputs.isEmpty()
                && configuration.getVertexInputs().entrySet().stream()
                        .filter(entry -> !entry.getKey().equals(vertex))
                        .anyMatch(entry -> entry.getValue().stream().anyMatch(inputs::contains));
    }

    private Layer frozen(Layer layer, Nesting nesting) throws UnknownPartException {
        Class<?> type = layer.getClass();
        // The inner configuration of a copied wrapper may still be the original's, so it is copied before it is edited.
        if (type == FrozenLayer.class) {
            Layer inner = ((FrozenLayer) layer).getLayer().clone();
            return named(new FrozenLayer(frozen(inner, nesting)), layer);
        }
        if (type == FrozenLayerWithBackprop.class) {
            Layer inner = ((FrozenLayerWithBackprop) layer).getUnderlying().clone();
            return named(new FrozenLayerWithBackprop(frozen(inner, nesting)), layer);
        }
        if (type == LastTimeStep.class || type == MaskZeroLayer.class || type == TimeDistributed.class) {
            BaseWrapperLayer wrapper = (BaseWrapperLayer) layer;
            Layer inner = wrapper.getUnderlying().clone();
            wrapper.setUnderlying(frozen(inner, nesting == Nesting.HIDDEN ? nesting : Nesting.OUTPUT_HIDDEN));
            return wrapper;
        }
        if (type == Bidirectional.class) {
            Bidirectional both = (Bidirectional) layer;
            both.setFwd(frozen(both.getFwd().clone(), Nesting.HIDDEN));
            both.setBwd(frozen(both.getBwd().clone(), Nesting.HIDDEN));
            return both;
        }
        freezeDropout(layer, nesting);
        Layer substitute = substitute(layer, nesting);
        if (substitute != null) {
            return substitute;
        }
        if (!KnownParts.isLayer(layer)) {
            throw unknown(type.getSimpleName());
        }
        freezeActivations(layer, nesting);
        freezeLoss(layer);
        return layer;
    }

    /** The replacement of a layer whose kinks are its own, the layer if it has none, or null for all other layers. */
    private @Nullable Layer substitute(Layer layer, Nesting nesting) throws UnknownPartException {
        Class<?> type = layer.getClass();
        if (type == SubsamplingLayer.class || type == Pooling2D.class) {
            SubsamplingLayer pooling = (SubsamplingLayer) layer;
            if (isSmooth(pooling.getPoolingType(), pooling.getPnorm())) {
                return layer;
            }
            MaxWindows windows = windows();
            tapForward(nesting, source -> FrozenMaxPooling.record(windows, pooling, source.input()));
            return new LayerSubstitute(
                    layer, (conf, dataType) -> new FrozenMaxPooling(recorder, windows, conf, dataType));
        }
        if (type == Subsampling1DLayer.class || type == Pooling1D.class) {
            SubsamplingLayer pooling = (SubsamplingLayer) layer;
            if (isSmooth(pooling.getPoolingType(), pooling.getPnorm())) {
                return layer;
            }
            if (FrozenMaxPooling.isChannelsLast(pooling)) {
                throw unknown("max pooling of channels-last sequences");
            }
            MaxWindows windows = windows();
            tapForward(nesting, source -> FrozenMaxPooling1D.record(windows, pooling, source.input()));
            return new LayerSubstitute(
                    layer, (conf, dataType) -> new FrozenMaxPooling1D(recorder, windows, conf, dataType));
        }
        if (type == Subsampling3DLayer.class) {
            Subsampling3DLayer pooling = (Subsampling3DLayer) layer;
            if (isSmooth(pooling.getPoolingType(), 2)) {
                return layer;
            }
            MaxWindows windows = windows();
            tapForward(nesting, source -> FrozenMaxPooling3D.record(windows, pooling, source.input()));
            return new LayerSubstitute(
                    layer, (conf, dataType) -> new FrozenMaxPooling3D(recorder, windows, conf, dataType));
        }
        if (type == GlobalPoolingLayer.class) {
            GlobalPoolingLayer pooling = (GlobalPoolingLayer) layer;
            if (isSmooth(pooling.getPoolingType(), pooling.getPnorm())) {
                return layer;
            }
            if (!FrozenGlobalMaxPooling.poolsAllPositions(pooling)) {
                throw unknown("global max pooling over some dimensions");
            }
            MaxWindows windows = windows();
            tapForward(nesting, source -> {
                org.deeplearning4j.nn.api.Layer running = source.layer();
                FrozenGlobalMaxPooling.record(
                        windows, pooling, source.input(), running == null ? null : running.getMaskArray());
            });
            return new LayerSubstitute(
                    layer, (conf, dataType) -> new FrozenGlobalMaxPooling(recorder, windows, conf, dataType));
        }
        if (type == PReLULayer.class) {
            Recording recording = new Recording(recorder);
            tapForward(nesting, source -> FrozenPReLU.record(recording, source.input()));
            return new LayerSubstitute(layer, (conf, dataType) -> new FrozenPReLU(recorder, recording, conf, dataType));
        }
        return null;
    }

    private boolean isSmooth(PoolingType pooling, int exponent) throws UnknownPartException {
        if (pooling == PoolingType.PNORM && exponent < 2) {
            throw unknown("pooling with a norm of exponent " + exponent);
        }
        return pooling != PoolingType.MAX;
    }

    private MaxWindows windows() throws UnknownPartException {
        String backend = Nd4j.getExecutioner().getEnvironmentInformation().getProperty("backend");
        if (!"CPU".equals(backend)) {
            throw unknown("max pooling on backend " + backend);
        }
        return new MaxWindows(recorder);
    }

    @SuppressWarnings("deprecation") // GravesBidirectionalLSTM is deprecated, networks with it are not.
    private void freezeActivations(Layer layer, Nesting nesting) throws UnknownPartException {
        if (layer instanceof ActivationLayer activation) {
            activation.setActivationFn(frozen(activation.getActivationFn(), layer, nesting));
        } else if (layer instanceof BaseLayer base && KnownParts.usesActivation(layer)) {
            base.setActivationFn(frozen(base.getActivationFn(), layer, nesting));
        }
        if (layer instanceof AbstractLSTM lstm) {
            lstm.setGateActivationFn(frozen(lstm.getGateActivationFn(), layer, nesting));
        } else if (layer instanceof GravesBidirectionalLSTM lstm) {
            lstm.setGateActivationFn(frozen(lstm.getGateActivationFn(), layer, nesting));
        }
    }

    private IActivation frozen(IActivation activation, Layer layer, Nesting nesting) throws UnknownPartException {
        if (KnownParts.isSmooth(activation)) {
            return activation;
        }
        Kink kink = KnownParts.kink(activation);
        if (kink == null) {
            throw unknownFunction(activation);
        }
        FrozenActivation frozen = new FrozenActivation(recorder, activation, kink, KnownParts.isRecurrent(layer));
        if (route == Route.TAP) {
            boolean visible = nesting == Nesting.OPEN
                    && !place.output
                    && KnownParts.showsActivation(layer)
                    && kink.readableFromOutput();
            if (!visible) {
                throw notTapped(activation.toString());
            }
            if (kink.outputMustBeUnscaled()) {
                needsUnscaledOutput = activation + " in " + place.name;
            }
            tapForward(source -> frozen.recordOutput(source.output()));
        }
        return frozen;
    }

    private void freezeDropout(Layer layer, Nesting nesting) throws UnknownPartException {
        if (layer instanceof BaseLayer base && base.getWeightNoise() != null) {
            requireKnownNoise(base.getWeightNoise());
            if (route == Route.TAP) {
                throw notTapped(base.getWeightNoise().getClass().getSimpleName());
            }
        }
        if (layer.getIDropout() == null) {
            return;
        }
        requireKnownNoise(layer.getIDropout());
        if (route == Route.RECORD) {
            return;
        }
        if (!(layer.getIDropout() instanceof Dropout dropout) || nesting == Nesting.HIDDEN) {
            throw notTapped(layer.getIDropout().getClass().getSimpleName());
        }
        if (inputShared) {
            throw notTapped("dropout of what another vertex reads");
        }
        dropoutSeen = true;
        FrozenDropout frozen = new FrozenDropout(recorder, dropout);
        layer.setIDropout(frozen);
        if (layer instanceof DropoutLayer) {
            tapForward(source -> frozen.recordDropped(source.output(), source.iteration(), source.epoch()));
        } else {
            Tap tap = source -> frozen.recordDropped(source.input(), source.iteration(), source.epoch());
            // An output layer gets its input after the other layers' forward pass.
            (place.output ? backwardTaps : forwardTaps)
                    .computeIfAbsent(place.key, key -> new ArrayList<>())
                    .add(tap);
        }
    }

    private void freezeLoss(Layer layer) throws UnknownPartException {
        ILossFunction loss = Losses.of(layer);
        if (loss == null || KnownParts.isSmooth(loss)) {
            return;
        }
        if (!KnownParts.isPiecewiseLinear(loss)) {
            throw unknownFunction(loss);
        }
        if (route == Route.TAP) {
            throw notTapped(loss.getClass().getSimpleName());
        }
        Losses.replace(layer, new FrozenLoss(recorder, loss));
    }

    private void tapForward(Tap tap) {
        forwardTaps.computeIfAbsent(place.key, key -> new ArrayList<>()).add(tap);
    }

    private void tapForward(Nesting nesting, Tap tap) throws UnknownPartException {
        if (route == Route.TAP && nesting == Nesting.HIDDEN) {
            throw notTapped("a layer inside a wrapper");
        }
        tapForward(tap);
    }

    private void requireKnown(@Nullable InputPreProcessor preProcessor) throws UnknownPartException {
        if (preProcessor != null && !KnownParts.isPreProcessor(preProcessor)) {
            throw unknown(preProcessor.getClass().getSimpleName());
        }
    }

    private void requireKnownNoise(Object noise) throws UnknownPartException {
        if (!KnownParts.isNoise(noise)) {
            throw unknown(noise.getClass().getSimpleName());
        }
    }

    /** Dropout scales activations in place after they were computed; clipped ones cannot be read then. */
    private void requireReadable() throws UnknownPartException {
        if (route == Route.TAP && dropoutSeen && needsUnscaledOutput != null) {
            throw new UnknownPartException(needsUnscaledOutput + " cannot be tapped in a network with dropout");
        }
    }

    private UnknownPartException unknown(String part) {
        return new UnknownPartException(part + " in " + place.name + " is not known to be smooth or freezable");
    }

    private UnknownPartException unknownFunction(Object function) {
        Class<?> type = function.getClass();
        UnknownPartException unknown = unknown(type.getSimpleName());
        return type.getName().startsWith("org.nd4j.")
                ? unknown
                : new UnknownPartException(unknown.getMessage() + "; if it is smooth, annotate its class with @Smooth");
    }

    private UnknownPartException notTapped(String part) {
        return new UnknownPartException(part + " in " + place.name + " cannot be read from the forward pass");
    }

    private static Layer named(Layer replacement, Layer original) {
        replacement.setLayerName(original.getLayerName());
        return replacement;
    }

    private static String describe(int index, Layer layer) {
        return layer.getLayerName() == null ? "" + index : "'" + layer.getLayerName() + "'";
    }
}
