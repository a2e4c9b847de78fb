package io.safelight.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.Bucket;

/** {@code scripts/setup-buckets} with the AWS CLI against an S3 service that has no bucket yet. */
class SetupBucketsIT {
    @TempDir
    Path temp;

    @Test
    void bucketsAndPoliciesAreMadeAndASecondRunChangesNothing() throws Exception {
        var cli = new ProcessBuilder("sh", "-c", "aws --version").redirectErrorStream(true).start();
        cli.getInputStream().readAllBytes();
        Assumptions.assumeTrue(cli.waitFor() == 0, "SKIPPED: the AWS CLI is not here; install the Debian package awscli to run this test");
        var proxy = S3Proxy.builder().endpoint(URI.create("http://127.0.0.1:0")).awsAuthentication(AuthenticationType.AWS_V4, "owner", "secret")
                .blobStore(new FilesystemNio2BlobStore(Files.createDirectory(temp.resolve("store")).toString())).stopTimeout(0).build();
        proxy.start();
        var endpoint = "http://127.0.0.1:" + proxy.getPort();
        try (var s3 = TestS3.client(endpoint, "owner", "secret")) {
            assertTrue(run(endpoint).contains("our-private made"));
            assertEquals(Set.of("our-private", "our-public"), s3.listBuckets().buckets().stream().map(Bucket::name).collect(Collectors.toSet()));
            assertTrue(Files.readString(temp.resolve("policies/serving.json")).contains("\"arn:aws:s3:::our-public/*\""));
            assertTrue(run(endpoint).contains("our-private exists"));
        } finally {
            proxy.stop();
        }
    }

    private String run(String endpoint) throws Exception {
        var builder = new ProcessBuilder("scripts/setup-buckets", "--endpoint", endpoint, "our-private", "our-public", temp.resolve("policies").toString())
                .redirectErrorStream(true);
        builder.environment().putAll(Map.of("AWS_ACCESS_KEY_ID", "owner", "AWS_SECRET_ACCESS_KEY", "secret", "AWS_REGION", "us-east-1"));
        var process = builder.start();
        var said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
        return said;
    }
}
