package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Fault;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreflightTest {
    private static SmallRyeConfigBuilder settings(Map<String, String> given) {
        Map<String, String> all = new HashMap<>(Map.of("quarkus.http.port", "0"));
        all.putAll(given);
        return new SmallRyeConfigBuilder().addDefaultInterceptors().addDiscoveredConverters()
                .withSources(new PropertiesConfigSource(all, "test", 100));
    }

    private static String faults(Map<String, String> given) {
        return assertThrows(Fault.class, () -> Preflight.check(() -> settings(given))).getMessage();
    }

    @Test
    void whatIsShippedStarts() {
        assertEquals("data", Preflight.check(() -> settings(Map.of())).data());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            safelight.groups            | scaler        | The group scaler asks RabbitMQ; set safelight.broker.uri and safelight.broker.management-url.
            safelight.groups            | foo           | safelight.groups names [foo]; the groups are ingress, processing, moderation, metadata, serving, lifecycle, classify, scaler.
            safelight.leases            | redis         | safelight.leases is 'redis'; write none or kubernetes.
            safelight.lease-time        | 900ms         | safelight.lease-time is 900 ms; a lease lasts 1s or longer.
            safelight.upload.max-bytes  | abc           | safelight.upload.max-bytes is 'abc'; write a size, such as 64K, 100M or 1G.
            safelight.processing.master-side | 0        | safelight.processing.master-side is 0; write pixels from 64 to 16383.
            safelight.processing.master-side | 20000    | safelight.processing.master-side is 20000; write pixels from 64 to 16383.
            safelight.engine.max-time   | 0s            | safelight.engine.max-time is 0 ms; an image gets 1s or more.
            safelight.engine.max-memory | 1M            | safelight.engine.max-memory is 1,048,576 bytes; a decoder needs 64M or more.
            safelight.engine.concurrency | -1           | safelight.engine.concurrency is -1; write how many images at a time, or 0 for one per processor.
            safelight.limits.max-side   | 0             | safelight.limits.max-side is 0; write how many pixels a side may have, such as 30000.
            safelight.limits.max-frames | -5            | safelight.limits.max-frames is -5; write how many frames an animation may have, such as 500.
            safelight.limits.max-decoded-bytes | 0      | safelight.limits.max-decoded-bytes is 0; write how many bytes an image may take once decoded, such as 512M.
            safelight.upload.max-files  | 0             | safelight.upload.max-files is 0; write how many files a request may have, such as 50.
            safelight.sftp.delay        | often         | safelight.sftp.delay is 'often'; write a duration, such as 500ms, 30s or 24h.
            safelight.broker.attempts   | ten           | safelight.broker.attempts is 'ten'; write a number.
            safelight.limits.formats    | jpeg,psd      | safelight.limits.formats names [psd]; the formats are avif, bmp, gif, heic, jpeg, png, svg, tiff, webp.
            safelight.serving.ops       | resize,zoom   | safelight.serving.ops names [zoom]; the operations are resize, crop, rotate, flip, watermark, filter, background, trim.
            safelight.serving.sizes     | 320,wide      | safelight.serving.sizes holds 'wide'; write whole numbers of pixels from 1 to 16383.
            safelight.serving.sizes     | 16384         | safelight.serving.sizes holds '16384'; write whole numbers of pixels from 1 to 16383.
            safelight.moderation.engine | PyTorch       | safelight.moderation.engine is 'PyTorch'; write OnnxRuntime or MXNet.
            safelight.moderation.device | gpu           | safelight.moderation.device is 'gpu'; write cpu, cuda, or cuda:1 for the second card.
            safelight.moderation.gpu-memory | 0         | safelight.moderation.gpu-memory is 0; write a size such as 2G, or leave it empty.
            safelight.broker.management-url | http://me:secret@host | safelight.broker.management-url is no address of a management API; write one such as http://rabbitmq:15672, without user or password.
            safelight.broker.management-url | http://host:port    | safelight.broker.management-url is no address of a management API; write one such as http://rabbitmq:15672, without user or password.
            safelight.broker.management-url | http://host:99999   | safelight.broker.management-url is no address of a management API; write one such as http://rabbitmq:15672, without user or password.
            safelight.broker.management-url | http://host/%zz     | safelight.broker.management-url is no address of a management API; write one such as http://rabbitmq:15672, without user or password.
            safelight.traces.endpoint   | collector     | safelight.traces.endpoint is no address of a collector; write one such as http://collector:4318, which takes OTLP over HTTP.
            safelight.traces.sampling   | 10            | safelight.traces.sampling is 10.0; write a share from 0 to 1, such as 0.1.
            safelight.traces.sampling   | most          | safelight.traces.sampling is 'most'; write a number.
            safelight.sftp.uri          | ftp://host/in | safelight.sftp.uri is 'ftp://host/in'; write an address such as sftp://host:22/drop, or embedded, or off.
            """)
    void saysWhatIsWrongAndWhatToWrite(String key, String value, String expected) {
        assertEquals(expected, faults(Map.of(key, value)));
    }

    @Test
    void theScalerWatchesNoQueueThatNobodyHas() {
        assertEquals("safelight.scaler.queues names [procesing]; the queues are processing, processing.slow, moderation, metadata.",
                faults(Map.of("safelight.groups", "scaler", "safelight.broker.uri", "amqp://rabbitmq", "safelight.broker.management-url", "http://rabbitmq:15672",
                        "safelight.scaler.queues", "procesing,moderation")));
    }

    @Test
    void namesEveryMistakeAtOnce() {
        assertEquals("""
                safelight.sftp.delay is 'often'; write a duration, such as 500ms, 30s or 24h.
                safelight.upload.max-bytes is 'abc'; write a size, such as 64K, 100M or 1G.""",
                faults(Map.of("safelight.upload.max-bytes", "abc", "safelight.sftp.delay", "often")));
    }

    @Test
    void namesTheLineOfABrokenVariant(@TempDir Path home) throws IOException {
        Files.createDirectories(home.resolve("routes"));
        Files.createDirectories(home.resolve("config"));
        Files.copy(Path.of("config/moderation.yaml"), home.resolve("config/moderation.yaml"));
        Files.writeString(home.resolve("config/variants.yaml"), "variants:\n  - name: hero\n    widht: 1600\n");

        String faults = faults(Map.of("safelight.home", home.toString()));

        assertTrue(faults.contains("variants.yaml:3: unknown key 'widht'"), faults);
        assertTrue(faults.contains("'width' is missing"), faults);
    }

    @Test
    void aHomeWithoutRoutesIsNamed(@TempDir Path home) {
        assertEquals("There is no folder routes/ in %s; set safelight.home to the folder that holds routes/, kamelets/ and config/.".formatted(home),
                faults(Map.of("safelight.home", home.toString())));
    }

    @Test
    void aPortThatIsTakenIsNamed() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String faults = faults(Map.of("quarkus.http.port", Integer.toString(taken.getLocalPort())));

            assertTrue(faults.startsWith("Port %d on 127.0.0.1 cannot be used".formatted(taken.getLocalPort())), faults);
            assertTrue(faults.endsWith("or choose another with --port or QUARKUS_HTTP_PORT."), faults);
        }
    }

    @Test
    void aLinkKeyWithoutASecretIsNamed() {
        assertTrue(faults(Map.of("safelight.serving.keys", "abc")).startsWith("safelight.serving.keys holds an entry that is not id:secret"));
    }

    @Test
    void namesThatSetNothingAreFoundWhereverTheyStand() {
        SmallRyeConfig settings = settings(Map.of("safelight.upload.max-byte", "3M", "safelight.upload.max-bytes", "3M",
                "safelight.store.identities.ingress.access-key", "a", "safelight.stacktrace", "true")).build();

        assertEquals(List.of("SAFELIGHT_UPLOAD_MAXBYTES", "safelight.upload.max-byte"), Preflight.unknown(settings, Set.of("PATH",
                "SAFELIGHT_UPLOAD_MAXBYTES", "SAFELIGHT_UPLOAD_MAX_BYTES", "SAFELIGHT_STORE_IDENTITIES_INGRESS_ACCESS_KEY",
                "SAFELIGHT_SERVING_SERVICE_HOST", "SAFELIGHT_SERVING_PORT_8080_TCP_ADDR")));
    }
}
