/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Pooling2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/** Small SameDiff graphs with the placeholders x and y and the loss {@code loss}. */
final class Graphs {

    static final int BATCH = 10;
    static final int FEATURES = 4;
    static final int CLASSES = 3;

    private Graphs() {}

    /** The hidden part of a graph. */
    interface Hidden {
        SDVariable of(SameDiff sd, SDVariable h);
    }

    /** Dense, something, dense, softmax cross-entropy. */
    static SameDiff mlp(DataType type, Hidden hidden) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", type, -1, FEATURES);
        SDVariable y = sd.placeHolder("y", type, -1, CLASSES);
        SDVariable w = variable(sd, type, "w", FEATURES, 6);
        SDVariable b = variable(sd, type, "b", 6);
        SDVariable out = variable(sd, type, "out", 6, CLASSES);
        SDVariable h = hidden.of(sd, x.mmul(w).add(b));
        sd.loss.softmaxCrossEntropy("loss", y, h.mmul(out), null);
        sd.setLossVariables("loss");
        return sd;
    }

    /** Convolution, relu, max pooling, softmax cross-entropy, on 8 x 8 images. */
    static SameDiff cnn(DataType type) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", type, -1, 1, 8, 8);
        SDVariable y = sd.placeHolder("y", type, -1, CLASSES);
        SDVariable k = variable(sd, type, "k", 3, 3, 1, 2);
        SDVariable h = sd.cnn.conv2d(
                x, k, Conv2DConfig.builder().kH(3).kW(3).sH(1).sW(1).build());
        h = sd.cnn.maxPooling2d(
                sd.nn.relu(h, 0),
                Pooling2DConfig.builder()
                        .kH(2)
                        .kW(2)
                        .sH(2)
                        .sW(2)
                        .paddingMode(PaddingMode.VALID)
                        .build());
        sd.loss.softmaxCrossEntropy("loss", y, h.reshape(-1, 18).mmul(variable(sd, type, "w", 18, CLASSES)), null);
        sd.setLossVariables("loss");
        return sd;
    }

    static SDVariable variable(SameDiff sd, DataType type, String name, long... shape) {
        return sd.var(name, normal(name.hashCode(), shape).mul(0.5).castTo(type));
    }

    static Map<String, INDArray> data(DataType type, long... featureShape) {
        Map<String, INDArray> data = new HashMap<>();
        data.put("x", normal(1, featureShape).castTo(type));
        INDArray labels = Nd4j.zeros(type, featureShape[0], CLASSES);
        for (int i = 0; i < featureShape[0]; i++) {
            labels.putScalar(i, i % CLASSES, 1);
        }
        data.put("y", labels);
        return data;
    }

    static Map<String, INDArray> data(DataType type) {
        return data(type, BATCH, FEATURES);
    }

    /** Standard normal, rounded to FLOAT so that graphs of both types start at the same point. */
    static INDArray normal(long seed, long... shape) {
        Random random = new Random(seed);
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, (float) random.nextGaussian());
        }
        return array;
    }
}
