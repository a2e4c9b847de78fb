package io.safelight.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.model.Format;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.model.Variant;
import io.safelight.serve.Links;
import io.safelight.serve.ServeListener;
import io.safelight.serve.Server;
import io.safelight.store.ObjectStore;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServedImagesTest {
    @TempDir
    Path cache;
    private final UUID id = UUID.randomUUID();
    private ServedImages images;

    @BeforeEach
    void publish() throws Exception {
        ObjectStore open = TestStore.newBucket();
        List<Variant> variants = new ArrayList<>();
        for (Format format : List.of(Format.AVIF, Format.JPEG)) {
            byte[] bytes = Studio.bytes(format.slug());
            String sha256 = Studio.sha256(bytes);
            Variant v = new Variant("thumb", format, 1, 1, bytes.length, sha256, Variant.stagingKey(id, "thumb", sha256, format));
            open.put(v.publicKey(), bytes, format.contentType());
            variants.add(v);
        }
        open.put(Manifest.key(id), Json.MAPPER.writeValueAsBytes(Manifest.of(id, Instant.now(), variants)), "application/json");
        images = new ServedImages(new Server(open, new Links(List.of(), Duration.ofHours(1)), cache, 1_000_000, Duration.ofSeconds(1), Duration.ofSeconds(60),
                Optional.empty(), ServeListener.NOBODY));
    }

    @Test
    void theFormatIsChosenByAcceptAndTheAddressAndByNoOtherHeader() {
        assertEquals("image/jpeg", served(null, "format=jpeg"));
        assertEquals("image/avif", served(null, "x=1&format=avif&format=jpeg"));
        assertEquals("image/jpeg", served(null, null));
        assertEquals("image/jpeg", served("avif", null), "a cache that obeys Vary: Accept would keep this for everybody");
        assertEquals("image/avif", served("jpeg", "format=avif"));
    }

    /** @param header named format, which Camel puts where it puts the parameter */
    private String served(String header, String query) {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.getMessage().setHeader("id", id.toString());
        exchange.getMessage().setHeader("variant", "thumb");
        exchange.getMessage().setHeader("format", header);
        exchange.getMessage().setHeader(Exchange.HTTP_RAW_QUERY, query);
        images.find(exchange);
        images.reply(exchange);
        return exchange.getMessage().getHeader(Exchange.CONTENT_TYPE, String.class);
    }
}
