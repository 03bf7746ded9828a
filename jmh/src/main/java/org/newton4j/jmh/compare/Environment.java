/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.Kernels;

/** What the numbers were measured on; no host, user or path. */
final class Environment {
    private Environment() {}

    static Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("Newton4J", version());
        facts.put("ND4J", version("org.nd4j", "nd4j-api"));
        facts.put("backend", Nd4j.getBackend().getClass().getSimpleName());
        facts.put("step kernel", Kernels.name());
        facts.put("data type", "FLOAT");
        facts.put("JVM", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        facts.put("processor", processor());
        facts.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
        facts.put("OMP_NUM_THREADS", variable("OMP_NUM_THREADS"));
        facts.put("OMP_WAIT_POLICY", variable("OMP_WAIT_POLICY"));
        return facts;
    }

    private static String variable(String name) {
        return Objects.requireNonNullElse(System.getenv(name), "not set");
    }

    /** Linux tells; elsewhere the architecture above has to do. */
    private static String processor() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException | UncheckedIOException noSuchFile) {
            return "unknown";
        }
    }

    static String version() {
        return version("org.newton4j", "newton4j-jmh");
    }

    private static String version(String group, String artifact) {
        String file = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        try (InputStream in = Environment.class.getResourceAsStream(file)) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty("version", "unknown");
        } catch (IOException unreadable) {
            return "unknown";
        }
    }
}
