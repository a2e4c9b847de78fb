package io.safelight.servers;

import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.SftpException;
import io.safelight.config.SafelightConfig;
import io.safelight.embedded.EmbeddedServers;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The SFTP server alone, in this process and a new folder, for a Safelight that is told its address as it would be a partner's. */
public final class SftpServer implements AutoCloseable {
    private final Path folder;
    private final EmbeddedServers servers;

    private SftpServer(Path folder, EmbeddedServers servers) {
        this.folder = folder;
        this.servers = servers;
    }

    public static SftpServer start() throws IOException {
        return start(TestServer.folder("sftp"));
    }

    /** @param password that its partners were given */
    public static SftpServer start(String password) throws IOException {
        var folder = TestServer.folder("sftp");
        Files.writeString(Files.createDirectories(folder.resolve("sftp")).resolve("password"), password);
        return start(folder);
    }

    private static SftpServer start(Path folder) {
        var config = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(SafelightConfig.class)
                .withDefaultValue("safelight.groups", "ingress").withDefaultValue("safelight.data", folder.toString())
                .withDefaultValue("safelight.broker.uri", "amqp://elsewhere").withDefaultValue("safelight.store.endpoint", "http://elsewhere")
                .withDefaultValue("safelight.sftp.embedded-port", "0").build();
        return new SftpServer(folder, EmbeddedServers.start(config.getConfigMapping(SafelightConfig.class)));
    }

    /** {@code safelight.sftp.uri}, {@code .username}, {@code .password} and {@code .known-hosts-file}. */
    public Map<String, String> settings() {
        return servers.settings();
    }

    /** Drops files as a partner does. */
    public void put(Map<String, byte[]> files) throws JSchException, SftpException {
        var address = URI.create(settings().get("safelight.sftp.uri"));
        var jsch = new JSch();
        jsch.setKnownHosts(settings().get("safelight.sftp.known-hosts-file"));
        var session = jsch.getSession(settings().get("safelight.sftp.username"), address.getHost(), address.getPort());
        session.setPassword(settings().get("safelight.sftp.password"));
        try {
            session.connect();
            var sftp = (ChannelSftp) session.openChannel("sftp");
            sftp.connect();
            for (var file : files.entrySet()) {
                sftp.put(new ByteArrayInputStream(file.getValue()), file.getKey());
            }
        } finally {
            session.disconnect();
        }
    }

    /** What its clients see as the root, in the file system of this machine. */
    public Path root() {
        return folder.resolve("sftp").resolve("drop");
    }

    @Override
    public void close() {
        servers.close();
    }
}
