/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkdownCodeTest {

    private static final String PAGE = """
            # Title
            ```xml
            <java/>
            ```
            ```java
            // file: Hello.java
            class Hello {}
            ```
            text
            ```java
            import java.util.List;

            List<String> empty = List.of();
            ```
            """;

    @Test
    void should_find_java_blocks_and_nothing_else() {
        List<MarkdownCode> blocks = MarkdownCode.of(PAGE);
        assertThat(blocks).extracting(MarkdownCode::line).containsExactly(6, 11);
        assertThat(blocks.get(0).className()).contains("Hello");
        assertThat(blocks.get(1).className()).isEmpty();
    }

    @Test
    void should_leave_complete_classes_alone_and_wrap_statements() {
        List<MarkdownCode> blocks = MarkdownCode.of(PAGE);
        assertThat(blocks.get(0).asClass("X", "", "")).isEqualTo(blocks.get(0).text());
        assertThat(blocks.get(1).asClass("Snippet11", "import java.util.Map;", "int n;"))
                .startsWith("import java.util.List;\nimport java.util.Map;\nabstract class Snippet11 {")
                .contains("int n;\n    void snippet()")
                .contains("List<String> empty")
                .doesNotContainPattern("void snippet[^}]*import");
    }

    @Test
    void should_refuse_a_block_that_is_never_closed() {
        assertThatThrownBy(() -> MarkdownCode.of("a\n```java\nint x;\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("opened in line 2");
    }
}
