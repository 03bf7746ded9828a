/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The only room that knows networks: the listener, the gradient oracle, layer adapters.
 */
@NullMarked
package org.newton4j.optimizers.training;

import org.jspecify.annotations.NullMarked;
