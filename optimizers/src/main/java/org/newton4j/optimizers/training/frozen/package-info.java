/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Network parts with kinks (relu, max pooling, dropout masks …) that record which side of each kink they are on and
 * replay it at neighbouring parameters. Internal to the training room, whose door is {@code FrozenKinks}; only {@code Smooth}
 * is for users.
 */
@NullMarked
package org.newton4j.optimizers.training.frozen;

import org.jspecify.annotations.NullMarked;
