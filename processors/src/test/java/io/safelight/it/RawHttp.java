package io.safelight.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One connection of a client that does not keep to the rules, or goes away in the middle. */
public final class RawHttp implements AutoCloseable {
    private final Socket socket;
    private final OutputStream out;
    private final InputStream in;

    /** @param status 0 where the connection was closed without an answer */
    public record Answer(int status, String contentType, String body) {}

    public RawHttp(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(120_000);
        out = socket.getOutputStream();
        in = socket.getInputStream();
    }

    public RawHttp send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    public RawHttp send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    RawHttp chunk(byte[] bytes) throws IOException {
        return send(Integer.toHexString(bytes.length) + "\r\n").send(bytes).send("\r\n");
    }

    /** Whether there is an answer, or the end of the connection, before we have sent all. */
    boolean answered() throws IOException {
        return in.available() > 0;
    }

    /** No more will be sent; an answer could still be read. */
    RawHttp finish() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Reads up to the announced length of the answer, or to its end. */
    public Answer answer() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        try {
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int b = in.read();
                if (b < 0) {
                    return new Answer(0, "", "");
                }
                head.write(b);
            }
            String headers = head.toString(StandardCharsets.ISO_8859_1);
            String length = header(headers, "content-length");
            byte[] body = length.isEmpty() ? in.readAllBytes() : in.readNBytes(Integer.parseInt(length));
            return new Answer(Integer.parseInt(headers.split(" ", 3)[1]), header(headers, "content-type").split(";")[0], new String(body, StandardCharsets.UTF_8));
        } catch (SocketException reset) {
            return new Answer(0, "", "");
        }
    }

    private static String header(String headers, String name) {
        return headers.lines().filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":")).findFirst()
                .map(line -> line.substring(name.length() + 1).strip()).orElse("");
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
