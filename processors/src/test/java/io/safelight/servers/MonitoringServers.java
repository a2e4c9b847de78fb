package io.safelight.servers;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;

/** A real Prometheus and a real Alertmanager on loopback: what is scraped meets the rules, and what fires is told to a webhook at once. */
public final class MonitoringServers implements AutoCloseable {
    private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
    private static final Path ALERTMANAGER = Path.of("/usr/bin/prometheus-alertmanager");

    private final Path folder;
    private final int prometheusPort;
    private final Deque<Process> processes = new ArrayDeque<>();

    private MonitoringServers(Path folder, int prometheusPort) {
        this.folder = folder;
        this.prometheusPort = prometheusPort;
    }

    /**
     * Starts both and returns when they answer and every target was scraped; skips the test where one is not installed.
     *
     * @param rules   folder of the rules' files
     * @param targets ports that answer {@code /q/metrics}, by the name of what listens there
     * @param webhook that is told of alerts, in Alertmanager's form
     */
    public static MonitoringServers start(Path folder, Path rules, Map<String, Integer> targets, URI webhook) throws IOException {
        TestServer.require(PROMETHEUS, "prometheus");
        TestServer.require(ALERTMANAGER, "prometheus-alertmanager");
        List<Integer> ports = TestServer.ports(folder, 2);
        Files.writeString(folder.resolve("prometheus.yml"), """
                global: {scrape_interval: 5s, evaluation_interval: 5s}
                rule_files: ["%s/*.yaml"]
                alerting:
                  alertmanagers: [{static_configs: [{targets: ["127.0.0.1:%d"]}]}]
                scrape_configs:
                  - job_name: safelight
                    metrics_path: /q/metrics
                    static_configs:
                """.formatted(rules.toAbsolutePath(), ports.get(1)) + targets.entrySet().stream()
                .map(target -> "      - {targets: [\"127.0.0.1:%d\"], labels: {group: %s}}\n".formatted(target.getValue(), target.getKey())).collect(Collectors.joining()));
        Files.writeString(folder.resolve("alertmanager.yml"), """
                route: {receiver: webhook, group_by: ["..."], group_wait: 0s, group_interval: 1s, repeat_interval: 24h}
                receivers: [{name: webhook, webhook_configs: [{url: "%s", send_resolved: true}]}]
                """.formatted(webhook));
        MonitoringServers servers = new MonitoringServers(folder, ports.get(0));
        try {
            servers.launch("alertmanager", ALERTMANAGER, ports.get(1), "--config.file=alertmanager.yml", "--storage.path=alertmanager", "--cluster.listen-address=");
            servers.launch("prometheus", PROMETHEUS, ports.get(0), "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus");
            Awaitility.await("Alertmanager answers; its log is in " + folder).atMost(Duration.ofSeconds(60)).ignoreExceptions()
                    .until(() -> get(ports.get(1), "/-/ready") != null);
            Awaitility.await("Prometheus has scraped every target; its log is in " + folder).atMost(Duration.ofSeconds(90)).ignoreExceptions()
                    .until(() -> servers.scraped().equals(targets.keySet()));
            return servers;
        } catch (RuntimeException | IOException e) {
            servers.close();
            throw e;
        }
    }

    private void launch(String name, Path program, int port, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(program.toString(), "--web.listen-address=127.0.0.1:" + port));
        command.addAll(List.of(arguments));
        processes.push(new ProcessBuilder(command).directory(folder.toFile())
                .redirectErrorStream(true).redirectOutput(folder.resolve(name + ".log").toFile()).start());
    }

    /** The targets that answer. */
    private Set<String> scraped() {
        return StreamSupport.stream(query("up == 1").spliterator(), false).map(series -> series.at("/metric/group").asText()).collect(Collectors.toSet());
    }

    /** The series that a query of an instant has now, as Prometheus' API tells them. */
    private JsonNode query(String expression) {
        try {
            return Json.MAPPER.readTree(get(prometheusPort, "/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8)))
                    .at("/data/result");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String get(int port, String path) throws IOException {
        try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var answer = http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(Duration.ofSeconds(20)).build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException(path + " answered " + answer.statusCode() + ": " + answer.body());
            }
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        processes.forEach(process -> TestServer.end(process.toHandle()));
    }
}
