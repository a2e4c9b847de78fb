package io.safelight.serve;

import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Op;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Whoever makes what a request asks for. Safe for use by many threads. */
public interface Renderer {
    /** Name and version: another one makes other bytes of the same source. */
    String version();

    Set<Format> writes();

    /** Why it leaves an operation undone; empty where it does it. */
    Optional<String> cannot(Op op);

    /**
     * @param wanted in one of the formats that are written here
     * @param folder empty, existing; the file is written here
     */
    Path make(Path source, Format format, VariantSpec wanted, Path folder);
}
