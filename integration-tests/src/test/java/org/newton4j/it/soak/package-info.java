/* SPDX-License-Identifier: Apache-2.0 */
/** Long runs whose memory has to stay flat. */
@NullMarked
package org.newton4j.it.soak;

import org.jspecify.annotations.NullMarked;
