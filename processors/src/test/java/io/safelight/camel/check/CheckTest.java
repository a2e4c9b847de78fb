package io.safelight.camel.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.config.Finding;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each mistake is made in a project that has none, and must be found alone, at its line, in the words given. */
class CheckTest {
    private static final Path CLEAN = Path.of("processors/src/test/resources/check");
    private static final String ERRORS = "routes/_errors.camel.yaml";
    private static final String UPLOAD = "routes/ingress/upload.camel.yaml";
    private static final String PROCESS = "routes/processing/process.camel.yaml";
    private static final String QUEUE = "kamelets/queue-source.kamelet.yaml";
    private static final String PUT = "kamelets/object-put-action.kamelet.yaml";
    private static final String PUBLISH = "kamelets/event-publish-sink.kamelet.yaml";
    private static final String SFTP = "kamelets/sftp-source.kamelet.yaml";
    private static final String SETTINGS = "config/application.properties";

    @TempDir
    Path home;

    /** @param at text that first stands in the line of the finding; there may be a ▸ in {@code wrong} instead, which is taken out */
    record Mistake(String name, String file, String text, String wrong, String at, String words) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Mistake mistake(String name, String file, String text, String wrong, String words) {
        return new Mistake(name, file, text, wrong, "▸", words);
    }

    private static Mistake mistake(String name, String file, String text, String wrong, String at, String words) {
        return new Mistake(name, file, text, wrong, at, words);
    }

    @BeforeEach
    void copyTheCleanProject() throws IOException {
        try (Stream<Path> walk = Files.walk(CLEAN)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                Path copy = home.resolve(CLEAN.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void findsTheMistakeAtItsLine(Mistake mistake) throws Exception {
        Path file = home.resolve(mistake.file());
        String clean = Files.readString(file);
        assertTrue(clean.contains(mistake.text()), "the clean file has no " + mistake.text());
        int start = clean.indexOf(mistake.text());
        String wrong = clean.substring(0, start) + mistake.wrong() + clean.substring(start + mistake.text().length());
        int line = 1 + (int) wrong.substring(0, wrong.indexOf(mistake.at())).chars().filter(c -> c == '\n').count();
        Files.writeString(file, wrong.replace("▸", ""));

        List<Finding> findings = check();

        assertEquals(1, findings.size(), () -> "findings: " + findings);
        assertEquals(mistake.file() + ":" + line, findings.getFirst().file() + ":" + findings.getFirst().line(), findings::toString);
        assertTrue((findings.getFirst().fault() + ". " + findings.getFirst().fix()).contains(mistake.words()), findings::toString);
    }

    static Stream<Mistake> mistakes() {
        return Stream.of(
                // YAML
                mistake("syntax error", PROCESS, "    description: Works on what was accepted", "    ▸description: Works: on", "not YAML"),
                mistake("tab", QUEUE, "    title: Queue\n", "▸\ttitle: Queue\n", "not YAML"),
                mistake("duplicate key", PROCESS, "    group: processing\n", "    group: processing\n▸    group: processing\n", "'group' is given twice"),
                mistake("comment in a route", PROCESS, "        - bean:", "▸        # why\n        - bean:", "comment below the top"),
                mistake("comment after a value", PROCESS, "ref: clerk", "▸ref: clerk # him", "comment below the top"),
                mistake("anchor", PROCESS, "queues: processing", "▸queues: &name processing", "anchor &name"),
                // the language
                mistake("misspelt property", UPLOAD, "aggregationStrategy:", "▸agregationStrategy:", "Did you mean 'aggregationStrategy'?"),
                mistake("unknown step", PROCESS, "- bean:", "▸- baen:", "Did you mean 'bean'?"),
                mistake("short form of a step", UPLOAD, "        - log:\n            message: Done", "        - ▸log: Done", "'log' is in its short form"),
                mistake("short form of an endpoint", UPLOAD, "        - log:\n            message: Done", "        - ▸to: log:done", "Write uri and parameters below it"),
                mistake("from outside a route", ERRORS, "- routeConfiguration:\n    id: answer", "- ▸from:\n    uri: timer:x\n    steps:\n      - stop: {}\n- routeConfiguration:\n    id: answer", "below `- route:`"),
                mistake("language outside expression", UPLOAD, "            expression:\n              simple:\n                expression: ${body}",
                        "            ▸simple:\n              expression: ${body}", "Write expression: {simple: {expression: …}}"),
                mistake("expression where the language stands alone", ERRORS, "            constant:\n              expression: \"true\"", "            ▸expression:\n              constant:\n                expression: \"true\"", "Write handled: {constant: {expression: …}}"),
                mistake("short form of a language", UPLOAD, "              simple:\n                expression: ${body}", "              ▸simple: ${body}", "'simple' is in its short form"),
                mistake("missing property", UPLOAD, "            name: size\n", "", "- setHeader:", "'setHeader' has no 'name'"),
                mistake("wrong type", PROCESS, "    group:", "▸    autoStartup: maybe\n    group:", "'autoStartup' is true or false"),
                mistake("wrong value", UPLOAD, "            message: Done", "            message: Done\n▸            loggingLevel: WARM", "Did you mean 'WARN'?"),
                mistake("steps that are no list", ERRORS, "          steps:\n            - bean:\n                ref: clerk\n                method: refuse\n", "          ▸steps:\n            bean:\n              ref: clerk\n              method: refuse\n", "'steps' is a list"),
                mistake("broken expression", UPLOAD, "expression: ${header.size} > 10", "▸expression: ${header.size > 10", "simple expression cannot be read"),
                mistake("broken predicate", UPLOAD, "expression: ${header.size} > 10", "▸expression: ${header.size} =! 10", "simple expression cannot be read"),
                mistake("broken log message", UPLOAD, "message: \"Took in ${header.id}", "▸message: \"Took in ${heder.id}", "Unknown function: heder"),
                // endpoints
                mistake("unknown component", UPLOAD, "uri: platform-http:/upload", "▸uri: plattform-http:/upload", "Did you mean 'platform-http'?"),
                mistake("component outside this build", UPLOAD, "uri: file:out/", "▸uri: solr:out/", "not in this build"),
                mistake("misspelt option", UPLOAD, "httpMethodRestrict:", "▸httpMethodRestrit:", "Did you mean 'httpMethodRestrict'?"),
                mistake("misspelt option in a kamelet", PUBLISH, "routingKey:", "▸rotingKey:", "Did you mean 'routingKey'?"),
                mistake("wrong number", QUEUE, "prefetchCount: 1", "▸prefetchCount: few", "'few' is no value of 'prefetchCount'"),
                mistake("wrong choice", PUBLISH, "confirm: enabled", "▸confirm: on", "'on' is no value of 'confirm'"),
                mistake("option for sending in a source", QUEUE, "autoDeclare: false", "autoDeclare: false\n▸        confirm: enabled", "'confirm' does nothing in 'from'"),
                mistake("options in the uri", UPLOAD, "uri: file:out/${header.id}", "▸uri: file:out/${header.id}?fileExist=Fail", "Move them below parameters"),
                // calls of kamelets
                mistake("unknown kamelet", PROCESS, "uri: kamelet:event-publish-sink", "▸uri: kamelet:event-publsh-sink", "Did you mean 'event-publish-sink'?"),
                mistake("missing parameter", PROCESS, "        queues: processing\n", "", "uri: kamelet:queue-source", "needs 'queues'"),
                mistake("unknown parameter", PROCESS, "        queues: processing", "        queues: processing\n▸        consumer: 1", "Did you mean 'consumers'?"),
                mistake("parameter of the wrong type", UPLOAD, "retries: 3", "▸retries: thrice", "Its type is integer"),
                mistake("kamelet as a step", UPLOAD, "        - log:\n            message: Done", "        - ▸kamelet:\n            name: event-publish-sink", "Write it as `to`"),
                mistake("sink as a source", UPLOAD, "uri: kamelet:sftp-source\n      parameters:\n        delay: 500\n", "▸uri: kamelet:event-publish-sink\n", "cannot stand in 'from'"),
                // who a route is
                mistake("unknown route configuration", PROCESS, "routeConfigurationId: dead-letter", "▸routeConfigurationId: dead-letter,ded-letter", "Did you mean 'dead-letter'?"),
                mistake("no id", PROCESS, "    id: process\n", "", "- route:", "no id"),
                mistake("no description", PROCESS, "    description: Works on what was accepted\n", "", "- route:", "no description"),
                mistake("no group", PROCESS, "    group: processing\n", "", "- route:", "no group"),
                mistake("no node prefix", PROCESS, "    nodePrefixId: process-\n", "", "- route:", "no nodePrefixId"),
                mistake("no route configuration", UPLOAD, "    routeConfigurationId: answer\n", "", "- route:", "no routeConfigurationId"),
                mistake("route configuration id twice", ERRORS, "    id: answer\n", "    id: answer\n    description: First\n- routeConfiguration:\n    ▸id: answer\n", "already taken"),
                mistake("group of another folder", PROCESS, "group: processing", "▸group: serving", "routes/serving/"),
                mistake("unknown group", PROCESS, "group: processing", "▸group: procesing", "Did you mean 'processing'?"),
                mistake("route id twice", PROCESS, "id: process", "▸id: upload", "already taken at routes/ingress/upload.camel.yaml:4"),
                mistake("node prefix twice", PROCESS, "nodePrefixId: process-", "▸nodePrefixId: upload-", "already taken at routes/ingress/upload.camel.yaml:7"),
                mistake("node id twice", UPLOAD, "            id: announce", "            ▸id: elsewhere", "already taken at routes/ingress/upload.camel.yaml:64"),
                mistake("route of one bean call", PROCESS, "        - to:\n            id: announce\n            description: The event, confirmed by the broker\n            uri: kamelet:event-publish-sink\n            parameters:\n              key: image.rendered\n", "", "- bean:", "one call of a bean"),
                // what goes out, and what calls what
                mistake("outbound step without id", PROCESS, "            id: announce\n", "", "- to:", "no id"),
                mistake("outbound step without description", UPLOAD, "                      description: The file, into the store\n", "", "- to:", "no description"),
                mistake("step without description", UPLOAD, "            description: The rest of the way\n", "", "- to:\n            id: take-in", "the step 'take-in' has no description"),
                mistake("step of a kamelet without description", PUBLISH, "        - to:", "        - ▸log:\n            id: tell\n            message: Goes out\n        - to:", "the step 'tell' has no description"),
                mistake("case without description", UPLOAD, "              - description: Large enough to keep\n                expression", "              - ▸expression", "a case of a choice has no description"),
                mistake("last case without description", UPLOAD, "              description: Too small\n", "", "otherwise:", "a case of a choice has no description"),
                mistake("call that nobody answers", UPLOAD, "            uri: direct:take-in", "            ▸uri: direct:take-on", "no route consumes direct:take-on"),
                mistake("call into another group", PROCESS, "        - bean:", "        - to:\n            id: shortcut\n            description: A short cut\n            ▸uri: direct:take-in\n        - bean:", "belongs to the group ingress"),
                mistake("second consumer", UPLOAD, "uri: kamelet:sftp-source\n      parameters:\n        delay: 500\n", "▸uri: direct:take-in\n", "second consumer"),
                // errors
                mistake("queue without dead letters", PROCESS, "routeConfigurationId: dead-letter", "routeConfigurationId: answer", "uri: kamelet:queue-source", "not kept as a dead letter"),
                mistake("dead letter that is not handled", ERRORS, "          handled:\n            constant:\n              expression: \"true\"\n", "", "- onException:", "goes back to the queue too"),
                mistake("error handler for all files", ERRORS, "- routeConfiguration:\n    id: answer", "- ▸errorHandler:\n    noErrorHandler: {}\n- routeConfiguration:\n    id: answer", "reaches into other files"),
                mistake("try in a route", UPLOAD, "        - log:\n            message: Done", "        - ▸doTry:\n            steps:\n              - stop: {}", "'doTry' inside a route"),
                mistake("dead letter channel that forgives itself", ERRORS, "    description: A caller gets an answer\n",
                        "    description: A caller gets an answer\n    errorHandler:\n      ▸deadLetterChannel:\n        deadLetterUri: kamelet:dead-letter-sink\n", "deadLetterHandleNewException: false"),
                // placeholders
                mistake("expression in an endpoint", UPLOAD, "            uri: direct:take-in", "            ▸uri: direct:${header.next}", "use toD"),
                mistake("expression in an option", PUBLISH, "routingKey: \"{{key}}\"", "routingKey: \"{{key}}\"\n              ▸replyTimeout: ${header.wait}", "not evaluated here"),
                mistake("expression for a parameter of an endpoint", UPLOAD, "bucket: \"{{safelight.store.private-bucket}}\"", "▸bucket: ${header.bucket}", "not evaluated here"),
                mistake("configuration as an expression", UPLOAD, "message: \"Took in ${header.id}", "▸message: \"Took in ${safelight.data}", "write {{safelight.data}}"),
                mistake("parameter as an expression", PUT, "expression: \"{{key}}\"", "▸expression: \"{{key}}${bucket}\"", "write {{bucket}}"),
                mistake("unknown key", PROCESS, "{{safelight.engine.concurrency}}", "▸{{safelight.engine.concurency}}", "Did you mean 'safelight.engine.concurrency'?"),
                mistake("unknown key behind a default", PROCESS, "{{safelight.engine.concurrency}}", "▸{{safelight.engine.concurency:4}}", "Did you mean 'safelight.engine.concurrency'?"),
                mistake("key without a value", SFTP, "{{?safelight.sftp.password}}", "▸{{safelight.sftp.password}}", "Write {{?safelight.sftp.password}}"),
                // brokers and SFTP
                mistake("broker outside a kamelet", UPLOAD, "            message: Done", "            message: Done\n        - to:\n            id: out\n            description: Out\n            ▸uri: spring-rabbitmq:safelight", "outside a kamelet"),
                mistake("queue declared by a route", QUEUE, "autoDeclare: false", "▸autoDeclare: true", "autoDeclare is not false"),
                mistake("queue declared by a sender", PUBLISH, "confirm: enabled", "confirm: enabled\n              ▸autoDeclareProducer: true", "autoDeclareProducer is not false"),
                mistake("attempts of the listener", QUEUE, "maximumRetryAttempts: 1", "▸maximumRetryAttempts: 3", "maximumRetryAttempts is not 1"),
                mistake("no prefetch", QUEUE, "        prefetchCount: 1\n", "", "uri: spring-rabbitmq", "no prefetchCount"),
                mistake("any host believed", SFTP, "strictHostKeyChecking: \"yes\"", "▸strictHostKeyChecking: \"no\"", "strictHostKeyChecking is not yes"),
                // kamelet files
                mistake("kamelet name differs from the file", PUT, "name: object-put-action", "▸name: object-put", "differs from the file's"),
                mistake("kamelet label", PUT, "camel.apache.org/kamelet.type: action", "▸camel.apache.org/kamelet.type: sink", "kamelet.type is not action"),
                mistake("kamelet without description", PUT, "    description: Stores a file.\n", "", "  definition:", "the kamelet has no description"),
                mistake("parameter without title", PUT, "        title: Bucket\n", "", "      bucket:", "'bucket' has no title"),
                mistake("parameter without type", PUBLISH, "        type: string\n", "", "      key:", "'key' has no type"),
                mistake("credential in the open", PUT, "        format: password\n", "", "      secretKey:", "not marked as one"),
                mistake("unused parameter", SFTP, "    properties:\n", "    properties:\n      ▸spare:\n        title: Spare\n        description: Nothing.\n        type: string\n", "nothing uses the parameter 'spare'"),
                mistake("undeclared parameter", PUT, "partSize: \"{{retries}}\"", "partSize: \"{{retries}}\"\n              ▸region: \"{{regio}}\"", "nothing defines {{regio}}"),
                mistake("requirement that is no parameter", PUT, "      - key\n", "      - key\n      - ▸kye\n", "'kye' is required"),
                mistake("action that begins elsewhere", PUT, "    from:\n      uri: kamelet:source", "    ▸from:\n      uri: timer:x", "does not begin with kamelet:source"),
                mistake("source that goes nowhere", QUEUE, "uri: kamelet:sink", "uri: log:messages", "    from:", "hands its messages to nobody"),
                mistake("action with a sink", PUT, "        - to:\n            uri: aws2-s3", "        - to:\n            ▸uri: kamelet:sink\n        - to:\n            uri: aws2-s3", "kamelet:sink in a kamelet that is no source"),
                // beans
                mistake("unknown bean", PROCESS, "ref: clerk\n            method: file\n", "▸ref: clark\n", "Did you mean 'clerk'?"),
                mistake("unknown bean in an endpoint", UPLOAD, "            message: Done", "            message: Done\n        - to:\n            ▸uri: bean:clark", "Did you mean 'clerk'?"),
                mistake("unknown bean as a strategy", UPLOAD, "aggregationStrategy: \"#clerk\"", "▸aggregationStrategy: \"#clark\"", "Did you mean 'clerk'?"),
                mistake("unknown bean in an expression", UPLOAD, "message: \"Took in ${header.id}, ${bean:clerk", "▸message: \"Took in ${header.id}, ${bean:clark", "Did you mean 'clerk'?"),
                mistake("unknown method", PROCESS, "method: file", "▸method: fyle", "Did you mean 'file'?"),
                mistake("method that is not public", PROCESS, "method: file", "▸method: whisper", "no method 'whisper'"),
                mistake("unknown method in an expression", UPLOAD, "message: \"Took in ${header.id}, ${bean:clerk.rest", "▸message: \"Took in ${header.id}, ${bean:clerk.nap", "no method 'nap'"),
                // configuration
                mistake("syntax error in the variants", "config/variants.yaml", "- name: thumb", "▸- name: thumb: x", "not YAML"),
                mistake("duplicate key in the policy", "config/moderation.yaml", "    verdict: block", "    verdict: block\n    ▸verdict: review", "'verdict' is given twice"),
                mistake("label the model does not know", "config/moderation.yaml", "labels: [sexy]", "▸labels: [sexi]", "which is not known. Use some of"),
                mistake("variant of no width", "config/variants.yaml", "width: 160", "▸width: wide", "Write a whole number"),
                mistake("unknown setting", SETTINGS, "safelight.upload.max-bytes", "▸safelight.upload.max-byte", "Did you mean 'safelight.upload.max-bytes'?"),
                mistake("bad duration", SETTINGS, "safelight.sftp.delay=2s", "▸safelight.sftp.delay=2 sec", "a duration"),
                mistake("bad size", SETTINGS, "safelight.upload.max-bytes=50M", "▸safelight.upload.max-bytes=50MiB", "a size"),
                mistake("bad number", SETTINGS, "max-frames=100", "▸max-frames=1OO", "a number"),
                mistake("bad switch", SETTINGS, "keep-gps=false", "▸keep-gps=nope", "true or false"),
                mistake("unknown setting of a profile", SETTINGS, "%dev.safelight.groups", "▸%dev.safelight.group", "Did you mean 'safelight.groups'?"));
    }

    @Test
    void findsNothingInTheCleanProject() throws Exception {
        assertEquals(List.of(), check());
    }

    @Test
    void findsNothingInWhatIsShipped() throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();

        int exit = Check.run(new String[] {"--home", "."}, new PrintStream(printed, true, StandardCharsets.UTF_8));

        assertEquals(0, exit, () -> printed.toString(StandardCharsets.UTF_8));
    }

    @Test
    void printsEachFindingWithItsFixAndASummaryAndExitsWithOne() throws Exception {
        replace(SETTINGS, "max-frames=100", "max-frames=many");
        ByteArrayOutputStream printed = new ByteArrayOutputStream();

        int exit = Check.run(new String[] {"--home", home.toString()}, new PrintStream(printed, true, StandardCharsets.UTF_8));

        assertEquals(1, exit);
        List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
        int at = lines.indexOf("config/application.properties:4: 'many' is no value of 'safelight.limits.max-frames'");
        assertTrue(at >= 0, lines::toString);
        assertEquals("    Write a number.", lines.get(at + 1));
        assertTrue(lines.getLast().matches("11 files, \\d+ findings"), lines::toString);
    }

    @Test
    void exitsWithTwoWhereThereIsNothingToCheck() throws Exception {
        assertEquals(2, Check.run(new String[] {"--home", home.resolve("routes").toString()}, new PrintStream(new ByteArrayOutputStream())));
        assertEquals(2, Check.run(new String[] {"--hom", home.toString()}, new PrintStream(new ByteArrayOutputStream())));
    }

    @Test
    void findsAnAnchorAndItsAlias() throws Exception {
        replace(PROCESS, "            ref: clerk", "            ref: &who clerk");
        replace(PROCESS, "            description: The event, confirmed by the broker", "            description: *who");

        assertEquals(List.of("the anchor &who", "the alias *who"), check().stream().map(Finding::fault).toList());
    }

    @Test
    void missesDeadLettersWhereTheConfigurationEndsElsewhere() throws Exception {
        replace(ERRORS, "uri: kamelet:dead-letter-sink", "uri: kamelet:event-publish-sink");

        List<Finding> findings = check();

        assertEquals(1, findings.size(), findings::toString);
        assertEquals(PROCESS + ":8", findings.getFirst().file() + ":" + findings.getFirst().line());
    }

    @ParameterizedTest
    @ValueSource(strings = {"processing.dead, moderation.dead", "safelight.unrouted"})
    void letsARouteDrainTheDeadLettersWithoutKeepingThemAgain(String queues) throws Exception {
        replace(PROCESS, "queues: processing", "queues: " + queues);
        replace(PROCESS, "routeConfigurationId: dead-letter", "routeConfigurationId: answer");

        assertEquals(List.of(), check());
    }

    @Test
    void namesAKameletThatDoesNotSayWhatItIs() throws Exception {
        Files.writeString(home.resolve("kamelets/object-put.kamelet.yaml"),
                Files.readString(home.resolve(PUT)).replace("name: object-put-action", "name: object-put"));

        assertEquals(List.of(new Finding("kamelets/object-put.kamelet.yaml", 4, "'object-put' does not say what it is", "End its name in -source, -sink or -action.")), check());
    }

    @Test
    void findsBeansInAJar() throws Exception {
        Path jar = home.resolve("beans.jar");
        Path classes = Path.of(Clerk.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (FileSystem zip = FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
            for (Class<?> type : List.of(Clerk.class, Staff.class)) {
                String name = type.getName().replace('.', '/') + ".class";
                Files.createDirectories(zip.getPath(name).getParent());
                Files.copy(classes.resolve(name), zip.getPath(name));
            }
        }

        assertEquals(Set.of("clerk"), Beans.of(List.of(jar)).names());
        assertTrue(Beans.of(List.of(jar)).methods("clerk").orElseThrow().containsAll(Set.of("file", "refuse", "rest")));
    }

    @Test
    void namesAFileThatIsNotUtf8() throws Exception {
        Files.write(home.resolve("routes/ingress/extra.camel.yaml"), new byte[] {'-', ' ', (byte) 0xe4});

        assertEquals(List.of(new Finding("routes/ingress/extra.camel.yaml", 1, "not UTF-8", "Save the file as UTF-8.")), check());
    }

    private void replace(String file, String text, String other) throws IOException {
        String old = Files.readString(home.resolve(file));
        assertTrue(old.contains(text), "the clean file has no " + text);
        Files.writeString(home.resolve(file), old.replaceFirst(Pattern.quote(text), Matcher.quoteReplacement(other)));
    }

    private List<Finding> check() throws Exception {
        Path beans = Path.of(Clerk.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        return Check.findings(new Project(home, List.of(beans)));
    }
}
