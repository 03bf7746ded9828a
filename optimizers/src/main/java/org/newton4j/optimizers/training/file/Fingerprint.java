/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.file;

import java.util.zip.ZipEntry;

/**
 * What tells the contents of an entry from others.
 *
 * @param size bytes
 * @param crc CRC-32
 */
public record Fingerprint(long size, long crc) {

    static Fingerprint of(ZipEntry entry) {
        return new Fingerprint(entry.getSize(), entry.getCrc());
    }
}
