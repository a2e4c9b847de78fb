package io.safelight.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.safelight.model.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Whoever is on call: takes what Alertmanager tells a webhook, and writes down when each alert began to fire and when it was over. */
final class Pager implements AutoCloseable {
    /** @param firing whether it began then, or was over: no series of this alert fired any more */
    record Turn(String alert, boolean firing, Instant at) {}

    private final HttpServer server;
    /** Of each alert, its series that fire. */
    private final Map<String, Set<String>> firing = new TreeMap<>();
    private final List<Turn> turns = new ArrayList<>();

    Pager() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            Json.MAPPER.readTree(exchange.getRequestBody()).path("alerts").forEach(this::take);
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    private synchronized void take(JsonNode told) {
        String alert = told.at("/labels/alertname").asText();
        Set<String> series = firing.computeIfAbsent(alert, name -> new HashSet<>());
        boolean before = !series.isEmpty();
        if (told.path("status").asText().equals("firing")) {
            series.add(told.path("fingerprint").asText());
        } else {
            series.remove(told.path("fingerprint").asText());
        }
        if (before == series.isEmpty()) {
            turns.add(new Turn(alert, !series.isEmpty(), Instant.now()));
        }
    }

    /** The alerts that fire now. */
    synchronized Set<String> firing() {
        Set<String> names = new TreeSet<>(firing.keySet());
        names.removeIf(name -> firing.get(name).isEmpty());
        return names;
    }

    synchronized List<Turn> turns() {
        return List.copyOf(turns);
    }

    /** When the alert first began to fire, or was first over, after that. */
    Optional<Instant> first(String alert, boolean firing, Instant after) {
        return turns().stream().filter(turn -> turn.alert().equals(alert) && turn.firing() == firing && turn.at().isAfter(after)).map(Turn::at).findFirst();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
