package io.safelight.embedded;

import io.safelight.store.StoreListener;
import java.net.URI;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** S3 clients for one group's identity, with the SDK's own defaults, checksum trailers included. */
public final class TestS3 {
    private TestS3() {}

    /** @param settings as {@link EmbeddedServers#settings()} gives them */
    public static S3Client client(Map<String, String> settings, String group) {
        return client(settings.get("safelight.store.endpoint"), accessKey(settings, group), secretKey(settings, group));
    }

    public static S3Client client(String endpoint, String accessKey, String secretKey) {
        return S3Client.builder().endpointOverride(URI.create(endpoint)).region(Region.US_EAST_1).forcePathStyle(true)
                .credentialsProvider(credentials(accessKey, secretKey)).httpClientBuilder(ApacheHttpClient.builder()).build();
    }

    public static S3Presigner presigner(Map<String, String> settings, String group) {
        return S3Presigner.builder().endpointOverride(URI.create(settings.get("safelight.store.endpoint"))).region(Region.US_EAST_1)
                .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build())
                .credentialsProvider(credentials(accessKey(settings, group), secretKey(settings, group))).build();
    }

    /** One that hands objects over where it can, as the application's do. */
    static S3Client handingOver(S3Client overHttp, Map<String, String> settings, String group, StoreListener listener) {
        return HandOverClient.of(overHttp, settings.get("safelight.store.endpoint"), accessKey(settings, group), secretKey(settings, group), listener);
    }

    private static StaticCredentialsProvider credentials(String accessKey, String secretKey) {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey));
    }

    static String accessKey(Map<String, String> settings, String group) {
        return settings.get("safelight.store.identities." + group + ".access-key");
    }

    static String secretKey(Map<String, String> settings, String group) {
        return settings.get("safelight.store.identities." + group + ".secret-key");
    }
}
