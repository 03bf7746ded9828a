/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/** Measures a network: loss on the first training images, accuracy on all test images. */
final class Evaluator {
    /** Images whose loss is followed; a fixed part, so that curves of all runs are comparable. */
    static final int LOSS_IMAGES = 500;

    private static final int CHUNK = 500;
    /** Keeps the loss of one hopeless image finite; the smallest FLOAT is of this size. */
    private static final double TINY = 1e-38;

    private final List<DataSet> train;
    private final List<DataSet> test;

    Evaluator(ImageData data) {
        train = chunks(data.train().head(LOSS_IMAGES));
        test = chunks(data.test());
    }

    double loss(MultiLayerNetwork net) {
        return mean(net, train, (p, row, classes, label) -> -Math.log(Math.max(p[row * classes + label], TINY)));
    }

    double accuracy(MultiLayerNetwork net) {
        return mean(net, test, (p, row, classes, label) -> {
            float own = p[row * classes + label];
            for (int c = 0; c < classes; c++) {
                // A tie is not a recognition, and neither is NaN.
                if (c != label && !(own > p[row * classes + c])) {
                    return 0;
                }
            }
            return 1;
        });
    }

    private interface Score {
        double of(float[] probabilities, int row, int classes, int label);
    }

    private static double mean(MultiLayerNetwork net, List<DataSet> chunks, Score score) {
        double sum = 0;
        long count = 0;
        for (DataSet chunk : chunks) {
            INDArray labels = chunk.getLabels();
            int rows = (int) labels.size(0);
            int classes = (int) labels.size(1);
            float[] p = net.output(chunk.getFeatures(), false).dup('c').data().asFloat();
            float[] y = labels.data().asFloat();
            for (int row = 0; row < rows; row++) {
                int label = 0;
                while (y[row * classes + label] == 0) {
                    label++;
                }
                sum += Double.isNaN(p[row * classes]) ? Double.NaN : score.of(p, row, classes, label);
            }
            count += rows;
        }
        return sum / count;
    }

    private static List<DataSet> chunks(Samples samples) {
        int[] all = IntStream.range(0, samples.count()).toArray();
        List<DataSet> chunks = new ArrayList<>();
        for (int from = 0; from < all.length; from += CHUNK) {
            chunks.add(samples.batch(all, from, Math.min(from + CHUNK, all.length)));
        }
        return chunks;
    }
}
