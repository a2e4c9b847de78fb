package io.safelight.servers;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** A real RabbitMQ of one node on loopback, with its management and Prometheus plugins. */
public final class RabbitMqServer implements AutoCloseable {
    private static final Path PROGRAMS = Path.of("/usr/lib/rabbitmq/bin");
    /** What each group may write to and read from, as docs/production.md has it. Nobody may declare anything. */
    private static final Map<String, List<String>> RIGHTS = Map.of(
            "ingress", List.of("^safelight$", "^$"),
            "processing", List.of("^(safelight|amq\\.default)$", "^processing(\\.slow)?$"),
            "moderation", List.of("^(safelight|amq\\.default)$", "^moderation$"),
            "metadata", List.of("^(safelight|amq\\.default)$", "^(metadata|.*\\.dead|safelight\\.unrouted)$"),
            "lifecycle", List.of("^safelight$", "^$"));

    private final Path folder;
    private final Map<String, String> environment;
    private final int port;
    private final int managementPort;
    private final int prometheusPort;
    private Process process;

    private RabbitMqServer(Path folder, Map<String, String> environment, List<Integer> ports) {
        this.folder = folder;
        this.environment = environment;
        this.port = ports.get(0);
        this.managementPort = ports.get(2);
        this.prometheusPort = ports.get(3);
    }

    /** Starts one and returns when it answers; skips the test where the package is not installed. */
    public static RabbitMqServer start() throws Exception {
        return start(TestServer.folder("rabbitmq"));
    }

    /** The same in a folder of the caller's; what an earlier one left there is gone on with, at the same ports. */
    public static RabbitMqServer start(Path folder) throws Exception {
        TestServer.require(PROGRAMS.resolve("rabbitmq-server"), "rabbitmq-server");
        var ports = TestServer.ports(folder, 4);
        Files.writeString(folder.resolve("enabled_plugins"), "[rabbitmq_management,rabbitmq_prometheus].\n");
        Files.writeString(folder.resolve("rabbitmq.conf"), """
                listeners.tcp.1 = 127.0.0.1:%d
                management.tcp.ip = 127.0.0.1
                management.tcp.port = %d
                prometheus.tcp.ip = 127.0.0.1
                prometheus.tcp.port = %d
                """.formatted(ports.get(0), ports.get(2), ports.get(3)));
        var environment = new HashMap<String, String>();
        environment.put("HOME", folder.toString());
        environment.put("RABBITMQ_NODENAME", "test" + ports.get(0) + "@localhost");
        environment.put("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1");
        environment.put("RABBITMQ_NODE_PORT", ports.get(0).toString());
        environment.put("RABBITMQ_DIST_PORT", ports.get(1).toString());
        environment.put("RABBITMQ_MNESIA_BASE", folder.resolve("mnesia").toString());
        environment.put("RABBITMQ_LOG_BASE", folder.resolve("log").toString());
        environment.put("RABBITMQ_ENABLED_PLUGINS_FILE", folder.resolve("enabled_plugins").toString());
        environment.put("RABBITMQ_CONFIG_FILE", folder.resolve("rabbitmq").toString());
        environment.put("RABBITMQ_CONF_ENV_FILE", "/dev/null");
        environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
        environment.put("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}");
        var server = new RabbitMqServer(folder, environment, ports);
        server.launch();
        try {
            server.awaitAnswer();
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** Starts the server again after {@link #kill}, and returns at once. */
    public void launch() throws IOException {
        var builder = new ProcessBuilder(PROGRAMS.resolve("rabbitmq-server").toString()).directory(folder.toFile())
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("server.log").toFile()));
        builder.environment().putAll(environment);
        process = builder.start();
    }

    public void awaitAnswer() {
        Awaitility.await("RabbitMQ answers; its log is in " + folder).atMost(Duration.ofSeconds(180)).until(this::answers);
    }

    /** Kills the server where it stands. */
    public void kill() {
        TestServer.kill(process.toHandle());
    }

    /** Runs {@code rabbitmqctl} on this server and returns what it said. */
    public String control(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(PROGRAMS.resolve("rabbitmqctl").toString()));
        command.addAll(List.of(arguments));
        return TestServer.run(folder, environment, command);
    }

    /** Declares the queues of Safelight in the virtual host, as an operator does before the first start. */
    public void setUp(String vhost) throws IOException, InterruptedException {
        var environment = Map.of("RABBITMQ_USER", "guest", "RABBITMQ_PASSWORD", "guest");
        TestServer.run(Path.of("").toAbsolutePath(), environment,
                List.of("scripts/setup-rabbitmq", "--management", "http://127.0.0.1:" + managementPort, vhost));
    }

    /** Stops the broker in the server: its ports are closed, its messages stay. */
    public void pause() throws IOException, InterruptedException {
        control("stop_app");
    }

    /** Starts the broker again and returns when it answers. */
    public void resume() throws IOException, InterruptedException {
        control("start_app");
    }

    public String uri() {
        return "amqp://guest:guest@127.0.0.1:" + port;
    }

    /**
     * Makes a user of the virtual host {@code /} who may do what the patterns say and nothing else.
     *
     * @return the address with which this user connects
     */
    public String addUser(String name, String configure, String write, String read) throws IOException, InterruptedException {
        var secret = "secret-of-" + name;
        put("/api/users/" + name, Map.of("password", secret, "tags", ""));
        put("/api/permissions/%2F/" + name, Map.of("configure", configure, "write", write, "read", read));
        return "amqp://" + name + ":" + secret + "@127.0.0.1:" + port;
    }

    /** Makes a user for each group that needs one, who may ask the management API too, as its start does. @return the addresses with which they connect, by group */
    public Map<String, String> addUsers() throws IOException, InterruptedException {
        var addresses = new HashMap<String, String>();
        for (var rights : RIGHTS.entrySet()) {
            addresses.put(rights.getKey(), addUser(rights.getKey(), "^$", rights.getValue().getFirst(), rights.getValue().getLast()));
            control("set_user_tags", rights.getKey(), "management");
        }
        return addresses;
    }

    /** What the management API tells of a queue of the virtual host {@code /}; up to 5 s late. */
    public JsonNode queue(String name) throws IOException, InterruptedException {
        return Json.MAPPER.readTree(ask("/api/queues/%2F/" + name, HttpRequest.newBuilder().GET()));
    }

    /** Messages in all queues, those that a consumer holds too, which AMQP does not count. */
    public long messages() throws IOException, InterruptedException {
        return control("-q", "list_queues", "messages").lines().filter(line -> line.matches("[0-9]+")).mapToLong(Long::parseLong).sum();
    }

    private void put(String path, Map<String, String> what) throws IOException, InterruptedException {
        ask(path, HttpRequest.newBuilder().header("Content-Type", "application/json").PUT(HttpRequest.BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(what))));
    }

    private String ask(String path, HttpRequest.Builder request) throws IOException, InterruptedException {
        try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var answer = http.send(request.uri(URI.create("http://127.0.0.1:" + managementPort + path))
                    .header("Authorization", "Basic " + Base64.getEncoder().encodeToString("guest:guest".getBytes())).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new IOException(path + " answered " + answer.statusCode() + ": " + answer.body());
            }
            return answer.body();
        }
    }

    public int port() {
        return port;
    }

    public int managementPort() {
        return managementPort;
    }

    public int prometheusPort() {
        return prometheusPort;
    }

    /** The server's process, for a test that is to pause or kill it. */
    public ProcessHandle process() {
        return process.toHandle();
    }

    private boolean answers() throws InterruptedException {
        try {
            return control("await_startup", "--timeout", "1") != null;
        } catch (IOException e) {
            if (!process.isAlive()) {
                throw new IllegalStateException("RabbitMQ ended by itself; its log is in " + folder);
            }
            return false;
        }
    }

    @Override
    public void close() {
        TestServer.end(process.toHandle());
    }
}
