/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Matrices whose truth is known, shared by the tests of operators, estimators and inverses.
 */
@NullMarked
package org.newton4j.curvature.testing;

import org.jspecify.annotations.NullMarked;
