/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Everything drawn that is not held to what the others are, in one place and with the reason. Each is looked for in the
 * description of the case or in the message of its failure, and counted in the report.
 */
final class Excluded {

    /** Cases drawn again. */
    private static final Map<Pattern, String> CASES = Map.of(
            // Refused with the remedy: inside RReLU, too, are arrays of ND4J's default type.
            Pattern.compile("(?s)\\n(FLOAT|HALF).*rrelu"),
            "RReLU, which knows one type only",
            // Until products of such graphs are right (off by 1 %, and not reported).
            Pattern.compile("(?s)op=Max.*FrozenLayerWithBackprop"),
            "element-wise maxima beside frozen layers",
            // Until noise kept from an earlier workspace is forgotten.
            Pattern.compile(
                    "(?s)(FrozenLayer|VariationalAuto).*(DropConn|WeightNoise)|(DropConn|WeightNoise).*(FrozenLayer|VariationalAuto)"),
            "weight noise in frozen and variational layers");

    /** Failures that are refusals with a remedy, because Deeplearning4j leaves no other way. */
    private static final Map<Pattern, String> REFUSALS = Map.of(
            // Arrays of ND4J's default type inside the loss: no copy of another type can be evaluated.
            Pattern.compile("works only in ND4J's default type"), "losses that know one type only");

    private Excluded() {}

    /** Why this case is drawn again, or null. */
    static @Nullable String caseReason(String description) {
        return find(CASES, description);
    }

    /** Why this failure is none, or null. */
    static @Nullable String refusalReason(Throwable failure) {
        return find(REFUSALS, String.valueOf(failure.getMessage()));
    }

    private static @Nullable String find(Map<Pattern, String> patterns, String text) {
        return patterns.entrySet().stream()
                .filter(entry -> entry.getKey().matcher(text).find())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }
}
