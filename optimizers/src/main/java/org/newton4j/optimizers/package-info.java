/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Optimizers for Deeplearning4j, set like the built-in ones: {@code .updater(new AdaHessian(0.15))}.
 */
@NullMarked
package org.newton4j.optimizers;

import org.jspecify.annotations.NullMarked;
