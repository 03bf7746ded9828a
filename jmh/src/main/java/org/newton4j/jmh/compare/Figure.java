/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Map;

/** A measured number with what is known of its error. */
sealed interface Figure permits Score, Median {

    /** NaN if it is not known. */
    double value();

    String text();

    /** Name → number, for machines; numbers that are not finite are not known. */
    Map<String, Double> numbers();
}
