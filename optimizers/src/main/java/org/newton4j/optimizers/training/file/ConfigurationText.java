/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.nd4j.shade.jackson.core.JsonFactory;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonToken;

/**
 * The JSON of a network, looked through before Deeplearning4j turns it into objects.
 *
 * <p>It names classes, and whoever loads a class by name runs its static initialiser. So only classes that belong to
 * Deeplearning4j or extend one of its classes or interfaces are let through: layers, updaters and losses of users are, others are not.
 *
 * @param json the text
 * @param fields names at the top
 */
record ConfigurationText(String json, Set<String> fields) {

    private static final String CLASS = "@class";
    private static final int MOST_BYTES = 1 << 26;
    private static final int DEEPEST = 100;
    private static final String[] LIBRARY = {"org.deeplearning4j.", "org.nd4j."};

    ConfigurationText {
        fields = Set.copyOf(fields);
    }

    static ConfigurationText read(EntryInput in) throws IOException {
        if (in.left() > MOST_BYTES) {
            throw new IOException("it has " + in.left() + " bytes, but at most " + MOST_BYTES + " are read");
        }
        byte[] bytes = in.readNBytes((int) in.left());
        String json = text(bytes);
        return new ConfigurationText(json, check(json));
    }

    /** Deeplearning4j writes in the charset of the machine. */
    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return new String(bytes, Charset.defaultCharset());
        }
    }

    private static Set<String> check(String json) throws IOException {
        Set<String> top = new HashSet<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            int depth = 0;
            for (JsonToken token; (token = parser.nextToken()) != null; ) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (depth > DEEPEST) {
                    throw new IOException("it is nested deeper than " + DEEPEST + " levels");
                }
                if (token == JsonToken.FIELD_NAME && depth == 1) {
                    top.add(parser.getCurrentName());
                }
                if (token == JsonToken.VALUE_STRING && CLASS.equals(parser.getCurrentName())) {
                    requirePart(parser.getText());
                }
            }
        }
        return top;
    }

    private static void requirePart(String name) throws IOException {
        try {
            if (!isPart(Class.forName(name, false, loader()))) {
                throw new IOException("it names the class '" + name + "', which is no part of a network");
            }
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IOException(
                    "it names the class '" + name + "', which is not there; add its library to the class path", e);
        }
    }

    private static ClassLoader loader() {
        ClassLoader own = Thread.currentThread().getContextClassLoader();
        return own == null ? ConfigurationText.class.getClassLoader() : own;
    }

    private static boolean isPart(Class<?> type) {
        for (String prefix : LIBRARY) {
            if (type.getName().startsWith(prefix)) {
                return true;
            }
        }
        Class<?> parent = type.getSuperclass();
        if (parent != null && isPart(parent)) {
            return true;
        }
        for (Class<?> parentInterface : type.getInterfaces()) {
            if (isPart(parentInterface)) {
                return true;
            }
        }
        return false;
    }
}
