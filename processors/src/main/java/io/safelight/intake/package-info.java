/** Uploads on their way in: bytes to disk, counted and digested as they come, never whole in memory. May import {@code model}, {@code error}. */
package io.safelight.intake;
