/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files that hold networks: what is read is checked before it is believed, what is written appears whole or not at all.
 * Internal to the training room, whose door is {@code Checkpoints}.
 */
@NullMarked
package org.newton4j.optimizers.training.file;

import org.jspecify.annotations.NullMarked;
