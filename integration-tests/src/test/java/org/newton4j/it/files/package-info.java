/* SPDX-License-Identifier: Apache-2.0 */
/** Files of networks that somebody or something has damaged. */
@NullMarked
package org.newton4j.it.files;

import org.jspecify.annotations.NullMarked;
