/**
 * Answers for what was cleared, from the public bucket alone: negotiation, signatures, the local cache.
 * May import {@code model}, {@code error} and {@code store}.
 */
package io.safelight.serve;
