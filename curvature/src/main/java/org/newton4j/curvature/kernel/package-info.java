/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The only room with hot loops: one interface, three implementations, one chooser.
 */
@NullMarked
package org.newton4j.curvature.kernel;

import org.jspecify.annotations.NullMarked;
