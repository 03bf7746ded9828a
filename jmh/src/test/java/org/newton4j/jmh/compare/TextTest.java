/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class TextTest {
    @Test
    void should_print_numbers_short() {
        assertThat(Text.number(0.0010000001)).isEqualTo("0.001");
        assertThat(Text.number(0.00092832)).isEqualTo("0.000928");
        assertThat(Text.number(1500)).isEqualTo("1500");
        assertThat(Text.number(Double.POSITIVE_INFINITY)).isEqualTo("—");
        assertThat(Text.count(12.5)).isEqualTo("12.5");
        assertThat(Text.count(12)).isEqualTo("12");
        assertThat(Text.bytes(1023)).isEqualTo("1023 B");
        assertThat(Text.bytes(1536)).isEqualTo("1.5 KiB");
        assertThat(Text.bytes(3 << 20)).isEqualTo("3.00 MiB");
    }

    @Test
    void should_place_ticks_inside_the_range() {
        assertThat(new Axis(0, 250, 0, 100, false).ticks(5)).containsExactly(0.0, 50.0, 100.0, 150.0, 200.0, 250.0);
        assertThat(new Axis(0.4, 2.5, 0, 100, true).ticks(5))
                .containsExactly(0.4, 0.5, 0.7000000000000001, 1.0, 1.5, 2.0);
        assertThat(new Axis(1, 100, 0, 100, true).pixel(10))
                .isEqualTo(50, org.assertj.core.api.Assertions.within(1e-9));
    }

    @Test
    void should_keep_folders_out_of_the_recorded_command() {
        CommandLine command = new CommandLine(new Options());
        assertThat(CommandText.of(command.parseArgs("--data", "/home/anna/images", "--out=/tmp/x/r", "--epochs", "1")))
                .isEqualTo("./compare --data images --out=r --epochs 1");
    }
}
