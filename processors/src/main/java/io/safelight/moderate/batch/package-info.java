/** Gathers single images into batches, knowing nothing of how they are classified. May import {@code moderate} and {@code error}. */
package io.safelight.moderate.batch;
