/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

/**
 * One evaluation of a run.
 *
 * @param step parameter updates made so far
 * @param gradients gradient evaluations made so far
 * @param seconds training time so far, evaluations not counted
 * @param trainLoss mean cross-entropy on a fixed part of the training images; of an autoencoder summed over the pixels
 * @param testAccuracy share of the test images recognised, 0 to 1; NaN for a network without labels
 */
record Point(int step, long gradients, double seconds, double trainLoss, double testAccuracy) {}
