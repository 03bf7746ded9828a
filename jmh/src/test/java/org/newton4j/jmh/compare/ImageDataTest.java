/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;

class ImageDataTest {
    @Test
    void should_split_the_embedded_images_by_class() throws IOException {
        ImageData data = ImageData.embedded();
        assertThat(data.train().count()).isEqualTo(8000);
        assertThat(data.test().count()).isEqualTo(2000);
        int[] perClass = new int[10];
        for (int i = 0; i < data.test().count(); i++) {
            perClass[data.test().label(i)]++;
        }
        assertThat(perClass).containsOnly(200);
    }

    @Test
    void should_split_the_same_way_every_time() throws IOException {
        assertThat(ImageData.embedded().test().batch(new int[] {0, 1999}, 0, 2))
                .isEqualTo(ImageData.embedded().test().batch(new int[] {0, 1999}, 0, 2));
    }

    @Test
    void should_scale_pixels_and_one_hot_labels() {
        Samples samples =
                new Samples(new Idx.Images(new byte[] {0, (byte) 255, 51, 102}, 2, 1, 2), new byte[] {2, 0}, "x");
        DataSet batch = samples.batch(new int[] {1, 0}, 0, 2);
        assertThat(batch.getFeatures().toFloatMatrix()).isDeepEqualTo(new float[][] {{0.2f, 0.4f}, {0, 1}});
        assertThat(batch.getLabels().toFloatMatrix()).isDeepEqualTo(new float[][] {{1, 0, 0}, {0, 0, 1}});
    }

    @Test
    void should_read_a_folder(@TempDir Path folder) throws IOException {
        TinyFolder.write(folder, 7, 3, 14);
        ImageData data = ImageData.folder(folder);
        assertThat(data.train().count()).isEqualTo(7);
        assertThat(data.test().count()).isEqualTo(3);
        assertThat(data.name()).isEqualTo(folder.getFileName().toString());
    }

    @Test
    void should_name_the_missing_file(@TempDir Path folder) throws IOException {
        TinyFolder.write(folder, 7, 3, 14);
        Files.delete(folder.resolve("t10k-labels-idx1-ubyte"));
        assertThatThrownBy(() -> ImageData.folder(folder))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz is there");
    }

    @Test
    void should_refuse_images_without_their_labels(@TempDir Path folder) throws IOException {
        TinyFolder.write(folder, 7, 3, 14);
        Files.write(folder.resolve("train-labels-idx1-ubyte"), TinyFolder.labels(6));
        assertThatThrownBy(() -> ImageData.folder(folder))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("7 images but 6 labels");
    }

    @Test
    void should_shuffle_every_index_once() {
        assertThat(ImageData.shuffled(50, new Random(1)))
                .doesNotHaveDuplicates()
                .hasSize(50)
                .contains(0, 49)
                .isNotEqualTo(ImageData.shuffled(50, new Random(2)));
    }
}
