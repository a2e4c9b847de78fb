package io.safelight.testing;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that are told theirs and bind it seconds later. They lie below those that Linux gives to whoever asks for any, from 32,768 on: one of those
 * may be a client's by then. None is handed out twice.
 */
public final class Ports {
    private static final int FIRST = 15_000;
    private static final int END = 32_000;
    private static final Set<Integer> handedOut = ConcurrentHashMap.newKeySet();

    private Ports() {}

    public static int free() {
        return free(1).getFirst();
    }

    public static List<Integer> free(int count) {
        return ThreadLocalRandom.current().ints(FIRST, END).filter(Ports::isFree).filter(handedOut::add).limit(count).boxed().toList();
    }

    /** On every address of this machine. */
    private static boolean isFree(int port) {
        try (ServerSocket _ = new ServerSocket(port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
