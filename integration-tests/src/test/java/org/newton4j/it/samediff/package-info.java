/* SPDX-License-Identifier: Apache-2.0 */
/** Optimizers on SameDiff graphs, end to end. */
@NullMarked
package org.newton4j.it.samediff;

import org.jspecify.annotations.NullMarked;
