/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Inverses: products with the inverse of a curvature matrix that is never formed, or of factors small enough to hold.
 *
 * <p>M-FAC inverts the empirical Fisher of a stack of gradients, K-FAC and MKOR invert Kronecker factors, conjugate
 * gradients solve with any operator. Nothing here knows a network: gradients and factors come in as arrays.
 */
@NullMarked
package org.newton4j.curvature.inverse;

import org.jspecify.annotations.NullMarked;
