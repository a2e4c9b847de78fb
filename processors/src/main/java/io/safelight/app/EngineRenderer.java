package io.safelight.app;

import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Op;
import io.safelight.serve.Renderer;
import io.safelight.transform.ImageEngine;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The engine, as serving needs it. */
public final class EngineRenderer implements Renderer {
    private final Supplier<ImageEngine> engine;

    public EngineRenderer(Supplier<ImageEngine> engine) {
        this.engine = engine;
    }

    @Override
    public String version() {
        return engine.get().name() + " " + engine.get().version();
    }

    @Override
    public Set<Format> writes() {
        return engine.get().writes();
    }

    @Override
    public Optional<String> cannot(Op op) {
        return engine.get().cannot(op);
    }

    @Override
    public Path make(Path source, Format format, VariantSpec wanted, Path folder) {
        return engine.get().make(source, format, List.of(wanted), folder).getFirst().file();
    }
}
