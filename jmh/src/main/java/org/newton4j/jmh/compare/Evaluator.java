/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/** Measures a network: loss on the first training images, accuracy on the first test images. */
final class Evaluator {
    private static final int CHUNK = 500;

    /** Keeps the loss of one hopeless image finite; the smallest FLOAT is of this size. */
    private static final double TINY = 1e-38;

    /** Deeplearning4j's own bounds on the probability of a pixel. */
    private static final double PIXEL_MARGIN = 1e-5;

    private final boolean reconstructing;
    private final List<DataSet> train;
    private final List<DataSet> test;

    Evaluator(Setting setting) {
        Samples own = setting.model().labelled(setting.data().train());
        reconstructing = own.isReconstructed();
        train = chunks(own.head(setting.lossImages()));
        test = chunks(setting.data().test().head(setting.testImages()));
    }

    double loss(MultiLayerNetwork net) {
        return mean(net, train, reconstructing ? Evaluator::pixelEntropy : Evaluator::classEntropy);
    }

    /** NaN where there is nothing to recognise. */
    double accuracy(MultiLayerNetwork net) {
        return test.isEmpty() ? Double.NaN : mean(net, test, Evaluator::recognised);
    }

    /** The score of one row of outputs p beside its labels y. */
    private interface Score {
        double of(float[] p, float[] y, int from, int to);
    }

    private static double classEntropy(float[] p, float[] y, int from, int to) {
        return -Math.log(Math.max(p[label(y, from, to)], TINY));
    }

    private static double pixelEntropy(float[] p, float[] y, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            double q = Math.max(PIXEL_MARGIN, Math.min(1 - PIXEL_MARGIN, p[i]));
            sum -= y[i] * Math.log(q) + (1 - y[i]) * Math.log1p(-q);
        }
        return sum;
    }

    private static double recognised(float[] p, float[] y, int from, int to) {
        int label = label(y, from, to);
        for (int i = from; i < to; i++) {
            // A tie is not a recognition, and neither is NaN.
            if (i != label && !(p[label] > p[i])) {
                return 0;
            }
        }
        return 1;
    }

    private static int label(float[] y, int from, int to) {
        int label = from;
        while (label < to - 1 && y[label] == 0) {
            label++;
        }
        return label;
    }

    private static double mean(MultiLayerNetwork net, List<DataSet> chunks, Score score) {
        double sum = 0;
        long count = 0;
        for (DataSet chunk : chunks) {
            INDArray labels = chunk.getLabels();
            int rows = (int) labels.size(0);
            int width = (int) labels.size(1);
            float[] p = net.output(chunk.getFeatures(), false).dup('c').data().asFloat();
            float[] y = labels.data().asFloat();
            for (int row = 0; row < rows; row++) {
                int from = row * width;
                sum += Double.isNaN(p[from]) ? Double.NaN : score.of(p, y, from, from + width);
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
