/* SPDX-License-Identifier: Apache-2.0 */
/** The published updater contract, used as users use it. */
@NullMarked
package org.newton4j.it.contract;

import org.jspecify.annotations.NullMarked;
