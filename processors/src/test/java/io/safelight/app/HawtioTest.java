package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.config.SafelightConfig;
import io.safelight.error.Fault;
import io.safelight.testing.Ports;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HawtioTest {
    private static final String LIST = "{\"type\":\"list\"}";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private int port;

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Hawtio hawtio(Map<String, String> settings) {
        var builder = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class);
        settings.forEach(builder::withDefaultValue);
        return new Hawtio(builder.build().getConfigMapping(SafelightConfig.class), vertx, "127.0.0.1");
    }

    private void start(Map<String, String> settings) {
        Router router = Router.router(vertx);
        hawtio(settings).register(router);
        port = vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().join().actualPort();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = request(path).POST(HttpRequest.BodyPublishers.ofString(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    private String cookie() throws Exception {
        HttpResponse<String> answer = post("/hawtio/auth/login", "{\"username\":\"admin\",\"password\":\"secret\"}");
        assertEquals(200, answer.statusCode(), answer.body());
        return answer.headers().firstValue("Set-Cookie").orElseThrow();
    }

    @Test
    void isNotThereWithoutAPassword() throws Exception {
        start(Map.of());

        assertEquals(404, get("/hawtio/").statusCode());
    }

    @Test
    void isNotThereWhereItIsSwitchedOff() throws Exception {
        start(Map.of("safelight.hawtio.password", "secret", "safelight.hawtio.enabled", "false"));

        assertEquals(404, get("/hawtio/").statusCode());
    }

    @Test
    void showsItsPagesAtAnyPathOfTheirs() throws Exception {
        start(Map.of("safelight.hawtio.password", "secret"));

        assertEquals("/hawtio/", get("/hawtio").headers().firstValue("Location").orElseThrow());
        for (String path : new String[] {"/hawtio/", "/hawtio/index.html", "/hawtio/login", "/hawtio/camel/routes"}) {
            HttpResponse<String> page = get(path);
            assertTrue(page.body().contains("<base href=\"/hawtio/\">"), path);
            assertEquals("no-cache", page.headers().firstValue("Cache-Control").orElseThrow());
            assertTrue(page.headers().firstValue("Content-Security-Policy").orElseThrow().contains("default-src 'self'"));
        }
        assertTrue(get("/hawtio/hawtconfig.json").body().contains("Safelight"));
        assertEquals(404, get("/hawtio/static/js/nothing.js").statusCode());
        assertEquals(404, get("/hawtio/%2e%2e/RoutesOnly.class").statusCode());
    }

    @Test
    void tellsNobodyAnythingBeforeTheLogin() throws Exception {
        start(Map.of("safelight.hawtio.password", "secret"));

        for (String path : new String[] {"/hawtio/user", "/hawtio/jolokia", "/hawtio/jolokia/", "/hawtio/jolokia/list", "/hawtio//jolokia/list", "/hawtio/x/../jolokia/list"}) {
            assertEquals(401, get(path).statusCode(), path);
        }
        assertEquals(401, post("/hawtio/jolokia/", LIST).statusCode());
        assertEquals(401, post("/hawtio/jolokia/", LIST, "Cookie", "hawtio=0123456789abcdef0123456789abcdef").statusCode());
        assertEquals(401, post("/hawtio/auth/login", "{\"username\":\"admin\",\"password\":\"Secret\"}").statusCode());
        assertEquals(400, post("/hawtio/auth/login", "nonsense").statusCode());
        assertEquals(401, post("/hawtio/auth/login", "{\"username\":1,\"password\":[]}").statusCode());
        assertEquals(400, post("/hawtio/auth/login", "").statusCode());
    }

    @Test
    void answersUntilTheLogout() throws Exception {
        start(Map.of("safelight.hawtio.password", "secret"));
        String cookie = cookie();
        assertTrue(cookie.contains("HTTPOnly") && cookie.contains("SameSite=Strict"), cookie);
        String session = cookie.replaceFirst(";.*", "");

        assertEquals("\"admin\"", send(request("/hawtio/user").header("Cookie", session)).body());
        assertTrue(post("/hawtio/jolokia/", LIST, "Cookie", session).body().contains("\"status\":200"));
        assertTrue(send(request("/hawtio/jolokia/version?includeRequest=false").header("Cookie", session)).body().contains("\"status\":200"));

        assertEquals("/hawtio/login", send(request("/hawtio/auth/logout").header("Cookie", session)).headers().firstValue("Location").orElseThrow());

        assertEquals(401, send(request("/hawtio/user").header("Cookie", session)).statusCode());
    }

    @Test
    void saysWhenToTryAgain() throws Exception {
        start(Map.of("safelight.hawtio.password", "secret"));
        for (int i = 0; i < 10; i++) {
            post("/hawtio/auth/login", "{\"username\":\"admin\",\"password\":\"guess\"}");
        }

        HttpResponse<String> answer = post("/hawtio/auth/login", "{\"username\":\"admin\",\"password\":\"secret\"}");

        assertEquals(429, answer.statusCode());
        assertEquals("60", answer.headers().firstValue("Retry-After").orElseThrow());
    }

    @Test
    void onAPortOfItsOwnThereIsOnlyJolokia() throws Exception {
        int own = Ports.free();
        start(Map.of("safelight.hawtio.password", "secret", "safelight.hawtio.jolokia-port", Integer.toString(own)));
        assertEquals(404, get("/hawtio/").statusCode());
        port = own;
        String right = "Basic " + Base64.getEncoder().encodeToString("admin:secret".getBytes(StandardCharsets.UTF_8));
        String wrong = "Basic " + Base64.getEncoder().encodeToString("admin:guess".getBytes(StandardCharsets.UTF_8));

        assertTrue(post("/jolokia/", LIST, "Authorization", right).body().contains("\"status\":200"));
        assertTrue(send(request("/jolokia/version").header("Authorization", right)).body().contains("\"status\":200"));
        assertEquals(401, post("/jolokia/", LIST, "Authorization", wrong).statusCode());
        assertEquals(401, post("/jolokia/", LIST).statusCode());
        HttpResponse<String> beforehand = send(request("/jolokia/").method("OPTIONS", HttpRequest.BodyPublishers.ofString(LIST))
                .header("Access-Control-Request-Headers", "Authorization"));
        assertFalse(beforehand.body().contains("status\":200"), beforehand.body());
        assertTrue(beforehand.statusCode() >= 400, "what a browser asks beforehand is not answered");
    }

    @Test
    void saysThatItsPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Hawtio hawtio = hawtio(Map.of("safelight.hawtio.password", "secret", "safelight.hawtio.jolokia-port", Integer.toString(taken.getLocalPort())));

            Fault fault = assertThrows(Fault.class, () -> hawtio.register(Router.router(vertx)));

            assertTrue(fault.getMessage().contains("safelight.hawtio.jolokia-port"), fault.getMessage());
        }
    }
}
