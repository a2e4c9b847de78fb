/**
 * Objects in S3: the only package that speaks to the store, and where its failures become ours.
 * May import {@code model} and {@code error}.
 */
package io.safelight.store;
