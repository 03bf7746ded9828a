/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Training and test images: the embedded Fashion-MNIST subset or a folder of IDX files.
 *
 * @param name for the report
 * @param train images to learn from
 * @param test images never learned from
 */
record ImageData(String name, Samples train, Samples test) {
    private static final String IMAGES = "-images-idx3-ubyte";
    private static final String LABELS = "-labels-idx1-ubyte";
    private static final long SPLIT_SEED = 20170825;
    private static final int TEST_SHARE = 5;

    ImageData {
        if (train.rows() != test.rows() || train.columns() != test.columns()) {
            throw new BadInput(name + ": training images are " + train.rows() + "×" + train.columns() + ", test images "
                    + test.rows() + "×" + test.columns());
        }
        if (train.classes() < 2 || test.classes() > train.classes()) {
            throw new BadInput(name + ": labels 0 to " + (train.classes() - 1) + " in the training set, 0 to "
                    + (test.classes() - 1) + " in the test set");
        }
    }

    /** The 10,000 test images of Fashion-MNIST, of each class 800 to learn from and 200 to test on, always the same. */
    static ImageData embedded() throws IOException {
        Samples all = new Samples(
                Idx.images(resource("t10k" + IMAGES + ".gz"), "embedded images"),
                Idx.labels(resource("t10k" + LABELS + ".gz"), "embedded labels"),
                "embedded data");
        int[] order = shuffled(all.count(), new Random(SPLIT_SEED));
        int[] quota = new int[all.classes()];
        for (int index : order) {
            quota[all.label(index)]++;
        }
        for (int c = 0; c < quota.length; c++) {
            quota[c] /= TEST_SHARE;
        }
        int[] test = new int[java.util.Arrays.stream(quota).sum()];
        int[] train = new int[all.count() - test.length];
        int tests = 0;
        int trains = 0;
        for (int index : order) {
            if (quota[all.label(index)]-- > 0) {
                test[tests++] = index;
            } else {
                train[trains++] = index;
            }
        }
        return new ImageData("Fashion-MNIST, 10,000 images split 8,000 / 2,000", all.select(train), all.select(test));
    }

    /** A folder with train-images-idx3-ubyte, train-labels-idx1-ubyte and the t10k pair, each plain or .gz. */
    static ImageData folder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new BadInput("--data " + folder + ": no such folder");
        }
        Path name = folder.toAbsolutePath().normalize().getFileName();
        return new ImageData(
                name == null ? "IDX folder" : name.toString(), read(folder, "train"), read(folder, "t10k"));
    }

    private static Samples read(Path folder, String part) throws IOException {
        Path images = find(folder, part + IMAGES);
        Path labels = find(folder, part + LABELS);
        return new Samples(
                Idx.images(Files.newInputStream(images), images.toString()),
                Idx.labels(Files.newInputStream(labels), labels.toString()),
                folder + " (" + part + ")");
    }

    private static Path find(Path folder, String file) {
        for (String suffix : new String[] {"", ".gz"}) {
            Path path = folder.resolve(file + suffix);
            if (Files.isRegularFile(path)) {
                return path;
            }
        }
        throw new BadInput("--data " + folder + ": neither " + file + " nor " + file + ".gz is there");
    }

    private static InputStream resource(String file) {
        InputStream in = ImageData.class.getResourceAsStream(file);
        if (in == null) {
            throw new IllegalStateException(file + " is missing from the jar; build it again");
        }
        return in;
    }

    ImageData limit(int images) {
        return new ImageData(
                name + ", first " + Math.min(images, train.count()) + " training images", train.head(images), test);
    }

    /** 0 … n-1 in random order (Fisher-Yates). */
    static int[] shuffled(int n, Random random) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
