/* SPDX-License-Identifier: Apache-2.0 */
/**
 * JMH benchmarks; {@code java -jar target/benchmarks.jar}.
 */
@NullMarked
package org.newton4j.jmh;

import org.jspecify.annotations.NullMarked;
