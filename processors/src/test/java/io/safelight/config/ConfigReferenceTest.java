package io.safelight.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConfigReferenceTest {
    @Test
    void everyKeySaysWhatItDoes() {
        assertFalse(ConfigReference.keys().isEmpty());
        ConfigReference.keys().forEach(key -> assertFalse(key.doc().isBlank(), () -> key.name() + " has no @Doc"));
    }

    @Test
    void everyKeyHasADefaultOrMayStayEmptyOrBelongsToANameTheOperatorChose() {
        ConfigReference.keys().forEach(key -> assertTrue(
                key.defaultValue().isPresent() || key.optional() || key.name().contains("<name>"), () -> key.name() + " has no default"));
    }

    @Test
    void namesAKeyAsOperatorsWriteIt() {
        ConfigReference.Key key = ConfigReference.find("safelight.broker.confirm-timeout").orElseThrow();
        assertEquals("SAFELIGHT_BROKER_CONFIRM_TIMEOUT", key.environment());
        assertEquals("10s", key.defaultValue().orElseThrow());
        assertEquals(Duration.class, key.type());
        assertEquals("broker", key.section());
    }

    @Test
    void findsAKeyUnderAChosenName() {
        ConfigReference.Key key = ConfigReference.find("safelight.store.identities.ingress.access-key").orElseThrow();
        assertEquals("SAFELIGHT_STORE_IDENTITIES_<NAME>_ACCESS_KEY", key.environment());
        assertEquals(key, ConfigReference.find("safelight.store.identities.\"in.gress\".access-key").orElseThrow());
        assertTrue(ConfigReference.find("safelight.store.identities.in.gress.access-key").isEmpty());
    }
}
