package io.safelight.routes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.app.EngineRenderer;
import io.safelight.camel.ServedImages;
import io.safelight.model.Fact;
import io.safelight.model.Format;
import io.safelight.model.Ids;
import io.safelight.model.Json;
import io.safelight.model.Manifest;
import io.safelight.model.Variant;
import io.safelight.serve.AllowList;
import io.safelight.serve.Links;
import io.safelight.serve.OnTheFly;
import io.safelight.serve.ServeListener;
import io.safelight.serve.Server;
import io.safelight.testing.Studio;
import io.safelight.testing.TestStore;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.Samples;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import org.apache.camel.spi.Registry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ImagesRouteTest extends HttpRouteTest {
    private static final int LARGE = 3_000_000;
    private static final String KEY = "k1:0123456789abcdef0123456789abcdef";

    private Links links;

    ImagesRouteTest() {
        super("serving/images");
    }

    @Override
    void bind(Registry registry) {
        ImageEngine engine = engine();
        var serving = config.serving();
        links = new Links(List.of(KEY), serving.linkLife());
        registry.bind("images", new ServedImages(new Server(open, links, spool.folder().resolve("cache"), serving.cacheSize().asLongValue(),
                serving.manifestLife(), serving.maxAge(), Optional.of(new OnTheFly(new EngineRenderer(() -> engine, Path.of("config/watermarks")), new AllowList(serving.ops(), serving.sizes()), 1)),
                ServeListener.NOBODY)));
    }

    /** As metadata publishes. */
    private UUID cleared() throws Exception {
        Studio studio = new Studio(hidden);
        List<Variant> variants = ((Fact.Rendered) studio.rendered().fact()).variants();
        for (Variant v : variants) {
            open.put(v.publicKey(), bytes(hidden, v.key()).orElseThrow(), v.format().contentType());
        }
        open.put(Manifest.key(studio.id), Json.MAPPER.writeValueAsBytes(Manifest.of(studio.id, Instant.now(), variants)), "application/json");
        return studio.id;
    }

    private HttpResponse<byte[]> fetch(UUID id, String variant, String... headers) throws Exception {
        return get(links.url(id, variant, Format.JPEG).replaceAll("[?&]format=jpeg&?", "?"), headers);
    }

    @Test
    void theFormatIsTheBestTheClientAccepts() throws Exception {
        UUID id = cleared();

        HttpResponse<byte[]> avif = fetch(id, "thumb", "Accept", "image/avif,image/webp,*/*");
        HttpResponse<byte[]> jpeg = fetch(id, "thumb", "Accept", "image/jpeg");

        assertEquals(steps("serve-image", "watch", "find", "reply"), story().subList(0, 3));
        assertEquals(200, avif.statusCode());
        assertEquals("image/avif", header(avif, "Content-Type"));
        assertEquals("image/jpeg", header(jpeg, "Content-Type"));
        Manifest.Entry entry = Json.MAPPER.readValue(bytes(open, Manifest.key(id)).orElseThrow(), Manifest.class).variants().getFirst();
        assertArrayEquals(bytes(open, entry.key()).orElseThrow(), avif.body());
        assertEquals('"' + entry.sha256() + '"', header(avif, "ETag"));
        assertEquals("Accept", header(avif, "Vary"));
        assertEquals("public, max-age=60", header(avif, "Cache-Control"));
        assertEquals(String.valueOf(avif.body().length), header(avif, "Content-Length"));
        assertEquals("nosniff", header(avif, "X-Content-Type-Options"));
    }

    @Test
    void whoeverHasItGetsNoBytesAndWhoeverAsksForTheHeadNeither() throws Exception {
        UUID id = cleared();
        String etag = header(fetch(id, "thumb", "Accept", "image/webp"), "ETag");

        HttpResponse<byte[]> same = fetch(id, "thumb", "Accept", "image/webp", "If-None-Match", etag);
        assertEquals(304, same.statusCode());
        assertEquals(0, same.body().length);
        assertEquals(etag, header(same, "ETag"));

        HttpResponse<byte[]> head = send("HEAD", links.url(id, "thumb", Format.WEBP), BodyPublishers.noBody());
        assertEquals(200, head.statusCode());
        assertEquals(etag, header(head, "ETag"));
        assertEquals(0, head.body().length);
    }

    @Test
    void aLargeFileArrivesWhole() throws Exception {
        byte[] pixels = new byte[LARGE];
        new java.util.Random(1).nextBytes(pixels);

        assertArrayEquals(pixels, fetch(cleared(pixels), "large").body());
    }

    /** Or each would be waited for when the process stops, and its file stay open. */
    @Test
    void aReaderWhoHangsUpLeavesNothingBehind() throws Exception {
        String path = links.url(cleared(new byte[20 * LARGE]), "large", Format.JPEG);
        context.getInflightRepository().setInflightBrowseEnabled(true);
        Exchange answered;
        try (Socket reader = new Socket()) {
            reader.setReceiveBufferSize(1);
            reader.connect(new InetSocketAddress("127.0.0.1", port));
            reader.getOutputStream().write("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path).getBytes(StandardCharsets.US_ASCII));
            assertEquals("HTTP/1.1 200 OK", text(reader.getInputStream().readNBytes(15)));
            answered = context.getInflightRepository().browse().iterator().next().getExchange();
            Awaitility.await().until(answered.getMessage(HttpMessage.class).getResponse()::writeQueueFull);
        }

        Awaitility.await().untilAsserted(() -> assertEquals(0, context.getInflightRepository().size()));
        assertThrows(IOException.class, answered.getMessage().getBody(InputStream.class)::read);
    }

    private UUID cleared(byte[] pixels) throws Exception {
        UUID id = Ids.timeOrdered();
        String sha256 = Studio.sha256(pixels);
        Variant variant = new Variant("large", Format.JPEG, 1280, 960, pixels.length, sha256, Variant.stagingKey(id, "large", sha256, Format.JPEG));
        open.put(variant.publicKey(), pixels, "image/jpeg");
        open.put(Manifest.key(id), Json.MAPPER.writeValueAsBytes(Manifest.of(id, Instant.now(), List.of(variant))), "application/json");
        return id;
    }

    @Test
    void operationsInTheAddressAreDoneToTheSource() throws Exception {
        UUID id = Ids.timeOrdered();
        byte[] pixels = Samples.encoded(Samples.quarters(800, 600), "jpeg");
        Variant source = Variant.source(id, Format.JPEG, 800, 600, pixels.length, Studio.sha256(pixels));
        open.put(source.publicKey(), pixels, "image/jpeg");
        open.put(Manifest.key(id), Json.MAPPER.writeValueAsBytes(Manifest.of(id, Instant.now(), List.of(source))), "application/json");

        HttpResponse<byte[]> made = fetch(id, "resize:width=320,height=320,fit=crop+filter:sepia+format:png+quality:70");

        assertEquals(200, made.statusCode(), () -> text(made.body()));
        assertEquals("image/png", header(made, "Content-Type"));
        assertEquals("Accept", header(made, "Vary"));
        assertEquals(String.valueOf(made.body().length), header(made, "Content-Length"));
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(made.body()));
        assertEquals(List.of(320, 320), List.of(picture.getWidth(), picture.getHeight()));
        HttpResponse<byte[]> same = fetch(id, "resize:width=320,height=320,fit=crop+filter:sepia+format:png+quality:70", "If-None-Match", header(made, "ETag"));
        assertEquals(304, same.statusCode());

        HttpResponse<byte[]> any = fetch(id, "resize:width=333", "Accept", "image/jpeg");
        assertEquals("image/jpeg", header(any, "Content-Type"), "signed, so of any size");
        assertEquals(333, ImageIO.read(new ByteArrayInputStream(any.body())).getWidth());

        assertProblem(404, "not-found", fetch(id, "source"));
        assertProblem(400, "bad-parameter", fetch(id, "watermark:text=mine"));
        assertProblem(403, "bad-signature", get(links.url(id, "resize:width=333", Format.JPEG).replace("333", "334")));
    }

    /** Decoded once too often, an escaped comma would end a value, and the signature would be over something else. */
    @Test
    void thePathIsTakenAsItWasSent() throws Exception {
        UUID id = cleared();

        String refused = assertProblem(400, "bad-parameter", fetch(id, "filter:kind=sep%2Cia")).get("detail").asText();
        assertTrue(refused.contains("not 'sep,ia'"), refused);
        assertProblem(404, "not-found", fetch(id, "resize%3Awidth=320"));
    }

    @Test
    void whatIsNotThereOrNotAnyMoreOrNotSignedIsAProblem() throws Exception {
        UUID id = cleared();
        UUID gone = Ids.timeOrdered();
        open.put(Manifest.key(gone), Json.MAPPER.writeValueAsBytes(Manifest.tombstone(gone, Instant.now())), "application/json");

        assertProblem(404, "not-found", fetch(Ids.timeOrdered(), "thumb"));
        assertProblem(404, "not-found", fetch(id, "gigantic"));
        assertProblem(410, "withdrawn", fetch(gone, "thumb"));
        assertProblem(403, "bad-signature", get("/i/" + id + "/thumb"));
        assertProblem(400, "bad-id", get("/i/" + id.toString().toUpperCase() + "/thumb"));
        HttpResponse<byte[]> none = fetch(id, "thumb", "Accept", "text/html");
        assertProblem(406, "not-acceptable", none);
        assertEquals("no-store", header(none, "Cache-Control"));
        assertNull(header(none, "ETag"));
    }

    @Test
    void aStoreThatDoesNotAnswerIsUnavailableAndNothingIsShownOnSuspicion() throws Exception {
        UUID id = cleared();
        TestStore.refuse = key -> key.startsWith(id.toString());

        assertProblem(503, "unavailable", fetch(id, "thumb"));
    }
}
