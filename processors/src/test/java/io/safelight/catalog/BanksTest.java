package io.safelight.catalog;

import static io.safelight.model.State.BLOCKED;
import static io.safelight.model.State.PUBLISHED;
import static io.safelight.model.State.REVIEW;
import static io.safelight.testing.Studio.EXPLICIT;
import static io.safelight.testing.Studio.HARMLESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.Overtaken;
import io.safelight.error.Unavailable;
import io.safelight.model.Decision;
import io.safelight.model.Decision.Verdict;
import io.safelight.model.Event;
import io.safelight.model.Evidence;
import io.safelight.model.Fact;
import io.safelight.model.Ids;
import io.safelight.model.Policy;
import io.safelight.model.Seen;
import io.safelight.model.State;
import io.safelight.model.Variant;
import io.safelight.pdq.PdqHash;
import io.safelight.testing.Studio;
import io.safelight.testing.TestDatabase;
import io.safelight.testing.TestStore;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Known pictures: found when an image is decided, and among all that were decided before. */
class BanksTest {
    private static final Policy POLICY = new Policy() {
        @Override
        public Decision decide(Evidence evidence) {
            for (String bank : List.of("allow", "block", Banks.WITHDRAWN)) {
                if (evidence.banks().containsKey(bank)) {
                    return new Decision(bank.equals("allow") ? Verdict.CLEAR : Verdict.BLOCK, bank, "one of " + bank, 1, List.of());
                }
            }
            return evidence.labels().isEmpty() ? new Decision(Verdict.REVIEW, "incomplete") : CatalogFixture.strict(evidence.labels());
        }

        @Override
        public Map<String, Integer> banks() {
            return Map.of("allow", 10, "block", 31, Banks.WITHDRAWN, 10);
        }
    };

    private final Random random = new Random(4711);
    private CatalogFixture at;
    private Catalog catalog;
    private Banks banks;

    @AfterEach
    void calm() {
        TestStore.refuse = key -> false;
    }

    @BeforeEach
    void fresh() {
        at = new CatalogFixture();
        catalog = at.catalog(POLICY);
        banks = catalog.banks();
    }

    private PdqHash hash() {
        return new PdqHash(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
    }

    private static PdqHash near(PdqHash hash, int bits) {
        long changed = hash.third() ^ (bits == 64 ? -1 : (1L << bits) - 1);
        return new PdqHash(hash.first(), hash.second(), changed, hash.fourth());
    }

    private Studio seen(Map<String, Double> labels, PdqHash... hashes) {
        Studio studio = at.studio().looksLike(100, hashes);
        hear(studio, labels);
        return studio;
    }

    private void hear(Studio studio, Map<String, Double> labels) {
        Stream.of(studio.accepted(), studio.rendered(), studio.scanned(labels)).forEach(event -> {
            if (catalog.record(event) == Next.PUBLISH) {
                catalog.publish(event.id());
            }
        });
    }

    private Banks.Added add(String bank, Object... lines) {
        try {
            return banks.add(bank, new StringReader(Stream.of(lines).map(String::valueOf).collect(Collectors.joining("\n"))), "a reason", "mo");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aPictureWithinTheDistanceIsBlockedHoweverItIsTurnedAndAnotherIsNot() {
        PdqHash known = hash();
        assertEquals(new Banks.Added("block", 1, 0, 0), add("block", known));

        at.assertStands(BLOCKED, seen(HARMLESS, near(known, 31), hash()).id);
        at.assertStands(BLOCKED, seen(HARMLESS, hash(), hash(), near(known, 5)).id);
        at.assertStands(PUBLISHED, seen(HARMLESS, near(known, 32), hash()).id);
    }

    @Test
    void aPictureWithTooLittleInItIsFoundByTheSameHashOnly() {
        PdqHash known = hash();
        add("block", known);
        Studio flat = at.studio().looksLike(49, near(known, 1));
        hear(flat, HARMLESS);
        at.assertStands(PUBLISHED, flat.id);
        Studio same = at.studio().looksLike(0, known);
        hear(same, HARMLESS);
        at.assertStands(BLOCKED, same.id);
    }

    @Test
    void aHashAddedLateTakesDownWhatIsPublishedAndItsRemovalBringsItBack() {
        PdqHash picture = hash();
        Studio other = seen(HARMLESS, hash());
        Studio studio = seen(HARMLESS, hash(), picture);
        at.assertStands(PUBLISHED, studio.id);

        add("block", near(picture, 20));
        assertEquals(1, catalog.redecisions().waiting());
        CatalogFixture.redecide(catalog);

        at.assertStands(BLOCKED, studio.id);
        assertTrue(at.manifest(studio.id).orElseThrow().takenDown());
        at.assertStands(PUBLISHED, other.id);

        banks.remove("block", near(picture, 20).toString(), "a mistake", "mo");
        CatalogFixture.redecide(catalog);
        at.assertStands(PUBLISHED, studio.id);
    }

    @Test
    void anAllowedPictureIsClearedThoughTheModelOrAnotherBankWouldBlockIt() {
        PdqHash picture = hash();
        Studio suspected = seen(EXPLICIT, picture);
        at.assertStands(BLOCKED, suspected.id);
        add("block", picture);

        add("allow", picture);
        CatalogFixture.redecide(catalog);

        at.assertStands(PUBLISHED, suspected.id);
    }

    @Test
    void nearCopiesOfWhatIsWithdrawnAreBlockedBeforeAndAfter() {
        PdqHash picture = hash();
        Studio copy = seen(HARMLESS, near(picture, 7));
        Studio far = seen(HARMLESS, near(picture, 20));
        Studio studio = seen(HARMLESS, picture);

        catalog.withdraw(studio.id, "the sitter asked");
        CatalogFixture.redecide(catalog);

        at.assertStands(BLOCKED, copy.id);
        at.assertStands(BLOCKED, seen(HARMLESS, near(picture, 3)).id);
        at.assertStands(PUBLISHED, far.id);
    }

    @Test
    void anImageHereIsBankedWithItsBytesAndItsPicture() {
        PdqHash picture = hash();
        Studio studio = seen(HARMLESS, picture);
        assertEquals(new Banks.Added("block", 2, 0, 0), banks.add("block", studio.id, "a case", "mo"));
        assertEquals(new Banks.Added("block", 0, 2, 0), banks.add("block", studio.id, "a case", "mo"));
        CatalogFixture.redecide(catalog);
        at.assertStands(BLOCKED, studio.id);

        Studio sameBytes = new Studio(at.hidden, studio.original).looksLike(100, hash());
        hear(sameBytes, HARMLESS);
        at.assertStands(BLOCKED, sameBytes.id);
        assertEquals(Code.NOT_FOUND, assertThrows(Rejected.class, () -> banks.add("block", Ids.timeOrdered(), null, null)).code());
    }

    @Test
    void anImageThatIsBankedBeforeItIsRenderedIsRefusedAsOnlyItsBytesWouldBe() {
        Studio studio = at.studio().looksLike(100, hash());
        catalog.record(studio.accepted());
        assertEquals(Code.CONFLICT, assertThrows(Rejected.class, () -> banks.add("block", studio.id, null, null)).code());
        catalog.record(studio.rendered());
        assertEquals(new Banks.Added("block", 2, 0, 0), banks.add("block", studio.id, null, null));

        Studio late = at.studio().looksLike(100, hash());
        catalog.record(late.rendered());
        assertEquals(Code.CONFLICT, assertThrows(Rejected.class, () -> banks.add("block", late.id, null, null)).code());
    }

    @Test
    void anImageWithoutAPictureToBankIsBankedWithItsBytesAndTheAnswerSaysSo() {
        for (Studio studio : List.of(at.studio().looksLike(49, hash()), at.studio())) {
            hear(studio, HARMLESS);
            assertEquals(new Banks.Added("block", 1, 0, 1), banks.add("block", studio.id, null, null));
            assertEquals(new Banks.Added("block", 0, 1, 1), banks.add("block", studio.id, null, null));
        }
    }

    /** Whatever the order, a picture of a bank is not public once both are done. */
    @ParameterizedTest
    @ValueSource(ints = {1, 40})
    void anAdditionAndPublicationsAtTheSameTimeLeaveNothingPublic(int additions) throws Exception {
        for (int round = 0; round < 8; round++) {
            PdqHash picture = hash();
            List<Studio> studios = IntStream.range(0, 6).mapToObj(i -> at.studio().looksLike(100, hash(), near(picture, 4))).toList();
            studios.forEach(studio -> Stream.of(studio.accepted(), studio.rendered(), studio.scanned(HARMLESS)).forEach(catalog::record));
            List<Object> lines = new ArrayList<>(List.of(picture));
            IntStream.range(1, additions).forEach(i -> lines.add(hash()));
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                var running = new ArrayList<>(studios.stream().<java.util.concurrent.Future<?>>map(s -> threads.submit(() -> catalog.publish(s.id))).toList());
                running.add(3, threads.submit(() -> add("block", lines.toArray())));
                for (var one : running) {
                    one.get();
                }
            }
            CatalogFixture.redecide(catalog);
            studios.forEach(studio -> at.assertStands(BLOCKED, studio.id));
        }
    }

    @Test
    void anotherProcessSeesWhatThisOneAddsAndRemoves() {
        PdqHash picture = hash();
        Catalog other = at.catalog(POLICY);
        Studio first = at.studio().looksLike(100, picture);
        Stream.of(first.accepted(), first.rendered(), first.scanned(HARMLESS)).forEach(other::record);
        other.banks().warmUp();
        assertEquals(PUBLISHED, other.publish(first.id));

        add("block", picture);
        assertEquals(BLOCKED, other.publish(first.id));
        banks.remove("block", picture.toString(), null, null);
        assertEquals(PUBLISHED, other.publish(first.id));
        assertEquals(new Banks.Added("block", 1, 0, 0), add("block", picture), "a hash that was removed is added again");
        assertEquals(BLOCKED, other.publish(first.id));
    }

    @Test
    void aBankGoesOutAsItCameIn() throws IOException {
        List<PdqHash> many = Stream.generate(this::hash).limit(6_000).toList();
        Object[] lines = Stream.concat(Stream.of("# a heading", ""), many.stream().map(hash -> hash + " note of " + hash.toString().substring(0, 4))).toArray();
        assertEquals(new Banks.Added("allow", 6_000, 0, 0), add("allow", lines));
        assertEquals(new Banks.Added("allow", 0, 6_000, 0), add("allow", lines));
        add("allow", many.getFirst());
        banks.remove("allow", many.getLast().toString().toUpperCase(), null, "mo");

        StringBuilder out = new StringBuilder();
        banks.export("allow", out);

        assertEquals(many.stream().limit(5_999).map(hash -> hash + " note of " + hash.toString().substring(0, 4)).sorted().toList(), out.toString().lines().toList());
        assertEquals(List.of(5_999L, 0L), banks.list().stream().filter(bank -> bank.name().equals("allow")).flatMap(b -> Stream.of(b.pictures(), b.files())).toList());
    }

    @Test
    void aBankThatPolicyDoesNotNameAndAHashThatIsNotThereAreRefused() {
        Rejected refused = assertThrows(Rejected.class, () -> add("blok", hash()));
        assertEquals(Code.BAD_PARAMETER, refused.code());
        assertTrue(refused.getMessage().contains("block"), refused::getMessage);
        assertEquals(Code.NOT_FOUND, assertThrows(Rejected.class, () -> banks.remove("block", hash().toString(), null, null)).code());
        assertEquals(Code.BAD_PARAMETER, assertThrows(Rejected.class, () -> banks.remove("block", "abc", null, null)).code());
        assertEquals(Code.MALFORMED_REQUEST, assertThrows(Rejected.class, () -> add("block", hash(), "nonsense")).code());
        assertFalse(catalog.redecide(10).stream().anyMatch(r -> true));
    }

    // ---- people

    @Test
    void aPersonsDecisionStandsAboveTheRulesAndIsKept() {
        Studio studio = seen(Studio.DOUBTFUL, hash());
        at.assertStands(REVIEW, studio.id);
        assertEquals(List.of(studio.id), catalog.held(false, page()).images().stream().map(Held::id).toList());

        assertEquals(PUBLISHED, catalog.override(studio.id, null, Verdict.CLEAR, "a beach", "mo"));
        catalog.rescan(false, "ops");
        CatalogFixture.redecide(catalog);

        at.assertStands(PUBLISHED, studio.id);
        assertEquals(List.of(), catalog.held(false, page()).images());
        assertEquals("mo", catalog.find(studio.id).orElseThrow().moderation().reviewer());
        assertEquals(List.of("decided clear null", "overridden clear mo", "decided review null"), catalog.audit(studio.id, page()).entries().stream()
                .map(e -> e.action() + " " + e.verdict().slug() + " " + e.actor()).toList());

        assertEquals(BLOCKED, catalog.override(studio.id, null, Verdict.BLOCK, "on second thought", "mo"));
        at.assertStands(BLOCKED, studio.id);
        assertEquals("mo: on second thought", catalog.find(studio.id).orElseThrow().reason());
    }

    @Test
    void whatIsBankedAfterAPersonClearedItIsTakenDownAndWhatWasBankedBeforeIsNot() {
        PdqHash picture = hash();
        add("block", near(picture, 9));
        Studio studio = seen(HARMLESS, picture);
        at.assertStands(BLOCKED, studio.id);
        assertEquals(PUBLISHED, catalog.override(studio.id, null, Verdict.CLEAR, "another one", "mo"));

        add("block", near(picture, 2));
        CatalogFixture.redecide(catalog);

        at.assertStands(BLOCKED, studio.id);
        ImageView.Moderation moderation = catalog.find(studio.id).orElseThrow().moderation();
        assertEquals("block", moderation.rule());
        assertEquals(null, moderation.reviewer(), "mo did not block it");

        banks.remove("block", near(picture, 2).toString(), "a mistake", "mo");
        CatalogFixture.redecide(catalog);
        at.assertStands(PUBLISHED, studio.id);
        assertEquals("mo", catalog.find(studio.id).orElseThrow().moderation().reviewer());
    }

    /** Of two hashes of a bank the nearer may be the one the person knew. */
    @Test
    void aFartherHashThatIsBankedAfterAPersonClearedItIsNotHiddenByANearerOneFromBefore() {
        PdqHash picture = hash();
        add("block", near(picture, 3));
        Studio studio = seen(HARMLESS, picture);
        assertEquals(PUBLISHED, catalog.override(studio.id, null, Verdict.CLEAR, "another one", "mo"));
        CatalogFixture.redecide(catalog);
        at.assertStands(PUBLISHED, studio.id);

        add("block", near(picture, 9));
        CatalogFixture.redecide(catalog);

        at.assertStands(BLOCKED, studio.id);
    }

    @Test
    void aPersonsDecisionIsDoneByAnotherProcessShouldThisOneDie() {
        Studio studio = seen(HARMLESS, hash());
        TestStore.refuse = key -> key.startsWith(studio.id.toString());
        assertThrows(Unavailable.class, () -> catalog.override(studio.id, null, Verdict.BLOCK, "no", "mo"));
        TestStore.refuse = key -> false;
        CatalogFixture.redecide(catalog);
        at.assertStands(BLOCKED, studio.id);
    }

    @Test
    void aPublishedImageThatIsMadeAnewIsTakenDownByItsPictureThoughNoModelHasLookedYet() {
        PdqHash picture = hash();
        Studio studio = seen(HARMLESS, picture);
        catalog.record(studio.rendered("made anew"));
        assertEquals(List.of(), catalog.held(false, page()).images());
        add("block", picture);
        CatalogFixture.redecide(catalog);
        at.assertStands(BLOCKED, studio.id);
    }

    @Test
    void anImageThatWasWithdrawnBeforeItWasRenderedBanksItsPictureAllTheSame() {
        PdqHash picture = hash();
        Studio early = at.studio().looksLike(100, picture);
        catalog.record(early.accepted());
        catalog.withdraw(early.id, "at once");
        catalog.record(early.rendered());
        at.assertStands(BLOCKED, seen(HARMLESS, near(picture, 2)).id);
    }

    @Test
    void aHashIsNotKeptWaitingByARescan() {
        PdqHash picture = hash();
        List<UUID> others = Stream.generate(() -> seen(HARMLESS, hash()).id).limit(3).toList();
        Studio studio = seen(HARMLESS, picture);
        catalog.rescan(true, null);
        catalog.rescan(false, null);
        add("block", picture);

        assertEquals(studio.id, catalog.redecide(1).getFirst().id());
        assertFalse(others.contains(studio.id));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPublisherWhoseCopiesAreThereButNotItsManifestDoesNotShowWhatWasBlockedMeanwhile(boolean expectsNothing) {
        Studio studio = at.studio().looksLike(100, hash());
        Stream.of(studio.accepted(), studio.rendered(), studio.scanned(HARMLESS)).forEach(catalog::record);
        List<Variant> variants = ((Fact.Rendered) studio.rendered().fact()).variants();
        Shelf zombie = new Shelf(at.hidden, at.open);
        // between its copies and its manifest another decides
        assertThrows(Overtaken.class, () -> zombie.show(studio.id, null, Instant.now(), variants, new Fence(0, () -> Long.MAX_VALUE), expectsNothing,
                () -> at.catalog(evidence -> new Decision(Verdict.BLOCK, "meanwhile")).publish(studio.id)));
        at.assertStands(BLOCKED, studio.id);
    }

    @Test
    void aVersionOnTrialDoesNotSpeakForTheOneThatDecides() {
        Studio studio = at.studio().looksLike(100, hash());
        Catalog byName = at.catalog(evidence -> new Decision(evidence.labels().get("toy/porn") > 0.5 && evidence.labels().get("porn") > 0.5
                && evidence.models().equals(Set.of("toy")) ? Verdict.BLOCK : Verdict.CLEAR, "r"));
        Stream.of(studio.accepted(), studio.rendered()).forEach(byName::record);
        byName.record(Event.of(studio.id, studio.trace, new Fact.Scanned(List.of(new Seen("toy@1", EXPLICIT, false), new Seen("toy@2", HARMLESS, true))), null)
                .withObject(studio.rendered().keys().getFirst(), studio.rendered().sha256()));
        assertEquals(BLOCKED, byName.publish(studio.id));
    }

    @Test
    void whatHasTooLittleInItIsNotBanked() {
        PdqHash usable = hash();
        assertEquals(new Banks.Added("block", 1, 0, 2), add("block", hash() + ",49,flat", "0".repeat(64), usable + ",50,good"));
    }

    @Test
    void aPersonsDecisionIsOfTheMasterTheySaw() {
        Studio studio = seen(Studio.DOUBTFUL, hash());
        catalog.override(studio.id, null, Verdict.CLEAR, "a beach", "mo");
        catalog.record(studio.rendered("made anew"));
        catalog.record(studio.scanned("made anew", EXPLICIT));
        catalog.publish(studio.id);
        at.assertStands(BLOCKED, studio.id);
    }

    @Test
    void theQueueIsInTheOrderOfAgeOrOfRisk() {
        List<UUID> ids = Stream.of(0.45, 0.65, 0.55).map(porn -> seen(Map.of("porn", porn), hash()).id).toList();
        Catalog risky = at.catalog(evidence -> new Decision(Verdict.REVIEW, "r", "perhaps", evidence.labels().get("porn"), List.of()));
        ids.forEach(risky::publish);
        ids.forEach(risky::publish);
        ids.forEach(id -> assertEquals(2, catalog.audit(id, page()).entries().size(), "the same decision again is no news"));

        assertEquals(ids, catalog.held(false, page()).images().stream().map(Held::id).toList());
        assertEquals(List.of(ids.get(1), ids.get(2), ids.get(0)), catalog.held(true, page()).images().stream().map(Held::id).toList());
        Held.Page first = catalog.held(false, PageRequest.of(null, "2", null));
        assertEquals(ids.subList(0, 2), first.images().stream().map(Held::id).toList());
        assertEquals(ids.subList(2, 3), catalog.held(false, PageRequest.of(null, "2", first.next())).images().stream().map(Held::id).toList());
    }

    @Test
    void onlyWhatWasLookedAtAndIsNotWithdrawnCanBeDecidedByAPerson() {
        Studio studio = at.studio();
        catalog.record(studio.accepted());
        assertEquals(Code.CONFLICT, assertThrows(Rejected.class, () -> catalog.override(studio.id, null, Verdict.CLEAR, "r", "mo")).code());
        catalog.withdraw(studio.id, null);
        assertEquals(Code.CONFLICT, assertThrows(Rejected.class, () -> catalog.override(studio.id, null, Verdict.CLEAR, "r", "mo")).code());
        assertEquals(Code.NOT_FOUND, assertThrows(Rejected.class, () -> catalog.override(Ids.timeOrdered(), null, Verdict.CLEAR, "r", "mo")).code());
    }

    @Test
    void theAuditCanOnlyBeAddedTo() {
        seen(HARMLESS, hash());
        for (String change : List.of("update audit set reason = 'x'", "delete from audit", "truncate audit")) {
            assertTrue(assertThrows(RuntimeException.class, () -> TestDatabase.execute(at.database, change)).toString().contains("append-only"), change);
        }
    }

    // ---- changed policy

    @Test
    void aChangedPolicyDecidesWhatWasDecidedBeforeWithoutTheModel() {
        Studio studio = seen(Map.of("porn", 0.3), hash());
        at.assertStands(PUBLISHED, studio.id);
        Catalog stricter = at.catalog(evidence -> new Decision(evidence.labels().get("porn") > 0.2 ? Verdict.BLOCK : Verdict.CLEAR, "stricter"));

        assertEquals(1, stricter.rescan(false, "ops").waiting());
        stricter.redecide(10).forEach(redecision -> {
            assertEquals(PUBLISHED, redecision.before());
            assertEquals(null, redecision.rendered());
            stricter.publish(redecision.id());
            stricter.redecided(redecision);
        });

        at.assertStands(BLOCKED, studio.id);
        assertEquals("rescan ops", stricter.audit(null, page()).entries().stream().filter(e -> e.imageId() == null)
                .map(e -> e.action() + " " + e.actor()).findFirst().orElseThrow());
    }

    @Test
    void aRescanWithTheModelsNamesTheMasterAndIsAskedForAgainWhenItsWorkerDied() {
        Studio studio = seen(HARMLESS, hash());
        catalog.rescan(true, null);
        Catalog.Redecision lost = catalog.redecide(10).getFirst();
        assertEquals(studio.rendered().keys(), lost.rendered().keys());
        assertEquals(studio.rendered().sha256(), lost.rendered().sha256());
        assertEquals(List.of(), catalog.redecide(10), "another worker takes others");
        catalog.redecided(lost);
        assertEquals(new Redecisions.Count(1, 0), catalog.redecisions(), "it waits until the models have looked");

        TestDatabase.execute(at.database, "update redecision set taken = now() - interval '1 hour' where image_id = ?", studio.id);
        assertEquals(studio.id, catalog.redecide(10).getFirst().id());
        catalog.record(studio.scanned());
        assertEquals(new Redecisions.Count(0, 0), catalog.redecisions());
    }

    @Test
    void whatIsAskedForAgainMeanwhileIsNotForgottenAndWhatNeverEndsIsLeftAlone() {
        Studio studio = seen(HARMLESS, hash());
        catalog.rescan(false, null);
        Catalog.Redecision taken = catalog.redecide(10).getFirst();
        catalog.rescan(false, null);
        catalog.redecided(taken);
        assertEquals(new Redecisions.Count(1, 0), catalog.redecisions());

        for (int attempt = 0; attempt < 288; attempt++) {
            assertEquals(studio.id, catalog.redecide(10).getFirst().id());
            TestDatabase.execute(at.database, "update redecision set taken = now() - interval '1 hour' where image_id = ?", studio.id);
        }
        assertEquals(List.of(), catalog.redecide(10));
        assertEquals(new Redecisions.Count(0, 1), catalog.redecisions());
    }

    /** Whoever published it may have died before it told of it. */
    @Test
    void whatAnAttemptThatDiedHasPublishedOrTakenDownIsToldOfByTheNextOne() {
        Studio held = seen(Studio.DOUBTFUL, hash());
        Studio shown = seen(HARMLESS, hash());
        Catalog lenient = at.catalog(evidence -> new Decision(Verdict.CLEAR, "lenient"));
        lenient.rescan(false, null);
        assertEquals(Map.of(held.id, REVIEW, shown.id, PUBLISHED), takenByOneThatDies(lenient));
        at.assertStands(PUBLISHED, held.id);

        Catalog closed = at.catalog(evidence -> new Decision(Verdict.BLOCK, "closed"));
        assertEquals(Map.of(held.id, REVIEW, shown.id, PUBLISHED), takenByOneThatDies(closed));
        at.assertStands(BLOCKED, shown.id);

        assertEquals(Map.of(held.id, REVIEW, shown.id, BLOCKED), takenByOneThatDies(lenient));
        lenient.rescan(false, null);
        assertEquals(Map.of(held.id, REVIEW, shown.id, BLOCKED), takenByOneThatDies(lenient), "not even when it is asked for anew");
        CatalogFixture.redecide(lenient);
        lenient.rescan(false, null);
        assertEquals(Map.of(held.id, PUBLISHED, shown.id, PUBLISHED), takenByOneThatDies(lenient), "once it was told it is no news");
    }

    /** By their ids, the state each is told to have had. */
    private Map<UUID, State> takenByOneThatDies(Catalog one) {
        List<Catalog.Redecision> taken = one.redecide(10);
        taken.forEach(redecision -> one.publish(redecision.id()));
        TestDatabase.execute(at.database, "update redecision set taken = now() - interval '1 hour'");
        return taken.stream().collect(Collectors.toMap(Catalog.Redecision::id, Catalog.Redecision::before));
    }

    private static PageRequest page() {
        return PageRequest.of(null, null, null);
    }
}
