/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Things that multiply: symmetric linear operators on the flat parameter vector.
 */
@NullMarked
package org.newton4j.curvature.operator;

import org.jspecify.annotations.NullMarked;
