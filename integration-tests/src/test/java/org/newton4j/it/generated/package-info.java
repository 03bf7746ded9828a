/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Networks and optimizer configurations drawn at random from a seed, each trained, saved, restored and compared with an
 * oracle: {@link org.newton4j.it.generated.GeneratedNetworksIT}.
 */
@NullMarked
package org.newton4j.it.generated;

import org.jspecify.annotations.NullMarked;
