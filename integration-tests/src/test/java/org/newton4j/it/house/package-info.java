/* SPDX-License-Identifier: Apache-2.0 */
/** Rules about which package may use which. */
@NullMarked
package org.newton4j.it.house;

import org.jspecify.annotations.NullMarked;
