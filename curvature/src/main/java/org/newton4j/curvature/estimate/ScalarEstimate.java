/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.estimate;

/**
 * A number with its error bar.
 *
 * @param value the estimate
 * @param standardError estimated standard deviation of {@code value}: about two thirds of all seeds lie within one, 95 %
 *     within two
 * @param probes independent samples behind it
 * @param cost products and seconds
 */
public record ScalarEstimate(double value, double standardError, int probes, Cost cost) {}
