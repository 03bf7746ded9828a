/* SPDX-License-Identifier: Apache-2.0 */
/** The updater contract, applied to this library's optimizers, to Deeplearning4j's, and to broken ones. */
@NullMarked
package org.newton4j.optimizers.contract;

import org.jspecify.annotations.NullMarked;
