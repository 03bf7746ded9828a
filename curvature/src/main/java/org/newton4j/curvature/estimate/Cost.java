/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

/**
 * What an estimate cost.
 *
 * @param products operator products used
 * @param seconds wall-clock time
 */
public record Cost(long products, double seconds) {

    static Cost since(long begun, long products) {
        return new Cost(products, (System.nanoTime() - begun) / 1e9);
    }
}
