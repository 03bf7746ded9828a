/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.file;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A model file whose entries are all known ones, there once, as long as they claim and with the checksum they claim.
 *
 * <p>Everything that goes wrong with the file is one {@link IOException} that names file, entry and cause.
 */
public final class ModelZip implements Closeable {

    /** The network, as JSON. */
    public static final String CONFIGURATION = "configuration.json";

    /** The parameters. */
    public static final String COEFFICIENTS = "coefficients.bin";

    /** Deeplearning4j's updater state, if any. */
    public static final String UPDATER_STATE = "updaterState.bin";

    /** Says that the network has no parameters. */
    public static final String NO_PARAMETERS = "noParams.marker";

    /** Our own. Not in a folder: Deeplearning4j 1.0.0-M2.1 cannot read a zip with folders in it. */
    public static final String STATE = "newton4j.bin";

    private static final Set<String> READ = Set.of(CONFIGURATION, COEFFICIENTS, UPDATER_STATE, NO_PARAMETERS, STATE);

    /** What Deeplearning4j's ModelSerializer adds on request and reads again itself; here it is checked and left alone. */
    private static final String NORMALIZER = "normalizer.bin";

    private static final String OBJECTS = "objects/";

    /** Older Deeplearning4j wrote it; its loader calls readObject on it. */
    private static final String PREPROCESSOR = "preprocessor.bin";

    /** No deflated byte becomes more than 1032. */
    private static final long MOST_INFLATION = 1032;

    private final String file;
    private final ZipFile zip;
    private final Map<String, ZipEntry> entries = new LinkedHashMap<>();

    /** What reads an entry. */
    @FunctionalInterface
    public interface Reading<T> {

        /**
         * Reads.
         *
         * @param in the contents, all of which must be read
         * @return what was read
         * @throws IOException if the contents are wrong
         */
        T from(EntryInput in) throws IOException;
    }

    /** What may find that an entry is wrong. */
    @FunctionalInterface
    public interface Attempt<T> {

        /**
         * Does it.
         *
         * @return the result
         * @throws IOException if the entry is wrong
         */
        T make() throws IOException;
    }

    private ModelZip(String file, ZipFile zip) {
        this.file = file;
        this.zip = zip;
    }

    /**
     * Opens a file and reads all of it once.
     *
     * @param path the file
     * @return the file, to be closed
     * @throws IOException if it is not there, is no zip file, or an entry is foreign or damaged
     */
    public static ModelZip open(Path path) throws IOException {
        String file = path.toString();
        ZipFile zip;
        try {
            zip = new ZipFile(path.toFile());
        } catch (ZipException | IllegalArgumentException e) {
            throw new IOException(file + " is no zip file, or is damaged: " + e.getMessage(), e);
        } catch (FileSystemException | FileNotFoundException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
        ModelZip model = new ModelZip(file, zip);
        try {
            model.list();
            for (ZipEntry entry : model.entries.values()) {
                model.attempt(entry.getName(), () -> model.check(entry));
            }
            return model;
        } catch (IOException e) {
            zip.close();
            throw e;
        }
    }

    private void list() throws IOException {
        for (ZipEntry entry : Collections.list(zip.entries())) {
            String name = entry.getName();
            if (name.equals(PREPROCESSOR)) {
                throw damaged(
                        name,
                        "it is a serialised Java object, and reading one runs code of whoever wrote it. Take it out of the"
                                + " zip and attach the preprocessor to the iterator; normalizers belong into "
                                + NORMALIZER);
            }
            if (!(READ.contains(name)
                    || name.equals(NORMALIZER)
                    || (name.startsWith(OBJECTS) && name.length() > OBJECTS.length()))) {
                throw damaged(
                        name,
                        "it is no part of a model file. If you put it there, take it out; if not, trust no other");
            }
            if (entries.put(name, entry) != null) {
                throw damaged(name, "it is there twice");
            }
        }
    }

    private long check(ZipEntry entry) throws IOException {
        long size = entry.getSize();
        long compressed = entry.getCompressedSize();
        boolean stored = entry.getMethod() == ZipEntry.STORED;
        if (size < 0 || compressed < 0 || (stored ? size != compressed : size / MOST_INFLATION > compressed)) {
            throw new IOException(
                    "it claims " + size + " bytes, which its " + compressed + " bytes in the file" + " cannot hold");
        }
        CRC32 crc = new CRC32();
        long count = 0;
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] buffer = new byte[1 << 16];
            for (int read; (read = in.read(buffer)) >= 0; ) {
                crc.update(buffer, 0, read);
                count += read;
                if (count > size) {
                    break;
                }
            }
        }
        if (count != size) {
            throw new IOException(
                    "it has " + (count > size ? "more than the " : count + " of the ") + size + " bytes it claims");
        }
        if (crc.getValue() != entry.getCrc()) {
            throw new IOException("its checksum is " + Long.toHexString(crc.getValue()) + ", but should be "
                    + Long.toHexString(entry.getCrc()) + "; take another copy of the file");
        }
        return count;
    }

    /**
     * Whether an entry is there.
     *
     * @param entry name
     * @return true if it is
     */
    public boolean has(String entry) {
        return entries.containsKey(entry);
    }

    /**
     * What tells the contents of the entries that make up the model from others.
     *
     * @return size and checksum by name, without {@link #STATE}
     */
    public Map<String, Fingerprint> modelEntries() {
        Map<String, Fingerprint> model = new LinkedHashMap<>();
        entries.forEach((name, entry) -> {
            if (READ.contains(name) && !name.equals(STATE)) {
                model.put(name, Fingerprint.of(entry));
            }
        });
        return model;
    }

    /**
     * Reads an entry.
     *
     * @param entry name
     * @param reading what reads it
     * @param <T> type of the result
     * @return what was read
     * @throws IOException if the entry is missing, wrong, or longer than what was read
     */
    public <T> T read(String entry, Reading<T> reading) throws IOException {
        ZipEntry found = entry(entry);
        return attempt(entry, () -> {
            try (EntryInput in = new EntryInput(zip.getInputStream(found), found.getSize())) {
                T result = reading.from(in);
                if (in.left() > 0) {
                    throw new IOException(in.left() + " bytes follow where it should end");
                }
                return result;
            }
        });
    }

    /**
     * Uses what was read from an entry; whatever is wrong then is wrong with the entry.
     *
     * @param entry name
     * @param use what uses it
     * @param <T> type of the result
     * @return the result
     * @throws IOException in place of every other exception
     */
    public <T> T attempt(String entry, Attempt<T> use) throws IOException {
        try {
            return use.make();
        } catch (IOException | RuntimeException | LinkageError e) {
            throw damaged(entry, cause(e), e);
        } catch (OutOfMemoryError e) {
            throw damaged(entry, "what it holds does not fit into memory: " + e.getMessage(), e);
        }
    }

    private ZipEntry entry(String name) throws IOException {
        ZipEntry entry = entries.get(name);
        if (entry == null) {
            throw damaged(name, "it is missing; the file holds " + entries.keySet());
        }
        return entry;
    }

    private IOException damaged(String entry, String cause) {
        return new IOException(file + ", entry " + entry + ": " + cause);
    }

    private IOException damaged(String entry, String cause, Throwable e) {
        IOException named = damaged(entry, cause);
        named.initCause(e);
        return named;
    }

    /** Of wrapped exceptions the innermost says most. */
    private static String cause(Throwable e) {
        Throwable inner = e;
        while (inner.getCause() != null && (inner.getMessage() == null || inner instanceof RuntimeException)) {
            inner = inner.getCause();
        }
        if (inner.getMessage() == null) {
            return inner instanceof EOFException
                    ? "it ends too early"
                    : "it cannot be used (" + inner.getClass().getSimpleName() + ")";
        }
        return inner.getMessage();
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
