package io.safelight.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server over TLS whose certificate, for {@code localhost}, nobody signed but itself. */
class BrokerTest {
    private static final String SECRET = "changeit";

    @TempDir
    Path folder;
    private SSLContext before;
    private SSLContext own;
    private SSLServerSocket server;
    private CompletableFuture<String> heard;

    @BeforeEach
    void serve() throws Exception {
        before = SSLContext.getDefault();
        Path file = folder.resolve("key.p12");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-keyalg", "EC", "-alias", "it",
                "-dname", "CN=localhost", "-ext", "san=dns:localhost", "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass", SECRET).inheritIO().start();
        assertEquals(0, keytool.waitFor());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, SECRET.toCharArray());
        }
        KeyManagerFactory key = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        key.init(keys, SECRET.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keys);
        own = SSLContext.getInstance("TLS");
        own.init(key.getKeyManagers(), trust.getTrustManagers(), null);
        server = (SSLServerSocket) own.getServerSocketFactory().createServerSocket(0, 0, InetAddress.getByName("127.0.0.1"));
    }

    @AfterEach
    void stop() throws IOException {
        SSLContext.setDefault(before);
        server.close();
    }

    /** @return what it was said first, or nothing where the client did not like it */
    private String firstWords(String host) {
        heard = CompletableFuture.supplyAsync(() -> {
            try (Socket socket = server.accept()) {
                return new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII);
            } catch (IOException e) {
                return "";
            }
        });
        IOException refused = assertThrows(IOException.class, () -> Broker.client("amqps://user:secret@%s:%d".formatted(host, server.getLocalPort())).newConnection());
        String words = heard.join();
        assertEquals(words.isEmpty(), refused instanceof SSLException, refused::toString);
        return words;
    }

    @Test
    void aServerThatNobodyKnowsIsToldNothing() {
        assertEquals("", firstWords("localhost"));
    }

    @Test
    void aServerThatIsTrustedIsSpokenToByItsNameAlone() {
        SSLContext.setDefault(own);
        assertEquals("AMQP", firstWords("localhost"));
        assertEquals("", firstWords("127.0.0.1"));
    }
}
