package io.safelight.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Fault;
import io.safelight.model.Decision;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Evidence;
import io.safelight.model.Format;
import io.safelight.model.KnownEvent;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Chain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFilesTest {
    private static final List<String> LABELS = List.of("drawing", "hentai", "neutral", "porn", "sexy");
    private static final Path SHIPPED = Path.of("config");

    @TempDir
    Path folder;

    // ---- events

    @Test
    void noEventsNeedBeKnown() {
        assertEquals(List.of(), EventsFile.load(folder.resolve("none.yaml")));
    }

    @Test
    void theShippedCalendarIsThereAndTellsOfNothing() {
        assertTrue(Files.exists(SHIPPED.resolve("events.yaml")));
        assertEquals(List.of(), EventsFile.load(SHIPPED.resolve("events.yaml")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing yet\n", "events:\n", "events: []\n"})
    void aCalendarMayBeEmpty(String text) throws IOException {
        assertEquals(List.of(), EventsFile.load(write(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"events: sale\n", "event: []\n", "events: {name: sale}\n", "- sale\n"})
    void aCalendarOfAnotherShapeIsRefused(String text) throws IOException {
        assertEquals(1, EventsFile.check(write(text)).findings().size());
    }

    @Test
    void whatTheShippedCalendarShowsIsAnEvent() throws IOException {
        String shown = Files.readString(SHIPPED.resolve("events.yaml")).replaceAll("(?m)^#(?=  )", "");
        assertEquals("summer sale", EventsFile.load(write(shown)).getFirst().name());
    }

    @Test
    void readsKnownEvents() throws IOException {
        Path file = write("events:\n  - {name: sale, queue: processing, from: 2026-11-27T00:00:00+01:00, until: 2026-11-28T00:00:00+01:00, per-minute: 1200}\n");
        assertEquals(List.of(new KnownEvent("sale", "processing", Instant.parse("2026-11-26T23:00:00Z"), Instant.parse("2026-11-27T23:00:00Z"), 1_200)),
                EventsFile.load(file));
    }

    @Test
    void saysWhatIsWrongWithAnEvent() throws IOException {
        Path file = write("""
                events:
                  - {name: sale, queue: thumbnails, from: tomorrow, until: 2026-11-28T00:00:00Z, per-minute: -1}
                  - {name: backwards, queue: moderation, from: 2026-11-28T00:00:00Z, until: 2026-11-27T00:00:00Z, per-minute: 5, colour: red}
                """);
        List<String> faults = EventsFile.check(file).findings().stream().map(Finding::fault).toList();
        assertEquals(5, faults.size(), faults::toString);
        assertTrue(faults.toString().contains("thumbnails") && faults.toString().contains("tomorrow") && faults.toString().contains("colour")
                && faults.toString().contains("ends before it begins"), faults::toString);
    }

    // ---- variants

    @Test
    void loadsTheShippedVariants() {
        List<VariantSpec> variants = VariantsFile.load(SHIPPED.resolve("variants.yaml"));
        assertEquals(new VariantSpec("thumb", 160, List.of(Format.AVIF, Format.WEBP, Format.JPEG), 80), variants.getFirst());
        assertEquals(List.of("thumb", "small", "medium", "large"), variants.stream().map(VariantSpec::name).toList());
    }

    @Test
    void fillsInFormatsAndQuality() throws IOException {
        Path file = write("variants:\n  - {name: only, width: 16383}\n  - {name: png, width: 1, formats: [png], quality: 100}\n");
        assertEquals(List.of(new VariantSpec("only", 16383, List.of(Format.AVIF, Format.WEBP, Format.JPEG), 80),
                new VariantSpec("png", 1, List.of(Format.PNG), 100)), VariantsFile.load(file));
    }

    @Test
    void whatIsAnimatedIsMadeInNoFormatThatComesBeforeTheOneThatMoves() throws IOException {
        Path file = write("""
                variants:
                  - {name: only, width: 80, animated: true}
                  - {name: clear, width: 80, animated: true, formats: [png, webp]}
                """);
        assertEquals(List.of(List.of(Format.WEBP, Format.JPEG), List.of(Format.PNG, Format.WEBP)), VariantsFile.load(file).stream().map(VariantSpec::formats).toList());
    }

    @Test
    void readsOperationsInTheirOrder() throws IOException {
        Path file = write("""
                variants:
                  - name: card
                    ops:
                      - resize: {width: 300, height: 300, fit: crop, gravity: north}
                      - filter: sepia
                      - trim
                      - watermark: {text: "© A, B", width: 20}
                    formats: [webp]
                    animated: false
                """);
        assertEquals(List.of(new VariantSpec("card", Chain.parse(
                "resize:width=300,height=300,fit=crop,gravity=north+filter:kind=sepia+trim+watermark:text=© A%2C B,width=20"), List.of(Format.WEBP), 80, false)),
                VariantsFile.load(file));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {name: Big, width: 10}                        | 'name' is 'Big'
            {name: '', width: 10}                         | 'name' is ''
            {name: source, width: 10}                     | 'name' is 'source'
            {width: 10}                                   | 'name' is missing
            {name: a}                                     | 'width' is missing
            {name: a, width: 0}                           | 'width' is '0'
            {name: a, width: 16384}                       | 'width' is '16384'
            {name: a, width: 1.5}                         | 'width' is '1.5'
            {name: a, width: [1]}                         | 'width' is a list
            {name: a, width: 10, quality: 0}              | 'quality' is '0'
            {name: a, width: 10, quality: 101}            | 'quality' is '101'
            {name: a, width: 10, formats: [gif]}          | 'formats' holds 'gif', which is not known
            {name: a, width: 10, formats: [jpeg, jpeg]}   | 'formats' holds 'jpeg' twice
            {name: a, width: 10, formats: []}             | 'formats' is not a list with something in it
            {name: a, width: 10, formats: jpeg}           | 'formats' is not a list with something in it
            {name: a, width: 10, hight: 4}                | unknown key 'hight'
            {name: a, width: 10, width: 11}               | 'width' is given twice
            {name: a, ops: []}                            | 'ops' is not a list with something in it
            {name: a, ops: [oil]}                         | there is no operation 'oil'; use one of [resize, crop, rotate, flip, watermark, filter, background, trim]
            {name: a, ops: [{resize: 0}]}                 | resize takes for 'width' a whole number from 1 to 16383, not '0'
            {name: a, ops: [{resize: {width: [1]}}]}      | a list stands where the value of 'width' belongs
            {name: a, ops: [{resize: 1, trim: 1}]}        | a mapping stands where one operation belongs
            {name: a, ops: [{watermark: {image: no.png}}]} | there is no watermark no.png
            {name: a, ops: [trim], width: 10}             | 'width' stands beside 'ops'
            {name: a, ops: [trim], animated: true}        | the operations of an animated variant would do each frame differently
            {name: a, width: 10, animated: true, formats: [jpeg]} | none of the formats can hold an animation
            {name: a, width: 10, animated: true, formats: [avif, webp]} | an animated variant has avif, in which it stands still, and browsers that take both are given avif
            {name: a, width: 10, animated: maybe}         | 'animated' is 'maybe'
            {name: a, width: 10, strip: false}            | 'strip' is 'false'
            just text                                     | 'just text' stands where keys with values belong
            """)
    void namesLineAndFaultOfABadVariant(String variant, String fault) throws IOException {
        List<Finding> findings = VariantsFile.check(write("# sizes\nvariants:\n  - " + variant + "\n")).findings();
        assertTrue(findings.stream().anyMatch(f -> f.line() == 3 && f.fault().equals(fault)), findings::toString);
    }

    @Test
    void findsEveryFaultAtOnceWithItsLine() throws IOException {
        Path file = write("""
                variants:
                  - name: a
                    width: wide
                    formats:
                      - jpeg
                      - tiff
                  - name: b
                    width: 10
                  - name: b
                    width: 20
                """);
        assertEquals(List.of(3, 6, 9), VariantsFile.check(file).findings().stream().map(Finding::line).toList());
        Fault fault = assertThrows(Fault.class, () -> VariantsFile.load(file));
        assertEquals(3, fault.getMessage().lines().count());
        assertTrue(fault.getMessage().startsWith(file + ":3: 'width' is 'wide'; write a whole number from 1 to 16383"), fault::getMessage);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                        | 1 | the file is empty
            variants: []              | 1 | 'variants' is not a list with something in it
            variants: 7               | 1 | 'variants' is not a list with something in it
            '- a'                     | 1 | a list stands where keys with values belong
            'x: 1'                    | 1 | unknown key 'x'
            'variants: [1, 2'         | 1 | not YAML:
            """)
    void refusesFilesOfAnotherShape(String content, int line, String fault) throws IOException {
        List<Finding> findings = VariantsFile.check(write(content)).findings();
        assertTrue(findings.stream().anyMatch(f -> f.line() == line && f.fault().startsWith(fault)), findings::toString);
    }

    @Test
    void refusesFilesThatAreMissingOrNoText() throws IOException {
        assertEquals("the file cannot be read", VariantsFile.check(folder.resolve("absent.yaml")).findings().getFirst().fault());
        Path binary = Files.write(folder.resolve("binary.yaml"), new byte[] {(byte) 0xff, 0, 1, 2});
        assertEquals(1, VariantsFile.check(binary).findings().size());
        assertEquals(1, VariantsFile.check(write("variants: \u0007")).findings().size());
    }

    // ---- policy

    @ParameterizedTest
    @CsvSource({"0.01,0.01,0.01,CLEAR", "0.5,0.25,0,BLOCK", "0.3,0.15,0,REVIEW", "0,0,0.95,REVIEW", "0.4,0.3,0.3,BLOCK", "0.39,0,0.89,CLEAR"})
    void decidesByTheFirstShippedRuleThatHolds(double porn, double hentai, double sexy, Verdict verdict) {
        assertEquals(verdict, policy().decide(of(evidence(porn, hentai, sexy))).verdict());
    }

    @Test
    void saysWhichRuleSpoke() {
        assertEquals("Rule explicit: porn + hentai is 0.750, at least 0.7.", policy().decide(of(evidence(0.5, 0.25, 0))).reason());
        assertEquals("No rule held.", policy().decide(of(evidence(0, 0, 0))).reason());
    }

    @Test
    void neverClearsOnEvidenceThatIsIncompleteOrNoProbability() {
        ModerationPolicy policy = policy();
        assertEquals(Verdict.REVIEW, policy.decide(of(null)).verdict());
        assertEquals(Verdict.REVIEW, policy.decide(of(Map.of())).verdict());
        for (String label : LABELS) {
            Map<String, Double> evidence = evidence(0, 0, 0);
            evidence.remove(label);
            assertEquals(Verdict.REVIEW, policy.decide(of(evidence)).verdict(), label);
            for (Double nonsense : new Double[] {null, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.5, 1.5}) {
                evidence.put(label, nonsense);
                assertEquals(Verdict.REVIEW, policy.decide(of(evidence)).verdict(), label + " " + nonsense);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {name: a, labels: [gore], atLeast: 0.5, verdict: block}        | 'labels' holds 'gore', which is not known
            {name: a, labels: [], atLeast: 0.5, verdict: block}            | 'labels' is not a list with something in it
            {name: a, atLeast: 0.5, verdict: block}                        | 'labels' is missing
            {name: a, labels: [porn], atLeast: 0, verdict: block}          | 'atLeast' is '0'
            {name: a, labels: [porn], atLeast: .nan, verdict: block}       | 'atLeast' is '.nan'
            {name: a, labels: [porn], atLeast: 70, verdict: block}         | 'atLeast' is '70'
            {name: a, labels: [porn], atLeast: 0.5, verdict: hide}         | 'verdict' is 'hide'
            {name: a, verdict: block}                                      | the rule has no condition, so it would hold for every image
            {name: a, bank: block, verdict: block}                         | 'bank' is 'block'
            {name: a, sources: [], verdict: block}                         | 'sources' is not a list with something in it
            {name: a, accounts: [x, x], verdict: block}                    | 'accounts' holds 'x' twice
            {name: a, sources: [http], verdict: block, shadow: maybe}      | 'shadow' is 'maybe'
            {name: a, labels: [porn], atLeast: 0.5}                        | 'verdict' is missing
            {name: a, labels: [porn], at-least: 0.5, verdict: block}       | unknown key 'at-least'
            {labels: [porn], atLeast: 0.5, verdict: block}                 | 'name' is missing
            """)
    void namesLineAndFaultOfABadRule(String rule, String fault) throws IOException {
        Path file = write("rules:\n  - " + rule + "\n");
        List<Finding> findings = ModerationPolicy.check(file, LABELS, List.of()).findings();
        assertTrue(findings.stream().anyMatch(f -> f.line() == 2 && f.fault().equals(fault)), findings::toString);
        assertThrows(Fault.class, () -> ModerationPolicy.load(file, LABELS, List.of()));
    }

    @Test
    void refusesAPolicyWithoutRulesAsItWouldClearEverything() throws IOException {
        assertEquals(1, ModerationPolicy.check(write("rules: []\n"), LABELS, List.of()).findings().size());
    }

    @Test
    void refusesTwoRulesOfOneName() throws IOException {
        String rule = "  - {name: a, labels: [porn], atLeast: 0.5, verdict: block}\n";
        assertEquals("two rules are named 'a'", ModerationPolicy.check(write("rules:\n" + rule + rule), LABELS, List.of()).findings().getFirst().fault());
    }

    @Test
    void namesLineAndFaultOfABadBank() throws IOException {
        List<Finding> findings = ModerationPolicy.check(write("""
                banks:
                  - {name: block, distance: 32}
                  - {name: block, distance: 10}
                  - {name: block, distance: 10}
                  - {name: Allow, distance: 1, colour: red}
                rules:
                  - {name: a, bank: other, verdict: block}
                """), LABELS, List.of()).findings();
        assertEquals(List.of("2 'distance' is '32'", "4 two banks are named 'block'", "5 unknown key 'colour'", "5 'name' is 'Allow'", "7 'bank' is 'other'"),
                findings.stream().map(f -> f.line() + " " + f.fault()).toList());
    }

    @Test
    void aRuleHoldsWhereEachOfItsConditionsDoes() throws IOException {
        ModerationPolicy policy = ModerationPolicy.load(write("""
                banks:
                  - {name: known, distance: 20}
                rules:
                  - {name: all, labels: [porn], atLeast: 0.2, bank: known, sources: [http], accounts: [bob, eve], verdict: block}
                """), LABELS, List.of());
        Map<String, Evidence.Match> known = Map.of("known", new Evidence.Match("00", 7, "a case"));
        Map<String, Double> some = evidence(0.3, 0, 0);

        assertEquals(new Decision(Verdict.BLOCK, "all",
                "Rule all: porn is 0.300, at least 0.2, and the picture is, but for 7 bits, one of bank known (a case), and it came from http, and it was sent by eve.", 1, List.of()),
                policy.decide(new Evidence(some, Set.of(), known, "http", "eve")));
        for (Evidence lacking : List.of(new Evidence(evidence(0.1, 0, 0), Set.of(), known, "http", "eve"), new Evidence(some, Set.of(), Map.of(), "http", "eve"),
                new Evidence(some, Set.of(), known, "sftp://host/drop", "eve"), new Evidence(some, Set.of(), known, "http", "ada"), new Evidence(some, Set.of(), known, "http", null))) {
            assertEquals(Verdict.CLEAR, policy.decide(lacking).verdict());
        }
        assertEquals(Map.of("known", 20), policy.banks());
        assertTrue(policy.asksForAccounts());
        assertFalse(policy().asksForAccounts());
    }

    @Test
    void aRuleInShadowDecidesNothingAndSaysWhatItWouldHaveDone() throws IOException {
        ModerationPolicy policy = ModerationPolicy.load(write("""
                rules:
                  - {name: strict, labels: [sexy], atLeast: 0.2, verdict: block, shadow: true}
                  - {name: trusted, accounts: [bob], verdict: clear}
                  - {name: late, labels: [sexy], atLeast: 0.1, verdict: review, shadow: true}
                """), LABELS, List.of());
        Decision decision = policy.decide(new Evidence(evidence(0, 0, 0.5), Set.of(), Map.of(), "http", "bob"));
        assertEquals(Verdict.CLEAR, decision.verdict());
        assertEquals(List.of(new Decision.Shadow("strict", Verdict.BLOCK, "Rule strict: sexy is 0.500, at least 0.2.")), decision.shadows());
        assertEquals(2, policy.decide(new Evidence(evidence(0, 0, 0.5), Set.of(), Map.of(), "http", "eve")).shadows().size());
    }

    @Test
    void aKnownPictureIsClearedOrBlockedByTheShippedPolicyWhateverTheModelSaw() {
        Evidence.Match match = new Evidence.Match("00", 3, null);
        assertEquals(Verdict.CLEAR, policy().decide(new Evidence(evidence(0.9, 0, 0), Set.of(), Map.of("allow", match, "block", match), "http", null)).verdict());
        assertEquals(Verdict.BLOCK, policy().decide(new Evidence(evidence(0, 0, 0), Set.of(), Map.of("block", match), "http", null)).verdict());
        assertEquals(Verdict.BLOCK, policy().decide(new Evidence(Map.of(), Set.of(), Map.of("withdrawn", match), "http", null)).verdict());
        assertEquals(Verdict.REVIEW, policy().decide(new Evidence(Map.of(), Set.of(), Map.of("allow", match), "http", null)).verdict(), "the evidence is incomplete");
    }

    @Test
    void anImageThatADecidingModelHasNotLookedAtIsNotClearedThoughAnotherHasTheSameLabels() {
        ModerationPolicy policy = ModerationPolicy.load(SHIPPED.resolve("moderation.yaml"), LABELS, List.of(Set.of("small", "small-next"), Set.of("large")));
        for (Set<String> looked : List.of(Set.<String>of(), Set.of("small"), Set.of("large"))) {
            assertEquals(Verdict.REVIEW, policy.decide(new Evidence(evidence(0, 0, 0), looked, Map.of(), "http", null)).verdict(), looked::toString);
        }
        assertEquals("The model small or small-next has not looked at the image, so no rule could clear it.",
                policy.decide(new Evidence(evidence(0, 0, 0), Set.of("large"), Map.of(), "http", null)).reason());
        assertEquals(Verdict.CLEAR, policy.decide(new Evidence(evidence(0, 0, 0), Set.of("large", "small-next"), Map.of(), "http", null)).verdict());
    }

    @Test
    void ofTheBanksRulesAloneCanBeAsked() throws IOException {
        ModerationPolicy policy = ModerationPolicy.load(write("""
                banks:
                  - {name: known, distance: 20}
                rules:
                  - {name: everything, sources: [http], verdict: block}
                  - {name: looks-bad, labels: [porn], atLeast: 0.1, verdict: block}
                  - {name: known-of-bob, bank: known, accounts: [bob], verdict: block}
                """), LABELS, List.of());
        Map<String, Evidence.Match> known = Map.of("known", new Evidence.Match("00", 7, null));
        assertEquals("known-of-bob", policy.decideByBanks(new Evidence(evidence(0.5, 0, 0), Set.of(), known, null, "bob")).rule());
        assertEquals(Verdict.CLEAR, policy.decideByBanks(new Evidence(evidence(0.5, 0, 0), Set.of(), known, "http", "eve")).verdict());
        assertEquals(Verdict.CLEAR, policy.decideByBanks(new Evidence(evidence(0.5, 0, 0), Set.of(), Map.of(), "http", "bob")).verdict());
        assertEquals("looks-bad", policy.decide(new Evidence(evidence(0.5, 0, 0), Set.of(), known, null, "bob")).rule(), "an image of no known source");
    }

    private static Evidence of(Map<String, Double> labels) {
        return new Evidence(labels, Set.of(), Map.of(), "http", null);
    }

    private static ModerationPolicy policy() {
        return ModerationPolicy.load(SHIPPED.resolve("moderation.yaml"), LABELS, List.of());
    }

    private static Map<String, Double> evidence(double porn, double hentai, double sexy) {
        Map<String, Double> evidence = new HashMap<>();
        evidence.put("drawing", 0.0);
        evidence.put("neutral", 1 - Math.min(1, porn + hentai + sexy));
        evidence.put("porn", porn);
        evidence.put("hentai", hentai);
        evidence.put("sexy", sexy);
        return evidence;
    }

    private Path write(String content) throws IOException {
        return Files.writeString(folder.resolve("file.yaml"), content);
    }
}
