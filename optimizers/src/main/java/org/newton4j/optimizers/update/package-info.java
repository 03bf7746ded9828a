/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Shared updater machinery: state views, state keys, checks. No formulas.
 */
@NullMarked
package org.newton4j.optimizers.update;

import org.jspecify.annotations.NullMarked;
