package io.safelight.app;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.safelight.config.SafelightConfig;
import io.safelight.error.Code;
import io.safelight.error.Fault;
import io.safelight.error.Rejected;
import io.safelight.hawtio.Jolokia;
import io.safelight.hawtio.Login;
import io.safelight.model.Json;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.UsernamePasswordCredentials;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BasicAuthHandler;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.SessionHandler;
import io.vertx.ext.web.handler.StaticHandler;
import io.vertx.ext.web.sstore.LocalSessionStore;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Hawtio at {@code /hawtio}, behind a login; or, on a port of its own, what a Hawtio elsewhere asks. Neither is there without a password. */
@Singleton
public class Hawtio {
    private static final String BASE = "/hawtio";
    private static final Duration SESSION = Duration.ofHours(8);
    private static final int LONGEST_REQUEST = 1 << 20;
    private static final String USER = "user";
    private static final String CREDENTIALS = "Send {\"username\": …, \"password\": …} as JSON.";
    /** On the class path: the handler looks into the working directory first. */
    private static final String PAGES = "io/safelight/hawtio/pages";
    /** As Hawtio is built: its editor has a worker from a blob, and its styles are written into the page. */
    private static final String POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; "
            + "object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

    private final SafelightConfig.Hawtio config;
    private final Vertx vertx;
    private final String host;
    private Jolokia jolokia;
    private Login login;

    public Hawtio(SafelightConfig config, Vertx vertx, @ConfigProperty(name = "quarkus.http.host") String host) {
        this.config = config.hawtio();
        this.vertx = vertx;
        this.host = host;
    }

    void register(@Observes Router router) {
        config.password().filter(password -> config.enabled()).ifPresent(password -> {
            jolokia = new Jolokia();
            login = new Login(config.user(), password, System::nanoTime);
            // where the port is, the pages are elsewhere: other groups reach this one's HTTP port, and all have the password
            config.jolokiaPort().ifPresentOrElse(this::listen, () -> pages(router));
        });
    }

    @PreDestroy
    void close() {
        if (jolokia != null) {
            jolokia.close();
        }
    }

    private void pages(Router router) {
        Router hawtio = Router.router(vertx);
        hawtio.route().handler(Hawtio::protect);
        hawtio.route().handler(SessionHandler.create(LocalSessionStore.create(vertx, "hawtio")).setLazySession(true).setSessionTimeout(SESSION.toMillis())
                .setSessionCookieName("hawtio").setSessionCookiePath(BASE).setCookieHttpOnlyFlag(true).setCookieSameSite(CookieSameSite.STRICT));
        hawtio.post().handler(body());
        hawtio.post("/auth/login").blockingHandler(this::logIn);
        hawtio.get("/auth/logout").handler(this::logOut);
        hawtio.get("/user").handler(routing -> json(routing, Json.MAPPER.getNodeFactory().textNode(userOf(routing)).toString()));
        // nobody logs in elsewhere, other processes are not asked from here, there is nothing more to load, and a session that is used does not end
        hawtio.get("/auth/config/session-timeout").handler(routing -> json(routing, "{\"timeout\":-1}"));
        hawtio.get("/auth/config").handler(routing -> json(routing, "{}"));
        hawtio.get("/keycloak/enabled").handler(routing -> json(routing, "false"));
        hawtio.get("/proxy/enabled").handler(routing -> json(routing, "false"));
        hawtio.get("/plugin").handler(routing -> json(routing, "[]"));
        hawtio.route("/jolokia*").handler(routing -> {
            userOf(routing);
            routing.next();
        });
        answer(hawtio, BASE + "/jolokia");
        hawtio.get().handler(StaticHandler.create(PAGES));
        // the pages have their paths from a script
        hawtio.getWithRegex("/[^.]*").handler(routing -> routing.reroute(BASE + "/index.html"));
        hawtio.route().handler(routing -> routing.fail(new Rejected(Code.NOT_FOUND, "Hawtio has nothing there; it begins at /hawtio/.")));
        hawtio.route().failureHandler(Hawtio::tell);
        router.getWithRegex(BASE).handler(routing -> routing.redirect(BASE + "/"));
        router.route(BASE + "/*").subRouter(hawtio);
    }

    private void listen(int port) {
        Router alone = Router.router(vertx);
        for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.POST)) { // others would pass the login, as what a browser asks beforehand
            alone.route(method, "/jolokia*").handler(routing -> BasicAuthHandler.create((given, result) ->
                    result.handle(logIn(routing, new UsernamePasswordCredentials(given))), "Jolokia of Safelight").handle(routing));
        }
        alone.post("/jolokia*").handler(body());
        answer(alone, "/jolokia");
        try {
            vertx.createHttpServer().requestHandler(alone).listen(port, host).toCompletionStage().toCompletableFuture().join();
        } catch (CompletionException e) {
            throw new Fault("Jolokia cannot listen on port %d (%s): set safelight.hawtio.jolokia-port to a free one.".formatted(port, e.getCause().getMessage()), e.getCause());
        }
    }

    private void answer(Router router, String base) {
        router.get("/jolokia*").blockingHandler(routing -> json(routing, jolokia.get(path(routing, base), parameters(routing))), false);
        router.post("/jolokia*").blockingHandler(routing -> {
            Buffer body = routing.body().buffer();
            json(routing, jolokia.post(new ByteArrayInputStream(body == null ? new byte[0] : body.getBytes()), parameters(routing)));
        }, false);
    }

    private Future<User> logIn(RoutingContext routing, UsernamePasswordCredentials given) {
        try {
            login.check(routing.request().remoteAddress().hostAddress(), given.getUsername(), given.getPassword());
            return Future.succeededFuture(User.fromName(given.getUsername()));
        } catch (Rejected e) {
            return Future.failedFuture(e);
        }
    }

    private static Handler<RoutingContext> body() {
        return BodyHandler.create(false).setBodyLimit(LONGEST_REQUEST);
    }

    private static void protect(RoutingContext routing) {
        if (!routing.normalizedPath().startsWith(BASE + "/static/")) {
            routing.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
        }
        routing.response().putHeader("Content-Security-Policy", POLICY).putHeader("X-Content-Type-Options", "nosniff").putHeader("Referrer-Policy", "no-referrer");
        routing.next();
    }

    private void logIn(RoutingContext routing) {
        try {
            JsonObject given = routing.body().asJsonObject();
            if (given == null) {
                throw new Rejected(Code.MALFORMED_REQUEST, CREDENTIALS);
            }
            login.check(routing.request().remoteAddress().hostAddress(), given.getString("username"), given.getString("password"));
            routing.session().regenerateId().put(USER, config.user());
            json(routing, new JsonObject().put("username", config.user()).encode());
        } catch (DecodeException | ClassCastException e) {
            throw new Rejected(Code.MALFORMED_REQUEST, CREDENTIALS, e);
        }
    }

    private void logOut(RoutingContext routing) {
        routing.session().destroy();
        routing.redirect(BASE + "/login");
    }

    private static String userOf(RoutingContext routing) {
        String user = routing.session().get(USER);
        if (user == null) {
            throw new Rejected(Code.NOT_LOGGED_IN, "Log in at /hawtio first.");
        }
        return user;
    }

    private static String path(RoutingContext routing, String base) {
        String path = routing.normalizedPath();
        return QueryStringDecoder.decodeComponent(path.substring(Math.min(path.length(), base.length())).replace("+", "%2B"));
    }

    private static Map<String, String[]> parameters(RoutingContext routing) {
        return routing.queryParams().names().stream().collect(Collectors.toMap(name -> name, name -> routing.queryParam(name).toArray(String[]::new)));
    }

    private static Future<Void> json(RoutingContext routing, String text) {
        return routing.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json").putHeader(HttpHeaders.CACHE_CONTROL, "no-store").end(text);
    }

    private static void tell(RoutingContext routing) {
        if (!(routing.failure() instanceof Rejected rejected)) {
            routing.next();
            return;
        }
        if (rejected.code() == Code.TOO_MANY_ATTEMPTS) {
            routing.response().putHeader(HttpHeaders.RETRY_AFTER, "60");
        }
        Gate.tell(routing, rejected.problem());
    }
}
