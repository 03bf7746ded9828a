/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.DecimalNode;
import org.nd4j.shade.jackson.databind.node.DoubleNode;

/** Numbers as Jackson writes them: JSON has no word for NaN, and YAML none for 1.0E7 without a sign. */
final class Scalars {

    private Scalars() {}

    /**
     * The number in a node.
     *
     * @param node any value
     * @param parser where it comes from
     * @return the number, NaN and infinities included; null if it is none
     */
    static @Nullable Double number(JsonNode node, JsonParser parser) {
        JsonNode numeric = numeric(node, parser);
        return numeric == null ? null : Double.valueOf(numeric.doubleValue());
    }

    /**
     * The number in a node with all its digits.
     *
     * @param node any value
     * @param parser where it comes from
     * @return a numeric node; null if it is none
     */
    static @Nullable JsonNode numeric(JsonNode node, JsonParser parser) {
        if (node.isNumber()) {
            return node;
        }
        String text = node.isTextual() ? node.textValue() : "";
        return switch (text) {
            case "NaN" -> DoubleNode.valueOf(Double.NaN);
            case "Infinity" -> DoubleNode.valueOf(Double.POSITIVE_INFINITY);
            case "-Infinity" -> DoubleNode.valueOf(Double.NEGATIVE_INFINITY);
            default -> isYaml(parser) ? decimal(text) : null;
        };
    }

    private static @Nullable JsonNode decimal(String text) {
        try {
            return DecimalNode.valueOf(new BigDecimal(text));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static boolean isYaml(JsonParser parser) {
        return parser.getCodec() instanceof ObjectMapper mapper
                && mapper.getFactory().getFormatName().equals("YAML");
    }
}
