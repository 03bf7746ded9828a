/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One input of a network.
 *
 * @param type as Deeplearning4j is told
 * @param first the layer that must follow, null if any can
 * @param vocabulary number of words if the input consists of indices, else 0
 * @param steps length of the sequences, 0 if there are none
 */
record DrawnInput(InputType type, @Nullable Layer first, int vocabulary, int steps) {

    static DrawnInput draw(Draw draw) {
        return switch (draw.between(0, 15)) {
            case 0, 1, 2 -> of(InputType.feedForward(draw.between(1, 6)));
            case 3, 4, 5, 6 ->
                of(InputType.convolutional(
                        draw.between(3, 5),
                        draw.between(3, 5),
                        draw.between(1, 2),
                        draw.chance(0.8) ? CNN2DFormat.NCHW : CNN2DFormat.NHWC));
            case 7 -> of(InputType.convolutionalFlat(4, 3, 1));
            case 8 ->
                of(InputType.convolutional3D(
                        draw.chance(0.7) ? Convolution3D.DataFormat.NCDHW : Convolution3D.DataFormat.NDHWC,
                        2,
                        draw.between(2, 3),
                        3,
                        draw.between(1, 2)));
            case 9, 10, 11, 12, 13 -> of(SequenceLayers.input(draw));
            case 14 -> embedding(draw);
            default -> embeddingSequence(draw);
        };
    }

    private static DrawnInput of(InputType type) {
        int steps = type instanceof InputType.InputTypeRecurrent r ? (int) r.getTimeSeriesLength() : 0;
        return new DrawnInput(type, null, 0, steps);
    }

    private static DrawnInput embedding(Draw draw) {
        int words = draw.between(2, 5);
        return new DrawnInput(
                InputType.feedForward(words),
                new EmbeddingLayer.Builder()
                        .nIn(words)
                        .nOut(draw.between(2, 4))
                        .hasBias(draw.chance(0.5))
                        .activation(DrawnActivations.any(draw))
                        .build(),
                words,
                0);
    }

    private static DrawnInput embeddingSequence(Draw draw) {
        int words = draw.between(2, 5);
        int steps = draw.between(2, 4);
        return new DrawnInput(
                InputType.feedForward(words),
                new EmbeddingSequenceLayer.Builder()
                        .nIn(words)
                        .nOut(draw.between(2, 4))
                        .hasBias(draw.chance(0.5))
                        .inputLength(steps)
                        .activation(DrawnActivations.any(draw))
                        .build(),
                words,
                steps);
    }

    /** Features of one batch. */
    INDArray features(Draw draw, DataType data, int examples) {
        if (vocabulary > 0) {
            INDArray words = Nd4j.create(data, examples, Math.max(1, steps));
            for (long i = 0; i < words.length(); i++) {
                words.putScalar(i, draw.between(0, vocabulary - 1));
            }
            return words;
        }
        return draw.gaussian(data, shape(examples));
    }

    private long[] shape(long examples) {
        if (type instanceof InputType.InputTypeConvolutional c) {
            return c.getFormat() == CNN2DFormat.NCHW
                    ? new long[] {examples, c.getChannels(), c.getHeight(), c.getWidth()}
                    : new long[] {examples, c.getHeight(), c.getWidth(), c.getChannels()};
        }
        if (type instanceof InputType.InputTypeConvolutional3D c) {
            return c.getDataFormat() == Convolution3D.DataFormat.NCDHW
                    ? new long[] {examples, c.getChannels(), c.getDepth(), c.getHeight(), c.getWidth()}
                    : new long[] {examples, c.getDepth(), c.getHeight(), c.getWidth(), c.getChannels()};
        }
        if (type instanceof InputType.InputTypeRecurrent r) {
            return Sequences.shape(r, examples);
        }
        return new long[] {examples, type.arrayElementsPerExample()};
    }
}
