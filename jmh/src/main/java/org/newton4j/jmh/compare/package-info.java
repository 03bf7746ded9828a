/* SPDX-License-Identifier: Apache-2.0 */
/**
 * {@code ./compare}: optimizers trained side by side on real images, with a table and a report.
 */
@NullMarked
package org.newton4j.jmh.compare;

import org.jspecify.annotations.NullMarked;
