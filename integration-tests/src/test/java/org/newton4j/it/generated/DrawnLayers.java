/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.variational.BernoulliReconstructionDistribution;
import org.deeplearning4j.nn.conf.layers.variational.GaussianReconstructionDistribution;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;

/** Draws hidden layers for the present shape. */
final class DrawnLayers {

    private final Draw draw;

    /** Layers of this network were wrapped as frozen. */
    private int frozen;

    DrawnLayers(Draw draw) {
        this.draw = draw;
    }

    /**
     * A hidden layer.
     *
     * @param input shape it gets; Not modified
     */
    Layer next(InputType input) {
        Layer layer = switch (input.getType()) {
            case CNN -> new ImageLayers(draw).next((InputType.InputTypeConvolutional) input);
            case CNN3D -> new VolumeLayers(draw).next((InputType.InputTypeConvolutional3D) input);
            case RNN -> new SequenceLayers(draw).next((InputType.InputTypeRecurrent) input);
            case CNNFlat -> dense();
            case FF -> feedForward((InputType.InputTypeFeedForward) input);
        };
        return maybeFrozen(layer);
    }

    /** Frozen in one of both ways, at times. */
    Layer maybeFrozen(Layer layer) {
        if (draw.chance(0.93) || layer instanceof DropoutLayer) {
            return layer;
        }
        frozen++;
        return draw.chance(0.5) ? new FrozenLayer(layer) : new FrozenLayerWithBackprop(layer);
    }

    int frozen() {
        return frozen;
    }

    private Layer feedForward(InputType.InputTypeFeedForward input) {
        return switch (draw.between(0, 13)) {
            case 0, 1, 2, 3, 4 -> dense();
            case 5 ->
                new ActivationLayer.Builder()
                        .activation(DrawnActivations.any(draw))
                        .build();
            case 6 -> batchNorm(draw);
            // The shape is not inferred by Deeplearning4j 1.0.0-M2.1, although it asks for none.
            case 7 -> new PReLULayer.Builder().inputShape(input.getSize()).build();
            case 8 -> dropout(draw);
            case 9 ->
                new AutoEncoder.Builder()
                        .nOut(draw.between(2, 5))
                        .corruptionLevel(draw.oneOf(0.0, 0.3))
                        .activation(DrawnActivations.bounded(draw))
                        .build();
            case 10 ->
                new VariationalAutoencoder.Builder()
                        .nOut(draw.between(1, 3))
                        .encoderLayerSizes(draw.between(2, 4))
                        .decoderLayerSizes(draw.between(2, 4))
                        .activation(DrawnActivations.bounded(draw))
                        .reconstructionDistribution(draw.oneOf(
                                new GaussianReconstructionDistribution(), new BernoulliReconstructionDistribution()))
                        .build();
            case 11 ->
                new ElementWiseMultiplicationLayer.Builder()
                        .activation(DrawnActivations.any(draw))
                        .build();
            case 12 ->
                new DenseLayer.Builder()
                        .nOut(draw.between(2, 5))
                        .hasLayerNorm(true)
                        .activation(DrawnActivations.any(draw))
                        .build();
            default ->
                new DenseLayer.Builder()
                        .nOut(draw.between(2, 6))
                        .hasBias(false)
                        .activation(DrawnActivations.any(draw))
                        .build();
        };
    }

    private Layer dense() {
        return new DenseLayer.Builder()
                .nOut(draw.between(1, 6))
                .activation(DrawnActivations.any(draw))
                .build();
    }

    static Layer batchNorm(Draw draw) {
        BatchNormalization.Builder builder = new BatchNormalization.Builder()
                .decay(draw.uniform(0.5, 0.99))
                .eps(draw.scale(1e-5, 1e-2))
                .useLogStd(draw.chance(0.5));
        return draw.chance(0.2) ? builder.lockGammaBeta(true).build() : builder.build();
    }

    static Layer dropout(Draw draw) {
        return new DropoutLayer.Builder()
                .dropOut(DrawnSettings.dropout(draw, false))
                .build();
    }
}
