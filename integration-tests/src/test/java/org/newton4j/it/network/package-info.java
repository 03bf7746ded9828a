/* SPDX-License-Identifier: Apache-2.0 */
/** Building the networks that golden cases describe, and moving parameters between their layout and Deeplearning4j's. */
@NullMarked
package org.newton4j.it.network;

import org.jspecify.annotations.NullMarked;
