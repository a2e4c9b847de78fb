package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.config.SafelightConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartTest {
    private static String welcome(Map<String, String> settings) {
        var builder = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class);
        settings.forEach(builder::withDefaultValue);
        return new Start(builder.build().getConfigMapping(SafelightConfig.class)).welcome("127.0.0.1", 8080);
    }

    @Test
    void hawtioIsNamedWhereItsPagesAre() {
        String text = welcome(Map.of("safelight.hawtio.password", "secret"));

        assertTrue(text.contains("Hawtio    http://127.0.0.1:8080/hawtio   user admin"), text);
        assertFalse(text.contains("Jolokia"), text);
        assertFalse(text.contains("secret"), text);
    }

    @Test
    void whereOnlyJolokiaIsItsOwnPortIsNamed() {
        String text = welcome(Map.of("safelight.hawtio.password", "secret", "safelight.hawtio.jolokia-port", "8778"));

        assertTrue(text.contains("Jolokia   http://127.0.0.1:8778/jolokia   user admin"), text);
        assertFalse(text.contains("/hawtio"), text);
    }

    @Test
    void withoutAPasswordThereIsNeither() {
        for (Map<String, String> settings : List.of(Map.<String, String>of(), Map.of("safelight.hawtio.password", "secret", "safelight.hawtio.enabled", "false"))) {
            String text = welcome(settings);
            assertFalse(text.contains("awtio") || text.contains("olokia"), text);
        }
    }
}
