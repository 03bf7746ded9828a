/* SPDX-License-Identifier: Apache-2.0 */
/** Tests that need a Java process of their own. */
@NullMarked
package org.newton4j.it.process;

import org.jspecify.annotations.NullMarked;
