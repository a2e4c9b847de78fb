package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import com.jcraft.jsch.SftpException;
import io.safelight.error.Fault;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With JSch, the client inside Camel's {@code sftp:} component, and strict host key checking. */
class EmbeddedSftpTest {
    @TempDir
    static Path temp;
    static EmbeddedSftp server;
    static Path drop;

    @BeforeAll
    static void start() {
        server = EmbeddedSftp.start(DataFolder.open(temp.resolve("shared")), 0);
        drop = temp.resolve("shared/drop");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aDroppedFileIsListedReadAndMovedAside() throws Exception {
        try (var client = new Client(server.settings())) {
            client.sftp.put(bytes("picture"), "/a.jpg");
            assertTrue(client.sftp.ls("/").stream().anyMatch(e -> e.getFilename().equals("a.jpg")));
            assertEquals("picture", text(client, "/a.jpg"));
            client.sftp.mkdir("/.done");
            client.sftp.rename("/a.jpg", "/.done/a.jpg");
            assertEquals("picture", Files.readString(drop.resolve(".done/a.jpg")));
            client.sftp.rm("/.done/a.jpg");
            assertFalse(Files.exists(drop.resolve(".done/a.jpg")));
        }
    }

    @Test
    void neitherDotsNorLinksLeadOutOfTheDropFolder() throws Exception {
        Files.writeString(temp.resolve("outside"), "secret");
        Files.createSymbolicLink(drop.resolve("link"), temp.resolve("outside"));
        Files.createSymbolicLink(drop.resolve("up"), temp);
        try (var client = new Client(server.settings())) {
            for (var path : List.of("/../outside", "../outside", "/../../outside", "/link", "/up/outside", temp.resolve("outside").toString())) {
                assertThrows(SftpException.class, () -> client.sftp.get(path).readAllBytes(), path);
            }
            for (var path : List.of("/../written", "/up/written")) {
                try {
                    client.sftp.put(bytes("x"), path);
                } catch (SftpException e) {
                    // as good as a file inside the folder
                }
                assertFalse(Files.exists(temp.resolve("written")), path);
            }
            assertThrows(SftpException.class, () -> client.sftp.symlink("/", "/again"));
            assertThrows(SftpException.class, () -> client.sftp.symlink("/../outside", "/again"));
            assertThrows(SftpException.class, () -> client.sftp.hardlink("/link", "/again"));
        }
    }

    @Test
    void thereIsNoShellNoCommandAndNoForwarding() throws Exception {
        try (var client = new Client(server.settings()); var target = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var exec = (ChannelExec) client.session.openChannel("exec");
            exec.setCommand("id");
            assertEquals("", output(exec));
            assertEquals("", output(client.session.openChannel("shell")));
            assertThrows(JSchException.class, client.session.getStreamForwarder("127.0.0.1", target.getLocalPort())::connect);
            assertThrows(JSchException.class, () -> client.session.setPortForwardingR(0, "127.0.0.1", target.getLocalPort()));
        }
    }

    @Test
    void onlyTheRightUserWithTheRightPasswordIsLetIn() {
        var settings = server.settings();
        assertThrows(JSchException.class, () -> new Client(settings, "safelight", "guess").close());
        assertThrows(JSchException.class, () -> new Client(settings, "root", settings.get("safelight.sftp.password")).close());
        assertThrows(JSchException.class, () -> new Client(settings, "safelight", "").close());
    }

    @Test
    void onlyLoopbackIsListenedOn() throws Exception {
        assertEquals(Set.of("127.0.0.1"), Listening.addresses(URI.create(server.address()).getPort()));
    }

    @Test
    void filesPasswordAndHostKeySurviveARestart() throws Exception {
        var folder = DataFolder.open(temp.resolve("restart"));
        Map<String, String> before;
        String hostKey;
        try (var first = EmbeddedSftp.start(folder, 0); var client = new Client(first.settings())) {
            before = first.settings();
            hostKey = Files.readString(folder.file("host-key"));
            client.sftp.put(bytes("kept"), "/kept.jpg");
        }
        try (var second = EmbeddedSftp.start(folder, URI.create(before.get("safelight.sftp.uri")).getPort()); var client = new Client(second.settings())) {
            assertEquals(before, second.settings());
            assertEquals(hostKey, Files.readString(folder.file("host-key")));
            assertEquals("kept", text(client, "/kept.jpg"));
        }
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.file("host-key"))));
    }

    @Test
    void aPortInUseIsNamedWithTheKeyThatChangesIt() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var fault = assertThrows(Fault.class, () -> EmbeddedSftp.start(DataFolder.open(temp.resolve("port")), taken.getLocalPort()));
            assertTrue(fault.getMessage().contains("safelight.sftp.embedded-port"), fault.getMessage());
        }
    }

    private static String output(Channel channel) throws Exception {
        var out = channel.getInputStream();
        try {
            channel.connect(20_000);
        } catch (JSchException e) {
            return "";
        }
        return new String(out.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static ByteArrayInputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Client client, String path) throws Exception {
        return new String(client.sftp.get(path).readAllBytes(), StandardCharsets.UTF_8);
    }

    private static final class Client implements AutoCloseable {
        final Session session;
        final ChannelSftp sftp;

        Client(Map<String, String> settings) throws Exception {
            this(settings, settings.get("safelight.sftp.username"), settings.get("safelight.sftp.password"));
        }

        Client(Map<String, String> settings, String user, String password) throws Exception {
            var uri = URI.create(settings.get("safelight.sftp.uri"));
            var jsch = new JSch();
            jsch.setKnownHosts(settings.get("safelight.sftp.known-hosts-file"));
            session = jsch.getSession(user, uri.getHost(), uri.getPort());
            session.setPassword(password);
            session.setConfig("StrictHostKeyChecking", "yes");
            session.connect(20_000);
            sftp = (ChannelSftp) session.openChannel("sftp");
            sftp.connect(20_000);
        }

        @Override
        public void close() {
            session.disconnect();
        }
    }
}
