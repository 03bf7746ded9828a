/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.util.List;
import java.util.Map;

/**
 * Everything a report tells.
 *
 * @param setting what was the same for all
 * @param target what counted as reached
 * @param runs every run
 * @param summaries one per optimizer
 * @param environment name → value
 * @param command the command line, folders without their path
 */
record Results(
        Setting setting,
        Target target,
        List<Run> runs,
        List<Summary> summaries,
        Map<String, String> environment,
        String command) {}
