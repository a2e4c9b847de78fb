package io.safelight.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.chaos.Ledger.Entry;
import io.safelight.it.SafelightClient;
import io.safelight.it.SafelightClient.Part;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

/**
 * Clients as they should be: each image has an Idempotency-Key, and is sent again until the answer is 202. Every one in a hundred
 * uploads a message goes with it that is poison.
 */
final class Uploads implements AutoCloseable {
    static final int CLIENTS = 6;
    static final int POISON_ONE_IN = 100;
    /** Of what was acknowledged, sent once more as by a client that did not get the answer. */
    private static final int REPEAT_ONE_IN = 20;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MOST_TRIES = 1_000;

    /** What one request came to. @param status of HTTP; 0 where there was no answer */
    record Answer(Instant sent, Instant answered, int status) {
        Duration took() {
            return Duration.between(sent, answered);
        }
    }

    private final long seed;
    private final World world;
    private final Ledger ledger;
    private final Pictures pictures;
    private final IntPredicate allowed;
    private final int poisonOneIn;
    private final AtomicInteger next;
    private final int end;
    private final List<Answer> answers = Collections.synchronizedList(new ArrayList<>());
    private final ConcurrentSkipListSet<String> unexpected = new ConcurrentSkipListSet<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;

    /**
     * Begins at once.
     *
     * @param from    number of the first image
     * @param end     number after that of the last
     * @param allowed whether it is time for the image of this number
     */
    Uploads(Options options, World world, Ledger ledger, int from, int end, int poisonOneIn, IntPredicate allowed) {
        this(options.pictures(), world, ledger, CLIENTS, from, end, poisonOneIn, allowed);
    }

    Uploads(Pictures pictures, World world, Ledger ledger, int clients, int from, int end, int poisonOneIn, IntPredicate allowed) {
        this.seed = pictures.seed();
        this.world = world;
        this.ledger = ledger;
        this.pictures = pictures;
        this.allowed = allowed;
        this.poisonOneIn = poisonOneIn;
        this.next = new AtomicInteger(from);
        this.end = end;
        for (int i = 0; i < clients; i++) {
            threads.add(Thread.ofPlatform().daemon().name("client-" + i).start(this::run));
        }
    }

    List<Answer> answers() {
        synchronized (answers) {
            return List.copyOf(answers);
        }
    }

    /** What a client could not make sense of. */
    List<String> unexpected() {
        return List.copyOf(unexpected);
    }

    Map<Integer, Long> byStatus() {
        Map<Integer, Long> counts = new TreeMap<>();
        answers().forEach(answer -> counts.merge(answer.status(), 1L, Long::sum));
        return counts;
    }

    boolean isOver() {
        return threads.stream().noneMatch(Thread::isAlive);
    }

    void join() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void run() {
        try {
            for (int number = next.getAndIncrement(); number < end; number = next.getAndIncrement()) {
                while (!allowed.test(number) && !over) {
                    Pause.millis(50);
                }
                if (over) {
                    return;
                }
                one(number);
            }
        } catch (Exception e) {
            unexpected.add("a client failed: " + e);
        }
    }

    private void one(int number) throws Exception {
        if (poisonOneIn > 0 && number % poisonOneIn == 0 && !ledger.poison().containsKey(number / poisonOneIn)) {
            ledger.acknowledged(Poison.give(seed, number / poisonOneIn, world.brokerUri()));
        }
        if (ledger.uploads().containsKey(number)) {
            return;
        }
        Instant sent = Instant.now();
        String id = acknowledged(number);
        if (id == null) {
            return;
        }
        ledger.acknowledged(new Entry(pictures.kind(number), number, id, sent, Instant.now()));
        if (number % REPEAT_ONE_IN == 0) {
            String again = acknowledged(number);
            if (again != null && !again.equals(id)) {
                unexpected.add("number " + number + " was " + id + " and, sent again, " + again);
            }
        }
    }

    /** Sends until it is taken. @return the id; null where that was given up */
    private String acknowledged(int number) {
        byte[] picture = pictures.bytes(number);
        for (int attempt = 0; attempt < MOST_TRIES && !over; attempt++) {
            Instant sent = Instant.now();
            try {
                HttpResponse<byte[]> response = send(number, picture);
                answers.add(new Answer(sent, Instant.now(), response.statusCode()));
                if (response.statusCode() == 202) {
                    JsonNode image = SafelightClient.json(response).at("/images/0");
                    return image.path("id").asText();
                }
                if (response.statusCode() != 503 || response.headers().firstValueAsLong("Retry-After").orElse(0) <= 0) {
                    unexpected.add("number " + number + ": " + response.statusCode() + " " + SafelightClient.text(response));
                    return null;
                }
            } catch (UncheckedIOException e) {
                answers.add(new Answer(sent, Instant.now(), 0));
            }
            Pause.millis(Math.min(1_000, 50L << Math.min(attempt, 5)));
        }
        if (!over) {
            unexpected.add("number " + number + " was never taken");
        }
        return null;
    }

    private HttpResponse<byte[]> send(int number, byte[] picture) {
        SafelightClient ingress = world.client("ingress");
        HttpRequest.Builder request = ingress.request("/upload").timeout(PATIENCE).header("Idempotency-Key", "chaos-" + seed + "-" + number);
        switch (pictures.kind(number)) {
            case BANNED -> request.header("Account", Pictures.BANNED);
            case WATCHED -> request.header("Account", Pictures.WATCHED);
            default -> { }
        }
        return ingress.upload(request, new Part("image-" + number, pictures.contentType(number), picture));
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        join();
    }
}
