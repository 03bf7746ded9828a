/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class IdxTest {
    private static final byte[] IMAGES = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, (byte) 255, 5, 6};
    private static final byte[] LABELS = {0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 4};

    private static Idx.Images images(byte[] bytes) throws IOException {
        return Idx.images(new ByteArrayInputStream(bytes), "x");
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void should_read_plain_images() throws IOException {
        Idx.Images images = images(IMAGES);
        assertThat(images.count()).isEqualTo(2);
        assertThat(images.rows()).isEqualTo(1);
        assertThat(images.columns()).isEqualTo(3);
        assertThat(images.pixels()).containsExactly(1, 2, 3, 255, 5, 6);
    }

    @Test
    void should_read_gzip_images_like_plain_ones() throws IOException {
        assertThat(images(gzip(IMAGES)).pixels()).isEqualTo(images(IMAGES).pixels());
    }

    @Test
    void should_read_labels() throws IOException {
        assertThat(Idx.labels(new ByteArrayInputStream(gzip(LABELS)), "x")).containsExactly(9, 0, 4);
    }

    @Test
    void should_refuse_labels_where_images_belong() {
        assertThatThrownBy(() -> images(LABELS))
                .isInstanceOf(BadInput.class)
                .hasMessage("x: magic number 0x00000801, but images (idx3-ubyte) start with 0x00000803");
    }

    @Test
    void should_refuse_truncated_pixels() {
        assertThatThrownBy(() -> images(Arrays.copyOf(IMAGES, IMAGES.length - 1)))
                .isInstanceOf(BadInput.class)
                .hasMessage("x: truncated, 5 of 6 announced bytes are there");
    }

    @Test
    void should_refuse_a_header_that_ends_early() {
        assertThatThrownBy(() -> images(Arrays.copyOf(IMAGES, 9)))
                .isInstanceOf(BadInput.class)
                .hasMessage("x: ends inside the number of rows");
    }

    @Test
    void should_refuse_an_empty_file() {
        assertThatThrownBy(() -> images(new byte[0]))
                .isInstanceOf(BadInput.class)
                .hasMessage("x: ends inside the magic number");
    }

    @Test
    void should_refuse_truncated_gzip_data() throws IOException {
        byte[] gzip = gzip(IMAGES);
        assertThatThrownBy(() -> images(Arrays.copyOf(gzip, 14)))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("x: truncated or damaged gzip data");
        assertThatThrownBy(() -> images(Arrays.copyOf(gzip, 5)))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("x: not a readable gzip file");
    }

    @Test
    void should_refuse_sizes_no_array_holds() {
        byte[] huge = IMAGES.clone();
        huge[4] = 0x7f;
        huge[8] = 0x7f;
        assertThatThrownBy(() -> images(huge)).isInstanceOf(BadInput.class).hasMessageContaining("announces");
    }

    @Test
    void should_refuse_a_count_of_zero() {
        byte[] none = IMAGES.clone();
        none[7] = 0;
        assertThatThrownBy(() -> images(none))
                .isInstanceOf(BadInput.class)
                .hasMessage("x: number of images = 0, but must be at least 1");
    }
}
