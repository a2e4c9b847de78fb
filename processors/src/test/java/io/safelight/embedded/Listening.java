package io.safelight.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;

/** The addresses on which this machine listens, as Linux tells. */
final class Listening {
    private static final String LISTEN = "0A";

    private Listening() {}

    static Set<String> addresses(int port) throws IOException {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/net/tcp")), "SKIPPED: no /proc/net/tcp here to look listening sockets up in");
        var found = new HashSet<String>();
        for (var table : new String[] {"tcp", "tcp6"}) {
            for (var line : Files.readAllLines(Path.of("/proc/net", table))) {
                var fields = line.strip().split("\\s+");
                var local = fields[1].split(":");
                if (fields[3].equals(LISTEN) && Integer.parseInt(local[1], 16) == port) {
                    found.add(InetAddress.getByAddress(hostOrder(HexFormat.of().parseHex(local[0]))).getHostAddress());
                }
            }
        }
        return found;
    }

    /** The table has each 32-bit word with its lowest byte first. */
    private static byte[] hostOrder(byte[] words) {
        var bytes = new byte[words.length];
        for (int i = 0; i < words.length; i++) {
            bytes[i] = words[i / 4 * 4 + 3 - i % 4];
        }
        return bytes;
    }
}
