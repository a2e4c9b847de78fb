package io.safelight.store;

import java.net.URI;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.http.auth.aws.scheme.AwsV4AuthScheme;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.spi.scheme.AuthScheme;
import software.amazon.awssdk.http.auth.spi.signer.AsyncSignRequest;
import software.amazon.awssdk.http.auth.spi.signer.AsyncSignedRequest;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.identity.spi.IdentityProviders;

/**
 * Signs what is asked and not the bytes that go with it, which client and store would both digest for that. The SDK does so over TLS, and over
 * plain HTTP signs every byte; where nothing leaves the machine that protects nothing, and whoever reads an object compares its digest anyway.
 */
final class UnsignedBodies implements AuthScheme<AwsCredentialsIdentity>, HttpSigner<AwsCredentialsIdentity> {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "[::1]", "localhost");

    private final AwsV4AuthScheme all = AwsV4AuthScheme.create();

    static boolean suit(URI endpoint) {
        return "http".equals(endpoint.getScheme()) && LOOPBACK.contains(endpoint.getHost());
    }

    @Override
    public String schemeId() {
        return all.schemeId();
    }

    @Override
    public IdentityProvider<AwsCredentialsIdentity> identityProvider(IdentityProviders providers) {
        return all.identityProvider(providers);
    }

    @Override
    public HttpSigner<AwsCredentialsIdentity> signer() {
        return this;
    }

    @Override
    public SignedRequest sign(SignRequest<? extends AwsCredentialsIdentity> request) {
        // where a checksum is asked for, the bytes are read for that
        if (request.payload().isEmpty() || request.hasProperty(AwsV4FamilyHttpSigner.CHECKSUM_ALGORITHM)) {
            return all.signer().sign(request);
        }
        SignedRequest signed = all.signer().sign(request.toBuilder().payload(null)
                .putProperty(AwsV4FamilyHttpSigner.PAYLOAD_SIGNING_ENABLED, false)
                .putProperty(AwsV4FamilyHttpSigner.CHUNK_ENCODING_ENABLED, false).build());
        return signed.toBuilder().payload(request.payload().get()).build();
    }

    @Override
    public CompletableFuture<AsyncSignedRequest> signAsync(AsyncSignRequest<? extends AwsCredentialsIdentity> request) {
        return all.signer().signAsync(request);
    }
}
