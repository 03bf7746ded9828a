/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Everything a {@link DynamicMfac} remembers, for a checkpoint.
 *
 * <p>The inner products are part of it: recomputed ones may differ in the last bit, and a resumed run would part from an
 * uninterrupted one.
 *
 * @param window the gradients, shape [m, d], row t mod m holds gradient t, rows not yet written are 0
 * @param gram inner products of the rows, DOUBLE, shape [m, m]
 * @param inserted gradients seen so far, at least 0
 * @param damping lambda
 */
public record MfacState(INDArray window, INDArray gram, long inserted, double damping) {}
