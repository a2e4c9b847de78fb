package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.config.SafelightConfig;
import io.safelight.model.Format;
import io.safelight.transform.Engines;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ComponentsTest {
    private static final Set<Format> PLAIN = Engines.abilities("thumbnailator").reads();
    private static final Set<Format> COMPLETE = Engines.abilities("libvips").reads();

    private static Set<Format> taken(String configured, Optional<Set<Format>> read) {
        SafelightConfig config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class)
                .withDefaultValue("safelight.limits.formats", configured).build().getConfigMapping(SafelightConfig.class);
        return Components.taken(config, read);
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
