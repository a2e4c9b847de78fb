package io.safelight.serve;

import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Chain;
import io.safelight.model.op.Op;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Whoever makes what a request asks for. Safe for use by many threads. */
public interface Renderer {
    /** Stands for all that, beside the source, makes the bytes: whoever does the work, and what it lays over a picture. Another one makes other bytes. */
    String revision(Chain chain);

    Set<Format> writes();

    /** Why it leaves an operation undone; empty where it does it. */
    Optional<String> cannot(Op op);

    /**
     * @param wanted in one of the formats that are written here
     * @param folder empty, existing; the file is written here
     */
    Path make(Path source, Format format, VariantSpec wanted, Path folder);
}
