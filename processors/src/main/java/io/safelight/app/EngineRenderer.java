package io.safelight.app;

import io.safelight.error.Fault;
import io.safelight.intake.Digests;
import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Chain;
import io.safelight.model.op.Op;
import io.safelight.model.op.Watermark;
import io.safelight.serve.Renderer;
import io.safelight.transform.ImageEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The engine, as serving needs it. */
public final class EngineRenderer implements Renderer {
    private final Supplier<ImageEngine> engine;
    private final Path watermarks;

    /** @param watermarks folder of the images that watermarks are made of */
    public EngineRenderer(Supplier<ImageEngine> engine, Path watermarks) {
        this.engine = engine;
        this.watermarks = watermarks;
    }

    @Override
    public String revision(Chain chain) {
        Stream<String> own = Stream.of(engine.get().name(), engine.get().version(), Integer.toString(ImageEngine.REVISION));
        Stream<String> marks = chain.ops().stream().flatMap(op -> mark(op).stream()).map(EngineRenderer::digest);
        return Stream.concat(own, marks).collect(Collectors.joining(" "));
    }

    /** The image that an operation lays over a picture. */
    private Optional<Path> mark(Op op) {
        return op instanceof Watermark watermark && watermark.mark() instanceof Watermark.Image image ? Optional.of(watermarks.resolve(image.file())) : Optional.empty();
    }

    private static String digest(Path mark) {
        try {
            return Digests.sha256(mark);
        } catch (IOException e) {
            throw new Fault("The watermark %s cannot be read; put it below %s.".formatted(mark.getFileName(), mark.getParent()), e);
        }
    }

    @Override
    public Set<Format> writes() {
        return engine.get().writes();
    }

    @Override
    public Optional<String> cannot(Op op) {
        return mark(op).filter(mark -> !Files.isReadable(mark)).map(mark -> "there is no watermark " + mark.getFileName()).or(() -> engine.get().cannot(op));
    }

    @Override
    public Path make(Path source, Format format, VariantSpec wanted, Path folder) {
        return engine.get().make(source, format, List.of(wanted), folder).getFirst().file();
    }
}
