/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.Map;

/**
 * What one run of a benchmark gave.
 *
 * @param rounds contestant → its time in each round in milliseconds
 */
record Outcome(Map<String, double[]> rounds) {}
