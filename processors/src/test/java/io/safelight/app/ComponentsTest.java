package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Fault;
import io.safelight.error.Unavailable;
import io.safelight.intake.Spool;
import io.safelight.model.Format;
import io.safelight.moderate.Lineup;
import io.safelight.moderate.Model;
import io.safelight.moderate.Moderator;
import io.safelight.transform.Engines;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComponentsTest {
    private static final Set<Format> PLAIN = Engines.abilities("thumbnailator").reads();
    private static final Set<Format> COMPLETE = Engines.abilities("libvips").reads();

    @TempDir
    Path home;

    private static SafelightConfig config(Map<String, String> settings) {
        var builder = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class);
        settings.forEach(builder::withDefaultValue);
        return builder.build().getConfigMapping(SafelightConfig.class);
    }

    private static Set<Format> taken(String configured, Optional<Set<Format>> read) {
        return Components.taken(config(Map.of("safelight.limits.formats", configured)), read);
    }

    private Moderator moderator(String groups) {
        var components = new Components(config(Map.of("safelight.groups", groups, "safelight.home", home.toString())), new SimpleMeterRegistry());
        return components.moderator(Engines.open("thumbnailator", Optional.empty(), Path.of(".native"), Path.of("config/watermarks")), new Lineup(List.of()));
    }

    @Test
    void moderationDoesNotStartWhereItsEngineWouldShowTheModelsLessThanIsPublished() throws IOException {
        Path variants = Files.createDirectory(home.resolve("config")).resolve("variants.yaml");
        Files.writeString(variants, "variants:\n  - {name: moving, width: 80, animated: true}\n");

        assertTrue(assertThrows(Fault.class, () -> moderator("moderation")).getMessage().contains("Install libvips"));
        assertDoesNotThrow(() -> moderator("classify"), "nothing is published of it");

        Files.writeString(variants, "variants:\n  - {name: still, width: 80}\n");
        assertDoesNotThrow(() -> moderator("moderation"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            serving                | 4 | 0
            ingress,serving        | 4 | 0
            processing             | 5 | 0
            serving,classify       | 5 | 4
            processing,serving     | 5 | 4
            """)
    void thereAreNoMoreDecodersThanTheGroupsUse(String groups, int processes, int making) {
        var components = new Components(config(Map.of("safelight.groups", groups, "safelight.engine.concurrency", "4")), new SimpleMeterRegistry());
        var decoders = components.decoders(new Spool(home, 0));
        assertEquals(processes, decoders.processes());
        assertEquals(making, decoders.making());
    }

    @Test
    void aCandidateThatFindsNoMemoryKeepsNobodyFromStartingAndOneThatIsNoModelDoes() {
        Model candidate = Preflight.lineup(Path.of(".")).places().getFirst().model();
        assertNull(Components.tryOut(candidate, model -> {
            throw new Unavailable("no memory left", null);
        }));
        assertThrows(Fault.class, () -> Components.tryOut(candidate, model -> {
            throw new Fault("no such weights");
        }));
    }

    @Test
    void whatTheEngineReadsIsTakenInWhereNothingElseIsSaid() {
        assertEquals(PLAIN, taken("", Optional.of(PLAIN)));
        assertEquals(EnumSet.allOf(Format.class), taken("", Optional.of(COMPLETE)));
    }

    @Test
    void ofWhatIsConfiguredOnlyWhatTheEngineReadsIsTakenIn() {
        assertEquals(Set.of(Format.JPEG), taken("jpeg,avif,svg", Optional.of(PLAIN)));
        assertEquals(Set.of(Format.JPEG, Format.AVIF), taken("jpeg,avif", Optional.of(COMPLETE)));
    }

    @Test
    void whereTheEngineIsElsewhereWhatIsConfiguredIsTakenInAndHeicIfItIsNamed() {
        assertEquals(EnumSet.complementOf(EnumSet.of(Format.HEIC)), taken("", Optional.empty()));
        assertEquals(Set.of(Format.JPEG, Format.HEIC), taken("jpeg,heic", Optional.empty()));
    }
}
