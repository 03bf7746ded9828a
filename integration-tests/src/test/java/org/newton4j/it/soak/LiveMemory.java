/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.soak;

import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a process holds at one moment.
 *
 * @param heap bytes of live objects
 * @param tracked native objects (buffers, views, contexts of operations) that ND4J has yet to free
 * @param arrays bytes of the buffers among them that own native memory
 * @param workspaces bytes of this thread's workspaces
 * @param resident bytes of the whole process, which also move with compiled code and the allocator's habits
 */
record LiveMemory(long heap, long tracked, long arrays, long workspaces, long resident) {

    private static final int COLLECTIONS = 60;
    private static final int QUIET = 3;

    /**
     * Collects the heap until ND4J's own threads, which lag behind, have freed all that nobody holds.
     *
     * @param enough heap below which there is no need to wait longer
     */
    static LiveMemory settled(long enough) throws InterruptedException, ReflectiveOperationException {
        LiveMemory least = now();
        for (int i = 0, quiet = 0; i < COLLECTIONS && (quiet < QUIET || least.heap > enough); i++) {
            System.gc();
            Thread.sleep(20);
            LiveMemory next = now();
            boolean less = next.tracked < least.tracked || (next.tracked == least.tracked && next.heap < least.heap);
            quiet = less ? 0 : quiet + 1;
            least = less ? next : least;
        }
        return least;
    }

    /** Names of all native objects of this moment, for {@link #arraysBeside}. */
    static Set<Object> owners() throws ReflectiveOperationException {
        return new HashSet<>(references().keySet());
    }

    /**
     * Bytes of live arrays that were made since a moment; what else has been freed since then takes nothing off.
     *
     * @param earlier the {@link #owners} of that moment
     */
    static long arraysBeside(Set<Object> earlier) throws ReflectiveOperationException {
        long arrays = 0;
        for (Map.Entry<?, ?> entry : references().entrySet()) {
            if (!earlier.contains(entry.getKey())) {
                arrays += arrayBytes(entry.getValue());
            }
        }
        return arrays;
    }

    /** ND4J counts no bytes itself; it keeps a weak reference to every owner of native memory. */
    private static Map<?, ?> references() throws ReflectiveOperationException {
        Field field = Nd4j.getDeallocatorService().getClass().getDeclaredField("referenceMap");
        field.setAccessible(true);
        return (Map<?, ?>) field.get(Nd4j.getDeallocatorService());
    }

    private static long arrayBytes(Object reference) {
        return ((WeakReference<?>) reference).get() instanceof DataBuffer buffer
                        && buffer.underlyingDataBuffer() == null
                        && !buffer.isAttached()
                ? buffer.length() * buffer.getElementSize()
                : 0;
    }

    private static LiveMemory now() throws ReflectiveOperationException {
        long tracked = 0;
        long arrays = 0;
        for (Object reference : references().values()) {
            tracked++;
            arrays += arrayBytes(reference);
        }
        long workspaces = 0;
        for (MemoryWorkspace workspace : Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread()) {
            workspaces += workspace.getCurrentSize();
        }
        Runtime runtime = Runtime.getRuntime();
        return new LiveMemory(
                runtime.totalMemory() - runtime.freeMemory(), tracked, arrays, workspaces, Pointer.physicalBytes());
    }
}
