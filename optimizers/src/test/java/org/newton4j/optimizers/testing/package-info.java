/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A contract for updaters, published as a test jar: subclass {@link org.newton4j.optimizers.testing.UpdaterContract} to
 * test an updater of your own, or one that comes with Deeplearning4j.
 */
@NullMarked
package org.newton4j.optimizers.testing;

import org.jspecify.annotations.NullMarked;
