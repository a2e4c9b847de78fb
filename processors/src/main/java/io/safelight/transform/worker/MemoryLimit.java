package io.safelight.transform.worker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/** The most memory this process may write to, by setrlimit(2). On Linux; elsewhere there is none. */
final class MemoryLimit {
    private static final int RLIMIT_DATA = 2;
    /** What a Java process has besides its heap and the decoder's buffers. */
    private static final long OWN = 256L << 20;

    private MemoryLimit() {}

    static void set(long bytes) {
        if (!System.getProperty("os.name").equals("Linux")) {
            return;
        }
        Linker linker = Linker.nativeLinker();
        var setrlimit = linker.downcallHandle(linker.defaultLookup().findOrThrow("setrlimit"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limit = arena.allocateFrom(JAVA_LONG, bytes + OWN, bytes + OWN);
            if ((int) setrlimit.invokeExact(RLIMIT_DATA, limit) != 0) {
                System.err.println("The memory of this process could not be limited.");
            }
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }
}
