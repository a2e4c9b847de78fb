package io.safelight.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.safelight.error.Fault;
import io.safelight.error.Unavailable;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.store.Content;
import io.safelight.store.ObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Manifests, each believed for a moment: that moment is the longest a withdrawn image is still shown. That an image has none
 * is not remembered, so that a published one is there at once.
 */
final class Manifests {
    private static final int MOST = 10_000;

    /** @param read when reading it began, by the ticker */
    private record Believed(Manifest manifest, long read) {}

    private final ObjectStore store;
    private final long life;
    private final LongSupplier ticker;
    private final SingleFlight<UUID, Optional<Manifest>> reading = new SingleFlight<>();
    private final Map<UUID, Believed> believed = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, Believed> eldest) {
            return size() > MOST;
        }
    });

    /** @param ticker nanoseconds that only go forward */
    Manifests(ObjectStore store, Duration life, LongSupplier ticker) {
        this.store = store;
        this.life = life.toNanos();
        this.ticker = ticker;
    }

    Optional<Manifest> get(UUID id) {
        // looked for again in the flight: another's may have ended in between
        return known(id).or(() -> reading.run(id, () -> known(id).or(() -> read(id))));
    }

    private Optional<Manifest> known(UUID id) {
        return Optional.ofNullable(believed.get(id)).filter(known -> ticker.getAsLong() - known.read() < life).map(Believed::manifest);
    }

    void doubt(UUID id) {
        believed.remove(id);
    }

    private Optional<Manifest> read(UUID id) {
        long begin = ticker.getAsLong();
        Optional<Content> found = store.stream(Manifest.key(id));
        if (found.isEmpty()) {
            believed.remove(id);
            return Optional.empty();
        }
        try (Content content = found.get()) {
            Manifest manifest = Json.MAPPER.readValue(content.readAllBytes(), Manifest.class);
            believed.put(id, new Believed(manifest, begin));
            return Optional.of(manifest);
        } catch (JsonProcessingException e) {
            throw new Fault(Manifest.key(id) + " in " + store.bucket() + " is no manifest; publish the image again.", e);
        } catch (IOException e) {
            throw new Unavailable("The manifest of " + id + " could not be read to its end; try again.", e);
        }
    }
}
