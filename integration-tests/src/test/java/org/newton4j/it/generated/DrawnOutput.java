/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The last layers in front of one array of labels.
 *
 * @param before a layer in front of a loss layer, null for none
 * @param layer output or loss layer
 * @param loss its loss
 * @param place shape of the labels of one example: null for one row, else that of the output
 */
record DrawnOutput(
        @Nullable Layer before,
        Layer layer,
        DrawnLoss loss,
        @Nullable InputType place) {

    /** An output for this shape of activations. */
    static DrawnOutput draw(Draw draw, DrawnLoss loss, InputType input) {
        if (input instanceof InputType.InputTypeRecurrent recurrent) {
            InputType place =
                    InputType.recurrent(loss.outputs(), recurrent.getTimeSeriesLength(), recurrent.getFormat());
            if (draw.chance(0.8)) {
                Layer output = new RnnOutputLayer.Builder(loss.loss())
                        .nOut(loss.outputs())
                        .activation(loss.activation())
                        .hasBias(draw.chance(0.9))
                        .dataFormat(recurrent.getFormat())
                        .build();
                return new DrawnOutput(null, output, loss, place);
            }
            return new DrawnOutput(
                    new DenseLayer.Builder()
                            .nOut(loss.outputs())
                            .activation(DrawnActivations.bounded(draw))
                            .build(),
                    new RnnLossLayer.Builder(loss.loss())
                            .activation(loss.activation())
                            .build(),
                    loss,
                    place);
        }
        if (input instanceof InputType.InputTypeConvolutional image && draw.chance(0.15)) {
            InputType place =
                    InputType.convolutional(image.getHeight(), image.getWidth(), loss.outputs(), image.getFormat());
            return new DrawnOutput(
                    new ConvolutionLayer.Builder(1, 1)
                            .nOut(loss.outputs())
                            .activation(DrawnActivations.bounded(draw))
                            .build(),
                    new CnnLossLayer.Builder(loss.loss())
                            .format(image.getFormat())
                            .activation(loss.activation())
                            .build(),
                    loss,
                    place);
        }
        if (input instanceof InputType.InputTypeConvolutional3D volume && draw.chance(0.2)) {
            InputType place = InputType.convolutional3D(
                    volume.getDataFormat(), volume.getDepth(), volume.getHeight(), volume.getWidth(), loss.outputs());
            return new DrawnOutput(
                    new Convolution3D.Builder(1, 1, 1)
                            .nOut(loss.outputs())
                            .dataFormat(volume.getDataFormat())
                            .activation(DrawnActivations.bounded(draw))
                            .build(),
                    new Cnn3DLossLayer.Builder(volume.getDataFormat())
                            .lossFunction(loss.loss())
                            .activation(loss.activation())
                            .build(),
                    loss,
                    place);
        }
        if (!loss.sampled() && draw.chance(0.2)) {
            return new DrawnOutput(
                    null,
                    new CenterLossOutputLayer.Builder(loss.loss())
                            .nOut(loss.outputs())
                            .activation(loss.activation())
                            .lambda(draw.scale(1e-3, 1e-1))
                            .alpha(draw.uniform(0.1, 0.9))
                            .build(),
                    loss,
                    null);
        }
        if (draw.chance(0.15)) {
            return new DrawnOutput(
                    new DenseLayer.Builder()
                            .nOut(loss.outputs())
                            .activation(DrawnActivations.bounded(draw))
                            .build(),
                    new LossLayer.Builder(loss.loss())
                            .activation(loss.activation())
                            .build(),
                    loss,
                    null);
        }
        return new DrawnOutput(
                null,
                new OutputLayer.Builder(loss.loss())
                        .nOut(loss.outputs())
                        .activation(loss.activation())
                        .hasBias(draw.chance(0.85))
                        .build(),
                loss,
                null);
    }

    /** Labels of one batch. */
    INDArray labels(Draw draw, DataType type, int examples) {
        if (place == null) {
            return loss.rows(draw, type, examples);
        }
        if (place instanceof InputType.InputTypeRecurrent r) {
            INDArray rows = loss.rows(draw, type, examples * r.getTimeSeriesLength());
            INDArray last = rows.reshape('c', examples, r.getTimeSeriesLength(), rows.size(1));
            return r.getFormat() == org.deeplearning4j.nn.conf.RNNFormat.NCW
                    ? last.permute(0, 2, 1).dup('c')
                    : last;
        }
        if (place instanceof InputType.InputTypeConvolutional c) {
            INDArray rows = loss.rows(draw, type, examples * c.getHeight() * c.getWidth());
            INDArray last = rows.reshape('c', examples, c.getHeight(), c.getWidth(), rows.size(1));
            return c.getFormat() == CNN2DFormat.NCHW ? last.permute(0, 3, 1, 2).dup('c') : last;
        }
        InputType.InputTypeConvolutional3D c = (InputType.InputTypeConvolutional3D) place;
        INDArray rows = loss.rows(draw, type, examples * c.getDepth() * c.getHeight() * c.getWidth());
        INDArray last = rows.reshape('c', examples, c.getDepth(), c.getHeight(), c.getWidth(), rows.size(1));
        return c.getDataFormat() == Convolution3D.DataFormat.NCDHW
                ? last.permute(0, 4, 1, 2, 3).dup('c')
                : last;
    }

    /** Steps per example at this output, 0 if the output is no sequence. */
    int steps() {
        return place instanceof InputType.InputTypeRecurrent r ? (int) r.getTimeSeriesLength() : 0;
    }
}
