/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/** The loss function of a layer's configuration, for which Deeplearning4j has five unrelated accessors. */
public final class Losses {

    private Losses() {}

    /**
     * Reads the loss.
     *
     * @param layer any layer; Not modified
     * @return its loss, null if it has none
     */
    public static @Nullable ILossFunction of(Layer layer) {
        if (layer instanceof BaseOutputLayer output) {
            return output.getLossFn();
        }
        if (layer instanceof LossLayer output) {
            return output.getLossFn();
        }
        if (layer instanceof RnnLossLayer output) {
            return output.getLossFn();
        }
        if (layer instanceof CnnLossLayer output) {
            return output.getLossFn();
        }
        return layer instanceof Cnn3DLossLayer output ? output.getLossFn() : null;
    }

    /**
     * Replaces the loss.
     *
     * @param layer a layer that has one; Modified
     * @param loss the new one
     * @throws IllegalArgumentException if the layer has no loss
     */
    public static void replace(Layer layer, ILossFunction loss) {
        if (layer instanceof BaseOutputLayer output) {
            output.setLossFn(loss);
        } else if (layer instanceof LossLayer output) {
            output.setLossFn(loss);
        } else if (layer instanceof RnnLossLayer output) {
            output.setLossFn(loss);
        } else if (layer instanceof CnnLossLayer output) {
            output.setLossFn(loss);
        } else if (layer instanceof Cnn3DLossLayer output) {
            output.setLossFn(loss);
        } else {
            throw new IllegalArgumentException("a " + layer.getClass().getSimpleName() + " has no loss function");
        }
    }
}
