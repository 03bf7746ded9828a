/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The room that knows SameDiff graphs and no network of Deeplearning4j: the listener, gradients at neighbouring
 * parameters.
 */
@NullMarked
package org.newton4j.optimizers.samediff;

import org.jspecify.annotations.NullMarked;
