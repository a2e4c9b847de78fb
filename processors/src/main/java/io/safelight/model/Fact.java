package io.safelight.model;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.safelight.error.Problem;
import java.util.List;
import java.util.Map;

/** What an event says became true of an image. Its kind is also the event's routing key, after {@code image.} */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({@JsonSubTypes.Type(Fact.Accepted.class), @JsonSubTypes.Type(Fact.Rendered.class),
        @JsonSubTypes.Type(Fact.Scanned.class), @JsonSubTypes.Type(Fact.Refused.class),
        @JsonSubTypes.Type(Fact.Published.class), @JsonSubTypes.Type(Fact.Withdrawn.class)})
public sealed interface Fact {

    /**
     * The original is stored.
     *
     * @param name   file name as the sender gave it, cleaned; never used as a path
     * @param source {@code http} or the name of an SFTP source
     * @param width  pixels as the header declares them, before orientation
     * @param slow    to be processed in the lane for huge and progressive originals
     * @param account who sent it, as the gateway in front says; null where nothing does
     */
    @JsonTypeName("accepted")
    record Accepted(String name, String source, Format format, long bytes, int width, int height, boolean slow, String account) implements Fact {}

    /**
     * Master and variants are in the private bucket; the event's key and sha256 are the master's.
     *
     * @param width         of the upright original, pixels
     * @param blurhash      4 × 3 components
     * @param dominantColor {@code #rrggbb}
     * @param exif          group → tag → text, GPS left out unless configured
     * @param engine        name and version of the library that made the pixels
     * @param pdq           of what an animation shows first; null in messages from before it was computed
     */
    @JsonTypeName("rendered")
    record Rendered(int width, int height, String blurhash, String dominantColor,
                    Map<String, Map<String, String>> exif, String engine, List<Variant> variants, Perceptual pdq) implements Fact {}

    /** Models looked at the master. */
    @JsonTypeName("scanned")
    record Scanned(List<Seen> seen) implements Fact {
        public Scanned {
            seen = seen == null ? List.of() : List.copyOf(seen);
        }
    }

    /** The input was found bad after it had been accepted. */
    @JsonTypeName("rejected")
    record Refused(Problem problem) implements Fact {}

    @JsonTypeName("published")
    record Published() implements Fact {}

    @JsonTypeName("withdrawn")
    record Withdrawn() implements Fact {}

    default String kind() {
        return getClass().getAnnotation(JsonTypeName.class).value();
    }
}
