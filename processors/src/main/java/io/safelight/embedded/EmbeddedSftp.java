package io.safelight.embedded;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import io.safelight.error.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.apache.sshd.sftp.server.SftpFileSystemAccessor;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.apache.sshd.sftp.server.SftpSubsystemProxy;

/** Apache MINA SSHD: one user, SFTP and nothing else, in a folder that cannot be left. */
final class EmbeddedSftp implements EmbeddedServer {
    private static final String USER = "safelight";

    private final SshServer server;
    private final DataFolder folder;

    private EmbeddedSftp(SshServer server, DataFolder folder) {
        this.server = server;
        this.folder = folder;
    }

    static EmbeddedSftp start(DataFolder folder, int port) {
        if (port != 0) {
            Loopback.port(port, "safelight.sftp.embedded-port");
        }
        var server = SshServer.setUpDefaultServer();
        try {
            server.setHost(Loopback.HOST);
            server.setPort(port);
            var hostKey = hostKey(folder);
            server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
            var password = folder.secret("password").getBytes(StandardCharsets.UTF_8);
            server.setPasswordAuthenticator((user, given, session) -> user.equals(USER)
                    & MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), password));
            server.setFileSystemFactory(new VirtualFileSystemFactory(folder.folder("drop").path()));
            server.setSubsystemFactories(List.of(new SftpSubsystemFactory.Builder().withFileSystemAccessor(new NoWayOut()).build()));
            server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
            server.start();
            folder.write("known_hosts", "[" + Loopback.HOST + "]:" + server.getPort() + " " + PublicKeyEntry.toString(hostKey.getPublic()) + "\n");
            return new EmbeddedSftp(server, folder);
        } catch (IOException e) {
            stop(server);
            throw new Fault("The embedded SFTP server did not start (" + e.getMessage() + "): set safelight.sftp.embedded-port to a free "
                    + "port, or safelight.sftp.uri to a server of your own or to 'off'.", e);
        } catch (RuntimeException e) {
            stop(server);
            throw e;
        }
    }

    /** ECDSA, which needs no further library at either end. */
    private static KeyPair hostKey(DataFolder folder) throws IOException {
        var file = folder.file("host-key");
        if (!Files.exists(file)) {
            var half = folder.file("host-key.half");
            Files.deleteIfExists(half);
            keys(half).loadKeys(null);
            Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("rw-------"));
            Files.move(half, file, ATOMIC_MOVE);
        }
        return keys(file).loadKeys(null).getFirst();
    }

    private static SimpleGeneratorHostKeyProvider keys(Path file) {
        var keys = new SimpleGeneratorHostKeyProvider(file);
        keys.setAlgorithm("EC");
        keys.setKeySize(256);
        return keys;
    }

    private static void stop(SshServer server) {
        try {
            server.stop(true);
        } catch (IOException e) {
            throw new Fault("The embedded SFTP server did not stop: " + e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return "SFTP server";
    }

    @Override
    public String address() {
        return "sftp://" + Loopback.HOST + ":" + server.getPort() + "/";
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("safelight.sftp.uri", address(), "safelight.sftp.username", USER, "safelight.sftp.password", folder.secret("password"),
                "safelight.sftp.known-hosts-file", folder.file("known_hosts").toString());
    }

    @Override
    public void close() {
        stop(server);
    }

    /** The virtual root ends at {@code ..}; a link would still lead out of it, so none is made and none is followed. */
    private static final class NoWayOut implements SftpFileSystemAccessor {
        @Override
        public Path resolveLocalFilePath(SftpSubsystemProxy subsystem, Path root, String remote) throws IOException {
            var path = SftpFileSystemAccessor.super.resolveLocalFilePath(subsystem, root, remote);
            for (var part = path.toAbsolutePath().normalize(); part != null; part = part.getParent()) {
                if (Files.isSymbolicLink(part)) {
                    throw new AccessDeniedException(remote, null, "links are not followed here");
                }
            }
            return path;
        }

        @Override
        public void createLink(SftpSubsystemProxy subsystem, Path link, Path existing, boolean symbolic) throws IOException {
            throw new AccessDeniedException(link.toString(), null, "links are not made here");
        }
    }
}
