/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Mathematics on flat parameter vectors: kernels, operators and estimators. Nothing in here knows a network.
 */
@NullMarked
package org.newton4j.curvature;

import org.jspecify.annotations.NullMarked;
