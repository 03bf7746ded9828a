/* SPDX-License-Identifier: Apache-2.0 */
/** CurvatureListener inside real training runs. */
@NullMarked
package org.newton4j.it.listener;

import org.jspecify.annotations.NullMarked;
