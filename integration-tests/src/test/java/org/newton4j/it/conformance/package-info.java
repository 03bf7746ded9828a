/* SPDX-License-Identifier: Apache-2.0 */
/** Golden cases replayed through the real optimizers and networks. */
@NullMarked
package org.newton4j.it.conformance;

import org.jspecify.annotations.NullMarked;
