package io.safelight.embedded;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.safelight.error.Fault;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps every other instance out of a data folder until it is closed or the process dies, however it dies. */
final class FolderLock implements AutoCloseable {
    /** A file lock is the process's, and to close the file a second time would give it up: instances in here are told apart first. */
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final FileChannel channel;

    private FolderLock(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /** @throws Fault if another instance has it */
    static FolderLock take(DataFolder data) {
        var folder = data.path();
        if (!HELD_HERE.add(folder)) {
            throw inUse(folder);
        }
        try {
            var channel = FileChannel.open(data.file("in-use.lock"), CREATE, WRITE);
            if (channel.tryLock() != null) {
                return new FolderLock(folder, channel);
            }
            channel.close();
        } catch (IOException e) {
            HELD_HERE.remove(folder);
            throw DataFolder.unusable(folder, e);
        }
        HELD_HERE.remove(folder);
        throw inUse(folder);
    }

    private static Fault inUse(Path folder) {
        return new Fault("The data folder " + folder + " is in use by another running instance: stop that one, "
                + "or give this one a folder of its own with safelight.data.");
    }

    @Override
    public void close() throws IOException {
        channel.close();
        HELD_HERE.remove(folder);
    }
}
