package io.safelight.embedded;

import io.safelight.config.SafelightConfig;
import io.safelight.error.Fault;
import io.safelight.model.Topology;
import io.safelight.store.StoreListener;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.sync.RequestBody;

/** Embedded servers in a process of their own, which can be killed. It writes to them and tells what was acknowledged. */
final class ServerProcess implements AutoCloseable {
    static final String BODY = "x".repeat(200_000);

    private final Process process;
    private final BufferedReader said;
    private final Set<String> acknowledged = new TreeSet<>();

    private ServerProcess(Process process) {
        this.process = process;
        this.said = process.inputReader();
    }

    static SafelightConfig config(Path temp, Map<String, String> settings) {
        var all = new HashMap<>(Map.of("safelight.data", temp.resolve("data").toString(), "safelight.sftp.embedded-port", "0"));
        all.putAll(settings);
        var builder = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class);
        all.forEach(builder::withDefaultValue);
        return builder.build().getConfigMapping(SafelightConfig.class);
    }

    static ServerProcess start(Path temp, String groups) throws IOException {
        var started = new ServerProcess(launch(temp, groups));
        started.await("ready");
        return started;
    }

    /** Starts a process that is expected to fail with the words; its exit code is then 0. */
    static int run(Path temp, String groups, String words) throws Exception {
        var process = launch(temp, groups, words);
        process.getOutputStream().close();
        process.inputReader().lines().toList();
        return process.waitFor();
    }

    private static Process launch(Path temp, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager", "-Dlogging.initial-configurator.min-level=INFO",
                "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), ServerProcess.class.getName(), temp.toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** Lets it write until that many writes are acknowledged, then kills it in the middle of the next ones. */
    void writeUntil(int count) throws IOException {
        tell("write");
        while (acknowledged.size() < count) {
            hear();
        }
    }

    void command(String word) throws IOException {
        tell(word);
        await("done " + word);
    }

    /** Kills the process and nothing else, and returns all that it had said to be acknowledged. */
    Set<String> killed() throws IOException, InterruptedException {
        process.destroyForcibly();
        process.waitFor();
        try {
            while (hear() != null) {
                // what it said before
            }
        } catch (IOException e) {
            // the stream ends with the process
        }
        return acknowledged;
    }

    private void tell(String word) throws IOException {
        process.getOutputStream().write((word + "\n").getBytes());
        process.getOutputStream().flush();
    }

    private void await(String word) throws IOException {
        for (var line = hear(); !word.equals(line); line = hear()) {
            if (line == null) {
                throw new IOException("the process ended before it said '" + word + "'");
            }
        }
    }

    private String hear() throws IOException {
        var line = said.readLine();
        if (line != null && line.startsWith("acknowledged ")) {
            acknowledged.add(line.substring("acknowledged ".length()));
        } else if (line != null) {
            System.out.println("  [process] " + line);
        }
        return line;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** @param arguments temporary folder, groups and, where the start is to fail, what the fault is to say */
    public static void main(String... arguments) throws Exception {
        EmbeddedServers servers;
        try {
            servers = EmbeddedServers.start(config(Path.of(arguments[0]), Map.of("safelight.groups", arguments[1])));
        } catch (Fault fault) {
            System.exit(arguments.length > 2 && fault.getMessage().contains(arguments[2]) ? 0 : 1);
            return;
        }
        if (arguments.length > 2) {
            System.exit(2);
        }
        System.out.println("ready");
        var commands = new BufferedReader(new InputStreamReader(System.in));
        for (var command = commands.readLine(); command != null; command = commands.readLine()) {
            switch (command) {
                case "write" -> {
                    Thread.ofPlatform().start(() -> forever(servers, ServerProcess::messages));
                    Thread.ofPlatform().start(() -> forever(servers, ServerProcess::objects));
                    Thread.ofPlatform().start(() -> forever(servers, ServerProcess::rows));
                }
                case "poison" -> poison(servers);
                default -> throw new IllegalArgumentException(command);
            }
        }
    }

    private interface Writer {
        void write(EmbeddedServers servers) throws Exception;
    }

    private static void forever(EmbeddedServers servers, Writer writer) {
        try {
            writer.write(servers);
        } catch (Exception e) {
            e.printStackTrace(System.out);
            System.exit(3);
        }
    }

    private static void messages(EmbeddedServers servers) throws Exception {
        try (var amqp = new Amqp(servers.settings().get("safelight.broker.uri"))) {
            for (int i = 0; ; i++) {
                amqp.publish(Topology.EXCHANGE, "image.accepted", String.valueOf(i));
                System.out.println("acknowledged message " + i);
            }
        }
    }

    private static void objects(EmbeddedServers servers) {
        try (var s3 = TestS3.handingOver(TestS3.client(servers.settings(), "ingress"), servers.settings(), "ingress", StoreListener.NOBODY)) {
            for (int i = 0; ; i++) {
                var key = "raw/" + i;
                s3.putObject(r -> r.bucket("safelight-private").key(key).ifNoneMatch("*"), RequestBody.fromString(BODY));
                System.out.println("acknowledged object " + i);
            }
        }
    }

    private static void rows(EmbeddedServers servers) throws Exception {
        var settings = servers.settings();
        try (var connection = DriverManager.getConnection(settings.get("safelight.database.url"), "safelight", settings.get("safelight.database.password"));
             var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE kept (n integer)");
            for (int i = 0; ; i++) {
                statement.execute("INSERT INTO kept VALUES (" + i + ")");
                System.out.println("acknowledged row " + i);
            }
        }
    }

    /** Publishes a message and takes it three times without an answer, as a process does that dies of it. */
    private static void poison(EmbeddedServers servers) throws Exception {
        var uri = servers.settings().get("safelight.broker.uri");
        try (var amqp = new Amqp(uri)) {
            amqp.publish(Topology.EXCHANGE, "image.rendered", "poison");
        }
        for (int i = 0; i < 3; i++) {
            try (var amqp = new Amqp(uri)) {
                var delivered = new CountDownLatch(1);
                amqp.channel.basicConsume("moderation", false, (tag, message) -> delivered.countDown(), tag -> {});
                if (!delivered.await(20, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("not delivered");
                }
            }
        }
        new Amqp(uri).get("moderation");
        System.out.println("done poison");
    }
}
