package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.embedded.StoreIdentity.Right;
import io.safelight.model.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The policies for real buckets grant what the embedded store grants. */
class StoreIdentityTest {
    private static final Path POLICIES = Path.of("config/s3-policies");

    @Test
    void everyGroupHasAPolicyAndNoOtherHas() throws Exception {
        try (var files = Files.list(POLICIES)) {
            assertEquals(Arrays.stream(StoreIdentity.values()).map(i -> i.group() + ".json").collect(Collectors.toSet()),
                    files.map(f -> f.getFileName().toString()).collect(Collectors.toSet()));
        }
    }

    @ParameterizedTest
    @EnumSource(StoreIdentity.class)
    void aPolicyAllowsWhatTheEmbeddedStoreAllows(StoreIdentity identity) throws Exception {
        var allowed = new TreeSet<String>();
        for (var statement : Json.MAPPER.readTree(Files.readString(POLICIES.resolve(identity.group() + ".json"))).path("Statement")) {
            assertEquals("Allow", statement.path("Effect").asText());
            statement.path("Action").forEach(action -> allowed.add(action.asText() + " " + statement.path("Resource").asText()));
        }
        var expected = new TreeSet<String>();
        for (var grant : identity.grants()) {
            var bucket = "arn:aws:s3:::safelight-" + grant.bucket().name().toLowerCase();
            grant.rights().forEach(right -> actions(right).forEach(action ->
                    expected.add(action + " " + bucket + (action.contains("Bucket") ? "" : "/" + grant.prefix() + "*"))));
        }
        assertEquals(expected, allowed);
    }

    private static Set<String> actions(Right right) {
        return switch (right) {
            // without leave to list, S3 answers 403 where an object is missing
            case READ -> Set.of("s3:GetObject", "s3:ListBucket");
            case WRITE -> Set.of("s3:PutObject", "s3:AbortMultipartUpload");
            case LIST -> Set.of("s3:ListBucket");
            // every version, where the bucket keeps versions
            case DELETE -> Set.of("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetBucketVersioning", "s3:ListBucketVersions");
        };
    }
}
