package io.safelight.it;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/** A partner who drops files on the embedded SFTP server, with the password and host key that lie in the data folder. */
final class SftpPartner implements AutoCloseable {
    private final SshClient ssh = SshClient.setUpDefaultClient();
    private final ClientSession session;
    private final SftpClient sftp;

    SftpPartner(Path data) throws IOException {
        // "[host]:port algorithm key", as the server wrote it
        String known = Files.readString(data.resolve("sftp/known_hosts"));
        int port = Integer.parseInt(known.substring(known.indexOf("]:") + 2, known.indexOf(' ')));
        ssh.setServerKeyVerifier((client, address, key) -> known.strip().endsWith(PublicKeyEntry.toString(key)));
        ssh.start();
        session = ssh.connect("safelight", "127.0.0.1", port).verify(Duration.ofSeconds(60)).getSession();
        session.addPasswordIdentity(Files.readString(data.resolve("sftp/password")).strip());
        session.auth().verify(Duration.ofSeconds(60));
        sftp = SftpClientFactory.instance().createSftpClient(session);
    }

    void drop(String name, byte[] bytes) throws IOException {
        try (OutputStream out = open(name)) {
            out.write(bytes);
        }
    }

    /** Begins a file; it is whole when the stream is closed. */
    OutputStream open(String name) throws IOException {
        return sftp.write(name);
    }

    byte[] read(String name) throws IOException {
        try (var in = sftp.read(name)) {
            return in.readAllBytes();
        }
    }

    /** Names of the files in the folder; of none where there is no such folder yet. */
    Set<String> names(String folder) {
        Set<String> names = new TreeSet<>();
        try (SftpClient.CloseableHandle handle = sftp.openDir(folder)) {
            for (SftpClient.DirEntry entry : sftp.listDir(handle)) {
                if (entry.getAttributes().isRegularFile()) {
                    names.add(entry.getFilename());
                }
            }
        } catch (SftpException e) {
            if (e.getStatus() != SftpConstants.SSH_FX_NO_SUCH_FILE) {
                throw new UncheckedIOException(e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }

    @Override
    public void close() throws IOException {
        sftp.close();
        session.close();
        ssh.stop();
    }
}
