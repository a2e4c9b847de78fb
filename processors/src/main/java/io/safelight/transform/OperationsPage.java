package io.safelight.transform;

import io.safelight.model.Format;
import io.safelight.model.op.Op;
import io.safelight.model.op.OpKind;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The page of the reference on operations and formats, made of what the code says. */
public final class OperationsPage {
    private OperationsPage() {}

    /** @param engines a column each */
    public static String of(List<Abilities> engines) {
        StringBuilder page = new StringBuilder("""
                # Operations and formats

                Generated from the code. A variant in `config/variants.yaml` lists operations under `ops`, and they are done in that order:

                ```yaml
                variants:
                  - name: card
                    ops:
                      - resize: {width: 400, height: 300, fit: crop, gravity: attention}
                      - filter: sharpen
                      - watermark: {text: "© Example", position: southeast, width: 25}
                    formats: [avif, webp, jpeg]
                    quality: 80
                ```

                `width: 320` is short for `ops: [resize: 320]`. `formats` are `[avif, webp, jpeg]` where they are left out. `quality` is 1 to 100 for the
                lossy formats. `strip: true` may be written but changes nothing: metadata never reaches a rendition. There are at most ten operations. A request
                writes the same on one line, with `+` between two of them: `resize:width=400,height=300,fit=crop+filter:sharpen`. Within a value,
                `+ , = : %` are written `%2B`, `%2C`, `%3D`, `%3A`, `%25`.

                `animated: true` keeps every frame of an animated GIF or WebP, in WebP; every frame is then moderated. Its `formats` are `[webp, jpeg]` where
                they are left out, and AVIF may not be among them: it would stand still, and be what browsers are given. Where one variant is animated, the master
                of an animation has all its frames, together at most 2^25 (33 million) pixels, and its other variants are made of that, the still ones too:
                of 100 frames of 4:3 none is larger than 669 × 502.

                """);
        for (OpKind kind : OpKind.values()) {
            page.append("## ").append(kind.slug()).append("\n\n").append(kind.doc());
            kind.shorthand().ifPresent(name -> page.append(" A lone value is its `").append(name).append("`."));
            page.append("\n\n| parameter | |\n|---|---|\n");
            kind.parameters().forEach(p -> page.append("| `%s` | %s |\n".formatted(p.name(), p.doc())));
            page.append("\n| example |").append(heads(engines)).append("\n|---|").append("---|".repeat(engines.size())).append('\n');
            for (Op example : kind.examples()) {
                page.append("| `%s` |".formatted(example.text()))
                        .append(cells(engines, engine -> engine.cannot(example).map(why -> "no: " + why).orElse("yes"))).append('\n');
            }
            page.append('\n');
        }
        page.append("## Formats\n\n| format |").append(heads(engines)).append("\n|---|").append("---|".repeat(engines.size())).append('\n');
        for (Format format : Format.values()) {
            page.append("| %s |".formatted(format.contentType())).append(cells(engines, engine -> inAndOut(engine, format))).append('\n');
        }
        page.append("| every frame, where a variant is `animated` |").append(cells(engines, engine -> engine.animates() ? "GIF, WebP in, WebP out" : "no: stops the start"))
                .append('\n');
        return page.append("""

                HEIC is read where the libvips in use is built with it, as Debian's is and the pinned one is not; else it is refused with 415, which says
                what to send. Of an animation the first frame is shown unless a variant is `animated`. Alpha is kept in PNG, WebP and AVIF; JPEG puts it on
                white, or on the colour that `background` names. Colours are converted to sRGB by the embedded profile, and EXIF orientation is applied;
                Thumbnailator passes over the profile of a PNG, and of a grey image.
                """).toString();
    }

    private static String inAndOut(Abilities engine, Format format) {
        boolean in = engine.reads().contains(format);
        boolean out = engine.writes().contains(format);
        return in && out ? "in, out" : in ? "in" : out ? "out" : "";
    }

    private static String heads(List<Abilities> engines) {
        return cells(engines, Abilities::name);
    }

    private static String cells(List<Abilities> engines, Function<Abilities, String> cell) {
        return engines.stream().map(engine -> " " + cell.apply(engine) + " |").collect(Collectors.joining());
    }

    /** What an engine leaves undone of the examples, each with why; for the log. */
    static List<String> undone(Abilities engine) {
        Stream<String> ops = Arrays.stream(OpKind.values()).flatMap(kind -> kind.examples().stream()).flatMap(op -> engine.cannot(op).stream());
        return Stream.concat(ops, engine.animates() ? Stream.empty() : Stream.of("animated: true needs libvips")).distinct().toList();
    }
}
