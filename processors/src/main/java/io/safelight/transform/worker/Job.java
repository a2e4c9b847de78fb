package io.safelight.transform.worker;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.safelight.decode.ModelInput;
import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What a worker is asked; a method of the engine each. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "job")
@JsonSubTypes({@JsonSubTypes.Type(Job.Describe.class), @JsonSubTypes.Type(Job.Render.class), @JsonSubTypes.Type(Job.Make.class), @JsonSubTypes.Type(Job.Planes.class)})
sealed interface Job {
    @JsonTypeName("describe")
    record Describe() implements Job {}

    @JsonTypeName("render")
    record Render(Path original, Format format, int masterSide, List<VariantSpec> variants, Path folder) implements Job {}

    @JsonTypeName("make")
    record Make(Path original, Format format, List<VariantSpec> variants, Path folder) implements Job {}

    /** Before the answer comes a part for each frame, as {@link Frames} writes them. */
    @JsonTypeName("planes")
    record Planes(Path file, List<ModelInput> inputs) implements Job {}

    /** The answer to {@link Describe}. */
    record Description(String name, String version, Set<Format> reads, Set<Format> writes) {}
}
