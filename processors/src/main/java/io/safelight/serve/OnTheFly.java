package io.safelight.serve;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.model.Format;
import io.safelight.model.Manifest;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Chain;
import io.safelight.model.op.OpKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes of an image's source what a request asks for, such as {@code resize:width=320+format:webp}. */
public final class OnTheFly {
    private static final int WAITING_FOR_EACH_TURN = 32;

    private final Renderer renderer;
    private final AllowList allowed;
    private final Turns turns;

    /** @param concurrency images made at the same time */
    public OnTheFly(Renderer renderer, AllowList allowed, int concurrency) {
        this(renderer, allowed, new Turns(concurrency, concurrency * WAITING_FOR_EACH_TURN));
    }

    OnTheFly(Renderer renderer, AllowList allowed, Turns turns) {
        this.renderer = renderer;
        this.allowed = allowed;
        this.turns = turns;
    }

    /** Whether it is written as one, which no variant's name is; or names an operation that may need no parameter. */
    static boolean isChain(String segment) {
        return segment.matches("[a-z]+[:+].*") || Arrays.stream(OpKind.values()).anyMatch(kind -> kind.slug().equals(segment));
    }

    /**
     * @param negotiate makes of the format that the chain names, null where it names none, and of those there are, the one to make
     * @throws Rejected {@code bad-parameter} where it cannot be read or is not allowed
     */
    VariantSpec read(String text, boolean signed, BiFunction<String, Set<Format>, Format> negotiate) {
        try {
            VariantSpec asked = VariantSpec.ofRequest(text, Format.JPEG);
            Chain chain = allowed.check(asked.chain(), signed);
            chain.ops().forEach(op -> renderer.cannot(op).ifPresent(why -> {
                throw new Rejected(Code.BAD_PARAMETER, op.text() + " cannot be done here: " + why + ".");
            }));
            boolean named = Chain.steps(text).stream().anyMatch(step -> step.name().equals("format"));
            Format format = negotiate.apply(named ? asked.formats().getFirst().slug() : null, formats());
            return new VariantSpec(asked.name(), chain, List.of(format), asked.quality(), asked.animated());
        } catch (IllegalArgumentException e) {
            throw new Rejected(Code.BAD_PARAMETER, "The image has no variant of this name, and as operations it cannot be read: " + e.getMessage() + ".", e);
        }
    }

    private Set<Format> formats() {
        return renderer.writes().stream().filter(Format::isServed).collect(Collectors.toCollection(() -> EnumSet.noneOf(Format.class)));
    }

    /** Stands for the bytes that are, or would be, made: the same for all ways of writing the same request. */
    String key(Manifest.Entry source, VariantSpec wanted) {
        String all = String.join("\n", source.sha256(), wanted.chain().text(), wanted.formats().getFirst().slug(),
                String.valueOf(wanted.quality()), renderer.revision(wanted.chain()));
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * @param fetch  writes the source, verified, to the path it is given
     * @param target on a disk with room for the source beside it
     */
    void make(Manifest.Entry source, VariantSpec wanted, Consumer<Path> fetch, Path target) {
        turns.run(() -> {
            Path work = target.resolveSibling(target.getFileName() + ".work");
            try {
                Path folder = Files.createDirectories(work.resolve("made"));
                Path original = work.resolve("source");
                fetch.accept(original);
                Files.move(renderer.make(original, source.format(), wanted, folder), target);
            } catch (IOException e) {
                throw new Unavailable("The folder " + work + " could not be written. Check the free space on its disk.", e);
            } finally {
                delete(work);
            }
        });
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new Unavailable("The folder " + folder + " could not be deleted. Check the rights on it.", e);
        }
    }
}
