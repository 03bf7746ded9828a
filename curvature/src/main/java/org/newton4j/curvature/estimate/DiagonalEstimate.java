/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A diagonal with an error bar per entry.
 *
 * @param value the estimate, length d
 * @param standardError estimated standard deviation of every entry, length d; 0 where the value is exact
 * @param relativeError |standardError| / |value| in the Euclidean norm, 0 for an exact or zero diagonal without spread
 * @param probes independent samples behind it, 0 for an exact diagonal
 * @param cost products and seconds
 */
public record DiagonalEstimate(INDArray value, INDArray standardError, double relativeError, int probes, Cost cost) {}
