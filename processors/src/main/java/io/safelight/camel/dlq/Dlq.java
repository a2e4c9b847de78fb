package io.safelight.camel.dlq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.safelight.model.Answers;
import io.safelight.model.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Lists, shows, replays and discards dead letters. What it prints is for people; programs ask the API. */
public final class Dlq {
    private static final String USAGE = """
            usage: ./safelight dlq <command> [--url U]

              list [--all] [--group G]     what could not be processed, in groups by cause, or the letters of one group;
                                           with --all those that were replayed and discarded too
              show ID                      one letter: what it met, and the message as it came
              replay ID… | --group G | --all
                                           publish the messages again, into the queue each failed in
              discard ID… | --group G  --reason TEXT [--by NAME]
                                           give them up; reason and name are kept in the audit

            U is the group metadata: http://127.0.0.1:8080. Exit status: 0 done, 1 not done, 2 not understood.
            """;
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int WIDEST = 100;

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10)).build();
    private final URI url;
    private final PrintStream out;

    private Dlq(URI url, PrintStream out) {
        this.url = url;
        this.out = out;
    }

    private static final class Misuse extends Exception {
        Misuse(String what) {
            super(what);
        }
    }

    /** It could not be done, and why. */
    private static final class Refused extends Exception {
        Refused(String why) {
            super(printable(why));
        }
    }

    /** @param group null where none is named @param by who discards; never null */
    private record Options(List<String> ids, String group, boolean all, String reason, String by, URI url) {
        static Options of(List<String> words) throws Misuse {
            List<String> ids = new ArrayList<>();
            String group = null;
            String reason = null;
            String by = System.getenv().getOrDefault("USER", "unknown");
            String url = "http://127.0.0.1:8080";
            boolean all = false;
            for (int i = 0; i < words.size(); i++) {
                String word = words.get(i);
                switch (word) {
                    case "--all" -> all = true;
                    case "--group" -> group = value(words, ++i);
                    case "--reason" -> reason = value(words, ++i);
                    case "--by" -> by = value(words, ++i);
                    case "--url" -> url = value(words, ++i);
                    default -> {
                        if (word.startsWith("--")) {
                            throw new Misuse("there is no option " + word);
                        }
                        ids.add(word);
                    }
                }
            }
            if (!url.matches("https?://[^\\s?#]+")) {
                throw new Misuse("--url wants an address such as http://127.0.0.1:8080, not '" + url + "'");
            }
            return new Options(ids, group, all, reason, by, URI.create(url.replaceFirst("/+$", "")));
        }

        private static String value(List<String> words, int at) throws Misuse {
            if (at == words.size() || words.get(at).isBlank()) {
                throw new Misuse(words.get(at - 1) + " wants a value");
            }
            return words.get(at);
        }

        /** Of ids, a group and all, how many are named. */
        int choices() {
            return (ids.isEmpty() ? 0 : 1) + (group == null ? 0 : 1) + (all ? 1 : 0);
        }
    }

    private static void require(boolean holds, String otherwise) throws Misuse {
        if (!holds) {
            throw new Misuse(otherwise);
        }
    }

    public static void main(String[] args) {
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        System.exit(run(List.of(args), new PrintStream(System.out, true, StandardCharsets.UTF_8), new PrintStream(System.err, true, StandardCharsets.UTF_8)));
    }

    /** @return the exit status: 0 done, 1 not done, 2 not understood */
    static int run(List<String> args, PrintStream out, PrintStream err) {
        if (args.isEmpty() || List.of("help", "--help", "-h").contains(args.getFirst())) {
            (args.isEmpty() ? err : out).print(USAGE);
            return args.isEmpty() ? 2 : 0;
        }
        try {
            Options options = Options.of(args.subList(1, args.size()));
            Dlq dlq = new Dlq(options.url, out);
            switch (args.getFirst()) {
                case "list" -> dlq.list(options);
                case "show" -> dlq.show(options);
                case "replay" -> dlq.replay(options);
                case "discard" -> dlq.discard(options);
                default -> throw new Misuse("there is no command '" + args.getFirst() + "'");
            }
            return 0;
        } catch (Misuse e) {
            err.println("safelight dlq: " + e.getMessage() + ".\n");
            err.print(USAGE);
            return 2;
        } catch (Refused e) {
            err.println("safelight dlq: " + e.getMessage());
            return 1;
        }
    }

    private void list(Options options) throws Misuse, Refused {
        require(options.ids.isEmpty() && options.reason == null, "list takes --all and --group, and nothing else");
        String state = options.all ? "" : "&state=open";
        Table table;
        if (options.group == null) {
            table = new Table("GROUP", "OPEN", "ALL", "QUEUE", "CAUSE", "OLDEST", "MESSAGE");
            pages("/api/dead-letter-groups?limit=200" + state, "groups", group -> table.add(group.path("group").asText(), group.path("open").asText(),
                    group.path("count").asText(), group.path("queue").asText(), simple(group), age(group), group.path("message").asText()));
            if (!options.all) {
                table.drop(2);
            }
        } else {
            table = new Table("ID", "STATE", "DEATHS", "IMAGE", "AGE", "MESSAGE");
            pages("/api/dead-letters?limit=200&group=" + encoded(options.group) + state, "deadLetters", letter -> table.add(letter.path("id").asText(),
                    letter.path("state").asText(), letter.path("deaths").asText(), letter.path("imageId").asText("-"), age(letter), letter.path("message").asText()));
        }
        table.print(out, options.all ? "There are no dead letters." : "There are no open dead letters.");
    }

    private interface Page {
        void entry(JsonNode entry);
    }

    private void pages(String path, String name, Page page) throws Refused {
        String cursor = "";
        do {
            JsonNode answer = get(path + cursor);
            answer.path(name).forEach(page::entry);
            cursor = answer.path("next").isTextual() ? "&cursor=" + encoded(answer.path("next").asText()) : null;
        } while (cursor != null);
    }

    private void show(Options options) throws Misuse, Refused {
        require(options.ids.size() == 1 && options.choices() == 1 && options.reason == null, "show takes one id, and nothing else");
        JsonNode letter = get("/api/dead-letters/" + encoded(options.ids.getFirst()));
        for (Map.Entry<String, JsonNode> field : letter.properties()) {
            switch (field.getKey()) {
                case "body" -> { }
                case "headers", "marks" -> field.getValue().properties().forEach(header ->
                        out.printf("%-12s %s: %s%n", field.getKey(), printable(header.getKey()), printable(header.getValue().asText())));
                case "discarded" -> {
                    if (field.getValue().isObject()) {
                        out.printf("%-12s %s by %s: %s%n", "discarded", printable(field.getValue().path("at").asText()), printable(field.getValue().path("by").asText()),
                                printable(field.getValue().path("reason").asText()));
                    }
                }
                default -> out.printf("%-12s %s%n", printable(field.getKey()), field.getValue().isNull() ? "-" : printable(field.getValue().asText()));
            }
        }
        out.println("\n" + pretty(letter.path("body").asText()));
    }

    private static String pretty(String body) {
        try {
            return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(Json.MAPPER.readTree(body)).lines().map(Dlq::printable).collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return printable(body);
        }
    }

    /** Those that are named are replayed whatever became of them; of a group and of all those that are open, a batch a request. */
    private void replay(Options options) throws Misuse, Refused {
        require(options.choices() == 1 && options.reason == null, "replay takes either ids, or --group, or --all");
        if (!options.ids.isEmpty()) {
            for (String id : options.ids) {
                post("/api/dead-letters/" + encoded(id) + "/replay", BodyPublishers.noBody());
                out.println(id + " replayed");
            }
            return;
        }
        ObjectNode request = Json.MAPPER.createObjectNode();
        if (options.all) {
            request.put("all", true);
        } else {
            request.put("group", options.group);
        }
        out.println(batches("replay", "replayed", request) + " replayed.");
    }

    private void discard(Options options) throws Misuse, Refused {
        require(options.choices() == 1 && !options.all, "discard takes either ids or --group");
        require(options.reason != null, "discard wants a --reason, for the audit");
        ObjectNode request = Json.MAPPER.createObjectNode().put("reason", options.reason).put("by", options.by);
        if (options.group != null) {
            request.put("group", options.group);
        } else {
            request.set("ids", Json.MAPPER.valueToTree(options.ids));
        }
        out.println(batches("discard", "discarded", request) + " discarded.");
    }

    /** The same request again until nothing remains. @return how many were done */
    private long batches(String what, String done, ObjectNode request) throws Refused {
        long total = 0;
        JsonNode answer;
        do {
            answer = post("/api/dead-letters/" + what, BodyPublishers.ofString(request.toString()));
            total += answer.path(done).asLong();
            if (answer.hasNonNull("begun")) {
                request.set("begun", answer.get("begun"));
            }
            if (answer.path("remaining").asLong() > 0) {
                out.printf("  %d %s, %d left%n", total, done, answer.path("remaining").asLong());
            }
        } while (answer.path("remaining").asLong() > 0 && answer.path(done).asLong() > 0);
        return total;
    }

    private JsonNode get(String path) throws Refused {
        return ask(HttpRequest.newBuilder(URI.create(url + path)));
    }

    private JsonNode post(String path, BodyPublisher body) throws Refused {
        return ask(HttpRequest.newBuilder(URI.create(url + path)).header("Content-Type", "application/json").POST(body));
    }

    private JsonNode ask(HttpRequest.Builder request) throws Refused {
        try {
            HttpResponse<byte[]> answer = Answers.ask(http, request.build(), TIMEOUT);
            JsonNode json = Json.MAPPER.readTree(answer.body());
            if (answer.statusCode() == 200 && json != null && json.isObject()) {
                return json;
            }
            throw new Refused(json != null && json.hasNonNull("detail") ? json.get("detail").asText()
                    : "%s answered %d and is no metadata group of Safelight; name it with --url.".formatted(url, answer.statusCode()));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new Refused(url + " is no metadata group of Safelight; name it with --url.");
        } catch (IOException e) {
            throw new Refused("%s does not answer (%s). Name the group metadata with --url.".formatted(url, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refused("interrupted.");
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String simple(JsonNode node) {
        String cause = node.path("cause").asText();
        return cause.substring(cause.lastIndexOf('.') + 1);
    }

    private static String age(JsonNode node) {
        long seconds = Math.max(0, Duration.between(Instant.parse(node.path("first").asText()), Instant.now()).toSeconds());
        return seconds < 120 ? seconds + " s" : seconds < 7_200 ? seconds / 60 + " min" : seconds < 172_800 ? seconds / 3_600 + " h" : seconds / 86_400 + " d";
    }

    /** What a message holds may be anything, also what a terminal obeys. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cc}", " ");
    }

    /** As wide as what is in it; the last column is cut. */
    private static final class Table {
        private final List<List<String>> rows = new ArrayList<>();

        Table(String... titles) {
            rows.add(new ArrayList<>(List.of(titles)));
        }

        void add(String... cells) {
            rows.add(Stream.of(cells).map(Dlq::printable).collect(Collectors.toCollection(ArrayList::new)));
        }

        void drop(int column) {
            rows.forEach(row -> row.remove(column));
        }

        void print(PrintStream out, String empty) {
            if (rows.size() == 1) {
                out.println(empty);
                return;
            }
            int last = rows.getFirst().size() - 1;
            for (List<String> row : rows) {
                StringJoiner line = new StringJoiner("  ");
                for (int column = 0; column < last; column++) {
                    int at = column;
                    line.add(("%-" + rows.stream().mapToInt(r -> r.get(at).length()).max().orElse(1) + "s").formatted(row.get(column)));
                }
                String message = row.get(last);
                out.println(line.add(message.length() <= WIDEST ? message : message.substring(0, WIDEST) + "…"));
            }
        }
    }
}
