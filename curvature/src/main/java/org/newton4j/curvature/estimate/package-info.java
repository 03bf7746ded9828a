/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Things that estimate from an operator: functions of any {@link org.newton4j.curvature.operator.LinearOperator}.
 */
@NullMarked
package org.newton4j.curvature.estimate;

import org.jspecify.annotations.NullMarked;
