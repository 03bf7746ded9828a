/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Everything a {@link DynamicMfac} remembers, for a checkpoint.
 *
 * <p>Inner products and factor are part of it: recomputed ones may differ in the last bit, and a resumed run would part
 * from an uninterrupted one.
 *
 * @param window the gradients as stored, FLOAT, DOUBLE or BFLOAT16, shape [m, d], row t mod m holds gradient t, rows not
 *     yet written are 0
 * @param gram inner products of the rows, DOUBLE, shape [m, m]
 * @param factor upper Cholesky factor of the small system, oldest gradient first, DOUBLE, shape [n, n] with n =
 *     min(inserted, m); for n = 0 any one number
 * @param inserted gradients seen so far, at least 0
 * @param damping lambda
 */
public record MfacState(INDArray window, INDArray gram, INDArray factor, long inserted, double damping) {}
