/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.file;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a file as a whole: the new contents are written beside it, forced to the disk, and take its place in one move.
 *
 * <p>A link stays and the file it leads to is replaced. A new file gets the permissions every new file gets, a replaced one keeps
 * its own. While a draft is being written it is locked: one that is not was left behind by a process that died, and the next draft of
 * the same file removes it.
 */
public final class Draft {

    private static final int MOST_LINKS = 40;
    private static final String SUFFIX = ".part";

    /** Drafts of this process: opening one of them to see whether it is locked would drop its lock. */
    private static final Set<Path> LIVE = ConcurrentHashMap.newKeySet();

    private static final AtomicLong COUNT = new AtomicLong(System.nanoTime() >>> 1);

    private Draft() {}

    /** What writes the contents. */
    @FunctionalInterface
    public interface Writing {

        /**
         * Writes.
         *
         * @param out the contents
         * @throws IOException if writing fails
         */
        void to(OutputStream out) throws IOException;
    }

    /**
     * Writes a file.
     *
     * @param file to be written or replaced
     * @param writing what writes it
     * @throws IOException if it cannot be written; an older one is then as before
     */
    public static void write(Path file, Writing writing) throws IOException {
        Path target = target(file.toAbsolutePath());
        Path name = target.getFileName();
        Path folder = target.getParent();
        if (name == null || folder == null || Files.isDirectory(target)) {
            throw new IOException(file + " is a folder; name a file");
        }
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString(), null, "there is no such folder to write into");
        }
        Path real = folder.toRealPath();
        removeLitter(real, name.toString());
        for (; ; ) {
            Path draft = real.resolve(name + "." + COUNT.getAndIncrement() + SUFFIX);
            LIVE.add(draft);
            try {
                if (attempt(draft, target, real, writing)) {
                    return;
                }
            } finally {
                LIVE.remove(draft);
            }
        }
    }

    /** Fails only where another process took the draft for litter before it was locked. */
    private static boolean attempt(Path draft, Path target, Path folder, Writing writing) throws IOException {
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            try {
                if (!lock(channel) || !Files.exists(draft)) {
                    return false;
                }
                writing.to(Channels.newOutputStream(channel));
                keepPermissions(target, draft);
                channel.force(true);
                move(draft, target);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (FileAlreadyExistsException e) {
            if (draft.toString().equals(e.getFile())) {
                return false;
            }
            throw e;
        }
        force(folder);
        return true;
    }

    /** Some file systems know no locks; drafts are then not taken for litter either. */
    private static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException e) {
            return true;
        }
    }

    /** The file at the end of a chain of links, which need not be there yet. */
    private static Path target(Path file) throws IOException {
        Path path = file;
        for (int i = 0; i < MOST_LINKS; i++) {
            if (!Files.isSymbolicLink(path)) {
                return path;
            }
            path = path.resolveSibling(Files.readSymbolicLink(path));
        }
        throw new FileSystemLoopException(file.toString());
    }

    private static void removeLitter(Path folder, String name) throws IOException {
        Pattern litter = Pattern.compile(Pattern.quote(name) + "\\.\\d+" + Pattern.quote(SUFFIX));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(
                folder,
                path -> litter.matcher(String.valueOf(path.getFileName())).matches())) {
            for (Path path : files) {
                if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && !LIVE.contains(path)) {
                    removeIfUnlocked(path);
                }
            }
        }
    }

    private static void removeIfUnlocked(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | OverlappingFileLockException e) {
            // Somebody else's, or already gone: what cannot be told to be litter stays.
            return;
        }
    }

    private static void keepPermissions(Path target, Path draft) throws IOException {
        PosixFileAttributeView old = posix(target);
        PosixFileAttributeView fresh = posix(draft);
        if (old != null && fresh != null && Files.exists(target)) {
            fresh.setPermissions(old.readAttributes().permissions());
        }
    }

    private static @Nullable PosixFileAttributeView posix(Path path) {
        return Files.getFileAttributeView(path, PosixFileAttributeView.class);
    }

    private static void move(Path draft, Path target) throws IOException {
        try {
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(draft, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Without this a crash of the machine may lose the move; Windows forces folders by itself and lets nobody open them. */
    private static void force(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            return;
        }
    }
}
