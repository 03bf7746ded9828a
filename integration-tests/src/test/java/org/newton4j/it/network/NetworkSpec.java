/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.network;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.shade.jackson.databind.JsonNode;

/**
 * The {@code network} object of a golden case turned into Deeplearning4j layers.
 *
 * @param layers layer configurations in order, output layer last
 * @param locations saved parameter name to its layer and Deeplearning4j key, in saved order
 * @param inputType shape of one example
 */
public record NetworkSpec(List<Layer> layers, Map<String, Location> locations, InputType inputType) {

    /**
     * Where a saved parameter lives.
     *
     * @param layer index of the layer
     * @param key Deeplearning4j's name of the parameter inside the layer
     */
    public record Location(int layer, String key) {}

    private static final Map<String, Set<String>> FIELDS = Map.of(
            "dense", Set.of("type", "nIn", "nOut", "activation", "params"),
            "conv", Set.of("type", "nIn", "nOut", "kernel", "stride", "padding", "dilation", "activation", "params"),
            "maxpool", Set.of("type", "kernel", "stride", "padding"),
            "avgpool", Set.of("type", "kernel", "stride", "padding"),
            "flatten", Set.of("type", "order"),
            "activation", Set.of("type", "activation"),
            "batchnorm", Set.of("type", "n", "eps", "mode", "activation", "params"));

    /** Translates a {@code network} object; a field it does not know is an error, not ignored. */
    public static NetworkSpec of(JsonNode network) {
        List<Layer> layers = new ArrayList<>();
        Map<String, Location> locations = new LinkedHashMap<>();
        JsonNode described = network.get("layers");
        int parametrised = 0;
        for (int i = 0; i < described.size(); i++) {
            JsonNode node = described.get(i);
            checkFields(node);
            boolean last = i == described.size() - 1;
            String type = node.get("type").asText();
            if (node.has("params")) {
                locate(node, type, parametrised++, layers.size(), locations);
            }
            if (last) {
                addLast(layers, node, type, loss(network.get("loss").asText()));
            } else {
                add(layers, node, type);
            }
        }
        return new NetworkSpec(List.copyOf(layers), locations, inputType(network.get("input_shape")));
    }

    /**
     * Appends these layers to a configuration.
     *
     * <p>The decay is set layer by layer: Deeplearning4j 1.0.0-M2.1 copies the decay of {@code
     * NeuralNetConfiguration.Builder.weightDecay} into each layer twice (copyConfigToLayer and then
     * LayerValidation.configureBaseLayer, which removes duplicates of L1 and L2 only), so it acts twice.
     *
     * @param builder carries updater and data type
     * @param weightDecay decoupled decay of weights and biases, 0 for none
     */
    public MultiLayerConfiguration configure(NeuralNetConfiguration.Builder builder, double weightDecay) {
        NeuralNetConfiguration.ListBuilder list = builder.list();
        for (Layer layer : layers) {
            Layer copy = layer.clone();
            if (weightDecay != 0 && copy instanceof BaseLayer trainable) {
                trainable.setRegularization(List.of(new WeightDecay(weightDecay, true)));
                trainable.setRegularizationBias(List.of(new WeightDecay(weightDecay, true)));
            }
            list.layer(copy);
        }
        return list.setInputType(inputType).build();
    }

    private static void checkFields(JsonNode node) {
        Set<String> known = FIELDS.get(node.path("type").asText());
        if (known == null) {
            throw new IllegalArgumentException("unknown layer type in " + node);
        }
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw new IllegalArgumentException("unknown field '" + name + "' in layer " + node);
            }
        }
    }

    private static void locate(JsonNode node, String type, int index, int layer, Map<String, Location> locations) {
        for (JsonNode param : node.get("params")) {
            String name = param.asText();
            String key = name.replaceFirst("[0-9]+$", "");
            List<String> expected = type.equals("batchnorm") ? List.of("gamma", "beta") : List.of("W", "b");
            if (!expected.contains(key) || !name.equals(key + index)) {
                throw new IllegalArgumentException("unexpected parameter name '" + name + "' in layer " + node);
            }
            locations.put(name, new Location(layer, key));
        }
    }

    private static void add(List<Layer> layers, JsonNode node, String type) {
        switch (type) {
            case "dense" ->
                layers.add(new DenseLayer.Builder()
                        .nIn(node.get("nIn").asInt())
                        .nOut(node.get("nOut").asInt())
                        .hasBias(node.get("params").size() == 2)
                        .activation(activation(node))
                        .build());
            case "conv" ->
                layers.add(new ConvolutionLayer.Builder(pair(node, "kernel", 1))
                        .nIn(node.get("nIn").asInt())
                        .nOut(node.get("nOut").asInt())
                        .stride(pair(node, "stride", 1))
                        .padding(pair(node, "padding", 0))
                        .dilation(pair(node, "dilation", 1))
                        .convolutionMode(ConvolutionMode.Truncate)
                        .hasBias(node.get("params").size() == 2)
                        .activation(activation(node))
                        .build());
            case "maxpool" -> layers.add(pool(node, SubsamplingLayer.PoolingType.MAX));
            case "avgpool" -> layers.add(pool(node, SubsamplingLayer.PoolingType.AVG));
            case "activation" ->
                layers.add(new ActivationLayer.Builder()
                        .activation(activation(node))
                        .build());
            case "batchnorm" -> {
                layers.add(new BatchNormalization.Builder()
                        .nIn(node.get("n").asInt())
                        .nOut(node.get("n").asInt())
                        .eps(node.get("eps").asDouble())
                        .build());
                // DL4J's batch normalisation ignores its own activation.
                if (node.has("activation")
                        && !"identity".equals(node.get("activation").asText())) {
                    layers.add(new ActivationLayer.Builder()
                            .activation(activation(node))
                            .build());
                }
            }
            // The input type makes DL4J insert its own flattening, C order over (C,H,W), in front of a dense layer.
            case "flatten" -> {}
            default -> throw new IllegalArgumentException("unknown layer type '" + type + "'");
        }
    }

    private static void addLast(List<Layer> layers, JsonNode node, String type, ILossFunction loss) {
        switch (type) {
            case "dense" ->
                layers.add(new OutputLayer.Builder(loss)
                        .nIn(node.get("nIn").asInt())
                        .nOut(node.get("nOut").asInt())
                        .hasBias(node.get("params").size() == 2)
                        .activation(activation(node))
                        .build());
            case "activation" ->
                layers.add(
                        new LossLayer.Builder(loss).activation(activation(node)).build());
            default -> {
                add(layers, node, type);
                layers.add(new LossLayer.Builder(loss)
                        .activation(Activations.named("identity"))
                        .build());
            }
        }
    }

    private static SubsamplingLayer pool(JsonNode node, SubsamplingLayer.PoolingType type) {
        int[] kernel = pair(node, "kernel", 1);
        return new SubsamplingLayer.Builder(type)
                .kernelSize(kernel)
                .stride(node.has("stride") ? pair(node, "stride", 1) : kernel)
                .padding(pair(node, "padding", 0))
                .avgPoolIncludePadInDivisor(true)
                .convolutionMode(ConvolutionMode.Truncate)
                .build();
    }

    private static IActivation activation(JsonNode node) {
        return Activations.named(node.path("activation").asText("identity"));
    }

    private static ILossFunction loss(String name) {
        return switch (name) {
            // No clipping of probabilities: ND4J's default 1e-10 and 1e-5 are not part of the golden numbers.
            case "mcxent" -> new LossMCXENT(0, null);
            case "bxent" -> new LossBinaryXENT(0, null);
            case "squared_sum" -> new LossL2();
            default -> throw new IllegalArgumentException("unknown loss '" + name + "'");
        };
    }

    private static int[] pair(JsonNode node, String name, int otherwise) {
        JsonNode value = node.path(name);
        if (value.isMissingNode()) {
            return new int[] {otherwise, otherwise};
        }
        return value.isInt()
                ? new int[] {value.asInt(), value.asInt()}
                : new int[] {value.get(0).asInt(), value.get(1).asInt()};
    }

    private static InputType inputType(JsonNode shape) {
        return switch (shape.size()) {
            case 1 -> InputType.feedForward(shape.get(0).asLong());
            case 3 ->
                InputType.convolutional(
                        shape.get(1).asLong(),
                        shape.get(2).asLong(),
                        shape.get(0).asLong());
            default -> throw new IllegalArgumentException("unknown input shape " + shape);
        };
    }
}
