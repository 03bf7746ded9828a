/* SPDX-License-Identifier: Apache-2.0 */
/** The code of the README is compiled and run. */
@NullMarked
package org.newton4j.it.readme;

import org.jspecify.annotations.NullMarked;
