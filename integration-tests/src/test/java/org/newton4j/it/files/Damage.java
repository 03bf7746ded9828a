/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What can happen to a file. */
enum Damage {
    /** Up to three bits are turned. */
    FLIP {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) {
            return flipped(file, random);
        }
    },
    /** The end is missing. */
    TRUNCATE {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) {
            return Arrays.copyOf(file, random.nextInt(file.length));
        }
    },
    /** Something stands in front of the file or behind it. */
    SURROUND {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) {
            byte[] junk = bytes(random, 1 + random.nextInt(100));
            return random.nextBoolean() ? joined(junk, file) : joined(file, junk);
        }
    },
    /** A page of the disk is lost. */
    OVERWRITE {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) {
            byte[] damaged = file.clone();
            int from = random.nextInt(file.length);
            int length = Math.min(1 + random.nextInt(512), file.length - from);
            byte[] page = random.nextBoolean() ? new byte[length] : bytes(random, length);
            System.arraycopy(page, 0, damaged, from, length);
            return damaged;
        }
    },
    /** An entry nobody knows. */
    FOREIGN {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) throws IOException {
            Map<String, byte[]> parts = ZipParts.of(file);
            String[] names = {
                "preprocessor.bin", "evil.bin", "../../escape", "configuration.json~", "Newton4j.bin", "a/"
            };
            parts.put(names[random.nextInt(names.length)], bytes(random, 50));
            return ZipParts.zip(parts);
        }
    },
    /** Two entries have changed places. */
    SWAP {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) throws IOException {
            Map<String, byte[]> parts = ZipParts.of(file);
            String first = pick(parts, random);
            String second = pick(parts, random);
            byte[] kept = parts.get(first);
            parts.put(first, parts.get(second));
            parts.put(second, kept);
            return ZipParts.zip(parts);
        }
    },
    /** An entry is there twice. */
    DUPLICATE {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) throws IOException {
            Map<String, byte[]> parts = ZipParts.of(file);
            String name = pick(parts, random);
            String alias = name.substring(0, name.length() - 1) + "~";
            parts.put(alias, ZipParts.of(other).getOrDefault(name, new byte[3]));
            return ZipParts.renamed(ZipParts.zip(parts), alias, name);
        }
    },
    /** An entry of the model is missing; without ours a file is one of Deeplearning4j's. */
    MISSING {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) throws IOException {
            Map<String, byte[]> parts = ZipParts.of(file);
            parts.remove(pick(parts, random, "newton4j.bin"));
            return ZipParts.zip(parts);
        }
    },
    /** An entry of another file. */
    MIX {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) throws IOException {
            Map<String, byte[]> parts = ZipParts.of(file);
            String name = pick(parts, random);
            parts.put(name, ZipParts.of(other).getOrDefault(name, new byte[0]));
            return ZipParts.zip(parts);
        }
    },
    /** Contents are changed, shortened or made longer, and the checksum is right. */
    CONTENT {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) throws IOException {
            Map<String, byte[]> parts = ZipParts.of(file);
            parts.computeIfPresent(pick(parts, random), (name, old) -> switch (random.nextInt(4)) {
                case 0 -> Arrays.copyOf(old, random.nextInt(old.length));
                case 1 -> joined(old, bytes(random, 1 + random.nextInt(20)));
                default -> flipped(old, random);
            });
            return ZipParts.zip(parts);
        }
    },
    /** A size, stride or count near the beginning of an array is another one, and the checksum is right. */
    NUMBER {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) throws IOException {
            Map<String, byte[]> parts = ZipParts.of(file);
            String name = pick(parts, random, "configuration.json");
            byte[] contents = parts.get(name).clone();
            int at = random.nextInt(Math.min(contents.length, random.nextBoolean() ? 120 : 4000) - 8);
            long value = NUMBERS[random.nextInt(NUMBERS.length)];
            if (random.nextBoolean()) {
                ByteBuffer.wrap(contents).putLong(at, value);
            } else {
                ByteBuffer.wrap(contents).putInt(at, (int) value);
            }
            parts.put(name, contents);
            return ZipParts.zip(parts);
        }
    },
    /** The zip's own tables claim another size, place or checksum. */
    CLAIM {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) {
            byte[] damaged = file.clone();
            ByteBuffer buffer = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
            List<Integer> headers = new ArrayList<>();
            for (int i = 0; i < damaged.length - 46; i++) {
                if (buffer.getInt(i) == 0x02014b50) {
                    headers.add(i);
                }
            }
            int[] fields = {10, 16, 20, 24, 28, 30, 42};
            int header = headers.get(random.nextInt(headers.size()));
            int[] values = {0, 1, 8, 100, 1 << 20, Integer.MAX_VALUE, -1, -2, random.nextInt()};
            buffer.putInt(header + fields[random.nextInt(fields.length)], values[random.nextInt(values.length)]);
            return damaged;
        }
    },
    /** Not a model at all. */
    JUNK {
        @Override
        byte[] of(byte[] file, byte[] other, Random random) throws IOException {
            return switch (random.nextInt(3)) {
                case 0 -> bytes(random, random.nextInt(2000));
                case 1 -> new byte[0];
                default -> ZipParts.zip(Map.of("configuration.json", "{}".getBytes(StandardCharsets.UTF_8)));
            };
        }
    };

    private static final long[] NUMBERS = {
        0, 1, -1, 2, 3, 5, 7, 64, 1L << 20, 100_000_000, Integer.MAX_VALUE, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE
    };

    /**
     * Damages a file.
     *
     * @param file good; Not modified
     * @param other another good one
     * @param random where
     */
    abstract byte[] of(byte[] file, byte[] other, Random random) throws IOException;

    private static byte[] flipped(byte[] good, Random random) {
        byte[] damaged = good.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return damaged;
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }

    private static String pick(Map<String, byte[]> parts, Random random, String... except) {
        List<String> names = new ArrayList<>(parts.keySet());
        names.removeAll(List.of(except));
        return names.get(random.nextInt(names.size()));
    }
}
