/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Labelled grey images, kept as bytes; pixels become raw / 255 in a batch, without centring. */
final class Samples {
    private final byte[] pixels;
    private final byte[] labels;
    private final int rows;
    private final int columns;
    private final int classes;
    private final boolean reconstructed;

    Samples(Idx.Images images, byte[] labels, String name) {
        if (images.count() != labels.length) {
            throw new BadInput(name + ": " + images.count() + " images but " + labels.length + " labels");
        }
        int top = 0;
        for (byte label : labels) {
            top = Math.max(top, label & 0xff);
        }
        this.pixels = images.pixels();
        this.labels = labels;
        this.rows = images.rows();
        this.columns = images.columns();
        this.classes = top + 1;
        this.reconstructed = false;
    }

    private Samples(byte[] pixels, byte[] labels, boolean reconstructed, Samples shape) {
        this.pixels = pixels;
        this.labels = labels;
        this.rows = shape.rows;
        this.columns = shape.columns;
        this.classes = shape.classes;
        this.reconstructed = reconstructed;
    }

    /** The same images, to be learned as their own labels. */
    Samples reconstructed() {
        return new Samples(pixels, labels, true, this);
    }

    /** Whether batches have the images themselves as labels. */
    boolean isReconstructed() {
        return reconstructed;
    }

    int count() {
        return labels.length;
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    int classes() {
        return classes;
    }

    int label(int index) {
        return labels[index] & 0xff;
    }

    /** The images at these places, in this order. */
    Samples select(int[] indices) {
        int area = rows * columns;
        byte[] chosenPixels = new byte[indices.length * area];
        byte[] chosenLabels = new byte[indices.length];
        for (int i = 0; i < indices.length; i++) {
            System.arraycopy(pixels, indices[i] * area, chosenPixels, i * area, area);
            chosenLabels[i] = labels[indices[i]];
        }
        return new Samples(chosenPixels, chosenLabels, reconstructed, this);
    }

    /** The first {@code limit} images, or all if there are fewer. */
    Samples head(int limit) {
        int n = Math.min(limit, count());
        return new Samples(Arrays.copyOf(pixels, n * rows * columns), Arrays.copyOf(labels, n), reconstructed, this);
    }

    /** Features [n, rows · columns] and labels of the images at these places: one-hot [n, classes], or the features again. */
    DataSet batch(int[] indices, int from, int to) {
        int area = rows * columns;
        int n = to - from;
        float[] x = new float[n * area];
        float[] y = new float[reconstructed ? 0 : n * classes];
        for (int i = 0; i < n; i++) {
            int sample = indices[from + i];
            for (int p = 0; p < area; p++) {
                x[i * area + p] = (pixels[sample * area + p] & 0xff) / 255f;
            }
            if (!reconstructed) {
                y[i * classes + label(sample)] = 1;
            }
        }
        return reconstructed
                ? new DataSet(features(x, n, area), features(x.clone(), n, area))
                : new DataSet(features(x, n, area), features(y, n, classes));
    }

    private static INDArray features(float[] values, int rows, int columns) {
        return Nd4j.create(values, new long[] {rows, columns}, 'c');
    }
}
