/* SPDX-License-Identifier: Apache-2.0 */
/** Memory in training: as planned, and flat in long runs. */
@NullMarked
package org.newton4j.it.soak;

import org.jspecify.annotations.NullMarked;
